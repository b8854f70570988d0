//! SPNEGO (RFC 4178, MS-SPNG) around one mechanism and nothing else, as the initiator of CredSSP speaks it.
//!
//! With one mechanism in the list there is nothing to negotiate, and nothing that a machine in the middle could choose
//! instead. What the wrapping is for is that servers expect it, and the signature over the list, without which they are
//! known to refuse NTLM in here.

use super::der::{self, NotDer, Reader, element};

/// 1.3.6.1.5.5.2
const SPNEGO: &[u8] = &[0x2B, 6, 1, 5, 5, 2];
/// 1.3.6.1.4.1.311.2.2.10
const NTLMSSP: &[u8] = &[0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10];
/// 1.2.840.113554.1.2.2
const KERBEROS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2];
/// 1.2.840.48018.1.2.2: the same, with a number that a first implementation of Windows had lost a bit of. Its servers
/// and clients put it first to this day (MS-SPNG 3.1.5.2).
const MS_KERBEROS: &[u8] = &[0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 1, 2, 2];

/// negState (RFC 4178 4.2.2).
const ACCEPT_COMPLETED: &[u8] = &[0];
const REJECT: &[u8] = &[2];

/// The names of one mechanism.
#[derive(Debug, Clone, Copy)]
pub(super) struct MechTypes(&'static [&'static [u8]]);

impl MechTypes {
    pub(super) const NTLM: MechTypes = MechTypes(&[NTLMSSP]);
    pub(super) const KERBEROS: MechTypes = MechTypes(&[MS_KERBEROS, KERBEROS]);

    /// MechTypeList as it is sent, which is what mechListMIC signs.
    pub(super) fn list(self) -> Vec<u8> {
        let names: Vec<_> = self.0.iter().map(|name| element(der::OBJECT_IDENTIFIER, &[name])).collect();
        element(der::SEQUENCE, &[&names.concat()])
    }

    /// NegTokenInit with the first token.
    pub(super) fn init(self, token: &[u8]) -> Vec<u8> {
        let mech_types = element(der::context(0), &[&self.list()]);
        let mech_token = element(der::context(2), &[&element(der::OCTET_STRING, &[token])]);
        let init = element(der::context(0), &[&element(der::SEQUENCE, &[&mech_types, &mech_token])]);
        element(der::APPLICATION_0, &[&element(der::OBJECT_IDENTIFIER, &[SPNEGO]), &init])
    }

    /// The server's NegTokenResp.
    pub(super) fn read(self, response: &[u8]) -> Result<Response<'_>, NotDer> {
        let mut fields = Reader::new(response).inside(der::context(1))?.inside(der::SEQUENCE)?;
        let state = fields.field(0, der::ENUMERATED)?;
        if fields.field(1, der::OBJECT_IDENTIFIER)?.is_some_and(|name| !self.0.contains(&name)) {
            return Err(NotDer);
        }
        Ok(Response {
            is_completed: state.is_none_or(|state| state == ACCEPT_COMPLETED),
            is_rejection: state == Some(REJECT),
            token: fields.field(2, der::OCTET_STRING)?,
            mech_list_mic: fields.field(3, der::OCTET_STRING)?,
        })
    }
}

/// NegTokenResp with a further token and the signature over the list.
pub(super) fn response(token: Option<&[u8]>, mech_list_mic: Option<&[u8]>) -> Vec<u8> {
    let octets = |number, content: Option<&[u8]>| match content {
        Some(content) => element(der::context(number), &[&element(der::OCTET_STRING, &[content])]),
        None => Vec::new(),
    };
    element(der::context(1), &[&element(der::SEQUENCE, &[&octets(2, token), &octets(3, mech_list_mic)])])
}

/// What the server's NegTokenResp holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Response<'a> {
    /// Whether the server waits for nothing more.
    pub(super) is_completed: bool,
    pub(super) is_rejection: bool,
    pub(super) token: Option<&'a [u8]>,
    pub(super) mech_list_mic: Option<&'a [u8]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_that_is_signed_is_the_list_that_is_sent() {
        let ntlm = [&[0x30, 12, 6, 10][..], NTLMSSP].concat();
        let kerberos = [&[0x30, 22, 6, 9][..], MS_KERBEROS, &[6, 9], KERBEROS].concat();
        for (mech_types, list) in [(MechTypes::NTLM, ntlm), (MechTypes::KERBEROS, kerberos)] {
            assert_eq!(mech_types.list(), list);
            let length = list.len() as u8;
            let expected = [&[0x60, length + 25, 6, 6][..], SPNEGO, &[0xA0, length + 15, 0x30, length + 13]];
            let expected =
                [&expected.concat()[..], &[0xA0, length], &list, &[0xA2, 9, 4, 7], b"a token"].concat();
            assert_eq!(mech_types.init(b"a token"), expected);
        }
    }

    #[test]
    fn responses_are_read_and_their_prefixes_are_not() {
        let ours = response(Some(b"a token"), Some(&[7; 16]));
        let read = Response {
            is_completed: true,
            is_rejection: false,
            token: Some(b"a token"),
            mech_list_mic: Some(&[7; 16]),
        };
        assert_eq!(MechTypes::NTLM.read(&ours), Ok(read));
        for length in 0..ours.len() {
            assert_eq!(MechTypes::NTLM.read(&ours[..length]), Err(NotDer));
        }
        let signed = response(None, Some(&[7; 16]));
        assert_eq!(MechTypes::NTLM.read(&signed), Ok(Response { token: None, ..read }));
    }

    #[test]
    fn the_state_of_the_server_is_read() {
        let state = |octet| {
            MechTypes::NTLM
                .read(&[0xA1, 7, 0x30, 5, 0xA0, 3, 10, 1, octet])
                .map(|response| (response.is_completed, response.is_rejection))
        };
        for (octet, expected) in
            [(0, (true, false)), (1, (false, false)), (2, (false, true)), (3, (false, false))]
        {
            assert_eq!(state(octet), Ok(expected), "{octet}");
        }
    }

    #[test]
    fn a_mechanism_that_was_not_on_the_list_is_refused() {
        let chosen = |name: &[u8]| {
            let name = element(der::context(1), &[&element(der::OBJECT_IDENTIFIER, &[name])]);
            element(der::context(1), &[&element(der::SEQUENCE, &[&name])])
        };
        for (name, ntlm, kerberos) in [
            (NTLMSSP, true, false),
            (KERBEROS, false, true),
            (MS_KERBEROS, false, true),
            (SPNEGO, false, false),
        ] {
            assert_eq!(MechTypes::NTLM.read(&chosen(name)).is_ok(), ntlm);
            assert_eq!(MechTypes::KERBEROS.read(&chosen(name)).is_ok(), kerberos);
        }
    }
}
