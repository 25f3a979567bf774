//! With whom is a caller to be connected, and what for?

use std::collections::BTreeMap;

/// Who is called, and what for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub(super) to: String,
    /// Whether we call them ourselves; none: as configured.
    pub(super) attended: Option<bool>,
    data: BTreeMap<String, String>,
}

impl Wish {
    /// What an action of the dialogue wants.
    pub(super) fn of(action: &tom_call::Action) -> Option<Self> {
        let data: BTreeMap<String, String> = action.data.iter().cloned().collect();
        let to = data.get("to").filter(|to| &*action.kind == "transfer" && !to.is_empty())?.clone();
        Some(Self { to, attended: None, data })
    }

    /// What somebody outside of the dialogue wants: we call them, and tell them this.
    pub(super) fn ordered(to: String, summary: Option<String>) -> Self {
        let data = [("reason", Some("ordered".to_owned())), ("summary", summary)];
        let data = data.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect();
        Self { to, attended: Some(true), data }
    }

    /// A word of the dialogue on it: `reason`, `summary`.
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.data.get(name).map(String::as_str)
    }
}
