//! From the row of a scheme to the mechanism that it carries.

use super::error::Error;
use super::kerberos::{self, KerberosFault, Ticket};
use super::mechanism::{Context, Mechanism};
use super::scheme::{Kind, Scheme};
use super::{basic, certificate, credssp, digest, ntlm};

impl Scheme {
    /// Begins the handshake of a new connection.
    ///
    /// # Errors
    /// [`Error::CredentialRequired`] and what else the credential lacks.
    pub(crate) fn start(&self, context: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
        match self.kind {
            Kind::Negotiate => ntlm::start(context),
            // Without the library there is no ticket, and so no beginning.
            Kind::Kerberos => Err(KerberosFault::NoLibrary.into()),
            Kind::CredSsp => credssp::start(context),
            Kind::Basic => basic::start(context),
            Kind::Digest => digest::start(context),
            Kind::Certificate => certificate::start(context),
        }
    }

    /// As [`Scheme::start`], with a ticket of the Kerberos library, for the schemes that carry Kerberos.
    ///
    /// # Errors
    /// As [`Scheme::start`].
    pub(crate) fn start_with_ticket(
        &'static self,
        ticket: Ticket,
        context: Context<'_>,
    ) -> Result<Box<dyn Mechanism>, Error> {
        match self.kind {
            Kind::Negotiate | Kind::Kerberos => Ok(kerberos::start_with(self, ticket)),
            Kind::CredSsp => credssp::start_with(ticket, context),
            // To the others a ticket is of no use.
            Kind::Basic | Kind::Digest | Kind::Certificate => self.start(context),
        }
    }
}
