//! What a status of the library means.

use super::library::{ERRORS, Library, Status};
use super::sys::{Uint32, oid};
use crate::auth::KerberosFault;
use crate::excerpt::excerpt;

/// Routine errors (RFC 2744 section 3.9.1), in the third octet of a major status.
const NO_CRED: Uint32 = 7 << 16;
const CREDENTIALS_EXPIRED: Uint32 = 11 << 16;

/// Which status a text is wanted for.
pub(super) const OF_GSSAPI: i32 = 1;
pub(super) const OF_MECHANISM: i32 = 2;

/// Error numbers of Kerberos, which MIT's library and Heimdal's share: the table `krb5` of com_err. The first 128 are
/// the error codes of RFC 4120 section 7.5.9.
mod code {
    const TABLE: i64 = -1_765_328_384;
    pub(super) const fn number(offset: i64) -> u32 {
        (TABLE + offset) as u32
    }
    pub(super) const CLIENT_EXPIRED: u32 = number(1);
    pub(super) const CLIENT_UNKNOWN: u32 = number(6);
    pub(super) const SERVICE_UNKNOWN: u32 = number(7);
    pub(super) const ETYPE_NOT_SUPPORTED: u32 = number(14);
    pub(super) const CLIENT_REVOKED: u32 = number(18);
    pub(super) const KEY_EXPIRED: u32 = number(23);
    pub(super) const PREAUTH_FAILED: u32 = number(24);
    pub(super) const SERVICE_UNAVAILABLE: u32 = number(29);
    pub(super) const BAD_INTEGRITY: u32 = number(31);
    pub(super) const TICKET_EXPIRED: u32 = number(32);
    pub(super) const TICKET_NOT_YET_VALID: u32 = number(33);
    pub(super) const SKEW: u32 = number(37);
    /// The rest comes from the libraries themselves.
    pub(super) const CACHE_NOT_FOUND: u32 = number(141);
    pub(super) const KDC_REPLY_SKEW: u32 = number(148);
    pub(super) const REALM_UNKNOWN: u32 = number(154);
    pub(super) const KDC_UNREACHABLE: u32 = number(156);
    pub(super) const NO_CACHE_FILE: u32 = number(195);
    pub(super) const NO_DEFAULT_REALM: u32 = number(224);
    pub(super) const PASSWORD_PREAUTH_FAILED: u32 = number(210);
    pub(super) const REALM_CANNOT_RESOLVE: u32 = number(220);
}

impl Status {
    /// What it means for a request of a ticket for one of these services as this principal, which is empty for that of
    /// the ticket cache.
    pub(super) fn fault(self, library: &'static Library, principal: &str, target: &str) -> KerberosFault {
        let principal = || principal.to_owned();
        let reason = || self.text(library);
        match self.minor {
            code::CLIENT_UNKNOWN => KerberosFault::UnknownUser { principal: principal() },
            code::SERVICE_UNKNOWN => KerberosFault::UnknownTarget { targets: vec![target.to_owned()] },
            code::PREAUTH_FAILED | code::PASSWORD_PREAUTH_FAILED | code::BAD_INTEGRITY => {
                KerberosFault::WrongPassword { principal: principal() }
            }
            code::KEY_EXPIRED => KerberosFault::PasswordExpired { principal: principal() },
            code::CLIENT_EXPIRED | code::CLIENT_REVOKED => {
                KerberosFault::AccountRevoked { principal: principal() }
            }
            code::SKEW | code::KDC_REPLY_SKEW | code::TICKET_NOT_YET_VALID => KerberosFault::ClockSkew,
            code::TICKET_EXPIRED => KerberosFault::TicketExpired,
            code::NO_DEFAULT_REALM => KerberosFault::NoRealm,
            code::REALM_UNKNOWN | code::REALM_CANNOT_RESOLVE => {
                KerberosFault::UnknownRealm { principal: principal() }
            }
            code::KDC_UNREACHABLE | code::SERVICE_UNAVAILABLE => {
                KerberosFault::KdcUnreachable { reason: reason() }
            }
            code::ETYPE_NOT_SUPPORTED => KerberosFault::WeakEncryption,
            code::CACHE_NOT_FOUND | code::NO_CACHE_FILE => KerberosFault::NoTicket,
            _ => match self.major & ERRORS {
                CREDENTIALS_EXPIRED => KerberosFault::TicketExpired,
                NO_CRED => KerberosFault::NoTicket,
                _ => KerberosFault::Other { reason: reason() },
            },
        }
    }

    /// What the library says: the mechanism's words, which know more, else GSS-API's.
    pub(super) fn text(self, library: &'static Library) -> String {
        let mechanism = library.display_status(self.minor, OF_MECHANISM, &oid::KERBEROS);
        let text = match mechanism {
            Some(text) if self.minor != 0 => text,
            _ => library.display_status(self.major, OF_GSSAPI, &oid::KERBEROS).unwrap_or_default(),
        };
        match text.trim_end_matches('.') {
            "" => format!("status {:#x}, {:#x}", self.major, self.minor),
            // A KDC or a server may have written it.
            text => excerpt(text),
        }
    }
}
