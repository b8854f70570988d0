//! The library on a runtime of many threads. There, an HTTP client that is left to itself takes a second connection now
//! and then, when the first is not quite back yet; and a login belongs to a connection.

use super::{Home, PASSWORD};
use crate::access::{Access, Authentication, Policy, TrustAnchors};
use crate::auth;
use crate::cmdlet::connection::{Connection, ConnectionUri, Credential};
use crate::cmdlet::selection::{Filter, Input, Remote, Selection, Servers};
use crate::cmdlet::{self, Request, Settings, connect, get};
use crate::engine::Interrupt;
use crate::event::Event;
use crate::host::Host;
use crate::record::PSSession;
use crate::secret::Secret;
use crate::session_option::{PSSessionOption, ProxyAccessType};
use crate::transport::{ConnectionPool, Endpoint, Profile};
use futures_util::future::join;
use pssession_listener::{
    ChannelBinding, Config, Effect, Injection, Listener, SessionSpec, Target, User, Verb,
};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::unbounded_channel;

const HUNDRED: NonZeroUsize = NonZeroUsize::new(100).unwrap();

/// What a run yielded.
#[derive(Default)]
struct Yielded {
    sessions: Vec<PSSession>,
    errors: Vec<String>,
}

impl Yielded {
    /// Receives one event; a question gets alice's answer.
    fn take(&mut self, event: Event) {
        match event {
            Event::Session(session) => self.sessions.push(session),
            Event::Error(error) => self.errors.push(error.message),
            Event::Warning(text) => self.errors.push(text),
            Event::Verbose(_) | Event::WhatIf(_) | Event::Waiting(_) | Event::Quiet => {}
            Event::Confirm { answer, .. } => answer.send(Ok(true)).unwrap(),
            Event::Password { answer, .. } => answer.send(Ok(Secret::new(PASSWORD.to_owned()))).unwrap(),
            Event::Certificate { answer, .. } => drop(answer),
            Event::Output { objects, .. } => self.errors.push(format!("{objects:?}")),
            Event::Pipeline { event, .. } => self.errors.push(format!("{event:?}")),
            Event::LastExitCode { code, .. } => self.errors.push(code.to_string()),
            Event::Left { leaving, .. } => self.errors.push(format!("{leaving:?}")),
            Event::Unreachable { computer_name } => self.errors.push(computer_name),
            Event::ReadLine { answer, .. } => drop(answer),
            Event::Running { .. } => {}
            Event::Barrier(answer) => answer.send(()).unwrap(),
        }
    }
}

/// A home, listeners that have a runtime to themselves, and one of many threads for the library.
struct Threads {
    home: Home,
    listeners: Vec<Listener>,
    _servers: Runtime,
    threads: Runtime,
}

fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap()
}

/// A runtime whose threads have more to do, so that the next request comes before they have put a connection back.
fn busy(threads: usize) -> Runtime {
    let runtime = runtime(threads);
    for _ in 0..2 * threads {
        runtime.spawn(async {
            loop {
                std::thread::sleep(Duration::from_millis(1));
                tokio::task::yield_now().await;
            }
        });
    }
    runtime
}

impl Threads {
    fn new(listeners: usize, change: impl Fn(&mut Config)) -> Threads {
        let servers = runtime(2);
        let start = || {
            let mut config = Config::default();
            config.login.channel_binding = ChannelBinding::Strict;
            change(&mut config);
            servers.block_on(Listener::start(config)).unwrap()
        };
        let listeners = (0..listeners).map(|_| start()).collect();
        Threads { home: Home::new(), listeners, _servers: servers, threads: busy(4) }
    }

    /// Leaves so many sessions on each listener.
    fn sessions(&self, count: usize) {
        for listener in &self.listeners {
            for number in 0..count {
                let name = Some(format!("Task{number}"));
                listener.add_session(SessionSpec { name, ..SessionSpec::default() }).unwrap();
            }
        }
    }

    fn selection(&self, uris: impl Iterator<Item = String>) -> Selection {
        Selection::Remote(Box::new(Remote {
            servers: Servers::ConnectionUris {
                connection_uris: uris.map(|uri| ConnectionUri::parse(&uri).unwrap()).collect(),
                allow_redirection: false,
            },
            filter: Filter::All,
            connection: Connection {
                configuration_name: None,
                credential: Credential::UserName("alice".into()),
                authentication: Authentication::Negotiate,
                session_option: PSSessionOption::default(),
            },
        }))
    }

