//! Why there is no Kerberos login.

use super::KERBEROS;

/// What Kerberos lacked, or who refused what. Most of these are known before anything is sent to the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KerberosFault {
    #[error("this system has no Kerberos library")]
    NoLibrary,
    /// Tickets are for names, and nothing proves that an address belongs to one.
    #[error("there are no Kerberos tickets for an IP address")]
    Address,
    /// The account may be the server's own; only a domain has a KDC.
    #[error("the user name {user} does not name a realm")]
    UserWithoutRealm { user: String },
    #[error("no realm is configured for Kerberos")]
    NoRealm,
    /// The realm's KDCs are not known.
    #[error("no KDC is known for the realm of {principal}")]
    UnknownRealm { principal: String },
    #[error("no KDC can be reached ({reason})")]
    KdcUnreachable { reason: String },
    #[error("the Kerberos realm has no service {}", list(.targets))]
    UnknownTarget { targets: Vec<String> },

    #[error("there is no Kerberos ticket")]
    NoTicket,
    #[error("the Kerberos ticket has expired")]
    TicketExpired,
    #[error("the Kerberos realm has no user {principal}")]
    UnknownUser { principal: String },
    #[error("the password of {principal} is wrong")]
    WrongPassword { principal: String },
    #[error("the password of {principal} has expired")]
    PasswordExpired { principal: String },
    #[error("the account of {principal} is disabled, expired or locked")]
    AccountRevoked { principal: String },
    #[error("this computer's clock differs too much from that of the Kerberos realm")]
    ClockSkew,

    /// The server refused the ticket.
    #[error("the server does not accept the Kerberos ticket for {target}{}", reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default())]
    TicketRefused { target: String, reason: Option<String> },
    /// The login was accepted without a proof that the acceptor is the server (RFC 4120 5.5.2, AP-REP).
    #[error("the server does not prove that it is {target}")]
    ServerNotProven { target: String },
    /// RC4 and DES, with which messages have another shape as well (RFC 4757).
    #[error("the server's key is of an old type that is no longer safe")]
    WeakEncryption,
    #[error("Kerberos failed: {reason}")]
    Other { reason: String },
}

impl KerberosFault {
    /// Whether Kerberos is not possible here, so that another mechanism may be used instead. A refused user gets no second
    /// try: it would count as another wrong password, and an attacker on the network path could provoke it.
    pub(crate) fn lets_others_try(&self) -> bool {
        match self {
            KerberosFault::NoLibrary
            | KerberosFault::Address
            | KerberosFault::UserWithoutRealm { .. }
            | KerberosFault::NoRealm
            | KerberosFault::UnknownRealm { .. }
            | KerberosFault::KdcUnreachable { .. }
            | KerberosFault::UnknownTarget { .. } => true,
            KerberosFault::NoTicket
            | KerberosFault::TicketExpired
            | KerberosFault::UnknownUser { .. }
            | KerberosFault::WrongPassword { .. }
            | KerberosFault::PasswordExpired { .. }
            | KerberosFault::AccountRevoked { .. }
            | KerberosFault::ClockSkew
            | KerberosFault::TicketRefused { .. }
            | KerberosFault::ServerNotProven { .. }
            | KerberosFault::WeakEncryption
            | KerberosFault::Other { .. } => false,
        }
    }
}

fn list(targets: &[String]) -> String {
    match targets {
        [] => KERBEROS.name.into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
