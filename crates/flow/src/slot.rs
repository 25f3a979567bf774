//! What can be asked for, and how is an answer read?

/// A value the caller gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    /// For reports: `0301234567`, `14:30`.
    pub(crate) value: String,
    /// For saying back: `0 3 0, 1 2 3`.
    pub(crate) say: String,
}
