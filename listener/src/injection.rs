//! Faults that tests inject: what goes wrong, and with which request.

use std::time::Duration;

use crate::soap::Verb;

/// One fault that is waiting for its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injection {
    target: Target,
    effect: Effect,
    skip: usize,
    times: usize,
}

/// The requests that an injection counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Every HTTP request, those of a login included. The effects on SOAP and sealing have no meaning there.
    Http,
    /// Every SOAP request.
    Soap,
    /// SOAP requests with this verb.
    Verb(Verb),
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The connection is closed, and the request not processed.
    DropBefore,
    /// The request is processed, and the connection closed instead of an answer.
    DropAfter,
    /// The request is processed, and the connection closed after so many octets of the answer's body.
    Cut(usize),
    /// The request is not processed, and answered with this status and body.
    Status(u16, Option<String>),
    /// The request is not processed, and answered with the SOAP fault with this number, and with this text in
    /// place of its own. (2150859161 has the place to go to in its text.)
    Fault(u32, Option<String>),
    /// The request is not processed, and answered with success and this inside `s:Body`.
    Body(String),
    /// The request is not processed, and answered with HTTP's way to send a client elsewhere.
    Redirect { status: u16, location: String },
    /// The request is not processed: the connection's login is forgotten, and the answer is 401.
    ExpireLogin,
    /// The request is never answered, nor processed.
    Never,
    /// The request waits this long before it is processed.
    Delay(Duration),
    /// The request is processed, and the answer is no XML.
    Garbage,
    /// The request is processed, and the answer is a 200 without a body.
    Empty,
    /// The request is processed, and the answer grows to so many octets by white space behind it.
    Huge(usize),
    /// The request is processed, and the answer relates to another one.
    WrongRelatesTo,
    /// The request is processed, and the answer's seal is broken.
    BadSeal,
    /// The request is processed, and this follows what the answer is sealed in.
    Epilogue(&'static str),
    /// The request is processed, and the answer comes unsealed on a connection that seals.
    Unsealed,
    /// The request is processed and answered, and the connection closed as HTTP announces it.
    Close,
}

impl Injection {
    /// An effect on the next request of this kind.
    pub fn new(target: Target, effect: Effect) -> Injection {
        Injection { target, effect, skip: 0, times: 1 }
    }

    /// Lets so many requests of the kind pass first.
    pub fn after(self, requests: usize) -> Injection {
        Injection { skip: requests, ..self }
    }

    /// Goes wrong so often, and not only once.
    pub fn times(self, times: usize) -> Injection {
        Injection { times, ..self }
    }
}

/// The injections that wait for their requests.
#[derive(Debug, Default)]
pub struct Injections(Vec<Injection>);

impl Injections {
    pub fn add(&mut self, injection: Injection) {
        self.0.push(injection);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What goes wrong with an HTTP request.
    pub fn next_for_http(&mut self) -> Option<Effect> {
        self.next(|target| target == Target::Http)
    }

    /// What goes wrong with a SOAP request, whose verb may be none that the service knows.
    pub fn next_for_soap(&mut self, verb: Option<Verb>) -> Option<Effect> {
        self.next(|target| target == Target::Soap || verb.is_some_and(|verb| target == Target::Verb(verb)))
    }

    /// Counts a request, and gives the effect of the first injection whose turn it is.
    fn next(&mut self, matches: impl Fn(Target) -> bool) -> Option<Effect> {
        let mut effect = None;
        for injection in self.0.iter_mut().filter(|injection| matches(injection.target)) {
            if injection.skip > 0 {
                injection.skip -= 1;
            } else if effect.is_none() && injection.times > 0 {
                injection.times -= 1;
                effect = Some(injection.effect.clone());
            }
        }
        self.0.retain(|injection| injection.times > 0);
        effect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_injection_waits_for_its_request_and_is_used_up() {
        let mut injections = Injections::default();
        injections.add(Injection::new(Target::Verb(Verb::Connect), Effect::DropAfter).after(1).times(2));
        assert_eq!(injections.next_for_http(), None);
        assert_eq!(injections.next_for_soap(Some(Verb::Create)), None);
        let connects: Vec<_> = (0..4).map(|_| injections.next_for_soap(Some(Verb::Connect))).collect();
        assert_eq!(connects, [None, Some(Effect::DropAfter), Some(Effect::DropAfter), None]);
    }

    #[test]
    fn two_injections_for_the_same_request_take_turns() {
        let mut injections = Injections::default();
        injections.add(Injection::new(Target::Soap, Effect::Garbage));
        injections.add(Injection::new(Target::Soap, Effect::Empty));
        assert_eq!(injections.next_for_soap(None), Some(Effect::Garbage));
        assert_eq!(injections.next_for_soap(None), Some(Effect::Empty));
        assert_eq!(injections.next_for_soap(None), None);
    }
}
