//! What several tests of this room share.

use super::{Context, Error, Mechanism, Receiver, Scheme};

/// A login without a user name.
pub(super) fn start_for_nobody(scheme: &'static Scheme) -> Result<Box<dyn Mechanism>, Error> {
    scheme.start(
        None,
        Context {
            credential: None,
            target_name: "HTTP/server01",
            receiver: Receiver::Server,
            request_target: "/wsman",
            now: 0,
            random: &mut |_| (),
        },
    )
}

/// A small generator whose output is the same on every run (xorshift64), for hostile input.
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Noise {
        Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 32) as usize % bound
    }

    pub(super) fn octets(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 32) as u8).collect()
    }

    /// A copy with one to four octets changed, or cut short, or lengthened.
    pub(super) fn mutate(&mut self, original: &[u8]) -> Vec<u8> {
        let mut mutated = original.to_vec();
        for _ in 0..1 + self.below(4) {
            let at = self.below(mutated.len().max(1));
            match self.below(8) {
                0 => mutated.truncate(at),
                1 => mutated.insert(at.min(mutated.len()), self.next() as u8),
                2 => {
                    if let Some(octet) = mutated.get_mut(at) {
                        *octet = [0, 0x7F, 0x80, 0xFF][self.below(4)];
                    }
                }
                _ => {
                    if let Some(octet) = mutated.get_mut(at) {
                        *octet ^= 1 << self.below(8);
                    }
                }
            }
        }
        mutated
    }
}
