//! The accepting side of NTLM (MS-NLMP): it challenges a client and verifies its answer.
//!
//! Only NTLMv2 is accepted, with integrity code, key exchange and sealing: what Windows negotiates with
//! itself.

use super::sealing::{Key, hmac_md5, rc4};
use md4::{Digest, Md4};

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
const NEGOTIATE: u32 = 1;
const CHALLENGE: u32 = 2;
const AUTHENTICATE: u32 = 3;

/// Flags of MS-NLMP 2.2.2.5.
const UNICODE: u32 = 0x0000_0001;
const REQUEST_TARGET: u32 = 0x0000_0004;
const SIGN: u32 = 0x0000_0010;
const SEAL: u32 = 0x0000_0020;
const NTLM: u32 = 0x0000_0200;
const ALWAYS_SIGN: u32 = 0x0000_8000;
const TARGET_TYPE_SERVER: u32 = 0x0002_0000;
const EXTENDED_SESSIONSECURITY: u32 = 0x0008_0000;
const TARGET_INFO: u32 = 0x0080_0000;
const VERSION: u32 = 0x0200_0000;
const KEY_128: u32 = 0x2000_0000;
const KEY_EXCH: u32 = 0x4000_0000;
const KEY_56: u32 = 0x8000_0000;

/// Without these a session could be listened to or altered.
const REQUIRED: [(u32, &str); 5] = [
    (UNICODE, "NEGOTIATE_UNICODE"),
    (SEAL, "NEGOTIATE_SEAL"),
    (EXTENDED_SESSIONSECURITY, "NEGOTIATE_EXTENDED_SESSIONSECURITY"),
    (KEY_128, "NEGOTIATE_128"),
    (KEY_EXCH, "NEGOTIATE_KEY_EXCH"),
];

/// Attributes of target information (MS-NLMP 2.2.2.1).
const AV_EOL: u16 = 0;
const AV_NB_COMPUTER_NAME: u16 = 1;
const AV_NB_DOMAIN_NAME: u16 = 2;
const AV_DNS_COMPUTER_NAME: u16 = 3;
const AV_DNS_DOMAIN_NAME: u16 = 4;
const AV_FLAGS: u16 = 6;
const AV_TIMESTAMP: u16 = 7;
const AV_CHANNEL_BINDINGS: u16 = 10;

/// In `AV_FLAGS`: the AUTHENTICATE message has an integrity code.
const AV_FLAG_MIC: u32 = 0x0000_0002;

/// Where fields stand in AUTHENTICATE (MS-NLMP 2.2.1.3).
const NT_RESPONSE_AT: usize = 20;
const DOMAIN_AT: usize = 28;
const USER_AT: usize = 36;
const SESSION_KEY_AT: usize = 52;
const FLAGS_AT: usize = 60;
const MIC_AT: usize = 72;
const MIC: usize = 16;

/// Where the payload of CHALLENGE begins (MS-NLMP 2.2.1.2).
const CHALLENGE_PAYLOAD_AT: usize = 56;

/// Where the attributes stand in an NTLMv2 response behind the proof: version, reserved octets, time,
/// challenge.
const ATTRIBUTES_AT: usize = 2 + 6 + 8 + 8 + 4;

/// Why a client was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NtlmError {
    #[error("the token is no NTLM message of type {0}")]
    NotNtlm(u32),
    #[error("the NTLM message is cut short")]
    Truncated,
    #[error("the client does not negotiate {0}")]
    Lacks(&'static str),
    #[error("the response is not NTLMv2")]
    NotVersion2,
    #[error("there is no user {0}")]
    UnknownUser(String),
    #[error("the password of {0} is wrong")]
    WrongPassword(String),
    /// A challenge with a timestamp obliges the client to send one (MS-NLMP 3.1.5.1.2).
    #[error("the client sends no message integrity code")]
    NoIntegrityCode,
    #[error("the message integrity code is wrong")]
    WrongIntegrityCode,
    #[error("the client sends no channel bindings")]
    NoChannelBindings,
    #[error("the channel bindings are not those of this TLS connection")]
    WrongChannelBindings,
}

/// How strictly channel bindings are checked: the service's CbtHardeningLevel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelBinding {
    None,
    /// A wrong one is refused, a missing one passes.
    Relaxed,
    Strict,
}

/// What the AUTHENTICATE message must be bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    pub level: ChannelBinding,
    /// The hash of this connection's TLS channel; `None` without TLS.
    pub expected: Option<Key>,
}

/// A challenge for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    negotiate: Vec<u8>,
    message: Vec<u8>,
    server_challenge: [u8; 8],
}

/// A client that proved who it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The user's name as the client spelt it.
    pub user: String,
    pub exported_session_key: Key,
}

