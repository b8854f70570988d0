use super::*;
use Authentication::{Basic, Credssp, Default, Digest, Kerberos, Negotiate, NegotiateWithImplicitCredential};

const REQUEST: LoginRequest<'static> = LoginRequest {
    authentication: Default,
    user_name: None,
    no_ntlm: false,
    host: "server01.example.com",
    port: None,
    spn: None,
};

#[test]
fn which_mechanisms_may_run() {
    let alice = Some("alice@example.com");
    for (authentication, user_name, no_ntlm, kerberos, ntlm) in [
        (Default, alice, false, true, true),
        (Default, alice, true, true, false),
        (Default, None, false, true, false),
        (Negotiate, alice, false, true, true),
        (Negotiate, alice, true, true, false),
        (NegotiateWithImplicitCredential, None, false, true, false),
        (Kerberos, alice, false, true, false),
        (Kerberos, None, false, true, false),
        (Basic, alice, false, false, false),
        (Digest, alice, false, false, false),
        (Credssp, alice, false, true, true),
        (Credssp, alice, true, true, false),
    ] {
        let request = LoginRequest { authentication, user_name, no_ntlm, ..REQUEST };
        assert_eq!((request.takes_kerberos(), request.takes_ntlm()), (kerberos, ntlm), "{request:?}");
    }
}

#[test]
fn who_asks_for_the_ticket() {
    let without_realm = |user: &str| Err(KerberosFault::UserWithoutRealm { user: user.to_owned() });
    let as_principal = |text: &str| Ok(Some(text.to_owned()));
    // Whether NTLM is no way out; the user; this computer's realm.
    for (only, user_name, default_realm, expected) in [
        (false, "alice@example.com", None, as_principal("alice@EXAMPLE.COM")),
        (false, "alice@EXAMPLE.COM", None, as_principal("alice@EXAMPLE.COM")),
        (false, "alice@Example.com", None, as_principal("alice@Example.com")),
        (false, "alice@corp", Some("OTHER"), as_principal("alice@CORP")),
        (false, "a@b@example.com", None, as_principal("a\\@b@EXAMPLE.COM")),
        (false, "example.com\\alice", None, as_principal("alice@EXAMPLE.COM")),
        (false, "example.com\\a@b/c", None, as_principal("a\\@b\\/c@EXAMPLE.COM")),
        (false, "EXAMPLE\\alice", Some("EXAMPLE.COM"), as_principal("alice@EXAMPLE.COM")),
        (false, "example\\alice", Some("EXAMPLE.COM"), as_principal("alice@EXAMPLE.COM")),
        (false, "SERVER01\\alice", Some("EXAMPLE.COM"), without_realm("SERVER01\\alice")),
        (false, "EXAMPLE\\alice", None, Err(KerberosFault::NoRealm)),
        (false, ".\\alice", Some("EXAMPLE.COM"), without_realm(".\\alice")),
        (false, "alice", Some("EXAMPLE.COM"), without_realm("alice")),
        (false, "alice@", Some("EXAMPLE.COM"), without_realm("alice@")),
        (false, "\\alice", Some("EXAMPLE.COM"), without_realm("\\alice")),
        (true, "alice", Some("EXAMPLE.COM"), as_principal("alice@EXAMPLE.COM")),
        (true, "CORP\\alice", Some("EXAMPLE.COM"), as_principal("alice@EXAMPLE.COM")),
        (true, "alice", None, Err(KerberosFault::NoRealm)),
        (true, ".\\alice", Some("EXAMPLE.COM"), without_realm(".\\alice")),
    ] {
        let request = LoginRequest { user_name: Some(user_name), no_ntlm: only, ..REQUEST };
        assert_eq!(request.principal(|| default_realm.map(str::to_owned)), expected, "{only} {user_name}");
        let kerberos = LoginRequest { authentication: Kerberos, no_ntlm: false, ..request };
        if only {
            assert_eq!(kerberos.principal(|| default_realm.map(str::to_owned)), expected);
        }
    }
    assert_eq!(REQUEST.principal(|| unreachable!("the cache knows")), Ok(None));
}

