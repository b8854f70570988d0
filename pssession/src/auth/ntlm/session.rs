//! Signing and sealing with extended session security (MS-NLMP 3.4).

use super::response::keyed_hmac_md5;
use crate::auth::{Error, Sealed};
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use rc4::consts::U16;
use rc4::{KeyInit, Rc4, StreamCipher};
use std::mem;
use zeroize::Zeroizing;

/// NTLMSSP_MESSAGE_SIGNATURE for extended session security (MS-NLMP 2.2.2.9.2): version, checksum, sequence number.
const VERSION: [u8; 4] = 1u32.to_le_bytes();
const CHECKSUM_LENGTH: usize = 8;
pub(in crate::auth) const SIGNATURE_LENGTH: usize = 16;

/// The security context of one connection, both directions.
pub(in crate::auth) struct Session {
    outgoing: Direction,
    incoming: Direction,
}

/// One direction: its cipher stream continues from message to message and never restarts.
struct Direction {
    signing_key: Zeroizing<[u8; 16]>,
    /// What the stream began with.
    sealing_key: Zeroizing<[u8; 16]>,
    stream: Rc4<U16>,
    sequence_number: u32,
}

impl Session {
    /// MS-NLMP 3.4.5.2 and 3.4.5.3, SIGNKEY and SEALKEY with all 128 bits.
    pub(super) fn new(exported_session_key: &[u8; 16]) -> Session {
        let key = |purpose: &[u8]| -> Zeroizing<[u8; 16]> {
            Zeroizing::new(
                Md5::new().chain_update(exported_session_key).chain_update(purpose).finalize().into(),
            )
        };
        let direction = |signing: &[u8], sealing: &[u8]| {
            let (signing_key, sealing_key) = (key(signing), key(sealing));
            let stream = Rc4::new((&*sealing_key).into());
            Direction { signing_key, sealing_key, stream, sequence_number: 0 }
        };
        Session {
            outgoing: direction(
                b"session key to client-to-server signing key magic constant\0",
                b"session key to client-to-server sealing key magic constant\0",
            ),
            incoming: direction(
                b"session key to server-to-client signing key magic constant\0",
                b"session key to server-to-client sealing key magic constant\0",
            ),
        }
    }

    /// MS-NLMP 3.4.3, SEAL: the stream encrypts the message first and the checksum after it.
    pub(in crate::auth) fn seal(&mut self, plaintext: &[u8]) -> Sealed {
        let mut ciphertext = plaintext.to_vec();
        self.outgoing.stream.apply_keystream(&mut ciphertext);
        Sealed { signature: self.outgoing.sign(plaintext), ciphertext }
    }

    /// The reverse of [`Session::seal`]. After an error the stream is out of step and the session of no more use.
    pub(in crate::auth) fn unseal(
        &mut self,
        signature: &[u8],
        mut message: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        let checksum = self.incoming.expected_checksum(signature)?;
        self.incoming.stream.apply_keystream(&mut message);
        self.incoming.verify(&message, checksum).map(|()| message)
    }

    /// The signature over SPNEGO's list of mechanisms. It takes up a sequence number and leaves the stream as it is
    /// (MS-SPNG 3.2.5.1).
    pub(in crate::auth) fn sign_mech_types(&mut self, mech_types: &[u8]) -> Vec<u8> {
        self.outgoing.beside_its_stream(|outgoing| outgoing.sign(mech_types))
    }

    /// Checks the server's signature over the same list.
    pub(in crate::auth) fn verify_mech_types(
        &mut self,
        mech_types: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let checksum = self.incoming.expected_checksum(signature)?;
        self.incoming.beside_its_stream(|incoming| incoming.verify(mech_types, checksum))
    }
}

impl Direction {
    fn sign(&mut self, message: &[u8]) -> Vec<u8> {
        let mut checksum = self.mac(message).finalize().into_bytes();
        let checksum = checksum.split_at_mut(CHECKSUM_LENGTH).0;
        self.stream.apply_keystream(checksum);
        let signature = [&VERSION, &*checksum, &self.sequence_number.to_le_bytes()].concat();
        self.sequence_number = self.sequence_number.wrapping_add(1);
        signature
    }

    /// The encrypted checksum of the message that comes next. The stream is not touched for any other.
    fn expected_checksum(&self, signature: &[u8]) -> Result<[u8; CHECKSUM_LENGTH], Error> {
        match read_signature(signature)? {
            (checksum, found) if found == self.sequence_number => Ok(checksum),
            (_, found) => Err(Error::WrongSequenceNumber { expected: self.sequence_number, found }),
        }
    }

    fn verify(&mut self, message: &[u8], mut checksum: [u8; CHECKSUM_LENGTH]) -> Result<(), Error> {
        self.stream.apply_keystream(&mut checksum);
        self.mac(message).verify_truncated_left(&checksum).map_err(|_| Error::BadSignature)?;
        self.sequence_number = self.sequence_number.wrapping_add(1);
        Ok(())
    }

    fn mac(&self, message: &[u8]) -> Hmac<Md5> {
        keyed_hmac_md5(&self.signing_key)
            .chain_update(self.sequence_number.to_le_bytes())
            .chain_update(message)
    }

    /// Works with a stream that restarts.
    fn beside_its_stream<T>(&mut self, work: impl FnOnce(&mut Direction) -> T) -> T {
        let stream = mem::replace(&mut self.stream, Rc4::new((&*self.sealing_key).into()));
        let done = work(self);
        self.stream = stream;
        done
    }
}

