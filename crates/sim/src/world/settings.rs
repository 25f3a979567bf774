//! How fast and how well do the engines of this world work?

use tom_base::Span;
use tom_turn::Stage;

use crate::script::{Health, PACE, Setting};

/// An engine and its owner's patience.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine {
    pub(crate) health: Health,
    /// Until its first result.
    pub(crate) delay: Span,
    /// Until it is given up.
    pub(crate) deadline: Span,
    pub(crate) ignores_cancel: bool,
}

impl Engine {
    const fn new(delay_ms: u64, deadline_ms: u64) -> Self {
        Self {
            health: Health::Works,
            delay: Span::from_millis(delay_ms),
            deadline: Span::from_millis(deadline_ms),
            ignores_cancel: false,
        }
    }
}

/// The world's properties at a moment of a call.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    stt: Engine,
    llm: Engine,
    tts: Engine,
    pub(crate) partials: bool,
    pub(crate) pace: Span,
    pub(crate) lead: Span,
}

impl Default for Settings {
    /// Delays of built-in engines; the deadlines that calls run with: 5, 10 and 5 s.
    fn default() -> Self {
        Self {
            stt: Engine::new(100, 5_000),
            llm: Engine::new(200, 10_000),
            tts: Engine::new(50, 5_000),
            partials: true,
            pace: PACE,
            lead: Span::from_millis(60),
        }
    }
}

impl Settings {
    pub(crate) const fn engine(&self, stage: Stage) -> Engine {
        match stage {
            Stage::Stt => self.stt,
            Stage::Llm => self.llm,
            Stage::Tts => self.tts,
        }
    }

    pub(crate) fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Health(stage, health) => self.engine_mut(stage).health = health,
            Setting::Delay(stage, delay) => self.engine_mut(stage).delay = delay,
            Setting::Deadline(stage, deadline) => self.engine_mut(stage).deadline = deadline,
            Setting::IgnoresCancel(stage, ignores) => self.engine_mut(stage).ignores_cancel = ignores,
            Setting::Partials(on) => self.partials = on,
            Setting::Pace(pace) => self.pace = pace,
            Setting::Lead(lead) => self.lead = lead,
        }
    }

    fn engine_mut(&mut self, stage: Stage) -> &mut Engine {
        match stage {
            Stage::Stt => &mut self.stt,
            Stage::Llm => &mut self.llm,
            Stage::Tts => &mut self.tts,
        }
    }
}
