//! What the headers of all requests share.

use super::error::Error;
use crate::auth;
use crate::secret::Secret;
use http::header::HeaderValue;

pub(super) const USER_AGENT: &str = concat!("connect-pssession/", env!("CARGO_PKG_VERSION"));

/// A secret as the value of a header.
pub(super) fn sensitive(secret: &Secret) -> Result<HeaderValue, Error> {
    let mut value =
        HeaderValue::try_from(secret.expose_secret()).map_err(|_| auth::Error::MalformedChallenge)?;
    value.set_sensitive(true);
    Ok(value)
}
