//! What is wrong with a network of datagrams? Written as `loss=5%,burst=3,jitter=50ms,partition=2s+5s,seed=7`.

use std::str::FromStr;

use super::spec::BadSpec;

/// What a relay does to datagrams, both ways alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Weather {
    /// Datagrams of 100 that are lost, 0 to 100.
    pub loss_percent: f64,
    /// Mean length of a run of losses, by the model of Gilbert and Elliott; 1 or less: each is lost by itself.
    pub burst: f64,
    /// Every datagram is late by a random time up to this, in milliseconds, whatever becomes of the others: they
    /// overtake each other.
    pub jitter_ms: u32,
    /// Every datagram is late by this, in milliseconds.
    pub delay_ms: u32,
    /// Datagrams of 100 that are late by [`Weather::REORDER_MS`] more than the others.
    pub reorder_percent: f64,
    /// Datagrams of 100 that come twice.
    pub duplicate_percent: f64,
    /// The way becomes longer by so many microseconds a second, as if the sender's clock were slow. Below zero: as if
    /// it were fast, until nothing is left of the delay.
    pub drift_ppm: i32,
    /// Nothing passes for a time: milliseconds from the first datagram on, and how many.
    pub partition_ms: Option<(u32, u32)>,
    /// Of all that is random.
    pub seed: u64,
}

impl Weather {
    /// How much later a datagram comes that shall be overtaken: more than two packets of 20 ms.
    pub const REORDER_MS: u32 = 50;
}

impl FromStr for Weather {
    type Err = BadSpec;

    fn from_str(text: &str) -> Result<Self, BadSpec> {
        let mut out = Self { seed: 1, ..Self::default() };
        for part in text.split(',') {
            let bad = || BadSpec::datagrams(part);
            let (name, value) = part.trim().split_once('=').ok_or_else(bad)?;
            match name {
                "loss" => out.loss_percent = percent(value).ok_or_else(bad)?,
                "reorder" => out.reorder_percent = percent(value).ok_or_else(bad)?,
                "duplicate" => out.duplicate_percent = percent(value).ok_or_else(bad)?,
                "burst" => out.burst = within(value, 1_000.0).ok_or_else(bad)?,
                "jitter" => out.jitter_ms = millis(value).ok_or_else(bad)?,
                "delay" => out.delay_ms = millis(value).ok_or_else(bad)?,
                "drift" => {
                    let ppm = value.strip_suffix("ppm").unwrap_or(value).parse().map_err(|_| bad())?;
                    if !(-100_000..=100_000).contains(&ppm) {
                        return Err(bad());
                    }
                    out.drift_ppm = ppm;
                }
                "partition" => {
                    let (from, lasts) = value.split_once('+').ok_or_else(bad)?;
                    out.partition_ms = Some((millis(from).ok_or_else(bad)?, millis(lasts).ok_or_else(bad)?));
                }
                "seed" => out.seed = value.parse().map_err(|_| bad())?,
                _ => return Err(bad()),
            }
        }
        Ok(out)
    }
}

fn percent(value: &str) -> Option<f64> {
    within(value.strip_suffix('%').unwrap_or(value), 100.0)
}

fn within(value: &str, most: f64) -> Option<f64> {
    value.parse().ok().filter(|number| (0.0..=most).contains(number))
}

/// `30ms`, `5s` or `30`, a minute at most.
fn millis(value: &str) -> Option<u32> {
    let (number, unit) = match value.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => value.strip_suffix('s').map_or((value, 1), |number| (number, 1_000)),
    };
    number.parse::<u32>().ok()?.checked_mul(unit).filter(|&ms| ms <= 60_000)
}
