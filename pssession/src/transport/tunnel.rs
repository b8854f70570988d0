//! A connection to a server through a proxy: CONNECT (RFC 9110 9.3.6) and the login to the proxy, TLS with the server
//! inside, and HTTP in that.
//!
//! The HTTP library makes tunnels too, but logs on to proxies with Basic only. Below its level there is the same
//! implementation of HTTP/1, which is used here for both: what a proxy says is bounded and read like any other answer.

use super::endpoint::Endpoint;
use super::error::{Error, Place, ProxyFault, head_is_too_large, reason, tls_fault};
use super::header::{USER_AGENT, sensitive};
use super::profile::{KEEPALIVE, KEEPALIVE_INTERVAL, KEEPALIVE_RETRIES, Profile};
use super::proxy::HttpProxy;
use super::proxy_login::ProxyLogin;
use super::reply::{MAX_ANSWER, Reply, Unread};
use super::tls_fault::TlsFault;
use crate::auth::Legs;
use crate::secret::Secret;
use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper::upgrade::Upgraded;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;
use tower::Service;

/// Most octets of the body of a proxy's answer.
const MAX_PAGE: usize = 64 * 1024;

type Sender = SendRequest<Full<Bytes>>;

/// One connection through a proxy, made when the first request goes over it.
pub(super) struct Tunnel {
    profile: Arc<Profile>,
    endpoint: Endpoint,
    proxy: HttpProxy,
    /// Host and port at its other end.
    target: String,
    tls: Arc<ClientConfig>,
    place: Place,
    /// `None` until it is made.
    sender: Mutex<Option<Sender>>,
}

impl Tunnel {
    pub(super) fn new(
        profile: &Arc<Profile>,
        endpoint: &Endpoint,
        tls: ClientConfig,
        proxy: HttpProxy,
        place: Place,
    ) -> Tunnel {
        Tunnel {
            profile: profile.clone(),
            endpoint: endpoint.clone(),
            proxy,
            target: format!("{}:{}", place.host, place.port),
            tls: Arc::new(tls),
            place,
            sender: Mutex::new(None),
        }
    }

    /// Makes the connection to the server, and sends nothing over it.
    pub(super) async fn connect(&self) -> Result<(), Error> {
        let sender = self.open().await?;
        *self.sender.lock().await = Some(sender);
        Ok(())
    }

