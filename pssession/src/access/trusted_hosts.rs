//! The hosts to which NTLM may speak over plain HTTP, where nothing proves who the server is.

/// A list as Windows' TrustedHosts setting takes it: names, `*`, `*.domain`, and `<local>` for names without a dot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedHosts(Vec<String>);

impl TrustedHosts {
    /// Reads a list separated by commas.
    pub fn parse(list: &str) -> TrustedHosts {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        TrustedHosts(entries.map(str::to_ascii_lowercase).collect())
    }

    /// Whether a host is trusted: a name without regard to letter case, or an IPv6 address, in brackets or not.
    pub fn contains(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        self.0.iter().any(|entry| match entry.as_str() {
            "*" => true,
            "<local>" => !host.contains(['.', ':']),
            entry => match entry.strip_prefix('*') {
                Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
                None => entry.trim_matches(['[', ']']) == host,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::TrustedHosts;

    #[test]
    fn entries_are_names_and_patterns() {
        let trusted = TrustedHosts::parse("Server01, *.Example.com,[::1],,10.0.0.1");
        for host in ["server01", "SERVER01", "a.example.com", "[::1]", "10.0.0.1"] {
            assert!(trusted.contains(host), "{host}");
        }
        for host in ["server02", "example.com", ".example.com", "10.0.0.2", "server01.example.org", ""] {
            assert!(!trusted.contains(host), "{host}");
        }
        assert!(!TrustedHosts::parse("").contains("server01"));
        assert!(TrustedHosts::parse("*").contains("anything.at.all"));
        let local = TrustedHosts::parse("<local>");
        assert!(
            local.contains("server01") && !local.contains("server01.example.com") && !local.contains("[::1]")
        );
    }
}
