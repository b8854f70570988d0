//! What can be done about an error, in words that can be typed.

use pssession::error::Hint;
use pssession::span;
use std::time::Duration;

/// The words of a hint; none for one that a newer library has and this program does not know.
pub fn words(hint: &Hint) -> Option<String> {
    let words = match hint {
        Hint::Text(words) => words,
        Hint::Reason { why, hint } => {
            let hint = hint.as_deref().and_then(words);
            return Some(
                hint.map_or_else(|| why.clone(), |hint| format!("{}; {hint}", why.trim_end_matches('.'))),
            );
        }

        Hint::MayBeLeft(id) => {
            return Some(format!("its session may be left on the server; remove-pssession -Id {id} ends it"));
        }
        Hint::ForgetSession(id) => return Some(format!("remove-pssession -Id {id} forgets it")),
        Hint::ChooseById => "get-pssession shows the known sessions; -Id chooses one",
        Hint::OnlyKnownSessions => {
            "get-pssession lists the sessions that are known here; -ComputerName finds those of a server"
        }
        Hint::ListSessions => "get-pssession -ComputerName NAME lists the sessions on a server",
        Hint::ShowState => {
            "get-pssession shows the state of each session; connect-pssession opens a disconnected one"
        }
        Hint::FewerSessions => "select some of them with -Name or -InstanceId",
        Hint::HeldByAnotherClient => {
            "another client is connected to it; when that client is gone it becomes available within minutes"
        }
        Hint::HeldBy { owner, client_ip, silent_for } => {
            return Some(held_by(owner.as_deref(), client_ip.as_deref(), *silent_for));
        }
        Hint::Quota { computer, sessions, oldest } => return Some(quota(computer, *sessions, *oldest)),
        Hint::KnownAs { id, computer } => {
            return Some(format!(
                "connect-pssession -Id {id} connects to the session with this InstanceId on {computer}"
            ));
        }
        Hint::RightToRemote => {
            "the user needs the right to remote there; on the server, Add-LocalGroupMember 'Remote Management Users' USER \
             grants it"
        }
        Hint::OnlyItsCreator => {
            "only the user who created a session can connect to it; -Credential names that user"
        }
        Hint::ConfigurationName => {
            "-ConfigurationName names a session configuration; on the server, Get-PSSessionConfiguration lists them"
        }
        Hint::EnableRemoting => "on the server, Enable-PSRemoting allows it",
        Hint::RunAs => {
            "on the server, Set-PSSessionConfiguration NAME -RunAsCredential USER gives the session configuration an account \
             that works"
        }
        Hint::ServerConfiguration => {
            "on the server, winrm get winrm/config shows the configuration, and winrm quickconfig sets it up"
        }
        Hint::IdleTimeout { shortest, longest } => {
            return Some(format!("give -IdleTimeoutSec a number of seconds from {shortest} to {longest}"));
        }
        Hint::QuotePattern => "a backtick before a wildcard character makes it an ordinary one: 'a`[b'",
        Hint::NameSession => "name sessions with -Id, -InstanceId or -Name, or pipe records of --output json",
        Hint::ServerBusy => "try again later; remove-pssession ends sessions that are no longer needed",

        Hint::StoreDirectory => "name a directory that can be written to with --store or PSSESSION_STORE",
        Hint::StoreFile => "move the file away: the sessions are on their servers and are not lost",
        Hint::OlderStore => "remove the file: the sessions are on their servers and are not lost",
        Hint::NewerStore => "use the newer version, or another directory with --store",

        Hint::NameUser => "name a user with -Credential or PSSESSION_USER",
        Hint::CheckPassword => {
            "the server does not accept this user name and password; for a local account try COMPUTER\\user"
        }
        Hint::AskAdministrator => {
            "an administrator of the account has to change that; -Credential names another user"
        }
        Hint::OtherMechanism => "-Authentication selects another login",
        Hint::ChooseMechanism => "-Authentication names the mechanism",
        Hint::AllowCredSsp => {
            "on the server, Enable-WSManCredSSP -Role Server allows it; -Authentication names another mechanism"
        }
        Hint::UpdateCredSsp => {
            "the server lacks the updates of 2018 that fix this (CVE-2018-0886); -Authentication selects another login"
        }
        Hint::AllowedByServer => {
            "no password was sent; on the server, winrm get winrm/config/service shows what it allows (Auth, \
             AllowUnencrypted)"
        }
        Hint::TamperedAnswer => {
            "someone on the network path may have changed the answer; -UseSSL protects it with TLS"
        }
        Hint::Impostor => {
            "someone on the network path may pose as the server; the password was not given to them, and -UseSSL shows \
             by its certificate who answers"
        }
        Hint::LoadBalancer(hint) => {
            let balancer = "where a load balancer ends TLS, --no-channel-binding may help";
            return Some(match words(hint) {
                Some(words) => format!("{words}; {balancer}"),
                None => balancer.to_owned(),
            });
        }

        Hint::KerberosLibrary if cfg!(target_os = "linux") => {
            "install libgssapi_krb5.so.2 (package libgssapi-krb5-2 or krb5-libs), or use NTLM: Negotiate with -Credential"
        }
        Hint::KerberosLibrary => "use NTLM: Negotiate with -Credential",
        Hint::GetTicket => "get a ticket with kinit, or name a user with -Credential",
        Hint::NoTicketForAddress => {
            "use the computer's name, or say which service it is with --spn HTTP/name; NTLM needs -Credential"
        }
        Hint::NameRealm => "write the user as user@EXAMPLE.COM, or set default_realm in krb5.conf",
        Hint::UnknownRealm => {
            "the realm's KDCs are found by DNS or are named in krb5.conf; check the user's realm"
        }
        Hint::KdcPort => "a KDC listens on port 88; --timeout SECONDS waits longer or shorter",
        Hint::UnknownService => {
            "use the computer's full name as the domain knows it, or name the service with --spn SERVICE/HOST"
        }
        Hint::ExpiredPassword => "kpasswd sets another password",
        Hint::CheckKerberosPassword { principal } => {
            return Some(format!("check the name and the password: kinit {principal} tries them"));
        }
        Hint::TraceKerberos => "KRB5_TRACE=/dev/stderr shows what the Kerberos library does",
        Hint::SetClock => "set the clock: Kerberos allows a difference of five minutes",
        Hint::OtherAccount { target } if target.starts_with("WSMAN/") => {
            "the name may belong to another account: --spn HTTP/HOST or --spn host/HOST"
        }
        Hint::OtherAccount { .. } => {
            "the name may belong to another account: --spn WSMAN/HOST, or -SessionOption IncludePortInSPN=true"
        }
        Hint::NeedsAes => {
            "the server's account needs AES keys: Set-ADComputer NAME -KerberosEncryptionType AES128,AES256"
        }

        Hint::UseTls => "add -UseSSL, or an https:// connection URI",
        Hint::TrustHost(host) => {
            return Some(format!("use -UseSSL, or trust the host: --trusted-hosts {host}"));
        }
        Hint::CheckCertificate(host) => {
            return Some(format!(
                "leave out SkipCACheck and SkipCNCheck, pin the certificate with --pin-sha256, or trust the host: \
                 --trusted-hosts {host}"
            ));
        }
        Hint::Authorities => "--ca-file FILE names a PEM file with the authorities to trust",
        Hint::UnknownAuthority => {
            "--ca-file FILE trusts the authorities in a PEM file; -SessionOption SkipCACheck=true trusts anyone"
        }
        Hint::OtherName => {
            "only subject alternative names count, not the CN; use a name of the certificate, or -SessionOption \
             SkipCNCheck=true"
        }
        Hint::NotPinned => {
            "if the server has a new certificate, compare the fingerprint there before you pin it: \
             Get-ChildItem WSMan:\\localhost\\Listener names the certificate"
        }
        Hint::PinAuthority(seen) => {
            return Some(format!(
                "if that is the server's fingerprint, --pin-sha256 {seen} trusts this certificate; so does --ca-file \
                 with the certificate itself in the file"
            ));
        }
        Hint::PinCertificate => {
            "--pin-sha256 trusts a certificate by its fingerprint alone, which openssl x509 -fingerprint -sha256 shows"
        }
        Hint::CheckClock => {
            "if that is not so, set the clock of this computer; --pin-sha256 trusts a certificate by its fingerprint alone"
        }
        Hint::OldServer => {
            "Windows Server 2012 R2 and older may offer only CBC or RSA key exchange, which this program does not have; \
             HTTP with Negotiate is encrypted too"
        }
        Hint::MapCertificate => {
            "the server must allow certificates (Set-Item WSMan:\\localhost\\Service\\Auth\\Certificate $true), trust this \
             one's authority, and map it to a local account (New-Item WSMan:\\localhost\\ClientCertificate)"
        }
        // Windows' own listener asks for the certificate when it has read the request, unless http.sys is set otherwise.
        Hint::AskForCertificate => {
            "the server has to ask in the first handshake: there, delete the listener's binding and add it again with \
             clientcertnegotiation=enable (netsh http show sslcert, netsh http add sslcert)"
        }

        Hint::CheckName(host) => {
            return Some(format!(
                "check the spelling, or give the full name or the address; nslookup {host} asks DNS for the name"
            ));
        }
        Hint::CheckPort => {
            "check the name and -Port: WinRM listens on 5985 for HTTP and, with -UseSSL, on 5986"
        }
        Hint::UriForm => "a connection URI looks like http://Server01:5985/wsman",
        Hint::NotWsManagement => {
            "another service, or a gateway in front of the server, answers there: -Port, -ApplicationName"
        }
        Hint::Forbidden => {
            "the server, or a gateway in front of it, refuses this client; over HTTPS it may require a certificate: \
             -CertificateThumbprint"
        }
        Hint::RequestTooLarge => {
            "a gateway in front of the server may limit requests; on the server, winrm get winrm/config shows its own \
             limit (MaxEnvelopeSizekb)"
        }
        Hint::ServerFailed => "on the server, Restart-Service WinRM; its event log may say what failed",
        Hint::TryAgain => "run the command again: it makes a new connection",
        Hint::OtherService => "the port may be that of another service, or of HTTPS: -UseSSL, -Port",
        Hint::NotTls => "the port may be that of HTTP, 5985: leave out -UseSSL, or give -Port",
        Hint::NotTlsListener => {
            "check that -Port is that of a WinRM listener for HTTPS; the server's event log may say more"
        }
        Hint::ApplicationName => "-ApplicationName names the path of the service, wsman by default",
        Hint::Firewall => {
            "a firewall may be in the way, or the port or scheme wrong; --timeout SECONDS waits longer or shorter"
        }
        Hint::SlowLogin => {
            "a firewall may be in the way, or the port or scheme wrong; -Authentication selects another login, and \
             --timeout SECONDS waits longer or shorter"
        }
        Hint::SlowServer => "--timeout SECONDS waits longer or shorter",
        Hint::ObjectSize => "MaximumReceivedObjectSize in -SessionOption limits it; 0 means no limit",

        Hint::AllowRedirection => "-AllowRedirection follows it",
        Hint::AllowRedirectionByUri => {
            "-ConnectionUri with -AllowRedirection follows it, -ComputerName does not"
        }
        Hint::MoreRedirections => "MaximumRedirection in -SessionOption sets how many are followed",
        Hint::NameHost => "if that computer is to have the credential, name it yourself with -ConnectionUri",
        Hint::NameService => "if that service is to have the password, name it yourself with -ConnectionUri",

        Hint::NamePlainAddress => {
            "if plain HTTP is good enough there, name that address yourself with -ConnectionUri"
        }

        Hint::ProxyUser { mechanism } => {
            return Some(format!(
                "-SessionOption ProxyAccessType=IEConfig,ProxyAuthentication={mechanism},ProxyCredential=USER names one, \
                 and PSSESSION_PROXY_PASSWORD gives the password"
            ));
        }
        Hint::ProxyMechanism { mechanism: mechanism @ "Basic" } => {
            return Some(format!(
                "ProxyAuthentication={mechanism} in -SessionOption chooses that, and hands the proxy the password"
            ));
        }
        Hint::ProxyMechanism { mechanism } => {
            return Some(format!("ProxyAuthentication={mechanism} in -SessionOption chooses that"));
        }
        Hint::ProxyCredential => {
            "ProxyCredential in -SessionOption and PSSESSION_PROXY_PASSWORD say who logs on to it, or its address in the \
             environment does"
        }
        Hint::ProxyPassword => "set PSSESSION_PROXY_PASSWORD",
        Hint::ProxyName => "HTTPS_PROXY or ALL_PROXY has to name it as the domain knows it",
        Hint::ProxyPorts { host } => {
            return Some(format!(
                "many proxies connect to port 443 only; NO_PROXY={host} or -SessionOption ProxyAccessType=NoProxyServer \
                 goes without"
            ));
        }
        Hint::ProxyScheme => "its address may have to begin with http://",
        Hint::ProxyAddress => {
            "HTTPS_PROXY or ALL_PROXY names it; -SessionOption ProxyAccessType=NoProxyServer goes without"
        }
        Hint::ProxyForm => "HTTPS_PROXY or ALL_PROXY names it, as http://HOST:PORT",

        Hint::OutputAsObjects => "--output jsonl needs no Out-String",
        Hint::ConfirmNeedsTerminal => "-Confirm needs a terminal; leave it out to run without questions",
        _ => return None,
    };
    Some(words.to_owned())
}