    /// Posts to the endpoint and reads the answer, in so much time.
    pub(super) async fn post(
        &self,
        headers: HeaderMap,
        body: Vec<u8>,
        within: Duration,
    ) -> Result<Reply, Error> {
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri(&self.endpoint.request_target())?;
        *request.headers_mut() = headers;
        // Without the port if it is the usual one (RFC 9110 7.2).
        let host = match self.endpoint.url().port() {
            Some(_) => &self.target,
            None => &self.place.host,
        };
        self.introduce(&mut request, host)?;

        let mut sender = self.sender.lock().await;
        let sender = match &mut *sender {
            Some(sender) => sender,
            none => none.insert(self.open().await?),
        };
        // As long as nothing has been sent, it is a login that was lost and no request.
        sender.ready().await.map_err(|_| Error::LoginLost { host: self.place.host.clone() })?;
        let exchange = async {
            let response = sender.send_request(request).await.map_err(Unread::Failed)?;
            Reply::read(response, MAX_ANSWER).await
        };
        match tokio::time::timeout(within, exchange).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Unread::HeadTooLarge)) => Err(self.place.head_too_large()),
            Ok(Err(Unread::TooLarge)) => Err(self.place.too_large()),
            Ok(Err(Unread::Failed(error))) => Err(self.place.error_in_tunnel(&error)),
            Err(_) => Err(self.place.answer_timed_out()),
        }
    }

    /// A connection to the server, with nothing sent over it.
    async fn open(&self) -> Result<Sender, Error> {
        let mut patience = Patience::new(self.profile.connect_timeout());
        let host = self.place.host.trim_matches(['[', ']']).to_owned();
        let name =
            ServerName::try_from(host).map_err(|_| Error::BadUrl { url: self.endpoint.url().to_string() })?;
        let tunnel = Box::new(self.tunnel(&mut patience).await?);
        let stream = match patience.wait(tls(&self.tls, name, tunnel)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(self.place.tls_error(&error)),
            Err(TimedOut) => return Err(self.place.connect_timed_out()),
        };
        http(stream).await.map_err(|error| self.place.error_in_tunnel(&error))
    }

    /// The way through the proxy. The legs of a login that belongs to a TCP connection go over one; otherwise another
    /// one takes the place of a connection that the proxy has closed.
    async fn tunnel(&self, patience: &mut Patience) -> Result<Upgraded, Error> {
        let mut login = ProxyLogin::new(&self.profile, &self.proxy, &self.target);
        let mut authorization = login.unasked()?;
        let mut open = None;
        let mut legs = Legs::default();
        loop {
            legs.count().map_err(|error| self.fault(ProxyFault::Login(error)))?;
            let mut sender = match open.take() {
                Some(sender) => sender,
                None => self.wait(patience, self.connect_to_proxy()).await?,
            };
            let request = self.connect_request(authorization.as_ref())?;
            let response = self.wait(patience, async { Ok(sender.send_request(request).await) }).await?;
            let response = response.map_err(|error| self.http_fault(&error))?;
            tracing::debug!(proxy = self.proxy.shown, status = response.status().as_u16(), "CONNECT");
            if response.status().is_success() {
                return hyper::upgrade::on(response).await.map_err(|error| self.http_fault(&error));
            }
            let stays = stays_open(&response);
            let reply = self.wait(patience, self.read(response)).await?;
            if reply.status != 407 {
                let (host, excerpt) = (self.place.host.clone(), reply.excerpt());
                return Err(self.fault(ProxyFault::Status { host, status: reply.status, excerpt }));
            }
            let was_bound = login.is_bound();
            authorization = Some(login.answer(&reply).await?);
            let is_ready = self.wait(patience, async { Ok(sender.ready().await.is_ok()) }).await?;
            match stays && is_ready {
                true => open = Some(sender),
                false if was_bound => return Err(self.fault(ProxyFault::Lost)),
                false => {}
            }
        }
    }

    /// A connection to the proxy.
    async fn connect_to_proxy(&self) -> Result<Sender, Error> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_keepalive(Some(KEEPALIVE));
        connector.set_keepalive_interval(Some(KEEPALIVE_INTERVAL));
        connector.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
        #[cfg(any(target_os = "android", target_os = "linux"))]
        connector.set_tcp_user_timeout(Some(super::profile::UNACKNOWLEDGED));
        connector.set_connect_timeout(Some(self.profile.connect_timeout()));
        let connecting = async {
            std::future::poll_fn(|context| connector.poll_ready(context)).await?;
            connector.call(self.proxy.uri.clone()).await
        };
        let unreachable =
            |error: &(dyn std::error::Error + 'static)| self.fault(ProxyFault::Unreachable(reason(error)));
        let stream = connecting.await.map_err(|error| unreachable(&error))?;
        if self.proxy.uri.scheme_str() != Some("https") {
            return self.speak(Box::new(stream)).await;
        }
        let host = self.proxy.host().trim_matches(['[', ']']).to_owned();
        let name =
            ServerName::try_from(host).map_err(|_| Error::BadProxy { proxy: self.proxy.shown.clone() })?;
        let config = Arc::new(self.profile.trust.to_proxy()?);
        let stream = tls(&config, name, Box::new(stream)).await.map_err(|error| {
            let fault = tls_fault(&error).unwrap_or_else(|| TlsFault::Other(reason(&error)));
            self.fault(ProxyFault::Tls(fault))
        })?;
        self.speak(stream).await
    }

    async fn speak(&self, stream: Box<dyn Stream>) -> Result<Sender, Error> {
        http(stream).await.map_err(|error| self.http_fault(&error))
    }

    fn connect_request(&self, authorization: Option<&Secret>) -> Result<Request<Full<Bytes>>, Error> {
        let mut request = Request::new(Full::default());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = self.uri(&self.target)?;
        self.introduce(&mut request, &self.target)?;
        if let Some(authorization) = authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, sensitive(authorization)?);
        }
        Ok(request)
    }

    /// Says whom a request is for and whom it is from.
    fn introduce(&self, request: &mut Request<Full<Bytes>>, host: &str) -> Result<(), Error> {
        let host = HeaderValue::try_from(host).map_err(|_| self.bad_url())?;
        let agent = HeaderValue::from_static(USER_AGENT);
        request.headers_mut().extend([(HOST, host), (http::header::USER_AGENT, agent)]);
        Ok(())
    }

    /// What the request line names.
    fn uri(&self, target: &str) -> Result<Uri, Error> {
        target.parse().map_err(|_| self.bad_url())
    }

    fn bad_url(&self) -> Error {
        Error::BadUrl { url: self.endpoint.url().to_string() }
    }

    /// A page that is too long is left, and the connection with it.
    async fn read(&self, response: Response<Incoming>) -> Result<Reply, Error> {
        let (head, body) = response.into_parts();
        let without_page =
            Reply { status: head.status.as_u16(), headers: head.headers.clone(), body: Vec::new() };
        match Reply::read(Response::from_parts(head, body), MAX_PAGE).await {
            Ok(reply) => Ok(reply),
            Err(Unread::TooLarge) => Ok(without_page),
            Err(Unread::HeadTooLarge) => Err(self.fault(ProxyFault::HeadTooLarge)),
            Err(Unread::Failed(error)) => Err(self.http_fault(&error)),
        }
    }

    async fn wait<T>(
        &self,
        patience: &mut Patience,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let (host, after) = (self.place.host.clone(), self.profile.connect_timeout());
        patience
            .wait(step)
            .await
            .unwrap_or_else(|TimedOut| Err(self.fault(ProxyFault::TimedOut { host, after })))
    }

    fn http_fault(&self, error: &hyper::Error) -> Error {
        self.fault(match error {
            error if head_is_too_large(error) => ProxyFault::HeadTooLarge,
            error if error.is_parse() => ProxyFault::NotHttp,
            _ => ProxyFault::Lost,
        })
    }

    fn fault(&self, fault: ProxyFault) -> Error {
        fault.of(&self.proxy.shown)
    }
}

