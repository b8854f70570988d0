//! How a name selects sessions: those of that very name, or else those that it matches as a pattern.

use super::wildcard::{InvalidPattern, WildcardPattern, is_same_name};

/// A name as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NameSelector {
    text: String,
    /// What it is as a pattern; `None` for a name that is literal.
    pattern: Option<Result<WildcardPattern, InvalidPattern>>,
}

/// What a name that selects nothing is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Miss<'a> {
    /// An exact name: an error, so that scripts stop.
    Name(&'a str),
    /// A pattern, which may match nothing.
    Pattern(&'a str),
    Invalid(&'a InvalidPattern),
}

impl NameSelector {
    /// A name that may be a pattern.
    pub(super) fn of(text: &str) -> NameSelector {
        NameSelector { text: text.to_owned(), pattern: Some(WildcardPattern::parse(text)) }
    }

    /// A name with no wildcards in it.
    pub(super) fn literal(text: String) -> NameSelector {
        NameSelector { text, pattern: None }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it can select no name but the one it is.
    pub(super) fn is_plain(&self) -> bool {
        self.pattern.is_none() || !self.text.contains(['*', '?', '[', '`'])
    }

    /// Whether it may select a name, whatever other names there are.
    pub(super) fn may_select(&self, name: &str) -> bool {
        self.is_exactly(name) || self.matches(name)
    }

    /// Which of these names it selects.
    pub(super) fn select(&self, names: &[&str]) -> Vec<bool> {
        let exact: Vec<bool> = names.iter().map(|name| self.is_exactly(name)).collect();
        match exact.contains(&true) {
            true => exact,
            false => names.iter().map(|name| self.matches(name)).collect(),
        }
    }

    pub(super) fn miss(&self) -> Miss<'_> {
        match &self.pattern {
            Some(Err(invalid)) => Miss::Invalid(invalid),
            Some(Ok(pattern)) if pattern.has_wildcards() => Miss::Pattern(&self.text),
            Some(Ok(_)) | None => Miss::Name(&self.text),
        }
    }

    fn is_exactly(&self, name: &str) -> bool {
        is_same_name(&self.text, name)
    }

    fn matches(&self, name: &str) -> bool {
        self.pattern
            .as_ref()
            .is_some_and(|pattern| pattern.as_ref().is_ok_and(|pattern| pattern.matches(name)))
    }
}

/// The warning about a pattern that matches none of the sessions' names, or names of another kind.
pub(super) fn no_match(kind: &str, pattern: &str) -> String {
    format!("No session's {kind} matches \"{pattern}\".")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["[PROD] nightly", "P nightly", "[prod] Nightly", "", "R nightly"];

    fn selected(selector: &NameSelector) -> Vec<usize> {
        let selected = selector.select(&NAMES);
        (0..NAMES.len()).filter(|index| selected[*index]).collect()
    }

    #[test]
    fn an_exact_name_comes_before_a_pattern() {
        assert_eq!(selected(&NameSelector::of("[PROD] nightly")), [0, 2]);
        assert_eq!(selected(&NameSelector::of("[PR] nightly")), [1, 4]);
        assert_eq!(selected(&NameSelector::of("*")), [0, 1, 2, 3, 4]);
        assert_eq!(selected(&NameSelector::of("")), [3]);
    }

    #[test]
    fn a_literal_name_is_no_pattern() {
        assert_eq!(selected(&NameSelector::literal("[PROD] NIGHTLY".into())), [0, 2]);
        assert_eq!(selected(&NameSelector::literal("*".into())), [] as [usize; 0]);
        assert_eq!(NameSelector::literal("a*".into()).miss(), Miss::Name("a*"));
    }

    #[test]
    fn a_miss_is_an_error_unless_it_is_a_pattern() {
        assert_eq!(NameSelector::of("a`*").miss(), Miss::Name("a`*"));
        assert_eq!(NameSelector::of("a*").miss(), Miss::Pattern("a*"));
        assert_eq!(NameSelector::of("[a").miss(), Miss::Invalid(&InvalidPattern("[a".into())));
    }
}
