//! Why a request got no SOAP answer.

use super::reply::{MAX_ANSWER, MAX_HEAD};
use super::tls::TrustError;
use super::tls_fault::TlsFault;
use crate::auth;
use std::error::Error as StdError;
use std::io;
use std::time::Duration;

/// One failed exchange with one computer. The messages begin where "it failed because" ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("the name of the computer {host} cannot be resolved")]
    NameNotResolved { host: String },
    #[error("the computer {host} refuses connections on port {port}")]
    Refused { host: String, port: u16 },
    #[error("the computer {host} cannot be reached ({reason})")]
    Unreachable { host: String, reason: String },
    #[error("no connection to {host} could be made within {} seconds", .after.as_secs_f32())]
    ConnectTimedOut { host: String, after: Duration },
    #[error("the computer {host} did not answer within {} seconds", .after.as_secs_f32())]
    AnswerTimedOut { host: String, after: Duration },
    /// Nothing but legs of the login was sent.
    #[error("the computer {host} did not answer the {scheme} login within {} seconds; no request was sent yet", .after.as_secs_f32())]
    LoginTimedOut { host: String, scheme: &'static str, after: Duration },
    /// The connection ended while a request was under way: it may have been carried out or not.
    #[error("the connection to {host} was lost before the answer was complete")]
    Lost { host: String },
    #[error("no TLS connection to {host} could be made: {fault}")]
    Tls { host: String, port: u16, fault: TlsFault },
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    Auth(#[from] auth::Error),
    /// A login that was tied to its TLS connection, refused.
    #[error(transparent)]
    BoundLogin(auth::Error),
    /// The server forgot the login; nothing was carried out.
    #[error("the computer {host} no longer accepts the login of this connection")]
    LoginLost { host: String },
    /// A first sealed request in the login's last leg was not taken, for another reason than the login.
    #[error("the computer {host} does not accept a request together with the login (HTTP {status})")]
    RideRefused { host: String, status: u16 },
    #[error("the computer {host} did not request the client certificate when the connection was made")]
    CertificateNotAsked { host: String },
    #[error("{scheme} authentication is used over HTTPS only")]
    NeedsTls { scheme: &'static str },
    /// Kerberos would have proved who the server is.
    #[error("the computer {host} is not authenticated over HTTP and is not in the list of trusted hosts{}", without(.kerberos.as_ref()))]
    NotTrusted { host: String, kerberos: Option<auth::KerberosFault> },
    #[error(
        "the certificate of the computer {host} is not checked, and the computer is not in the list of trusted \
         hosts{}; no password is sent to it",
        without(.kerberos.as_ref())
    )]
    NotVerified { host: String, scheme: &'static str, kerberos: Option<auth::KerberosFault> },
    #[error("the proxy {proxy} {fault}")]
    Proxy { proxy: String, fault: ProxyFault },
    #[error("the proxy {proxy} cannot be used")]
    BadProxy { proxy: String },
    #[error("the computer {host} redirects the connection")]
    Redirected { host: String, location: String },
    #[error("the computer {host} answered HTTP {status}{}", .excerpt.as_ref().map(|e| format!(": {e}")).unwrap_or_default())]
    Status { host: String, status: u16, excerpt: Option<String> },
    #[error("the computer {host} does not speak HTTP on port {port}")]
    NotHttp { host: String, port: u16 },
    #[error("the computer {host} sent an answer that is not WS-Management{}", .excerpt.as_ref().map(|e| format!(": {e}")).unwrap_or_default())]
    NotSoap { host: String, excerpt: Option<String> },
    #[error("the computer {host} sent an answer of more than {limit} bytes")]
    TooLarge { host: String, limit: usize },
    #[error("the computer {host} sent an answer with a head of more than {MAX_HEAD} bytes")]
    HeadTooLarge { host: String },
    #[error("this system provides no random numbers")]
    NoEntropy,
    #[error("the URL {url} cannot be used")]
    BadUrl { url: String },
}

impl Error {
    /// Something was sent and no usable answer came: the outcome is unknown.
    pub(crate) fn outcome_is_unknown(&self) -> bool {
        match self {
            // What cannot be trusted may still have been done.
            Error::Auth(error) => error.is_about_an_answer(),
            Error::Lost { .. }
            | Error::AnswerTimedOut { .. }
            | Error::NotHttp { .. }
            | Error::NotSoap { .. }
            | Error::HeadTooLarge { .. }
            | Error::TooLarge { .. } => true,
            Error::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whatever else is asked of the computer would fail alike, and trying again would only cost time, or one more of
    /// the wrong passwords that the server allows.
    pub(super) fn is_about_the_computer(&self) -> bool {
        !self.outcome_is_unknown() && !matches!(self, Error::Status { .. } | Error::LoginLost { .. })
    }

    /// Nothing was carried out, and the reason may be the network, which may be back a little later.
    pub(crate) fn is_about_the_network(&self) -> bool {
        let is_kdc =
            |fault: &auth::KerberosFault| matches!(fault, auth::KerberosFault::KdcUnreachable { .. });
        match self {
            Error::NameNotResolved { .. } | Error::LoginLost { .. } => true,
            Error::Auth(auth::Error::Kerberos(fault)) => is_kdc(fault),
            Error::NotTrusted { kerberos, .. } | Error::NotVerified { kerberos, .. } => {
                kerberos.as_ref().is_some_and(is_kdc)
            }
            Error::Proxy { fault, .. } => {
                matches!(fault, ProxyFault::Unreachable(_) | ProxyFault::TimedOut { .. })
            }
            error => error.is_unreachable(),
        }
    }

    /// No connection was made, for a reason that may not concern those that were made before.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Error::Refused { .. }
                | Error::Unreachable { .. }
                | Error::ConnectTimedOut { .. }
                | Error::LoginTimedOut { .. }
        )
    }
}

/// What went wrong with a proxy before the tunnel was open. The messages continue after its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyFault {
    #[error("cannot be reached ({0})")]
    Unreachable(String),
    #[error("makes no TLS connection: {0}")]
    Tls(TlsFault),
    #[error("made no connection to {host} within {} seconds", .after.as_secs_f32())]
    TimedOut { host: String, after: Duration },
    /// It may have taken the login for wrong, so that it is not sent again.
    #[error("closed the connection too early")]
    Lost,
    #[error("does not speak HTTP")]
    NotHttp,
    #[error("sent an answer with a head of more than {MAX_HEAD} bytes")]
    HeadTooLarge,
    #[error("does not connect to {host}: HTTP {status}{}", .excerpt.as_ref().map(|e| format!(": {e}")).unwrap_or_default())]
    Status { host: String, status: u16, excerpt: Option<String> },
    #[error("requires a user name and a password{}", without(.kerberos.as_ref()))]
    WantsLogin { offered: Vec<String>, kerberos: Option<auth::KerberosFault> },
    #[error("does not offer {scheme} authentication; it offers {}", auth::listed(.offered))]
    NotOffered { scheme: &'static str, offered: Vec<String> },
    #[error("does not accept the user name and the password ({scheme})")]
    Refused { scheme: &'static str },
    // A proxy is what the login is for, so it is the server of these messages.
    #[error("cannot be logged on to: {}", .0.to_string().replace("the server", "the proxy"))]
    Login(auth::Error),
}

impl ProxyFault {
    pub(super) fn of(self, proxy: &str) -> Error {
        Error::Proxy { proxy: proxy.to_owned(), fault: self }
    }
}

/// Why Kerberos does not help, where it could.
fn without(kerberos: Option<&auth::KerberosFault>) -> String {
    kerberos.map(|fault| format!(" (Kerberos is not possible: {fault})")).unwrap_or_default()
}

/// The resolver's error, found again in the chain of causes.
#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
pub(super) struct NameNotResolved;

/// Where an exchange failed, for the words of its error.
pub(super) struct Place {
    pub host: String,
    pub port: u16,
    pub connect_timeout: Duration,
    pub answer_timeout: Duration,
}

impl Place {
    /// Finds out what a failure of the HTTP library means.
    pub(super) fn error(&self, error: &reqwest::Error) -> Error {
        let host = self.host.clone();
        let causes = || causes(error);
        if causes().any(|cause| cause.is::<super::pin::ConnectionLost>()) {
            return Error::LoginLost { host };
        }
        if causes().any(|cause| cause.is::<NameNotResolved>()) {
            return Error::NameNotResolved { host };
        }
        if let Some(fault) = causes().find_map(tls_fault) {
            return Error::Tls { host, port: self.port, fault };
        }
        // The system gives up a connection whose other end is gone long before this side's own time is over.
        if error.is_timeout() && !is_of_system(error) {
            return if error.is_connect() { self.connect_timed_out() } else { self.answer_timed_out() };
        }
        if is_refused(error) {
            return Error::Refused { host, port: self.port };
        }
        if error.is_connect() {
            return Error::Unreachable { host, reason: reason(error) };
        }
        match causes().find_map(|cause| cause.downcast_ref::<hyper::Error>()) {
            Some(error) => self.error_of_http(error),
            None => Error::Lost { host },
        }
    }

    /// The same for what went wrong on a connection through a tunnel.
    pub(super) fn error_in_tunnel(&self, error: &hyper::Error) -> Error {
        let host = self.host.clone();
        match causes(error).find_map(tls_fault) {
            Some(fault) => Error::Tls { host, port: self.port, fault },
            // Nothing has been sent.
            None if error.is_canceled() => Error::LoginLost { host },
            None => self.error_of_http(error),
        }
    }

    fn error_of_http(&self, error: &hyper::Error) -> Error {
        let host = self.host.clone();
        match error {
            error if head_is_too_large(error) => Error::HeadTooLarge { host },
            error if error.is_parse() => Error::NotHttp { host, port: self.port },
            _ => Error::Lost { host },
        }
    }

    /// The same for a handshake of TLS in a tunnel.
    pub(super) fn tls_error(&self, error: &io::Error) -> Error {
        let host = self.host.clone();
        match tls_fault(error) {
            Some(fault) => Error::Tls { host, port: self.port, fault },
            None => Error::Unreachable { host, reason: reason(error) },
        }
    }

    pub(super) fn head_too_large(&self) -> Error {
        Error::HeadTooLarge { host: self.host.clone() }
    }

    pub(super) fn too_large(&self) -> Error {
        Error::TooLarge { host: self.host.clone(), limit: MAX_ANSWER }
    }

    pub(super) fn connect_timed_out(&self) -> Error {
        Error::ConnectTimedOut { host: self.host.clone(), after: self.connect_timeout }
    }

    pub(super) fn answer_timed_out(&self) -> Error {
        Error::AnswerTimedOut { host: self.host.clone(), after: self.answer_timeout }
    }
}

/// Whether a request went no further than its connection, as it was to.
pub(super) fn is_held(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<super::pin::ConnectionHeld>())
}

/// Whether nobody listens where a connection was to be made.
pub(super) fn is_refused(error: &reqwest::Error) -> bool {
    error.is_connect()
        && causes(error)
            .find_map(|cause| cause.downcast_ref::<io::Error>())
            .is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
}

/// The library refuses what is far larger than [`MAX_HEAD`] by itself, and has a name for that in servers only.
pub(super) fn head_is_too_large(error: &hyper::Error) -> bool {
    error.is_parse() && error.to_string() == "message head is too large"
}

/// An error and what lies behind it, one behind the other.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause| (*cause).source())
}

