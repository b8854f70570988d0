//! With which ciphers a ticket and the login with it are sealed, which AP-REQ says in clear (RFC 4120 5.5.1).

use super::KerberosFault;
use crate::auth::der::{self, NotDer, Reader};

/// What precedes AP-REQ in the first token of a login: the mechanism, and the token's id (RFC 4121 4.1).
const KERBEROS_AP_REQ: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 1, 0];
const AP_REQ: u8 = 0x6E;
const TICKET: u8 = 0x61;

/// AES with SHA-1 (RFC 3962) and with SHA-2 (RFC 8009), Camellia (RFC 6803). The others are DES, triple DES and RC4, which
/// are not to be used any more (RFC 6649, RFC 8429).
const SAFE: [u8; 6] = [17, 18, 19, 20, 25, 26];

/// Sees that neither the server's key nor that of the session is of a cipher that is broken. The messages of such a
/// session would show it (RFC 4757), but there are none where TLS seals.
pub(super) fn check(token: &[u8]) -> Result<(), KerberosFault> {
    match ciphers(token) {
        Ok(ciphers) if ciphers.iter().all(|cipher| matches!(cipher, [one] if SAFE.contains(one))) => Ok(()),
        Ok(_) => Err(KerberosFault::WeakEncryption),
        Err(NotDer) => {
            Err(KerberosFault::Other { reason: "the library creates tokens of an unknown type".into() })
        }
    }
}

/// The numbers (etype) of the server's key and of the session's.
fn ciphers(token: &[u8]) -> Result<[&[u8]; 2], NotDer> {
    let token = Reader::new(token).element(der::APPLICATION_0)?;
    let token = token.strip_prefix(KERBEROS_AP_REQ).ok_or(NotDer)?;
    let mut ap_req = Reader::new(token).inside(AP_REQ)?.inside(der::SEQUENCE)?;
    // pvno, msg-type, ap-options
    for number in 0..3 {
        ap_req.element(der::context(number))?;
    }
    let mut ticket = ap_req.inside(der::context(3))?.inside(TICKET)?.inside(der::SEQUENCE)?;
    let authenticator = ap_req.inside(der::context(4))?;
    // tkt-vno, realm, sname
    for number in 0..3 {
        ticket.element(der::context(number))?;
    }
    let of_ticket = ticket.inside(der::context(3))?;
    Ok([cipher(of_ticket)?, cipher(authenticator)?])
}

/// That of EncryptedData.
fn cipher(mut encrypted: Reader<'_>) -> Result<&[u8], NotDer> {
    encrypted.inside(der::SEQUENCE)?.inside(der::context(0))?.element(der::INTEGER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::der::element;
    use crate::auth::test_support::Noise;

    fn encrypted(number: u8, cipher: &[u8]) -> Vec<u8> {
        let cipher = element(der::context(0), &[&element(der::INTEGER, &[cipher])]);
        let octets = element(der::context(2), &[&element(der::OCTET_STRING, &[b"secret"])]);
        element(der::context(number), &[&element(der::SEQUENCE, &[&cipher, &octets])])
    }

    fn token(of_ticket: &[u8], of_session: &[u8]) -> Vec<u8> {
        let plain = |number| element(der::context(number), &[&[2, 1, 5]]);
        let ticket = [plain(0), plain(1), plain(2), encrypted(3, of_ticket)].concat();
        let ticket = element(TICKET, &[&element(der::SEQUENCE, &[&ticket])]);
        let fields = [plain(0), plain(1), plain(2), element(der::context(3), &[&ticket])].concat();
        let ap_req = element(der::SEQUENCE, &[&fields, &encrypted(4, of_session)]);
        element(der::APPLICATION_0, &[KERBEROS_AP_REQ, &element(AP_REQ, &[&ap_req])])
    }

    #[test]
    fn only_ciphers_that_are_not_broken_are_taken() {
        for cipher in SAFE {
            assert_eq!(check(&token(&[cipher], &[18])), Ok(()));
            assert_eq!(check(&token(&[18], &[cipher])), Ok(()));
        }
        // DES, triple DES, RC4, one of Microsoft's own with a negative number, and one that does not exist.
        for cipher in [&[1][..], &[3], &[16], &[23], &[24], &[0xFF, 0x7B], &[0, 18]] {
            assert_eq!(check(&token(cipher, &[18])), Err(KerberosFault::WeakEncryption), "{cipher:?}");
            assert_eq!(check(&token(&[18], cipher)), Err(KerberosFault::WeakEncryption), "{cipher:?}");
        }
    }

    #[test]
    fn tokens_of_another_kind_are_not_sent() {
        let whole = token(&[18], &[18]);
        for length in 0..whole.len() {
            assert!(matches!(check(&whole[..length]), Err(KerberosFault::Other { .. })), "{length}");
        }
        let mut noise = Noise::new(21);
        for _ in 0..20_000 {
            let _ = check(&noise.mutate(&whole));
        }
    }
}
