//! The records of the streams of a pipeline, as CLIXML (MS-PSRP 2.2.3).

use super::clixml::{encode, int, string};

/// The contents of an error record.
#[derive(Debug, Clone, Copy)]
pub struct ErrorRecord<'a> {
    pub message: &'a str,
    /// The exception's type name, most derived.
    pub exception: &'a str,
    pub fully_qualified_error_id: &'a str,
    pub category: Category,
    pub activity: &'a str,
    pub target: &'a str,
}

/// The error categories that the canned commands need: number and name of ErrorCategory.
#[derive(Debug, Clone, Copy)]
pub enum Category {
    NotSpecified,
    NotImplemented,
    ObjectNotFound,
    OperationStopped,
    ParserError,
}

impl Category {
    fn number(self) -> i32 {
        match self {
            Category::NotSpecified => 0,
            Category::NotImplemented => 11,
            Category::ObjectNotFound => 13,
            Category::OperationStopped => 14,
            Category::ParserError => 17,
        }
    }
}

impl ErrorRecord<'_> {
    /// ERROR_RECORD.
    pub fn message(&self) -> String {
        self.object("", 0)
    }

    /// PIPELINE_STATE of a pipeline that ended with this error.
    pub fn pipeline_state(&self, state: PipelineState) -> String {
        let record = self.object(" N=\"ExceptionAsErrorRecord\"", 1);
        format!("<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">{}</I32>{record}</MS></Obj>", state as i32)
    }

    fn object(&self, name: &str, ref_id: u32) -> String {
        let ErrorRecord { message, exception, fully_qualified_error_id, category, activity, target } = *self;
        let reason = exception.rsplit('.').next().unwrap_or_default();
        let category_message = format!("{category:?}: ({target}:String) [{activity}], {reason}");
        let text = |name: &str, value: &str| format!("<S N=\"{name}\">{}</S>", encode(value));
        let members = [
            format!(
                "<Obj N=\"Exception\" RefId=\"{}\"><TN RefId=\"{}\"><T>{exception}</T><T>System.Exception</T>\
                 <T>System.Object</T></TN><ToString>{}</ToString><Props>{}<I32 N=\"HResult\">-2146233087</I32>\
                 </Props></Obj>",
                ref_id + 1,
                ref_id + 1,
                encode(&format!("{exception}: {message}")),
                text("Message", message),
            ),
            text("TargetObject", target),
            text("FullyQualifiedErrorId", fully_qualified_error_id),
            "<Nil N=\"InvocationInfo\" />".to_owned(),
            format!("<I32 N=\"ErrorCategory_Category\">{}</I32>", category.number()),
            text("ErrorCategory_Activity", activity),
            text("ErrorCategory_Reason", reason),
            text("ErrorCategory_TargetName", target),
            text("ErrorCategory_TargetType", "String"),
            text("ErrorCategory_Message", &category_message),
            "<B N=\"SerializeExtendedInfo\">false</B>".to_owned(),
        ];
        format!(
            "<Obj{name} RefId=\"{ref_id}\"><TN RefId=\"{ref_id}\"><T>System.Management.Automation.ErrorRecord</T>\
             <T>System.Object</T></TN><ToString>{}</ToString><MS>{}</MS></Obj>",
            encode(message),
            members.concat()
        )
    }
}

/// The states that end a pipeline (MS-PSRP 2.2.3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipelineState {
    Stopped = 3,
    Completed = 4,
    Failed = 5,
}

/// PIPELINE_STATE of a pipeline that went well.
pub fn completed() -> String {
    format!(
        "<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">{}</I32></MS></Obj>",
        PipelineState::Completed as i32
    )
}

