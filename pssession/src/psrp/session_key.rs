//! The session key, with which secure strings are encrypted (MS-PSRP 2.2.2.3, 2.2.2.4 and 2.2.5.1.24).
//!
//! The client makes a pair of RSA keys and sends the public one; the server encrypts the session key with it. Both blobs
//! have the form that Windows' CryptoAPI gives them, with their numbers little-endian.

use super::clixml::{self, Object, SecureString, Value};
use super::handshake::{DecodeError, property};
use crate::secret::Secret;
use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use cbc::{Decryptor, Encryptor};
use rsa::PrivateKey;
use rsa::rand_core::TryCryptoRng;
use rsa::traits::PublicKeyParts;
use std::fmt;
use zeroize::Zeroizing;

#[cfg(test)]
mod tests;

/// A PUBLICKEYBLOB of an RSA key of 2048 bits, up to its exponent.
const PUBLIC_KEY_HEADER: [u8; 16] =
    [0x06, 0x02, 0, 0, 0, 0xA4, 0, 0, b'R', b'S', b'A', b'1', 0x00, 0x08, 0, 0];
/// A SIMPLEBLOB of an AES-256 key that is encrypted with an RSA key.
const SESSION_KEY_HEADER: [u8; 12] = [0x01, 0x02, 0, 0, 0x10, 0x66, 0, 0, 0, 0xA4, 0, 0];
const BITS: usize = 2048;
const MODULUS_LEN: usize = BITS / 8;

/// One client's keys for one exchange; wiped on drop.
#[derive(Clone)]
pub(crate) struct KeyPair(PrivateKey);

impl KeyPair {
    /// Takes a while.
    ///
    /// # Errors
    /// The source of random numbers has none.
    pub(crate) fn generate(random: &mut impl TryCryptoRng) -> Result<KeyPair, rsa::Error> {
        PrivateKey::new(random, BITS).map(KeyPair)
    }

    /// The data of PUBLIC_KEY.
    pub(crate) fn encode_public(&self) -> String {
        let mut blob = PUBLIC_KEY_HEADER.to_vec();
        blob.extend(little_endian::<4>(&self.0.e().to_le_bytes()));
        blob.extend(little_endian::<MODULUS_LEN>(&self.0.n().to_le_bytes()));
        clixml::write(&Object::bag([("PublicKey", Value::String(STANDARD.encode(blob)))]).into())
    }

    /// The session key, from the data of ENCRYPTED_SESSION_KEY.
    ///
    /// The decryption is not blinded: it happens once for each pair of keys, so that its time says nothing.
    pub(crate) fn decrypt(&self, data: &[u8], limits: &clixml::Limits) -> Result<SessionKey, DecodeError> {
        const SESSION_KEY: &str = "EncryptedSessionKey";
        let bag = clixml::read(data, limits)?;
        let encrypted = property(&bag, SESSION_KEY, Value::as_str)?;
        let key = || {
            let blob = STANDARD.decode(encrypted).ok()?;
            let mut encrypted = blob.strip_prefix(&SESSION_KEY_HEADER)?.to_vec();
            encrypted.reverse();
            let key = Zeroizing::new(self.0.pkcs1v15_decrypt(&encrypted).ok()?);
            Some(SessionKey(Zeroizing::new(key.as_slice().try_into().ok()?)))
        };
        key().ok_or(DecodeError::InvalidProperty(SESSION_KEY))
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key pair]")
    }
}

/// The first `N` octets of a little-endian number, which has no more.
fn little_endian<const N: usize>(octets: &[u8]) -> [u8; N] {
    std::array::from_fn(|index| octets.get(index).copied().unwrap_or(0))
}

/// The key of a shell's secure strings; wiped on drop.
#[derive(Clone)]
pub(crate) struct SessionKey(Zeroizing<[u8; 32]>);

impl SessionKey {
    /// The same text always gives the same cipher text: the protocol has no initialization vector.
    const NO_VECTOR: [u8; 16] = [0; 16];

    #[cfg(test)]
    pub(crate) fn of(octets: [u8; 32]) -> SessionKey {
        SessionKey(Zeroizing::new(octets))
    }

    pub(crate) fn encrypt(&self, secret: &Secret) -> SecureString {
        let text: Zeroizing<Vec<u8>> =
            Zeroizing::new(secret.expose_secret().encode_utf16().flat_map(u16::to_le_bytes).collect());
        let cipher = Encryptor::<Aes256>::new((&*self.0).into(), &Self::NO_VECTOR.into());
        SecureString::new(cipher.encrypt_padded_vec::<Pkcs7>(&text))
    }

    /// `None` where it is not encrypted with this key, or is no text.
    pub(crate) fn decrypt(&self, secure: &SecureString) -> Option<Secret> {
        let cipher = Decryptor::<Aes256>::new((&*self.0).into(), &Self::NO_VECTOR.into());
        let mut octets = Zeroizing::new(secure.as_bytes().to_vec());
        let text = cipher.decrypt_padded::<Pkcs7>(&mut octets).ok()?;
        let (units, rest) = text.as_chunks::<2>();
        let units: Zeroizing<Vec<u16>> =
            Zeroizing::new(units.iter().map(|unit| u16::from_le_bytes(*unit)).collect());
        if rest.is_empty() { String::from_utf16(&units).ok().map(Secret::new) } else { None }
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[session key]")
    }
}
