//! Where a computer's WS-Management service listens.

use reqwest::Url;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A service's URL, known to be http or https and to have a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: Url,
    /// The zone of an IPv6 address (RFC 4007): which interface leads to it. It means something to this computer alone,
    /// so it is no part of the URL that others see.
    zone: Option<String>,
}

/// Ports of the WinRM service (MS-WSMV 1.9).
const HTTP_PORT: u16 = 5985;
const HTTPS_PORT: u16 = 5986;

/// Path of the WinRM service.
pub(super) const DEFAULT_APPLICATION: &str = "wsman";

/// Text that names no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadEndpoint {
    #[error("\"{0}\" is not a computer name")]
    ComputerName(String),
    #[error("\"{0}\" is not a URI of a WS-Management service")]
    Uri(String),
}

/// Why a client does not go where a server sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadRedirection {
    #[error("that is not the address of a WS-Management service")]
    NoAddress,
    /// The credential would be shown to a server that it was not given for.
    #[error("that is another computer, and the credential is not meant for it")]
    AnotherHost,
    #[error("that is another service on the computer, and the password is not meant for it")]
    AnotherService,
    #[error("it leads from HTTPS to HTTP")]
    LessSecure,
}

impl Endpoint {
    /// The endpoint of a computer known by name. `port` and `application` default to the WinRM service's own.
    pub(crate) fn of_computer(
        name: &str,
        port: Option<u16>,
        use_ssl: bool,
        application: Option<&str>,
    ) -> Result<Endpoint, BadEndpoint> {
        let bad = || BadEndpoint::ComputerName(name.to_owned());
        let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        let (address, zone) =
            bare.split_once('%').map_or((bare, None), |(address, zone)| (address, Some(zone)));
        let host = match address.parse::<Ipv6Addr>() {
            Ok(_) if zone.is_none_or(is_zone) => format!("[{address}]"),
            Err(_) if is_host_name(name) => name.to_owned(),
            _ => return Err(bad()),
        };
        let url = Url::parse(&format!("http://{host}")).map_err(|_| bad())?;
        Ok(Endpoint { url, zone: zone.map(str::to_owned) }.with(port, use_ssl, application))
    }

    /// Another service on the same computer; the parameters are those of [`Endpoint::of_computer`].
    pub(crate) fn with(mut self, port: Option<u16>, use_ssl: bool, application: Option<&str>) -> Endpoint {
        let (scheme, default_port) = if use_ssl { ("https", HTTPS_PORT) } else { ("http", HTTP_PORT) };
        // A URL with a host takes either scheme and any port.
        let _ = self.url.set_scheme(scheme);
        let _ = self.url.set_port(Some(port.unwrap_or(default_port)));
        self.url.set_path(application.unwrap_or(DEFAULT_APPLICATION));
        self
    }

    /// The endpoint a URI names, in which a zone follows `%25` (RFC 6874). Without a port it is HTTP's or HTTPS's own,
    /// not WinRM's; without a path `/wsman`.
    pub(crate) fn of_uri(uri: &str) -> Result<Endpoint, BadEndpoint> {
        let bad = || BadEndpoint::Uri(uri.to_owned());
        let (uri, zone) = without_zone(uri.trim()).ok_or_else(bad)?;
        // An address that a browser would correct is not the one that was meant, nor is a host with a port.
        let parts = uri.parse::<http::Uri>().map_err(|_| bad())?.into_parts();
        let (Some(_), Some(authority)) = (parts.scheme, parts.authority) else { return Err(bad()) };
        // A login belongs into a credential; in a URL it would be shown.
        let is_host = authority.host().starts_with('[') || is_host_name(authority.host());
        if !is_host || authority.as_str().contains('@') {
            return Err(bad());
        }
        let mut url = Url::parse(&uri).map_err(|_| bad())?;
        if !matches!(url.scheme(), "http" | "https") || url.port() == Some(0) {
            return Err(bad());
        }
        url.set_fragment(None);
        if url.path() == "/" {
            url.set_path(DEFAULT_APPLICATION);
        }
        Ok(Endpoint { url, zone })
    }

    /// Where the service at this endpoint sends its client: an address, or one relative to this. The login goes along,
    /// so it must be the same host and as secure; where the login shows the password, it must be the same service.
    pub(crate) fn redirected(
        &self,
        location: &str,
        shows_password: bool,
    ) -> Result<Endpoint, BadRedirection> {
        let mut url = self.url.join(location.trim()).map_err(|_| BadRedirection::NoAddress)?;
        let has_login = !url.username().is_empty() || url.password().is_some();
        if !matches!(url.scheme(), "http" | "https") || has_login {
            return Err(BadRedirection::NoAddress);
        }
        if url.host() != self.url.host() {
            return Err(BadRedirection::AnotherHost);
        }
        if self.is_https() && url.scheme() == "http" {
            return Err(BadRedirection::LessSecure);
        }
        if shows_password && url.port_or_known_default() != self.url.port_or_known_default() {
            return Err(BadRedirection::AnotherService);
        }
        url.set_fragment(None);
        Ok(Endpoint { url, zone: self.zone.clone() })
    }