impl Challenge {
    /// Answers a NEGOTIATE message. `file_time`: tenths of microseconds since 1601.
    pub fn new(
        negotiate: &[u8],
        machine: &str,
        server_challenge: [u8; 8],
        file_time: u64,
    ) -> Result<Challenge, NtlmError> {
        check_type(negotiate, NEGOTIATE)?;
        let asked = u32::from_le_bytes(read(negotiate, 12)?);
        check_flags(asked)?;
        let offered = UNICODE
            | REQUEST_TARGET
            | SIGN
            | SEAL
            | NTLM
            | ALWAYS_SIGN
            | EXTENDED_SESSIONSECURITY
            | VERSION
            | KEY_128
            | KEY_EXCH
            | KEY_56;
        let flags = (asked & offered) | TARGET_TYPE_SERVER | TARGET_INFO;

        let name = utf16(machine);
        let target_info = target_info(machine, file_time);
        let mut message = Vec::new();
        message.extend(SIGNATURE);
        message.extend(CHALLENGE.to_le_bytes());
        message.extend(field(name.len(), CHALLENGE_PAYLOAD_AT));
        message.extend(flags.to_le_bytes());
        message.extend(server_challenge);
        message.extend([0; 8]);
        message.extend(field(target_info.len(), CHALLENGE_PAYLOAD_AT + name.len()));
        // Version 10.0, build 17763, revision 15 (MS-NLMP 2.2.2.10).
        message.extend([10, 0, 0x63, 0x45, 0, 0, 0, 15]);
        message.extend(name);
        message.extend(target_info);
        Ok(Challenge { negotiate: negotiate.to_vec(), message, server_challenge })
    }

    /// The CHALLENGE message.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Verifies an AUTHENTICATE message. `password` knows the passwords of the users, by the name a client
    /// gives.
    pub fn verify(
        &self,
        authenticate: &[u8],
        binding: Binding,
        password: impl Fn(&str) -> Option<String>,
    ) -> Result<Accepted, NtlmError> {
        check_type(authenticate, AUTHENTICATE)?;
        check_flags(u32::from_le_bytes(read(authenticate, FLAGS_AT)?))?;
        let user = from_utf16(payload(authenticate, USER_AT)?);
        let domain = from_utf16(payload(authenticate, DOMAIN_AT)?);
        let response = payload(authenticate, NT_RESPONSE_AT)?;
        let (proof, blob) = response.split_first_chunk::<16>().ok_or(NtlmError::NotVersion2)?;
        if !blob.starts_with(&[1, 1]) {
            return Err(NtlmError::NotVersion2);
        }
        let attributes = attributes(blob.get(ATTRIBUTES_AT..).ok_or(NtlmError::Truncated)?)?;

        let password = password(&user).ok_or_else(|| NtlmError::UnknownUser(user.clone()))?;
        let key = ntowf_v2(&password, &user, &domain);
        if hmac_md5(&key, &[&self.server_challenge, blob]) != *proof {
            return Err(NtlmError::WrongPassword(user));
        }
        let session_base_key = hmac_md5(&key, &[proof]);
        let encrypted: &Key = payload(authenticate, SESSION_KEY_AT)?
            .try_into()
            .map_err(|_| NtlmError::Lacks("a session key"))?;
        let exported_session_key = rc4(&session_base_key, encrypted);
        self.check_integrity(authenticate, &attributes, &exported_session_key)?;
        check_binding(binding, find(&attributes, AV_CHANNEL_BINDINGS))?;
        Ok(Accepted { user, exported_session_key })
    }

    /// MS-NLMP 3.2.5.1.2: the integrity code covers all three messages, with itself as zeros.
    fn check_integrity(
        &self,
        authenticate: &[u8],
        attributes: &[(u16, &[u8])],
        key: &Key,
    ) -> Result<(), NtlmError> {
        let flags =
            find(attributes, AV_FLAGS).and_then(|value| value.try_into().ok()).map(u32::from_le_bytes);
        if flags.unwrap_or(0) & AV_FLAG_MIC == 0 {
            return Err(NtlmError::NoIntegrityCode);
        }
        let mic: [u8; MIC] = read(authenticate, MIC_AT)?;
        let (before, after) = (authenticate.get(..MIC_AT), authenticate.get(MIC_AT + MIC..));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let computed = hmac_md5(key, &[&self.negotiate, &self.message, before, &[0; MIC], after]);
        if computed == mic { Ok(()) } else { Err(NtlmError::WrongIntegrityCode) }
    }
}

/// The hash of a TLS channel that an NTLM client sends (MS-NLMP 3.1.5.1.2, RFC 5929): MD5 of a GSS structure
/// whose addresses are empty and whose application data are these.
pub fn channel_binding_hash(application_data: &[u8]) -> Key {
    use md5::Digest;
    let length = u32::try_from(application_data.len()).unwrap_or(u32::MAX);
    md5::Md5::new()
        .chain_update([0; 16])
        .chain_update(length.to_le_bytes())
        .chain_update(application_data)
        .finalize()
        .into()
}

