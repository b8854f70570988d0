//! What happened, for tests to read: the requests that came, the refusals with their reasons, and counts.

use std::collections::BTreeMap;

use crate::soap::{Fault, FaultKind, Summary};

/// Who sent a request, on which connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user's name as the listener knows it, without a machine or domain.
    pub user: String,
    /// An administrator sees, and may delete, the shells of everyone.
    pub administrator: bool,
    /// Counted from 1 over all TCP connections of the listener.
    pub connection: u64,
}

/// A request as it was read, decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    pub user: String,
    pub connection: u64,
    /// The ids it carried.
    pub summary: Summary,
    /// The SOAP text itself.
    pub soap: String,
}

/// A request that was not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub connection: u64,
    /// The HTTP status it was answered with.
    pub status: u16,
    /// The fault, where the refusal is the service's and not already that of HTTP or authentication.
    pub fault: Option<FaultKind>,
    pub why: String,
}

/// Counts since the start, or since [`Journal::clear`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// TCP connections that were accepted.
    pub connections: u64,
    /// HTTP requests, those of a login included.
    pub http_requests: u64,
    /// SOAP requests by the last word of their action, such as `Receive`.
    pub actions: BTreeMap<String, u64>,
    /// SOAP requests in UTF-16.
    pub utf16_requests: u64,
    /// Requests that carried a token of Negotiate.
    pub negotiate_legs: u64,
    /// SOAP faults by their number.
    pub faults: BTreeMap<u32, u64>,
    /// Logons by user, as the client named the user.
    pub logons: BTreeMap<String, u64>,
    /// Logons with a wrong password or an unknown user, as the client named the user.
    pub logon_failures: BTreeMap<String, u64>,
}

impl Counters {
    /// Logons that were tried, with success or without: what a server that locks accounts counts.
    pub fn login_attempts(&self) -> u64 {
        self.logons.values().chain(self.logon_failures.values()).sum()
    }
}

/// The log of a listener.
#[derive(Debug, Default)]
pub struct Journal {
    requests: Vec<RequestRecord>,
    refusals: Vec<Refusal>,
    pub counters: Counters,
}

impl Journal {
    pub fn requests(&self) -> &[RequestRecord] {
        &self.requests
    }

    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// Forgets everything so far.
    pub fn clear(&mut self) {
        *self = Journal::default();
    }

    pub(crate) fn request(&mut self, caller: &Caller, summary: &Summary, soap: &str) {
        *self.counters.actions.entry(summary.verb().to_owned()).or_default() += 1;
        self.requests.push(RequestRecord {
            user: caller.user.clone(),
            connection: caller.connection,
            summary: summary.clone(),
            soap: soap.to_owned(),
        });
    }

    /// A SOAP fault, which travels with status 500.
    pub(crate) fn fault(&mut self, connection: u64, fault: &Fault) {
        *self.counters.faults.entry(fault.kind.row().code).or_default() += 1;
        let why = fault.why.clone();
        self.refusals.push(Refusal { connection, status: 500, fault: Some(fault.kind), why });
    }

    /// A refusal of HTTP or of authentication, without SOAP.
    pub(crate) fn refuse(&mut self, connection: u64, status: u16, why: impl Into<String>) {
        self.refusals.push(Refusal { connection, status, fault: None, why: why.into() });
    }

    pub(crate) fn logon(&mut self, user: &str, granted: bool) {
        let logons = if granted { &mut self.counters.logons } else { &mut self.counters.logon_failures };
        *logons.entry(user.to_owned()).or_default() += 1;
    }
}
