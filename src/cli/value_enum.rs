//! What clap derives only with another crate.

/// The names by which an option's values are given.
macro_rules! value_enum {
    ($enum:ident: $($member:ident $name:literal),*) => {
        impl clap::ValueEnum for $enum {
            fn value_variants<'a>() -> &'a [$enum] {
                &[$($enum::$member),*]
            }

            fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
                Some(match self { $($enum::$member => $name,)* }.into())
            }
        }
    };
}

pub(super) use value_enum;
