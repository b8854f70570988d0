//! Warnings about options that have no effect.

use super::given::Given;
use super::input::Wanted;
use super::options::{CA_FILE, CERT_STORE, PIN_SHA256, SPN, WILDCARDS};
use super::parameter::Parameter;
use super::remove::OF_CONNECTION;
use pssession::access::Authentication;
use pssession::cmdlet::Request;
use pssession::cmdlet::connection::Credential;
use pssession::cmdlet::selection::Remote;

/// A warning for each option that has no effect beside the others.
pub fn warnings(given: &Given, request: &Request) -> Vec<String> {
    let mut idle = Vec::new();
    if let Some(remote) = request.remote() {
        beside_servers(given, remote, &mut idle);
    }
    if let Request::Remove(remove) = request
        && remove.older_than.is_none()
    {
        let given = OF_CONNECTION.iter().filter(|one| given.has(one));
        idle.extend(
            given.map(|one| (one.name, "no computer is asked for its sessions without --older-than")),
        );
    }
    let reads_names = matches!(Wanted::of_request(request), Some(Wanted::Names | Wanted::Sessions));
    if given.is_on(&WILDCARDS) && !reads_names {
        idle.push((WILDCARDS.parameter.name, "no names are read from standard input"));
    }
    idle.into_iter().map(|(name, reason)| format!("{name} has no effect: {reason}.")).collect()
}

type Idle = Vec<(&'static str, &'static str)>;

fn beside_servers(given: &Given, remote: &Remote, idle: &mut Idle) {
    let mut options = |options: &[&Parameter], reason| {
        idle.extend(options.iter().filter(|one| given.has(one)).map(|one| (one.name, reason)));
    };
    let connection = &remote.connection;
    let has_certificate = matches!(connection.credential, Credential::CertificateThumbprint(_));
    if !has_certificate {
        options(&[&CERT_STORE.parameter], "no -CertificateThumbprint is given");
    }
    if has_certificate || [Authentication::Basic, Authentication::Digest].contains(&connection.authentication)
    {
        options(&[&SPN.parameter], "Kerberos is not used");
    }
    if !remote.servers.may_use_ssl() {
        options(&[&CA_FILE.parameter, &PIN_SHA256.parameter], "HTTPS is not used");
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::environment;
    use crate::cli::{Invocation, parse};
    use std::ffi::OsString;

    fn warnings(line: &str) -> Vec<String> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        match parse("connect-pssession".as_ref(), &words, &environment()) {
            Ok(Invocation::Run(command)) => command.warnings,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn what_changes_nothing_is_named() {
        let thumbprint = "-UseSSL -CertificateThumbprint ABABABABABABABABABABABABABABABABABABABAB";
        for (line, expected) in [
            ("s --ca-file x", vec!["--ca-file has no effect: HTTPS is not used."]),
            (
                "s -Name x --wildcards",
                vec!["--wildcards has no effect: no names are read from standard input."],
            ),
            ("s --cert-store x", vec!["--cert-store has no effect: no -CertificateThumbprint is given."]),
            (
                "s -UseSSL -Authentication Basic --spn HTTP/s",
                vec!["--spn has no effect: Kerberos is not used."],
            ),
            (&format!("s {thumbprint} --spn HTTP/s"), vec!["--spn has no effect: Kerberos is not used."]),
        ] {
            assert_eq!(warnings(line), expected, "{line}");
        }
        for line in [
            "s -UseSSL --ca-file x -SessionOption SkipCNCheck=1,ProxyAccessType=IEConfig,ProxyAuthentication=Basic",
            "http://s -AllowRedirection --ca-file x",
            "s -SessionOption ProxyAccessType=NoProxyServer",
            "s -Name - --wildcards",
            "-Session - --wildcards",
            "-Id 4 --ca-file x --cert-store y --spn HTTP/s",
            &format!("s {thumbprint} --cert-store x"),
            "s --spn HTTP/s",
        ] {
            assert_eq!(warnings(line), [""; 0], "{line}");
        }
    }
}
