//! What holds of the system's tokens and of what a server seals.

use super::{cipher, framing};
use crate::auth::der::{self, element};
use crate::fuzzing::Choices;

/// A token is sent only if both of its ciphers are safe, wherever they stand in it; and what is cut for a server joins again.
pub fn kerberos_ap_req(data: &[u8]) {
    let mut choices = Choices(data);
    let ciphers = [choices.octet(), choices.octet()];
    let fillings = [choices.piece(), choices.piece(), choices.piece()];
    let token = ap_req(ciphers, fillings);
    let are_safe = ciphers.iter().all(|cipher| matches!(cipher, 17..=20 | 25..=26));
    assert_eq!(cipher::check(&token).is_ok(), are_safe, "{ciphers:?}");
    assert!(cipher::check(&token[..token.len() - 1]).is_err());
    if cipher::check(data).is_ok() {
        assert_eq!(data.first(), Some(&der::APPLICATION_0));
    }
    sealed(choices.below(64), choices.0);
}

fn ap_req(ciphers: [u8; 2], [first, second, third]: [&[u8]; 3]) -> Vec<u8> {
    let encrypted = |number, cipher: u8, content: &[u8]| {
        let cipher = element(der::context(0), &[&element(der::INTEGER, &[&[cipher]])]);
        let octets = element(der::context(2), &[&element(der::OCTET_STRING, &[content])]);
        element(der::context(number), &[&element(der::SEQUENCE, &[&cipher, &octets])])
    };
    let plain = |number, content: &[u8]| element(der::context(number), &[content]);
    let ticket =
        [plain(0, first), plain(1, second), plain(2, third), encrypted(3, ciphers[0], first)].concat();
    let ticket = element(0x61, &[&element(der::SEQUENCE, &[&ticket])]);
    let fields =
        [plain(0, third), plain(1, first), plain(2, second), element(der::context(3), &[&ticket])].concat();
    let ap_req = element(0x6E, &[&element(der::SEQUENCE, &[&fields, &encrypted(4, ciphers[1], second)])]);
    let mechanism = [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 1, 0];
    element(der::APPLICATION_0, &[&mechanism, &ap_req])
}

/// A token in two pieces is the same token, turned round.
fn sealed(plaintext_length: usize, token: &[u8]) {
    let Ok(cut) = framing::cut(token.to_vec(), plaintext_length) else { return };
    assert_eq!(cut.ciphertext.len(), plaintext_length);
    let joined = framing::join(&cut.signature, &cut.ciphertext).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(straight(&joined), straight(token));
}

/// A token without its rotation: what was sealed, in the order of RFC 4121.
fn straight(token: &[u8]) -> Vec<u8> {
    let mut token = token.to_vec();
    let rotated = usize::from(u16::from_be_bytes([token[6], token[7]]));
    let body = &mut token[16..];
    body.rotate_left(rotated % body.len().max(1));
    token[6..8].fill(0);
    token
}
