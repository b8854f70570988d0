//! Xpress: how the streams of some shells are compressed (MS-WSMV 3.2.4.1.19, MS-XCA).
//!
//! A stream's payload is a row of chunks, each with two numbers before it, both one too small: how long it is when it is
//! plain, and how long it is here. Where they are equal the chunk is plain, else it is LZ77 with Huffman codes (MS-XCA
//! 2.2), and refers to nothing outside of itself. Chunks that are plain were recorded of Windows; that the others are of
//! this variant is what Microsoft's provider for Linux says, and unverified.
//!
//! What is written here is always plain: any reader takes it, and clients send little.

/// The most that a chunk can hold.
const CHUNK: usize = 1 << 16;
/// The most that one payload may become. Windows cuts its output into pieces of one chunk.
const MOST: usize = 16 << 20;

/// A payload that is not what it should be, or that would become too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("compressed data from the server cannot be read")]
pub(crate) struct Malformed;

/// Makes a payload plain.
pub(crate) fn decode(mut payload: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut plain = Vec::new();
    while let Some((header, rest)) = payload.split_first_chunk::<4>() {
        let [plain_size, size] = [[header[0], header[1]], [header[2], header[3]]]
            .map(|size| usize::from(u16::from_le_bytes(size)) + 1);
        let (chunk, rest) = rest.split_at_checked(size).ok_or(Malformed)?;
        if plain.len() + plain_size > MOST {
            return Err(Malformed);
        }
        match size == plain_size {
            true => plain.extend_from_slice(chunk),
            false => inflate(chunk, plain_size, &mut plain)?,
        }
        payload = rest;
    }
    if payload.is_empty() { Ok(plain) } else { Err(Malformed) }
}

/// Makes a payload of plain chunks.
pub(crate) fn encode(plain: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(plain.len() + (plain.len() / CHUNK + 1) * 4);
    for chunk in plain.chunks(CHUNK) {
        // At most 65535, as a chunk has at least one octet.
        let size = ((chunk.len() - 1) as u16).to_le_bytes();
        payload.extend_from_slice(&size);
        payload.extend_from_slice(&size);
        payload.extend_from_slice(chunk);
    }
    payload
}

/// Appends what a chunk holds.
fn inflate(chunk: &[u8], plain_size: usize, plain: &mut Vec<u8>) -> Result<(), Malformed> {
    let (lengths, coded) = chunk.split_first_chunk().ok_or(Malformed)?;
    let codes = Codes::new(lengths)?;
    let mut bits = Bits::new(coded)?;
    let (begin, end) = (plain.len(), plain.len() + plain_size);
    plain.reserve(plain_size);
    while plain.len() < end {
        let symbol = codes.next(&mut bits)?;
        if let Ok(literal) = u8::try_from(symbol) {
            plain.push(literal);
            continue;
        }
        let length = match symbol % 16 {
            15 => bits.long_length()?,
            length => usize::from(length),
        } + 3;
        let distance_bits = u32::from(symbol / 16 % 16);
        let distance = (1_usize << distance_bits) + bits.take(distance_bits)? as usize;
        let from = plain.len().checked_sub(distance).filter(|from| *from >= begin).ok_or(Malformed)?;
        if length > end - plain.len() {
            return Err(Malformed);
        }
        // It may reach into itself.
        (from..from + length).for_each(|at| plain.push(plain[at]));
    }
    Ok(())
}

/// Symbols: 256 literals, then 256 of a length with a distance.
const SYMBOLS: usize = 512;
/// The longest code.
const LONGEST: usize = 15;

/// A canonical Huffman code.
struct Codes {
    /// How many codes have each length.
    counts: [u16; LONGEST + 1],
    /// By length, and then by number.
    symbols: [u16; SYMBOLS],
}

impl Codes {
    /// Of the length of each symbol's code, two to an octet. Every sequence of bits has to begin with a code.
    fn new(lengths: &[u8; SYMBOLS / 2]) -> Result<Codes, Malformed> {
        let length = |symbol: usize| usize::from(lengths[symbol / 2] >> (symbol % 2 * 4) & 15);
        let mut counts = [0; LONGEST + 1];
        (0..SYMBOLS).for_each(|symbol| counts[length(symbol)] += 1);
        let used: u32 = (1..=LONGEST).map(|length| u32::from(counts[length]) << (LONGEST - length)).sum();
        if used != 1 << LONGEST {
            return Err(Malformed);
        }
        let mut symbols = [0; SYMBOLS];
        let in_order = (1..=LONGEST).flat_map(|of| (0..SYMBOLS).filter(move |symbol| length(*symbol) == of));
        // There are fewer than 2^16.
        symbols.iter_mut().zip(in_order).for_each(|(place, symbol)| *place = symbol as u16);
        Ok(Codes { counts, symbols })
    }

    fn next(&self, bits: &mut Bits<'_>) -> Result<u16, Malformed> {
        // The codes of one length are consecutive numbers; `first` is the first of them, and `before` how many are shorter.
        let (mut first, mut before) = (0, 0);
        for length in 1..=LONGEST {
            let count = u32::from(self.counts[length]);
            let code = bits.peek(length as u32);
            if code - first < count {
                bits.take(length as u32)?;
                return Ok(self.symbols[(before + code - first) as usize]);
            }
            before += count;
            first = (first + count) << 1;
        }
        Err(Malformed)
    }
}

/// The bits of a chunk, the highest first in each two octets. Lengths lie between them as octets of their own.
struct Bits<'a> {
    rest: &'a [u8],
    /// What was read, from the highest bit down.
    held: u32,
    /// How much of it there is beyond the 16 bits that are always there.
    spare: u32,
}

impl<'a> Bits<'a> {
    fn new(octets: &'a [u8]) -> Result<Bits<'a>, Malformed> {
        let mut bits = Bits { rest: octets, held: 0, spare: 16 };
        bits.held = u32::from(bits.word()?) << 16;
        bits.held |= u32::from(bits.word()?);
        Ok(bits)
    }

    fn word(&mut self) -> Result<u16, Malformed> {
        let (word, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u16::from_le_bytes(*word))
    }

    /// The next bits, at least one and at most 16.
    fn peek(&self, count: u32) -> u32 {
        self.held >> (32 - count)
    }

    /// Takes at most 16 bits.
    fn take(&mut self, count: u32) -> Result<u32, Malformed> {
        if count == 0 {
            return Ok(0);
        }
        let taken = self.peek(count);
        self.held <<= count;
        match self.spare.checked_sub(count) {
            Some(spare) => self.spare = spare,
            None => {
                self.held |= u32::from(self.word()?) << (count - self.spare);
                self.spare = 16 + self.spare - count;
            }
        }
        Ok(taken)
    }

    /// A length of at least 15.
    fn long_length(&mut self) -> Result<usize, Malformed> {
        let (more, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        match *more {
            // None is as long as a chunk, so that the form for longer ones has no use.
            255 => Some(usize::from(self.word()?)).filter(|length| *length >= 15).ok_or(Malformed),
            more => Ok(usize::from(more) + 15),
        }
    }
}

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;

#[cfg(test)]
mod tests;
