//! NTSTATUS (MS-ERREF 2.3), as far as a server refuses a login with it.

use std::fmt;

/// A number that the server gives for its refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NtStatus(pub u32);

impl NtStatus {
    /// Whether it says no more than that user or password is wrong.
    pub(super) fn is_logon_failure(self) -> bool {
        // STATUS_LOGON_FAILURE, STATUS_NO_SUCH_USER, STATUS_WRONG_PASSWORD; and SEC_E_LOGON_DENIED, as acceptors of GSS-API
        // have it.
        matches!(self.0, 0xC000_006D | 0xC000_0064 | 0xC000_006A | 0x8009_030C)
    }
}

impl fmt::Display for NtStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match self.0 {
            0xC000_005E => "no domain controller can be reached",
            0xC000_006E => "an account restriction forbids it",
            0xC000_006F => "the account may not log on at this time",
            0xC000_0070 => "the account may not log on to this computer",
            0xC000_0071 => "the password has expired",
            0xC000_0072 => "the account is disabled",
            0xC000_015B => "the account lacks the right to log on in this way",
            0xC000_0193 => "the account has expired",
            0xC000_0224 => "the password must be changed first",
            0xC000_0234 => "the account is locked out",
            0xC000_0413 => "a policy bars the account from this computer",
            _ if self.is_logon_failure() => "the user name or the password is wrong",
            code => return write!(formatter, "error 0x{code:08X}"),
        };
        write!(formatter, "{meaning} (0x{:08X})", self.0)
    }
}
