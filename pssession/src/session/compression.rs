//! Whether a stream of a shell is compressed.
//!
//! It is a property of the shell, which the client chose that created it: Windows' clients choose Xpress, this one never
//! does. A list of shells reports it. Whether it still holds after the Connect of a client that did not ask for it is
//! unverified, so what a stream begins with decides.

use crate::xpress::{self, Malformed};

#[derive(Debug, Clone, Copy)]
pub(super) enum Compression {
    /// What was reported of the shell; nothing of the stream was seen yet.
    Reported(bool),
    Known(bool),
}

impl Compression {
    /// Of a shell of which this was reported, if anything was.
    pub(super) fn of(reported: Option<bool>) -> Compression {
        match reported {
            Some(false) => Compression::Known(false),
            Some(true) => Compression::Reported(true),
            None => Compression::Reported(false),
        }
    }

    /// Makes the next payload of the stream plain.
    pub(super) fn read(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, Malformed> {
        if let (Compression::Reported(_), Some(first)) = (*self, payload.first_chunk()) {
            // A fragment begins with the id of its object, whose upper half no sender ever needed; a compressed chunk with
            // two sizes, both of which would be one octet.
            *self = Compression::Known(*first != [0; 4]);
        }
        if self.is_on() { xpress::decode(&payload) } else { Ok(payload) }
    }

    /// Takes over what was seen of another stream of the shell.
    pub(super) fn learn(&mut self, other: Compression) {
        if let (Compression::Reported(_), Compression::Known(_)) = (*self, other) {
            *self = other;
        }
    }

    /// Makes a payload what the server reads.
    pub(super) fn write(self, payload: Vec<u8>) -> Vec<u8> {
        if self.is_on() { xpress::encode(&payload) } else { payload }
    }

    fn is_on(self) -> bool {
        let (Compression::Reported(is_on) | Compression::Known(is_on)) = self;
        is_on
    }
}
