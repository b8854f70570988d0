//! A proxy that tunnels, as browsers' proxies do for HTTPS, and remembers what it was asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub struct Proxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// For everybody.
    pub fn open() -> Proxy {
        Proxy::start(None)
    }

    /// For those who send this login.
    pub fn that_wants(login: &str) -> Proxy {
        Proxy::start(Some(format!("proxy-authorization: {login}")))
    }

    fn start(wanted: Option<String>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = heads.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), wanted, heads) = (stream, wanted.clone(), kept.clone()) else { return };
                thread::spawn(move || tunnel(stream, wanted.as_deref(), &heads));
            }
        });
        Proxy { port, heads }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// What it was asked so far: first lines and headers.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn tunnel(stream: TcpStream, wanted: Option<&str>, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut client = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while client.read_line(&mut head)? > 2 {}
    heads.lock().unwrap().push(head.clone());
    if wanted.is_some_and(|wanted| !head.lines().any(|line| with_small_name(line) == wanted)) {
        let refusal =
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
        return (&stream).write_all(refusal);
    }
    let target = head.split(' ').nth(1).unwrap_or_default();
    let server = TcpStream::connect(target)?;
    (&stream).write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut from_server, to_client) = (server.try_clone()?, stream);
    let back = thread::spawn(move || copy(&mut from_server, &to_client));
    copy(&mut client, &server)?;
    back.join().unwrap()
}

/// The header line with its name in lower case, as names may be in any.
fn with_small_name(line: &str) -> String {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    format!("{}:{value}", name.to_lowercase())
}

fn copy(from: &mut impl Read, mut to: &TcpStream) -> io::Result<()> {
    io::copy(from, &mut to)?;
    to.shutdown(Shutdown::Write)
}
