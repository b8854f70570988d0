//! Who logs on with Kerberos.
//!
//! The library blocks while it asks a KDC, so it is called on threads that may wait; a KDC may take as long as a
//! computer may take to accept a connection.

use crate::auth::{KeptCredential, KerberosFault, LoginRequest};
use crate::gssapi::{self, Credential};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Who logs on with Kerberos, or why that is not possible; found out when the first connection wants to know.
pub(crate) type KerberosUser = OnceCell<Result<Credential, KerberosFault>>;

/// May wait for a KDC.
pub(super) fn acquire(
    request: LoginRequest<'_>,
    credential: Option<&KeptCredential>,
) -> Result<Credential, KerberosFault> {
    match (request.principal(gssapi::default_realm)?, credential) {
        (Some(principal), Some(credential)) => {
            Credential::of_password(&principal, &credential.for_login().password)
        }
        _ => Credential::of_ticket_cache(),
    }
}

/// Runs what may wait for a KDC.
pub(super) async fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, KerberosFault> + Send + 'static,
) -> Result<T, KerberosFault> {
    let unreachable = |reason| KerberosFault::KdcUnreachable { reason };
    match tokio::time::timeout(limit, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(KerberosFault::Other { reason: "the library does not return".into() }),
        Err(_) => Err(unreachable(format!("no answer within {} seconds", limit.as_secs_f32()))),
    }
}
