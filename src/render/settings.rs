//! What is shown, and in which form.

/// The forms of session records: the values of --output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// PowerShell's table.
    #[default]
    Table,
    /// PowerShell's list of all properties.
    List,
    /// One array.
    Json,
    /// One object a line, as it happens.
    JsonLines,
    /// Comma-separated values under a line of names.
    Csv,
    /// One Id a line.
    Id,
}

impl Output {
    /// Whether errors and the like are JSON as well.
    pub fn is_json(self) -> bool {
        matches!(self, Output::Json | Output::JsonLines)
    }
}

/// The forms of what a command puts out: the values of --output for the cmdlets that run or receive commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ObjectOutput {
    /// As PowerShell shows it.
    #[default]
    Text,
    /// One array.
    Json,
    /// One object a line, as it comes.
    JsonLines,
    /// Comma-separated values under a line of names.
    Csv,
    /// PowerShell's own XML.
    Clixml,
}

impl ObjectOutput {
    /// The form of the session records beside it.
    pub fn of_sessions(self) -> Output {
        match self {
            ObjectOutput::Json => Output::Json,
            ObjectOutput::JsonLines => Output::JsonLines,
            ObjectOutput::Csv => Output::Csv,
            ObjectOutput::Text | ObjectOutput::Clixml => Output::Table,
        }
    }
}

/// How the errors of a command look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorView {
    /// In one line.
    #[default]
    Concise,
    /// With category and id.
    Normal,
}

/// When colour is used; it never carries meaning alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// On a terminal, unless NO_COLOR says otherwise.
    #[default]
    Auto,
    Always,
    Never,
}

/// What happens to a record (System.Management.Automation.ActionPreference).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActionPreference {
    SilentlyContinue = 0,
    Stop = 1,
    #[default]
    Continue = 2,
    Inquire = 3,
    Ignore = 4,
}

impl ActionPreference {
    /// Whether the record is shown.
    pub fn shows(self) -> bool {
        !matches!(self, ActionPreference::SilentlyContinue | ActionPreference::Ignore)
    }
}

/// What of the records is shown, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    pub output: Output,
    pub color: Color,
    /// 5.1's seven columns instead of the help page's six.
    pub wide: bool,
    pub verbose: bool,
    pub error_action: ActionPreference,
    pub warning_action: ActionPreference,
    pub progress_action: ActionPreference,
}
