//! The answer to a CHALLENGE (MS-NLMP 3.3.2, NTLMv2) and the target information inside it.

use crate::auth::credential::utf16;
use crate::auth::{ChannelBindings, Error};
use crate::secret::Secret;
use hmac::{Hmac, Mac};
use md4::{Digest, Md4};
use md5::Md5;
use ntlmclient::{TargetInfoEntry, TargetInfoType};
use rc4::{KeyInit, Rc4, StreamCipher};
use zeroize::Zeroizing;

/// MsvAvFlags bit: AUTHENTICATE carries a MIC (MS-NLMP 2.2.2.1).
const MIC_PROVIDED: u32 = 0x2;

/// What the server says about itself, as far as it matters here.
pub(super) struct TargetInfo {
    /// Its AV pairs, without those that the client writes and without the end of the list.
    pairs: Vec<TargetInfoEntry>,
    flags: u32,
    /// The server's FILETIME.
    pub(super) timestamp: Option<u64>,
}

impl TargetInfo {
    /// # Errors
    /// [`Error::MalformedChallenge`] if MsvAvFlags or MsvAvTimestamp has not the size of its type.
    pub(super) fn read(challenge: &[TargetInfoEntry]) -> Result<TargetInfo, Error> {
        let mut info = TargetInfo { pairs: Vec::new(), flags: 0, timestamp: None };
        for pair in challenge.iter().take_while(|pair| pair.entry_type != TargetInfoType::Terminator) {
            let malformed = |_| Error::MalformedChallenge;
            match pair.entry_type {
                TargetInfoType::Flags => {
                    info.flags = u32::from_le_bytes(pair.data.as_slice().try_into().map_err(malformed)?);
                    continue;
                }
                // A server must not send these; this side's replace them.
                TargetInfoType::ChannelBindings | TargetInfoType::TargetName => continue,
                TargetInfoType::Timestamp => {
                    let timestamp = pair.data.as_slice().try_into().map_err(malformed)?;
                    info.timestamp = Some(u64::from_le_bytes(timestamp));
                }
                _ => {}
            }
            info.pairs.push(pair.clone());
        }
        Ok(info)
    }

    /// The AV pairs of the response (MS-NLMP 3.1.5.1.2): the server's own, that a MIC follows, the TLS channel if
    /// there is one, and the name the client knows the server by.
    pub(super) fn answer(&self, target_name: &str, bindings: Option<&ChannelBindings>) -> Vec<u8> {
        let pair = |entry_type, data| TargetInfoEntry { entry_type, data };
        let flags = (self.flags | MIC_PROVIDED).to_le_bytes().to_vec();
        let bindings = bindings.map(|b| pair(TargetInfoType::ChannelBindings, b.hash().to_vec()));
        let own = [Some(pair(TargetInfoType::Flags, flags)), bindings].into_iter().flatten().chain([
            TargetInfoEntry::from_string(TargetInfoType::TargetName, target_name),
            pair(TargetInfoType::Terminator, Vec::new()),
        ]);
        self.pairs.iter().cloned().chain(own).flat_map(|pair| pair.to_bytes()).collect()
    }
}

/// What a response is computed from.
pub(super) struct Challenged<'a> {
    pub(super) ntowfv2: &'a [u8; 16],
    pub(super) server_challenge: [u8; 8],
    pub(super) client_challenge: [u8; 8],
    /// The server's time from its AV pairs.
    pub(super) timestamp: Option<u64>,
    /// The client's time, used only if the server gives none.
    pub(super) now: u64,
    /// AV pairs with their end.
    pub(super) target_info: &'a [u8],
}

pub(super) struct Response {
    pub(super) nt_challenge_response: Vec<u8>,
    pub(super) lm_challenge_response: Vec<u8>,
    pub(super) session_base_key: Zeroizing<[u8; 16]>,
}

impl Response {
    /// MS-NLMP 3.3.2, ComputeResponse.
    pub(super) fn new(challenged: &Challenged<'_>) -> Response {
        let Challenged { ntowfv2, server_challenge, client_challenge, timestamp, now, target_info } =
            challenged;
        // NTLMv2_CLIENT_CHALLENGE, 2.2.2.7: the version twice, then reserved octets around time, nonce and AV pairs.
        let temp = [
            &[1, 1, 0, 0, 0, 0, 0, 0][..],
            &timestamp.unwrap_or(*now).to_le_bytes(),
            client_challenge,
            &[0; 4],
            target_info,
            &[0; 4],
        ]
        .concat();
        let nt_proof = hmac_md5(ntowfv2, &[server_challenge, &temp]);
        // 3.1.5.1.2: a server that sends its time gets no LM response any more.
        let lm_challenge_response = match timestamp {
            Some(_) => vec![0; 24],
            None => {
                [&hmac_md5(ntowfv2, &[server_challenge, client_challenge])[..], client_challenge].concat()
            }
        };
        Response {
            session_base_key: Zeroizing::new(hmac_md5(ntowfv2, &[&nt_proof])),
            nt_challenge_response: [&nt_proof[..], &temp].concat(),
            lm_challenge_response,
        }
    }

