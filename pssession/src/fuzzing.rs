//! Properties of what a server, a file or a person may send, each a function of any octets that panics where the property
//! does not hold. cargo-fuzz looks for such octets; the unit tests run the same functions over `fuzz/corpus` and over every
//! input that once failed.
//!
//! A property is kept in the room that it is about; the program has its own.

pub use crate::access::fuzzing::certificate;
pub use crate::auth::fuzzing::{
    challenges, channel_bindings, kerberos_ap_req, ntlm, sealed_body, spnego, ts_request,
};
pub use crate::cmdlet::fuzzing::wildcard;
pub use crate::psrp::fuzzing::{clixml, fragments, host_call, message, pipeline, runspace_pool};
pub use crate::session::fuzzing::session;
pub use crate::store::fuzzing::store;
pub use crate::transport::fuzzing::endpoint;
pub use crate::wsman::fuzzing::{envelope, fault, request};
pub use crate::xpress::fuzzing::xpress;

#[cfg(test)]
mod tests;

/// Decisions, read from the front of an input; all 0 once it has ended.
pub(crate) struct Choices<'d>(pub(crate) &'d [u8]);

impl<'d> Choices<'d> {
    pub(crate) fn octet(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::from(self.octet()) % end
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.octet() & 1 == 1
    }

    /// The next piece, which has its length in front: two octets, little-endian.
    pub(crate) fn piece(&mut self) -> &'d [u8] {
        let length = usize::from(u16::from_le_bytes([self.octet(), self.octet()]));
        let (piece, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        piece
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}

/// The octets in pieces, the lengths of which are chosen, a few of them again and again.
pub(crate) fn split<'o>(choices: &mut Choices<'_>, octets: &'o [u8]) -> Vec<&'o [u8]> {
    let lengths = [choices.octet(), choices.octet(), choices.octet()].map(|length| usize::from(length) + 1);
    let mut pieces = Vec::new();
    let mut rest = octets;
    for length in lengths.into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
