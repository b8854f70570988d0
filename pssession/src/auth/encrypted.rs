//! Sealed message bodies in their framing, `multipart/encrypted` (MS-WSMV 2.2.9.1).
//!
//! It looks like MIME and is not: part headers begin with a tab, no blank line ends them, and no line break
//! precedes the closing boundary. Each chunk of a body is a pair of parts:
//!
//! ```text
//! --Encrypted Boundary
//!     Content-Type: application/HTTP-SPNEGO-session-encrypted
//!     OriginalContent: type=application/soap+xml;charset=UTF-8;Length=1234
//! --Encrypted Boundary
//!     Content-Type: application/octet-stream
//! <length of the signature, u32 little-endian><signature><ciphertext>--Encrypted Boundary--
//! ```
//!
//! Ciphertext may contain anything, a boundary too, so that what is read is found by its length alone.

use super::header::{has_media_type, parameter};
use super::{BodyFault, Error, Mechanism, Sealing};
use std::ops::Range;

const ENCRYPTED: &str = "multipart/encrypted";
const MULTI_ENCRYPTED: &str = "multipart/x-multi-encrypted";
const BOUNDARY: &str = "Encrypted Boundary";

/// A request body ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedBody {
    /// The value of the `Content-Type` header.
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Seals a SOAP message. `soap_type` is its media type with the charset, which need not be what the example above has.
///
/// # Errors
/// [`Error::NotEstablished`] if the mechanism cannot seal, or not yet.
pub(crate) fn seal_body(
    mechanism: &mut dyn Mechanism,
    soap_type: &str,
    soap: &[u8],
) -> Result<SealedBody, Error> {
    let Sealing { protocol, max_chunk } = sealing_of(mechanism)?;
    let media_type = if soap.len() > max_chunk { MULTI_ENCRYPTED } else { ENCRYPTED };
    let mut body = Vec::with_capacity(soap.len() + 512);
    let mut rest = soap;
    // An empty message is one empty chunk.
    while !rest.is_empty() || body.is_empty() {
        let (chunk, tail) = rest.split_at(rest.len().min(max_chunk));
        let sealed = mechanism.seal(chunk)?;
        // No mechanism in use pads; padding would count into the length.
        let length = chunk.len();
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\n\
                 \tContent-Type: {protocol}\r\n\
                 \tOriginalContent: type={soap_type};Length={length}\r\n\
                 --{BOUNDARY}\r\n\
                 \tContent-Type: application/octet-stream\r\n"
            )
            .as_bytes(),
        );
        // A signature is a few dozen octets long, whatever the mechanism.
        body.extend_from_slice(&(sealed.signature.len() as u32).to_le_bytes());
        body.extend_from_slice(&sealed.signature);
        body.extend_from_slice(&sealed.ciphertext);
        rest = tail;
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let content_type = format!("{media_type};protocol=\"{protocol}\";boundary=\"{BOUNDARY}\"");
    Ok(SealedBody { content_type, body })
}

/// Reads a sealed body of at most `limit` octets of plaintext.
///
/// The framing is checked to its end before the first chunk is decrypted, so that a body which is not sealed or is
/// cut short leaves the mechanism's cipher stream where it was.
///
/// # Errors
/// [`Error::NotSealed`] for any other media type; [`Error::WrongProtocol`]; [`Error::BodyTooLarge`];
/// [`Error::MalformedBody`]; and those of [`Mechanism::unseal`].
pub(crate) fn unseal_body(
    mechanism: &mut dyn Mechanism,
    content_type: &str,
    mut body: Vec<u8>,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let Sealing { protocol, .. } = sealing_of(mechanism)?;
    if !has_media_type(content_type, &[ENCRYPTED, MULTI_ENCRYPTED]) {
        return Err(Error::NotSealed);
    }
    if !parameter(content_type, "protocol").is_some_and(|found| found.eq_ignore_ascii_case(protocol)) {
        return Err(Error::WrongProtocol { expected: protocol });
    }
    let chunks = read_chunks(mechanism, protocol, &body, limit)?;
    if let [chunk] = chunks.as_slice() {
        let signature = octets(&body, &chunk.signature).to_vec();
        body.truncate(chunk.ciphertext.end);
        body.drain(..chunk.ciphertext.start);
        return mechanism.unseal(&signature, body);
    }
    let mut plaintext = Vec::with_capacity(body.len());
    for chunk in chunks {
        let ciphertext = octets(&body, &chunk.ciphertext).to_vec();
        plaintext.extend_from_slice(&mechanism.unseal(octets(&body, &chunk.signature), ciphertext)?);
    }
    Ok(plaintext)
}

fn sealing_of(mechanism: &dyn Mechanism) -> Result<Sealing, Error> {
    mechanism.scheme().sealing.ok_or(Error::NotEstablished)
}

/// Where in a body one chunk lies.
struct Chunk {
    signature: Range<usize>,
    ciphertext: Range<usize>,
}

/// The octets of a range that was found in this very body.
fn octets<'a>(body: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    body.get(range.clone()).unwrap_or_default()
}

