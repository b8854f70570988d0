//! Each injected fault as a client meets it.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::*;
use crate::{Effect, Injection, Target};

/// The answer to an Enumerate that meets this effect.
async fn spoilt(listener: &Listener, effect: Effect) -> std::io::Result<Response> {
    let mut client = logged_in(listener).await;
    listener.inject(Injection::new(Target::Verb(Verb::Enumerate), effect));
    client.ask_sealed(&enumerate()).await
}

fn processed(listener: &Listener) -> usize {
    let count = listener.requests().len();
    listener.clear_journal();
    count
}

#[tokio::test]
async fn connections_are_dropped_before_and_after_the_work() {
    let listener = start(Config::default()).await;
    assert_eq!(spoilt(&listener, Effect::DropBefore).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert_eq!(processed(&listener), 0);
    assert_eq!(spoilt(&listener, Effect::DropAfter).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert_eq!(processed(&listener), 1);
}

#[tokio::test]
async fn an_answer_is_cut_where_the_test_says() {
    let listener = start(Config::default()).await;
    let mut client = logged_in(&listener).await;
    listener.inject(Injection::new(Target::Soap, Effect::Cut(100)));
    let (signature, ciphertext) = client.sealing.as_mut().unwrap().seal(enumerate().to_string().as_bytes());
    let body = framing::write(SOAP.1, &signature, &ciphertext);
    let head = format!(
        "POST /wsman HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        SEALED.1,
        body.len()
    );
    client.stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
    let mut answer = Vec::new();
    client.stream.read_to_end(&mut answer).await.unwrap();
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    assert_eq!(answer.len() - head, 100);
}

#[tokio::test]
async fn answers_of_http_stand_in_for_those_of_the_service() {
    let listener = start(Config::default()).await;
    let response =
        spoilt(&listener, Effect::Status(503, Some("<html>busy</html>".to_owned()))).await.unwrap();
    assert_eq!((response.status, response.text()), (503, "<html>busy</html>"));
    let response = spoilt(&listener, Effect::Status(500, None)).await.unwrap();
    assert_eq!((response.status, response.body.len()), (500, 0));
    let location = "http://elsewhere/wsman".to_owned();
    let response = spoilt(&listener, Effect::Redirect { status: 302, location }).await.unwrap();
    assert_eq!((response.status, response.all("location")), (302, vec!["http://elsewhere/wsman"]));
    assert_eq!(processed(&listener), 0);
}

#[tokio::test]
async fn a_fault_with_any_number_is_given() {
    let listener = start(Config::default()).await;
    for (code, subcode) in [(2150859161, "w:InternalError"), (2150858811, "w:InvalidResourceURI")] {
        let text = "https://elsewhere.example/wsman";
        let response = spoilt(&listener, Effect::Fault(code, Some(text.to_owned()))).await.unwrap();
        assert_eq!(response.status, 500);
        assert!(response.text().contains(&format!("<f:Message>{text}</f:Message>")));
        assert!(response.text().contains(&format!("Code=\"{code}\"")));
        assert!(response.text().contains(subcode));
    }
}

#[tokio::test]
async fn bodies_are_spoilt_inside_the_seal() {
    let listener = start(Config::default()).await;
    let response = spoilt(&listener, Effect::Garbage).await.unwrap();
    assert!(roxmltree::Document::parse(response.text()).is_err());
    let response = spoilt(&listener, Effect::Empty).await.unwrap();
    assert_eq!((response.status, response.body.len()), (200, 0));
    assert_eq!(spoilt(&listener, Effect::Huge(3_000_000)).await.unwrap().body.len(), 3_000_000);
    let response = spoilt(&listener, Effect::WrongRelatesTo).await.unwrap();
    let sent = listener.requests().pop().unwrap().summary.message_id.unwrap();
    assert!(response.text().contains("<a:RelatesTo>uuid:") && !response.text().contains(&sent));
}

#[tokio::test]
async fn seals_are_spoilt() {
    let listener = start(Config::default()).await;
    let error = spoilt(&listener, Effect::BadSeal).await.unwrap_err();
    assert_eq!(error.to_string(), "the signature of message 0 is wrong");
    let response = spoilt(&listener, Effect::Unsealed).await.unwrap();
    assert_eq!(response.all("content-type"), [SOAP.1]);
    assert!(response.text().contains("EnumerateResponse"));
}

#[tokio::test]
async fn logins_expire_and_connections_close() {
    let listener = start(Config::default()).await;
    let mut client = logged_in(&listener).await;
    listener.inject(Injection::new(Target::Soap, Effect::ExpireLogin));
    assert_eq!(client.ask_sealed(&enumerate()).await.unwrap().status, 401);
    assert_eq!(client.ask_sealed(&enumerate()).await.unwrap().status, 400);
    assert_eq!(client.login(&alice()).await.status, 200);
    listener.inject(Injection::new(Target::Soap, Effect::Close));
    assert_eq!(client.ask_sealed(&enumerate()).await.unwrap().all("connection"), ["close"]);
    assert!(client.ask_sealed(&enumerate()).await.is_err());
}

#[tokio::test]
async fn answers_come_late_or_never() {
    let listener = start(Config::default()).await;
    let before = Instant::now();
    assert_eq!(spoilt(&listener, Effect::Delay(Duration::from_millis(80))).await.unwrap().status, 200);
    assert!(before.elapsed() >= Duration::from_millis(80));
    let never = spoilt(&listener, Effect::Never);
    assert!(tokio::time::timeout(Duration::from_millis(80), never).await.is_err());
}

#[tokio::test]
async fn the_legs_of_a_login_can_be_met_as_well() {
    let listener = start(Config::default()).await;
    listener.inject(Injection::new(Target::Http, Effect::DropAfter).after(1));
    let mut client = plain(&listener).await;
    let challenge = client.negotiate().await;
    assert_eq!(challenge.status, 401);
    let token = format!("Negotiate {}", BASE64.encode(alice().authenticate(&challenge.token())));
    assert!(client.post(&[("Authorization", &token)], b"").await.is_err());
    assert_eq!(listener.counters().logons["alice"], 1);
    assert_eq!(logged_in(&listener).await.ask_sealed(&enumerate()).await.unwrap().status, 200);
}