    /// EncryptedRandomSessionKey. With NTLMv2 the key exchange key is the session base key (MS-NLMP 3.4.5.1, KXKEY).
    pub(super) fn wrap_session_key(&self, exported_session_key: &[u8; 16]) -> Vec<u8> {
        let mut wrapped = exported_session_key.to_vec();
        Rc4::new((&*self.session_base_key).into()).apply_keystream(&mut wrapped);
        wrapped
    }
}

/// MS-NLMP 3.3.2, NTOWFv2: the user name is folded to upper case, the domain is not.
///
/// This is the one place where the password is read. The crate that writes the messages has the function too, but
/// leaves the password in freed memory and folds `ß` to `SS`.
pub(super) fn ntowfv2(user: &str, domain: &str, password: &Secret) -> Zeroizing<[u8; 16]> {
    let nt_hash = Zeroizing::new(Md4::digest(utf16(password.expose_secret())).into());
    Zeroizing::new(hmac_md5(&nt_hash, &[&utf16(&upper_case(user)), &utf16(domain)]))
}

/// Upper case as Windows folds it: one character for one. Where the upper case has several, such as `SS` for `ß`,
/// the character stays.
fn upper_case(text: &str) -> String {
    text.chars()
        .map(|character| {
            let mut upper = character.to_uppercase();
            if upper.len() == 1 { upper.next().unwrap_or(character) } else { character }
        })
        .collect()
}

/// HMAC-MD5 over the concatenation of the parts.
pub(super) fn hmac_md5(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = keyed_hmac_md5(key);
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

pub(super) fn keyed_hmac_md5(key: &[u8; 16]) -> Hmac<Md5> {
    <Hmac<Md5> as Mac>::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MS-NLMP 4.2.1 and 4.2.4.1: what the published values of NTLMv2 are computed from.
    const SERVER_CHALLENGE: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF];
    const CLIENT_CHALLENGE: [u8; 8] = [0xAA; 8];
    const RANDOM_SESSION_KEY: [u8; 16] = [0x55; 16];
    const TARGET_INFO: &[u8] = b"\x02\0\x0C\0D\0o\0m\0a\0i\0n\0\x01\0\x0C\0S\0e\0r\0v\0e\0r\0\0\0\0\0";

    fn published_ntowfv2() -> Zeroizing<[u8; 16]> {
        ntowfv2("User", "Domain", &Secret::new("Password".into()))
    }

    fn published_response(timestamp: Option<u64>) -> Response {
        Response::new(&Challenged {
            ntowfv2: &published_ntowfv2(),
            server_challenge: SERVER_CHALLENGE,
            client_challenge: CLIENT_CHALLENGE,
            timestamp,
            now: 0,
            target_info: TARGET_INFO,
        })
    }

    #[test]
    fn the_published_ntowfv2_comes_out() {
        let expected = 0x0C868A40_3BFD7A93_A3001EF2_2EF02E3F_u128.to_be_bytes();
        assert_eq!(*published_ntowfv2(), expected);
    }

    #[test]
    fn the_published_response_comes_out() {
        let response = published_response(None);
        let proof = 0x68CD0AB8_51E51C96_AABC927B_EBEF6A1C_u128.to_be_bytes();
        assert_eq!(response.nt_challenge_response[..16], proof);
        let temp = [b"\x01\x01\0\0\0\0\0\0", &[0; 8][..], &[0xAA; 8], &[0; 4], TARGET_INFO, &[0; 4]].concat();
        assert_eq!(response.nt_challenge_response[16..], temp);
        let lm = 0x86C35097_AC9CEC10_2554764A_57CCCC19_u128.to_be_bytes();
        assert_eq!(response.lm_challenge_response, [&lm[..], &[0xAA; 8]].concat());
    }

    #[test]
    fn the_published_session_keys_come_out() {
        let response = published_response(None);
        assert_eq!(*response.session_base_key, 0x8DE40CCA_DBC14A82_F15CB0AD_0DE95CA3_u128.to_be_bytes());
        let wrapped = response.wrap_session_key(&RANDOM_SESSION_KEY);
        assert_eq!(wrapped, 0xC5DAD254_4FC97990_94CE1CE9_0BC9D03E_u128.to_be_bytes());
    }

    #[test]
    fn the_time_of_the_server_goes_before_our_own_and_ends_the_lm_response() {
        let response = published_response(Some(0x0102_0304_0506_0708));
        assert_eq!(response.nt_challenge_response[24..32], [8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(response.lm_challenge_response, [0; 24]);
    }

    #[test]
    fn user_names_are_folded_character_by_character() {
        for (user, folded) in [
            ("alice", "ALICE"),
            ("straße", "STRAßE"),
            ("Łukasz", "ŁUKASZ"),
            ("ŉ", "ŉ"),
            ("ﬁona", "ﬁONA"),
            ("алиса@Example.com", "АЛИСА@EXAMPLE.COM"),
        ] {
            assert_eq!(upper_case(user), folded);
        }
    }
}
