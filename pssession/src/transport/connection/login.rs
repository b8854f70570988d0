//! How a connection logs on. That is decided before anything is sent, and not decided again when the server refuses.

use crate::auth::{self, KerberosFault, Mechanism, Receiver, Ticket};
use crate::transport::choice::{Choice, Chosen};
use crate::transport::endpoint::Endpoint;
use crate::transport::error::Error;
use crate::transport::profile::Profile;
use crate::transport::start::Start;
use crate::transport::ticket::{Tickets, login_request};
use std::sync::Arc;

/// A login that can begin.
pub(super) struct Beginning {
    pub choice: Choice,
    pub kerberos: Option<(Tickets, Ticket)>,
}

impl Beginning {
    /// Kerberos if possible, else NTLM if that may replace it.
    pub(super) async fn decide(profile: &Arc<Profile>, endpoint: &Endpoint) -> Result<Beginning, Error> {
        if !profile.scheme().takes_tickets() {
            return Beginning::without_ticket(profile, endpoint, None);
        }
        match ticket(profile, endpoint).await {
            Ok((tickets, ticket)) => {
                let mechanism = Chosen::Kerberos { target: ticket.target.clone() };
                let choice = choice(profile, endpoint, mechanism);
                Ok(Beginning { choice, kerberos: Some((tickets, ticket)) })
            }
            Err(fault) if fault.lets_others_try() && login_request(profile, endpoint).takes_ntlm() => {
                Beginning::without_ticket(profile, endpoint, Some(fault))
            }
            Err(fault) => Err(auth::Error::from(fault).into()),
        }
    }

    /// By a mechanism that does not prove who the server is. Without TLS only a server that is trusted is logged on to
    /// so; likewise if its certificate is not checked and the mechanism gives the password away.
    fn without_ticket(
        profile: &Profile,
        endpoint: &Endpoint,
        lacking: Option<KerberosFault>,
    ) -> Result<Beginning, Error> {
        let (scheme, host) = (profile.scheme(), endpoint.host().to_owned());
        let is_trusted = endpoint.is_loopback() || profile.policy.trusted_hosts.contains(&host);
        if !is_trusted && !endpoint.is_https() {
            return Err(Error::NotTrusted { host, kerberos: lacking });
        }
        if !is_trusted && scheme.hands_over_password() && !profile.trust.checks_server() {
            return Err(Error::NotVerified { host, scheme: scheme.name, kerberos: lacking });
        }
        let mechanism = lacking.map_or(Chosen::Itself, |lacking| Chosen::Ntlm { lacking });
        Ok(Beginning { choice: choice(profile, endpoint, mechanism), kerberos: None })
    }
}

async fn ticket(profile: &Arc<Profile>, endpoint: &Endpoint) -> Result<(Tickets, Ticket), KerberosFault> {
    let tickets = Tickets::new(profile, endpoint).await?;
    let ticket = tickets.ticket(None).await?;
    Ok((tickets, ticket))
}

fn choice(profile: &Profile, endpoint: &Endpoint, mechanism: Chosen) -> Choice {
    // A login that is not bound to the channel, as what CredSSP holds, could be relayed by a machine in the middle. Who
    // leaves out the bindings of the others is warned of that in any case.
    let is_kerberos = matches!(mechanism, Chosen::Kerberos { .. });
    let proves = is_kerberos && profile.scheme().uses_channel_bindings;
    // Between this machine and itself there is no one else. Without TLS the user has said that the server is
    // trusted.
    let is_exposed = endpoint.is_https() && !endpoint.is_loopback();
    let is_unproven = is_exposed && !proves && !profile.trust.checks_server();
    let proxy = profile.proxies.usage(endpoint);
    Choice { scheme: profile.scheme().title(), mechanism, is_unproven, proxy }
}

/// Begins the login that was decided for.
pub(super) fn begin(
    profile: &Profile,
    endpoint: &Endpoint,
    ticket: Option<Ticket>,
) -> Result<Box<dyn Mechanism>, Error> {
    Start {
        scheme: profile.scheme(),
        credential: profile.credential.as_ref(),
        target_name: &login_request(profile, endpoint).target_name(),
        receiver: Receiver::Server,
        request_target: &endpoint.request_target(),
    }
    .begin(ticket)
}