/// DEBUG_RECORD, VERBOSE_RECORD or WARNING_RECORD; `kind` is `Debug`, `Verbose` or `Warning`.
pub fn informational(kind: &str, message: &str) -> String {
    let message = encode(message);
    format!(
        "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Management.Automation.{kind}Record</T>\
         <T>System.Management.Automation.InformationalRecord</T><T>System.Object</T></TN>\
         <ToString>{message}</ToString><MS><S N=\"InformationalRecord_Message\">{message}</S>\
         <B N=\"InformationalRecord_SerializeInvocationInfo\">false</B></MS></Obj>"
    )
}

/// INFORMATION_RECORD of Write-Host.
pub fn host_information(message: &str, machine: &str) -> String {
    let message = encode(message);
    let machine = encode(machine);
    format!(
        "<Obj RefId=\"0\"><MS><Obj N=\"MessageData\" RefId=\"1\"><TN RefId=\"0\">\
         <T>System.Management.Automation.HostInformationMessage</T><T>System.Object</T></TN>\
         <ToString>{message}</ToString><Props><S N=\"Message\">{message}</S><B N=\"NoNewLine\">false</B></Props>\
         </Obj><S N=\"Source\">Write-Host</S><DT N=\"TimeGenerated\">2026-01-01T12:00:00+00:00</DT>\
         <Obj N=\"Tags\" RefId=\"2\"><TN RefId=\"1\"><T>System.Collections.Generic.List`1[[System.String]]</T>\
         <T>System.Object</T></TN><LST><S>PSHOST</S></LST></Obj><S N=\"User\">user</S>\
         <S N=\"Computer\">{machine}</S><U32 N=\"ProcessId\">2792</U32><U32 N=\"NativeThreadId\">1</U32>\
         <U32 N=\"ManagedThreadId\">1</U32></MS></Obj>"
    )
}

/// PROGRESS_RECORD with which the first command of nearly every Windows session begins.
pub fn preparing_modules() -> String {
    "<Obj RefId=\"0\"><MS><S N=\"Activity\">Preparing modules for first use.</S><I32 N=\"ActivityId\">0</I32>\
     <S N=\"StatusDescription\"> </S><Nil N=\"CurrentOperation\" /><I32 N=\"ParentActivityId\">-1</I32>\
     <I32 N=\"PercentComplete\">-1</I32><Obj N=\"Type\" RefId=\"1\"><TN RefId=\"0\">\
     <T>System.Management.Automation.ProgressRecordType</T><T>System.Enum</T><T>System.ValueType</T>\
     <T>System.Object</T></TN><ToString>Completed</ToString><I32>1</I32></Obj>\
     <I32 N=\"SecondsRemaining\">-1</I32></MS></Obj>"
        .to_owned()
}

/// The call id of void methods, which get no answer.
const VOID: i64 = -100;

/// PIPELINE_HOST_CALL (MS-PSRP 2.2.2.27) of a method with its number and name, and parameters in CLIXML.
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

/// WriteLine with a text and no colours, which shows what Write-Host writes.
pub fn write_line(text: &str) -> String {
    host_call(VOID, 16, "WriteLine2", &string(text))
}

/// Prompt with the one field that Read-Host asks for, named as the prompt.
pub fn prompt(call_id: i64, field: &str) -> String {
    let text = |name: &str, value: &str| format!("<S N=\"{name}\">{}</S>", encode(value));
    let description = [
        text("name", field),
        text("label", ""),
        text("parameterTypeName", "String"),
        text("parameterTypeFullName", "System.String"),
        text("parameterAssemblyFullName", "System.String, mscorlib, Version=4.0.0.0, Culture=neutral"),
        text("helpMessage", ""),
        "<B N=\"isMandatory\">true</B><Obj N=\"metadata\" RefId=\"5\"><TNRef RefId=\"1\" /><LST /></Obj>"
            .to_owned(),
        "<B N=\"modifiedByRemotingProtocol\">false</B><B N=\"isFromRemoteHost\">false</B>".to_owned(),
    ];
    let fields = format!(
        "<S></S><S></S><Obj RefId=\"3\"><TNRef RefId=\"1\" /><LST><Obj RefId=\"4\"><MS>{}</MS></Obj></LST></Obj>",
        description.concat()
    );
    host_call(call_id, 23, "Prompt", &fields)
}