/// A connection of any kind: one type for all, or the compiler would make one implementation of HTTP for each.
trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

/// TLS over a connection.
async fn tls(
    config: &Arc<ClientConfig>,
    name: ServerName<'static>,
    stream: Box<dyn Stream>,
) -> io::Result<Box<dyn Stream>> {
    let connecting = TlsConnector::from(config.clone()).connect(name, TokioIo::new(stream));
    Ok(Box::new(TokioIo::new(connecting.await?)))
}

/// HTTP over a connection.
async fn http(stream: Box<dyn Stream>) -> hyper::Result<Sender> {
    let (sender, connection) = http1::handshake(stream).await?;
    // It ends with the sender, which gets its errors.
    tokio::spawn(connection.with_upgrades());
    Ok(sender)
}

/// Whether the proxy keeps the connection. Some announce otherwise in their own header.
fn stays_open(response: &Response<Incoming>) -> bool {
    let said = response.headers().get("Proxy-Connection").and_then(|value| value.to_str().ok());
    !said.is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

/// The time that is left for making a connection. Asking a KDC has a separate limit and does not count.
struct Patience(Duration);

struct TimedOut;

impl Patience {
    fn new(limit: Duration) -> Patience {
        Patience(limit)
    }

    async fn wait<T>(&mut self, step: impl Future<Output = T>) -> Result<T, TimedOut> {
        let started = Instant::now();
        let done = tokio::time::timeout(self.0, step).await;
        self.0 = self.0.saturating_sub(started.elapsed());
        done.map_err(|_| TimedOut)
    }
}
