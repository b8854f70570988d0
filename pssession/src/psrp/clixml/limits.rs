//! What reading a value may cost.

use super::error::ReadError;

/// How much one message may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Longest text, in bytes. The default is PowerShell's MaximumReceivedObjectSize, 200 MiB.
    pub size: usize,
    /// Deepest nesting of objects, and of member sets in member sets. The default of 100 is twice the depth
    /// at which PowerShell's own serializer stops, because it may wrap each object into another.
    pub nesting: usize,
    /// Most elements of any kind.
    pub elements: usize,
    /// Most objects. They are the costliest elements: one of seven bytes takes some 200 in memory.
    pub objects: usize,
    /// Most references to objects.
    pub references: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            size: 200 << 20,
            nesting: 100,
            elements: 10_000_000,
            objects: 1_000_000,
            references: 1_000_000,
        }
    }
}

/// How many more of something there may be.
pub(super) struct Allowance(pub(super) usize);

impl Allowance {
    pub(super) fn spend(&mut self, error: ReadError) -> Result<(), ReadError> {
        self.0 = self.0.checked_sub(1).ok_or(error)?;
        Ok(())
    }
}
