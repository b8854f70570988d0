//! The protocol machines of the client in a pair with the service of the listener: no sockets, no waiting, simulated
//! time. Whole lives of a shell, verb by verb.

use crate::psrp::Limits;
use crate::psrp::handshake::InitRunspacePool;
use crate::psrp::message::RunspacePoolId;
use crate::psrp::runspace_pool::{PoolEvent, PoolState, RunspacePool};
use crate::wsman::enumerate::{BufferMode, Enumerate, Page, Pull, Shell, ShellFilter};
use crate::wsman::shell::{Command, Create, Disconnect, Get, Receive, Reconnect, Send, ShellAddress};
use crate::wsman::{
    CommandId, Failure, FaultCode, Header, Locale, MaxEnvelopeSize, MessageId, Operation, ResourceUri,
    SessionId, ShellId, envelope,
};
use pssession_listener::{Caller, Service, SessionSpec, Settings};
use std::sync::Arc;
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
            locale: Locale::DEFAULT,
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
            no_machine_profile: false,
            creation_xml: payloads[0].clone(),
        };
        let created = self.ask(&create).unwrap();
        assert_eq!(created.shell_id.as_ref(), Some(&shell.shell_id));
        self.receive_until(&mut pool, &shell, |pool| pool.state() == PoolState::Opened);
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

/// A session left on a service, and where it is.
fn left(pair: &mut Pair) -> ShellAddress {
    let spec = SessionSpec { name: Some("ITTask".into()), ..SessionSpec::default() };
    let shell_id = pair.service.add_session(pair.now, spec).unwrap();
    let resource_uri = ResourceUri::of_configuration("Microsoft.PowerShell");
    ShellAddress { resource_uri, shell_id: ShellId(shell_id) }
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
    let shell = left(&mut pair);
    let other_letters = ShellAddress { shell_id: ShellId(shell.shell_id.0.to_lowercase()), ..shell.clone() };
    pair.refused(&Get::shell(other_letters.shell_id.clone()), FaultCode::INVALID_SELECTORS);
    pair.refused(&Reconnect { shell: other_letters, buffer_mode: None }, FaultCode::INVALID_SELECTORS);
    let elsewhere =
        ShellAddress { resource_uri: ResourceUri("http://schemas.microsoft.com/x".into()), ..shell };
    assert!(pair.ask(&Reconnect { shell: elsewhere, buffer_mode: None }).is_err());
}

#[test]
fn an_enumeration_is_pulled_to_its_end() {
    let mut pair = Pair::with(|settings| settings.page_size = 2);
    for _ in 0..5 {
        left(&mut pair);
    }
    let enumerate = Arc::new(Enumerate::shells(ShellFilter::All));
    let Page { mut items, mut next, .. } = pair.ask(enumerate.as_ref()).unwrap();
    while let Some(context) = next {
        let page = pair.ask(&Pull::after(enumerate.clone(), context)).unwrap();
        items.extend(page.items);
        next = page.next;
    }
    assert_eq!(items.len(), 5);
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
