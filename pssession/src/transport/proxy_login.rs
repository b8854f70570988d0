//! Logging on to a proxy: what Proxy-Authorization says to Proxy-Authenticate (RFC 9110 11.7).
//!
//! Basic is sent unasked. The others wait for the proxy to ask, so a proxy without a login learns no user.
//! What the proxy says when it has let the login in is not looked at: it proves nothing that the TLS inside of the
//! tunnel does not prove, and most proxies say nothing.

use super::error::{Error, ProxyFault};
use super::profile::Profile;
use super::proxy::HttpProxy;
use super::reply::Reply;
use super::start::Start;
use super::ticket::Tickets;
use crate::access::Authentication;
use crate::auth::{self, Authorizes, KerberosFault, Mechanism, Receiver, Step, Ticket};
use crate::secret::Secret;
use std::sync::Arc;

/// One login.
pub(super) struct ProxyLogin<'a> {
    profile: &'a Arc<Profile>,
    proxy: &'a HttpProxy,
    /// Host and port that the tunnel leads to.
    target: &'a str,
    mechanism: Option<Box<dyn Mechanism>>,
}

impl ProxyLogin<'_> {
    pub(super) fn new<'a>(
        profile: &'a Arc<Profile>,
        proxy: &'a HttpProxy,
        target: &'a str,
    ) -> ProxyLogin<'a> {
        ProxyLogin { profile, proxy, target, mechanism: None }
    }

    /// What the first request says.
    ///
    /// # Errors
    /// The credential is none for Basic, or has been refused before.
    pub(super) fn unasked(&mut self) -> Result<Option<Secret>, Error> {
        if let Some(refused) = self.profile.proxies.refused.get() {
            return Err(refused.clone());
        }
        if self.proxy.login.authentication != Authentication::Basic || self.proxy.login.credential.is_none() {
            return Ok(None);
        }
        let mut mechanism = self.begin(None)?;
        let step = mechanism.authorization(None).map_err(|error| self.fault(error))?;
        self.mechanism = Some(mechanism);
        Ok(sent(step))
    }

    /// Whether a leg was sent that belongs to its TCP connection.
    pub(super) fn is_bound(&self) -> bool {
        self.mechanism.as_ref().is_some_and(|m| m.scheme().authorizes == Authorizes::Connection)
    }

    /// What the next request says, after a 407.
    ///
    /// # Errors
    /// The proxy has refused the login, asks for one that there is not, or for another one.
    pub(super) async fn answer(&mut self, reply: &Reply) -> Result<Secret, Error> {
        let answered = self.next(reply).await;
        if let Err(error @ Error::Proxy { fault: ProxyFault::Refused { .. }, .. }) = &answered {
            // Other connections may have been quicker to find out.
            let _ = self.profile.proxies.refused.set(error.clone());
        }
        answered
    }

    async fn next(&mut self, reply: &Reply) -> Result<Secret, Error> {
        let login = &self.proxy.login;
        let (scheme, offered) = (login.authentication.scheme(), reply.challenges());
        let is_offered = offered.iter().any(|name| name.eq_ignore_ascii_case(scheme.name));
        // Without a user there is only a ticket.
        let takes_ticket = is_offered && scheme.takes_tickets();
        if login.credential.is_none() && !takes_ticket {
            return Err(ProxyFault::WantsLogin { offered, kerberos: None }.of(&self.proxy.shown));
        }
        // A proxy may refuse without a word.
        let is_refusal = offered.is_empty() && self.mechanism.is_some();
        if !(is_offered || is_refusal) {
            return Err(ProxyFault::NotOffered { scheme: scheme.name, offered }.of(&self.proxy.shown));
        }
        let mechanism = match self.mechanism.take() {
            Some(mechanism) => mechanism,
            None => {
                let mechanism = self.start(offered).await?;
                if scheme.authorizes == Authorizes::Connection {
                    return self.sent(mechanism, None);
                }
                mechanism
            }
        };
        let challenge = match scheme.authorizes {
            Authorizes::EachRequest => reply.challenge(mechanism.as_ref()),
            // It has nothing more to say, so that there is nothing to ask of it.
            Authorizes::Connection if mechanism.can_seal() => None,
            Authorizes::Connection => reply.token(scheme).filter(|token| !token.is_empty()),
        };
        match challenge {
            Some(challenge) => self.sent(mechanism, Some(&challenge)),
            None if mechanism.unproven().is_some() => {
                let offered = reply.challenges();
                Err(ProxyFault::NotOffered { scheme: scheme.name, offered }.of(&self.proxy.shown))
            }
            None => Err(self.fault(mechanism.refusal())),
        }
    }

    fn sent(&mut self, mut mechanism: Box<dyn Mechanism>, challenge: Option<&str>) -> Result<Secret, Error> {
        let step = mechanism.authorization(challenge).map_err(|error| self.fault(error))?;
        let secret = sent(step).ok_or_else(|| self.fault(mechanism.refusal()))?;
        self.mechanism = Some(mechanism);
        Ok(secret)
    }

    /// Kerberos if possible, else NTLM if that may replace it, or the one that was chosen.
    async fn start(&self, offered: Vec<String>) -> Result<Box<dyn Mechanism>, Error> {
        let (login, request) = (&self.proxy.login, self.proxy.login_request(self.profile.policy.no_ntlm));
        if login.authentication.scheme().takes_tickets() {
            match self.ticket().await {
                Err(fault) if fault.lets_others_try() && request.takes_ntlm() => {
                    tracing::debug!(proxy = self.proxy.shown, why = %fault, "NTLM instead of Kerberos");
                }
                Err(fault) if login.credential.is_none() => {
                    let fault = ProxyFault::WantsLogin { offered, kerberos: Some(fault) };
                    return Err(fault.of(&self.proxy.shown));
                }
                Err(fault) => return Err(self.fault(fault.into())),
                Ok(ticket) => {
                    tracing::debug!(proxy = self.proxy.shown, target = ticket.target, "Kerberos");
                    return self.begin(Some(ticket));
                }
            }
        }
        self.begin(None)
    }

    async fn ticket(&self) -> Result<Ticket, KerberosFault> {
        Tickets::of_proxy(self.profile, self.proxy).await?.ticket(None).await
    }

    fn begin(&self, ticket: Option<Ticket>) -> Result<Box<dyn Mechanism>, Error> {
        let start = Start {
            scheme: self.proxy.login.authentication.scheme(),
            credential: self.proxy.login.credential.as_ref(),
            target_name: &self.proxy.login_request(self.profile.policy.no_ntlm).target_name(),
            receiver: Receiver::Proxy,
            request_target: self.target,
        };
        start.begin(ticket).map_err(|error| match error {
            Error::Auth(error) => self.fault(error),
            error => error,
        })
    }

    fn fault(&self, error: auth::Error) -> Error {
        let fault = match error {
            auth::Error::Refused { scheme } => ProxyFault::Refused { scheme },
            error => ProxyFault::Login(error),
        };
        fault.of(&self.proxy.shown)
    }
}

fn sent(step: Step) -> Option<Secret> {
    match step {
        Step::Send(secret) => Some(secret),
        Step::Ask | Step::Established => None,
    }
}
