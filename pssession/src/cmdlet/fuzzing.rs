//! What holds of patterns over names.

use super::WildcardPattern;
use crate::fuzzing::Choices;

/// A name matches itself where nothing in it has a meaning, and whatever a pattern matches it matches between stars.
pub fn wildcard(data: &[u8]) {
    let mut choices = Choices(data);
    let [pattern, name, other] = [(); 3].map(|()| String::from_utf8_lossy(choices.piece()).into_owned());
    let parse = |text: &str| WildcardPattern::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let literal: String = name.chars().flat_map(|c| ['`', c]).collect();
    assert!(parse(&literal).matches(&name) && !parse(&literal).has_wildcards());
    assert!(parse("*").matches(&name));
    if let Ok(read) = WildcardPattern::parse(&pattern) {
        assert_eq!(read.text(), pattern);
        if read.matches(&name) {
            assert!(parse(&format!("*{pattern}")).matches(&format!("{other}{name}")));
            // A backtick at the end would take the star's meaning away.
            if !pattern.ends_with('`') {
                assert!(parse(&format!("{pattern}*")).matches(&format!("{name}{other}")));
            }
        }
    }
}