/// Whether it was the system that said so.
fn is_of_system(error: &(dyn StdError + 'static)) -> bool {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|io| io.raw_os_error().is_some())
}

/// Why there is no connection, in the system's words where it was the system that said so.
pub(super) fn reason(error: &(dyn StdError + 'static)) -> String {
    let of_system = |cause: &&io::Error| cause.raw_os_error().is_some();
    let ios = || causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    match (ios().find(of_system), ios().map(io::Error::kind).next()) {
        _ if causes(error).any(|cause| cause.is::<NameNotResolved>()) => NameNotResolved.to_string(),
        (Some(error), _) => error.to_string(),
        (None, Some(io::ErrorKind::UnexpectedEof)) => "the connection was closed".to_owned(),
        (None, Some(io::ErrorKind::TimedOut)) => "it took too long".to_owned(),
        (None, _) => "no connection could be made".to_owned(),
    }
}

/// The TLS failure a cause is, or carries: I/O errors hide what they wrap from the chain of causes.
pub(super) fn tls_fault(mut cause: &(dyn StdError + 'static)) -> Option<TlsFault> {
    while let Some(io) = cause.downcast_ref::<io::Error>() {
        cause = io.get_ref()?;
    }
    cause.downcast_ref().map(TlsFault::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_failed_says_why_in_the_words_of_the_system_or_of_this_program() {
        #[derive(Debug, thiserror::Error)]
        #[error("LibraryWord")]
        struct Library(#[source] io::Error);
        let library = |kind| Library(io::Error::new(kind, "LibraryWord"));
        let system = Library(io::Error::from_raw_os_error(13));
        assert!(!reason(&system).contains("LibraryWord") && reason(&system).contains("os error 13"));
        for (error, words) in [
            (library(io::ErrorKind::UnexpectedEof), "the connection was closed"),
            (library(io::ErrorKind::TimedOut), "it took too long"),
            (library(io::ErrorKind::Other), "no connection could be made"),
        ] {
            assert_eq!(reason(&error), words);
        }
    }
}