    /// The URL as others see it.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Host name or address, an IPv6 address in brackets.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Host name or address as it is shown, an IPv6 address in brackets and with its zone.
    pub(crate) fn shown_host(&self) -> String {
        match (&self.zone, self.host().strip_suffix(']')) {
            (Some(zone), Some(address)) => format!("{address}%{zone}]"),
            _ => self.host().to_owned(),
        }
    }

    /// An address that can only be connected to with its zone, and both as the system's resolver takes them. Elsewhere
    /// a zone says nothing.
    pub(super) fn scoped(&self) -> Option<(Ipv6Addr, String)> {
        let zone = self.zone.as_deref()?;
        let address: Ipv6Addr = self.host().trim_matches(['[', ']']).parse().ok()?;
        address.is_unicast_link_local().then(|| (address, format!("{address}%{zone}")))
    }

    /// Path and query as they stand in the request line.
    pub(crate) fn request_target(&self) -> String {
        let path = self.url.path();
        self.url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the name can only mean this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost")
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// The URI as it is shown and recorded: with the zone.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.zone, self.url.as_str().split_once(']')) {
            (Some(zone), Some((head, tail))) => write!(f, "{head}%25{zone}]{tail}"),
            _ => f.write_str(self.url.as_str()),
        }
    }
}

/// A URI without the zone of its address, and that zone; `None` if that is none.
fn without_zone(uri: &str) -> Option<(String, Option<String>)> {
    let split = || {
        let (scheme, rest) = uri.split_once("://")?;
        let (literal, tail) = rest.strip_prefix('[')?.split_once(']')?;
        let (address, zone) = literal.split_once("%25")?;
        Some((format!("{scheme}://[{address}]{tail}"), zone))
    };
    match split() {
        Some((uri, zone)) => is_zone(zone).then(|| (uri, Some(zone.to_owned()))),
        None => Some((uri.to_owned(), None)),
    }
}

/// The name or the number of an interface; no more than may be in a URI as it is.
fn is_zone(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
}

