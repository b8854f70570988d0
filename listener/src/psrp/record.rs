//! The records of the streams of a pipeline, as CLIXML (MS-PSRP 2.2.3).

use super::clixml::{encode, string};

/// The contents of an error record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorRecord {
    pub message: String,
    /// The exception's type name, most derived.
    pub exception: &'static str,
    pub fully_qualified_error_id: String,
    pub category: Category,
    pub activity: String,
    pub target: String,
}

/// The error categories that the canned commands need: number and name of ErrorCategory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl ErrorRecord {
    /// ERROR_RECORD.
    pub fn message(&self) -> String {
        self.object("", 0)
    }

    /// As PowerShell shows it.
    pub fn shown(&self) -> String {
        let source = if self.activity.is_empty() { &self.target } else { &self.activity };
        match source.is_empty() {
            true => format!("Error: {}", self.message),
            false => format!("{source}: {}", self.message),
        }
    }

    fn object(&self, name: &str, ref_id: u32) -> String {
        let ErrorRecord { message, exception, fully_qualified_error_id, category, activity, target } = self;
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

/// How a pipeline ends (MS-PSRP 2.2.3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Stopped,
    Completed,
    Failed(ErrorRecord),
}

impl End {
    /// PIPELINE_STATE. The error of a pipeline that failed or was stopped comes in it and nowhere else.
    pub fn pipeline_state(&self) -> String {
        let (state, record) = match self {
            End::Stopped => (3, Some(stopped())),
            End::Completed => (4, None),
            End::Failed(record) => (5, Some(record.clone())),
        };
        let record = record.map(|record| record.object(" N=\"ExceptionAsErrorRecord\"", 1));
        format!(
            "<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">{state}</I32>{}</MS></Obj>",
            record.unwrap_or_default()
        )
    }
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

/// INFORMATION_RECORD of Write-Information or Write-Host, with the CLIXML of its MessageData. RefIds up to 9 are the
/// data's.
pub fn information(data: &str, source: &str, tags: &[String], machine: &str) -> String {
    let tags: String = tags.iter().map(|tag| string(tag)).collect();
    let machine = encode(machine);
    format!(
        "<Obj RefId=\"10\"><MS>{data}<S N=\"Source\">{source}</S>\
         <DT N=\"TimeGenerated\">2026-01-01T12:00:00+00:00</DT>\
         <Obj N=\"Tags\" RefId=\"11\"><TN RefId=\"11\"><T>System.Collections.Generic.List`1[[System.String]]</T>\
         <T>System.Object</T></TN><LST>{tags}</LST></Obj><S N=\"User\">user</S>\
         <S N=\"Computer\">{machine}</S><U32 N=\"ProcessId\">2792</U32><U32 N=\"NativeThreadId\">1</U32>\
         <U32 N=\"ManagedThreadId\">1</U32></MS></Obj>"
    )
}

/// The MessageData of Write-Host.
pub fn host_message(message: &str, line: bool, colours: Option<(&str, &str)>) -> String {
    let message = encode(message);
    let colours = colours.map(|(foreground, background)| {
        format!("<S N=\"ForegroundColor\">{foreground}</S><S N=\"BackgroundColor\">{background}</S>")
    });
    format!(
        "<Obj N=\"MessageData\" RefId=\"0\"><TN RefId=\"0\">\
         <T>System.Management.Automation.HostInformationMessage</T><T>System.Object</T></TN>\
         <ToString>{message}</ToString><Props><S N=\"Message\">{message}</S><B N=\"NoNewLine\">{}</B>{}</Props></Obj>",
        !line,
        colours.unwrap_or_default()
    )
}

/// PROGRESS_RECORD; the same object in a host call takes RefIds from 3 on.
pub fn progress(activity: &str, id: i32, status: &str, percent: i32, completed: bool) -> String {
    let (kind, number) = if completed { ("Completed", 1) } else { ("Processing", 0) };
    format!(
        "<Obj RefId=\"3\"><MS><S N=\"Activity\">{}</S><I32 N=\"ActivityId\">{id}</I32>\
         <S N=\"StatusDescription\">{}</S><Nil N=\"CurrentOperation\" /><I32 N=\"ParentActivityId\">-1</I32>\
         <I32 N=\"PercentComplete\">{percent}</I32><Obj N=\"Type\" RefId=\"4\"><TN RefId=\"4\">\
         <T>System.Management.Automation.ProgressRecordType</T><T>System.Enum</T><T>System.ValueType</T>\
         <T>System.Object</T></TN><ToString>{kind}</ToString><I32>{number}</I32></Obj>\
         <I32 N=\"SecondsRemaining\">-1</I32></MS></Obj>",
        encode(activity),
        encode(status)
    )
}

/// PROGRESS_RECORD with which the first command of nearly every Windows session begins.
pub fn preparing_modules() -> String {
    progress("Preparing modules for first use.", 0, " ", -1, true)
}

/// What commands say that ask, where there is no host to ask.
pub const NO_HOST: &str = "A command that prompts the user failed because the host program or the command type does \
     not support user interaction.";

fn error(message: &str, exception: &'static str, id: &str, category: Category) -> ErrorRecord {
    let (activity, target) = (String::new(), String::new());
    let (message, fully_qualified_error_id) = (message.to_owned(), id.to_owned());
    ErrorRecord { message, exception, fully_qualified_error_id, category, activity, target }
}

/// The error of a command whose host call failed.
pub fn host_failed(command: &str, message: &str) -> ErrorRecord {
    let exception = "System.Management.Automation.Host.HostException";
    let id = format!(
        "HostFunctionNotImplemented,Microsoft.PowerShell.Commands.{}Command",
        command.replace('-', "")
    );
    ErrorRecord { activity: command.to_owned(), ..error(message, exception, &id, Category::NotImplemented) }
}

/// The error of a command that does not exist.
pub fn command_not_found(name: &str) -> ErrorRecord {
    let message = format!(
        "The term '{name}' is not recognized as a name of a cmdlet, function, script file, or executable program.\n\
         Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
    );
    let (exception, id) =
        ("System.Management.Automation.CommandNotFoundException", "CommandNotFoundException");
    ErrorRecord { target: name.to_owned(), ..error(&message, exception, id, Category::ObjectNotFound) }
}

/// The error of Write-Error.
pub fn write_error(message: &str, id: Option<String>, target: String) -> ErrorRecord {
    let exception = "Microsoft.PowerShell.Commands.WriteErrorException";
    let id = id.unwrap_or_else(|| exception.to_owned());
    let activity = "Write-Error".to_owned();
    ErrorRecord { activity, target, ..error(message, exception, &id, Category::NotSpecified) }
}

/// What `throw` ends a pipeline with.
pub fn thrown(message: &str) -> ErrorRecord {
    let exception = "System.Management.Automation.RuntimeException";
    ErrorRecord {
        target: message.to_owned(),
        ..error(message, exception, message, Category::OperationStopped)
    }
}

/// Why a script does not parse.
pub fn parse_error(message: &str, id: &str) -> ErrorRecord {
    error(message, "System.Management.Automation.ParseException", id, Category::ParserError)
}

/// Why a script does not parse that more of it could help.
pub fn incomplete(message: &str, id: &str) -> ErrorRecord {
    error(message, "System.Management.Automation.IncompleteParseException", id, Category::ParserError)
}

/// What an endpoint without a language says to a script, as PowerShell 7.6 was seen to.
pub fn no_language() -> ErrorRecord {
    let message = "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode.";
    error(message, "System.Management.Automation.ParseException", "ScriptsNotAllowed", Category::ParserError)
}

fn stopped() -> ErrorRecord {
    let exception = "System.Management.Automation.PipelineStoppedException";
    error("The pipeline has been stopped.", exception, "PipelineStopped", Category::OperationStopped)
}
