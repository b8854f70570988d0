//! The two HTTP header fields this room reads: `WWW-Authenticate` (RFC 9110 11.6.1) and `Content-Type`.
//!
//! Both are lists of segments between separators, where a separator inside a quoted string does not count.

use super::Scheme;

/// One authentication scheme that the server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Challenge<'a> {
    /// Its name as the server spells it: printable ASCII without quotes, blanks and commas.
    pub scheme: &'a str,
    /// What follows the name: a token in base64, parameters, or nothing.
    pub text: &'a str,
}

impl Challenge<'_> {
    /// Whether it is of this row of the table.
    pub(crate) fn is_for(&self, scheme: &Scheme) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme.name)
    }
}

/// The challenges in the values of all `WWW-Authenticate` header lines, in order.
///
/// A server may spread them over several lines or list them in one. The comma does both there, it separates
/// challenges and the parameters of one; a segment that begins like `name=` is a parameter. What cannot be read as
/// a challenge is left out, and so is all beyond [`MOST_CHALLENGES`].
pub(crate) fn challenges<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Challenge<'a>> {
    values.into_iter().flat_map(challenges_of_line).take(MOST_CHALLENGES).collect()
}

/// Servers offer a handful.
const MOST_CHALLENGES: usize = 32;

fn challenges_of_line(line: &str) -> Vec<Challenge<'_>> {
    let mut challenges: Vec<Challenge<'_>> = Vec::new();
    // Where the text of the challenge being read begins in the line; `None` before the first challenge.
    let mut text_start = None;
    for (start, segment) in segments(line, ',') {
        if segment.trim().is_empty() {
            continue;
        }
        let end = start + segment.len();
        if !is_parameter(segment) {
            let scheme = segment.trim_start().split(char::is_whitespace).next().unwrap_or_default();
            let known = is_scheme(scheme);
            text_start = known.then_some(end - segment.trim_start().len() + scheme.len());
            challenges.extend(known.then_some(Challenge { scheme, text: "" }));
        }
        if let (Some(text_start), Some(last)) = (text_start, challenges.last_mut()) {
            last.text = line.get(text_start..end).unwrap_or_default();
        }
    }
    // Once for each challenge and not for each of its parameters, or many blanks would cost too much.
    challenges.iter_mut().for_each(|challenge| challenge.text = challenge.text.trim());
    challenges
}

fn is_parameter(segment: &str) -> bool {
    let name = segment.split_once('=').map_or("", |(name, _)| name.trim());
    !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && c != '"')
}

/// More than a `token` of RFC 9110: the scheme of client certificates is a URI.
fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '=')
}

/// Whether a `Content-Type` is of one of these media types; they are in lower case.
pub(super) fn has_media_type(content_type: &str, media_types: &[&str]) -> bool {
    let (_, media_type) = segments(content_type, ';').next().unwrap_or_default();
    media_types.iter().any(|known| media_type.trim().eq_ignore_ascii_case(known))
}

/// The value of a parameter of a `Content-Type`, without its quotes.
pub(super) fn parameter<'a>(content_type: &'a str, name: &str) -> Option<&'a str> {
    segments(content_type, ';').skip(1).find_map(|(_, segment)| {
        let (key, value) = segment.split_once('=')?;
        let value = value.trim();
        let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        key.trim().eq_ignore_ascii_case(name).then_some(unquoted.unwrap_or(value))
    })
}

/// The segments of a field value and where each begins. A quoted string that does not end lasts to the end.
pub(super) fn segments(text: &str, separator: char) -> impl Iterator<Item = (usize, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    let mut start = 0;
    text.split(move |c: char| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return c == separator && !quoted,
        }
        false
    })
    .map(move |segment| {
        let at = start;
        start += segment.len() + separator.len_utf8();
        (at, segment)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::test_support::Noise;
    use crate::auth::{BASIC, CERTIFICATE, NEGOTIATE};

    fn read(lines: &[&'static str]) -> Vec<(&'static str, &'static str)> {
        challenges(lines.iter().copied()).into_iter().map(|c| (c.scheme, c.text)).collect()
    }

    #[test]
    fn one_challenge_a_line_and_all_in_one_line_are_the_same() {
        let expected = [("Negotiate", ""), ("Kerberos", ""), ("CredSSP", ""), ("Basic", "realm=\"WSMAN\"")];
        assert_eq!(read(&["Negotiate", "Kerberos", "CredSSP", "Basic realm=\"WSMAN\""]), expected);
        assert_eq!(read(&["Negotiate, Kerberos,CredSSP , Basic realm=\"WSMAN\""]), expected);
    }

    #[test]
    fn tokens_and_parameters_stay_with_their_scheme() {
        assert_eq!(
            read(&["Negotiate TlRMTVNTUAAC/+==, Basic realm=\"a, b\\\", c\" , charset = UTF-8, kerberos"]),
            [
                ("Negotiate", "TlRMTVNTUAAC/+=="),
                ("Basic", "realm=\"a, b\\\", c\" , charset = UTF-8"),
                ("kerberos", ""),
            ]
        );
    }

    #[test]
    fn letter_case_does_not_matter() {
        let offered = challenges(["NEGOTIATE abcd", "basic realm=x", CERTIFICATE.name]);
        assert!(
            offered[0].is_for(&NEGOTIATE) && offered[1].is_for(&BASIC) && offered[2].is_for(&CERTIFICATE)
        );
        assert!(!offered[0].is_for(&BASIC));
    }

    #[test]
    fn what_is_not_a_challenge_is_left_out() {
        assert_eq!(read(&["", " , ,", "\"quoted\"", "=x", "Nego\"tiate", "Négotiate"]), []);
        assert_eq!(read(&["a=1, Negotiate"]), [("Negotiate", "")]);
        assert_eq!(read(&["Negotiate, \"x\", a=1, Kerberos"]), [("Negotiate", ""), ("Kerberos", "")]);
        assert_eq!(
            read(&["Basic realm=\"never closed, Negotiate"]),
            [("Basic", "realm=\"never closed, Negotiate")]
        );
    }

    #[test]
    fn of_a_crowd_of_schemes_the_first_32_count() {
        let line = (0..50_000).map(|number| format!("s{number}")).collect::<Vec<_>>().join(",");
        let names: Vec<_> = challenges([line.as_str(), "Negotiate"]).iter().map(|c| c.scheme).collect();
        assert_eq!((names.len(), names[31]), (32, "s31"));
    }

    #[test]
    fn no_text_makes_it_panic() {
        let mut noise = Noise::new(1);
        for _ in 0..20_000 {
            let line: String = (0..noise.below(30))
                .map(|_| ['a', '=', ',', ' ', '"', '\\', 'é', ';'][noise.below(8)])
                .collect();
            challenges([line.as_str()]);
            parameter(&line, "a");
        }
    }

    #[test]
    fn content_types_are_read_with_and_without_quotes() {
        let content_type =
            "Multipart/Encrypted; protocol=\"application/HTTP-SPNEGO-session-encrypted\" ;Boundary=Encrypted";
        assert!(has_media_type(content_type, &["multipart/encrypted"]));
        assert!(!has_media_type("multipart/encrypted2", &["multipart/encrypted"]));
        assert!(!has_media_type("", &["multipart/encrypted"]));
        assert_eq!(parameter(content_type, "protocol"), Some("application/HTTP-SPNEGO-session-encrypted"));
        assert_eq!(parameter(content_type, "boundary"), Some("Encrypted"));
        assert_eq!(parameter(content_type, "charset"), None);
    }
}
