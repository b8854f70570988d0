//! A WinRM listener for tests and examples: a server that a PowerShell-remoting client takes for a Windows host.
mod auth;
mod config;
mod http;
mod injection;
mod journal;
mod listener;
mod psrp;
mod service;
mod shell;
mod soap;
mod tls;
mod xml;

pub use auth::{ChannelBinding, User};
pub use config::{Config, LoginPolicy};
pub use injection::{Effect, Injection, Target};
pub use journal::{Caller, Counters, Journal, Refusal, RequestRecord};
pub use listener::{Listener, StartError};
pub use service::{Outcome, Service, SessionSpec, SessionState, SessionView, Settings, SpecError, Wait};
pub use shell::BufferMode;
pub use soap::{FaultKind, Reply, Summary, Verb};
pub use tls::{Certificate, TlsError, TlsSettings};
