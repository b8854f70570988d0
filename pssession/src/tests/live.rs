//! The library's front against the listener: live sessions and their pipelines, on runtimes of one thread and of many.

use super::{Home, PASSWORD};
use crate::access::Authentication;
use crate::record::InstanceId;
use crate::{Client, ClientBuilder, Error, ErrorKind, Pipeline, PipelineEvent, Session};
use futures_util::future::{FutureExt, join_all};
use pssession_listener::{Config, Listener, SessionSpec};
use std::ops::AsyncFn;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

/// A listener with a runtime to itself, and a home for what clients remember.
struct Place {
    home: Home,
    listener: Listener,
    _server: Runtime,
}

impl Place {
    fn new() -> Place {
        let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = server.block_on(Listener::start(Config::default())).unwrap();
        Place { home: Home::new(), listener, _server: server }
    }

    /// How alice's clients are set up; those with the same store are one user on one computer.
    fn builder(&self, store: &str) -> ClientBuilder {
        Client::builder().user("alice", PASSWORD).store(self.home.0.join(store))
    }

    fn client(&self, store: &str) -> Client {
        self.builder(store).build().unwrap()
    }

    async fn open(&self) -> Session {
        self.client("store").open(&self.listener.http_url(), "live").await.unwrap()
    }

    /// There are few connections, with one login on each.
    #[track_caller]
    fn assert_connections(&self, most: u64) {
        let counters = self.listener.counters();
        assert!(counters.connections <= most, "{counters:?}");
        assert_eq!(counters.logons["alice"], counters.connections);
        assert!(counters.logon_failures.is_empty());
    }
}

/// After so long a story hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a story on a runtime of one thread, and anew on one of many.
fn on_both(story: impl AsyncFn(&Place)) {
    let mut runtimes = [Builder::new_current_thread(), Builder::new_multi_thread()];
    for builder in &mut runtimes {
        let place = Place::new();
        let story = async { tokio::time::timeout(PATIENCE, story(&place)).await };
        builder.enable_all().build().unwrap().block_on(story).expect("the story does not end");
    }
}

/// What an event says, as a line.
fn line(event: PipelineEvent) -> String {
    match event {
        PipelineEvent::Output(object) => format!("output {object}"),
        PipelineEvent::Error(error) => format!("error {} {}", error.message, error.fully_qualified_error_id),
        PipelineEvent::Warning(text) => format!("warning {text}"),
        PipelineEvent::Information(record) => format!("information {}", record.message_data),
        PipelineEvent::HostCall(call) => format!("host call {call:?}"),
        PipelineEvent::Ended { state, error: None } => format!("{state:?}"),
        PipelineEvent::Ended { state, error: Some(error) } => format!("{state:?} {}", error.message),
        other => format!("{other:?}"),
    }
}

/// The next event that is not about progress, which the first pipeline of a session reports.
async fn next(pipeline: &mut Pipeline) -> Option<PipelineEvent> {
    loop {
        match pipeline.next().await.unwrap() {
            Some(PipelineEvent::Progress { .. }) => {}
            event => return event,
        }
    }
}

/// All that is left of a pipeline.
async fn read(pipeline: &mut Pipeline) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(event) = next(pipeline).await {
        lines.push(line(event));
    }
    lines
}

/// The next numbers that a pipeline puts out.
async fn numbers(pipeline: &mut Pipeline, count: usize) -> Vec<i32> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        match next(pipeline).await {
            Some(PipelineEvent::Output(object)) => numbers.push(object.as_i32().unwrap()),
            Some(PipelineEvent::Ended { .. } | PipelineEvent::Detached) => break,
            other => panic!("{other:?}"),
        }
    }
    numbers
}

