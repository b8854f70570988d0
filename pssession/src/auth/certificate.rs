//! The client certificate (DSP0226, security profile `wsman/secprofile/https/mutual`): TLS has done all of it, and the
//! header only says so.

use super::{CERTIFICATE, Context, Error, Mechanism, Scheme, Step};
use crate::secret::Secret;

struct Certificate;

pub(super) fn start(_: Context<'_>) -> Result<Box<dyn Mechanism>, Error> {
    Ok(Box::new(Certificate))
}

impl Mechanism for Certificate {
    fn scheme(&self) -> &'static Scheme {
        &CERTIFICATE
    }

    fn authorization(&mut self, challenge: Option<&str>) -> Result<Step, Error> {
        match challenge {
            None => Ok(Step::Send(Secret::new(CERTIFICATE.name.to_owned()))),
            Some(_) => Err(self.refusal()),
        }
    }

    fn refusal(&self) -> Error {
        Error::Refused { scheme: CERTIFICATE.title() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::test_support::start_for_nobody;

    #[test]
    fn every_request_names_the_profile_and_nothing_else() {
        let mut certificate = start_for_nobody(&CERTIFICATE).unwrap();
        let profile = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";
        for _ in 0..2 {
            assert_eq!(certificate.authorization(None), Ok(Step::Send(Secret::new(profile.into()))));
        }
        assert_eq!(certificate.authorization(Some("")), Err(Error::Refused { scheme: "Certificate" }));
        assert_eq!(certificate.refusal(), Error::Refused { scheme: "Certificate" });
    }
}