#[test]
fn which_services_a_ticket_is_asked_for() {
    let targets = |request: LoginRequest<'_>| request.targets().map(|targets| targets.join(" "));
    let all = "HTTP/server01.example.com host/server01.example.com WSMAN/server01.example.com";
    assert_eq!(targets(REQUEST), Ok(all.into()));
    assert_eq!(
        targets(LoginRequest { port: Some(5985), ..REQUEST }),
        Ok("HTTP/server01.example.com:5985".into())
    );
    let credssp = LoginRequest { authentication: Credssp, ..REQUEST };
    let all = "WSMAN/server01.example.com host/server01.example.com HTTP/server01.example.com";
    assert_eq!(targets(credssp), Ok(all.into()));
    assert_eq!(
        targets(LoginRequest { port: Some(5985), ..credssp }),
        Ok("WSMAN/server01.example.com:5985".into())
    );
    let spn = Some("WSMAN/other@EXAMPLE.COM");
    assert_eq!(
        targets(LoginRequest { spn, port: Some(5985), ..REQUEST }),
        Ok("WSMAN/other@EXAMPLE.COM".into())
    );
    for host in ["192.0.2.7", "[2001:db8::7]"] {
        assert_eq!(targets(LoginRequest { host, ..REQUEST }), Err(KerberosFault::Address));
        assert_eq!(targets(LoginRequest { host, spn, ..REQUEST }), Ok("WSMAN/other@EXAMPLE.COM".into()));
    }
}

#[test]
fn which_service_ntlm_names() {
    let credssp = LoginRequest { authentication: Credssp, ..REQUEST };
    for (request, expected) in [
        (REQUEST, "HTTP/server01.example.com"),
        (LoginRequest { port: Some(5985), ..REQUEST }, "HTTP/server01.example.com:5985"),
        (LoginRequest { spn: Some("host/other"), port: Some(5985), ..credssp }, "host/other"),
        (credssp, "WSMAN/server01.example.com"),
        (LoginRequest { host: "192.0.2.7", ..credssp }, "WSMAN/192.0.2.7"),
    ] {
        assert_eq!(request.target_name(), expected);
    }
}

#[test]
fn only_what_kerberos_lacks_lets_others_try() {
    let principal = String::from("alice@EXAMPLE.COM");
    let text = String::new;
    for (fault, others) in [
        (KerberosFault::NoLibrary, true),
        (KerberosFault::Address, true),
        (KerberosFault::UserWithoutRealm { user: text() }, true),
        (KerberosFault::NoRealm, true),
        (KerberosFault::UnknownRealm { principal: principal.clone() }, true),
        (KerberosFault::KdcUnreachable { reason: text() }, true),
        (KerberosFault::UnknownTarget { targets: vec![] }, true),
        (KerberosFault::NoTicket, false),
        (KerberosFault::TicketExpired, false),
        (KerberosFault::UnknownUser { principal: principal.clone() }, false),
        (KerberosFault::WrongPassword { principal: principal.clone() }, false),
        (KerberosFault::PasswordExpired { principal: principal.clone() }, false),
        (KerberosFault::AccountRevoked { principal }, false),
        (KerberosFault::ClockSkew, false),
        (KerberosFault::TicketRefused { target: text(), reason: None }, false),
        (KerberosFault::ServerNotProven { target: text() }, false),
        (KerberosFault::WeakEncryption, false),
        (KerberosFault::Other { reason: text() }, false),
    ] {
        assert_eq!(fault.lets_others_try(), others, "{fault:?}");
    }
}

#[test]
fn faults_name_the_services_that_were_asked_for() {
    let message = |targets: &[&str]| {
        KerberosFault::UnknownTarget { targets: targets.iter().map(|t| t.to_string()).collect() }.to_string()
    };
    assert_eq!(message(&["HTTP/a"]), "the Kerberos realm has no service HTTP/a");
    assert_eq!(
        message(&["HTTP/a", "host/a", "WSMAN/a"]),
        "the Kerberos realm has no service HTTP/a, host/a or WSMAN/a"
    );
}
