//! Where a command goes and as whom: the part of a request that the remoting cmdlets share.

use crate::access::Authentication;
use crate::session_option::PSSessionOption;
use std::fmt;
use std::net::Ipv6Addr;
use std::num::NonZeroU16;

/// The session configuration of a session about which nothing is said.
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
    CertificateThumbprint(String),
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

/// The name of a computer, as it was typed and as a URL needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputerName {
    shown: String,
    host: String,
}

/// The text is no host name and no IP address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid host name or address")]
pub struct InvalidComputerName;

impl ComputerName {
    /// Reads -ComputerName as WSManConnectionInfo does: white space is cut, `.` and nothing at all mean localhost,
    /// and a bare IPv6 address gets brackets in the URL.
    ///
    /// What could not stand as the host of a URL is refused here, so that no later stage has to.
    pub fn parse(text: &str) -> Result<ComputerName, InvalidComputerName> {
        let name = match text.trim() {
            "" | "." => "localhost",
            name => name,
        };
        let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        let host = match is_ipv6(bare) {
            true => format!("[{bare}]"),
            false if is_host_name(name) => name.to_owned(),
            false => return Err(InvalidComputerName),
        };
        Ok(ComputerName { shown: name.to_owned(), host })
    }

    /// The name as PSSession.ComputerName shows it: as typed, trimmed, in its own letter case.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The host of the URL.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// An IPv6 address, perhaps with a zone (`fe80::1%eth0`).
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let is_zone = !zone.is_empty() && zone.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    is_zone && address.parse::<Ipv6Addr>().is_ok()
}

/// A DNS or NetBIOS name or an IPv4 address. Underscores occur in Windows names; letters may be of any script.
fn is_host_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    text.len() <= 253
        && text.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
}

/// A whole address: `http://Server01:5985/wsman`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionUri {
    use_ssl: bool,
    host: String,
    port: NonZeroU16,
    path: String,
}

/// Why a text is no connection URI. None of these repeats the text, for it may hold a password.
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
        let use_ssl = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(InvalidConnectionUri::Scheme(scheme.to_owned())),
        };
        if !rest.starts_with("//") {
            return Err(InvalidConnectionUri::Malformed);
        }
        let uri: http::Uri = text.parse().map_err(|_| InvalidConnectionUri::Malformed)?;
        let authority = uri.authority().ok_or(InvalidConnectionUri::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(InvalidConnectionUri::UserInfo);
        }
        let host = ComputerName::parse(authority.host()).map_err(|_| InvalidConnectionUri::Malformed)?;
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("" | ":") if use_ssl => 443,
            Some("" | ":") => 80,
            Some(port) => {
                port.trim_start_matches(':').parse().map_err(|_| InvalidConnectionUri::Malformed)?
            }
            None => return Err(InvalidConnectionUri::Malformed),
        };
        let path = match uri.path_and_query().map(|path| path.as_str()) {
            None | Some("" | "/") => "/wsman",
            Some(path) => path,
        };
        Ok(ConnectionUri {
            use_ssl,
            host: host.host().to_ascii_lowercase(),
            port: NonZeroU16::new(port).ok_or(InvalidConnectionUri::Malformed)?,
            path: path.to_owned(),
        })
    }

    /// Whether it uses HTTPS.
    pub fn use_ssl(&self) -> bool {
        self.use_ssl
    }

    /// The host in lower case, as .NET has it; this is what PSSession.ComputerName shows.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port, or that of its scheme.
    pub fn port(&self) -> NonZeroU16 {
        self.port
    }

    /// Path and query, beginning with a slash.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for ConnectionUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.use_ssl { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}{}", self.host, self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> (String, String) {
        let name = ComputerName::parse(text).unwrap();
        (name.shown().to_owned(), name.host().to_owned())
    }

    #[test]
    fn computer_names() {
        for (typed, shown, host) in [
            ("Server01", "Server01", "Server01"),
            (
                "  Server01.Domain01.example.com ",
                "Server01.Domain01.example.com",
                "Server01.Domain01.example.com",
            ),
            (".", "localhost", "localhost"),
            ("  ", "localhost", "localhost"),
            ("Localhost", "Localhost", "Localhost"),
            ("WEB_01", "WEB_01", "WEB_01"),
            ("192.168.0.7", "192.168.0.7", "192.168.0.7"),
            ("::1", "::1", "[::1]"),
            ("[2001:db8::7]", "[2001:db8::7]", "[2001:db8::7]"),
            ("fe80::1%eth0", "fe80::1%eth0", "[fe80::1%eth0]"),
            ("bücher.example", "bücher.example", "bücher.example"),
        ] {
            assert_eq!(name(typed), (shown.to_owned(), host.to_owned()), "{typed}");
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
            ("http://Server01", "http://server01:80/wsman"),
            ("HTTPS://Server01/", "https://server01:443/wsman"),
            ("https://[::1]:5986/a/b?x=1", "https://[::1]:5986/a/b?x=1"),
            ("http://s:/", "http://s:80/wsman"),
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