/// Who holds a session, and since when nothing was heard of that client.
fn held_by(owner: Option<&str>, client_ip: Option<&str>, silent_for: Option<Duration>) -> String {
    let mut words = owner.unwrap_or("another client").to_owned();
    words += " holds it";
    words += &client_ip.map_or(String::new(), |address| format!(" from {address}"));
    words += &match silent_for {
        // It may well have a request outstanding.
        Some(time) if time < Duration::from_secs(30) => ", heard from just now".to_owned(),
        Some(time) => format!(", last heard from {} ago", span(time)),
        None => String::new(),
    };
    words + "; it can be taken once that client leaves, or a minute after it falls silent"
}

/// How many sessions use up a limit, and the command that ends them.
fn quota(computer: &str, sessions: usize, oldest: Option<Duration>) -> String {
    let count = match sessions {
        0 => {
            return format!("you have no session on {computer}; others use up the limit, so try again later");
        }
        1 => "one session".to_owned(),
        count => format!("{count} sessions"),
    };
    let age = oldest.map_or(String::new(), |age| format!(", the oldest {} old", span(age)));
    format!(
        "you have {count} on {computer}{age}; see get-pssession -ComputerName {computer}, \
         remove-pssession --older-than 1d -ComputerName {computer} -WhatIf"
    )
}
