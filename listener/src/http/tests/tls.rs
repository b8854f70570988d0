//! Certificates good and bad, and logins bound to them.

use super::*;
use crate::{Certificate, ChannelBinding, LoginPolicy, TlsSettings};

#[tokio::test]
async fn each_kind_of_certificate_fails_in_its_own_way() {
    for (certificate, error) in [
        (Certificate::Good, None),
        (Certificate::WrongName, Some("not valid for name")),
        (Certificate::Expired, Some("expired")),
        (Certificate::SelfSigned, Some("UnknownIssuer")),
        (Certificate::CommonNameOnly, Some("UnknownIssuer")),
    ] {
        let tls = TlsSettings { certificate, ..TlsSettings::default() };
        let listener = start(Config { tls, ..Config::default() }).await;
        let found = secure(&listener).await.err().map(|error| error.to_string());
        match (error, found) {
            (None, None) => {}
            (Some(part), Some(text)) => assert!(text.contains(part), "{certificate:?}: {text}"),
            (expected, found) => panic!("{certificate:?}: {found:?} and not {expected:?}"),
        }
    }
}

#[tokio::test]
async fn a_strict_service_wants_the_login_bound_to_its_certificate() {
    let login = LoginPolicy { channel_binding: ChannelBinding::Strict, ..LoginPolicy::default() };
    let listener = start(Config { login, ..Config::default() }).await;
    let mut client = secure(&listener).await.unwrap();
    let certificate = client.stream.get_ref().get_ref().1.peer_certificates().unwrap()[0].clone();
    let digest = ring::digest::digest(&ring::digest::SHA256, &certificate);
    let data = [b"tls-server-end-point:", digest.as_ref()].concat();
    let mut bound = alice();
    bound.channel_binding = Some(crate::auth::channel_binding_hash(&data));
    assert_eq!(client.login(&bound).await.status, 200);
    // Behind TLS the body needs no seal.
    assert_eq!(client.post(&[SOAP], enumerate().to_string().as_bytes()).await.unwrap().status, 200);

    assert_eq!(secure(&listener).await.unwrap().login(&alice()).await.status, 401);
    assert_eq!(listener.refusals().last().unwrap().why, "the client sends no channel bindings");
    bound.channel_binding = Some([9; 16]);
    assert_eq!(secure(&listener).await.unwrap().login(&bound).await.status, 401);
    // Without TLS there is nothing to bind to.
    assert_eq!(plain(&listener).await.login(&alice()).await.status, 200);
}
