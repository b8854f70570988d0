//! Who is let in, on which connection, and what may be said there.

use std::time::Duration;

use super::*;
use crate::LoginPolicy;

fn with_login(login: LoginPolicy) -> Config {
    Config { login, ..Config::default() }
}

#[tokio::test]
async fn without_credentials_the_schemes_are_listed() {
    let listener = start(Config::default()).await;
    let response = plain(&listener).await.post(&[SOAP], b"<x/>").await.unwrap();
    assert_eq!((response.status, response.all("www-authenticate")), (401, vec!["Negotiate"]));
    let response = secure(&listener).await.unwrap().post(&[SOAP], b"<x/>").await.unwrap();
    assert_eq!(response.all("www-authenticate"), ["Negotiate", "Basic realm=\"WSMAN\""]);
    assert_eq!(listener.refusals()[0].why, "the request has no credentials");
}

#[tokio::test]
async fn only_posts_to_the_path_are_answered() {
    let listener = start(Config::default()).await;
    let mut client = plain(&listener).await;
    assert_eq!(client.send("POST /powershell", &[SOAP], b"").await.unwrap().status, 404);
    assert_eq!(client.send("GET /wsman", &[], b"").await.unwrap().status, 405);
    assert_eq!(client.send("POST /wsman?PSVersion=7.5", &[SOAP], b"").await.unwrap().status, 401);
}

#[tokio::test]
async fn basic_is_for_tls_and_for_each_request() {
    let listener = start(Config::default()).await;
    listener.add_session(named("ITTask")).unwrap();
    let soap = enumerate().to_string();
    let mut client = secure(&listener).await.unwrap();
    for credentials in ["alice:Password1!", "SERVER01\\Alice:Password1!", "alice@example.com:Password1!"] {
        let authorization = basic(credentials);
        let response =
            client.post(&[SOAP, ("Authorization", &authorization)], soap.as_bytes()).await.unwrap();
        assert_eq!(response.status, 200, "{credentials}");
        assert!(response.text().contains("<rsp:Name>ITTask</rsp:Name>"));
    }
    for credentials in ["alice:wrong", "mallory:Password1!", "alice"] {
        let authorization = basic(credentials);
        let response =
            client.post(&[SOAP, ("Authorization", &authorization)], soap.as_bytes()).await.unwrap();
        assert_eq!(response.status, 401, "{credentials}");
    }
    assert_eq!(client.post(&[SOAP], soap.as_bytes()).await.unwrap().status, 401);
    let counters = listener.counters();
    assert_eq!((counters.connections, counters.http_requests), (1, 7));
    assert_eq!((counters.logons["alice"], counters.logon_failures["alice"]), (3, 1));
    assert_eq!(counters.logon_failures["mallory"], 1);

    let authorization = basic("alice:Password1!");
    let response = plain(&listener)
        .await
        .post(&[SOAP, ("Authorization", &authorization)], soap.as_bytes())
        .await
        .unwrap();
    assert_eq!((response.status, response.all("www-authenticate")), (401, vec!["Negotiate"]));
}

#[tokio::test]
async fn negotiate_seals_what_goes_over_http() {
    let listener = start(Config::default()).await;
    listener.add_session(named("ITTask")).unwrap();
    let mut client = logged_in(&listener).await;
    for _ in 0..3 {
        let response = client.ask_sealed(&enumerate()).await.unwrap();
        assert_eq!(response.status, 200);
        assert!(response.text().contains("<rsp:Name>ITTask</rsp:Name>"));
    }
    // Faults are sealed as well.
    let response = client.ask_sealed(&Envelope::new(Verb::Delete).shell("A")).await.unwrap();
    assert_eq!(response.status, 500);
    assert!(response.text().contains("Code=\"2150858843\""));
    assert_eq!(listener.counters().negotiate_legs, 2);
    assert!(listener.requests().iter().all(|request| request.user == "alice" && request.connection == 1));
}

