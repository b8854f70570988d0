//! From words to values: PowerShell's type conversions and Validate attributes, with its texts.
//!
//! The shell has taken the quotes away, so a comma always separates the elements of an array, and a word of digits
//! is a number where a number can stand.

mod enumeration;
mod error;
mod expression;
mod guid;
mod literal;
mod number;
mod value;

pub(crate) use enumeration::dotnet_enum;
pub use enumeration::{Enumeration, enumeration};
pub use error::{
    ConversionError, Reason, SESSION_OPTION, SessionOptionError, SettingError, ValidationError,
    cannot_convert,
};
pub use expression::Computed;
pub use guid::{elements as guids, guid};
pub use literal::{literal, literals};
pub use number::{int32, is_digits};
pub use value::{Argument, Value, boolean, elements, in_range, parameter, session_reference};

#[cfg(test)]
mod tests;
