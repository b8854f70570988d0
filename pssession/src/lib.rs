//! PowerShell's session cmdlets for any shell and for Rust programs: find the sessions that were left disconnected on
//! Windows servers, and connect to them.
//!
//! This page is the bird's-eye view. What a command line means is told by `connect-pssession --help`; what is not done
//! yet by the README's list of shortcomings.
//!
//! # From a word to a shell and back
//!
//! ```text
//! argv ─► cli ─► cmdlet ─► engine ─► transport ─► server
//!          │       │        │  │         │
//!          │       │        │  ├► psrp   ├► auth
//!          │       │        │  └► wsman  └► gssapi
//!          │       └► session, store
//!          └► render
//! ```
//!
//! and back, as data: the body of an HTTP answer becomes an envelope ([`wsman`]), its payload fragments and messages
//! ([`psrp`]), these an event, and that a session record, which is a line of a table or of JSON ([`render`]).
//!
//! - [`cli`] turns what was typed into a typed request, by PowerShell's own rules. Pure: it reads nothing and prints
//!   nothing.
//! - [`cmdlet`] is what a request means. It yields session records and error records as [`event::Event`]s, when they
//!   happen. This is what a Rust program calls.
//! - [`engine`] is where waiting happens: for servers, for the store, between tries. What is transient is decided in one
//!   place there, and one file joins a runspace pool to the shell it lives in.
//! - [`wsman`] and [`psrp`] are the two protocols, [`auth`] the mechanisms of logging in and sealing: all three without
//!   I/O.
//! - `gssapi` is the system's Kerberos library, opened when it is needed: the one room with foreign code in it.
//! - [`transport`] carries octets over one authenticated HTTP connection, and says who is believed on the way.
//! - [`store`] remembers sessions between processes; [`session`], [`session_option`] and [`secret`] are leaves that
//!   anyone may use.
//! - [`error`] is the error a person sees, [`render`] all that is printed, and [`program`] what `main` does.
//!
//! # What holds everywhere
//!
//! - **`psrp`, `wsman` and `auth` know no socket, file, clock, thread or runtime**, and `psrp` and `wsman` do not know
//!   each other.
//! - **A cmdlet knows no argument parser and prints nothing**; only `render` writes to stdout and stderr, and only
//!   `main` ends the process.
//! - **Text from a server is data.** It reaches a terminal only after `render` has made it harmless.
//! - **Secrets are [`secret::Secret`]s from the moment they are read**, and in no argument, store, log or error.
//! - **What a server sends is bounded**: sizes, counts, nesting, time.
//!
//! The first two are held by `tests/architecture.rs`.
//!
//! # The ids
//!
//! For a session made by any client that can disconnect it, the ShellId of WS-Management, the id of the runspace pool
//! in PSRP and the InstanceId of the PSSession are one GUID. They stay three types ([`wsman::ShellId`],
//! [`psrp::message::RunspacePoolId`], [`session::InstanceId`]), since a server compares the first letter by letter and
//! the second octet by octet; `engine::client_session` is where they meet. The SessionId ([`wsman::SessionId`]) is none
//! of these: it names the client, and whoever knows it may go on with a shell that is still connected.
//!
//! # As a library
//!
//! ```no_run
//! use pssession::Interrupt;
//! use pssession::cmdlet::{self, Request, Settings};
//! use pssession::event::Event;
//! # async fn example(request: Request, settings: Settings, events: tokio::sync::mpsc::UnboundedSender<Event>) {
//! // Each session and each error is an event as it happens; so is each question.
//! cmdlet::run(&request, settings, &Interrupt::default(), events).await;
//! # }
//! ```

#![cfg_attr(not(test), warn(missing_docs, unreachable_pub))]

#[macro_use]
mod derive;

pub mod access;
mod auth;
mod client;
#[allow(missing_docs)]
pub mod cmdlet;
mod engine;
pub mod error;
pub mod event;
mod gssapi;
mod psrp;
pub mod record;
pub mod secret;
mod session;
pub mod session_option;
pub mod store;
mod transport;
mod wsman;

#[cfg(test)]
mod tests;

pub use auth::SCHEMES;
pub use client::{
    Client, ClientBuilder, Error, ErrorKind, PSObject, Pipeline, PipelineEvent, PipelineState, RemoteError,
    Session,
};
pub use engine::Interrupt;
