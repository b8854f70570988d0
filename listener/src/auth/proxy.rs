//! The accepting side of a login to a proxy: what `Proxy-Authorization` is worth.

use std::sync::{Mutex, PoisonError};

use super::digest::{DigestPolicy, Nonces};
use super::{Accounts, Binding, ChannelBinding, Leg, Negotiation, User, basic, nonce};
use crate::soap::guid;

/// What a proxy offers.
#[derive(Debug, Clone)]
pub enum ProxyOffer {
    Basic,
    Digest(DigestPolicy),
    /// With NTLM inside.
    Negotiate,
}

/// Whom a proxy lets through.
#[derive(Debug)]
pub struct ProxyPolicy {
    offers: Vec<ProxyOffer>,
    accounts: Accounts,
    nonces: Mutex<Nonces>,
}

/// The login on one connection.
#[derive(Debug)]
pub struct ProxyLogin<'a> {
    policy: &'a ProxyPolicy,
    negotiation: Negotiation,
}

impl ProxyPolicy {
    pub fn new(offers: Vec<ProxyOffer>, user: User) -> ProxyPolicy {
        let accounts = Accounts { machine: "PROXY01".to_owned(), users: vec![user] };
        ProxyPolicy { offers, accounts, nonces: Mutex::default() }
    }

    /// A connection without a login.
    pub fn connection(&self) -> ProxyLogin<'_> {
        ProxyLogin { policy: self, negotiation: Negotiation::Fresh }
    }
}

impl ProxyLogin<'_> {
    /// Lets a request for a tunnel through, or gives the values of `Proxy-Authenticate`. `target` is its host and port.
    pub fn check(&mut self, authorization: Option<&str>, target: &str) -> Result<(), Vec<String>> {
        let (scheme, credentials) = authorization.unwrap_or_default().split_once(' ').unwrap_or_default();
        let policy = self.policy;
        let offer = policy.offers.iter().find(|offer| offer.scheme() == scheme);
        let is_let_in = match offer {
            None => policy.offers.is_empty(),
            Some(ProxyOffer::Basic) => basic(&policy.accounts, credentials).is_ok(),
            Some(ProxyOffer::Digest(digest)) => {
                let mut nonces = policy.nonces.lock().unwrap_or_else(PoisonError::into_inner);
                nonces.check(digest, &policy.accounts, credentials, ("CONNECT", target), guid()).is_ok()
            }
            Some(ProxyOffer::Negotiate) => {
                let binding = Binding { level: ChannelBinding::None, expected: None };
                match std::mem::take(&mut self.negotiation).step(
                    &policy.accounts,
                    credentials,
                    nonce(),
                    binding,
                ) {
                    Ok(Leg::Continue(token, negotiation)) => {
                        self.negotiation = negotiation;
                        return Err(vec![format!("Negotiate {token}")]);
                    }
                    Ok(Leg::Accepted { .. }) => true,
                    Err(_) => false,
                }
            }
        };
        if is_let_in { Ok(()) } else { Err(self.challenges()) }
    }

    fn challenges(&self) -> Vec<String> {
        let mut nonces = self.policy.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        let challenges = self.policy.offers.iter().map(|offer| match offer {
            ProxyOffer::Basic => vec!["Basic realm=\"proxy\"".to_owned()],
            ProxyOffer::Digest(digest) => nonces.challenges(digest, guid()),
            ProxyOffer::Negotiate => vec!["Negotiate".to_owned()],
        });
        challenges.collect::<Vec<_>>().concat()
    }
}

impl ProxyOffer {
    fn scheme(&self) -> &'static str {
        match self {
            ProxyOffer::Basic => "Basic",
            ProxyOffer::Digest(_) => "Digest",
            ProxyOffer::Negotiate => "Negotiate",
        }
    }
}