#[tokio::test]
async fn over_http_nothing_goes_unsealed() {
    let listener = start(Config::default()).await;
    let mut client = logged_in(&listener).await;
    let response = client.post(&[SOAP], enumerate().to_string().as_bytes()).await.unwrap();
    assert_eq!((response.status, response.body.len()), (500, 0));
    assert_eq!(listener.refusals()[0].why, "an unencrypted request came over HTTP");

    let policy = LoginPolicy { allow_unencrypted: true, ..LoginPolicy::default() };
    let listener = start(with_login(policy)).await;
    let mut client = logged_in(&listener).await;
    assert_eq!(client.post(&[SOAP], enumerate().to_string().as_bytes()).await.unwrap().status, 200);
    let authorization = basic("alice:Password1!");
    let mut client = plain(&listener).await;
    let response =
        client.post(&[SOAP, ("Authorization", &authorization)], enumerate().to_string().as_bytes()).await;
    assert_eq!(response.unwrap().status, 200);
}

#[tokio::test]
async fn a_login_is_good_for_its_own_connection() {
    let listener = start(Config::default()).await;
    let mut first = logged_in(&listener).await;
    let mut second = plain(&listener).await;
    second.sealing = first.sealing.take();
    let response = second.ask_sealed(&enumerate()).await.unwrap();
    assert_eq!((response.status, response.body.len()), (400, 0));
    assert_eq!(listener.refusals()[0].connection, 2);
}

#[tokio::test]
async fn a_wrong_password_is_counted_and_ends_the_login() {
    let listener = start(Config::default()).await;
    let mut client = plain(&listener).await;
    let response = client.login(&test_client::Client::new("alice", "wrong")).await;
    assert_eq!((response.status, response.all("www-authenticate")), (401, vec!["Negotiate"]));
    assert_eq!(listener.counters().logon_failures["alice"], 1);
    // An answer to no challenge is none.
    let token =
        format!("Negotiate {}", BASE64.encode(alice().authenticate(&client.negotiate().await.token())));
    assert_eq!(client.post(&[("Authorization", &token)], b"").await.unwrap().status, 200);
    assert_eq!(plain(&listener).await.post(&[("Authorization", &token)], b"").await.unwrap().status, 401);
    assert_eq!(listener.refusals().last().unwrap().why, "the connection was not challenged");
}

#[tokio::test]
async fn a_sealed_request_may_ride_with_the_last_token_where_the_policy_allows() {
    for (sealed_with_authenticate, status) in [(true, 200), (false, 400)] {
        let policy = LoginPolicy { sealed_with_authenticate, ..LoginPolicy::default() };
        let listener = start(with_login(policy)).await;
        let mut client = plain(&listener).await;
        let token =
            format!("Negotiate {}", BASE64.encode(alice().authenticate(&client.negotiate().await.token())));
        let (signature, ciphertext) =
            Sealing::of_client(&alice().session_key).seal(enumerate().to_string().as_bytes());
        let body = framing::write(SOAP.1, &signature, &ciphertext);
        let response = client.post(&[SEALED, ("Authorization", &token)], &body).await.unwrap();
        assert_eq!(response.status, status);
        let closes = response.all("connection") == ["close"];
        assert_eq!(closes, status == 400);
    }
}

