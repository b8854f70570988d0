//! The library, once it is open: calls that are safe to make, and what they return as values that clean up.

use super::sys::{self, Buffer, Functions, Handle, Oid, Uint32, oid};
use std::ptr::{from_ref, null_mut};
use std::sync::OnceLock;

/// The library of this process.
pub(super) struct Library {
    functions: Functions,
    /// The file it was found in.
    pub name: &'static str,
}

impl Library {
    /// Opens the library the first time; `None` when there is none.
    pub(super) fn get() -> Option<&'static Library> {
        static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
        let open = || sys::open().map(|(functions, name)| Library { functions, name });
        LIBRARY.get_or_init(open).as_ref()
    }

    pub(super) fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Makes a call that returns a major status and writes a minor one.
    pub(super) fn call(
        &self,
        call: impl FnOnce(&Functions, *mut Uint32) -> Uint32,
    ) -> Result<Status, Status> {
        let mut minor = 0;
        let major = call(&self.functions, &mut minor);
        let status = Status { major, minor };
        if status.is_error() { Err(status) } else { Ok(status) }
    }

    /// The text of a status; `None` when the library has none.
    pub(super) fn display_status(
        &'static self,
        status: Uint32,
        kind: i32,
        mechanism: &Oid,
    ) -> Option<String> {
        let mut text = self.buffer();
        // A status may have several texts. One is enough, so that the place to go on from is not used.
        let mut more = 0;
        let displayed = self.call(|functions, minor| {
            // SAFETY: all pointers are to values that outlive the call; the buffer is empty and released on drop.
            unsafe {
                (functions.display_status)(minor, status, kind, mechanism, &mut more, text.as_mut_ptr())
            }
        });
        displayed.ok().map(|_| String::from_utf8_lossy(text.octets()).into_owned())
    }

    /// A buffer for the library to fill.
    pub(super) fn buffer(&'static self) -> OutBuffer {
        OutBuffer { gss: self, buffer: Buffer::EMPTY }
    }
}

impl Library {
    /// A principal's name, `user@REALM` or `SERVICE/HOST@REALM`.
    pub(super) fn principal(&'static self, text: &str) -> Result<Name, Status> {
        let mut name = Name { gss: self, handle: null_mut() };
        let text = Buffer::of(text.as_bytes());
        self.call(|functions, minor| {
            // SAFETY: the text and the kind of name outlive the call; the handle is empty, and released on drop.
            unsafe { (functions.import_name)(minor, &text, from_ref(&oid::PRINCIPAL_NAME), &mut name.handle) }
        })?;
        Ok(name)
    }
}

/// The errors among the bits of a major status; what is below is for information only (RFC 2744 section 3.9.1).
pub(super) const ERRORS: Uint32 = 0xFFFF_0000;

/// What a call returns: the major status, which is GSS-API's, and the minor one, which is the mechanism's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub major: Uint32,
    pub minor: Uint32,
}

impl Status {
    /// Whether the call failed.
    fn is_error(self) -> bool {
        self.major & ERRORS != 0
    }
}

/// Octets that the library has allocated.
pub(super) struct OutBuffer {
    gss: &'static Library,
    buffer: Buffer,
}

impl OutBuffer {
    /// For the library to write to, once.
    pub(super) fn as_mut_ptr(&mut self) -> *mut Buffer {
        &mut self.buffer
    }

    pub(super) fn octets(&self) -> &[u8] {
        let Buffer { length, value } = self.buffer;
        if value.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: the library says that so many octets are there (RFC 2744 section 3.2); they stay until the buffer is
        // released, which is on drop.
        unsafe { std::slice::from_raw_parts(value.cast(), length) }
    }
}

impl Drop for OutBuffer {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: the buffer is empty or was filled by this library, and is released once.
        unsafe { (self.gss.functions.release_buffer)(&mut minor, &mut self.buffer) };
    }
}

/// A name inside the library.
pub(super) struct Name {
    gss: &'static Library,
    handle: Handle,
}

impl Name {
    /// One that the library fills in.
    pub(super) fn empty(library: &'static Library) -> Name {
        Name { gss: library, handle: null_mut() }
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle
    }

    /// For the library to write to, once.
    pub(super) fn as_mut_ptr(&mut self) -> *mut Handle {
        &mut self.handle
    }

    /// The name as Kerberos has it: with a realm, the default one if it had none.
    pub(super) fn canonical(&self) -> Result<Name, Status> {
        let mut name = Name::empty(self.gss);
        self.gss.call(|functions, minor| {
            // SAFETY: the name is the library's own and lives; the handle is empty, and released on drop.
            unsafe {
                (functions.canonicalize_name)(minor, self.handle, from_ref(&oid::KERBEROS), &mut name.handle)
            }
        })?;
        Ok(name)
    }

    pub(super) fn text(&self) -> Result<String, Status> {
        let mut text = self.gss.buffer();
        self.gss.call(|functions, minor| {
            // SAFETY: the name is the library's own and lives; the buffer is empty and released on drop. The type of the
            // name is not requested.
            unsafe { (functions.display_name)(minor, self.handle, text.as_mut_ptr(), null_mut()) }
        })?;
        Ok(String::from_utf8_lossy(text.octets()).into_owned())
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            let mut minor = 0;
            // SAFETY: the name is this library's, and is released once.
            unsafe { (self.gss.functions.release_name)(&mut minor, &mut self.handle) };
        }
    }
}
