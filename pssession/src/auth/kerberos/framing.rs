//! A sealed message in two pieces: what goes in front as the signature, and as much data as there was plaintext.
//!
//! GSS-API gives one token (RFC 4121 4.2.6.2): a header, then what was encrypted and its checksum. The receivers of
//! WinRM cut where SSPI cuts, so that everything but the data has to come first. A token may be turned round: the
//! header says by how many octets (RRC), and the receiver turns it back.
//!
//! ```text
//! as sealed  header | confounder | plaintext       | header again | checksum
//! turned     header | header again | checksum | confounder | plaintext
//!            └────────────────── signature ───────────────┘ └─ data ─┘
//! ```

use super::KerberosFault;
use crate::auth::{Error, Sealed};

const HEADER: usize = 16;
/// A block of random octets in front of the plaintext; every cipher of RFC 3962 and RFC 8009 has one of 16.
const CONFOUNDER: usize = 16;

/// The token's id, of a message that is wrapped.
const TOKEN_ID: [u8; 2] = [5, 4];
/// Among the flags: the message is not only signed.
const SEALED: u8 = 2;
/// Where the header keeps EC, the number of octets of padding, and RRC; both are big-endian.
const EXTRA_COUNT: usize = 4;
const RIGHT_ROTATION_COUNT: usize = 6;

/// Cuts a token that seals so many octets. How long the checksum is depends on the cipher and is seen from the length.
pub(super) fn cut(mut token: Vec<u8>, plaintext_length: usize) -> Result<Sealed, Error> {
    if is_weak(&token) {
        return Err(KerberosFault::WeakEncryption.into());
    }
    let unusable = || KerberosFault::Other { reason: "the library seals messages in an unknown way".into() };
    let (header, body) = token.split_at_mut_checked(HEADER).ok_or_else(unusable)?;
    let number = |at: usize| usize::from(u16::from_be_bytes([header[at], header[at + 1]]));
    if header[2] & SEALED == 0 || number(EXTRA_COUNT) != 0 {
        return Err(unusable().into());
    }
    let in_front = body.len().checked_sub(plaintext_length).ok_or_else(unusable)?;
    let behind = in_front.checked_sub(CONFOUNDER).ok_or_else(unusable)?;
    let turned = number(RIGHT_ROTATION_COUNT) % body.len().max(1);
    body.rotate_left(turned);
    body.rotate_right(behind);
    let behind = u16::try_from(behind).map_err(|_| unusable())?;
    header[RIGHT_ROTATION_COUNT..][..2].copy_from_slice(&behind.to_be_bytes());
    let ciphertext = token.split_off(HEADER + in_front);
    Ok(Sealed { signature: token, ciphertext })
}

/// The token that a server has cut. The library turns it back. EC travels in clear, and libraries are known to cut that
/// much off the plaintext without a look at the copy that is sealed (CVE-2024-37370): no server pads.
pub(super) fn join(signature: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
    let token = [signature, ciphertext].concat();
    let is_padded = token.get(EXTRA_COUNT..RIGHT_ROTATION_COUNT) != Some(&[0, 0]);
    if is_weak(&token) || is_padded { Err(Error::MalformedSignature) } else { Ok(token) }
}

/// Whether it is one of the tokens from before RFC 4121.
fn is_weak(token: &[u8]) -> bool {
    !token.starts_with(&TOKEN_ID)
}
