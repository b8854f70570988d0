//! A proxy that tunnels, as browsers' proxies do for HTTPS, and remembers what it was asked.

use pssession_listener::{ProxyLogin, ProxyOffer, ProxyPolicy, User};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// The user that proxies let through, and the password.
pub const USER: (&str, &str) = ("User01", "Proxy1!");

pub struct Proxy {
    port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

/// How a proxy behaves.
pub struct Behaviour {
    /// One that offers nothing needs no login.
    pub offers: Vec<ProxyOffer>,
    /// What it sends with a 407.
    pub refusal: Refusal,
    /// Its answer when the tunnel is open.
    pub welcome: &'static str,
    /// What it does with one of the requests of a connection, counted from 0, instead of answering.
    pub trouble: Option<(usize, Trouble)>,
}

/// How a 407 ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// With a page; the connection goes on.
    Stays,
    /// The connection is closed, as it said.
    Closes,
    /// The connection is closed, as it said in the header that only proxies have.
    ClosesAsProxiesDo,
}

pub enum Trouble {
    Close,
    Say(Vec<u8>),
    Silence,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            offers: Vec::new(),
            refusal: Refusal::Stays,
            welcome: "HTTP/1.1 200 OK\r\n\r\n",
            trouble: None,
        }
    }
}

impl Proxy {
    /// For every user.
    pub fn open() -> Proxy {
        Proxy::with(Behaviour::default())
    }

    /// For User01, who logs on in one of these ways.
    pub fn that_offers(offers: impl Into<Vec<ProxyOffer>>) -> Proxy {
        Proxy::with(Behaviour { offers: offers.into(), ..Behaviour::default() })
    }

    pub fn with(behaviour: Behaviour) -> Proxy {
        let policy = ProxyPolicy::new(behaviour.offers.clone(), User::new(USER.0, USER.1));
        Proxy::listening(move |stream, seen| tunnel(stream, &behaviour, policy.connection(), seen))
    }

    /// One of SOCKS5, for every user or for User01.
    pub fn socks(wants_login: bool) -> Proxy {
        Proxy::listening(move |stream, seen| socks(stream, wants_login, seen))
    }

    fn listening(serve: impl Fn(TcpStream, &Seen) -> io::Result<()> + Send + Sync + 'static) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::<Seen>::default();
        let (kept, serve) = (seen.clone(), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), seen, serve) = (stream, kept.clone(), serve.clone()) else { return };
                seen.connections.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || serve(stream, &seen));
            }
        });
        Proxy { port, seen }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Its address with a user in it, and for another protocol.
    pub fn url_of(&self, scheme: &str, login: &str) -> String {
        format!("{scheme}://{login}127.0.0.1:{}", self.port)
    }

    /// What it was asked so far: first lines and headers.
    pub fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap().clone()
    }

    /// The headers of all requests so far that carry a login to it, without their names.
    pub fn logins(&self) -> Vec<String> {
        let heads = self.heads();
        let lines = heads.iter().flat_map(|head| head.lines());
        lines.filter_map(|line| header(line, "proxy-authorization")).map(str::to_owned).collect()
    }

    /// How many requests there were, and on how many connections.
    pub fn counts(&self) -> (usize, usize) {
        (self.heads().len(), self.seen.connections.load(Ordering::Relaxed))
    }
}

/// The value of a header line with this name, which may be in any letter case.
fn header<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(name).then_some(value.trim())
}

fn tunnel(
    stream: TcpStream,
    behaviour: &Behaviour,
    mut login: ProxyLogin<'_>,
    seen: &Seen,
) -> io::Result<()> {
    let mut client = BufReader::new(stream.try_clone()?);
    for leg in 0.. {
        let mut head = String::new();
        while client.read_line(&mut head)? > 2 {}
        if head.is_empty() {
            return Ok(());
        }
        seen.heads.lock().unwrap().push(head.clone());
        match &behaviour.trouble {
            Some((number, trouble)) if *number == leg => match trouble {
                Trouble::Close => return Ok(()),
                Trouble::Say(what) => return (&stream).write_all(what),
                Trouble::Silence => return client.read_line(&mut head).map(drop),
            },
            _ => {}
        }
        let target = head.split(' ').nth(1).unwrap_or_default();
        let authorization = head.lines().find_map(|line| header(line, "proxy-authorization"));
        let Err(challenges) = login.check(authorization, target) else {
            let server = connect(target)?;
            (&stream).write_all(behaviour.welcome.as_bytes())?;
            return between(client, stream, server);
        };
        let mut refusal = String::from("HTTP/1.1 407 Proxy Authentication Required\r\n");
        for challenge in challenges {
            refusal += &format!("Proxy-Authenticate: {challenge}\r\n");
        }
        // A login to a connection needs it to go on.
        let stays = authorization.is_some_and(|text| text.starts_with("Negotiate "));
        refusal += match behaviour.refusal {
            _ if stays => "",
            Refusal::Stays => "",
            Refusal::Closes => "Connection: close\r\n",
            Refusal::ClosesAsProxiesDo => "Proxy-Connection: close\r\n",
        };
        refusal += "Content-Length: 8\r\n\r\nLog on!\n";
        (&stream).write_all(refusal.as_bytes())?;
        if behaviour.refusal != Refusal::Stays && !stays {
            return Ok(());
        }
    }
    Ok(())
}

/// Proxies know names of their own: whatever is asked for is on this machine.
fn connect(target: &str) -> io::Result<TcpStream> {
    let port = target.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or_default();
    TcpStream::connect(("127.0.0.1", port))
}

/// RFC 1928 and RFC 1929.
fn socks(stream: TcpStream, wants_login: bool, seen: &Seen) -> io::Result<()> {
    let mut client = BufReader::new(stream.try_clone()?);
    let mut read = |length: usize| {
        let mut octets = vec![0; length];
        client.read_exact(&mut octets).map(|()| octets)
    };
    let methods = read(2)?[1];
    read(methods.into())?;
    (&stream).write_all(&[5, if wants_login { 2 } else { 0 }])?;
    if wants_login {
        let length = read(2)?[1];
        let user = String::from_utf8(read(length.into())?).unwrap();
        let length = read(1)?[0];
        let password = String::from_utf8(read(length.into())?).unwrap();
        let is_refused = (user.as_str(), password.as_str()) != USER;
        (&stream).write_all(&[1, is_refused.into()])?;
        if is_refused {
            return Ok(());
        }
    }
    let name = match read(4)?[3] {
        1 => IpAddr::from(<[u8; 4]>::try_from(read(4)?).unwrap()).to_string(),
        4 => IpAddr::from(<[u8; 16]>::try_from(read(16)?).unwrap()).to_string(),
        _ => {
            let length = read(1)?[0];
            String::from_utf8(read(length.into())?).unwrap()
        }
    };
    let port = u16::from_be_bytes(read(2)?.try_into().unwrap());
    seen.heads.lock().unwrap().push(format!("{name}:{port}"));
    let server = connect(&format!("{name}:{port}"))?;
    (&stream).write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    between(client, stream, server)
}

fn between(mut client: BufReader<TcpStream>, to_client: TcpStream, server: TcpStream) -> io::Result<()> {
    let mut from_server = server.try_clone()?;
    let back = thread::spawn(move || copy(&mut from_server, &to_client));
    copy(&mut client, &server)?;
    back.join().unwrap()
}

fn copy(from: &mut impl Read, mut to: &TcpStream) -> io::Result<()> {
    io::copy(from, &mut to)?;
    to.shutdown(Shutdown::Write)
}
