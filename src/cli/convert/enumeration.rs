//! Enumerations: a name in any letter case, a prefix of just one name, or a number (EnumMinimumDisambiguation).

use super::{ConversionError, Reason, cannot_convert};

/// A .NET enumeration whose members can be typed.
pub trait Enumeration: Copy + 'static {
    const TYPE_NAME: &'static str;
    /// Names as .NET spells them, ordered by number.
    const MEMBERS: &'static [(&'static str, Self)];

    fn number(self) -> i32;
}

/// The member that the text names.
pub fn enumeration<E: Enumeration>(text: &str) -> Result<E, ConversionError> {
    let typed = text.trim();
    let names = || E::MEMBERS.iter().map(|(name, _)| *name);
    if typed.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
        let number: Option<i32> = typed.parse().ok();
        let member = E::MEMBERS.iter().find(|(_, member)| Some(member.number()) == number);
        return member.map(|(_, member)| *member).ok_or_else(|| ConversionError::UndefinedNumber {
            value: text.to_owned(),
            type_name: E::TYPE_NAME,
            members: names().collect(),
        });
    }
    let begins = |name: &str| {
        !typed.is_empty() && name.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed))
    };
    let candidates: Vec<_> = E::MEMBERS.iter().filter(|(name, _)| begins(name)).collect();
    let exact = candidates.iter().find(|(name, _)| name.len() == typed.len());
    match (exact, candidates.as_slice()) {
        (Some((_, member)), _) | (None, [(_, member)]) => Ok(*member),
        (None, []) => {
            let reason = Reason::NoSuchEnumerator { name: typed.to_owned(), members: names().collect() };
            Err(cannot_convert(text, E::TYPE_NAME, reason))
        }
        (None, several) => {
            let members = several.iter().map(|(name, _)| *name).collect();
            let reason = Reason::SimilarEnumerators { name: typed.to_owned(), members };
            Err(cannot_convert(text, E::TYPE_NAME, reason))
        }
    }
}
