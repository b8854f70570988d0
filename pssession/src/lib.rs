//! PowerShell sessions on Windows servers, from Rust: list them, connect to them, run commands in them, leave them
//! running and connect to them again, from this process or another. It speaks WS-Management and PSRP to the WinRM
//! service and needs no PowerShell on this side.
//!
//! ```no_run
//! use pssession::{Client, PipelineEvent};
//!
//! # async fn example(password: String) -> Result<(), pssession::Error> {
//! let client = Client::builder().user("DOMAIN\\alice", password).trusted_host("server01").build()?;
//! let found = client.sessions("server01").await?;
//! for session in &found {
//!     println!("{session} is {}", session.state.name());
//! }
//!
//! let session = client.connect("server01", found[0].instance_id).await?;
//! let mut pipeline = session.invoke("Get-Process").await?;
//! while let Some(event) = pipeline.next().await? {
//!     match event {
//!         PipelineEvent::Output(object) => println!("{object}"),
//!         PipelineEvent::Error(error) => eprintln!("{}", error.message),
//!         _ => {}
//!     }
//! }
//! session.disconnect().await?;
//! # Ok(())
//! # }
//! ```
//!
//! It needs a tokio runtime with I/O and time enabled, with one thread or several. The files in `examples/` are whole
//! programs: `list`, `connect`, `run` and `fan_out`.
//!
//! - A [`Client`] is one user. Its clones and all their sessions on a computer share connections.
//! - A [`Session`] runs commands, and can be disconnected from or removed. Another client finds it by its
//!   [`InstanceId`](record::InstanceId), and can [attach](Session::attach) to the commands in it.
//! - A [`Pipeline`] is a running command: read it event by event. A slow reader delays that command only.
//! - An [`Error`] says who can fix it: the caller, the server, the network, or a policy.
//!
//! [`cmdlet`] is another interface: Connect-, Get-, Disconnect- and Remove-PSSession as PowerShell has them, with its
//! rules of selection, its texts and its error ids, yielded as [`event::Event`]s. The program `connect-pssession` is
//! built on it.
//!
//! # The rooms
//!
//! | room | duty | knows |
//! |---|---|---|
//! | `psrp` | MS-PSRP: fragments, messages, CLIXML, runspace pools, pipelines, host calls | leaves |
//! | `wsman` | WS-Management and MS-WSMV: operations, envelopes, faults | leaves |
//! | `auth`, `gssapi` | mechanisms of logging on; the system's Kerberos library | leaves |
//! | `session` | one session as a pure machine: acquiring, recovering, what is in flight, the order of output | `psrp`, `wsman` |
//! | `transport` | connections of one endpoint: lend, give back, open another, log on, proxy, TLS | `auth`, `gssapi` |
//! | `pipeline` | what a command sends, as users of the library see it | `psrp` |
//! | `engine` | the only room that waits: drives a session, asks a computer, reaches the store | `session`, `transport`, `store` |
//! | [`store`] | what is known of sessions, across processes | leaves |
//! | `client` | the front: [`Client`], [`ClientBuilder`], [`Session`], [`Pipeline`] | `engine` |
//! | [`cmdlet`] | what a request means: selection, order, PowerShell's texts and error ids | `engine`, [`store`] |
//! | [`access`], [`record`], [`error`], [`event`], [`secret`], [`session_option`], `excerpt` | leaves | each other |
//! | [`transcript`] | exchanges without what they say, to be shown to strangers | `psrp` |
//!
//! The program has three more: `cli` (what is typed), `render` (what is shown) and `program` (what a process does).
//!
//! # What holds everywhere
//!
//! - **`psrp`, `wsman`, `auth` and `session` know no socket, file, clock, thread or runtime.** Time is an argument.
//! - **A library prints nothing and ends no process**; questions to a person are events with a way to answer them.
//! - **Text from a server is data.** Make it harmless before it reaches a terminal.
//! - **Secrets are [`secret::Secret`]s from the moment they are read**, and in no store, log or error.
//! - **What a server sends is bounded**: sizes, counts, nesting, time.
//! - **Public signatures name types of this crate, std, tokio and uuid only.**
//!
//! `tests/architecture` holds the rooms and the signatures to this.
//!
//! # The ids
//!
//! For a session made by any client that can disconnect it, the [`ShellId`](record::ShellId) of WS-Management, the id of
//! the runspace pool in PSRP and the [`InstanceId`](record::InstanceId) of the PSSession are one GUID. They stay three
//! types, since a server compares the first letter by letter and the second octet by octet. The
//! [`SessionId`](record::SessionId) is none of these: it names the client, and with it a shell that is still connected can
//! be used further.

#![cfg_attr(not(test), warn(missing_docs, unreachable_pub))]

#[macro_use]
mod derive;

pub mod access;
mod auth;
mod client;
pub mod cmdlet;
mod duration;
mod engine;
pub mod error;
pub mod event;
mod excerpt;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod gssapi;
mod pipeline;
mod psrp;
pub mod record;
pub mod secret;
mod session;
pub mod session_option;
pub mod store;
pub mod transcript;
mod transport;
mod wsman;
mod xpress;

#[cfg(test)]
extern crate self as pssession;

#[cfg(test)]
mod tests;

pub use auth::SCHEMES;
pub use client::{Client, ClientBuilder, Error, ErrorKind, Pipeline, Session};
pub use duration::span;
pub use engine::Interrupt;
pub use pipeline::host;
pub use pipeline::{
    CategoryInfo, InformationRecord, InvalidClixml, Invocation, PSObject, PipelineEvent, PipelineState,
    ProgressRecord, ProgressRecordType, RemoteError, value,
};
