//! CREATE_PIPELINE: what a pipeline is to run (MS-PSRP 2.2.2.10).
//!
//! Order, names and numbers are those of PowerShell's own client. The commands of one pipeline feed each other, as
//! with `|` between them.

use crate::psrp::clixml::{self, Content, Object, Value, type_names};
use crate::psrp::handshake::apartment_state;
use crate::psrp::host::Host;

/// What is run, and how.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CreatePipeline {
    pub commands: Vec<Command>,
    /// Whether the server closes the input by itself. Otherwise the pipeline waits for END_OF_PIPELINE_INPUT.
    pub no_input: bool,
    pub add_to_history: bool,
    /// What the history shows, where it is not the first command.
    pub history: Option<String>,
    pub stream_options: RemoteStreamOptions,
    /// Without one of its own, a pipeline uses the host of its pool.
    pub host: Host,
}

impl CreatePipeline {
    /// These commands, run as Invoke-Command does without pipeline input.
    pub(crate) fn new(commands: Vec<Command>) -> CreatePipeline {
        CreatePipeline {
            commands,
            no_input: true,
            add_to_history: true,
            history: None,
            stream_options: RemoteStreamOptions::None,
            host: Host::None,
        }
    }

    pub(crate) fn encode(&self) -> String {
        let commands = self.commands.iter().map(Command::to_value).collect();
        let power_shell = Object::bag([
            ("Cmds", list(commands)),
            ("IsNested", Value::Bool(false)),
            ("History", self.history.as_deref().map_or(Value::Nil, Value::from)),
            // Otherwise a script ends at the first statement that fails.
            ("RedirectShellErrorOutputPipe", Value::Bool(true)),
        ]);
        let bag = Object::bag([
            ("PowerShell", power_shell.into()),
            ("NoInput", Value::Bool(self.no_input)),
            ("ApartmentState", apartment_state()),
            ("RemoteStreamOptions", self.stream_options.to_value()),
            ("AddToHistory", Value::Bool(self.add_to_history)),
            ("HostInfo", self.host.to_value()),
            ("IsNested", Value::Bool(false)),
        ]);
        clixml::write(&bag.into())
    }
}

/// A script or a command, and what it is given (MS-PSRP 2.2.3.12).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    /// The script's text or the command's name.
    pub text: String,
    pub is_script: bool,
    /// `None` lets the server choose.
    pub use_local_scope: Option<bool>,
    /// Errors become output of this command.
    pub merge_errors: bool,
    /// Takes in the output and errors of the commands before this one.
    pub merge_previous: bool,
    pub parameters: Vec<Parameter>,
}

impl Command {
    pub(crate) fn script(text: impl Into<String>) -> Command {
        Command {
            text: text.into(),
            is_script: true,
            use_local_scope: None,
            merge_errors: false,
            merge_previous: false,
            parameters: Vec::new(),
        }
    }

    pub(crate) fn named(name: impl Into<String>) -> Command {
        Command { is_script: false, ..Command::script(name) }
    }

    /// Adds a parameter; one without a name is an argument, bound by its position.
    pub(crate) fn with(mut self, name: Option<&str>, value: Value) -> Command {
        self.parameters.push(Parameter { name: name.map(str::to_owned), value });
        self
    }

    fn to_value(&self) -> Value {
        const NONE: PipelineResultTypes = ("None", 0);
        const OUTPUT: PipelineResultTypes = ("Output", 1);
        const ERROR: PipelineResultTypes = ("Error", 2);
        // Output and Error, of which .NET makes the name of the third.
        const OUTPUT_AND_ERROR: PipelineResultTypes = ("Warning", 3);
        let when = |condition, result| if condition { result } else { NONE };
        let merge = |(text, number)| -> Value {
            const TYPE_NAME: &str = "System.Management.Automation.Runspaces.PipelineResultTypes";
            Object::enumeration(TYPE_NAME, text, number).into()
        };
        let bag = Object::bag([
            ("Cmd", self.text.as_str().into()),
            ("IsScript", Value::Bool(self.is_script)),
            ("UseLocalScope", self.use_local_scope.map_or(Value::Nil, Value::Bool)),
            ("MergeMyResult", merge(when(self.merge_errors, ERROR))),
            ("MergeToResult", merge(when(self.merge_errors, OUTPUT))),
            ("MergePreviousResults", merge(when(self.merge_previous, OUTPUT_AND_ERROR))),
            ("MergeError", merge(when(self.merge_errors, OUTPUT))),
            ("MergeWarning", merge(NONE)),
            ("MergeVerbose", merge(NONE)),
            ("MergeDebug", merge(NONE)),
            ("MergeInformation", merge(NONE)),
            ("Args", list(self.parameters.iter().map(Parameter::to_value).collect())),
        ]);
        bag.into()
    }
}

/// Name and number of a System.Management.Automation.Runspaces.PipelineResultTypes.
type PipelineResultTypes = (&'static str, i32);

/// A parameter with its value (MS-PSRP 2.2.3.13).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    /// `None` for an argument.
    pub name: Option<String>,
    pub value: Value,
}

impl Parameter {
    fn to_value(&self) -> Value {
        let name = self.name.as_deref().map_or(Value::Nil, Value::from);
        Object::bag([("N", name), ("V", self.value.clone())]).into()
    }
}

/// Whether records say which command wrote them (System.Management.Automation.RemoteStreamOptions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RemoteStreamOptions {
    None = 0,
    #[cfg_attr(not(test), expect(dead_code, reason = "for records with their invocation"))]
    AddInvocationInfo = 15,
}

impl RemoteStreamOptions {
    fn to_value(self) -> Value {
        const TYPE_NAME: &str = "System.Management.Automation.RemoteStreamOptions";
        // .NET has no name for 0.
        let text = match self {
            RemoteStreamOptions::None => "0",
            RemoteStreamOptions::AddInvocationInfo => "AddInvocationInfo",
        };
        Object::enumeration(TYPE_NAME, text, self as i32).into()
    }
}

/// A list as PowerShell's client types it; servers do not look at the version.
fn list(items: Vec<Value>) -> Value {
    const TYPE_NAME: &str = "System.Collections.Generic.List`1[[System.Management.Automation.PSObject, \
        System.Management.Automation, Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]";
    let type_names = Some(type_names([TYPE_NAME, "System.Object"]));
    Object { type_names, content: Content::List(items), ..Object::default() }.into()
}