#[test]
fn a_script_brings_its_output_its_errors_and_its_end_in_order() {
    on_both(async |place| {
        let session = place.open().await;
        let mut pipeline =
            session.invoke("'one'; Write-Error 'two'; Write-Warning 'three'; 4").await.unwrap();
        assert_eq!(
            read(&mut pipeline).await,
            [
                "output one",
                "error two Microsoft.PowerShell.Commands.WriteErrorException",
                "warning three",
                "output 4",
                "Completed"
            ]
        );
        assert!(pipeline.next().await.unwrap().is_none());
        let mut pipeline = session.invoke("'before'; throw 'too bad'; 'after'").await.unwrap();
        assert_eq!(read(&mut pipeline).await, ["output before", "Failed too bad"]);
        session.remove().await.unwrap();
        assert!(place.listener.sessions().is_empty());
        place.assert_connections(3);
    });
}

#[test]
fn a_second_pipeline_waits_for_the_runspace_and_a_stopped_one_gives_it_back() {
    on_both(async |place| {
        let session = place.open().await;
        let mut first = session.invoke("'runs'; Wait-Event").await.unwrap();
        assert_eq!(next(&mut first).await.map(line).as_deref(), Some("output runs"));
        let mut second = session.invoke("'has waited'").await.unwrap();
        // A Receive that waits for output delays no other request.
        assert!(!session.commands().await.unwrap().is_empty());
        first.stop().await.unwrap();
        assert_eq!(read(&mut first).await.last().unwrap().split(' ').next(), Some("Stopped"));
        assert_eq!(read(&mut second).await, ["output has waited", "Completed"]);
        place.assert_connections(5);
    });
}

#[test]
fn a_large_value_arrives_whole() {
    on_both(async |place| {
        let session = place.open().await;
        let mut pipeline = session.invoke("'0123456789' * 200000; 'end'").await.unwrap();
        let Some(PipelineEvent::Output(text)) = next(&mut pipeline).await else { panic!("no output") };
        assert!(text.as_str().unwrap() == "0123456789".repeat(200_000));
        assert_eq!(read(&mut pipeline).await, ["output end", "Completed"]);
        place.assert_connections(3);
    });
}

/// Prints for about two and a half seconds.
const COUNT: &str = "1..100 | ForEach-Object { $_; Start-Sleep -Milliseconds 25 }";

#[test]
fn another_client_of_the_same_store_goes_on_where_the_first_stopped_reading() {
    on_both(async |place| {
        let session = place.open().await;
        let mut pipeline = session.invoke(COUNT).await.unwrap();
        let mut seen = numbers(&mut pipeline, 10).await;
        session.disconnect().await.unwrap();
        // All that has arrived here.
        seen.extend(numbers(&mut pipeline, usize::MAX).await);
        assert!(seen.len() < 100, "the session was left too late for this test");
        let (instance_id, command_id) = (session.record().instance_id, pipeline.command_id().clone());
        drop((session, pipeline));

        let session = place.client("store").connect(&place.listener.http_url(), instance_id).await.unwrap();
        assert_eq!(session.commands().await.as_deref(), Ok(&[command_id.clone()][..]));
        let mut pipeline = session.attach(&command_id).await.unwrap();
        seen.extend(numbers(&mut pipeline, usize::MAX).await);
        assert_eq!(seen, Vec::from_iter(1..=100));
    });
}

#[test]
fn a_client_of_another_store_loses_nothing_of_what_the_first_did_not_get() {
    on_both(async |place| {
        let session = place.open().await;
        let mut pipeline = session.invoke(COUNT).await.unwrap();
        let mut seen = numbers(&mut pipeline, 10).await;
        session.disconnect().await.unwrap();
        // All that has arrived here.
        seen.extend(numbers(&mut pipeline, usize::MAX).await);

        let other = place.client("other");
        let url = place.listener.http_url();
        let session = other.connect(&url, session.record().instance_id).await.unwrap();
        let mut pipeline = session.attach(pipeline.command_id()).await.unwrap();
        let rest = numbers(&mut pipeline, usize::MAX).await;
        let last = *seen.last().unwrap();
        assert!(last < 100, "the session was left too late for this test");
        // The answer that was in flight may come again; nothing else does.
        assert!((2..=last + 1).contains(&rest[0]), "{last}, then {rest:?}");
        assert_eq!(rest, Vec::from_iter(rest[0]..=100));
    });
}