    fn over_http(&self) -> Selection {
        self.selection(self.listeners.iter().map(Listener::http_url))
    }

    fn over_https(&self) -> Selection {
        self.selection(self.listeners.iter().map(Listener::https_url))
    }

    /// Runs a cmdlet as a task of the runtime, which may go on in another thread wherever it waits.
    fn run_inside(&self, request: Request) -> Yielded {
        self.threads.block_on(self.threads.spawn(self.running(request))).unwrap()
    }

    /// Runs a cmdlet in a thread that is none of the runtime's, and so is ahead of them.
    fn run_outside(&self, request: Request) -> Yielded {
        self.threads.block_on(self.running(request))
    }

    fn running(&self, request: Request) -> impl Future<Output = Yielded> + Send + 'static {
        let authorities: String = self.listeners.iter().map(Listener::authority).collect();
        let settings = Settings {
            store: self.home.store(),
            proxy_password: None,
            policy: Policy {
                anchors: TrustAnchors {
                    ca_file: Some(self.home.write("ca.pem", &authorities)),
                    ..TrustAnchors::default()
                },
                ..Policy::default()
            },
            lines: None,
            host: Host::None,
            explains_waits: false,
            objects: None,
            wildcards: false,
        };
        async move {
            let (sender, mut events) = unbounded_channel();
            let interrupt = Interrupt::default();
            let receiving = async {
                let mut yielded = Yielded::default();
                while let Some(event) = events.recv().await {
                    yielded.take(event);
                }
                yielded
            };
            join(cmdlet::run(&request, settings, &interrupt, sender), receiving).await.1
        }
    }

    /// Since this was asked last there was one connection to each listener, and one login on it.
    #[track_caller]
    fn assert_one_connection_each(&self) {
        for listener in &self.listeners {
            let counters = listener.counters();
            assert_eq!((counters.connections, counters.logons["alice"]), (1, 1), "{counters:?}");
            assert!(counters.logon_failures.is_empty());
            listener.clear_journal();
        }
    }
}

/// Connect-PSSession.
fn connecting(selection: Selection) -> Request {
    Request::Connect(connect::Request { selection, throttle_limit: HUNDRED, what_if: false, confirm: false })
}

/// Get-PSSession.
fn listing(selection: Selection) -> Request {
    Request::Get(get::Request {
        is_long: false,
        selection,
        state: get::SessionFilterState::All,
        throttle_limit: HUNDRED,
    })
}

#[track_caller]
fn assert_yielded(yielded: &Yielded, sessions: usize) {
    assert_eq!((yielded.errors.as_slice(), yielded.sessions.len()), (&[][..], sessions));
}

#[test]
fn a_hundred_computers_have_one_connection_each() {
    let threads = Threads::new(100, |_| {});
    threads.sessions(1);
    assert_yielded(&threads.run_inside(connecting(threads.over_http())), 100);
    assert!(threads.listeners.iter().flat_map(Listener::sessions).all(|session| session.connected));
    threads.assert_one_connection_each();
    // What was connected to is yielded by its servers, and connected to no more.
    threads.sessions(1);
    assert_yielded(&threads.run_outside(listing(threads.over_https())), 200);
    threads.assert_one_connection_each();
}

#[test]
fn a_hundred_sessions_of_one_computer_are_connected_in_a_row_over_one_connection() {
    let threads = Threads::new(1, |_| {});
    threads.sessions(100);
    let Request::Connect(request) = connecting(threads.over_http()) else { unreachable!() };
    let request = connect::Request { throttle_limit: NonZeroUsize::MIN, ..request };
    assert_yielded(&threads.run_outside(Request::Connect(request)), 100);
    assert!(threads.listeners[0].sessions().iter().all(|session| session.connected));
    threads.assert_one_connection_each();
}

#[test]
fn sessions_of_a_slow_computer_are_connected_over_many_connections() {
    let threads = Threads::new(1, |_| {});
    threads.sessions(40);
    let late = Effect::Delay(Duration::from_millis(200));
    threads.listeners[0].inject(Injection::new(Target::Verb(Verb::Connect), late).times(40));
    assert_yielded(&threads.run_outside(connecting(threads.over_http())), 40);
    let connections = threads.listeners[0].counters().connections;
    assert!((2..=32).contains(&connections), "{connections}");
}

