//! NTLM (MS-NLMP): three messages, then a context that seals. Carried by `Negotiate` without SPNEGO around it,
//! which the receiver of Windows takes as well (MS-SPNG 3.2.5.2, the universal receiver).
//!
//! ```text
//! NEGOTIATE ─►  401 with CHALLENGE  ─► AUTHENTICATE ─► success
//! ```
//!
//! NTLMv2 only. The messages are read and written by the `ntlmclient` crate; what makes the handshake safe is here
//! and in the files below: [`response`] answers the challenge, [`session`] seals.

#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod response;
mod session;

use super::{
    ChannelBindings, Context, Credential, Error, KeptCredential, Mechanism, NEGOTIATE, Receiver, Scheme,
    Sealed, Step, token,
};
use ntlmclient::{AuthenticateMessage, ChallengeMessage, Flags, Message, NegotiateMessage, OsVersion};
use response::{Challenged, Response, TargetInfo, hmac_md5, ntowfv2};
pub(super) use session::{SIGNATURE_LENGTH, Session};
use zeroize::Zeroizing;

/// What the client asks for (MS-NLMP 2.2.2.5). AUTHENTICATE carries what of it the server agrees to.
const ASKED_FOR: Flags = Flags::NEGOTIATE_UNICODE
    .union(Flags::REQUEST_TARGET)
    .union(Flags::NEGOTIATE_SIGN)
    .union(Flags::NEGOTIATE_SEAL)
    .union(Flags::NEGOTIATE_NTLM)
    .union(Flags::NEGOTIATE_ALWAYS_SIGN)
    .union(EXTENDED_SESSIONSECURITY)
    .union(Flags::NEGOTIATE_TARGET_INFO)
    .union(Flags::NEGOTIATE_VERSION)
    .union(Flags::NEGOTIATE_128BIT)
    .union(Flags::NEGOTIATE_KEY_EXCHANGE)
    .union(Flags::NEGOTIATE_56BIT);

/// The document's name for what the crate calls the NTLM2 key.
const EXTENDED_SESSIONSECURITY: Flags = Flags::NEGOTIATE_NTLM2_KEY;

/// Without any one of these the session is weak or not protected at all. The flags of a CHALLENGE travel
/// unprotected, so a server without them looks just like someone on the network path who trims them off.
const REQUIRED: [(Flags, &str); 4] = [
    (Flags::NEGOTIATE_SEAL, "NTLMSSP_NEGOTIATE_SEAL"),
    (EXTENDED_SESSIONSECURITY, "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY"),
    (Flags::NEGOTIATE_128BIT, "NTLMSSP_NEGOTIATE_128"),
    (Flags::NEGOTIATE_KEY_EXCHANGE, "NTLMSSP_NEGOTIATE_KEY_EXCH"),
];

/// A proxy gets nothing that would need protection, and those that cannot sign or seal do not offer it. What this
/// side asks for stays the same: it binds anyone who passes the login on to a server that can.
const REQUIRED_OF_PROXIES: [(Flags, &str); 1] = [REQUIRED[1]];

/// MS-NLMP 2.2.2.10: product versions are for debugging only; the revision is the protocol's.
const VERSION: OsVersion = OsVersion {
    major_version: 0,
    minor_version: 0,
    build_number: 0,
    reserved: [0; 3],
    ntlm_revision: 15, // NTLMSSP_REVISION_W2K3
};

/// Most characters of a user, domain or target name: a user principal name may have as many. The lengths of an
/// NTLM message have 16 bits, and none of its fields may outgrow them.
const MAX_NAME: usize = 1024;

/// Begins a handshake. Draws the client challenge (8 octets), then the session key (16 octets).
pub(super) fn start(context: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
    Ok(Box::new(Ntlm { state: State::Start(Box::new(Logon::new(context)?)) }))
}

struct Ntlm {
    state: State,
}

/// Boxed, so that the keys stay where they are while the states change: what moves leaves a copy behind.
enum State {
    Start(Box<Logon>),
    Negotiated {
        logon: Box<Logon>,
        /// NEGOTIATE as it was sent, for the MIC.
        negotiate: Vec<u8>,
    },
    Authenticated(Box<Session>),
    Failed,
}