#[test]
fn an_event_that_was_no_longer_awaited_is_not_lost() {
    on_both(async |place| {
        let session = place.open().await;
        let mut pipeline =
            session.invoke("1..20 | ForEach-Object { $_; Start-Sleep -Milliseconds 10 }").await.unwrap();
        let mut seen = Vec::new();
        while let Some(event) = loop {
            // Polled once, and dropped where that is too early.
            if let Some(event) = pipeline.next().now_or_never() {
                break event.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        } {
            seen.extend(matches!(event, PipelineEvent::Output(_)).then(|| line(event)));
        }
        let all = (1..=20).map(|number| format!("output {number}"));
        assert_eq!(seen, Vec::from_iter(all));
    });
}

#[test]
fn scripts_run_over_https_too() {
    on_both(async |place| {
        let ca_file = place.home.write("ca.pem", place.listener.authority());
        for authentication in [Authentication::Basic, Authentication::Negotiate] {
            let builder = place.builder("store").ca_file(&ca_file).authentication(authentication);
            let client = builder.build().unwrap();
            let session = client.open(&place.listener.https_url(), "live").await.unwrap();
            let mut pipeline = session.invoke("1..3").await.unwrap();
            assert_eq!(read(&mut pipeline).await, ["output 1", "output 2", "output 3", "Completed"]);
            session.remove().await.unwrap();
        }
        assert!(place.listener.counters().connections <= 6);
    });
}

#[test]
fn sessions_are_listed_and_connected_to_and_one_that_is_held_is_not() {
    on_both(async |place| {
        let spec = SessionSpec { name: Some("ITTask".into()), ..SessionSpec::default() };
        place.listener.add_session(spec).unwrap();
        let (client, url) = (place.client("store"), place.listener.http_url());
        let [found] = &client.sessions(&url).await.unwrap()[..] else { panic!("not one session") };
        assert_eq!(found.to_string(), "ITTask");
        let session = client.connect(&url, found.instance_id).await.unwrap();
        let held = place.client("other").connect(&url, found.instance_id).await.map(drop).unwrap_err();
        assert_eq!(held.kind(), ErrorKind::Server);
        assert_eq!(held.computer(), Some(url.as_str()));
        session.disconnect().await.unwrap();
        place.client("other").connect(&url, found.instance_id).await.unwrap();
    });
}

#[test]
fn a_wrong_password_is_policy_and_tried_once() {
    on_both(async |place| {
        let client = place.builder("store").user("alice", "not this one").build().unwrap();
        let url = place.listener.http_url();
        let refused: Vec<Error> =
            join_all((0..5).map(async |_| client.sessions(&url).await.unwrap_err())).await;
        assert!(refused.iter().all(|error| error.kind() == ErrorKind::Policy), "{refused:?}");
        assert_eq!(place.listener.counters().logon_failures["alice"], 1);
    });
}

#[test]
fn errors_say_who_is_to_blame() {
    on_both(async |place| {
        let client = place.client("store");
        let unknown_id = InstanceId(Uuid::from_u128(7));
        let unknown = client.connect(&place.listener.http_url(), unknown_id).await.map(drop).unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::Server, "{unknown}");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let closed = format!("http://127.0.0.1:{port}/wsman");
        let unreachable = client.sessions(&closed).await.unwrap_err();
        assert_eq!(unreachable.kind(), ErrorKind::Network, "{unreachable}");
        assert_eq!(unreachable.computer(), Some(closed.as_str()));
        let nonsense = client.sessions("ftp://server01").await.unwrap_err();
        assert_eq!((nonsense.kind(), nonsense.computer()), (ErrorKind::Caller, None), "{nonsense}");
    });
}