/// What Read-Host says where there is no host to ask.
pub const NO_HOST: &str = "A command that prompts the user failed because the host program or the command type does \
     not support user interaction.";

/// The error of a command whose host call failed.
pub fn host_failed(message: &str) -> String {
    ErrorRecord {
        message,
        exception: "System.Management.Automation.Host.HostException",
        fully_qualified_error_id: "HostFunctionNotImplemented,Microsoft.PowerShell.Commands.ReadHostCommand",
        category: Category::NotImplemented,
        activity: "Read-Host",
        target: "",
    }
    .message()
}

/// A job as `Get-Job` shows it: the object of the listener that has more than one property.
pub fn job(name: &str, machine: &str) -> String {
    let text = |name: &str, value: &str| format!("<S N=\"{name}\">{}</S>", encode(value));
    let properties = [
        text("Location", machine),
        text("Command", "c:\\scripts\\New-JobName.ps1"),
        text("StatusMessage", ""),
        "<B N=\"HasMoreData\">true</B>".to_owned(),
        "<I32 N=\"Id\">2</I32>".to_owned(),
        text("Name", name),
        "<Obj N=\"JobStateInfo\" RefId=\"1\"><ToString>Completed</ToString></Obj>".to_owned(),
    ];
    let state = text("State", "Completed");
    format!(
        "<Obj RefId=\"0\"><TN RefId=\"0\"><T>Deserialized.System.Management.Automation.PSRemotingJob</T>\
         <T>Deserialized.System.Management.Automation.Job</T><T>Deserialized.System.Object</T></TN>\
         <ToString>System.Management.Automation.PSRemotingJob</ToString><Props>{}</Props><MS>{state}</MS></Obj>",
        properties.concat()
    )
}

/// The error of a command that does not exist.
pub fn command_not_found(name: &str) -> String {
    ErrorRecord {
        message: &format!("The term '{name}' is not recognized as the name of a command."),
        exception: "System.Management.Automation.CommandNotFoundException",
        fully_qualified_error_id: "CommandNotFoundException",
        category: Category::ObjectNotFound,
        activity: "",
        target: name,
    }
    .message()
}

/// The error of Write-Error.
pub fn write_error(message: &str) -> String {
    ErrorRecord {
        message,
        exception: "Microsoft.PowerShell.Commands.WriteErrorException",
        fully_qualified_error_id: "Microsoft.PowerShell.Commands.WriteErrorException",
        category: Category::NotSpecified,
        activity: "Write-Error",
        target: "",
    }
    .message()
}

/// The state of a pipeline that `throw` ended; the error comes in it and nowhere else.
pub fn thrown(message: &str) -> String {
    let record = ErrorRecord {
        message,
        exception: "System.Management.Automation.RuntimeException",
        fully_qualified_error_id: message,
        category: Category::OperationStopped,
        activity: "",
        target: message,
    };
    record.pipeline_state(PipelineState::Failed)
}

/// The state of a pipeline whose script does not parse.
pub fn parse_error(message: &str) -> String {
    let record = ErrorRecord {
        message,
        exception: "System.Management.Automation.ParseException",
        fully_qualified_error_id: "ParseException",
        category: Category::ParserError,
        activity: "",
        target: "",
    };
    record.pipeline_state(PipelineState::Failed)
}

/// The state of a pipeline that was stopped.
pub fn stopped() -> String {
    let record = ErrorRecord {
        message: "The pipeline has been stopped.",
        exception: "System.Management.Automation.PipelineStoppedException",
        fully_qualified_error_id: "PipelineStopped",
        category: Category::OperationStopped,
        activity: "",
        target: "",
    };
    record.pipeline_state(PipelineState::Stopped)
}
