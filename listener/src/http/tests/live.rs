//! Long polls of one session beside its other requests, each on a connection of its own.

use tokio::task::JoinHandle;

use super::*;
use crate::soap::test_client::POWERSHELL;

/// A session with a running pipeline, and its owner.
struct Session {
    listener: Listener,
    shell: String,
    command: String,
}

impl Session {
    /// Starts a listener, and connects to a session that it has.
    async fn connected(script: &str) -> Session {
        let listener = start(Config::default()).await;
        let spec = SessionSpec { script: Some(script.to_owned()), ..named("ITTask") };
        let shell = listener.add_session(spec).unwrap();
        let command = listener.session(&shell).unwrap().commands[0].0.clone();
        let session = Session { listener, shell, command };
        let pool = uuid::Uuid::parse_str(&session.shell).unwrap().to_bytes_le();
        let connect = BASE64.encode(crate::psrp::test_client::connect_xml(pool));
        let connect_xml =
            format!("<connectXml xmlns=\"http://schemas.microsoft.com/powershell\">{connect}</connectXml>");
        let mut client = logged_in(&session.listener).await;
        for (verb, body) in [
            (Verb::Connect, format!("<rsp:Connect>{connect_xml}</rsp:Connect>")),
            (Verb::Connect, format!("<rsp:Connect CommandId=\"{}\"/>", session.command)),
        ] {
            assert_eq!(client.ask_sealed(&session.request(verb, &body)).await.unwrap().status, 200);
        }
        session
    }

    fn request(&self, verb: Verb, body: &str) -> Envelope {
        Envelope::new(verb).resource(POWERSHELL).shell(&self.shell).body(body)
    }

    /// Sends a Receive on a new connection.
    async fn receive(&self, of_command: bool) -> JoinHandle<Response> {
        let id = if of_command { format!(" CommandId=\"{}\"", self.command) } else { String::new() };
        let body = format!("<rsp:Receive><rsp:DesiredStream{id}>stdout</rsp:DesiredStream></rsp:Receive>");
        let (mut client, request) = (logged_in(&self.listener).await, self.request(Verb::Receive, &body));
        let before = self.receives();
        let task = tokio::spawn(async move { client.ask_sealed(&request).await.unwrap() });
        while self.receives() == before {
            tokio::task::yield_now().await;
        }
        task
    }

    fn receives(&self) -> u64 {
        self.listener.counters().actions.get("Receive").copied().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_pipeline_is_stopped_while_both_its_streams_are_received_from() {
    let session = Session::connected("'out'; Wait-Event").await;
    for of_command in [false, true] {
        // The private data, and what was put out before.
        assert_eq!(session.receive(of_command).await.await.unwrap().status, 200);
    }
    let pool = session.receive(false).await;
    let command = session.receive(true).await;
    assert!(!pool.is_finished() && !command.is_finished());

    let second = session.receive(true).await.await.unwrap();
    assert_eq!(second.status, 500);
    assert!(second.text().contains("Code=\"2150858802\""), "{}", second.text());

    let signal = format!(
        "<rsp:Signal CommandId=\"{}\"><rsp:Code>{}</rsp:Code></rsp:Signal>",
        session.command,
        names::SIGNAL_STOP
    );
    let mut other = logged_in(&session.listener).await;
    assert_eq!(other.ask_sealed(&session.request(Verb::Signal, &signal)).await.unwrap().status, 200);
    let stopped = command.await.unwrap();
    assert!(stopped.text().contains("CommandState/Done"), "{}", stopped.text());

    let disconnect = session.request(Verb::Disconnect, "<rsp:Disconnect/>");
    assert_eq!(other.ask_sealed(&disconnect).await.unwrap().status, 200);
    let ended = pool.await.unwrap();
    assert!(ended.text().contains("Code=\"2150859230\""), "{}", ended.text());

    let counters = session.listener.counters();
    assert_eq!((counters.actions["Receive"], counters.actions["Signal"]), (5, 1));
    assert_eq!((counters.connections, counters.login_attempts()), (7, 7));
}

#[tokio::test]
async fn a_client_that_lost_its_connection_receives_on_another() {
    let session = Session::connected("Start-Sleep 1; 'late'").await;
    // What the first command of a session begins with.
    assert_eq!(session.receive(true).await.await.unwrap().status, 200);
    session.receive(true).await.abort();
    // The listener hears of the closed connection sooner or later.
    let output = async {
        loop {
            let answer = session.receive(true).await.await.unwrap();
            if answer.status == 200 {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(std::time::Duration::from_secs(20), output).await.unwrap();
    assert!(answer.text().contains("CommandState/Done"), "{}", answer.text());
}
