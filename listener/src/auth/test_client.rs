//! The other side of NTLM, for tests: a client that does what the test wants, right or wrong.
//!
//! It shares the primitives with the acceptor, which are tested against published values.

use md4::{Digest, Md4};

use super::sealing::{Key, hmac_md5, rc4};

/// Every flag of a modern client: 0xE2888235 without OEM.
pub const FLAGS: u32 = 0xE288_8235;

/// A client.
pub struct Client {
    pub user: String,
    pub password: String,
    pub flags: u32,
    pub sends_mic: bool,
    pub spoils_mic: bool,
    pub channel_binding: Option<Key>,
    pub session_key: Key,
}

impl Client {
    pub fn new(user: &str, password: &str) -> Client {
        Client {
            user: user.to_owned(),
            password: password.to_owned(),
            flags: FLAGS,
            sends_mic: true,
            spoils_mic: false,
            channel_binding: None,
            session_key: [0x42; 16],
        }
    }

    /// The AUTHENTICATE message that answers a CHALLENGE.
    pub fn authenticate(&self, challenge: &[u8]) -> Vec<u8> {
        let hash: Key = Md4::digest(utf16(&self.password)).into();
        let key = hmac_md5(&hash, &[&utf16(&self.user.to_uppercase()), &utf16("SERVER01")]);
        let blob = self.blob(&target_info(challenge));
        let proof = hmac_md5(&key, &[&challenge[24..32], &blob]);
        let session_base_key = hmac_md5(&key, &[&proof]);

        let mut payload = Vec::new();
        let mut fields = Vec::new();
        for part in [
            vec![0; 24],
            [proof.to_vec(), blob].concat(),
            utf16("SERVER01"),
            utf16(&self.user),
            utf16("CLIENT"),
            rc4(&session_base_key, &self.session_key).to_vec(),
        ] {
            fields.extend((part.len() as u16).to_le_bytes());
            fields.extend((part.len() as u16).to_le_bytes());
            fields.extend((88 + payload.len() as u32).to_le_bytes());
            payload.extend(part);
        }
        let head =
            [b"NTLMSSP\0".as_slice(), &3u32.to_le_bytes(), &fields, &self.flags.to_le_bytes(), &[0; 8]]
                .concat();
        let mut message = [head, vec![0; 16], payload].concat();
        let mut mic = hmac_md5(&self.session_key, &[&negotiate(), challenge, &message]);
        if self.spoils_mic {
            mic[0] ^= 1;
        }
        message[72..88].copy_from_slice(&mic);
        message
    }

    fn blob(&self, target_info: &[u8]) -> Vec<u8> {
        let mut blob = [&[1u8, 1, 0, 0, 0, 0, 0, 0], [0u8; 8].as_slice(), &[0xaa; 8], &[0; 4]].concat();
        blob.extend(&target_info[..target_info.len() - 4]);
        if self.sends_mic {
            blob.extend([6, 0, 4, 0, 2, 0, 0, 0]);
        }
        if let Some(binding) = self.channel_binding {
            blob.extend([10, 0, 16, 0]);
            blob.extend(binding);
        }
        blob.extend([0; 8]);
        blob
    }
}

/// The NEGOTIATE message.
pub fn negotiate() -> Vec<u8> {
    [b"NTLMSSP\0".as_slice(), &1u32.to_le_bytes(), &FLAGS.to_le_bytes(), &[0; 24]].concat()
}

fn target_info(challenge: &[u8]) -> Vec<u8> {
    let length = u16::from_le_bytes([challenge[40], challenge[41]]) as usize;
    let offset = u32::from_le_bytes([challenge[44], challenge[45], challenge[46], challenge[47]]) as usize;
    challenge[offset..offset + length].to_vec()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
