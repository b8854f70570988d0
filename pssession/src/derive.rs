//! What the standard library does not derive.

/// The members of an enumeration, in the order of their numbers and as .NET spells them where it has it as well.
macro_rules! members {
    ($enum:ident: $($member:ident)*) => {
        impl $enum {
            /// All values, in the order of their numbers.
            pub const ALL: &'static [$enum] = &[$($enum::$member),*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $($enum::$member => stringify!($member),)*
                }
            }
        }
    };
}

/// Displays newtypes as what is inside, or in a format of their own.
macro_rules! display {
    ($($newtype:ident)*) => {
        $(impl std::fmt::Display for $newtype {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        })*
    };
    ($format:literal: $($newtype:ident)*) => {
        $(impl std::fmt::Display for $newtype {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, $format, self.0)
            }
        })*
    };
}
