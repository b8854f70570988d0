//! The service without sockets: a simulated clock, and clients that do the right or the wrong thing.

mod enumerate;
mod live;
mod output;
mod sessions;
mod shape;

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use roxmltree::Document;

use super::{IdleReceive, Outcome, Service, SessionSpec, SessionState, SessionView, Settings, Wait};
use crate::journal::Caller;
use crate::psrp::test_client::{self as psrp, RPID, Seen};
use crate::soap::test_client::Envelope;
use crate::soap::{FaultKind, Reply, Verb};

const SHELL: &str = "B6631D8E-65A0-49F2-9053-A1B156C95777";
const COMMAND: &str = "356E6DC2-6889-4305-9FE6-8B03F44D7210";

/// A service, its clock, and the user who asks.
struct Server {
    service: Service,
    now: Instant,
    caller: Caller,
}

impl Server {
    fn new() -> Server {
        Server::with(Settings::default())
    }

    fn with(settings: Settings) -> Server {
        Server { service: Service::new(settings), now: Instant::now(), caller: caller("alice") }
    }

    /// Sends a request and lets time pass until its answer.
    fn ask(&mut self, envelope: Envelope) -> Answer {
        Answer(self.service.exchange(&mut self.now, &self.caller, envelope.to_string().as_bytes()))
    }

    /// Sends a request that must be refused, and gives the fault.
    fn refused(&mut self, envelope: Envelope) -> FaultKind {
        let answer = self.ask(envelope);
        let refusal = self.service.journal.refusals().last().unwrap_or_else(|| panic!("granted: {answer:?}"));
        let kind = refusal.fault.unwrap();
        assert_eq!((answer.0.status, answer.fault()), (500, Some(kind.row().code)), "{}", refusal.why);
        kind
    }

    /// Sends a Receive that must wait.
    fn wait(&mut self, envelope: Envelope) -> Wait {
        match self.service.handle(self.now, &self.caller, envelope.to_string().as_bytes()) {
            Outcome::Wait(wait) => wait,
            Outcome::Answer(reply) => panic!("answered: {}", reply.soap()),
        }
    }

    fn poll(&mut self, wait: &Wait) -> Option<Answer> {
        self.service.poll(self.now, wait).map(Answer)
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.service.advance(self.now);
    }

    /// Opens a shell as a usual client does.
    fn open(&mut self) {
        self.ask(create(SHELL)).expect_success();
    }

    /// Starts a command in the shell.
    fn run(&mut self, script: &str) {
        self.ask(command(COMMAND, script)).expect_success();
    }

    /// Puts a session on the server, and gives its shell's id.
    fn add(&mut self, spec: SessionSpec) -> String {
        self.service.add_session(self.now, spec).unwrap()
    }

    fn session(&self) -> SessionView {
        self.service.sessions().pop().unwrap()
    }
}

fn caller(user: &str) -> Caller {
    Caller { user: user.to_owned(), administrator: user == "admin", connection: 1 }
}

/// An answer, to be looked at.
#[derive(Debug)]
struct Answer(Reply);

impl Answer {
    fn expect_success(self) -> Answer {
        assert_eq!(self.0.status, 200, "{}", self.0.soap());
        self
    }

    /// The number of the fault.
    fn fault(&self) -> Option<u32> {
        self.texts("WSManFault", |node| node.attribute("Code").map(str::to_owned)).first()?.parse().ok()
    }

    fn has(&self, element: &str) -> bool {
        !self.all(element).is_empty()
    }

    /// The text of every element with this local name.
    fn all(&self, element: &str) -> Vec<String> {
        self.texts(element, |node| Some(node.text().unwrap_or_default().to_owned()))
    }

    fn texts(&self, element: &str, read: impl Fn(roxmltree::Node) -> Option<String>) -> Vec<String> {
        let soap = self.0.soap();
        let document = Document::parse(&soap).unwrap();
        document.descendants().filter(|node| node.tag_name().name() == element).filter_map(read).collect()
    }

    /// The last words of the states of commands.
    fn states(&self) -> Vec<String> {
        let word = |state: &str| state.rsplit('/').next().unwrap_or_default().to_owned();
        self.texts("CommandState", |node| node.attribute("State").map(word))
    }

    /// The PSRP messages in its streams, which must be whole.
    fn messages(&self) -> Vec<Seen> {
        let octets: Vec<u8> =
            self.all("Stream").iter().flat_map(|text| BASE64.decode(text).unwrap()).collect();
        psrp::read_server(&octets)
    }

    fn kinds(&self) -> Vec<u32> {
        self.messages().iter().map(|message| message.kind).collect()
    }

    /// The data of PIPELINE_OUTPUT messages.
    fn outputs(&self) -> Vec<String> {
        let output = |message: Seen| (message.kind == 0x0004_1004).then_some(message.data);
        self.messages().into_iter().filter_map(output).collect()
    }
}

fn create(id: &str) -> Envelope {
    let body = format!(
        "<rsp:Shell ShellId=\"{id}\" Name=\"ITTask\"><rsp:InputStreams>stdin pr</rsp:InputStreams>\
         <rsp:OutputStreams>stdout</rsp:OutputStreams><creationXml xmlns=\"http://schemas.microsoft.com/powershell\">{}\
         </creationXml></rsp:Shell>",
        BASE64.encode(psrp::creation_xml())
    );
    Envelope::new(Verb::Create).option("protocolversion", "2.3", true).body(&body)
}

/// A Connect to a shell whose creator's RPID was this.
fn connect(id: &str, rpid: [u8; 16]) -> Envelope {
    let body = format!(
        "<rsp:Connect><connectXml xmlns=\"http://schemas.microsoft.com/powershell\">{}</connectXml></rsp:Connect>",
        BASE64.encode(psrp::connect_xml(rpid))
    );
    Envelope::new(Verb::Connect).shell(id).body(&body)
}

fn command(id: &str, script: &str) -> Envelope {
    let arguments = BASE64.encode(psrp::arguments(script, true));
    let body = format!(
        "<rsp:CommandLine CommandId=\"{id}\"><rsp:Command></rsp:Command><rsp:Arguments>{arguments}</rsp:Arguments>\
         </rsp:CommandLine>"
    );
    Envelope::new(Verb::Command).shell(SHELL).body(&body)
}

/// A Receive on the pool's stream.
fn receive() -> Envelope {
    let body = "<rsp:Receive><rsp:DesiredStream>stdout</rsp:DesiredStream></rsp:Receive>";
    Envelope::new(Verb::Receive).shell(SHELL).body(body)
}

/// A Receive on the stream of the command.
fn receive_command() -> Envelope {
    receive().body(&format!(
        "<rsp:Receive><rsp:DesiredStream CommandId=\"{COMMAND}\">stdout</rsp:DesiredStream></rsp:Receive>"
    ))
}

fn signal(code: &str) -> Envelope {
    let body = format!("<rsp:Signal CommandId=\"{COMMAND}\"><rsp:Code>{code}</rsp:Code></rsp:Signal>");
    Envelope::new(Verb::Signal).shell(SHELL).body(&body)
}

fn disconnect(content: &str) -> Envelope {
    Envelope::new(Verb::Disconnect).shell(SHELL).body(&format!("<rsp:Disconnect>{content}</rsp:Disconnect>"))
}

fn reconnect() -> Envelope {
    Envelope::new(Verb::Reconnect).shell(SHELL)
}

fn connect_command() -> Envelope {
    Envelope::new(Verb::Connect).shell(SHELL).body(&format!("<rsp:Connect CommandId=\"{COMMAND}\"/>"))
}