#[tokio::test]
async fn a_message_that_was_altered_or_is_out_of_step_ends_the_login() {
    let listener = start(Config::default()).await;
    for skipped in [true, false] {
        let mut client = logged_in(&listener).await;
        let sealing = client.sealing.as_mut().unwrap();
        if skipped {
            sealing.seal(b"a message that is never sent");
        }
        let (mut signature, ciphertext) = sealing.seal(enumerate().to_string().as_bytes());
        signature[4] ^= u8::from(!skipped);
        let response =
            client.post(&[SEALED], &framing::write(SOAP.1, &signature, &ciphertext)).await.unwrap();
        assert_eq!((response.status, response.body.len()), (400, 0));
        assert_eq!(client.post(&[SOAP], b"<x/>").await.unwrap().status, 401);
    }
    assert_eq!(listener.refusals()[0].why, "the signature of message 0 is wrong");
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let listener = start(Config::default()).await;
    let mut client = secure(&listener).await.unwrap();
    let authorization = basic("alice:Password1!");
    for content_type in ["text/xml", "application/soap+xml;charset=UTF-16", framing::CONTENT_TYPE] {
        let headers = [("Content-Type", content_type), ("Authorization", &authorization)];
        assert_eq!(client.post(&headers, b"<x/>").await.unwrap().status, 400, "{content_type}");
    }
}

#[tokio::test]
async fn identify_is_for_everyone_who_asks_for_nothing_else() {
    let listener = start(Config::default()).await;
    let mut client = plain(&listener).await;
    let open = [SOAP, ("WSMANIDENTIFY", "unauthenticated")];
    let response = client.post(&open, identify().as_bytes()).await.unwrap();
    assert!(
        response.text().contains("<wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0</wsmid:ProductVersion>")
    );
    assert_eq!(client.post(&open, enumerate().to_string().as_bytes()).await.unwrap().status, 401);
    assert_eq!(client.post(&[SOAP], identify().as_bytes()).await.unwrap().status, 401);
}

/// A client that has connected to a session and waits for its output; and the shell's id.
async fn waiting(listener: &Listener) -> (tokio::task::JoinHandle<std::io::Result<Response>>, String) {
    let shell = listener.add_session(named("ITTask")).unwrap();
    let pool = uuid::Uuid::parse_str(&shell).unwrap().to_bytes_le();
    let connect = BASE64.encode(crate::psrp::test_client::connect_xml(pool));
    let connect = Envelope::new(Verb::Connect).shell(&shell).body(&format!(
        "<rsp:Connect><connectXml xmlns=\"http://schemas.microsoft.com/powershell\">{connect}</connectXml></rsp:Connect>"
    ));
    let receive = || {
        let body = "<rsp:Receive><rsp:DesiredStream>stdout</rsp:DesiredStream></rsp:Receive>";
        Envelope::new(Verb::Receive).shell(&shell).body(body)
    };
    let mut client = logged_in(listener).await;
    assert_eq!(client.ask_sealed(&connect).await.unwrap().status, 200);
    assert_eq!(client.ask_sealed(&receive()).await.unwrap().status, 200);
    let receive = receive();
    let task = tokio::spawn(async move { client.ask_sealed(&receive).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    (task, shell)
}

#[tokio::test]
async fn a_receive_that_waits_hears_of_other_connections() {
    let listener = start(Config::default()).await;
    let (task, shell) = waiting(&listener).await;
    let disconnect = Envelope::new(Verb::Disconnect).shell(&shell).body("<rsp:Disconnect/>");
    assert_eq!(logged_in(&listener).await.ask_sealed(&disconnect).await.unwrap().status, 200);
    let answer = task.await.unwrap().unwrap();
    assert!(answer.text().contains("Code=\"2150859230\""), "{}", answer.text());
}

#[tokio::test]
async fn a_client_that_goes_away_keeps_its_shell_no_longer() {
    let mut config = Config::default();
    config.service.auto_disconnect = Some(Duration::from_millis(500));
    let listener = start(config).await;
    let (task, shell) = waiting(&listener).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(listener.session(&shell).unwrap().connected);
    task.abort();
    let disconnected = async {
        while listener.session(&shell).unwrap().connected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(10), disconnected).await.is_ok());
}

#[tokio::test]
async fn stopping_closes_ports_and_connections() {
    let listener = start(Config::default()).await;
    let mut client = logged_in(&listener).await;
    let address = listener.http_address();
    listener.stop().await;
    assert!(client.ask_sealed(&enumerate()).await.is_err());
    assert!(TcpStream::connect(address).await.is_err());
}
