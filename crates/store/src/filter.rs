//! Which calls are asked for, and in which order do they come?

use rusqlite::types::Value;

use crate::record::{Detail, LOST};

/// Where in the order of calls one stands: the latest beginning first, then by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// When it began, in milliseconds since 1970.
    pub started_ms: u64,
    /// Its name.
    pub id: String,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Live,
    /// It is over.
    Ended,
    /// Its server broke off, so that nobody knows how it ended.
    Lost,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Live, Self::Ended, Self::Lost];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
            Self::Lost => LOST,
        }
    }

    /// The state of a call with that end reason.
    #[must_use]
    pub fn of(reason: Option<&str>) -> Self {
        match reason {
            None => Self::Live,
            Some(LOST) => Self::Lost,
            Some(_) => Self::Ended,
        }
    }
}

/// What a call must be like; a part that is none admits every call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How far it is.
    pub state: Option<State>,
    /// How it came in.
    pub transport: Option<String>,
    /// Its language; `de` also admits `de-at`.
    pub language: Option<String>,
    /// Its prompt variant.
    pub variant: Option<String>,
    /// Why it ended.
    pub reason: Option<String>,
    /// Something that was done in it: the kind of an action, such as `transfer`.
    pub outcome: Option<String>,
    /// How it was rated.
    pub rating: Option<u8>,
    /// It began then or later, in milliseconds since 1970.
    pub from_ms: Option<u64>,
    /// It began before then.
    pub to_ms: Option<u64>,
    /// A part of its name; upper and lower case are the same.
    pub q: Option<String>,
}

impl Filter {
    /// Whether it admits that call. The same as in the database.
    #[must_use]
    pub fn admits(&self, detail: &Detail) -> bool {
        let call = &detail.call;
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
        let language = |wanted: &str| {
            call.language.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.state.is_none_or(|state| state == State::of(call.reason.as_deref()))
            && is(&self.transport, &call.transport)
            && self.language.as_deref().is_none_or(language)
            && is(&self.variant, &call.variant)
            && self.reason.as_ref().is_none_or(|wanted| call.reason.as_ref() == Some(wanted))
            && self.outcome.as_ref().is_none_or(|kind| detail.actions.iter().any(|a| a.kind == *kind))
            && self.rating.is_none_or(|rating| call.rating == Some(rating))
            && self.from_ms.is_none_or(|from| call.started_ms >= from)
            && self.to_ms.is_none_or(|to| call.started_ms < to)
            && self.q.as_ref().is_none_or(|q| call.id.to_ascii_lowercase().contains(&q.to_ascii_lowercase()))
    }

    /// The conditions as SQL over `calls`, and their values in order.
    pub(crate) fn sql(&self) -> (String, Vec<Value>) {
        let mut conditions = Vec::new();
        let mut values = Vec::new();
        let mut add = |condition: &'static str, some: Vec<Value>| {
            conditions.push(condition);
            values.extend(some);
        };
        match self.state {
            None => {}
            Some(State::Live) => add("reason IS NULL", vec![]),
            Some(State::Ended) => add("reason IS NOT NULL AND reason <> 'lost'", vec![]),
            Some(State::Lost) => add("reason = 'lost'", vec![]),
        }
        let equal = [
            ("transport = ?", &self.transport),
            ("variant = ?", &self.variant),
            ("reason = ?", &self.reason),
            ("EXISTS (SELECT 1 FROM actions WHERE call = n AND kind = ?)", &self.outcome),
            ("instr(lower(id), lower(?)) > 0", &self.q),
        ];
        for (condition, wanted) in equal {
            if let Some(wanted) = wanted {
                add(condition, vec![text(wanted)]);
            }
        }
        if let Some(language) = &self.language {
            add("(language = ? OR substr(language, 1, length(?) + 1) = ? || '-')", vec![text(language); 3]);
        }
        if let Some(rating) = self.rating {
            add("rating = ?", vec![Value::Integer(rating.into())]);
        }
        if let Some(from) = self.from_ms {
            add("started_ms >= ?", vec![integer(from)]);
        }
        if let Some(to) = self.to_ms {
            add("started_ms < ?", vec![integer(to)]);
        }
        (conditions.into_iter().map(|condition| format!(" AND {condition}")).collect(), values)
    }
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// SQLite's integers are signed; a time or counter beyond them is the largest one.
pub(crate) fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