fn check_binding(binding: Binding, sent: Option<&[u8]>) -> Result<(), NtlmError> {
    let Binding { level, expected: Some(expected) } = binding else { return Ok(()) };
    // All zeros is how a client says that it has none.
    let sent = sent.filter(|sent| sent.iter().any(|octet| *octet != 0));
    match (level, sent) {
        (ChannelBinding::None, _) | (ChannelBinding::Relaxed, None) => Ok(()),
        (ChannelBinding::Strict, None) => Err(NtlmError::NoChannelBindings),
        (_, Some(sent)) if sent == expected => Ok(()),
        (_, Some(_)) => Err(NtlmError::WrongChannelBindings),
    }
}

fn check_type(message: &[u8], message_type: u32) -> Result<(), NtlmError> {
    let matches = message.starts_with(SIGNATURE) && read(message, 8) == Ok(message_type.to_le_bytes());
    if matches { Ok(()) } else { Err(NtlmError::NotNtlm(message_type)) }
}

fn check_flags(flags: u32) -> Result<(), NtlmError> {
    match REQUIRED.into_iter().find(|(flag, _)| flags & flag == 0) {
        Some((_, name)) => Err(NtlmError::Lacks(name)),
        None => Ok(()),
    }
}

/// NTOWFv2 (MS-NLMP 3.3.2). The user's name counts in upper case, the domain's as it is.
fn ntowf_v2(password: &str, user: &str, domain: &str) -> Key {
    let hash: Key = Md4::digest(utf16(password)).into();
    let user: String = user.chars().map(upper).collect();
    hmac_md5(&hash, &[&utf16(&user), &utf16(domain)])
}

/// Windows folds character by character: what would become several characters stays.
fn upper(character: char) -> char {
    let mut folded = character.to_uppercase();
    match (folded.next(), folded.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

fn target_info(machine: &str, file_time: u64) -> Vec<u8> {
    let name = utf16(machine);
    let dns = utf16(&machine.to_lowercase());
    let mut info = Vec::new();
    for (id, value) in [
        (AV_NB_DOMAIN_NAME, name.as_slice()),
        (AV_NB_COMPUTER_NAME, name.as_slice()),
        (AV_DNS_DOMAIN_NAME, dns.as_slice()),
        (AV_DNS_COMPUTER_NAME, dns.as_slice()),
        (AV_TIMESTAMP, file_time.to_le_bytes().as_slice()),
        (AV_EOL, &[]),
    ] {
        info.extend(id.to_le_bytes());
        info.extend((value.len() as u16).to_le_bytes());
        info.extend(value);
    }
    info
}

/// The attributes up to the end mark.
fn attributes(octets: &[u8]) -> Result<Vec<(u16, &[u8])>, NtlmError> {
    let mut attributes = Vec::new();
    let mut rest = octets;
    loop {
        let [id0, id1, length0, length1] = read(rest, 0)?;
        let length = usize::from(u16::from_le_bytes([length0, length1]));
        let (value, after) =
            rest.get(4..).and_then(|rest| rest.split_at_checked(length)).ok_or(NtlmError::Truncated)?;
        match u16::from_le_bytes([id0, id1]) {
            AV_EOL => return Ok(attributes),
            id => attributes.push((id, value)),
        }
        rest = after;
    }
}

fn find<'a>(attributes: &[(u16, &'a [u8])], id: u16) -> Option<&'a [u8]> {
    attributes.iter().find(|(found, _)| *found == id).map(|(_, value)| *value)
}

/// The octets at an offset.
fn read<const N: usize>(octets: &[u8], at: usize) -> Result<[u8; N], NtlmError> {
    let found = octets.get(at..).and_then(|rest| rest.first_chunk::<N>());
    found.copied().ok_or(NtlmError::Truncated)
}

/// The part of the payload that the field at `at` points to: length, maximum length, offset.
fn payload(message: &[u8], at: usize) -> Result<&[u8], NtlmError> {
    let length = usize::from(u16::from_le_bytes(read(message, at)?));
    let offset = u32::from_le_bytes(read(message, at + 4)?) as usize;
    let part = message.get(offset..).and_then(|rest| rest.get(..length));
    part.ok_or(NtlmError::Truncated)
}

fn field(length: usize, offset: usize) -> [u8; 8] {
    let [l0, l1] = (length as u16).to_le_bytes();
    let [o0, o1, o2, o3] = (offset as u32).to_le_bytes();
    [l0, l1, l0, l1, o0, o1, o2, o3]
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn from_utf16(octets: &[u8]) -> String {
    let units: Vec<u16> = octets.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests;
