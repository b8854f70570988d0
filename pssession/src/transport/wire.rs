//! What carries requests: a client of the HTTP library, or a tunnel of our own through a proxy. Callers do not know
//! which.

use super::endpoint::Endpoint;
use super::error::{Error, NameNotResolved, Place, is_held, is_refused};
use super::header::USER_AGENT;
use super::pin::pin;
use super::profile::{KEEPALIVE, KEEPALIVE_INTERVAL, KEEPALIVE_RETRIES, Profile};
use super::proxy::Proxy;
use super::reply::{MAX_ANSWER, Reply, Unread};
use super::tunnel::Tunnel;
use futures_util::future::BoxFuture;
use http::header::{HOST, HeaderMap, HeaderValue};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{RequestBuilder, Response, Url};
use rustls::ClientConfig;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// One TCP connection, made when the first request goes over it. When it is lost, there is no other.
pub(super) enum Wire {
    Client {
        client: reqwest::Client,
        url: Url,
        /// The host where `url` has a stand-in.
        host: Option<HeaderValue>,
        /// Set for a request that is to make the connection and go no further.
        holds: Arc<AtomicBool>,
        families: Arc<Families>,
        place: Box<Place>,
    },
    /// Boxed, for there is more to it.
    Tunnel(Box<Tunnel>),
}

impl Wire {
    pub(super) fn new(
        profile: &Arc<Profile>,
        endpoint: &Endpoint,
        tls: ClientConfig,
        proxy: Option<Proxy>,
    ) -> Result<Wire, Error> {
        Wire::with(profile, endpoint, tls, proxy, lookup)
    }

    fn with(
        profile: &Arc<Profile>,
        endpoint: &Endpoint,
        tls: ClientConfig,
        proxy: Option<Proxy>,
        lookup: Lookup,
    ) -> Result<Wire, Error> {
        let place = Place {
            host: endpoint.host().to_owned(),
            port: endpoint.url().port_or_known_default().unwrap_or_default(),
            connect_timeout: profile.connect_timeout(),
            answer_timeout: profile.answer_timeout(),
        };
        let socks = match proxy {
            Some(Proxy::Http(proxy)) => {
                return Ok(Wire::Tunnel(Box::new(Tunnel::new(profile, endpoint, tls, proxy, place))));
            }
            Some(Proxy::Socks(proxy)) => Some(proxy),
            None => None,
        };
        let (holds, families) = (Arc::<AtomicBool>::default(), Arc::<Families>::default());
        let scoped = endpoint.scoped().map(|(_, scoped)| scoped);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(1)
            .connect_timeout(profile.connect_timeout())
            .tcp_keepalive(KEEPALIVE)
            .tcp_keepalive_interval(KEEPALIVE_INTERVAL)
            .tcp_keepalive_retries(KEEPALIVE_RETRIES)
            .dns_resolver(Arc::new(Resolver { lookup, scoped: scoped.clone(), families: families.clone() }))
            .connector_layer(pin(holds.clone()))
            .user_agent(USER_AGENT)
            .no_proxy();
        #[cfg(any(target_os = "android", target_os = "linux"))]
        let client = client.tcp_user_timeout(super::profile::UNACKNOWLEDGED);
        let client = match socks {
            Some(proxy) => client.proxy(proxy).build(),
            None => client.build(),
        };
        let bad = || Error::BadUrl { url: endpoint.to_string() };
        let client = client.map_err(|_| bad())?;
        let mut url = endpoint.url().clone();
        let host = match scoped {
            Some(_) => {
                let host = url.authority().parse().map_err(|_| bad())?;
                url.set_host(Some(STAND_IN)).map_err(|_| bad())?;
                Some(host)
            }
            None => None,
        };
        Ok(Wire::Client { client, url, host, place: Box::new(place), holds, families })
    }

    /// Makes the connection, with its TLS, and sends nothing over it.
    pub(super) async fn connect(&self) -> Result<(), Error> {
        match self {
            Wire::Tunnel(tunnel) => tunnel.connect().await,
            Wire::Client { client, url, place, holds, families, .. } => {
                holds.store(true, Ordering::Relaxed);
                match families.send(client.post(url.clone())).await {
                    Err(error) if is_held(&error) => Ok(()),
                    Err(error) => Err(place.error(&error)),
                    Ok(_) => Err(Error::LoginLost { host: place.host.clone() }),
                }
            }
        }
    }