fn read_chunks(
    mechanism: &dyn Mechanism,
    protocol: &'static str,
    body: &[u8],
    limit: usize,
) -> Result<Vec<Chunk>, Error> {
    let mut frame = Frame::begin(body)?;
    let mut chunks = Vec::new();
    let mut total = 0usize;
    loop {
        let header = frame.part_header()?;
        if !header.content_type.eq_ignore_ascii_case(protocol) {
            return Err(Error::WrongProtocol { expected: protocol });
        }
        // The mechanism adds only its own framing to what the header says, which the length of the body bounds.
        total = total.saturating_add(header.length);
        if total > limit {
            return Err(Error::BodyTooLarge { limit });
        }
        let signature = frame.signature()?;
        let length = mechanism.ciphertext_length(octets(body, &signature), header.length);
        let ciphertext = frame.take(length)?;
        chunks.push(Chunk { signature, ciphertext });
        if frame.is_last_chunk()? {
            return Ok(chunks);
        }
    }
}

/// The header of the first part of a chunk.
struct PartHeader<'a> {
    content_type: &'a str,
    /// Length of the plaintext, and of the padding if the mechanism has any.
    length: usize,
}

/// A body that is read from the front.
struct Frame<'a> {
    body: &'a [u8],
    at: usize,
    /// What follows the two hyphens. Exchange writes `-- Encrypted Boundary`, against its own header: the first
    /// line decides, and blanks after the hyphens do not count.
    boundary: &'a [u8],
}

impl<'a> Frame<'a> {
    fn begin(body: &'a [u8]) -> Result<Frame<'a>, BodyFault> {
        let mut frame = Frame { body, at: 0, boundary: b"" };
        let boundary = frame.line()?.strip_prefix(b"--").map(<[u8]>::trim_ascii);
        frame.boundary = boundary.filter(|boundary| !boundary.is_empty()).ok_or(BodyFault::NoBoundary)?;
        Ok(frame)
    }

    /// The lines between two boundaries. Some senders leave out the tab before a line.
    fn part_header(&mut self) -> Result<PartHeader<'a>, BodyFault> {
        let (mut content_type, mut length) = ("", None);
        loop {
            let line = self.line()?;
            if self.without_boundary(line) == Some(b"") {
                return Ok(PartHeader { content_type, length: length.ok_or(BodyFault::NoLength)? });
            }
            let (name, value) = header_line(line)?;
            if name.eq_ignore_ascii_case("Content-Type") {
                content_type = value;
            } else if name.eq_ignore_ascii_case("OriginalContent") {
                length = parameter(value, "Length").and_then(|length| length.parse().ok());
            }
        }
    }

    /// The second part, up to the ciphertext: one line of header, the signature with its length in front.
    fn signature(&mut self) -> Result<Range<usize>, BodyFault> {
        let (name, value) = header_line(self.line()?)?;
        if !name.eq_ignore_ascii_case("Content-Type")
            || !value.eq_ignore_ascii_case("application/octet-stream")
        {
            return Err(BodyFault::MalformedHeader);
        }
        let length = self.rest().first_chunk().ok_or(BodyFault::Truncated)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| BodyFault::Truncated)?;
        self.take(size_of::<u32>())?;
        self.take(length)
    }

    /// Goes past the boundary behind a ciphertext. One that closes need not be the last: some senders of several
    /// chunks write it after each. What else follows it is an epilogue, which is not looked at (RFC 2046 5.1.1); the
    /// line break before that may be missing where nothing follows.
    fn is_last_chunk(&mut self) -> Result<bool, BodyFault> {
        loop {
            let rest = self.rest();
            let Some(after) = self.without_boundary(rest) else {
                let too_short = rest.len() < self.boundary.len() + b"----".len();
                return Err(if too_short { BodyFault::Truncated } else { BodyFault::WrongLength });
            };
            let (closes, after) = match after.strip_prefix(b"--") {
                Some(after) => (true, after),
                None => (false, after),
            };
            let next = match after.strip_prefix(b"\r\n") {
                Some(next) => next,
                None if closes && after.is_empty() => after,
                None if after.len() < b"\r\n".len() => return Err(BodyFault::Truncated),
                None => return Err(BodyFault::WrongLength),
            };
            self.at = self.body.len() - next.len();
            // What begins like a boundary is a chunk, or one that was cut off.
            if !closes || !next.starts_with(b"--") {
                return Ok(closes);
            }
        }
    }

    /// What follows the boundary at the beginning of these octets.
    fn without_boundary<'b>(&self, octets: &'b [u8]) -> Option<&'b [u8]> {
        octets.strip_prefix(b"--")?.trim_ascii_start().strip_prefix(self.boundary)
    }

    /// The next line, without its end.
    fn line(&mut self) -> Result<&'a [u8], BodyFault> {
        /// No header line comes near this length.
        const MAX_LINE: usize = 1024;
        let start = self.rest().get(..MAX_LINE).unwrap_or(self.rest());
        let Some(end) = start.windows(2).position(|pair| pair == b"\r\n") else {
            let too_short = start.len() < MAX_LINE;
            return Err(if too_short { BodyFault::Truncated } else { BodyFault::MalformedHeader });
        };
        let line = self.take(end)?;
        self.take(b"\r\n".len())?;
        Ok(octets(self.body, &line))
    }

    fn take(&mut self, length: usize) -> Result<Range<usize>, BodyFault> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.body.len());
        let range = self.at..end.ok_or(BodyFault::Truncated)?;
        self.at = range.end;
        Ok(range)
    }

    fn rest(&self) -> &'a [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }
}

fn header_line(line: &[u8]) -> Result<(&str, &str), BodyFault> {
    let line = str::from_utf8(line).map_err(|_| BodyFault::MalformedHeader)?;
    let (name, value) = line.split_once(':').ok_or(BodyFault::MalformedHeader)?;
    Ok((name.trim(), value.trim()))
}

#[cfg(test)]
mod tests;