impl Mechanism for Ntlm {
    fn scheme(&self) -> &'static Scheme {
        &NEGOTIATE
    }

    fn authorization(&mut self, challenge: Option<&str>) -> Result<Step, Error> {
        let received = || token(challenge.unwrap_or_default());
        // On every way out that is not a step forward the handshake has failed.
        let (state, step) = match std::mem::replace(&mut self.state, State::Failed) {
            // Whatever the server has offered before the client spoke, NTLM begins with NEGOTIATE.
            State::Start(logon) => {
                let negotiate = negotiate()?;
                let step = Step::Send(NEGOTIATE.authorization(&negotiate));
                (State::Negotiated { logon, negotiate }, step)
            }
            State::Negotiated { logon, negotiate } => {
                let challenge = received()?.ok_or(Error::MissingToken)?;
                let (authenticate, session) = logon.authenticate(&negotiate, &challenge)?;
                let step = Step::Send(NEGOTIATE.authorization(&authenticate));
                (State::Authenticated(session), step)
            }
            // The server does not answer AUTHENTICATE. Should it still send something that is not an NTLM message, such
            // as the accept-completed of SPNEGO, it adds nothing (unverified whether Windows does so).
            State::Authenticated(session) => match received()? {
                Some(token) if Message::try_from(token.as_slice()).is_ok() => {
                    return Err(Error::UnexpectedToken);
                }
                _ => (State::Authenticated(session), Step::Established),
            },
            State::Failed => return Err(Error::NotEstablished),
        };
        self.state = state;
        Ok(step)
    }

    fn bind(&mut self, bindings: ChannelBindings) {
        if let State::Start(logon) | State::Negotiated { logon, .. } = &mut self.state {
            logon.channel_bindings = Some(bindings);
        }
    }

    fn unproven(&self) -> Option<&'static str> {
        matches!(self.state, State::Start(_) | State::Negotiated { .. }).then_some("NTLM in Negotiate")
    }

    fn can_seal(&self) -> bool {
        matches!(self.state, State::Authenticated(_))
    }

    fn seal(&mut self, plaintext: &[u8]) -> Result<Sealed, Error> {
        match &mut self.state {
            State::Authenticated(session) => Ok(session.seal(plaintext)),
            _ => Err(Error::NotEstablished),
        }
    }

    fn unseal(&mut self, signature: &[u8], ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        let State::Authenticated(session) = &mut self.state else { return Err(Error::NotEstablished) };
        let unsealed = session.unseal(signature, ciphertext);
        if unsealed.is_err() {
            // Either the message was tampered with or the cipher streams are out of step: nothing more can be trusted.
            self.state = State::Failed;
        }
        unsealed
    }
}

/// The first message.
pub(super) fn negotiate() -> Result<Vec<u8>, Error> {
    write(Message::Negotiate(NegotiateMessage {
        flags: ASKED_FOR,
        supplied_domain: String::new(),
        supplied_workstation: String::new(),
        os_version: VERSION,
    }))
}

fn write(message: Message) -> Result<Vec<u8>, Error> {
    // The only thing that cannot be written is text without NEGOTIATE_UNICODE.
    message.to_bytes().map_err(|_| Error::MalformedChallenge)
}

/// All that the client brings along. It lives until AUTHENTICATE is made, and the secrets in it are wiped then. What
/// stands for the password is made only for that, and not kept while the server works.
pub(super) struct Logon {
    credential: KeptCredential,
    target_name: String,
    receiver: Receiver,
    channel_bindings: Option<ChannelBindings>,
    now: u64,
    client_challenge: [u8; 8],
    exported_session_key: Zeroizing<[u8; 16]>,
}

impl Logon {
    pub(super) fn new(context: Context<'_>) -> Result<Logon, Error> {
        let credential: &Credential =
            context.credential.ok_or(Error::CredentialRequired { scheme: NEGOTIATE.name })?;
        let (domain, user) = credential.domain_and_user();
        if [user, domain, context.target_name].iter().any(|name| name.chars().count() > MAX_NAME) {
            return Err(Error::NameTooLong { limit: MAX_NAME });
        }
        let mut logon = Logon {
            credential: KeptCredential::of(credential),
            target_name: context.target_name.to_owned(),
            receiver: context.receiver,
            channel_bindings: None,
            now: context.now,
            client_challenge: [0; 8],
            exported_session_key: Zeroizing::new([0; 16]),
        };
        (context.random)(&mut logon.client_challenge);
        (context.random)(logon.exported_session_key.as_mut_slice());
        Ok(logon)
    }

