//! Host calls and the answers to them.

use super::*;

fn host_call(id: i64, method: i32, parameters: &str) -> HostCall {
    let xml = format!(
        r#"<Obj RefId="0"><MS><I64 N="ci">{id}</I64><Obj N="mi" RefId="1"><ToString>x</ToString><I32>{method}</I32></Obj><Obj N="mp" RefId="2"><LST>{parameters}</LST></Obj></MS></Obj>"#
    );
    match event(HOST_CALL, &xml) {
        PipelineEvent::HostCall(call) => call,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_without_an_answer() {
    let call = host_call(-100, 6, "<I32>3010</I32>");
    assert_eq!((call.method.name(), call.expects_response()), (Some("SetShouldExit"), false));
    assert_eq!(call.parameters, [Value::I32(3010)]);
    assert_eq!(host_call(-100, 15, "").parameters, []);
}

#[test]
fn methods_have_names_as_far_as_they_are_known() {
    let name = |number| HostMethodId(number).name();
    let names = [1, 11, 17, 23, 26, 46, 53, 56].map(name);
    let expected = [
        "GetName",
        "ReadLine",
        "WriteLine3",
        "Prompt",
        "PromptForChoice",
        "ReadKey",
        "PopRunspace",
        "PromptForChoiceMultipleSelection",
    ];
    assert_eq!(names, expected.map(Some));
    assert_eq!([i32::MIN, 0, 57].map(name), [None; 3]);
    assert_eq!(HostMethodId(57).to_string(), "host method 57");
}

#[test]
fn an_answer_repeats_call_and_method() {
    let call = host_call(7, 11, "");
    assert!(call.expects_response());
    let expected = concat!(
        r#"<Obj RefId="0"><MS><S N="mr">line</S><I64 N="ci">7</I64><Obj N="mi" RefId="1"><TN RefId="0">"#,
        r#"<T>System.Management.Automation.Remoting.RemoteHostMethodId</T><T>System.Enum</T>"#,
        r#"<T>System.ValueType</T><T>System.Object</T></TN><ToString>ReadLine</ToString><I32>11</I32></Obj></MS></Obj>"#,
    );
    assert_eq!(call.response(Ok("line".into())).encode(), expected);
}

#[test]
fn a_refusal_names_what_was_asked() {
    let message = |call: HostCall| call.refusal().result.unwrap_err().message;
    let field = r#"<Obj RefId="3"><LST><Obj RefId="4"><MS><S N="name">Your name</S></MS></Obj></LST></Obj>"#;
    let prompt = |caption, text| message(host_call(1, 23, &format!("<S>{caption}</S><S>{text}</S>{field}")));
    assert_eq!(
        prompt("", ""),
        "The client has no terminal, so the prompt \"Your name\" (Prompt) cannot be answered."
    );
    assert!(prompt("Caption", "").contains("\"Caption\" (Prompt)"));
    assert!(prompt("Caption", "Really?").contains("\"Really?\" (Prompt)"));
    assert_eq!(
        message(host_call(1, 46, "<I32>6</I32>")),
        "The client has no terminal, so ReadKey cannot be answered."
    );
}

#[test]
fn a_refusal_is_an_error_record() {
    let data = host_call(1, 46, "").refusal().encode();
    let bag = clixml::read(data.as_bytes(), &clixml::Limits::default()).unwrap();
    assert_eq!(bag.property("mr"), None);
    assert_eq!(bag.property("ci"), Some(&Value::I64(1)));
    let record = ErrorRecord::new(bag.property("me").unwrap().clone());
    assert_eq!(record.message, "The client has no terminal, so ReadKey cannot be answered.");
    assert_eq!(record.category.reason, "HostException");
}

#[test]
fn parameters_that_are_no_list_are_malformed() {
    for (parameters, expected) in [
        (r#"<S N="mp">x</S>"#, DecodeError::InvalidProperty("mp")),
        (r#"<Obj N="mp" RefId="2" />"#, DecodeError::InvalidProperty("mp")),
        ("", DecodeError::MissingProperty("mp")),
    ] {
        let xml =
            format!(r#"<Obj RefId="0"><MS><I64 N="ci">1</I64><I32 N="mi">11</I32>{parameters}</MS></Obj>"#);
        let message_type = MessageType::PipelineHostCall;
        assert_eq!(
            error(&sent(1, HOST_CALL, &xml)),
            PipelineError::Malformed { message_type, source: expected }
        );
    }
}
