//! Who is at the other end of a connection: accounts, Basic, Digest, and Negotiate with NTLM.
//!
//! Negotiate authenticates a TCP connection once, and all requests on it; Basic authenticates every request
//! by itself.

pub mod digest;
pub mod framing;
mod ntlm;
mod proxy;
mod sealing;
mod spnego;
#[cfg(test)]
pub mod test_client;

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

pub use digest::DigestPolicy;
pub use ntlm::{Binding, ChannelBinding, NtlmError, channel_binding_hash};
pub use proxy::{ProxyLogin, ProxyOffer, ProxyPolicy};
pub use sealing::{BadSignature, Sealing};

use ntlm::Challenge;
use spnego::{BadToken, Token};
use uuid::Uuid;

/// A user of the listener.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub password: String,
    pub administrator: bool,
}

impl User {
    pub fn new(name: &str, password: &str) -> User {
        User { name: name.to_owned(), password: password.to_owned(), administrator: false }
    }

    /// The same user with administrative rights.
    pub fn administrator(self) -> User {
        User { administrator: true, ..self }
    }
}

/// Without the password.
impl std::fmt::Debug for User {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let User { name, administrator, .. } = self;
        formatter
            .debug_struct("User")
            .field("name", name)
            .field("administrator", administrator)
            .finish_non_exhaustive()
    }
}

/// The users of the machine.
#[derive(Debug, Clone)]
pub struct Accounts {
    pub machine: String,
    pub users: Vec<User>,
}

impl Accounts {
    /// The user that a client means by `name`, `MACHINE\name`, `.\name` or `name@realm`, in any case of
    /// letters.
    pub fn find(&self, name: &str) -> Option<&User> {
        let name = name.rsplit_once('\\').map_or(name, |(_, name)| name);
        let name = name.split_once('@').map_or(name, |(name, _)| name);
        self.users.iter().find(|user| user.name.to_lowercase() == name.to_lowercase())
    }
}

/// Why a client was not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("the credentials of Basic are no base64 of a name and a password")]
    BadBasic,
    #[error("the credentials of Digest do not fit the challenge")]
    BadDigest,
    #[error("the nonce is stale")]
    StaleNonce,
    #[error("there is no user {0}")]
    UnknownUser(String),
    #[error("the password of {0} is wrong")]
    WrongPassword(String),
    #[error("the token of Negotiate is no base64")]
    BadBase64,
    #[error(transparent)]
    BadToken(#[from] BadToken),
    #[error("the connection was not challenged")]
    NotChallenged,
    #[error(transparent)]
    Ntlm(#[from] NtlmError),
    #[error("the list of mechanisms was altered")]
    AlteredMechanisms(#[from] BadSignature),
}

impl AuthError {
    /// The name of the user whose logon this was a failure of, as the client gave it.
    pub fn failed_user(&self) -> Option<&str> {
        match self {
            AuthError::UnknownUser(user) | AuthError::WrongPassword(user) => Some(user),
            AuthError::Ntlm(NtlmError::UnknownUser(user) | NtlmError::WrongPassword(user)) => Some(user),
            _ => None,
        }
    }
}

/// Checks the credentials of Basic: base64 of `name:password`.
pub fn basic<'a>(accounts: &'a Accounts, credentials: &str) -> Result<&'a User, AuthError> {
    let decoded = BASE64.decode(credentials.trim()).map_err(|_| AuthError::BadBasic)?;
    let decoded = String::from_utf8(decoded).map_err(|_| AuthError::BadBasic)?;
    let (name, password) = decoded.split_once(':').ok_or(AuthError::BadBasic)?;
    let user = accounts.find(name).ok_or_else(|| AuthError::UnknownUser(name.to_owned()))?;
    if user.password == password { Ok(user) } else { Err(AuthError::WrongPassword(name.to_owned())) }
}

/// What a server draws and knows for a challenge.
#[derive(Debug, Clone, Copy)]
pub struct Nonce {
    pub server_challenge: [u8; 8],
    /// Tenths of microseconds since 1601.
    pub file_time: u64,
}