    /// AUTHENTICATE, and the session that it opens (MS-NLMP 3.1.5.1.2).
    pub(super) fn authenticate(
        &self,
        negotiate: &[u8],
        challenge: &[u8],
    ) -> Result<(Vec<u8>, Box<Session>), Error> {
        let Ok(Message::Challenge(message)) = Message::try_from(challenge) else {
            return Err(Error::MalformedChallenge);
        };
        let flags = agreed(&message, self.receiver)?;
        let server_info = TargetInfo::read(&message.target_information)?;
        let credential = self.credential.for_login();
        let (domain, user) = credential.domain_and_user();
        let response = Response::new(&Challenged {
            ntowfv2: &ntowfv2(user, domain, &credential.password),
            server_challenge: message.challenge,
            client_challenge: self.client_challenge,
            timestamp: server_info.timestamp,
            now: self.now,
            target_info: &server_info.answer(&self.target_name, self.channel_bindings.as_ref()),
        });
        // MS-NLMP 3.1.5.1.2: without key exchange the response makes the key.
        let exchanges_key = flags.contains(Flags::NEGOTIATE_KEY_EXCHANGE);
        let key = if exchanges_key { &self.exported_session_key } else { &response.session_base_key };
        let mut authenticate = write(Message::Authenticate(AuthenticateMessage {
            session_key: if exchanges_key { response.wrap_session_key(key) } else { Vec::new() },
            lm_response: response.lm_challenge_response,
            ntlm_response: response.nt_challenge_response,
            domain_name: domain.to_owned(),
            user_name: user.to_owned(),
            workstation_name: String::new(),
            flags,
            os_version: if flags.contains(Flags::NEGOTIATE_VERSION) { VERSION } else { OsVersion::default() },
        }))?;
        add_mic(&mut authenticate, key, negotiate, challenge);
        Ok((authenticate, Box::new(Session::new(key))))
    }
}

/// The flags both sides want.
fn agreed(challenge: &ChallengeMessage, receiver: Receiver) -> Result<Flags, Error> {
    let required = match receiver {
        Receiver::Server => REQUIRED.as_slice(),
        Receiver::Proxy => &REQUIRED_OF_PROXIES,
    };
    let missing: Vec<_> =
        required.iter().filter(|(flag, _)| !challenge.flags.contains(*flag)).map(|(_, name)| *name).collect();
    if !missing.is_empty() {
        return Err(Error::ProtectionsTrimmed { missing });
    }
    // The names in AUTHENTICATE are UTF-16: a server that asks for OEM characters does not speak NTLMv2.
    if !challenge.flags.contains(Flags::NEGOTIATE_UNICODE) {
        return Err(Error::MalformedChallenge);
    }
    let mut flags = ASKED_FOR & challenge.flags;
    // A key is exchanged for what is signed or sealed (MS-NLMP 3.1.5.1.2), and there may be nothing.
    if !flags.intersects(Flags::NEGOTIATE_SIGN | Flags::NEGOTIATE_SEAL) {
        flags.remove(Flags::NEGOTIATE_KEY_EXCHANGE);
    }
    Ok(flags)
}

/// Puts the MIC into AUTHENTICATE (MS-NLMP 2.2.1.3), between the version and the payload, where the message writer
/// leaves no room for it. It covers the three messages exactly as they travel, with zeros in its own place.
fn add_mic(authenticate: &mut Vec<u8>, exported_session_key: &[u8; 16], negotiate: &[u8], challenge: &[u8]) {
    const MIC_OFFSET: usize = 72;
    const MIC: [u8; 16] = [0; 16];
    /// Where the six fields keep the offset of their payload: behind two lengths of 16 bits each.
    const PAYLOAD_OFFSETS: [usize; 6] = [16, 24, 32, 40, 48, 56];

    for at in PAYLOAD_OFFSETS {
        if let Some(offset) = authenticate.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            *offset = (u32::from_le_bytes(*offset) + MIC.len() as u32).to_le_bytes();
        }
    }
    // The fixed part that the writer always makes ends here, so that the message is at least as long.
    authenticate.splice(MIC_OFFSET..MIC_OFFSET, MIC);
    let mic = hmac_md5(exported_session_key, &[negotiate, challenge, authenticate]);
    authenticate.iter_mut().skip(MIC_OFFSET).zip(mic).for_each(|(place, octet)| *place = octet);
}

#[cfg(test)]
pub(super) mod tests;
