//! As whom tickets are asked for.

use super::library::{Library, Name, Status};
use super::sys::{Buffer, Functions, Handle, OidSet, Uint32, oid};
use crate::auth::KerberosFault;
use crate::secret::Secret;
use std::ptr::{from_ref, null_mut};
use std::sync::Arc;

/// Who logs on: the user whom the ticket cache is of, or one with a password. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Credential(Arc<Acquired>);

struct Acquired {
    gss: &'static Library,
    handle: Handle,
    /// `user@REALM`
    principal: String,
}

// SAFETY: RFC 2744 leaves it open whether threads may share a credential; the libraries that are opened here (MIT's,
// Heimdal's) lock theirs, and it never changes.
unsafe impl Send for Acquired {}
unsafe impl Sync for Acquired {}

impl Drop for Acquired {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            let mut minor = 0;
            // SAFETY: the credential is this library's, and is released once, when it is no longer used.
            unsafe { (self.gss.functions().release_cred)(&mut minor, &mut self.handle) };
        }
    }
}

const INDEFINITE: Uint32 = Uint32::MAX;
/// GSS_C_INITIATE
const INITIATE: Uint32 = 1;

/// The realm that this computer belongs to.
pub(crate) fn default_realm() -> Option<String> {
    let name = Library::get()?.principal("user").ok()?;
    let text = name.canonical().ok()?.text().ok()?;
    realm(&text).map(str::to_owned)
}

impl Credential {
    /// The user whom the ticket cache is of.
    ///
    /// # Errors
    /// [`KerberosFault::NoLibrary`], [`KerberosFault::NoTicket`], [`KerberosFault::TicketExpired`].
    pub(crate) fn of_ticket_cache() -> Result<Credential, KerberosFault> {
        Credential::acquire("", None)
    }

    /// A user with a password, which is shown to a KDC once, now.
    ///
    /// # Errors
    /// [`KerberosFault::NoLibrary`], [`KerberosFault::WrongPassword`] and all else that a KDC may say, or that keeps
    /// it from being asked.
    pub(crate) fn of_password(principal: &str, password: &Secret) -> Result<Credential, KerberosFault> {
        Credential::acquire(principal, Some(password))
    }

    fn acquire(principal: &str, password: Option<&Secret>) -> Result<Credential, KerberosFault> {
        let library = Library::get().ok_or(KerberosFault::NoLibrary)?;
        let fault = |status: Status| status.fault(library, principal, "");
        let name = match password {
            Some(_) => library.principal(principal).map_err(fault)?,
            None => Name::empty(library),
        };
        let password = password.map(|password| Buffer::of(password.expose_secret().as_bytes()));
        let kerberos = oid::KERBEROS;
        // The library only reads it.
        let mechanisms = OidSet { count: 1, elements: from_ref(&kerberos).cast_mut() };
        let mut acquired = Acquired { gss: library, handle: null_mut(), principal: String::new() };
        let acquire = |functions: &Functions, minor: *mut Uint32| {
            let (name, times, handle) = (name.handle(), INDEFINITE, &mut acquired.handle);
            // SAFETY: name, password and the set of mechanisms outlive the call, and the library makes its own copies; an
            // empty name means the default credential; the handle is empty, and released on drop.
            unsafe {
                match &password {
                    Some(password) => (functions.acquire_cred_with_password)(
                        minor,
                        name,
                        password,
                        times,
                        &mechanisms,
                        INITIATE,
                        handle,
                        null_mut(),
                        null_mut(),
                    ),
                    None => (functions.acquire_cred)(
                        minor,
                        name,
                        times,
                        &mechanisms,
                        INITIATE,
                        handle,
                        null_mut(),
                        null_mut(),
                    ),
                }
            }
        };
        library.call(acquire).map_err(fault)?;
        acquired.principal = acquired.name().and_then(|name| name.text()).map_err(fault)?;
        tracing::debug!(principal = acquired.principal, library = library.name, "Kerberos credential");
        Ok(Credential(Arc::new(acquired)))
    }

    pub(super) fn gss(&self) -> &'static Library {
        self.0.gss
    }

    pub(super) fn handle(&self) -> Handle {
        self.0.handle
    }

    pub(super) fn principal(&self) -> &str {
        &self.0.principal
    }
}

impl Acquired {
    /// Whose credential it is. The library finds out now at the latest, by looking for a ticket or asking for one.
    fn name(&self) -> Result<Name, Status> {
        let mut name = Name::empty(self.gss);
        self.gss.call(|functions, minor| {
            // SAFETY: the credential lives; the name is empty and released on drop; nothing else is asked for.
            unsafe {
                (functions.inquire_cred)(
                    minor,
                    self.handle,
                    name.as_mut_ptr(),
                    null_mut(),
                    null_mut(),
                    null_mut(),
                )
            }
        })?;
        Ok(name)
    }
}

/// What follows the last `@`; one inside a name has a backslash before it.
pub(super) fn realm(principal: &str) -> Option<&str> {
    principal.rsplit_once('@').map(|(_, realm)| realm).filter(|realm| !realm.is_empty())
}
