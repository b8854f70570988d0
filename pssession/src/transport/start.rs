//! The beginning of a login, whether to a server or to a proxy: what the mechanisms may not find out for themselves.

use super::error::Error;
use crate::auth::{Context, KeptCredential, Mechanism, Receiver, Scheme, Ticket};
use ring::rand::{SecureRandom, SystemRandom};
use std::time::{Duration, SystemTime};

/// A login that is to begin; the fields are those of [`Context`].
pub(super) struct Start<'a> {
    pub scheme: &'static Scheme,
    pub credential: Option<&'a KeptCredential>,
    pub target_name: &'a str,
    pub receiver: Receiver,
    pub request_target: &'a str,
}

impl Start<'_> {
    /// Begins it, with a ticket if there is one.
    ///
    /// # Errors
    /// [`Error::NoEntropy`], or what the mechanism lacks.
    pub(super) fn begin(self, ticket: Option<Ticket>) -> Result<Box<dyn Mechanism>, Error> {
        let mut no_entropy = false;
        let credential = self.credential.map(KeptCredential::for_login);
        let context = Context {
            credential: credential.as_ref(),
            target_name: self.target_name,
            receiver: self.receiver,
            request_target: self.request_target,
            now: windows_file_time(SystemTime::now()),
            random: &mut |octets| no_entropy |= SystemRandom::new().fill(octets).is_err(),
        };
        let started = self.scheme.start(ticket, context);
        if no_entropy { Err(Error::NoEntropy) } else { Ok(started?) }
    }
}

/// Windows' FILETIME: steps of 100 ns since 1601.
fn windows_file_time(now: SystemTime) -> u64 {
    const FROM_1601_TO_1970: Duration = Duration::from_secs(11_644_473_600);
    let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from((since_1970 + FROM_1601_TO_1970).as_nanos() / 100).unwrap_or(u64::MAX)
}
