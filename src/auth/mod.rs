//! Authentication: challenge in, `Authorization` out, and the sealing of message bodies.

mod channel_binding;
mod der;
mod error;
#[cfg(test)]
mod test_support;

pub use channel_binding::ChannelBindings;
pub use error::{BodyFault, Error};
