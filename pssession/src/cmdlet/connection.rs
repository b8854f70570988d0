//! Where a command goes and as whom: the part of a request that the remoting cmdlets share.

use crate::access::{Authentication, Thumbprint};
use crate::session_option::PSSessionOption;
use crate::transport;
use std::fmt;
use std::num::NonZeroU16;

/// The default session configuration.
pub(super) const DEFAULT_CONFIGURATION: &str = "Microsoft.PowerShell";

/// How to reach and convince each server of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// -ConfigurationName as typed. `None` filters nothing; the empty text asks for the default configuration.
    pub configuration_name: Option<String>,
    /// As whom to log on.
    pub credential: Credential,
    /// The mechanism to log on with.
    pub authentication: Authentication,
    /// How the connection behaves.
    pub session_option: PSSessionOption,
}

/// As whom a command connects. A password is never part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The user who is logged on, which off Windows means the Kerberos ticket cache.
    CurrentUser,
    /// `User01`, `Domain01\User01` or `user@domain`; never empty.
    UserName(String),
    /// Thumbprint of the client certificate; Authentication is then Default.
    CertificateThumbprint(Thumbprint),
}

/// What a computer name leaves open about its URL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// URL path without its first slash. `None` is `wsman`; the empty text asks for the configured default.
    pub application_name: Option<String>,
    /// `None` is 5985, or 5986 with TLS.
    pub port: Option<NonZeroU16>,
    /// Whether to use HTTPS.
    pub use_ssl: bool,
}

/// The name of a computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputerName {
    shown: String,
    usual: transport::Endpoint,
}

/// The text is neither a host name nor an IP address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid host name or address")]
pub struct InvalidComputerName;

impl ComputerName {
    /// Reads -ComputerName as WSManConnectionInfo does: white space is cut, `.` and nothing at all mean localhost,
    /// and a bare IPv6 address gets brackets in the URL. It may have a zone, `fe80::1%eth0`.
    ///
    /// # Errors
    /// The text cannot be the host of a URL.
    pub fn parse(text: &str) -> Result<ComputerName, InvalidComputerName> {
        let name = match text.trim() {
            "" | "." => "localhost",
            name => name,
        };
        let usual =
            transport::Endpoint::of_computer(name, None, false, None).map_err(|_| InvalidComputerName)?;
        Ok(ComputerName { shown: name.to_owned(), usual })
    }

    /// The name as PSSession.ComputerName shows it: as typed, trimmed, in its own letter case.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Where its service is.
    pub(super) fn at(&self, endpoint: &Endpoint) -> transport::Endpoint {
        let application = endpoint.application_name.as_deref().filter(|application| !application.is_empty());
        self.usual.clone().with(endpoint.port.map(NonZeroU16::get), endpoint.use_ssl, application)
    }
}

/// A whole address: `http://Server01:5985/wsman`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionUri(transport::Endpoint);

/// Why a text is not a connection URI. None of these repeats the text, for it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConnectionUri {
    #[error("the URI is relative")]
    /// It has no scheme.
    Relative,
    #[error("the scheme {0} is neither http nor https")]
    /// Its scheme is neither http nor https.
    Scheme(String),
    #[error("the URI cannot be parsed")]
    /// It is not a URI.
    Malformed,
    #[error("the URI contains a user name")]
    /// It names a user.
    UserInfo,
}

