//! What holds of NTLM, whatever a server challenges with.

use super::{ASKED_FOR, REQUIRED};
use crate::auth::fuzzing::start;
use crate::auth::{Error, NEGOTIATE, Step};
use crate::fuzzing::Choices;
use base64::prelude::{BASE64_STANDARD, Engine};
use ntlmclient::{Flags, Message};

/// A challenge that is answered has all the protections; the answer is a message that says no more than was asked for; and
/// a session that was sent a forged message is over.
pub fn ntlm(data: &[u8]) {
    let mut choices = Choices(data);
    match choices.flag() {
        true => login(data),
        // A challenge with names and flags of any kind, which random octets would hardly ever be.
        false => {
            let flags = [choices.octet(), choices.octet(), choices.octet(), choices.octet()];
            let (name, info) = (choices.piece(), choices.piece());
            let field = |octets: &[u8], at: usize| {
                let length = (octets.len() as u16).to_le_bytes();
                [&length[..], &length, &(at as u32).to_le_bytes()].concat()
            };
            let (name, info) = (&name[..name.len().min(5000)], &info[..info.len().min(5000)]);
            let message = [
                &b"NTLMSSP\0\x02\0\0\0"[..],
                &field(name, 56),
                &flags,
                &[1, 2, 3, 4, 5, 6, 7, 8],
                &[0; 8],
                &field(info, 56 + name.len()),
                &[10, 0, 0, 0, 0, 0, 0, 15],
                name,
                info,
            ];
            login(&message.concat());
        }
    }
}

fn login(challenge: &[u8]) {
    let mut mechanism = start(&NEGOTIATE);
    assert!(matches!(mechanism.authorization(None), Ok(Step::Send(_))));
    let Ok(Step::Send(sent)) = mechanism.authorization(Some(&BASE64_STANDARD.encode(challenge))) else {
        assert!(!mechanism.can_seal());
        assert_eq!(mechanism.authorization(None), Err(Error::NotEstablished));
        return;
    };
    let Ok(Message::Challenge(message)) = Message::try_from(challenge) else { panic!("no challenge") };
    let is_missing = |flag: &Flags| !message.flags.contains(*flag);
    assert!(!REQUIRED.iter().any(|(flag, _)| is_missing(flag)));
    let token = sent.expose_secret().strip_prefix("Negotiate ").unwrap_or_default();
    let token = BASE64_STANDARD.decode(token).unwrap_or_else(|error| panic!("{error}"));
    let flags = Flags::from_bits_retain(u32::from_le_bytes([token[60], token[61], token[62], token[63]]));
    assert!(token.starts_with(b"NTLMSSP\0\x03\0\0\0") && ASKED_FOR.contains(flags));
    // The fields lie one behind the other behind the MIC, within the message.
    for at in [12, 20, 28, 36, 44, 52] {
        let length = usize::from(u16::from_le_bytes([token[at], token[at + 1]]));
        let offset =
            u32::from_le_bytes([token[at + 4], token[at + 5], token[at + 6], token[at + 7]]) as usize;
        assert!(offset >= 88 && offset + length <= token.len(), "{at}");
    }

    assert!(mechanism.can_seal() && mechanism.seal(b"message").is_ok());
    assert!(mechanism.unseal(&token[..16], challenge.to_vec()).is_err());
    assert!(!mechanism.can_seal());
    assert_eq!(mechanism.seal(b"message"), Err(Error::NotEstablished));
}
