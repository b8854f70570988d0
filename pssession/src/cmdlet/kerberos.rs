//! Why there is no Kerberos login, for a person: Windows' numbers and words where it has any, and the way out.

use crate::auth::KerberosFault;
use crate::error::Hint;
use crate::wsman::FaultCode;

/// The number that a Windows client reports for it.
pub(super) fn code(fault: &KerberosFault) -> FaultCode {
    match fault {
        KerberosFault::NoLibrary => FaultCode::CLIENT_KERBEROS_DISABLED,
        KerberosFault::Address => FaultCode::KERBEROS_IP_ADDRESS,
        KerberosFault::NoRealm | KerberosFault::UserWithoutRealm { .. } => {
            FaultCode::WORKGROUP_CANNOT_USE_KERBEROS
        }
        KerberosFault::UnknownRealm { .. } | KerberosFault::KdcUnreachable { .. } => {
            FaultCode::NO_LOGON_SERVERS
        }
        KerberosFault::UnknownTarget { .. } => FaultCode::TARGET_UNKNOWN,
        KerberosFault::NoTicket | KerberosFault::TicketExpired => FaultCode::EXPLICIT_CREDENTIALS_REQUIRED,
        KerberosFault::UnknownUser { .. }
        | KerberosFault::WrongPassword { .. }
        | KerberosFault::PasswordExpired { .. }
        | KerberosFault::AccountRevoked { .. } => FaultCode::LOGON_FAILURE,
        KerberosFault::TicketRefused { .. } => FaultCode::ACCESS_DENIED,
        KerberosFault::ClockSkew
        | KerberosFault::ServerNotProven { .. }
        | KerberosFault::WeakEncryption
        | KerberosFault::Other { .. } => FaultCode::NEGOTIATE_FAILURE,
    }
}

/// Windows' words, with this program's own behind them where those say more.
pub(super) fn message(fault: &KerberosFault, own: String) -> String {
    match fault {
        KerberosFault::UnknownUser { .. } | KerberosFault::WrongPassword { .. } => {
            format!("The user name or password is incorrect. {own}")
        }
        KerberosFault::TicketRefused { .. } => format!("Access is denied. {own}"),
        _ => own,
    }
}

/// What to do about it.
pub(super) fn hint(fault: &KerberosFault) -> Hint {
    match fault {
        KerberosFault::NoLibrary => Hint::KerberosLibrary,
        KerberosFault::NoTicket | KerberosFault::TicketExpired => Hint::GetTicket,
        KerberosFault::Address => Hint::NoTicketForAddress,
        KerberosFault::UserWithoutRealm { .. } | KerberosFault::NoRealm => Hint::NameRealm,
        KerberosFault::UnknownRealm { .. } => Hint::UnknownRealm,
        KerberosFault::KdcUnreachable { .. } => Hint::KdcPort,
        KerberosFault::UnknownTarget { .. } => Hint::UnknownService,
        KerberosFault::PasswordExpired { .. } => Hint::ExpiredPassword,
        KerberosFault::ClockSkew => Hint::SetClock,
        KerberosFault::TicketRefused { target, .. } => Hint::OtherAccount { target: target.clone() },
        KerberosFault::WeakEncryption => Hint::NeedsAes,
        KerberosFault::UnknownUser { principal } | KerberosFault::WrongPassword { principal } => {
            Hint::CheckKerberosPassword { principal: principal.clone() }
        }
        KerberosFault::AccountRevoked { .. } => Hint::AskAdministrator,
        KerberosFault::ServerNotProven { .. } => Hint::Impostor,
        KerberosFault::Other { .. } => Hint::TraceKerberos,
    }
}
