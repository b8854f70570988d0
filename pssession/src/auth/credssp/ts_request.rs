//! TSRequest and TSCredentials (MS-CSSP 2.2.1), the messages that travel inside the TLS.

use super::status::NtStatus;
use crate::auth::credential::{Credential, utf16};
use crate::auth::der::{self, NotDer, Reader, element};
use zeroize::Zeroizing;

/// The version this client speaks.
const VERSION: u8 = 6;

/// What the client sends; each leg has some of it.
#[derive(Default)]
pub(super) struct TsRequest<'a> {
    pub(super) nego_token: Option<&'a [u8]>,
    pub(super) auth_info: Option<&'a [u8]>,
    pub(super) pub_key_auth: Option<&'a [u8]>,
    pub(super) client_nonce: Option<&'a [u8]>,
}

impl TsRequest<'_> {
    pub(super) fn write(&self) -> Vec<u8> {
        let octets =
            |number, content| element(der::context(number), &[&element(der::OCTET_STRING, &[content])]);
        let version = element(der::context(0), &[&element(der::INTEGER, &[&[VERSION]])]);
        // NegoData ::= SEQUENCE OF SEQUENCE { negoToken [0] OCTET STRING }
        let nego_tokens = self.nego_token.map(|token| {
            let token = element(der::SEQUENCE, &[&octets(0, token)]);
            element(der::context(1), &[&element(der::SEQUENCE, &[&token])])
        });
        let fields = [
            Some(version),
            nego_tokens,
            self.auth_info.map(|info| octets(2, info)),
            self.pub_key_auth.map(|hash| octets(3, hash)),
            self.client_nonce.map(|nonce| octets(5, nonce)),
        ];
        let fields: Vec<Vec<u8>> = fields.into_iter().flatten().collect();
        let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
        element(der::SEQUENCE, &fields)
    }
}

/// What the server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TsAnswer<'a> {
    pub(super) version: u32,
    pub(super) nego_token: Option<&'a [u8]>,
    pub(super) pub_key_auth: Option<&'a [u8]>,
    pub(super) error_code: Option<NtStatus>,
}

impl TsAnswer<'_> {
    pub(super) fn read(octets: &[u8]) -> Result<TsAnswer<'_>, NotDer> {
        let mut message = Reader::new(octets);
        let mut fields = message.inside(der::SEQUENCE)?;
        message.end()?;
        let version = integer(fields.inside(der::context(0))?.element(der::INTEGER)?)?;
        let nego_token = match fields.optional(der::context(1))? {
            Some(tokens) => {
                // Of several the first counts, as with the servers there are.
                let mut first = Reader::new(tokens).inside(der::SEQUENCE)?.inside(der::SEQUENCE)?;
                Some(first.inside(der::context(0))?.element(der::OCTET_STRING)?)
            }
            None => None,
        };
        fields.optional(der::context(2))?;
        let pub_key_auth = fields.field(3, der::OCTET_STRING)?;
        let error_code = fields.field(4, der::INTEGER)?.map(integer).transpose()?.map(NtStatus);
        Ok(TsAnswer { version, nego_token, pub_key_auth, error_code })
    }
}

/// An INTEGER of 32 bits. An NTSTATUS is sent with or without a zero octet in front, that is as positive or negative.
fn integer(octets: &[u8]) -> Result<u32, NotDer> {
    match octets {
        octets @ ([_] | [_, _] | [_, _, _] | [_, _, _, _] | [0, _, _, _, _]) => {
            Ok(octets.iter().fold(0, |value, octet| value << 8 | u32::from(*octet)))
        }
        _ => Err(NotDer),
    }
}

