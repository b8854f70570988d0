//! Where a computer's WS-Management service listens.

use reqwest::Url;
use std::net::IpAddr;

/// A service's URL, known to be http or https and to have a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: Url,
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
    /// The credential would be shown to somebody it was not given for.
    #[error("that is another computer, which the credential is not meant for")]
    AnotherHost,
    #[error("that is another service of the computer, which the password is not meant for")]
    AnotherService,
    #[error("that is HTTP after HTTPS")]
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
        let (scheme, default_port) = if use_ssl { ("https", HTTPS_PORT) } else { ("http", HTTP_PORT) };
        let host =
            if name.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{name}]") } else { name.to_owned() };
        if host.contains(['/', '?', '#', '@', '\\']) {
            return Err(bad());
        }
        let mut url = Url::parse(&format!("{scheme}://{host}")).map_err(|_| bad())?;
        // What follows a colon would be a port, and ports have a parameter of their own.
        if url.port().is_some() || host.ends_with(':') {
            return Err(bad());
        }
        url.set_port(Some(port.unwrap_or(default_port))).map_err(|()| bad())?;
        url.set_path(application.unwrap_or(DEFAULT_APPLICATION));
        Ok(Endpoint { url })
    }

    /// The endpoint a URI names. Without a port it is HTTP's or HTTPS's own, not WinRM's; without a path `/wsman`.
    pub(crate) fn of_uri(uri: &str) -> Result<Endpoint, BadEndpoint> {
        let bad = || BadEndpoint::Uri(uri.to_owned());
        let mut url = Url::parse(uri.trim()).map_err(|_| bad())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(bad());
        }
        // A login belongs into a credential; in a URL it would be shown.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad());
        }
        url.set_fragment(None);
        if url.path() == "/" {
            url.set_path(DEFAULT_APPLICATION);
        }
        Ok(Endpoint { url })
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
        Ok(Endpoint { url })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Host name or address, an IPv6 address in brackets.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
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
        for name in ["", "a b", "http://a", "a/b", "a:5985", "a:", "user@a", "a?b", "[::1", "a\\b"] {
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
    fn loopback_is_this_machine() {
        for name in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1"] {
            assert!(Endpoint::of_computer(name, None, false, None).unwrap().is_loopback(), "{name}");
        }
        assert!(!Endpoint::of_computer("localhost.example", None, false, None).unwrap().is_loopback());
    }
}
