//! Sockets: TCP on loopback, TLS on one of the two ports, HTTP/1.1 on both.

mod answer;
mod charset;
mod connection;
mod shared;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::injection::Effect;
use answer::{Answer, AnswerBody, Fate};
use connection::Connection;
pub use shared::Shared;

/// Octets of the largest body that is read at all; more is 413.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// The end of a connection that gets no answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct Dropped;

/// Opens a port that the system picks and serves connections to it, until the task is aborted.
///
/// The connections' tasks belong to the accepting one and end with it.
pub async fn listen(shared: Shared, tls: bool) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((socket, _)) = listener.accept().await {
            while connections.try_join_next().is_some() {}
            let shared = shared.clone();
            connections.spawn(async move {
                tokio::select! {
                    () = shared.until_cut() => {}
                    () = serve(shared.clone(), socket, tls) => {}
                }
            });
        }
    });
    Ok((address, task))
}

async fn serve(shared: Shared, socket: TcpStream, tls: bool) {
    let number = shared.journal(|journal| {
        journal.counters.connections += 1;
        journal.counters.connections
    });
    // Answers go out whole; waiting to join small packets would only cost time.
    let _ = socket.set_nodelay(true);
    if !tls {
        let connection = Arc::new(Connection::new(shared.clone(), number, false, None));
        return serve_http(shared, connection, socket).await;
    }
    match shared.identity.acceptor.clone().accept(socket).await {
        Ok(stream) => {
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = shown.map(|certificate| certificate.to_vec());
            let connection = Arc::new(Connection::new(shared.clone(), number, true, certificate));
            serve_http(shared, connection, stream).await
        }
        Err(error) => {
            shared.journal(|journal| journal.refuse(number, 0, format!("the TLS handshake failed: {error}")))
        }
    }
}

async fn serve_http(
    shared: Shared,
    connection: Arc<Connection>,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
) {
    let service = service_fn(move |request| respond(shared.clone(), connection.clone(), request));
    // How a connection ends is the client's business, or was wanted by a test.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Answers an HTTP request, unless a test wants it to be otherwise.
async fn respond(
    shared: Shared,
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Dropped> {
    shared.journal(|journal| journal.counters.http_requests += 1);
    let effect = shared.injections(|injections| injections.next_for_http());
    let answer = match &effect {
        None => answer(&connection, request).await,
        Some(Effect::ExpireLogin) => connection.expire_login().await,
        Some(effect) => match Answer::instead(effect) {
            Some(answer) => answer,
            None => {
                if let Effect::Delay(length) = effect {
                    tokio::time::sleep(*length).await;
                }
                answer(&connection, request).await.spoilt(effect)
            }
        },
    };
    if answer.fate == Fate::Never {
        std::future::pending::<()>().await;
    }
    answer.into_response().ok_or(Dropped)
}

async fn answer(connection: &Connection, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let body: Result<Bytes, _> = Limited::new(body, MAX_BODY).collect().await.map(|body| body.to_bytes());
    match body {
        Ok(body) => connection.answer(&head, &body).await,
        Err(error) if error.is::<LengthLimitError>() => Answer::empty(413).close(),
        Err(_) => Answer::empty(400).close(),
    }
}
