//! One login, and the sealing that it makes possible.

use super::credential::Credential;
use super::library::{Library, Name, Status};
use super::sys::{self, Buffer, Handle, Uint32, oid};
use crate::auth::{ChannelBindings, Error, KerberosFault, Progress, SecurityContext};
use std::ptr::{from_ref, null, null_mut};

/// Flags of a context (RFC 2744 section 5.19).
mod flag {
    use super::Uint32;
    pub(super) const MUTUAL: Uint32 = 2;
    pub(super) const REPLAY: Uint32 = 4;
    pub(super) const SEQUENCE: Uint32 = 8;
    pub(super) const CONFIDENTIALITY: Uint32 = 16;
    pub(super) const INTEGRITY: Uint32 = 32;
    /// MIT's: lets the server know that bindings are meant to be there. Without it a server lets missing ones pass.
    pub(super) const CHANNEL_BOUND: Uint32 = 2048;
}

/// What every login asks for. Nothing is delegated: the server gets no ticket of the user's.
const ASKED_FOR: Uint32 =
    flag::MUTUAL | flag::REPLAY | flag::SEQUENCE | flag::CONFIDENTIALITY | flag::INTEGRITY;
/// Without these a session is not protected.
const REQUIRED: Uint32 = flag::MUTUAL | flag::CONFIDENTIALITY | flag::INTEGRITY;

/// GSS_S_CONTINUE_NEEDED, among the supplementary bits of a major status; the others there say that a message is
/// repeated, old or out of order, or that one is missing.
const CONTINUE_NEEDED: Uint32 = 1;

/// The initiator's side of a login.
pub(super) struct Context {
    credential: Credential,
    name: Name,
    target: String,
    handle: Handle,
}

// SAFETY: RFC 2744 and the libraries allow any thread to use a context, as long as it is one at a time; there is
// exclusive access to this one (`&mut`) wherever it is used. The name inside is only read.
unsafe impl Send for Context {}
// SAFETY: as above: with shared access nothing is done to it.
unsafe impl Sync for Context {}

impl Drop for Context {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            let mut minor = 0;
            // SAFETY: the context is this library's, and is deleted once; no token is asked for.
            unsafe { (self.gss().functions().delete_sec_context)(&mut minor, &mut self.handle, null_mut()) };
        }
    }
}

impl Context {
    /// Begins a login; returns its first token too. Asks a KDC if the ticket is not at hand.
    pub(super) fn initiate(
        credential: Credential,
        name: Name,
        target: &str,
        bindings: Option<&ChannelBindings>,
    ) -> Result<(Context, Vec<u8>), KerberosFault> {
        let mut context = Context { credential, name, target: target.to_owned(), handle: null_mut() };
        let (status, token, _) = context
            .advance(&[], bindings)
            .map_err(|status| status.fault(context.gss(), context.credential.principal(), target))?;
        // With mutual authentication the server has to have a word.
        if status.major & CONTINUE_NEEDED == 0 || token.is_empty() {
            return Err(KerberosFault::ServerNotProven { target: target.to_owned() });
        }
        Ok((context, token))
    }

    /// One step; returns the token to send, which may be empty, and the flags that hold.
    fn advance(
        &mut self,
        received: &[u8],
        bindings: Option<&ChannelBindings>,
    ) -> Result<(Status, Vec<u8>, Uint32), Status> {
        let library = self.gss();
        let (received, mut token) = (Buffer::of(received), library.buffer());
        let bindings = bindings.map(bindings_struct);
        let bound = if bindings.is_some() { flag::CHANNEL_BOUND } else { 0 };
        let mut flags = 0;
        let status = library.call(|functions, minor| {
            // SAFETY: credential and name live as long as this context; the handle is empty the first time and the
            // context's later; bindings and token received outlive the call; the token to send is empty, and released
            // on drop.
            unsafe {
                (functions.init_sec_context)(
                    minor,
                    self.credential.handle(),
                    &mut self.handle,
                    self.name.handle(),
                    from_ref(&oid::KERBEROS),
                    ASKED_FOR | bound,
                    0,
                    bindings.as_ref().map_or(null(), from_ref),
                    &received,
                    null_mut(),
                    token.as_mut_ptr(),
                    &mut flags,
                    null_mut(),
                )
            }
        })?;
        Ok((status, token.octets().to_vec(), flags))
    }

