//! What holds of addresses, whether a person or a server names them.

use super::Endpoint;
use crate::fuzzing::Choices;

/// An address that is read is shown so that it is read as the same, and a redirection leads to no other host and to nothing
/// less secure.
pub fn endpoint(data: &[u8]) {
    let mut choices = Choices(data);
    let (port, use_ssl, shows_password) = (u16::from(choices.octet()), choices.flag(), choices.flag());
    let text = String::from_utf8_lossy(choices.piece()).into_owned();
    let location = String::from_utf8_lossy(choices.piece()).into_owned();
    let application = choices.flag().then_some(location.as_str());
    let of_uri = Endpoint::of_uri(&text).ok();
    let of_computer = Endpoint::of_computer(&text, Some(port), use_ssl, application).ok();
    for (endpoint, is_of_uri) in
        of_uri.map(|one| (one, true)).into_iter().chain(of_computer.map(|one| (one, false)))
    {
        let shown = endpoint.to_string();
        assert!(
            !endpoint.host().is_empty() && shown.is_ascii() && !shown.contains(char::is_control),
            "{shown}"
        );
        if is_of_uri {
            assert_eq!(Endpoint::of_uri(&shown).as_ref(), Ok(&endpoint), "{text}");
        }
        if let Ok(to) = endpoint.redirected(&location, shows_password) {
            assert_eq!(to.host(), endpoint.host());
            assert!(to.is_https() || !endpoint.is_https());
            let port = |endpoint: &Endpoint| endpoint.url().port_or_known_default();
            assert!(!shows_password || port(&to) == port(&endpoint));
        }
    }
}
