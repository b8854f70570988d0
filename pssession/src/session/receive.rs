//! The reading of one stream: one Receive at a time, each an operation of its own (MS-WSMV 2.2.4.24).

use super::compression::Compression;
use crate::wsman::{OperationId, Sequence};
use crate::xpress::Malformed;
use uuid::Uuid;

/// How far the reading of a stream is.
#[derive(Debug, Clone)]
pub(super) struct Receive {
    /// The id of the operation that is under way or next.
    operation_id: u128,
    compression: Compression,
    /// The server said that nothing more will come.
    pub(super) is_done: bool,
}

impl Receive {
    /// Operations are numbered from `first`.
    pub(super) fn new(first: u128, compression: Compression) -> Receive {
        Receive { operation_id: first, compression, is_done: false }
    }

    /// What was received, plain.
    pub(super) fn read(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, Malformed> {
        self.compression.read(payload)
    }

    /// As far as is known of this stream.
    pub(super) fn compression(&self) -> Compression {
        self.compression
    }

    /// As [`Compression::learn`].
    pub(super) fn learn(&mut self, other: Compression) {
        self.compression.learn(other);
    }

    /// Of the Receive that is to be sent, or sent again: as the same operation it is the same request, and a server that
    /// has answered it gives that answer again.
    pub(super) fn sequence(&self) -> Sequence {
        Sequence { operation_id: OperationId(Uuid::from_u128(self.operation_id)), sequence_id: 1 }
    }

    /// The Receive was answered; the next is another.
    pub(super) fn answered(&mut self) {
        self.operation_id = self.operation_id.wrapping_add(1);
    }
}
