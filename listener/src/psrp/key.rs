//! The session key, with which SecureStrings are encrypted (MS-PSRP 2.2.2.3, 2.2.2.4, 2.2.5.1.24).

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use num_bigint::BigUint;
use ring::rand::{SecureRandom as _, SystemRandom};

/// What a PUBLICKEYBLOB with an RSA key begins with, before the length of the modulus in bits.
const PUBLIC_KEY_HEADER: [u8; 12] = *b"\x06\x02\x00\x00\x00\xA4\x00\x00RSA1";
/// What a SIMPLEBLOB with a key for AES-256 begins with.
const SESSION_KEY_HEADER: [u8; 12] = *b"\x01\x02\x00\x00\x10\x66\x00\x00\x00\xA4\x00\x00";

/// A key that is made once per pool.
#[derive(Debug, Clone)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    pub fn new() -> SessionKey {
        let mut key = [0; 32];
        random(&mut key);
        SessionKey(key)
    }

    /// The text of ENCRYPTED_SESSION_KEY for that of a PUBLIC_KEY; `None` if that is no RSA key.
    pub fn export(&self, public_key: &str) -> Option<String> {
        let blob = BASE64.decode(public_key.trim()).ok()?;
        let rest = blob.strip_prefix(&PUBLIC_KEY_HEADER)?;
        let (_bits, rest) = rest.split_first_chunk::<4>()?;
        let (exponent, modulus) = rest.split_first_chunk::<4>()?;
        let filler = modulus.len().checked_sub(self.0.len() + 3)?;

        // RSAES-PKCS1-v1_5: a filler without zeros, whose end a zero marks.
        let mut padding = vec![0; filler];
        random(&mut padding);
        padding.iter_mut().for_each(|octet| *octet |= 1);
        let padded = [&[0, 2], padding.as_slice(), &[0], &self.0].concat();
        let modulus_number = BigUint::from_bytes_le(modulus);
        if modulus_number.bits() < 512 {
            return None;
        }
        let encrypted = BigUint::from_bytes_be(&padded)
            .modpow(&BigUint::from(u32::from_le_bytes(*exponent)), &modulus_number);
        let mut encrypted = encrypted.to_bytes_le();
        encrypted.resize(modulus.len(), 0);
        Some(BASE64.encode([SESSION_KEY_HEADER.as_slice(), &encrypted].concat()))
    }

    /// The content of an `SS` element.
    pub fn encrypt(&self, text: &str) -> String {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cipher = cbc::Encryptor::<Aes256>::new(&self.0.into(), &[0; 16].into());
        BASE64.encode(cipher.encrypt_padded_vec::<Pkcs7>(&units))
    }

    /// The text of an `SS` element.
    pub fn decrypt(&self, content: &str) -> Option<String> {
        let octets = BASE64.decode(content.trim()).ok()?;
        let cipher = cbc::Decryptor::<Aes256>::new(&self.0.into(), &[0; 16].into());
        let units = cipher.decrypt_padded_vec::<Pkcs7>(&octets).ok()?;
        let units: Vec<u16> =
            units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    }
}

#[cfg(test)]
impl From<[u8; 32]> for SessionKey {
    fn from(key: [u8; 32]) -> SessionKey {
        SessionKey(key)
    }
}

fn random(octets: &mut [u8]) {
    SystemRandom::new().fill(octets).expect("the system has random numbers");
}
