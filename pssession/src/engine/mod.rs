//! The only room where waiting happens: on servers, on the store, on pauses between tries.
//!
//! [`ClientSession`] is pure and joins one runspace pool to one shell; [`Computer`] sends and waits; [`robust`]
//! decides, purely, what is tried again, and [`Redirects`] where it may be; [`Repository`] waits for the store.

mod client_session;
mod connect;
mod drive;
mod feed;
mod interrupt;
mod redirect;
mod repository;
pub(crate) mod robust;

pub(crate) use client_session::{ClientSession, Terms};
pub(crate) use connect::{Standing, connect, standing, take_up};
pub(crate) use drive::Computer;
pub(crate) use feed::feed;
pub use interrupt::Interrupt;
pub(crate) use redirect::{Redirection, Redirects, Refusal};
pub(crate) use repository::Repository;

use crate::psrp;
use crate::transport;
use crate::wsman::{self, Fault, Malformed};

/// Why something asked of a computer was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Transport(#[from] transport::Error),
    /// The service said no.
    #[error("{}", .0.message)]
    Fault(Box<Fault>),
    #[error(transparent)]
    Malformed(Malformed),
    /// The service connected the shell, and its PowerShell does not speak as it should.
    #[error(transparent)]
    Negotiation(#[from] psrp::runspace_pool::PoolError),
    /// The service sent the client elsewhere, and it did not go.
    #[error(transparent)]
    Redirected(Box<Redirection>),
    #[error("the enumeration of sessions does not come to an end")]
    Endless,
}

impl From<wsman::Failure> for Failure {
    fn from(failure: wsman::Failure) -> Failure {
        match failure {
            wsman::Failure::Fault(fault) => Failure::Fault(fault),
            wsman::Failure::Malformed(malformed) => Failure::Malformed(malformed),
        }
    }
}

impl Failure {
    /// Whether this is the service's fault with that number.
    pub fn is_fault(&self, code: wsman::FaultCode) -> bool {
        matches!(self, Failure::Fault(fault) if fault.is(code))
    }
}