#[test]
fn a_wrong_password_is_tried_once_however_many_sessions_there_are() {
    let threads = Threads::new(1, |config| config.users[0] = User::new("alice", "another one"));
    threads.sessions(100);
    let ids = threads.listeners[0].sessions().into_iter();
    let ids = ids.map(|session| session.shell_id.parse().unwrap()).collect();
    for selection in [threads.over_http(), threads.over_https()] {
        let Selection::Remote(mut remote) = selection else { unreachable!() };
        remote.filter = Filter::InstanceIds(Input::Given(Vec::clone(&ids)));
        let yielded = threads.run_outside(connecting(Selection::Remote(remote)));
        assert_eq!((yielded.errors.len(), yielded.sessions.len()), (100, 0));
        let counters = threads.listeners[0].counters();
        assert_eq!((counters.connections, counters.logon_failures["alice"]), (1, 1), "{counters:?}");
        threads.listeners[0].clear_journal();
    }
}

#[test]
fn a_thousand_requests_go_over_one_connection() {
    let threads = Threads::new(1, |config| config.service.page_size = 1);
    threads.sessions(1000);
    assert_yielded(&threads.run_outside(listing(threads.over_http())), 1000);
    assert_eq!(threads.listeners[0].requests().len(), 1000);
    threads.assert_one_connection_each();
}

const IDENTIFY: &str = r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>
    <i:Identify xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></s:Body></s:Envelope>"#;

/// The connections to the first listener, which takes requests in the clear.
fn pool(threads: &Threads) -> ConnectionPool {
    let credential =
        auth::Credential { user_name: "alice".into(), password: Secret::new(PASSWORD.to_owned()) };
    let access = Access {
        authentication: Authentication::Negotiate,
        session_option: PSSessionOption {
            no_encryption: true,
            proxy_access_type: ProxyAccessType::NoProxyServer,
            ..PSSessionOption::default()
        },
        ..Access::default()
    };
    let policy = Policy { timeout: Some(Duration::from_secs(30)), ..Policy::default() };
    let profile = Profile::new(access, policy, None, None).unwrap().with_credential(&credential);
    let endpoint = Endpoint::of_uri(&threads.listeners[0].http_url()).unwrap();
    ConnectionPool::new(Arc::new(profile), endpoint)
}

fn in_the_clear() -> Threads {
    Threads::new(1, |config| config.login.allow_unencrypted = true)
}

/// Nothing but requests, each as soon as it can be.
#[test]
fn a_pool_keeps_its_connection() {
    let threads = in_the_clear();
    let pool = pool(&threads);
    let posting = async {
        for _ in 0..300 {
            pool.post(IDENTIFY).await.unwrap();
        }
    };
    threads.threads.block_on(posting);
    assert_eq!(threads.listeners[0].counters().http_requests, 301);
    threads.assert_one_connection_each();
}

#[test]
fn a_request_that_nobody_waits_for_any_more_leaves_the_pool_as_good_as_before() {
    let threads = in_the_clear();
    let pool = pool(&threads);
    // Dropped in the first login, then after a login.
    for number in 0..2 {
        threads.listeners[0].inject(Injection::new(Target::Http, Effect::Never));
        let dropped = async { tokio::time::timeout(Duration::from_millis(100), pool.post(IDENTIFY)).await };
        assert!(threads.threads.block_on(dropped).is_err(), "{number}");
        threads.threads.block_on(pool.post(IDENTIFY)).unwrap();
    }
    assert_eq!(threads.listeners[0].counters().connections, 3);
}

#[test]
fn connections_that_the_server_has_left_are_replaced() {
    let threads = in_the_clear();
    let pool = pool(&threads);
    threads.threads.block_on(pool.post(IDENTIFY)).unwrap();
    for effect in [Effect::ExpireLogin, Effect::Close] {
        threads.listeners[0].inject(Injection::new(Target::Http, effect));
        threads.threads.block_on(pool.post(IDENTIFY)).unwrap();
    }
    threads.threads.block_on(pool.post(IDENTIFY)).unwrap();
    assert_eq!(threads.listeners[0].counters().connections, 3);
}
