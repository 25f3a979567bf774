//! What is wrong with the network? Written as `loss=1%,jitter=30ms,delay=50ms,seed=7`.

use std::str::FromStr;
use std::time::Duration;

/// What a relay does to what passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Impairment {
    /// Audio messages of 100 that are lost, 0 to 100. Other messages never are: they travel over TCP.
    pub loss_percent: f64,
    /// Every message is late by a random time up to this, in milliseconds; their order stays.
    pub jitter_ms: u32,
    /// Every message is late by this, in milliseconds.
    pub delay_ms: u32,
    /// Of all that is random.
    pub seed: u64,
}

/// Why that is no impairment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part:?} is no impairment; write {write}, as many of them as you want")]
pub struct BadSpec {
    part: String,
    write: &'static str,
}

impl BadSpec {
    fn messages(part: &str) -> Self {
        Self { part: part.trim().to_owned(), write: "loss=1%,jitter=30ms,delay=50ms,seed=7" }
    }

    pub(super) fn datagrams(part: &str) -> Self {
        let write = "loss=5%,burst=3,jitter=50ms,delay=20ms,reorder=2%,duplicate=1%,drift=200ppm,\
                     partition=2s+5s,seed=7";
        Self { part: part.trim().to_owned(), write }
    }
}

impl Impairment {
    /// The delay that does not change.
    #[must_use]
    pub const fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms as u64)
    }
}

impl FromStr for Impairment {
    type Err = BadSpec;

    fn from_str(text: &str) -> Result<Self, BadSpec> {
        let mut out = Self { seed: 1, ..Self::default() };
        for part in text.split(',') {
            let bad = || BadSpec::messages(part);
            let (name, value) = part.trim().split_once('=').ok_or_else(bad)?;
            let millis = |value: &str| {
                let number = value.strip_suffix("ms").unwrap_or(value).parse().map_err(|_| bad())?;
                if number > 10_000 { Err(bad()) } else { Ok(number) }
            };
            match name {
                "loss" => {
                    let percent = value.strip_suffix('%').unwrap_or(value).parse().map_err(|_| bad())?;
                    if !(0.0..=100.0).contains(&percent) {
                        return Err(bad());
                    }
                    out.loss_percent = percent;
                }
                "jitter" => out.jitter_ms = millis(value)?,
                "delay" => out.delay_ms = millis(value)?,
                "seed" => out.seed = value.parse().map_err(|_| bad())?,
                _ => return Err(bad()),
            }
        }
        Ok(out)
    }
}
