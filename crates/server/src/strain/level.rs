//! How much does the machine have to be spared, from one look at it to the next?
//!
//! Pure: looks come with their times. The level rises at once to what two looks in a row ask for, and falls by one at a
//! time, after a minute in which every sign stayed well below what that level asks for: the bounds for falling are not
//! those for rising, so a machine at a bound does not flap.

use std::time::Duration;

use serde::Serialize;

/// How much is spared. Each level includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing.
    #[default]
    Normal,
    /// One process per engine, smaller models where they are here, no caches, no judge of ends of turns.
    Lean,
    /// New calls get the built-in engines; large models that nobody uses are unloaded.
    BuiltIn,
    /// No new calls.
    Full,
}

impl Level {
    /// All, from the least.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Lean, Self::BuiltIn, Self::Full];

    /// Its name in metrics and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lean => "lean",
            Self::BuiltIn => "built_in",
            Self::Full => "full",
        }
    }

    /// The one below.
    const fn easier(self) -> Self {
        match self {
            Self::Normal | Self::Lean => Self::Normal,
            Self::BuiltIn => Self::Lean,
            Self::Full => Self::BuiltIn,
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Memory that programs can still have.
    Memory,
    /// The processor's temperature.
    Heat,
    /// Swap in use, and how fast pages come and go.
    Swap,
    /// The share of time in which programs waited for memory.
    Waiting,
}

impl Sign {
    /// Its name in metrics and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Heat => "heat",
            Self::Swap => "swap",
            Self::Waiting => "waiting",
        }
    }
}

/// One look at the machine. What it does not tell is `None`, and asks for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Signs {
    /// All memory, in bytes.
    pub memory: Option<u64>,
    /// Memory that programs can still have, in bytes.
    pub available: Option<u64>,
    /// The hottest sensor, in degrees Celsius.
    pub celsius: Option<f32>,
    /// Swap in use, in bytes.
    pub swapped: Option<u64>,
    /// Pages that came from swap or went there, a second.
    pub swapping: Option<f32>,
    /// Percent of the last 10 s in which some program waited for memory (PSI).
    pub waiting: Option<f32>,
}

/// Free memory below which the levels begin, in bytes; a machine with little memory has its share of it instead.
const MEMORY: [(Level, f64, f64); 3] =
    [(Level::Full, 0.2e9, 0.03), (Level::BuiltIn, 0.5e9, 0.07), (Level::Lean, 1e9, 0.14)];
/// Degrees Celsius; at 80 a Raspberry Pi begins to slow itself down.
const HEAT: [(Level, f64); 3] = [(Level::Full, 88.0), (Level::BuiltIn, 82.0), (Level::Lean, 75.0)];
/// Pages a second that go to swap or come back: 16 MB, 4 MB, 0.4 MB.
const SWAPPING: [(Level, f64); 3] = [(Level::Full, 4_000.0), (Level::BuiltIn, 1_000.0), (Level::Lean, 100.0)];
/// Bytes of swap in use. Old pages lie there for long and hurt nobody, so it asks for the first level only.
const SWAPPED: [(Level, f64); 1] = [(Level::Lean, 5e8)];
/// Percent of time.
const WAITING: [(Level, f64); 3] = [(Level::Full, 60.0), (Level::BuiltIn, 30.0), (Level::Lean, 10.0)];
/// A sign is well below a bound at this share of it; well above one of free memory at its inverse.
const WELL_BELOW: f64 = 0.8;
/// Heat is well below a bound when it is so many degrees below.
const COOLER: f64 = 5.0;

impl Signs {
    /// What they ask for, and the sign that asks for most. `kept`: bounds are those for staying at a level.
    fn ask(&self, kept: bool) -> (Level, Option<Sign>) {
        let upper = |bounds: &[(Level, f64)], value: Option<f64>| {
            let share = if kept { WELL_BELOW } else { 1.0 };
            let over = |value: f64| bounds.iter().find(|(_, bound)| value > bound * share);
            value.and_then(over).map_or(Level::Normal, |(level, _)| *level)
        };
        let memory = self.available.map(|available| {
            let total = self.memory.map_or(f64::INFINITY, |total| total as f64);
            let share = if kept { 1.0 / WELL_BELOW } else { 1.0 };
            let under =
                |(_, bytes, part): &&(Level, f64, f64)| (available as f64) < bytes.min(total * part) * share;
            MEMORY.iter().find(under).map_or(Level::Normal, |(level, ..)| *level)
        });
        let heat = self.celsius.filter(|t| t.is_finite()).map(|celsius| {
            let cooler = if kept { COOLER } else { 0.0 };
            let over = |(_, bound): &&(Level, f64)| f64::from(celsius) > bound - cooler;
            HEAT.iter().find(over).map_or(Level::Normal, |(level, _)| *level)
        });
        let swap = upper(&SWAPPING, self.swapping.map(f64::from))
            .max(upper(&SWAPPED, self.swapped.map(|bytes| bytes as f64)));
        let asked = [
            (memory.unwrap_or_default(), Sign::Memory),
            (heat.unwrap_or_default(), Sign::Heat),
            (swap, Sign::Swap),
            (upper(&WAITING, self.waiting.map(f64::from)), Sign::Waiting),
        ];
        // Of several that ask for the same the first is named.
        asked
            .into_iter()
            .rev()
            .max_by_key(|(level, _)| *level)
            .map_or((Level::Normal, None), |(level, sign)| (level, (level > Level::Normal).then_some(sign)))
    }
}

/// Looks in a row that have to ask for a level.
const ROW: u32 = 2;
/// How long all has to be well before the level falls by one.
const CALM: Duration = Duration::from_secs(60);

/// The level changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Before.
    pub from: Level,
    /// Now.
    pub to: Level,
    /// What asked for it; none: all is well again.
    pub because: Option<Sign>,
}

/// The level, from look to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strain {
    level: Level,
    /// The least that the last looks asked for, and how many these are.
    asked: Level,
    row: u32,
    /// Since when all is well below the level.
    calm: Option<Duration>,
}

impl Strain {
    /// The level now.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// A look at a time, which never goes back. Says whether that changed the level.
    pub fn look(&mut self, at: Duration, signs: &Signs) -> Option<Change> {
        let (asked, because) = signs.ask(false);
        if asked > self.level {
            self.calm = None;
            self.asked = if self.row == 0 { asked } else { self.asked.min(asked) };
            self.row += 1;
            return (self.row >= ROW).then(|| self.go(self.asked, because));
        }
        self.row = 0;
        let (kept, _) = signs.ask(true);
        if self.level == Level::Normal || kept >= self.level {
            self.calm = None;
            return None;
        }
        let since = *self.calm.get_or_insert(at);
        if at.saturating_sub(since) < CALM {
            return None;
        }
        let because = signs.ask(true).1;
        Some(self.go(self.level.easier(), because))
    }

    fn go(&mut self, to: Level, because: Option<Sign>) -> Change {
        let change = Change { from: self.level, to, because };
        *self = Self { level: to, ..Self::default() };
        change
    }
}
