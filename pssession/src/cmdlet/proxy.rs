//! Why there is no way through a proxy, for a person: the number that a Windows client would have for it, and the way
//! out.

use super::kerberos;
use crate::auth::{self, BASIC, DIGEST, KerberosFault, NEGOTIATE};
use crate::error::Hint;
use crate::transport::{ProxyFault, TlsFault};
use crate::wsman::FaultCode;

/// The number that a Windows client reports for it.
pub(super) fn code(fault: &ProxyFault) -> Option<FaultCode> {
    match fault {
        ProxyFault::Unreachable(_) | ProxyFault::Status { .. } => Some(FaultCode::CANNOT_CONNECT),
        ProxyFault::TimedOut { .. } => Some(FaultCode::NETWORK_TIMED_OUT),
        ProxyFault::Tls(_) => Some(FaultCode::SECURE_FAILURE),
        ProxyFault::Lost
        | ProxyFault::NotHttp
        | ProxyFault::HeadTooLarge
        | ProxyFault::WantsLogin { .. }
        | ProxyFault::NotOffered { .. }
        | ProxyFault::Refused { .. }
        | ProxyFault::Login(_) => None,
    }
}

/// What to do about it.
pub(super) fn hint(fault: &ProxyFault) -> Option<Hint> {
    Some(match fault {
        ProxyFault::WantsLogin { offered, .. } => Hint::ProxyUser { mechanism: usable(offered)? },
        ProxyFault::NotOffered { offered, .. } => Hint::ProxyMechanism { mechanism: usable(offered)? },
        ProxyFault::Refused { .. } => Hint::ProxyCredential,
        ProxyFault::Login(auth::Error::Kerberos(fault)) => match fault {
            KerberosFault::Address | KerberosFault::UnknownTarget { .. } => Hint::ProxyName,
            KerberosFault::TicketRefused { .. } => return None,
            fault => kerberos::hint(fault),
        },
        ProxyFault::Login(_) => return None,
        ProxyFault::Status { host, .. } => Hint::ProxyPorts { host: host.clone() },
        ProxyFault::TimedOut { .. } => Hint::SlowServer,
        ProxyFault::Tls(TlsFault::NotTls) => Hint::ProxyScheme,
        ProxyFault::Tls(_)
        | ProxyFault::NotHttp
        | ProxyFault::HeadTooLarge
        | ProxyFault::Lost
        | ProxyFault::Unreachable(_) => Hint::ProxyAddress,
    })
}

/// The best that a proxy offers of what this program has for it.
fn usable(offered: &[String]) -> Option<&'static str> {
    let is_offered = |scheme: &&str| offered.iter().any(|name| name.eq_ignore_ascii_case(scheme));
    [NEGOTIATE.name, DIGEST.name, BASIC.name].into_iter().find(is_offered)
}
