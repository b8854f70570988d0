//! The functions and types of GSS-API's C bindings (RFC 2744) that are used, found in a library at run time.

use libloading::Library;
use std::ffi::c_void;
use std::ptr::null_mut;

/// OM_uint32, also gss_cred_usage_t and gss_qop_t. A status has two or three parts, see [`super::status`].
pub(super) type Uint32 = u32;
/// gss_name_t, gss_cred_id_t and gss_ctx_id_t: what is behind them is the library's own business.
pub(super) type Handle = *mut c_void;

/// Declares a struct as the library has it: for Intel Macs its header packs to two octets.
macro_rules! layout {
    ($($(#[$doc:meta])* pub struct $name:ident { $(pub $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[cfg_attr(all(target_os = "macos", target_arch = "x86_64"), repr(C, packed(2)))]
        #[cfg_attr(not(all(target_os = "macos", target_arch = "x86_64")), repr(C))]
        #[derive(Clone, Copy)]
        pub(super) struct $name { $(pub $field: $type),* }
    )*};
}

layout! {
    /// gss_buffer_desc
    pub struct Buffer {
        pub length: usize,
        pub value: *mut c_void,
    }

    /// gss_OID_desc: the content of an object identifier in DER.
    pub struct Oid {
        pub length: Uint32,
        pub elements: *mut c_void,
    }

    /// gss_OID_set_desc
    pub struct OidSet {
        pub count: usize,
        pub elements: *mut Oid,
    }

    /// gss_channel_bindings_struct
    pub struct ChannelBindings {
        pub initiator_addrtype: Uint32,
        pub initiator_address: Buffer,
        pub acceptor_addrtype: Uint32,
        pub acceptor_address: Buffer,
        pub application_data: Buffer,
    }
}

impl Buffer {
    pub(super) const EMPTY: Buffer = Buffer { length: 0, value: null_mut() };

    /// For the library to read. It takes no other pointer than one it could write to, and does not write.
    pub(super) fn of(octets: &[u8]) -> Buffer {
        Buffer { length: octets.len(), value: octets.as_ptr().cast_mut().cast() }
    }
}

impl Oid {
    pub(super) const fn of(octets: &'static [u8]) -> Oid {
        Oid { length: octets.len() as Uint32, elements: octets.as_ptr().cast_mut().cast() }
    }
}

/// The object identifiers by value: the symbols that hold them are called differently from library to library.
pub(super) mod oid {
    use super::Oid;

    /// 1.2.840.113554.1.2.2, the mechanism Kerberos (RFC 1964 section 1). Asked for by name, since what the library
    /// would choose by itself may be NTLM.
    pub(crate) const KERBEROS: Oid = Oid::of(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2]);
    /// 1.2.840.113554.1.2.2.1, GSS_KRB5_NT_PRINCIPAL_NAME (RFC 1964 section 2.1.1). A name of this kind is taken as
    /// it is, where a host-based one may be changed to what DNS says.
    pub(crate) const PRINCIPAL_NAME: Oid = Oid::of(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 1]);
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($($argument:ty),* $(,)?);)*) => {
        /// The functions. Each returns a major status and writes a minor one.
        pub(super) struct Functions {
            $($(#[$doc])* pub $name: unsafe extern "C" fn(*mut Uint32, $($argument),*) -> Uint32,)*
        }

        impl Functions {
            /// Finds all functions in a library, which then stays open for ever.
            ///
            /// # Safety
            /// The library implements GSS-API, or lacks one of these symbols.
            unsafe fn find(library: Library) -> Result<Functions, libloading::Error> {
                let functions = Functions {
                    // SAFETY: the caller says that a symbol of this name is GSS-API's function of that name, and the
                    // types here are those of RFC 2744.
                    $($name: unsafe { *library.get(concat!("gss_", stringify!($name)))? },)*
                };
                // The functions are used as long as the process lives.
                std::mem::forget(library);
                Ok(functions)
            }
        }
    };
}

functions! {
    import_name(*const Buffer, *const Oid, *mut Handle);
    display_name(Handle, *mut Buffer, *mut *mut Oid);
    canonicalize_name(Handle, *const Oid, *mut Handle);
    release_name(*mut Handle);
    release_buffer(*mut Buffer);
    acquire_cred(Handle, Uint32, *const OidSet, Uint32, *mut Handle, *mut *mut OidSet, *mut Uint32);
    acquire_cred_with_password(
        Handle, *const Buffer, Uint32, *const OidSet, Uint32, *mut Handle, *mut *mut OidSet, *mut Uint32,
    );
    inquire_cred(Handle, *mut Handle, *mut Uint32, *mut Uint32, *mut *mut OidSet);
    release_cred(*mut Handle);
    init_sec_context(
        Handle, *mut Handle, Handle, *const Oid, Uint32, Uint32, *const ChannelBindings, *const Buffer, *mut *mut Oid,
        *mut Buffer, *mut Uint32, *mut Uint32,
    );
    delete_sec_context(*mut Handle, *mut Buffer);
    wrap(Handle, i32, Uint32, *const Buffer, *mut i32, *mut Buffer);
    unwrap(Handle, *const Buffer, *mut Buffer, *mut i32, *mut Uint32);
    get_mic(Handle, Uint32, *const Buffer, *mut Buffer);
    verify_mic(Handle, *const Buffer, *const Buffer, *mut Uint32);
    display_status(Uint32, i32, *const Oid, *mut Uint32, *mut Buffer);
}

/// Where the libraries are: MIT's, Heimdal's, that of macOS.
#[cfg(target_os = "macos")]
const LIBRARIES: [&str; 3] =
    ["/System/Library/Frameworks/GSS.framework/GSS", "libgssapi_krb5.2.2.dylib", "libgssapi_krb5.dylib"];
#[cfg(not(target_os = "macos"))]
const LIBRARIES: [&str; 2] = ["libgssapi_krb5.so.2", "libgssapi.so.3"];

/// Opens the first library there is; returns which one that was.
pub(super) fn open() -> Option<(Functions, &'static str)> {
    if cfg!(windows) {
        return None;
    }
    LIBRARIES.into_iter().find_map(|name| {
        // SAFETY: what loading them sets off is meant for programs like this one, that are linked with them otherwise;
        // under these names and versions systems install nothing but GSS-API.
        match unsafe { Library::new(name).and_then(|library| Functions::find(library)) } {
            Ok(functions) => Some((functions, name)),
            Err(_) => {
                tracing::debug!(name, "There is no such Kerberos library");
                None
            }
        }
    })
}
