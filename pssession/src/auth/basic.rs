//! Basic authentication (RFC 7617): the password itself, with every request.

use super::{BASIC, Context, Error, Mechanism, Scheme, Step};
use crate::secret::Secret;
use zeroize::Zeroizing;

struct Basic {
    authorization: Secret,
    sent: bool,
}

pub(super) fn start(context: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
    let credential = context.credential.ok_or(Error::CredentialRequired { scheme: BASIC.name })?;
    if credential.user_name.contains(':') {
        return Err(Error::ColonInUserName);
    }
    let password = credential.password.expose_secret();
    let mut user_pass =
        Zeroizing::new(String::with_capacity(credential.user_name.len() + 1 + password.len()));
    user_pass.push_str(&credential.user_name);
    user_pass.push(':');
    user_pass.push_str(password);
    // UTF-8 is what RFC 7617 section 2.1 wants; a server without `charset="UTF-8"` may still expect something else.
    Ok(Box::new(Basic { authorization: BASIC.authorization(user_pass.as_bytes()), sent: false }))
}

impl Mechanism for Basic {
    fn scheme(&self) -> &'static Scheme {
        &BASIC
    }

    fn authorization(&mut self, challenge: Option<&str>) -> Result<Step, Error> {
        // The first challenge asks for the password; another one, once it was sent, refuses it.
        if self.sent && challenge.is_some() {
            return Err(Error::Refused { scheme: BASIC.name });
        }
        self.sent = true;
        Ok(Step::Send(self.authorization.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::test_support::start_for_nobody;
    use crate::auth::{Credential, Receiver};

    fn basic(user_name: &str, password: &str) -> Result<Box<dyn Mechanism>, Error> {
        let credential = Credential { user_name: user_name.into(), password: Secret::new(password.into()) };
        BASIC.start(
            None,
            Context {
                credential: Some(&credential),
                target_name: "HTTP/server01",
                receiver: Receiver::Server,
                request_target: "/wsman",
                now: 0,
                random: &mut |_| unreachable!("Basic draws nothing"),
            },
        )
    }

    fn sent(authorization: &str) -> Result<Step, Error> {
        Ok(Step::Send(Secret::new(authorization.into())))
    }

    #[test]
    fn every_request_carries_user_and_password() {
        // The example of RFC 7617 section 2, and that of its section 2.1 in UTF-8.
        let mut aladdin = basic("Aladdin", "open sesame").unwrap();
        for _ in 0..3 {
            assert_eq!(aladdin.authorization(None), sent("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        }
        assert_eq!(basic("test", "123£").unwrap().authorization(None), sent("Basic dGVzdDoxMjPCow=="));
    }

    #[test]
    fn a_challenge_after_the_password_is_a_refusal() {
        let mut basic = basic("alice", "wrong").unwrap();
        assert!(basic.authorization(Some("realm=\"WSMAN\"")).is_ok());
        let refused = Err(Error::Refused { scheme: "Basic" });
        assert_eq!(basic.authorization(Some("realm=\"WSMAN\"")), refused);
    }

    #[test]
    fn what_cannot_be_expressed_is_refused() {
        assert_eq!(basic("ali:ce", "x").err(), Some(Error::ColonInUserName));
        assert_eq!(start_for_nobody(&BASIC).err(), Some(Error::CredentialRequired { scheme: "Basic" }));
    }

    #[test]
    fn nothing_can_be_sealed() {
        let mut basic = basic("alice", "x").unwrap();
        assert!(!basic.can_seal());
        assert_eq!(basic.seal(b"text"), Err(Error::NotEstablished));
        assert_eq!(basic.unseal(&[], Vec::new()), Err(Error::NotEstablished));
    }
}