/// TSCredentials with a password (MS-CSSP 2.2.1.2), which is what the server is to log on with elsewhere.
pub(super) fn credentials(credential: &Credential) -> Zeroizing<Vec<u8>> {
    const PASSWORD: &[u8] = &[1];
    let secret = |tag, content: &[&[u8]]| Zeroizing::new(element(tag, content));
    let octets =
        |number, content: &[u8]| secret(der::context(number), &[&secret(der::OCTET_STRING, &[content])]);
    let (domain, user) = credential.domain_and_user();
    let password_creds = secret(
        der::SEQUENCE,
        &[
            &octets(0, &utf16(domain)),
            &octets(1, &utf16(user)),
            &octets(2, &utf16(credential.password.expose_secret())),
        ],
    );
    let kind = element(der::context(0), &[&element(der::INTEGER, &[PASSWORD])]);
    secret(der::SEQUENCE, &[&kind, &octets(1, &password_creds)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::test_support::Noise;
    use crate::secret::Secret;

    #[test]
    fn a_request_has_its_fields_in_order() {
        let request = TsRequest {
            nego_token: Some(b"nego"),
            auth_info: None,
            pub_key_auth: Some(b"key"),
            client_nonce: Some(b"nonce"),
        };
        let expected = [
            &[0x30, 35, 0xA0, 3, 2, 1, 6, 0xA1, 12, 0x30, 10, 0x30, 8, 0xA0, 6, 4, 4][..],
            b"nego",
            &[0xA3, 5, 4, 3],
            b"key",
            &[0xA5, 7, 4, 5],
            b"nonce",
        ];
        assert_eq!(request.write(), expected.concat());
        assert_eq!(
            TsRequest { auth_info: Some(b"i"), ..TsRequest::default() }.write()[7..],
            [0xA2, 3, 4, 1, b'i']
        );
    }

    #[test]
    fn credentials_have_domain_user_and_password() {
        let credential = Credential { user_name: "D\\é".into(), password: Secret::new("pw".into()) };
        let expected = [
            &[0x30, 33, 0xA0, 3, 2, 1, 1, 0xA1, 26, 4, 24, 0x30, 22][..],
            &[0xA0, 4, 4, 2, b'D', 0, 0xA1, 4, 4, 2, 0xE9, 0, 0xA2, 6, 4, 4, b'p', 0, b'w', 0],
        ];
        // The lengths are those of what follows.
        let expected = expected.concat();
        let written = credentials(&credential);
        assert_eq!(written[7..], [&[0xA1, 24, 4, 22, 0x30, 20], &expected[13..]].concat());
        assert_eq!(written[..7], [0x30, 31, 0xA0, 3, 2, 1, 1]);
    }

    /// An answer with everything in it.
    fn answer(error_code: &[u8]) -> Vec<u8> {
        let request = TsRequest {
            nego_token: Some(b"nego"),
            auth_info: Some(b"info"),
            pub_key_auth: Some(b"key"),
            client_nonce: None,
        };
        let code = element(der::context(4), &[&element(der::INTEGER, &[error_code])]);
        element(der::SEQUENCE, &[&request.write()[2..], &code])
    }

    #[test]
    fn answers_are_read_and_their_prefixes_are_not() {
        let octets = answer(&[0xC0, 0, 0, 0x6D]);
        let expected = TsAnswer {
            version: 6,
            nego_token: Some(b"nego"),
            pub_key_auth: Some(b"key"),
            error_code: Some(NtStatus(0xC000_006D)),
        };
        assert_eq!(TsAnswer::read(&octets), Ok(expected));
        assert_eq!(TsAnswer::read(&answer(&[0, 0xC0, 0, 0, 0x6D])), Ok(expected));
        for length in 0..octets.len() {
            assert_eq!(TsAnswer::read(&octets[..length]), Err(NotDer));
        }
        assert_eq!(TsAnswer::read(&[&octets[..], &[0]].concat()), Err(NotDer));
        for code in [&[][..], &[1, 0, 0, 0, 0], &[0; 6]] {
            assert_eq!(TsAnswer::read(&answer(code)), Err(NotDer));
        }
    }

    #[test]
    fn no_answer_makes_it_panic() {
        let mut noise = Noise::new(11);
        let whole = answer(&[0]);
        for _ in 0..20_000 {
            let _ = TsAnswer::read(&noise.mutate(&whole));
        }
    }
}
