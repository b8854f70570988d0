//! From the objects of messages to what they mean.

use crate::psrp::clixml::{ReadError, Value};

/// Why the data of a message is not what its type promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error(transparent)]
    Clixml(#[from] ReadError),
    #[error("the property {0} is missing")]
    MissingProperty(&'static str),
    #[error("the property {0} has the wrong type")]
    InvalidProperty(&'static str),
    #[error("the state {0} is unknown")]
    UnknownState(i32),
}

/// A property that has to be there and of its type.
pub(crate) fn property<'v, T>(
    bag: &'v Value,
    name: &'static str,
    convert: impl FnOnce(&'v Value) -> Option<T>,
) -> Result<T, DecodeError> {
    let value = bag.property(name).ok_or(DecodeError::MissingProperty(name))?;
    convert(value).ok_or(DecodeError::InvalidProperty(name))
}

/// Reads the states of an enumeration by their numbers.
macro_rules! numbered {
    ($enum:ident: $($state:ident)*) => {
        impl TryFrom<i32> for $enum {
            type Error = DecodeError;

            fn try_from(number: i32) -> Result<$enum, DecodeError> {
                let mut states = [$($enum::$state),*].into_iter();
                states.find(|state| *state as i32 == number).ok_or(DecodeError::UnknownState(number))
            }
        }
    };
}

pub(crate) use numbered;
