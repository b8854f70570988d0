//! Enumerations: a name in any letter case, a prefix of just one name, or a number (EnumMinimumDisambiguation).

use super::error::{ConversionError, Reason, cannot_convert};
use super::number::integer;
use super::value::{Argument, Value};
use crate::cli::bind_error::BindError;

/// A .NET enumeration whose members can be typed.
pub trait Enumeration: Copy + Send + Sync + 'static {
    const TYPE_NAME: &'static str;
    /// Names as .NET spells them, ordered by number.
    const MEMBERS: &'static [(&'static str, Self)];

    fn number(self) -> i32;
}

/// Makes an [`Enumeration`] of an enum whose variants have .NET's names and numbers.
macro_rules! dotnet_enum {
    ($enum:ident, $type_name:literal: $($member:ident)*) => {
        impl crate::cli::convert::Enumeration for $enum {
            const TYPE_NAME: &'static str = $type_name;
            const MEMBERS: &'static [(&'static str, $enum)] = &[$((stringify!($member), $enum::$member)),*];

            fn number(self) -> i32 {
                self as i32
            }
        }
    };
}
pub(crate) use dotnet_enum;

impl<E: Enumeration> Value for E {
    const TYPE_NAME: &'static str = <E as Enumeration>::TYPE_NAME;

    fn read(argument: &Argument) -> Result<E, BindError> {
        argument.convert(enumeration)
    }

    fn members() -> Vec<String> {
        names::<E>().map(str::to_owned).collect()
    }
}

fn names<E: Enumeration>() -> impl Iterator<Item = &'static str> {
    E::MEMBERS.iter().map(|(name, _)| *name)
}

/// The member that the text names.
pub fn enumeration<E: Enumeration>(text: &str) -> Result<E, ConversionError> {
    let (typed, type_name) = (text.trim(), <E as Enumeration>::TYPE_NAME);
    if let Ok(number) = integer(typed) {
        let member = E::MEMBERS.iter().find(|(_, member)| i64::from(member.number()) == number);
        return member.map(|(_, member)| *member).ok_or_else(|| ConversionError::UndefinedNumber {
            value: number.to_string(),
            type_name,
            members: names::<E>().collect(),
        });
    }
    let begins = |name: &str| name.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed));
    let candidates: Vec<_> = E::MEMBERS.iter().filter(|(name, _)| begins(name)).collect();
    let exact = candidates.iter().find(|(name, _)| name.len() == typed.len());
    match (exact, candidates.as_slice()) {
        (Some((_, member)), _) | (None, [(_, member)]) => Ok(*member),
        (None, []) => {
            let reason = Reason::NoSuchEnumerator { name: typed.to_owned(), members: names::<E>().collect() };
            Err(cannot_convert(text, type_name, reason))
        }
        (None, several) => {
            let members = several.iter().map(|(name, _)| *name).collect();
            let reason = Reason::SimilarEnumerators { name: typed.to_owned(), members };
            Err(cannot_convert(text, type_name, reason))
        }
    }
}
