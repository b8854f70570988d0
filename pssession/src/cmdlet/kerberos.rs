//! Why there is no Kerberos login, for a person: Windows' numbers and words where it has any, and the way out.

use crate::auth::KerberosFault;
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

/// What to do about it, in words that can be typed.
pub(super) fn hint(fault: &KerberosFault) -> Option<&'static str> {
    Some(match fault {
        KerberosFault::NoLibrary if cfg!(target_os = "linux") => {
            "install libgssapi_krb5.so.2 (package libgssapi-krb5-2 or krb5-libs), or use NTLM: Negotiate with -Credential"
        }
        KerberosFault::NoLibrary => "use NTLM: Negotiate with -Credential",
        KerberosFault::NoTicket | KerberosFault::TicketExpired => {
            "get a ticket with kinit, or name a user with -Credential"
        }
        KerberosFault::Address => {
            "use the computer's name, or say which service it is with --spn HTTP/name; NTLM needs -Credential"
        }
        KerberosFault::UserWithoutRealm { .. } | KerberosFault::NoRealm => {
            "write the user as user@EXAMPLE.COM, or set default_realm in krb5.conf"
        }
        KerberosFault::UnknownRealm { .. } => {
            "the realm's KDCs are found by DNS or are named in krb5.conf; check the user's realm"
        }
        KerberosFault::KdcUnreachable { .. } => {
            "a KDC listens on port 88; --timeout SECONDS waits longer or shorter"
        }
        KerberosFault::UnknownTarget { .. } => {
            "use the computer's full name as the domain knows it, or name the service with --spn SERVICE/HOST"
        }
        KerberosFault::PasswordExpired { .. } => "kpasswd sets another password",
        KerberosFault::ClockSkew => "set the clock: Kerberos bears five minutes",
        KerberosFault::TicketRefused { target, .. } if target.starts_with("WSMAN/") => {
            "the name may belong to another account: --spn HTTP/HOST or --spn host/HOST"
        }
        KerberosFault::TicketRefused { .. } => {
            "the name may belong to another account: --spn WSMAN/HOST, or -SessionOption IncludePortInSPN=true"
        }
        KerberosFault::WeakEncryption => "the server's account needs AES keys",
        KerberosFault::UnknownUser { .. }
        | KerberosFault::WrongPassword { .. }
        | KerberosFault::AccountRevoked { .. }
        | KerberosFault::ServerNotProven { .. }
        | KerberosFault::Other { .. } => return None,
    })
}
