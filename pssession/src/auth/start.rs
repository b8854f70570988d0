//! From the row of a scheme to the mechanism that it carries.

use super::error::Error;
use super::kerberos::{self, KerberosFault, Ticket};
use super::mechanism::{Context, Mechanism};
use super::scheme::{Kind, Scheme};
use super::{basic, certificate, credssp, digest, ntlm};

impl Scheme {
    /// Begins the handshake of a new connection; with a ticket of the Kerberos library, where the scheme has a use for one.
    ///
    /// # Errors
    /// [`Error::CredentialRequired`] and what else the credential lacks.
    pub(crate) fn start(
        &'static self,
        ticket: Option<Ticket>,
        context: Context<'_>,
    ) -> Result<Box<dyn Mechanism>, Error> {
        match (self.kind, ticket) {
            (Kind::Negotiate | Kind::Kerberos, Some(ticket)) => Ok(kerberos::start_with(self, ticket)),
            (Kind::Negotiate, None) => ntlm::start(context),
            // Without the library there is no ticket, so the login cannot begin.
            (Kind::Kerberos, None) => Err(KerberosFault::NoLibrary.into()),
            (Kind::CredSsp, Some(ticket)) => credssp::start_with(ticket, context),
            (Kind::CredSsp, None) => credssp::start(context),
            (Kind::Basic, _) => basic::start(context),
            (Kind::Digest, _) => digest::start(context),
            (Kind::Certificate, _) => certificate::start(context),
        }
    }
}
