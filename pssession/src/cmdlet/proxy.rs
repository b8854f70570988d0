//! Why there is no way through a proxy, for a person: the number that a Windows client would have for it, and the way
//! out.

use super::kerberos;
use crate::auth::{self, BASIC, DIGEST, KerberosFault, NEGOTIATE};
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

/// What to do about it, in words that can be typed.
pub(super) fn hint(fault: &ProxyFault) -> Option<String> {
    Some(match fault {
        ProxyFault::WantsLogin { offered, .. } => {
            let mechanism = usable(offered)?;
            format!(
                "-SessionOption ProxyAccessType=IEConfig,ProxyAuthentication={mechanism},ProxyCredential=USER names one, \
                 and PSSESSION_PROXY_PASSWORD gives the password"
            )
        }
        ProxyFault::NotOffered { offered, .. } => match usable(offered)? {
            mechanism if mechanism == BASIC.name => format!(
                "ProxyAuthentication={mechanism} in -SessionOption chooses that, and hands the proxy the password"
            ),
            mechanism => format!("ProxyAuthentication={mechanism} in -SessionOption chooses that"),
        },
        ProxyFault::Refused { .. } => {
            "who logs on to it is ProxyCredential in -SessionOption with PSSESSION_PROXY_PASSWORD, or stands in its address \
             in the environment"
                .into()
        }
        ProxyFault::Login(auth::Error::Kerberos(fault)) => match fault {
            KerberosFault::Address | KerberosFault::UnknownTarget { .. } => {
                "HTTPS_PROXY or ALL_PROXY has to name it as the domain knows it".into()
            }
            KerberosFault::TicketRefused { .. } => return None,
            fault => kerberos::hint(fault)?.into(),
        },
        ProxyFault::Login(_) | ProxyFault::HeadTooLarge => return None,
        ProxyFault::Status { host, .. } => format!(
            "many proxies connect to port 443 only; NO_PROXY={host} or -SessionOption ProxyAccessType=NoProxyServer goes \
             without"
        ),
        ProxyFault::TimedOut { .. } => "--timeout SECONDS waits longer or shorter".into(),
        ProxyFault::Tls(TlsFault::NotTls) => "its address may have to begin with http://".into(),
        ProxyFault::Tls(_) | ProxyFault::NotHttp | ProxyFault::Lost | ProxyFault::Unreachable(_) => {
            "HTTPS_PROXY or ALL_PROXY names it; -SessionOption ProxyAccessType=NoProxyServer goes without".into()
        }
    })
}

/// The best that a proxy offers of what this program has for it.
fn usable(offered: &[String]) -> Option<&'static str> {
    let is_offered = |scheme: &&str| offered.iter().any(|name| name.eq_ignore_ascii_case(scheme));
    [NEGOTIATE.name, DIGEST.name, BASIC.name].into_iter().find(is_offered)
}
