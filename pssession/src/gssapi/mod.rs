//! The system's Kerberos library, spoken to through GSS-API (RFC 2743, RFC 2744): tickets, and contexts that seal.
//!
//! The library is loaded at run time and not linked: without it, the program runs and everything but Kerberos works.
//! Configuration, KDCs, DNS, ticket caches are its business, as of any other Kerberos program here.
//!
//! What asks for a ticket may wait for a KDC, and blocks its thread: [`Credential::of_ticket_cache`],
//! [`Credential::of_password`], [`Credential::ticket`] and [`default_realm`]. This is the one room with foreign code in
//! it, and so the one with `unsafe` code; all of it is behind these safe calls.

#![deny(unsafe_op_in_unsafe_fn)]

mod context;
mod credential;
mod library;
mod status;
mod sys;
mod ticket;

pub(crate) use credential::{Credential, default_realm};
