//! CREATE_PIPELINE, letter by letter.

use super::*;
use crate::psrp::host::{Host, Terminal};

fn names(types: &[&str]) -> String {
    types.iter().map(|name| format!("<T>{name}</T>")).collect()
}

fn enum_names(name: &str) -> String {
    names(&[name, "System.Enum", "System.ValueType", "System.Object"])
}

#[test]
fn a_script_as_invoke_command_sends_it() {
    let list = names(&[
        "System.Collections.Generic.List`1[[System.Management.Automation.PSObject, System.Management.Automation, \
         Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]",
        "System.Object",
    ]);
    let none = r#"<TNRef RefId="1" /><ToString>None</ToString><I32>0</I32>"#;
    let expected = [
        r#"<Obj RefId="0"><MS><Obj N="PowerShell" RefId="1"><MS><Obj N="Cmds" RefId="2">"#,
        &format!(r#"<TN RefId="0">{list}</TN>"#),
        r#"<LST><Obj RefId="3"><MS><S N="Cmd">'a'</S><B N="IsScript">true</B><Nil N="UseLocalScope" />"#,
        r#"<Obj N="MergeMyResult" RefId="4"><TN RefId="1">"#,
        &enum_names("System.Management.Automation.Runspaces.PipelineResultTypes"),
        r#"</TN><ToString>None</ToString><I32>0</I32></Obj>"#,
        &format!(r#"<Obj N="MergeToResult" RefId="5">{none}</Obj>"#),
        &format!(r#"<Obj N="MergePreviousResults" RefId="6">{none}</Obj>"#),
        &format!(r#"<Obj N="MergeError" RefId="7">{none}</Obj>"#),
        &format!(r#"<Obj N="MergeWarning" RefId="8">{none}</Obj>"#),
        &format!(r#"<Obj N="MergeVerbose" RefId="9">{none}</Obj>"#),
        &format!(r#"<Obj N="MergeDebug" RefId="10">{none}</Obj>"#),
        &format!(r#"<Obj N="MergeInformation" RefId="11">{none}</Obj>"#),
        r#"<Obj N="Args" RefId="12"><TNRef RefId="0" /><LST><Obj RefId="13"><MS><Nil N="N" />"#,
        r#"<I32 N="V">5</I32></MS></Obj></LST></Obj></MS></Obj></LST></Obj><B N="IsNested">false</B>"#,
        r#"<Nil N="History" /><B N="RedirectShellErrorOutputPipe">true</B></MS></Obj><B N="NoInput">true</B>"#,
        r#"<Obj N="ApartmentState" RefId="14"><TN RefId="2">"#,
        &enum_names("System.Threading.ApartmentState"),
        r#"</TN><ToString>Unknown</ToString><I32>2</I32></Obj><Obj N="RemoteStreamOptions" RefId="15">"#,
        r#"<TN RefId="3">"#,
        &enum_names("System.Management.Automation.RemoteStreamOptions"),
        r#"</TN><ToString>0</ToString><I32>0</I32></Obj><B N="AddToHistory">true</B>"#,
        r#"<Obj N="HostInfo" RefId="16"><MS><B N="_isHostUINull">true</B><B N="_isHostRawUINull">true</B>"#,
        r#"<B N="_isHostNull">true</B><B N="_useRunspaceHost">true</B></MS></Obj><B N="IsNested">false</B></MS></Obj>"#,
    ];
    let command = Command::script("'a'").with(None, Value::I32(5));
    assert_eq!(CreatePipeline::new(vec![command]).encode(), expected.concat());
}

#[test]
fn commands_follow_each_other_and_merge_their_errors() {
    let first = Command { merge_errors: true, ..Command::named("Get-Item").with(Some("Path"), "/".into()) };
    let second =
        Command { merge_previous: true, use_local_scope: Some(true), ..Command::named("Out-Default") };
    let create = CreatePipeline {
        no_input: false,
        add_to_history: false,
        stream_options: RemoteStreamOptions::AddInvocationInfo,
        ..CreatePipeline::new(vec![first, second])
    };
    let bag = clixml::read(create.encode().as_bytes(), &clixml::Limits::default()).unwrap();
    let number = |value: &Value, name: &str| value.property(name).and_then(Value::as_i32);
    assert_eq!(bag.property("NoInput"), Some(&Value::Bool(false)));
    assert_eq!(bag.property("AddToHistory"), Some(&Value::Bool(false)));
    assert_eq!(number(&bag, "RemoteStreamOptions"), Some(15));
    let commands =
        &bag.property("PowerShell").unwrap().property("Cmds").unwrap().as_object().unwrap().content;
    let clixml::Content::List(commands) = commands else { panic!("{commands:?}") };
    let [first, second] = commands.as_slice() else { panic!("{commands:?}") };
    let merges = ["MergeMyResult", "MergeToResult", "MergePreviousResults", "MergeError", "MergeWarning"];
    assert_eq!(merges.map(|name| number(first, name)), [2, 1, 0, 1, 0].map(Some));
    assert_eq!(merges.map(|name| number(second, name)), [0, 0, 3, 0, 0].map(Some));
    assert_eq!(first.property("IsScript"), Some(&Value::Bool(false)));
    assert_eq!(first.property("UseLocalScope"), Some(&Value::Nil));
    assert_eq!(second.property("UseLocalScope"), Some(&Value::Bool(true)));
    let clixml::Content::List(parameters) = &first.property("Args").unwrap().as_object().unwrap().content
    else {
        panic!()
    };
    assert_eq!(parameters[0].property("N"), Some(&"Path".into()));
    assert_eq!(parameters[0].property("V"), Some(&"/".into()));
}

#[test]
fn a_separate_host() {
    let host = Host::Terminal(Terminal::new(120, 50));
    let create = CreatePipeline { host, ..CreatePipeline::new(vec![Command::script("1")]) };
    let bag = clixml::read(create.encode().as_bytes(), &clixml::Limits::default()).unwrap();
    let host = bag.property("HostInfo").unwrap();
    for name in ["_isHostNull", "_isHostUINull", "_isHostRawUINull", "_useRunspaceHost"] {
        assert_eq!(host.property(name), Some(&Value::Bool(false)), "{name}");
    }
    let data = host.property("_hostDefaultData").unwrap().property("data").unwrap().as_object().unwrap();
    let clixml::Content::Dictionary(entries) = &data.content else { panic!("{data:?}") };
    let size = |key| {
        let (_, value) = entries.iter().find(|(candidate, _)| *candidate == Value::I32(key)).unwrap();
        let size = value.property("V").unwrap();
        (size.property("width").cloned(), size.property("height").cloned())
    };
    assert_eq!(entries.len(), 10);
    for key in 5..=8 {
        assert_eq!(size(key), (Some(Value::I32(120)), Some(Value::I32(50))));
    }
}
