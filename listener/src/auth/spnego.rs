//! SPNEGO (RFC 4178, MS-SPNG) around NTLM, as much of it as an acceptor needs that offers nothing else.
//!
//! Windows takes tokens with and without this wrapping under the scheme Negotiate, and so does this listener.
//! A client that prefers another mechanism and would fall back to NTLM is refused.

/// 1.3.6.1.4.1.311.2.2.10
const NTLMSSP: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
/// 1.3.6.1.5.5.2
const SPNEGO: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const APPLICATION_0: u8 = 0x60;
/// Fields of a token, and the choice between its two kinds, are numbered so.
const CONTEXT: u8 = 0xa0;

const ACCEPT_COMPLETED: u8 = 0;
const ACCEPT_INCOMPLETE: u8 = 1;

/// A token that is neither NTLM nor SPNEGO around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is neither NTLM nor SPNEGO with NTLM as its first mechanism")]
pub struct BadToken;

/// A token of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// An NTLM message by itself.
    Bare(&'a [u8]),
    /// NegTokenInit: the DER of the list of mechanisms, and an NTLM message.
    Init { mech_types: &'a [u8], ntlm: &'a [u8] },
    /// NegTokenResp: an NTLM message, and a signature over the list of mechanisms.
    Response { ntlm: &'a [u8], mic: Option<&'a [u8]> },
}

impl Token<'_> {
    pub fn read(octets: &[u8]) -> Result<Token<'_>, BadToken> {
        let token = match octets.first().copied() {
            Some(b'N') => Some(Token::Bare(octets)),
            Some(APPLICATION_0) => read_init(octets),
            Some(_) => read_response(octets),
            None => None,
        };
        token.ok_or(BadToken)
    }
}

/// NegTokenResp with the CHALLENGE message.
pub fn challenge(ntlm: &[u8]) -> Vec<u8> {
    let fields = [
        element(CONTEXT, &element(ENUMERATED, &[ACCEPT_INCOMPLETE])),
        element(CONTEXT | 1, &element(OBJECT_IDENTIFIER, NTLMSSP)),
        element(CONTEXT | 2, &element(OCTET_STRING, ntlm)),
    ];
    element(CONTEXT | 1, &element(SEQUENCE, &fields.concat()))
}

/// NegTokenResp that ends the negotiation.
pub fn completed(mic: Option<&[u8]>) -> Vec<u8> {
    let mut fields = element(CONTEXT, &element(ENUMERATED, &[ACCEPT_COMPLETED]));
    if let Some(mic) = mic {
        fields.extend(element(CONTEXT | 3, &element(OCTET_STRING, mic)));
    }
    element(CONTEXT | 1, &element(SEQUENCE, &fields))
}

fn read_init(octets: &[u8]) -> Option<Token<'_>> {
    let (content, _) = expect(octets, APPLICATION_0)?;
    let (mechanism, content) = expect(content, OBJECT_IDENTIFIER)?;
    let (content, _) = expect(content, CONTEXT)?;
    let (fields, _) = expect(content, SEQUENCE)?;
    let mech_types = field(fields, 0)?;
    let (list, _) = expect(mech_types, SEQUENCE)?;
    let (first, _) = expect(list, OBJECT_IDENTIFIER)?;
    let (ntlm, _) = expect(field(fields, 2)?, OCTET_STRING)?;
    (mechanism == SPNEGO && first == NTLMSSP).then_some(Token::Init { mech_types, ntlm })
}

fn read_response(octets: &[u8]) -> Option<Token<'_>> {
    let (content, _) = expect(octets, CONTEXT | 1)?;
    let (fields, _) = expect(content, SEQUENCE)?;
    let (ntlm, _) = expect(field(fields, 2)?, OCTET_STRING)?;
    let mic = field(fields, 3).and_then(|mic| expect(mic, OCTET_STRING)).map(|(mic, _)| mic);
    Some(Token::Response { ntlm, mic })
}

/// The content of the field with this number.
fn field(fields: &[u8], number: u8) -> Option<&[u8]> {
    let mut rest = fields;
    loop {
        let (tag, content, after) = split(rest)?;
        if tag == CONTEXT | number {
            return Some(content);
        }
        rest = after;
    }
}

/// The content of an element with this tag, and what follows it.
fn expect(octets: &[u8], expected: u8) -> Option<(&[u8], &[u8])> {
    split(octets).filter(|(tag, _, _)| *tag == expected).map(|(_, content, rest)| (content, rest))
}

/// Tag, content and rest of the DER element at the head of some octets.
fn split(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = octets.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x0f))?;
            (length.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    match content.len() {
        length @ 0..=0x7f => element.push(length as u8),
        length => {
            element.push(0x82);
            element.extend((length as u16).to_be_bytes());
        }
    }
    element.extend(content);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_acceptor_writes_has_the_fields_it_reads() {
        let ntlm = vec![b'N'; 300];
        assert_eq!(Token::read(&challenge(&ntlm)), Ok(Token::Response { ntlm: &ntlm, mic: None }));
        assert_eq!(completed(None), [0xa1, 0x07, 0x30, 0x05, 0xa0, 0x03, 0x0a, 0x01, 0x00]);
    }

    #[test]
    fn no_prefix_of_a_token_is_a_token() {
        let whole = challenge(&[b'N'; 40]);
        for length in 0..whole.len() {
            assert_eq!(Token::read(&whole[..length]), Err(BadToken), "{length}");
        }
    }
}
