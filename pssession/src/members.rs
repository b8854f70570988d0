//! What enumerations of .NET have in common.

/// The members of an enumeration that .NET has as well, in the order of their numbers.
macro_rules! members {
    ($enum:ident: $($member:ident)*) => {
        impl $enum {
            /// All values, in the order of their numbers.
            pub const ALL: &'static [$enum] = &[$($enum::$member),*];

            /// The name as .NET spells it.
            pub fn name(self) -> &'static str {
                match self {
                    $($enum::$member => stringify!($member),)*
                }
            }
        }
    };
}
