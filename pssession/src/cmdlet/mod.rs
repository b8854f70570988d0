//! What a request means: a typed request in, session records and error records out.
//!
//! This is the library surface. No argument parser and no printing here: a cmdlet takes a request that is valid
//! because it exists, and yields [`Event`]s as they happen.

mod access;
pub mod connect;
pub mod connection;
pub mod disconnect;
pub mod enter;
mod error_context;
mod failure;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub mod get;
mod input;
pub mod invoke;
mod kerberos;
mod known;
mod live;
mod login;
pub mod new;
mod option;
mod proxy;
pub mod receive;
mod remote;
pub mod remove;
mod request;
mod run;
pub mod selection;
mod selector;
mod settings;
mod then;
mod wildcard;

pub use crate::error::Cmdlet;
pub(crate) use option::session_options;
pub(crate) use remote::Candidate;
pub use request::Request;
pub use settings::{Lines, Objects, Settings};
pub use wildcard::{InvalidPattern, WildcardPattern};

use crate::engine::Interrupt;
use crate::event::Event;
use invoke::Place;
use run::Run;
use selection::Selection;
use std::num::NonZeroUsize;
use tokio::sync::mpsc::UnboundedSender;

/// Runs a command. Ends when all is done, when its events are no longer received, or when it is interrupted and the
/// requests in flight have ended. Needs a tokio runtime with I/O and time enabled, with one thread or several.
pub async fn run(
    request: &Request,
    mut settings: Settings,
    interrupt: &Interrupt,
    events: UnboundedSender<Event>,
) {
    let lines = settings.lines.take().unwrap_or_else(|| Box::new(std::iter::empty()));
    // What ends this run is no reason to end another of the same host.
    let interrupt = interrupt.child();
    let input = settings.objects.take();
    let run = Run::new(request, &settings, input, &interrupt, events);
    match request {
        Request::Connect(request) => match &request.selection {
            Selection::Remote(remote) => remote::connect(run, remote, lines, request.throttle_limit).await,
            Selection::Known(known) => known::connect(run, known, lines, request.throttle_limit).await,
        },
        Request::Get(request) => match &request.selection {
            Selection::Remote(remote) => remote::list(run, remote, lines, request).await,
            Selection::Known(known) => known::list(run, known, lines, request.is_long).await,
        },
        Request::New(request) => remote::create(run, request, lines).await,
        Request::Invoke(request) => match &request.place {
            Place::Opened { remote, names } => {
                remote::open(run, remote, names, lines, request.throttle_limit).await;
            }
            Place::Remote(remote) => remote::connect(run, remote, lines, request.throttle_limit).await,
            Place::Known(known) => known::connect(run, known, lines, request.throttle_limit).await,
        },
        Request::Enter(request) => match &request.selection {
            Selection::Remote(remote) => remote::open(run, remote, &[], lines, NonZeroUsize::MIN).await,
            Selection::Known(known) => known::connect_to_one(run, known, lines).await,
        },
        Request::Receive(request) => match &request.selection {
            Selection::Remote(remote) => remote::connect(run, remote, lines, NonZeroUsize::MIN).await,
            Selection::Known(known) => known::connect(run, known, lines, NonZeroUsize::MIN).await,
        },
        Request::Disconnect(request) => known::disconnect(run, request, lines).await,
        Request::Remove(request) => match &request.selection {
            Selection::Known(known) => known::remove(run, request, known, lines).await,
            Selection::Remote(remote) => {
                remote::remove(run, remote, lines, request.older_than.unwrap_or_default()).await;
            }
        },
    }
}