/// The encrypted checksum and the sequence number.
fn read_signature(signature: &[u8]) -> Result<([u8; CHECKSUM_LENGTH], u32), Error> {
    let (version, rest) = signature.split_first_chunk().ok_or(Error::MalformedSignature)?;
    let (checksum, sequence_number) = rest.split_first_chunk().ok_or(Error::MalformedSignature)?;
    match sequence_number.try_into() {
        Ok(sequence_number) if *version == VERSION => Ok((*checksum, u32::from_le_bytes(sequence_number))),
        _ => Err(Error::MalformedSignature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MS-NLMP 4.2.1 and 4.2.4.4: the random session key, and `Plaintext` sealed with it.
    const RANDOM_SESSION_KEY: [u8; 16] = [0x55; 16];
    const PLAINTEXT: &[u8] = b"P\0l\0a\0i\0n\0t\0e\0x\0t\0";
    const CIPHERTEXT: [u8; 18] = [
        0x54, 0xE5, 0x01, 0x65, 0xBF, 0x19, 0x36, 0xDC, 0x99, 0x60, 0x20, 0xC1, 0x81, 0x1B, 0x0F, 0x06, 0xFB,
        0x5F,
    ];
    const SIGNATURE: [u8; 16] = [1, 0, 0, 0, 0x7F, 0xB3, 0x8E, 0xC5, 0xC5, 0x5D, 0x49, 0x76, 0, 0, 0, 0];

    /// The session of the server: what is outgoing there is incoming here.
    fn server_session() -> Session {
        let Session { outgoing, incoming } = Session::new(&RANDOM_SESSION_KEY);
        Session { outgoing: incoming, incoming: outgoing }
    }

    #[test]
    fn the_published_keys_come_out() {
        let session = Session::new(&RANDOM_SESSION_KEY);
        let signing_key =
            [0x47, 0x88, 0xDC, 0x86, 0x1B, 0x47, 0x82, 0xF3, 0x5D, 0x43, 0xFD, 0x98, 0xFE, 0x1A, 0x2D, 0x39];
        assert_eq!(*session.outgoing.signing_key, signing_key);
        // The sealing key shows in the stream that it begins.
        let sealing_key: [u8; 16] =
            [0x59, 0xF6, 0x00, 0x97, 0x3C, 0xC4, 0x96, 0x0A, 0x25, 0x48, 0x0A, 0x7C, 0x19, 0x6E, 0x4C, 0x58];
        let (mut expected, mut found) = ([0; 32], [0; 32]);
        Rc4::<U16>::new((&sealing_key).into()).apply_keystream(&mut expected);
        { session }.outgoing.stream.apply_keystream(&mut found);
        assert_eq!(found, expected);
    }

    #[test]
    fn the_published_message_is_sealed_and_unsealed() {
        let sealed = Session::new(&RANDOM_SESSION_KEY).seal(PLAINTEXT);
        assert_eq!(sealed, Sealed { signature: SIGNATURE.to_vec(), ciphertext: CIPHERTEXT.to_vec() });
        assert_eq!(server_session().unseal(&SIGNATURE, CIPHERTEXT.to_vec()), Ok(PLAINTEXT.to_vec()));
    }

    #[test]
    fn the_stream_and_the_sequence_number_run_on() {
        let (mut client, mut server) = (Session::new(&RANDOM_SESSION_KEY), server_session());
        for length in [0, 1, 16, 5_000, 200_000] {
            let text = vec![0x20; length];
            let sealed = client.seal(&text);
            assert_eq!(server.unseal(&sealed.signature, sealed.ciphertext), Ok(text.clone()));
            let sealed = server.seal(&text);
            assert_eq!(client.unseal(&sealed.signature, sealed.ciphertext), Ok(text));
        }
        assert_eq!(client.seal(b"").signature[12..], [5, 0, 0, 0]);
    }

    #[test]
    fn any_changed_bit_is_found() {
        for bit in 0..CIPHERTEXT.len() * 8 {
            let mut ciphertext = CIPHERTEXT.to_vec();
            ciphertext[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(server_session().unseal(&SIGNATURE, ciphertext), Err(Error::BadSignature));
        }
        for bit in 0..SIGNATURE.len() * 8 {
            let mut signature = SIGNATURE;
            signature[bit / 8] ^= 1 << (bit % 8);
            let expected = match bit / 8 {
                0..4 => Error::MalformedSignature,
                4..12 => Error::BadSignature,
                _ => Error::WrongSequenceNumber { expected: 0, found: 1 << (bit - 96) },
            };
            assert_eq!(server_session().unseal(&signature, CIPHERTEXT.to_vec()), Err(expected));
        }
    }

    #[test]
    fn messages_that_are_missing_repeated_or_out_of_order_are_refused() {
        let (mut client, mut server) = (Session::new(&RANDOM_SESSION_KEY), server_session());
        let (first, second) = (client.seal(b"first"), client.seal(b"second"));
        let out_of_order = server.unseal(&second.signature, second.ciphertext);
        assert_eq!(out_of_order, Err(Error::WrongSequenceNumber { expected: 0, found: 1 }));
        assert!(server.unseal(&first.signature, first.ciphertext.clone()).is_ok());
        let repeated = server.unseal(&first.signature, first.ciphertext);
        assert_eq!(repeated, Err(Error::WrongSequenceNumber { expected: 1, found: 0 }));
    }

    #[test]
    fn a_signature_of_another_length_is_refused() {
        let longer = [&SIGNATURE[..], &[0]].concat();
        for length in (0..16).chain([17]) {
            let unsealed = server_session().unseal(&longer[..length], CIPHERTEXT.to_vec());
            assert_eq!(unsealed, Err(Error::MalformedSignature));
        }
    }
}
