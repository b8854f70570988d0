//! PowerShell's wildcard patterns over names (about_Wildcards): `*`, `?`, `[a-c]`, and a backtick before a character
//! that stands for itself. Letter case does not matter.

/// A pattern ready to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WildcardPattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Character(char),
    Any,
    Many,
    /// Inclusive ranges; a single character is a range of one.
    Set(Vec<(char, char)>),
}

/// A `[` that is never closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The specified wildcard character pattern is not valid: {0}")]
pub struct InvalidPattern(pub String);

impl WildcardPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A bracket that is opened is not closed, or the set in it is none.
    pub fn parse(text: &str) -> Result<WildcardPattern, InvalidPattern> {
        let mut parts = Vec::new();
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            parts.push(match character {
                '*' => Part::Many,
                '?' => Part::Any,
                '[' => Part::Set(parse_set(&mut rest).ok_or_else(|| InvalidPattern(text.to_owned()))?),
                // A backtick at the very end is literal.
                '`' => Part::Character(fold(rest.next().unwrap_or('`'))),
                other => Part::Character(fold(other)),
            });
        }
        Ok(WildcardPattern { text: text.to_owned(), parts })
    }

    /// The pattern as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the pattern can match more than one name.
    pub fn has_wildcards(&self) -> bool {
        self.parts.iter().any(|part| !matches!(part, Part::Character(_)))
    }

    /// Whether a name, in any letter case, is meant.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().map(fold).collect();
        // One star at a time is kept to go back to: linear but for the longest star, never exponential.
        let (mut part, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        loop {
            match self.parts.get(part) {
                Some(Part::Many) => {
                    star = Some((part + 1, at));
                    part += 1;
                    continue;
                }
                None if at == name.len() => return true,
                Some(one) if name.get(at).is_some_and(|c| one.takes(*c)) => {
                    part += 1;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            match star {
                Some((after, from)) if from < name.len() => {
                    star = Some((after, from + 1));
                    (part, at) = (after, from + 1);
                }
                _ => return false,
            }
        }
    }
}

impl Part {
    fn takes(&self, character: char) -> bool {
        match self {
            Part::Character(own) => *own == character,
            Part::Any => true,
            Part::Set(ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&character)),
            Part::Many => false,
        }
    }
}

/// The text between brackets; the opening one has been read.
fn parse_set(rest: &mut std::str::Chars<'_>) -> Option<Vec<(char, char)>> {
    let mut characters = Vec::new();
    loop {
        match rest.next()? {
            // The first one in a set is literal.
            ']' if !characters.is_empty() => break,
            '`' => characters.push((rest.next()?, true)),
            other => characters.push((other, false)),
        }
    }
    let mut ranges = Vec::new();
    let mut rest = characters.as_slice();
    while let Some(((first, _), after)) = rest.split_first() {
        if let [('-', false), (last, _), after @ ..] = after {
            ranges.push((fold(*first), fold(*last)));
            rest = after;
        } else {
            ranges.push((fold(*first), fold(*first)));
            rest = after;
        }
    }
    Some(ranges)
}

/// Whether two names are the same but for letter case.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    one.chars().map(fold).eq(other.chars().map(fold))
}

/// One character without its letter case. What becomes several characters in lower case is left alone.
fn fold(character: char) -> char {
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(name: &str, pattern: &str) -> bool {
        WildcardPattern::parse(pattern).unwrap().matches(name)
    }

    #[test]
    fn patterns_match_whole_names_in_any_letter_case() {
        for (name, pattern) in [
            ("ITTask", "ittask"),
            ("ITTask", "IT*"),
            ("ITTask", "*"),
            ("", "*"),
            ("", ""),
            ("ITTask", "*T*a*k"),
            ("ITTask", "???????"[..6].as_ref()),
            ("Task1", "Task[0-9]"),
            ("Taskb", "task[A-C]"),
            ("a]", "[a]]"),
            ("]", "[]]"),
            ("a-c", "a[-]c"),
            ("b", "[`a-c]"),
            ("a*c", "a`*c"),
            ("a[c", "a`[c"),
            ("ÄÖ", "äö"),
            ("aaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*b"),
            ("x-", "x[a-]"),
            ("a`", "a`"),
        ] {
            assert!(like(name, pattern), "{name} like {pattern}");
        }
        for (name, pattern) in [
            ("ITTask", "ITTas"),
            ("ITTask", "TTask"),
            ("ITTask", ""),
            ("ITTask", "?????"),
            ("Task1", "Task[a-c]"),
            ("abc", "a`*c"),
            ("", "?"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", "*a*a*a*a*a*a*a*a*b"),
            ("c", "[`-a]"),
        ] {
            assert!(!like(name, pattern), "{name} not like {pattern}");
        }
    }

    #[test]
    fn a_set_must_be_closed() {
        for pattern in ["[", "a[b", "[]", "[a`]"] {
            assert_eq!(WildcardPattern::parse(pattern), Err(InvalidPattern(pattern.into())), "{pattern}");
        }
    }

    #[test]
    fn only_patterns_have_wildcards() {
        let has = |pattern| WildcardPattern::parse(pattern).unwrap().has_wildcards();
        assert!(has("a*") && has("?") && has("[a]"));
        assert!(!has("ITTask") && !has("a`*"));
    }
}
