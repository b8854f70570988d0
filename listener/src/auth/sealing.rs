//! NTLM's session security: signing and sealing of messages with two keys and one RC4 stream for each
//! direction (MS-NLMP 3.4), as a server sees them.

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use rc4::consts::U16;
use rc4::{KeyInit, Rc4, StreamCipher};

/// Octets of a signature: version, checksum, sequence number.
pub const SIGNATURE: usize = 4 + 8 + 4;

const VERSION: [u8; 4] = [1, 0, 0, 0];

pub type Key = [u8; 16];

/// Why a sealed message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature of message {sequence} is wrong")]
pub struct BadSignature {
    sequence: u32,
}

/// Both directions of one connection.
pub struct Sealing {
    from_client: Direction,
    to_client: Direction,
}

struct Direction {
    signing_key: Key,
    sealing_key: Key,
    stream: Rc4<U16>,
    sequence: u32,
}

impl Sealing {
    /// The keys that come from an exported session key.
    pub fn new(exported_session_key: &Key) -> Sealing {
        let direction = |name: &str| {
            let key = |purpose: &str| -> Key {
                let magic = format!("session key to {name} {purpose} key magic constant\0");
                Md5::new().chain_update(exported_session_key).chain_update(magic).finalize().into()
            };
            let sealing_key = key("sealing");
            Direction {
                signing_key: key("signing"),
                sealing_key,
                stream: Rc4::new(&sealing_key.into()),
                sequence: 0,
            }
        };
        Sealing { from_client: direction("client-to-server"), to_client: direction("server-to-client") }
    }

    /// The same as the client has it, for tests.
    #[cfg(test)]
    pub fn of_client(exported_session_key: &Key) -> Sealing {
        let Sealing { from_client, to_client } = Sealing::new(exported_session_key);
        Sealing { from_client: to_client, to_client: from_client }
    }

    /// Seals a message for the client: its signature and its octets.
    pub fn seal(&mut self, message: &[u8]) -> ([u8; SIGNATURE], Vec<u8>) {
        let mut sealed = message.to_vec();
        self.to_client.stream.apply_keystream(&mut sealed);
        (self.to_client.sign(message), sealed)
    }

    /// Opens a message of the client.
    pub fn unseal(&mut self, signature: &[u8], sealed: &[u8]) -> Result<Vec<u8>, BadSignature> {
        let mut message = sealed.to_vec();
        self.from_client.stream.apply_keystream(&mut message);
        let sequence = self.from_client.sequence;
        match signature == self.from_client.sign(&message) {
            true => Ok(message),
            false => Err(BadSignature { sequence }),
        }
    }

    /// Checks the client's signature over its list of mechanisms, and gives the server's.
    ///
    /// It uses a sequence number up in either direction but leaves both RC4 streams as they are (MS-SPNG
    /// 3.2.5.1).
    pub fn mech_list_mic(&mut self, mech_types: &[u8], mic: &[u8]) -> Result<[u8; SIGNATURE], BadSignature> {
        let sequence = self.from_client.sequence;
        match mic == self.from_client.sign_aside(mech_types) {
            true => Ok(self.to_client.sign_aside(mech_types)),
            false => Err(BadSignature { sequence }),
        }
    }
}

impl Direction {
    /// MAC with extended session security and key exchange (MS-NLMP 3.4.4.2).
    fn sign(&mut self, message: &[u8]) -> [u8; SIGNATURE] {
        let mut checksum = self.checksum(message);
        self.stream.apply_keystream(&mut checksum);
        self.signature(checksum)
    }

    /// A MAC with a stream of its own.
    fn sign_aside(&mut self, message: &[u8]) -> [u8; SIGNATURE] {
        let mut checksum = self.checksum(message);
        Rc4::<U16>::new(&self.sealing_key.into()).apply_keystream(&mut checksum);
        self.signature(checksum)
    }

    fn checksum(&self, message: &[u8]) -> [u8; 8] {
        let mac = hmac_md5(&self.signing_key, &[&self.sequence.to_le_bytes(), message]);
        let [checksum @ .., _, _, _, _, _, _, _, _] = mac;
        checksum
    }

    fn signature(&mut self, checksum: [u8; 8]) -> [u8; SIGNATURE] {
        let mut signature = [0; SIGNATURE];
        let parts = VERSION.into_iter().chain(checksum).chain(self.sequence.to_le_bytes());
        signature.iter_mut().zip(parts).for_each(|(octet, part)| *octet = part);
        self.sequence = self.sequence.wrapping_add(1);
        signature
    }
}

/// HMAC-MD5 of the parts one after another.
pub fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> Key {
    // HMAC takes keys of any length.
    let mut mac = <Hmac<Md5> as Mac>::new_from_slice(key).expect("hmac accepts every key length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// RC4 of a few octets with a key of their own.
pub fn rc4(key: &Key, octets: &Key) -> Key {
    let mut output = *octets;
    Rc4::<U16>::new(&(*key).into()).apply_keystream(&mut output);
    output
}