/// Seconds from the year 1601, in which Windows' time begins, to 1970.
const SECONDS_1601_TO_1970: u64 = 11_644_473_600;

/// What a challenge is made of, now.
pub fn nonce() -> Nonce {
    let [server_challenge @ .., _, _, _, _, _, _, _, _] = Uuid::new_v4().into_bytes();
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let ticks = u64::from(since_1970.subsec_nanos() / 100);
    let file_time = (since_1970.as_secs() + SECONDS_1601_TO_1970) * 10_000_000 + ticks;
    Nonce { server_challenge, file_time }
}

/// A login of Negotiate under way.
#[derive(Debug, Default)]
pub enum Negotiation {
    #[default]
    Fresh,
    Challenged {
        challenge: Challenge,
        /// The DER of the client's list of mechanisms, where it speaks SPNEGO.
        mech_types: Option<Vec<u8>>,
    },
}

/// What one leg of Negotiate comes to.
pub enum Leg {
    /// Base64 to send with a 401, and the negotiation to go on with.
    Continue(String, Negotiation),
    /// The user is known. Base64 to send with the answer, where there is something left to say.
    Accepted { user: User, sealing: Box<Sealing>, token: Option<String> },
}

impl Negotiation {
    /// Takes the client's next token, in base64.
    pub fn step(
        self,
        accounts: &Accounts,
        token: &str,
        nonce: Nonce,
        binding: Binding,
    ) -> Result<Leg, AuthError> {
        let token = BASE64.decode(token.trim()).map_err(|_| AuthError::BadBase64)?;
        let token = Token::read(&token)?;
        match (self, token) {
            // A client may begin anew at any time.
            (_, Token::Bare(ntlm)) if is_negotiate(ntlm) => Ok(begin(accounts, ntlm, None, nonce)?),
            (_, Token::Init { mech_types, ntlm }) => Ok(begin(accounts, ntlm, Some(mech_types), nonce)?),
            (Negotiation::Fresh, _) => Err(AuthError::NotChallenged),
            (Negotiation::Challenged { challenge, mech_types }, token) => {
                let (ntlm, mic) = match token {
                    Token::Response { ntlm, mic } => (ntlm, mic),
                    Token::Bare(ntlm) | Token::Init { ntlm, .. } => (ntlm, None),
                };
                let accepted = challenge
                    .verify(ntlm, binding, |name| accounts.find(name).map(|user| user.password.clone()))?;
                let unknown = || AuthError::UnknownUser(accepted.user.clone());
                let user = accounts.find(&accepted.user).ok_or_else(unknown)?.clone();
                let mut sealing = Box::new(Sealing::new(&accepted.exported_session_key));
                let token = match (mech_types, mic) {
                    (None, _) => None,
                    (Some(_), None) => Some(spnego::completed(None)),
                    (Some(list), Some(mic)) => {
                        Some(spnego::completed(Some(&sealing.mech_list_mic(&list, mic)?)))
                    }
                };
                Ok(Leg::Accepted { user, sealing, token: token.map(|token| BASE64.encode(token)) })
            }
        }
    }
}

fn is_negotiate(ntlm: &[u8]) -> bool {
    ntlm.get(8) == Some(&1)
}

fn begin(
    accounts: &Accounts,
    ntlm: &[u8],
    mech_types: Option<&[u8]>,
    nonce: Nonce,
) -> Result<Leg, NtlmError> {
    let challenge = Challenge::new(ntlm, &accounts.machine, nonce.server_challenge, nonce.file_time)?;
    let token = match mech_types {
        Some(_) => BASE64.encode(spnego::challenge(challenge.message())),
        None => BASE64.encode(challenge.message()),
    };
    let mech_types = mech_types.map(<[u8]>::to_vec);
    Ok(Leg::Continue(token, Negotiation::Challenged { challenge, mech_types }))
}
