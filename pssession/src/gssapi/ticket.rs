//! From a credential to a ticket: the first token of a login, with the context that goes on from it.

use super::context::Context;
use super::credential::{Credential, realm};
use super::library::Status;
use crate::auth::{ChannelBindings, KerberosFault, Ticket};

impl Credential {
    /// The first token of a login to the first of these services that the KDC knows. Without a realm they are looked
    /// for in the user's, whose KDC knows the way to others.
    ///
    /// # Errors
    /// [`KerberosFault::UnknownTarget`], [`KerberosFault::WeakEncryption`] and what else a KDC may say.
    pub(crate) fn ticket(
        &self,
        targets: &[String],
        bindings: Option<&ChannelBindings>,
    ) -> Result<Ticket, KerberosFault> {
        for target in targets {
            match self.ticket_for(target, bindings) {
                Err(KerberosFault::UnknownTarget { .. }) => {
                    tracing::debug!(target, "The KDC does not know the service");
                }
                done => return done,
            }
        }
        Err(KerberosFault::UnknownTarget { targets: targets.to_vec() })
    }

    fn ticket_for(&self, target: &str, bindings: Option<&ChannelBindings>) -> Result<Ticket, KerberosFault> {
        let (library, principal) = (self.gss(), self.principal());
        let name = match realm(principal).filter(|_| !target.contains('@')) {
            Some(realm) => format!("{target}@{realm}"),
            None => target.to_owned(),
        };
        let fault = |status: Status| status.fault(library, principal, target);
        let name = library.principal(&name).map_err(fault)?;
        let (context, token) = Context::initiate(self.clone(), name, target, bindings)?;
        Ticket::new(target, token, Box::new(context))
    }
}