    /// Posts to the endpoint and reads the answer, in so much time.
    pub(super) async fn post(
        &self,
        mut headers: HeaderMap,
        body: Vec<u8>,
        within: Duration,
    ) -> Result<Reply, Error> {
        match self {
            Wire::Tunnel(tunnel) => tunnel.post(headers, body, within).await,
            Wire::Client { client, url, host, place, families, .. } => {
                headers.extend(host.clone().map(|host| (HOST, host)));
                let request = client.post(url.clone()).headers(headers).body(body).timeout(within);
                let response = families.send(request).await.map_err(|error| place.error(&error))?;
                let reply = Reply::read(http::Response::<reqwest::Body>::from(response), MAX_ANSWER).await;
                reply.map_err(|unread| match unread {
                    Unread::HeadTooLarge => place.head_too_large(),
                    Unread::TooLarge => place.too_large(),
                    Unread::Failed(error) => place.error(&error),
                })
            }
        }
    }
}

/// Replaces an address with a zone, which no URL has. The HTTP library asks the resolver about a name only.
const STAND_IN: &str = "scoped.invalid";

type Lookup = fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;

/// As the system does.
fn lookup(name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
}

/// A resolver with a failure that is recognised again.
struct Resolver {
    lookup: Lookup,
    /// An address with its zone, which is looked up whatever the name is.
    scoped: Option<String>,
    families: Arc<Families>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = self.scoped.clone().unwrap_or_else(|| name.as_str().to_owned());
        let (addresses, families) = ((self.lookup)(name), self.families.clone());
        Box::pin(async move {
            let addresses = addresses.await.map_err(|_| NameNotResolved)?;
            Ok(Box::new(families.wanted(addresses).into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name may be of two families, IPv4 and IPv6, and a service may listen on those of one. The HTTP
/// library tries the other family too, and reports what came of that.
#[derive(Default)]
pub(super) struct Families {
    are_two: AtomicBool,
    first_only: AtomicBool,
}

impl Families {
    fn wanted(&self, mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        let is_first = addresses.first().map(SocketAddr::is_ipv6);
        let in_first = |address: &SocketAddr| Some(address.is_ipv6()) == is_first;
        self.are_two.store(!addresses.iter().all(in_first), Ordering::Relaxed);
        if self.first_only.load(Ordering::Relaxed) {
            addresses.retain(in_first);
        }
        addresses
    }

    /// Where the other family refuses, the reason is that of the first.
    async fn send(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        let again = request.try_clone();
        match (request.send().await, again) {
            (Err(error), Some(again)) if is_refused(&error) && self.are_two.load(Ordering::Relaxed) => {
                self.first_only.store(true, Ordering::Relaxed);
                again.send().await
            }
            (sent, _) => sent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Access, Policy};
    use futures_util::future::join;
    use std::thread;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::runtime::Builder;

    #[test]
    fn a_connection_is_made_without_a_request_and_carries_the_next_one() {
        let profile = Profile::new(Access::default(), Policy::default(), None, None).unwrap();
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let uri = format!("http://{}/wsman", listener.local_addr().unwrap());
            let (profile, endpoint) = (Arc::new(profile), Endpoint::of_uri(&uri).unwrap());
            let wire = Wire::new(&profile, &endpoint, profile.trust.no_tls(), None).ok().unwrap();
            wire.connect().await.unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            assert!(stream.try_read(&mut request).is_err(), "nothing was sent");
            let serve = async {
                let length = stream.read(&mut request).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
                length
            };
            let posting = wire.post(HeaderMap::new(), Vec::new(), Duration::from_secs(60));
            let (reply, length) = join(posting, serve).await;
            assert!(reply.is_ok_and(|reply| reply.status == 200));
            assert!(request[..length].starts_with(b"POST /wsman HTTP/1.1\r\n"));
        });
    }

    /// The first connection is reset as soon as it is made, and under the other address nobody listens.
    #[test]
    fn of_two_addresses_the_one_that_answered_gives_the_reason() {
        fn both(_: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
            Box::pin(async { Ok(vec!["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()]) })
        }
        let profile = Arc::new(Profile::new(Access::default(), Policy::default(), None, None).unwrap());
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let socket = TcpSocket::new_v4().unwrap();
            // What it accepts is as it is.
            socket.set_zero_linger().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let listener = socket.listen(8).unwrap().into_std().unwrap();
            let port = listener.local_addr().unwrap().port();
            listener.set_nonblocking(false).unwrap();
            thread::spawn(move || listener.incoming().for_each(drop));
            let endpoint = Endpoint::of_uri(&format!("http://two.invalid:{port}/wsman")).unwrap();
            let wire = Wire::with(&profile, &endpoint, profile.trust.no_tls(), None, both).ok().unwrap();
            // The reset has always arrived before the connection is looked at.
            let slow = async {
                for _ in 0..40 {
                    thread::sleep(Duration::from_millis(5));
                    tokio::task::yield_now().await;
                }
            };
            let (connected, ()) = join(wire.connect(), slow).await;
            assert!(matches!(connected, Err(Error::Unreachable { .. })), "{connected:?}");
        });
    }
}
