//! The encodings of an input: UTF-8, and UTF-16 where a byte order mark says so, as Windows PowerShell's `>` writes it.

use std::io::{self, BufRead, Read};

/// More than the sessions of any network take.
const MOST_OCTETS: usize = 64 << 20;

/// An input as UTF-8, without a byte order mark.
#[derive(Debug)]
pub struct Utf8<R> {
    pub input: R,
    encoding: Option<Encoding>,
    /// Octets that go before those of `input`, the first `used` of them taken.
    ready: Vec<u8>,
    used: usize,
    /// How many octets more may be taken.
    pub left: usize,
}

#[derive(Debug, Clone, Copy)]
enum Encoding {
    Utf8,
    /// The octets of a code unit, in their order.
    Utf16(fn([u8; 2]) -> u16),
}

impl<R: BufRead> Utf8<R> {
    pub fn new(input: R) -> Utf8<R> {
        Utf8 { input, encoding: None, ready: Vec::new(), used: 0, left: MOST_OCTETS }
    }

    /// Finds out the encoding by the first octets.
    fn begin(&mut self) -> io::Result<Encoding> {
        let mut head: Vec<u8> = Vec::new();
        while head.len() < 2 || head == [0xEF, 0xBB] {
            let Some(octet) = self.octet()? else { break };
            head.push(octet);
        }
        let encoding = match *head.as_slice() {
            [0xFF, 0xFE] => Encoding::Utf16(u16::from_le_bytes),
            [0xFE, 0xFF] => Encoding::Utf16(u16::from_be_bytes),
            [0, 1..=0xFF] | [1..=0xFF, 0] => {
                let reason = "it is UTF-16 without a byte order mark; write it as UTF-8";
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            [0xEF, 0xBB, 0xBF] => Encoding::Utf8,
            _ => {
                self.ready = head;
                Encoding::Utf8
            }
        };
        self.encoding = Some(encoding);
        Ok(encoding)
    }

    /// Makes the next character ready, unless the input ends. Half a character is the replacement character.
    fn decode(&mut self, unit_of: fn([u8; 2]) -> u16) -> io::Result<()> {
        (self.ready, self.used) = (Vec::new(), 0);
        let mut units = Vec::new();
        while units.is_empty() || matches!(*units, [0xD800..=0xDBFF]) {
            match (self.octet()?, self.octet()?) {
                (Some(first), Some(second)) => units.push(unit_of([first, second])),
                (Some(_), None) => units.push(0xFFFD),
                (None, _) => break,
            }
        }
        self.ready = String::from_utf16_lossy(&units).into_bytes();
        Ok(())
    }

    fn octet(&mut self) -> io::Result<Option<u8>> {
        let mut octet = [0];
        match self.input.read_exact(&mut octet) {
            Ok(()) => Ok(Some(octet[0])),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<R: BufRead> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 64 MiB"));
        }
        let encoding = self.encoding.map_or_else(|| self.begin(), Ok)?;
        match encoding {
            Encoding::Utf16(unit_of) if self.used == self.ready.len() => self.decode(unit_of)?,
            Encoding::Utf8 if self.used == self.ready.len() => return self.input.fill_buf(),
            _ => {}
        }
        Ok(self.ready.get(self.used..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        match self.used < self.ready.len() {
            true => self.used += amount,
            false => self.input.consume(amount),
        }
    }
}

impl<R: BufRead> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}
