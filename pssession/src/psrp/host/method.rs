//! The calls of a host and its methods, by their numbers.

use std::fmt;

/// Names one call among those of its pipeline or pool (`ci`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostCallId(pub i64);

impl HostCallId {
    /// Of every call that returns nothing and gets no answer.
    pub(super) const VOID: HostCallId = HostCallId(-100);
}

/// RemoteHostMethodId (MS-PSRP 2.2.3.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostMethodId(pub i32);

impl HostMethodId {
    /// `None` for a method that is newer than this list.
    pub(crate) fn name(self) -> Option<&'static str> {
        const NAMES: [&str; 56] = [
            "GetName",
            "GetVersion",
            "GetInstanceId",
            "GetCurrentCulture",
            "GetCurrentUICulture",
            "SetShouldExit",
            "EnterNestedPrompt",
            "ExitNestedPrompt",
            "NotifyBeginApplication",
            "NotifyEndApplication",
            "ReadLine",
            "ReadLineAsSecureString",
            "Write1",
            "Write2",
            "WriteLine1",
            "WriteLine2",
            "WriteLine3",
            "WriteErrorLine",
            "WriteDebugLine",
            "WriteProgress",
            "WriteVerboseLine",
            "WriteWarningLine",
            "Prompt",
            "PromptForCredential1",
            "PromptForCredential2",
            "PromptForChoice",
            "GetForegroundColor",
            "SetForegroundColor",
            "GetBackgroundColor",
            "SetBackgroundColor",
            "GetCursorPosition",
            "SetCursorPosition",
            "GetWindowPosition",
            "SetWindowPosition",
            "GetCursorSize",
            "SetCursorSize",
            "GetBufferSize",
            "SetBufferSize",
            "GetWindowSize",
            "SetWindowSize",
            "GetWindowTitle",
            "SetWindowTitle",
            "GetMaxWindowSize",
            "GetMaxPhysicalWindowSize",
            "GetKeyAvailable",
            "ReadKey",
            "FlushInputBuffer",
            "SetBufferContents1",
            "SetBufferContents2",
            "GetBufferContents",
            "ScrollBufferContents",
            "PushRunspace",
            "PopRunspace",
            "GetIsRunspacePushed",
            "GetRunspace",
            "PromptForChoiceMultipleSelection",
        ];
        let index = usize::try_from(self.0).ok()?.checked_sub(1)?;
        NAMES.get(index).copied()
    }
}

impl fmt::Display for HostMethodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "host method {}", self.0),
        }
    }
}
