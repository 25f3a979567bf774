//! How an engine is, as `/health` and `tom doctor` report it.

/// The state of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Works.
    Ok,
    /// Works with less than it should (a fallback, a shard short); says why.
    Degraded(String),
    /// Does not work; says why and what to do.
    Down(String),
    /// Switched off by configuration.
    Off,
}

impl Health {
    /// `ok`, `degraded`, `down` or `off`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded(_) => "degraded",
            Self::Down(_) => "down",
            Self::Off => "off",
        }
    }
}
