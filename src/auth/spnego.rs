//! SPNEGO (RFC 4178, MS-SPNG) around NTLM and nothing else, as the initiator of CredSSP speaks it.
//!
//! With one mechanism in the list there is nothing to negotiate. What the wrapping is for is the signature over that
//! list, without which servers are known to refuse NTLM in here.

use super::der::{self, NotDer, Reader, element};

/// 1.3.6.1.5.5.2
const SPNEGO: &[u8] = &[0x2B, 6, 1, 5, 5, 2];
/// 1.3.6.1.4.1.311.2.2.10
const NTLMSSP: &[u8] = &[0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10];

/// MechTypeList as it is sent, which is what mechListMIC signs.
pub(super) const MECH_TYPES: &[u8] = &[0x30, 12, 6, 10, 0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10];

/// The `reject` of negState (RFC 4178 4.2.2).
const REJECT: &[u8] = &[2];

/// NegTokenInit with NTLM's NEGOTIATE.
pub(super) fn init(ntlm: &[u8]) -> Vec<u8> {
    let mech_types = element(der::context(0), &[MECH_TYPES]);
    let mech_token = element(der::context(2), &[&element(der::OCTET_STRING, &[ntlm])]);
    let init = element(der::context(0), &[&element(der::SEQUENCE, &[&mech_types, &mech_token])]);
    element(der::APPLICATION_0, &[&element(der::OBJECT_IDENTIFIER, &[SPNEGO]), &init])
}

/// NegTokenResp with NTLM's AUTHENTICATE and the signature over the list.
pub(super) fn response(ntlm: &[u8], mech_list_mic: &[u8]) -> Vec<u8> {
    let token = element(der::context(2), &[&element(der::OCTET_STRING, &[ntlm])]);
    let mic = element(der::context(3), &[&element(der::OCTET_STRING, &[mech_list_mic])]);
    element(der::context(1), &[&element(der::SEQUENCE, &[&token, &mic])])
}

/// What the server's NegTokenResp holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Response<'a> {
    pub(super) is_rejection: bool,
    pub(super) ntlm: Option<&'a [u8]>,
    pub(super) mech_list_mic: Option<&'a [u8]>,
}

impl Response<'_> {
    pub(super) fn read(token: &[u8]) -> Result<Response<'_>, NotDer> {
        let mut fields = Reader::new(token).inside(der::context(1))?.inside(der::SEQUENCE)?;
        let state = field(&mut fields, 0, der::ENUMERATED)?;
        if field(&mut fields, 1, der::OBJECT_IDENTIFIER)?.is_some_and(|mechanism| mechanism != NTLMSSP) {
            return Err(NotDer);
        }
        let ntlm = field(&mut fields, 2, der::OCTET_STRING)?;
        let mech_list_mic = field(&mut fields, 3, der::OCTET_STRING)?;
        Ok(Response { is_rejection: state == Some(REJECT), ntlm, mech_list_mic })
    }
}

fn field<'a>(fields: &mut Reader<'a>, number: u8, tag: u8) -> Result<Option<&'a [u8]>, NotDer> {
    match fields.optional(der::context(number))? {
        Some(field) => Reader::new(field).element(tag).map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_that_is_signed_is_the_list_that_is_sent() {
        assert_eq!(element(der::SEQUENCE, &[&element(der::OBJECT_IDENTIFIER, &[NTLMSSP])]), MECH_TYPES);
        let init = init(b"NTLMSSP");
        let expected = [&[0x60, 39, 6, 6][..], SPNEGO, &[0xA0, 29, 0x30, 27, 0xA0, 14], MECH_TYPES];
        assert_eq!(init, [&expected.concat()[..], &[0xA2, 9, 4, 7], b"NTLMSSP"].concat());
    }

    #[test]
    fn responses_are_read_and_their_prefixes_are_not() {
        let ours = response(b"NTLMSSP", &[7; 16]);
        let read = Response { is_rejection: false, ntlm: Some(b"NTLMSSP"), mech_list_mic: Some(&[7; 16]) };
        assert_eq!(Response::read(&ours), Ok(read));
        for length in 0..ours.len() {
            assert_eq!(Response::read(&ours[..length]), Err(NotDer));
        }
        let rejected = Response { is_rejection: true, ntlm: None, mech_list_mic: None };
        assert_eq!(Response::read(&[0xA1, 7, 0x30, 5, 0xA0, 3, 10, 1, 2]), Ok(rejected));
        // Kerberos was not on the list.
        let other = element(der::OBJECT_IDENTIFIER, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2]]);
        let other =
            element(der::context(1), &[&element(der::SEQUENCE, &[&element(der::context(1), &[&other])])]);
        assert_eq!(Response::read(&other), Err(NotDer));
    }
}
