//! The listener over real sockets, driven by a client that writes HTTP by hand.

mod injections;
mod live;
mod login;
mod tls;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::auth::{Sealing, framing, test_client};
use crate::soap::names::SHELLS;
use crate::soap::test_client::Envelope;
use crate::soap::{Verb, names};
use crate::{Config, Listener, SessionSpec};

const SOAP: (&str, &str) = ("Content-Type", "application/soap+xml;charset=UTF-8");
const SEALED: (&str, &str) = ("Content-Type", framing::CONTENT_TYPE);

/// A connection of a client.
struct Client<S> {
    stream: BufReader<S>,
    sealing: Option<Sealing>,
}

/// An HTTP answer.
#[derive(Debug)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The token of Negotiate.
    fn token(&self) -> Vec<u8> {
        let token =
            self.all("www-authenticate").into_iter().find_map(|value| value.strip_prefix("Negotiate "));
        BASE64.decode(token.expect("a token")).unwrap()
    }
}

async fn start(config: Config) -> Listener {
    Listener::start(config).await.unwrap()
}

async fn plain(listener: &Listener) -> Client<TcpStream> {
    Client::new(TcpStream::connect(listener.http_address()).await.unwrap())
}

/// A TLS connection that trusts the listener's authority only.
async fn secure(listener: &Listener) -> std::io::Result<Client<TlsStream<TcpStream>>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(listener.authority().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(listener.https_address()).await?;
    let name = ServerName::try_from("localhost").unwrap();
    Ok(Client::new(TlsConnector::from(Arc::new(config)).connect(name, socket).await?))
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    fn new(stream: S) -> Client<S> {
        Client { stream: BufReader::new(stream), sealing: None }
    }

    async fn send(&mut self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Response> {
        let mut head = format!("{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.stream.write_all(&[head.as_bytes(), body].concat()).await?;
        self.read().await
    }

    async fn read(&mut self) -> std::io::Result<Response> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await?);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.split_terminator("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length =
            headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(Response { status, headers, body })
    }

    async fn post(&mut self, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Response> {
        self.send("POST /wsman", headers, body).await
    }

    /// The answer to the first token of a login.
    async fn negotiate(&mut self) -> Response {
        let token = format!("Negotiate {}", BASE64.encode(test_client::negotiate()));
        self.post(&[("Authorization", &token)], b"").await.unwrap()
    }

    /// Both legs of a login; the keys are kept when it succeeds.
    async fn login(&mut self, client: &test_client::Client) -> Response {
        let challenge = self.negotiate().await;
        let token = format!("Negotiate {}", BASE64.encode(client.authenticate(&challenge.token())));
        let response = self.post(&[("Authorization", &token)], b"").await.unwrap();
        self.sealing = (response.status == 200).then(|| Sealing::of_client(&client.session_key));
        response
    }

    /// Seals a request, sends it, and opens the answer.
    async fn ask_sealed(&mut self, envelope: &Envelope) -> std::io::Result<Response> {
        let sealing = self.sealing.as_mut().expect("a login");
        let (signature, ciphertext) = sealing.seal(envelope.to_string().as_bytes());
        let mut response = self.post(&[SEALED], &framing::write(SOAP.1, &signature, &ciphertext)).await?;
        let sealing = self.sealing.as_mut().expect("a login");
        if response.all("content-type") == [framing::CONTENT_TYPE] {
            let sealed = framing::read(&response.body).unwrap();
            let opened = sealing.unseal(sealed.signature, sealed.ciphertext);
            response.body = opened.map_err(std::io::Error::other)?;
        }
        Ok(response)
    }
}

fn alice() -> test_client::Client {
    test_client::Client::new("alice", "Password1!")
}

/// A logged-in connection over plain HTTP.
async fn logged_in(listener: &Listener) -> Client<TcpStream> {
    let mut client = plain(listener).await;
    assert_eq!(client.login(&alice()).await.status, 200);
    client
}

fn enumerate() -> Envelope {
    let body = "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements></n:Enumerate>";
    Envelope::new(Verb::Enumerate).resource(SHELLS).body(body)
}

fn identify() -> String {
    format!(
        "<s:Envelope xmlns:s=\"{}\"><s:Header/><s:Body><i:Identify xmlns:i=\"{}\"/></s:Body></s:Envelope>",
        names::SOAP,
        names::IDENTITY
    )
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", BASE64.encode(credentials))
}

/// A SessionSpec with this name.
fn named(name: &str) -> SessionSpec {
    SessionSpec { name: Some(name.to_owned()), ..SessionSpec::default() }
}
