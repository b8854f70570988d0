//! Calls of the client's host (MS-PSRP 2.2.2.27 and 2.2.3.17) and the answers to them.

use roxmltree::Document;

use super::clixml::{Members, decode, encode, int, string};
use super::key::SessionKey;
use super::value::Value;

/// The call id of void methods, which get no answer.
const VOID: i64 = -100;

/// PIPELINE_HOST_CALL of a method with its number and name, and parameters in CLIXML.
fn host_call(call_id: i64, method: i32, name: &str, parameters: &str) -> String {
    format!(
        "<Obj RefId=\"0\"><MS><I64 N=\"ci\">{call_id}</I64><Obj N=\"mi\" RefId=\"1\"><TN RefId=\"0\">\
         <T>System.Management.Automation.Remoting.RemoteHostMethodId</T><T>System.Enum</T><T>System.ValueType</T>\
         <T>System.Object</T></TN><ToString>{name}</ToString><I32>{method}</I32></Obj><Obj N=\"mp\" RefId=\"2\">\
         <TN RefId=\"1\"><T>System.Collections.ArrayList</T><T>System.Object</T></TN><LST>{parameters}</LST>\
         </Obj></MS></Obj>"
    )
}

pub fn set_should_exit(exit_code: i32) -> String {
    host_call(VOID, 6, "SetShouldExit", &int(exit_code))
}

/// How Exit-PSSession leaves.
pub fn pop_runspace() -> String {
    host_call(VOID, 53, "PopRunspace", "")
}

/// Write or WriteLine, with the numbers of foreground and background if there are colours.
pub fn write(text: &str, colours: Option<(i32, i32)>, line: bool) -> String {
    let text = string(text);
    match (colours, line) {
        (None, false) => host_call(VOID, 13, "Write1", &text),
        (None, true) => host_call(VOID, 16, "WriteLine2", &text),
        (Some((foreground, background)), line) => {
            let parameters = format!("{}{}{text}", int(foreground), int(background));
            let (method, name) = if line { (17, "WriteLine3") } else { (14, "Write2") };
            host_call(VOID, method, name, &parameters)
        }
    }
}

/// WriteLine with a text and no colours.
pub fn write_line(text: &str) -> String {
    write(text, None, true)
}

/// WriteErrorLine, WriteDebugLine, WriteVerboseLine or WriteWarningLine; `kind` is the word between.
pub fn write_stream(kind: &str, text: &str) -> String {
    let method = match kind {
        "Error" => 18,
        "Debug" => 19,
        "Verbose" => 21,
        _ => 22,
    };
    host_call(VOID, method, &format!("Write{kind}Line"), &string(text))
}

/// WriteProgress with the object of a PROGRESS_RECORD, whose RefIds do not clash with the call's.
pub fn write_progress(record: &str) -> String {
    host_call(VOID, 20, "WriteProgress", &format!("<I64>0</I64>{record}"))
}

/// What a client's host can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Prompt with the one field that Read-Host asks for, named as the prompt.
    Field {
        prompt: String,
        secure: bool,
    },
    Credential {
        message: String,
        user: String,
    },
    /// One answer, or several where there may be several defaults.
    Choice {
        caption: String,
        message: String,
        labels: Vec<String>,
        default: Value,
    },
}

impl Question {
    /// The call, and what answers it.
    pub fn call(&self, call_id: i64) -> String {
        match self {
            Question::Field { prompt, secure } => {
                host_call(call_id, 23, "Prompt", &field_descriptions(prompt, *secure))
            }
            Question::Credential { message, user } => {
                let texts = ["PowerShell credential request", message, user, ""].map(string).concat();
                // Any type of credential; and a host that has the user may not ask for it again.
                host_call(call_id, 25, "PromptForCredential2", &format!("{texts}{}{}", int(3), int(1)))
            }
            Question::Choice { caption, message, labels, default } => {
                let choices: String = labels
                    .iter()
                    .zip(4..)
                    .map(|(label, id)| {
                        format!(
                            "<Obj RefId=\"{id}\"><MS><S N=\"label\">{}</S><S N=\"helpMessage\"></S></MS></Obj>",
                            encode(label)
                        )
                    })
                    .collect();
                let list = format!("<Obj RefId=\"3\"><TNRef RefId=\"1\" /><LST>{choices}</LST></Obj>");
                let (method, name, default) = match default {
                    Value::List(defaults) => (56, "PromptForChoiceMultipleSelection", indexes(defaults)),
                    one => (26, "PromptForChoice", format!("<I32>{}</I32>", one.text())),
                };
                host_call(
                    call_id,
                    method,
                    name,
                    &format!("{}{}{list}{default}", string(caption), string(message)),
                )
            }
        }
    }

    /// What the command that asked puts out for PIPELINE_HOST_RESPONSE, or the message of the error that the client's
    /// host ended with. `None` where the response is to another call.
    pub fn answer(data: &str, call_id: i64, key: &SessionKey) -> Option<Result<Value, String>> {
        let document = Document::parse(data).ok()?;
        let members = Members::of(&document)?;
        if members.number("ci") != Some(call_id) {
            return None;
        }
        if let Some(error) = members.get("me") {
            let message = error.children().find(|child| child.has_tag_name("ToString"));
            return Some(Err(decode(message.and_then(|node| node.text()).unwrap_or_default())));
        }
        let value = Value::read(members.get("mr")?, key);
        Some(Ok(match value {
            // The fields of Prompt by name; there is but one.
            Value::Hashtable(fields) => fields.into_iter().next().map_or(Value::Null, |(_, value)| value),
            value => value,
        }))
    }
}

fn field_descriptions(prompt: &str, secure: bool) -> String {
    let (name, full_name) = match secure {
        true => ("SecureString", "System.Security.SecureString"),
        false => ("String", "System.String"),
    };
    let text = |name: &str, value: &str| format!("<S N=\"{name}\">{}</S>", encode(value));
    let description = [
        text("name", prompt),
        text("label", ""),
        text("parameterTypeName", name),
        text("parameterTypeFullName", full_name),
        text(
            "parameterAssemblyFullName",
            &format!(
                "{full_name}, mscorlib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089"
            ),
        ),
        text("helpMessage", ""),
        "<B N=\"isMandatory\">true</B><Obj N=\"metadata\" RefId=\"5\"><TNRef RefId=\"1\" /><LST /></Obj>"
            .to_owned(),
        "<B N=\"modifiedByRemotingProtocol\">false</B><B N=\"isFromRemoteHost\">false</B>".to_owned(),
    ];
    format!(
        "<S></S><S></S><Obj RefId=\"3\"><TNRef RefId=\"1\" /><LST><Obj RefId=\"4\"><MS>{}</MS></Obj></LST></Obj>",
        description.concat()
    )
}

/// An array of numbers as host calls have arrays: its elements and its lengths.
fn indexes(numbers: &[Value]) -> String {
    let elements: String = numbers.iter().map(|number| format!("<I32>{}</I32>", number.text())).collect();
    format!(
        "<Obj RefId=\"100\"><MS><Obj N=\"mae\" RefId=\"101\"><TNRef RefId=\"1\" /><LST>{elements}</LST></Obj>\
         <Obj N=\"mal\" RefId=\"102\"><TN RefId=\"2\"><T>System.Int32[]</T><T>System.Array</T><T>System.Object</T></TN>\
         <LST><I32>{}</I32></LST></Obj></MS></Obj>",
        numbers.len()
    )
}