impl ConnectionUri {
    /// Reads -ConnectionUri. The port is the URI's own, so 80 or 443 when it names none (and not 5985 or 5986);
    /// a path of nothing but `/` becomes `/wsman`.
    pub fn parse(text: &str) -> Result<ConnectionUri, InvalidConnectionUri> {
        let text = text.trim();
        let (scheme, rest) = text.split_once(':').ok_or(InvalidConnectionUri::Relative)?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        if !is_scheme {
            return Err(InvalidConnectionUri::Relative);
        }
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(InvalidConnectionUri::Scheme(scheme.to_owned()));
        }
        let authority =
            rest.strip_prefix("//").ok_or(InvalidConnectionUri::Malformed)?.split(['/', '?', '#']).next();
        if authority.is_some_and(|authority| authority.contains('@')) {
            return Err(InvalidConnectionUri::UserInfo);
        }
        transport::Endpoint::of_uri(text).map(ConnectionUri).map_err(|_| InvalidConnectionUri::Malformed)
    }

    /// The host in lower case, as .NET has it; this is what PSSession.ComputerName shows.
    pub fn host(&self) -> String {
        self.0.shown_host()
    }

    /// Whether it uses HTTPS.
    pub fn use_ssl(&self) -> bool {
        self.0.is_https()
    }

    /// Where the service is.
    pub(super) fn endpoint(&self) -> transport::Endpoint {
        self.0.clone()
    }
}

impl fmt::Display for ConnectionUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> (String, String) {
        let name = ComputerName::parse(text).unwrap();
        (name.shown().to_owned(), name.at(&Endpoint::default()).to_string())
    }

    #[test]
    fn computer_names() {
        for (typed, shown, host) in [
            ("Server01", "Server01", "server01"),
            (
                "  Server01.Domain01.example.com ",
                "Server01.Domain01.example.com",
                "server01.domain01.example.com",
            ),
            (".", "localhost", "localhost"),
            ("  ", "localhost", "localhost"),
            ("Localhost", "Localhost", "localhost"),
            ("WEB_01", "WEB_01", "web_01"),
            ("192.168.0.7", "192.168.0.7", "192.168.0.7"),
            ("::1", "::1", "[::1]"),
            ("[2001:db8::7]", "[2001:db8::7]", "[2001:db8::7]"),
            ("fe80::1%eth0", "fe80::1%eth0", "[fe80::1%25eth0]"),
            ("bücher.example", "bücher.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(name(typed), (shown.to_owned(), format!("http://{host}:5985/wsman")), "{typed}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for typed in [
            "Server01:5985",
            "http://Server01",
            "a/b",
            "a?b",
            "a#b",
            "user@host",
            "a b",
            "a\\b",
            "..",
            "a..b",
            "[::1",
            "::1]",
            "[Server01]",
            "fe80::1%",
            "fe80::1%a/b",
            "256.1.1.1",
            "a\nb",
            "é\u{0}",
            &"a".repeat(254),
        ] {
            assert_eq!(ComputerName::parse(typed), Err(InvalidComputerName), "{typed}");
        }
    }

    #[test]
    fn connection_uris() {
        for (typed, normal) in [
            ("http://Server01:5985/WSMAN", "http://server01:5985/WSMAN"),
            ("http://Server01", "http://server01/wsman"),
            ("HTTPS://Server01/", "https://server01/wsman"),
            ("https://[::1]:5986/a/b?x=1", "https://[::1]:5986/a/b?x=1"),
            ("http://s:/", "http://s/wsman"),
            ("https://[FE80::1%25eth0]:5986", "https://[fe80::1%25eth0]:5986/wsman"),
        ] {
            assert_eq!(ConnectionUri::parse(typed).unwrap().to_string(), normal, "{typed}");
        }
    }

    #[test]
    fn what_is_no_connection_uri_is_refused() {
        use InvalidConnectionUri::*;
        for (typed, error) in [
            ("Server01", Relative),
            ("", Relative),
            ("/wsman", Relative),
            ("://s", Relative),
            ("ftp://s", Scheme("ftp".into())),
            ("server01:5985/wsman", Scheme("server01".into())),
            ("http:Server01", Malformed),
            ("http://", Malformed),
            ("http:///wsman", Malformed),
            ("http://s:0/", Malformed),
            ("http://s:65536/", Malformed),
            ("http://s:port/", Malformed),
            ("http://a b/", Malformed),
            ("http://user:Passw0rd!@s/", UserInfo),
        ] {
            assert_eq!(ConnectionUri::parse(typed), Err(error), "{typed}");
        }
    }
}
