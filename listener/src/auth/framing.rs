//! The multipart body that carries a sealed message over plain HTTP (MS-WSMV 2.2.9.1).

use crate::psrp::take;

/// Content-Type of a body with a message that was sealed under the scheme Negotiate.
pub const CONTENT_TYPE: &str = "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\";boundary=\"Encrypted Boundary\"";

const PROTOCOL: &str = "application/HTTP-SPNEGO-session-encrypted";
const BOUNDARY: &str = "--Encrypted Boundary";

/// What is wrong with a body. Windows answers each with 400 and says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("the body does not begin with the boundary")]
    NoBoundary,
    #[error("the part headers end in the middle")]
    Truncated,
    #[error("the first part is not of the type {PROTOCOL}")]
    WrongProtocol,
    #[error("the first part does not give the length of the message")]
    NoLength,
    #[error("the second part is not application/octet-stream")]
    WrongPart,
    #[error("the sealed message is shorter than its lengths say")]
    Short,
    #[error("the closing boundary does not follow the message at once")]
    NoClosingBoundary,
}

/// The parts of a sealed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// The media type of the message itself.
    pub original_type: &'a str,
    pub signature: &'a [u8],
    pub ciphertext: &'a [u8],
}

/// Takes a body apart. Lengths decide where the message ends, for it may contain the boundary.
pub fn read(body: &[u8]) -> Result<Sealed<'_>, FrameError> {
    let mut rest = body;
    if line(&mut rest)? != BOUNDARY {
        return Err(FrameError::NoBoundary);
    }
    // Windows' own clients write a tab before the headers; Windows accepts them without as well.
    let content_type = line(&mut rest)?;
    if header(content_type, "Content-Type") != Some(PROTOCOL) {
        return Err(FrameError::WrongProtocol);
    }
    let original = header(line(&mut rest)?, "OriginalContent").ok_or(FrameError::NoLength)?;
    let (original_type, length) = original.rsplit_once(";Length=").ok_or(FrameError::NoLength)?;
    let length: usize = length.parse().map_err(|_| FrameError::NoLength)?;
    let original_type = original_type.strip_prefix("type=").unwrap_or_default();
    if line(&mut rest)? != BOUNDARY {
        return Err(FrameError::NoBoundary);
    }
    if header(line(&mut rest)?, "Content-Type") != Some("application/octet-stream") {
        return Err(FrameError::WrongPart);
    }
    let signature_length = take(&mut rest).map(u32::from_le_bytes).ok_or(FrameError::Short)? as usize;
    let (signature, rest) = rest.split_at_checked(signature_length).ok_or(FrameError::Short)?;
    let (ciphertext, rest) = rest.split_at_checked(length).ok_or(FrameError::Short)?;
    match rest.strip_prefix(BOUNDARY.as_bytes()) {
        Some(b"--\r\n") => Ok(Sealed { original_type, signature, ciphertext }),
        _ => Err(FrameError::NoClosingBoundary),
    }
}

/// Puts a sealed message of this media type into a body.
pub fn write(original_type: &str, signature: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let head = format!(
        "{BOUNDARY}\r\n\tContent-Type: {PROTOCOL}\r\n\tOriginalContent: type={original_type};\
         Length={}\r\n{BOUNDARY}\r\n\tContent-Type: application/octet-stream\r\n",
        ciphertext.len()
    );
    let mut body = head.into_bytes();
    body.extend((signature.len() as u32).to_le_bytes());
    body.extend(signature);
    body.extend(ciphertext);
    body.extend(BOUNDARY.as_bytes());
    body.extend(b"--\r\n");
    body
}

/// Takes a line off the front, without its end.
fn line<'a>(octets: &mut &'a [u8]) -> Result<&'a str, FrameError> {
    let end = octets.windows(2).position(|window| window == b"\r\n").ok_or(FrameError::Truncated)?;
    let (line, rest) = octets.split_at_checked(end).ok_or(FrameError::Truncated)?;
    *octets = rest.get(2..).unwrap_or_default();
    std::str::from_utf8(line).map_err(|_| FrameError::Truncated)
}

fn header<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.trim().split_once(':')?;
    found.eq_ignore_ascii_case(name).then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "application/soap+xml;charset=UTF-8";

    #[test]
    fn a_message_that_contains_the_boundary_comes_back_whole() {
        let ciphertext = b"\r\n--Encrypted Boundary--\r\n\0\r\n";
        let body = write(TYPE, &[7; 16], ciphertext);
        assert_eq!(read(&body), Ok(Sealed { original_type: TYPE, signature: &[7; 16], ciphertext }));
    }

    #[test]
    fn headers_without_tabs_are_taken() {
        let body = String::from_utf8(write(TYPE, &[7; 16], b"text")).unwrap().replace('\t', "");
        assert!(read(body.as_bytes()).is_ok());
    }

    #[test]
    fn a_line_end_before_the_closing_boundary_is_refused() {
        let mut body = write(TYPE, &[7; 16], b"text");
        let at = body.len() - "--Encrypted Boundary--\r\n".len();
        body.splice(at..at, *b"\r\n");
        assert_eq!(read(&body), Err(FrameError::NoClosingBoundary));
    }

    #[test]
    fn each_deviation_has_its_own_error() {
        let body = |from: &str, to: &str| {
            let body = String::from_utf8(write(TYPE, &[7; 16], b"text")).unwrap();
            body.replacen(from, to, 1).into_bytes()
        };
        for (from, to, error) in [
            ("--Enc", "Enc", FrameError::NoBoundary),
            ("SPNEGO", "Kerberos", FrameError::WrongProtocol),
            ("Length=4", "Size=4", FrameError::NoLength),
            ("Length=4", "Length=-4", FrameError::NoLength),
            ("Length=4", "Length=4000", FrameError::Short),
            ("octet-stream", "xml", FrameError::WrongPart),
            ("Length=4", "Length=3", FrameError::NoClosingBoundary),
        ] {
            assert_eq!(read(&body(from, to)), Err(error), "{from} -> {to}");
        }
    }

    #[test]
    fn no_prefix_of_a_body_is_a_body() {
        let whole = write(TYPE, &[7; 16], b"text");
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
    }
}