    fn gss(&self) -> &'static Library {
        self.credential.gss()
    }
}

impl SecurityContext for Context {
    fn step(&mut self, token: &[u8]) -> Result<Progress, KerberosFault> {
        let (status, token, flags) = self.advance(token, None).map_err(|status| self.refused(status))?;
        if status.major & CONTINUE_NEEDED != 0 {
            return Ok(Progress::Continue(token));
        }
        match flags & REQUIRED {
            REQUIRED => Ok(Progress::Established),
            _ => Err(KerberosFault::ServerNotProven { target: self.target.clone() }),
        }
    }

    fn wrap(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, KerberosFault> {
        let library = self.gss();
        let (plaintext, mut token) = (Buffer::of(plaintext), library.buffer());
        let mut sealed = 0;
        let wrapped = library.call(|functions, minor| {
            // SAFETY: the context is established; the plaintext outlives the call; the token is empty, and released on
            // drop.
            unsafe { (functions.wrap)(minor, self.handle, 1, 0, &plaintext, &mut sealed, token.as_mut_ptr()) }
        });
        match wrapped {
            Ok(_) if sealed != 0 => Ok(token.octets().to_vec()),
            Ok(_) => Err(KerberosFault::Other { reason: "the library does not encrypt".into() }),
            Err(status) => Err(KerberosFault::Other { reason: status.text(library) }),
        }
    }

    fn unwrap(&mut self, token: &[u8]) -> Result<Vec<u8>, Error> {
        let library = self.gss();
        let (token, mut plaintext) = (Buffer::of(token), library.buffer());
        let (mut sealed, mut protection) = (0, 0);
        let status = library
            .call(|functions, minor| {
                // SAFETY: the context is established; the token outlives the call; the plaintext is empty, and released
                // on drop.
                unsafe {
                    (functions.unwrap)(
                        minor,
                        self.handle,
                        &token,
                        plaintext.as_mut_ptr(),
                        &mut sealed,
                        &mut protection,
                    )
                }
            })
            .map_err(|_| Error::BadSignature)?;
        match status.major {
            0 if sealed != 0 => Ok(plaintext.octets().to_vec()),
            0 => Err(Error::NotSealed),
            _ => Err(Error::OutOfSequence),
        }
    }

    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, KerberosFault> {
        let library = self.gss();
        let (message, mut signature) = (Buffer::of(message), library.buffer());
        let signed = library.call(|functions, minor| {
            // SAFETY: the context is established; the message outlives the call; the signature is empty, and released
            // on drop.
            unsafe { (functions.get_mic)(minor, self.handle, 0, &message, signature.as_mut_ptr()) }
        });
        match signed {
            Ok(_) => Ok(signature.octets().to_vec()),
            Err(status) => Err(KerberosFault::Other { reason: status.text(library) }),
        }
    }

    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let (message, signature) = (Buffer::of(message), Buffer::of(signature));
        let mut protection = 0;
        let status = self
            .gss()
            .call(|functions, minor| {
                // SAFETY: the context is established; message and signature outlive the call.
                unsafe { (functions.verify_mic)(minor, self.handle, &message, &signature, &mut protection) }
            })
            .map_err(|_| Error::BadSignature)?;
        if status.major == 0 { Ok(()) } else { Err(Error::OutOfSequence) }
    }
}

impl Context {
    /// What it means that the server's token does not do.
    fn refused(&self, status: Status) -> KerberosFault {
        match status.fault(self.gss(), self.credential.principal(), &self.target) {
            fault @ KerberosFault::ClockSkew => fault,
            _ => KerberosFault::TicketRefused {
                target: self.target.clone(),
                reason: Some(status.text(self.gss())),
            },
        }
    }
}

/// The bindings with empty addresses. They are valid as long as those they are made of.
fn bindings_struct(bindings: &ChannelBindings) -> sys::ChannelBindings {
    sys::ChannelBindings {
        initiator_addrtype: 0,
        initiator_address: Buffer::EMPTY,
        acceptor_addrtype: 0,
        acceptor_address: Buffer::EMPTY,
        application_data: Buffer::of(bindings.application_data()),
    }
}
