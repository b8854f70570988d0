//! How a connection logs on. That is decided before anything is sent, and not decided again when the server refuses.

use super::{Connection, Login};
use crate::auth::{self, KerberosFault, Mechanism, Receiver, Ticket};
use crate::transport::choice::{Choice, Chosen};
use crate::transport::error::Error;
use crate::transport::start::Start;
use crate::transport::ticket::{Tickets, wish};
use reqwest::header::HeaderValue;

/// A login that can begin.
pub(super) struct Beginning {
    choice: Choice,
    kerberos: Option<(Tickets, Ticket)>,
}

impl Connection {
    /// Decides how to log on, if that is still to be done, and returns what was decided. That nobody can log on is for
    /// the first request to say.
    pub(crate) async fn choose(&mut self) -> Option<Choice> {
        if let Login::None = self.login {
            self.login = Login::Chosen(Box::new(self.decide().await));
        }
        match &self.login {
            Login::Chosen(decided) => {
                decided.as_ref().as_ref().ok().map(|beginning| beginning.choice.clone())
            }
            _ => None,
        }
    }

    /// Kerberos where it can be had, else NTLM where that may stand in for it.
    async fn decide(&self) -> Result<Beginning, Error> {
        if !self.profile.scheme().takes_tickets() {
            return self.without_ticket(None);
        }
        match self.ticket().await {
            Ok((tickets, ticket)) => {
                let choice = self.choice(Chosen::Kerberos { target: ticket.target.clone() });
                Ok(Beginning { choice, kerberos: Some((tickets, ticket)) })
            }
            Err(fault) if fault.lets_others_try() && wish(&self.profile, &self.endpoint).takes_ntlm() => {
                self.without_ticket(Some(fault))
            }
            Err(fault) => Err(auth::Error::from(fault).into()),
        }
    }

    async fn ticket(&self) -> Result<(Tickets, Ticket), KerberosFault> {
        let tickets = Tickets::new(&self.profile, &self.endpoint).await?;
        let ticket = tickets.ticket(None).await?;
        Ok((tickets, ticket))
    }

    /// By a mechanism that does not prove who the server is. Without TLS only a server that is trusted is logged on to
    /// so; and so it is where nobody looks at its certificate and the mechanism gives the password away.
    fn without_ticket(&self, lacking: Option<KerberosFault>) -> Result<Beginning, Error> {
        let scheme = self.profile.scheme();
        let host = self.host();
        let is_trusted = self.endpoint.is_loopback() || self.profile.trusted_hosts.contains(&host);
        if !is_trusted && !self.endpoint.is_https() {
            return Err(Error::NotTrusted { host, kerberos: lacking });
        }
        if !is_trusted && scheme.hands_over_password() && !self.profile.trust.checks_server() {
            return Err(Error::NotVerified { host, scheme: scheme.name, kerberos: lacking });
        }
        let mechanism = lacking.map_or(Chosen::Itself, |lacking| Chosen::Ntlm { lacking });
        Ok(Beginning { choice: self.choice(mechanism), kerberos: None })
    }

    fn choice(&self, mechanism: Chosen) -> Choice {
        // A login that is not bound to the channel, as what CredSSP holds, could be passed on by somebody in between. Who
        // leaves out the bindings of the others is warned of that in any case.
        let is_kerberos = matches!(mechanism, Chosen::Kerberos { .. });
        let proves = is_kerberos && self.profile.scheme().uses_channel_bindings;
        // On the way to this very machine nobody can be in between. Without TLS the user has said that the server is
        // trusted.
        let is_exposed = self.endpoint.is_https() && !self.endpoint.is_loopback();
        let is_unproven = is_exposed && !proves && !self.profile.trust.checks_server();
        Choice { scheme: self.profile.scheme().title(), mechanism, is_unproven }
    }

    /// Begins the login that was decided for.
    pub(super) async fn start_mechanism(&mut self) -> Result<Box<dyn Mechanism>, Error> {
        self.choose().await;
        let Login::Chosen(decided) = std::mem::replace(&mut self.login, Login::None) else {
            return Err(auth::Error::NotEstablished.into());
        };
        let ticket = match (*decided)?.kerberos {
            Some((tickets, _)) if self.is_bound() => {
                // The first token has the channel's bindings in it already, and the certificate is seen by asking for
                // something.
                let content_type = HeaderValue::from_static(self.profile.encoding.soap_type());
                self.send(None, content_type, Vec::new()).await?;
                Some(tickets.ticket(self.channel_bindings()?).await.map_err(auth::Error::from)?)
            }
            kerberos => kerberos.map(|(_, ticket)| ticket),
        };
        self.begin(ticket)
    }

    /// Whether the login is tied to the TLS connection it runs in.
    pub(super) fn is_bound(&self) -> bool {
        let uses_bindings = self.profile.channel_binding && self.profile.scheme().uses_channel_bindings;
        self.endpoint.is_https() && uses_bindings
    }

    fn begin(&self, ticket: Option<Ticket>) -> Result<Box<dyn Mechanism>, Error> {
        Start {
            scheme: self.profile.scheme(),
            credential: self.profile.credential.as_ref(),
            target_name: &wish(&self.profile, &self.endpoint).target_name(),
            receiver: Receiver::Server,
            request_target: &self.endpoint.request_target(),
        }
        .begin(ticket)
    }
}
