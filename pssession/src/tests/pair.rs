//! The protocol machines of the client in a pair with the service of the listener: no sockets, no waiting, simulated
//! time. Whole lives of a shell, told verb by verb.

use crate::engine::{ClientSession, Terms};
use crate::psrp::Limits;
use crate::psrp::handshake::{InitRunspacePool, ProtocolVersion};
use crate::psrp::message::RunspacePoolId;
use crate::psrp::runspace_pool::{PoolEvent, RunspacePool, RunspacePoolState};
use crate::record::InstanceId;
use crate::wsman::enumerate::{BufferMode, Enumerate, Page, Pull, Release, Shell, ShellFilter, ShellState};
use crate::wsman::shell::{
    Command, CommandState, ConnectCommand, Create, Delete, Disconnect, Get, Receive, Received, Reconnect,
    Send, ShellAddress, Signal, SignalCode,
};
use crate::wsman::{
    CommandId, Failure, FaultCode, Header, MaxEnvelopeSize, MessageId, Operation, ResourceUri, SessionId,
    ShellId, envelope, identify,
};
use pssession_listener::{Caller, Service, SessionSpec, Settings};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A service, and one client of it.
struct Pair {
    service: Service,
    now: Instant,
    session_id: SessionId,
}

impl Pair {
    fn new() -> Pair {
        Pair::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Pair {
        let mut settings = Settings::default();
        change(&mut settings);
        Pair { service: Service::new(settings), now: Instant::now(), session_id: SessionId(Uuid::new_v4()) }
    }

    fn caller() -> Caller {
        Caller { user: "alice".into(), administrator: false, connection: 1 }
    }

    fn ask<O: Operation>(&mut self, operation: &O) -> Result<O::Response, Failure> {
        let message_id = MessageId(Uuid::new_v4());
        let header = Header {
            to: "http://server01:5985/wsman",
            sequence: None,
            session_id: self.session_id,
            message_id,
            operation_timeout: Duration::from_secs(20),
            max_envelope_size: MaxEnvelopeSize::SAFE,
        };
        let request = envelope::write(operation, &header);
        let reply = self.service.exchange(&mut self.now, &Pair::caller(), request.as_bytes());
        envelope::read(operation, reply.soap().as_bytes(), message_id)
    }

    /// Asks, and expects to be refused with this number.
    #[track_caller]
    fn refused<O: Operation>(&mut self, operation: &O, code: FaultCode)
    where
        O::Response: std::fmt::Debug,
    {
        match self.ask(operation) {
            Err(Failure::Fault(fault)) => assert_eq!(fault.code, Some(code), "{}", fault.message),
            other => panic!("{other:?}"),
        }
    }

    /// Another client of the same user, on the same service.
    fn as_another_client(&mut self) -> SessionId {
        std::mem::replace(&mut self.session_id, SessionId(Uuid::new_v4()))
    }

    /// Opens a shell with a pool in it; returns both and where the shell is.
    fn open(&mut self, name: &str) -> (RunspacePool, ShellAddress) {
        let id = Uuid::new_v4();
        let init = InitRunspacePool::default();
        let (mut pool, payloads) =
            RunspacePool::open(RunspacePoolId(id), &init, usize::MAX, Limits::default());
        let resource_uri = ResourceUri::of_configuration("Microsoft.PowerShell");
        let shell = ShellAddress { resource_uri, shell_id: ShellId::of_guid(id) };
        let create = Create {
            shell: shell.clone(),
            name: Some(name.into()),
            idle_timeout: Some(Duration::from_secs(600)),
            buffer_mode: Some(BufferMode::Drop),
            creation_xml: payloads[0].clone(),
        };
        let created = self.ask(&create).unwrap();
        assert_eq!(created.shell_id.as_ref(), Some(&shell.shell_id));
        self.receive_until(&mut pool, &shell, |pool| pool.state() == RunspacePoolState::Opened);
        (pool, shell)
    }

    fn receive_until(
        &mut self,
        pool: &mut RunspacePool,
        shell: &ShellAddress,
        done: impl Fn(&RunspacePool) -> bool,
    ) {
        for _ in 0..10 {
            if done(pool) {
                return;
            }
            let received = self.ask(&Receive { shell: shell.clone(), command_id: None }).unwrap();
            for stream in received.streams {
                pool.receive(&stream.data).unwrap();
            }
        }
        panic!("the pool is {:?}", pool.state());
    }

    fn shells(&mut self) -> Vec<Shell> {
        self.ask(&Enumerate::shells(ShellFilter::All)).unwrap().items
    }
}

/// A session that somebody left on a service, and where it is.
fn left(pair: &mut Pair, script: Option<&str>) -> (ShellAddress, InstanceId) {
    let spec = SessionSpec {
        name: Some("ITTask".into()),
        script: script.map(str::to_owned),
        ..SessionSpec::default()
    };
    let shell_id = pair.service.add_session(pair.now, spec).unwrap();
    let instance_id = InstanceId(Uuid::try_parse(&shell_id).unwrap());
    let resource_uri = ResourceUri::of_configuration("Microsoft.PowerShell");
    (ShellAddress { resource_uri, shell_id: ShellId(shell_id) }, instance_id)
}

#[test]
fn a_session_is_listed_connected_disconnected_and_taken_up_again() {
    let mut pair = Pair::new();
    let (shell, instance_id) = left(&mut pair, None);
    let listed = pair.shells().remove(0);
    assert_eq!((listed.shell_id.as_ref(), listed.name.as_deref()), (Some(&shell.shell_id), Some("ITTask")));
    assert_eq!(
        (listed.state, listed.resource_uri),
        (Some(ShellState::Disconnected), Some(shell.resource_uri.clone()))
    );

    let mut session = ClientSession::connect(shell.clone(), instance_id, &Terms::default());
    let answer = pair.ask(&session.connect_request()).unwrap();
    assert_eq!(session.connected(&answer), Ok(Some(ProtocolVersion::V2_3)));
    assert_eq!(pair.shells()[0].state, Some(ShellState::Connected));

    // Held by this client, it is given to no other, nor to this one a second time; Reconnect changes nothing.
    pair.refused(&session.connect_request(), FaultCode::ALREADY_CONNECTED);
    pair.ask(&session.reconnect_request()).unwrap();
    let first = pair.as_another_client();
    pair.refused(&session.connect_request(), FaultCode::CONNECTED_TO_DIFFERENT_CLIENT);
    pair.session_id = first;

    pair.ask(&session.disconnect_request()).unwrap();
    assert_eq!(pair.shells()[0].state, Some(ShellState::Disconnected));
    pair.ask(&session.reconnect_request()).unwrap();
    assert_eq!(pair.shells()[0].state, Some(ShellState::Connected));
    pair.ask(&session.disconnect_request()).unwrap();

    // Another client may connect, and only connect.
    pair.as_another_client();
    assert!(pair.ask(&session.reconnect_request()).is_err());
    let mut other = ClientSession::connect(shell.clone(), instance_id, &Terms::default());
    let answer = pair.ask(&other.connect_request()).unwrap();
    assert!(other.connected(&answer).is_ok());
    pair.ask(&Delete { shell: shell.clone() }).unwrap();
    pair.refused(&Delete { shell }, FaultCode::INVALID_SELECTORS);
    assert_eq!(pair.shells(), []);
}

#[test]
fn a_session_is_created_and_told_about_by_the_server() {
    let mut pair = Pair::new();
    let (mut pool, shell) = pair.open("Work");
    assert_eq!(pool.protocol_version(), Some(ProtocolVersion::V2_3));
    assert!(pool.application_private_data().is_some() && pool.supports_disconnect());
    let seen = pair.ask(&Get::shell(shell.shell_id.clone())).unwrap();
    assert_eq!((seen.name.as_deref(), seen.buffer_mode), (Some("Work"), Some(BufferMode::Drop)));
    assert_eq!(seen.idle_timeout, Some(Duration::from_secs(600)));

    let disconnect = Disconnect {
        shell: shell.clone(),
        idle_timeout: Some(Duration::from_secs(54_000)),
        buffer_mode: Some(BufferMode::Block),
    };
    pool.disconnect().unwrap();
    pair.ask(&disconnect).unwrap();
    pool.disconnected().unwrap();
    let seen = pair.ask(&Get::shell(shell.shell_id.clone())).unwrap();
    assert_eq!(
        (seen.idle_timeout, seen.buffer_mode),
        (Some(Duration::from_secs(54_000)), Some(BufferMode::Block))
    );
    let too_short = Disconnect { idle_timeout: Some(Duration::from_secs(1)), ..disconnect };
    pool.reconnect().unwrap();
    pair.ask(&Reconnect { shell, buffer_mode: None }).unwrap();
    pool.reconnected().unwrap();
    pair.refused(&too_short, FaultCode::IDLE_TIMEOUT_OUT_OF_BOUNDS);
}

#[test]
fn a_session_that_nobody_takes_up_expires() {
    let mut pair = Pair::new();
    let (_, shell) = pair.open("Work");
    pair.ask(&Disconnect { shell: shell.clone(), idle_timeout: None, buffer_mode: None }).unwrap();
    pair.now += Duration::from_secs(599);
    assert_eq!(pair.shells().len(), 1);
    pair.now += Duration::from_secs(2);
    pair.refused(&Get::shell(shell.shell_id), FaultCode::INVALID_SELECTORS);
}

#[test]
fn a_shell_is_found_under_its_own_letters_and_its_own_resource_only() {
    let mut pair = Pair::new();
    let (shell, instance_id) = left(&mut pair, None);
    let other_letters = ShellAddress { shell_id: ShellId(shell.shell_id.0.to_lowercase()), ..shell.clone() };
    let session = ClientSession::connect(other_letters, instance_id, &Terms::default());
    pair.refused(&session.connect_request(), FaultCode::INVALID_SELECTORS);
    let elsewhere =
        ShellAddress { resource_uri: ResourceUri("http://schemas.microsoft.com/x".into()), ..shell };
    let session = ClientSession::connect(elsewhere, instance_id, &Terms::default());
    assert!(pair.ask(&session.connect_request()).is_err());
}

#[test]
fn an_enumeration_is_pulled_to_its_end_or_released() {
    let mut pair = Pair::with(|settings| settings.page_size = 2);
    for _ in 0..5 {
        left(&mut pair, None);
    }
    let enumerate = Enumerate::shells(ShellFilter::All);
    let Page { mut items, mut next, .. } = pair.ask(&enumerate).unwrap();
    while let Some(context) = next {
        let page = pair.ask(&Pull::after(&enumerate, context)).unwrap();
        items.extend(page.items);
        next = page.next;
    }
    assert_eq!(items.len(), 5);
    let context = pair.ask(&enumerate).unwrap().next.unwrap();
    pair.ask(&Release::of(&enumerate, context.clone())).unwrap();
    pair.refused(&Pull::after(&enumerate, context), FaultCode::ENUMERATION_CLOSED);
}

#[test]
fn the_output_of_a_command_is_received_by_another_client() {
    let mut pair = Pair::new();
    let (shell, instance_id) = left(&mut pair, Some("'first'; Start-Sleep 5; 'second'"));
    let commands = pair.ask(&Enumerate::commands(shell.shell_id.clone())).unwrap().items;
    assert_eq!(commands.len(), 1);
    let command_id = commands[0].command_id.clone();

    let mut session = ClientSession::connect(shell.clone(), instance_id, &Terms::default());
    let answer = pair.ask(&session.connect_request()).unwrap();
    session.connected(&answer).unwrap();
    let receive = Receive { shell: shell.clone(), command_id: Some(command_id.clone()) };
    assert!(pair.ask(&receive).is_err(), "a command is connected to before it is received from");
    pair.ask(&ConnectCommand { shell: shell.clone(), command_id: command_id.clone() }).unwrap();

    let mut received = Received::default();
    while !received.commands.iter().any(|(_, state)| *state == CommandState::Done) {
        let more = pair.ask(&receive).unwrap();
        received.streams.extend(more.streams);
        received.commands.extend(more.commands);
    }
    assert!(received.streams.iter().all(|stream| stream.command_id.as_ref() == Some(&command_id)));
    let output: Vec<u8> = received.streams.into_iter().flat_map(|stream| stream.data).collect();
    let output = String::from_utf8_lossy(&output);
    assert!(output.contains("<S>first</S>") && output.contains("<S>second</S>"), "{output}");
    pair.ask(&Signal { shell: shell.clone(), command_id: command_id.clone(), code: SignalCode::Terminate })
        .unwrap();
    assert_eq!(pair.ask(&Enumerate::commands(shell.shell_id)).unwrap().items, []);
}

#[test]
fn a_receive_with_nothing_to_say_times_out() {
    let mut pair = Pair::new();
    let (mut pool, shell) = pair.open("Work");
    pair.refused(&Receive { shell, command_id: None }, FaultCode::OPERATION_TIMED_OUT);
    assert_eq!(pool.receive(&[]), Ok(Vec::<PoolEvent>::new()));
}

#[test]
fn commands_and_sends_that_make_no_sense_are_refused() {
    let mut pair = Pair::new();
    let (_, shell) = pair.open("Work");
    let command_id = CommandId("no guid".into());
    assert!(pair.ask(&Command { shell: shell.clone(), command_id, arguments: b"garbage".to_vec() }).is_err());
    let unknown = Some(CommandId(Uuid::new_v4().to_string().to_uppercase()));
    pair.refused(&Send { shell, command_id: unknown, data: Vec::new() }, FaultCode::INVALID_SELECTORS);
}

#[test]
fn the_service_says_who_it_is() {
    let mut pair = Pair::new();
    let reply = pair.service.exchange(&mut pair.now, &Pair::caller(), identify::write().as_bytes());
    let identity = identify::read(reply.soap().as_bytes()).unwrap();
    assert_eq!((identity.product_vendor.as_str(), identity.stack()), ("Microsoft Corporation", Some("3.0")));
}