/// A DNS or NetBIOS name or an IPv4 address. Underscores occur in Windows names; letters may be of any script.
fn is_host_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    text.len() <= 253
        && text.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn computer(name: &str) -> Result<String, BadEndpoint> {
        Endpoint::of_computer(name, None, false, None).map(|e| e.url().to_string())
    }

    #[test]
    fn a_computer_has_the_winrm_service_by_default() {
        assert_eq!(computer("Server01"), Ok("http://server01:5985/wsman".into()));
        assert_eq!(computer("::1"), Ok("http://[::1]:5985/wsman".into()));
        assert_eq!(computer("[::1]"), Ok("http://[::1]:5985/wsman".into()));
        let all = Endpoint::of_computer("10.0.0.1", Some(80), true, Some("other/path")).unwrap();
        assert_eq!(all.url().as_str(), "https://10.0.0.1:80/other/path");
        assert_eq!(
            Endpoint::of_computer("a", None, true, None).unwrap().url().as_str(),
            "https://a:5986/wsman"
        );
    }

    #[test]
    fn a_computer_name_is_no_url() {
        for name in [
            "",
            "a b",
            "http://a",
            "a/b",
            "a:5985",
            "a:",
            "user@a",
            "a?b",
            "[::1",
            "a\\b",
            "999.1.1.1",
            "xn--",
        ] {
            assert_eq!(computer(name), Err(BadEndpoint::ComputerName(name.into())), "{name}");
        }
    }

    #[test]
    fn a_uri_without_a_port_means_the_web_ports() {
        let uri = |text| Endpoint::of_uri(text).map(|e| e.url().to_string());
        assert_eq!(uri("http://Server01"), Ok("http://server01/wsman".into()));
        assert_eq!(uri("https://Server01/"), Ok("https://server01/wsman".into()));
        assert_eq!(uri("https://s:5986/x?PSVersion=5"), Ok("https://s:5986/x?PSVersion=5".into()));
        for bad in ["server01", "ftp://server01/", "http://", "http://user:secret@server01/"] {
            assert_eq!(uri(bad), Err(BadEndpoint::Uri(bad.into())), "{bad}");
        }
    }

    #[test]
    fn a_uri_without_its_slashes_is_none() {
        for uri in ["https:server01", "http:80", "https:/server01", "https:x(y", "http:[::1]"] {
            assert_eq!(Endpoint::of_uri(uri), Err(BadEndpoint::Uri(uri.into())), "{uri}");
        }
    }

    #[test]
    fn a_zone_is_part_of_the_host_and_nowhere_else() {
        for uri in ["http://server01/://[fe80::1%25eth9]/", "http://server01/?x=://[fe80::1%25eth9]"] {
            let endpoint = Endpoint::of_uri(uri).unwrap();
            assert_eq!((endpoint.shown_host(), endpoint.zone), ("server01".to_owned(), None), "{uri}");
        }
    }

    #[test]
    fn a_redirection_stays_with_the_computer_and_is_no_less_secure() {
        use BadRedirection::{AnotherHost, LessSecure, NoAddress};
        let led = |from: &str, location: &str| {
            Endpoint::of_uri(from).unwrap().redirected(location, false).map(|to| to.url().to_string())
        };
        for (location, expected) in [
            ("http://SERVER01:5985/wsman", "http://server01:5985/wsman"),
            ("https://server01/powershell?x=1#top", "https://server01/powershell?x=1"),
            ("/other", "http://server01:8080/other"),
            ("https://server01/", "https://server01/"),
        ] {
            assert_eq!(led("http://Server01:8080/wsman", location), Ok(expected.into()), "{location}");
        }
        for (location, expected) in [
            ("https://server02/wsman", AnotherHost),
            ("//server02/wsman", AnotherHost),
            ("https://server01.example/wsman", AnotherHost),
            ("https://server01@server02/wsman", NoAddress),
            ("https://alice:secret@server01/wsman", NoAddress),
            ("ftp://server01/wsman", NoAddress),
            ("javascript:alert(1)", NoAddress),
            ("http://", NoAddress),
            ("http://server01:5985/wsman", LessSecure),
            ("http://server02/wsman", AnotherHost),
        ] {
            assert_eq!(led("https://server01/wsman", location), Err(expected), "{location}");
        }
        assert_eq!(
            led("http://[::1]/wsman", "https://[::1]:5986/wsman"),
            Ok("https://[::1]:5986/wsman".into())
        );
    }

    #[test]
    fn a_password_stays_with_the_service_it_was_given_for() {
        let led = |location: &str| {
            let here = Endpoint::of_uri("https://server01/wsman").unwrap();
            here.redirected(location, true).map(|to| to.url().to_string())
        };
        let other = "https://server01/powershell";
        for location in ["/powershell", other, "https://SERVER01:443/powershell"] {
            assert_eq!(led(location), Ok(other.into()), "{location}");
        }
        assert_eq!(led("https://server01:8443/powershell"), Err(BadRedirection::AnotherService));
        assert_eq!(led("https://server02/powershell"), Err(BadRedirection::AnotherHost));
    }

    #[test]
    fn a_zone_leads_to_an_address_and_is_nobody_elses_business() {
        for name in ["fe80::1%eth9", "[fe80::1%eth9]"] {
            let endpoint = Endpoint::of_computer(name, None, false, None).unwrap();
            assert_eq!(endpoint.url().as_str(), "http://[fe80::1]:5985/wsman");
            assert_eq!(endpoint.host(), "[fe80::1]");
            assert_eq!(endpoint.shown_host(), "[fe80::1%eth9]");
            assert_eq!(endpoint.to_string(), "http://[fe80::1%25eth9]:5985/wsman");
            assert_eq!(endpoint.scoped(), Some(("fe80::1".parse().unwrap(), "fe80::1%eth9".into())));
            assert_eq!(Endpoint::of_uri(&endpoint.to_string()), Ok(endpoint));
        }
        let there = Endpoint::of_uri("https://[fe80::1%252]/x").unwrap();
        assert_eq!(there.to_string(), "https://[fe80::1%252]/x");
        let moved = there.redirected("https://[fe80::1]:5986/y", false).unwrap();
        assert_eq!(moved.to_string(), "https://[fe80::1%252]:5986/y");
        // Elsewhere it says nothing.
        assert_eq!(Endpoint::of_computer("::1%lo", None, false, None).unwrap().scoped(), None);
        for name in
            ["fe80::1%", "fe80::1%a/b", "fe80::1%a%b", "server01%eth9", "10.0.0.1%eth9", "[fe80::1]%eth9"]
        {
            assert_eq!(computer(name), Err(BadEndpoint::ComputerName(name.into())), "{name}");
        }
        for uri in
            ["http://[fe80::1%eth9]/", "http://[fe80::1%25]/", "http://[fe80::1%25a b]/", "http://s%25x/"]
        {
            assert_eq!(Endpoint::of_uri(uri), Err(BadEndpoint::Uri(uri.into())), "{uri}");
        }
    }

    #[test]
    fn loopback_is_this_machine() {
        for name in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1"] {
            assert!(Endpoint::of_computer(name, None, false, None).unwrap().is_loopback(), "{name}");
        }
        assert!(!Endpoint::of_computer("localhost.example", None, false, None).unwrap().is_loopback());
    }
}
