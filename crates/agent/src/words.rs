//! What does an agent say without its model, and what is its model told in each language?

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use tom_base::{CallPlan, Lang};

/// The texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    greeting: String,
    disclosure: String,
    disclosing: Vec<String>,
    fillers: Vec<String>,
    pub(crate) transfer: String,
    pub(crate) not_connected: String,
    goodbyes: Vec<String>,
    rules: String,
    keyed: String,
    pub(crate) begins: String,
}

static TEXTS: LazyLock<BTreeMap<String, Texts>> =
    LazyLock::new(|| toml::from_str(include_str!("../data/agent.toml")).unwrap_or_default());
static NONE: LazyLock<Texts> = LazyLock::new(Texts::default);

impl Texts {
    /// A language's texts; the English ones where it has none.
    pub(crate) fn of(lang: Lang) -> &'static Self {
        TEXTS.get(lang.primary().as_str()).or_else(|| TEXTS.get("en")).unwrap_or(&NONE)
    }

    /// The greeting: the operator's or the usual one. It always says that an AI speaks.
    pub(crate) fn greeting(&self, own: Option<&str>) -> Vec<String> {
        let Some(own) = own.map(str::trim).filter(|own| !own.is_empty()) else {
            return vec![self.greeting.clone()];
        };
        let tells = own
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| self.disclosing.iter().any(|telling| *telling == word.to_lowercase()));
        let disclosure = (!tells).then(|| self.disclosure.clone());
        disclosure.into_iter().chain([own.to_owned()]).collect()
    }

    /// The `n`th phrase that fills a wait; counts round.
    pub(crate) fn filler(&self, n: usize) -> &str {
        n.checked_rem(self.fillers.len()).and_then(|n| self.fillers.get(n)).map_or("", String::as_str)
    }

    /// Whether a text says goodbye.
    pub(crate) fn says_goodbye(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.goodbyes.iter().any(|goodbye| text.contains(goodbye.as_str()))
    }

    /// The caller's keys, as the model is told of them.
    pub(crate) fn keyed(&self, keys: &str) -> String {
        self.keyed.replace("{keys}", keys)
    }

    /// What the model is told to be: the operator's prompt, then the rules of the telephone.
    pub(crate) fn system(&self, own: &str, plan: &CallPlan, lang: Lang) -> String {
        let language = match lang.primary() {
            Lang::EN => "English".to_owned(),
            Lang::DE => "Deutsch".to_owned(),
            other => format!("the language with the tag \"{other}\""),
        };
        let rules = self
            .rules
            .replace("{language}", &language)
            .replace("{words}", &plan.length.max_words().to_string())
            .replace("{tone}", &plan.tone)
            .replace("{inquiry}", &plan.inquiry_mode);
        [own.trim(), rules.trim()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_greeting_says_that_an_ai_speaks() {
        for (lang, own, expected) in [
            (Lang::EN, None, "Hello, this is the AI assistant. How can I help you?"),
            (
                Lang::EN,
                Some("Smith and Sons, good day."),
                "You are speaking with an AI assistant. Smith and Sons, good day.",
            ),
            (Lang::EN, Some("This is the AI of Smith."), "This is the AI of Smith."),
            (
                Lang::EN,
                Some("Maintenance here, hello."),
                "You are speaking with an AI assistant. Maintenance here, hello.",
            ),
            (Lang::DE, Some(" "), "Guten Tag, hier ist der KI-Assistent. Wie kann ich Ihnen helfen?"),
            (Lang::DE, Some("Hier ist die KI-Stimme von Meier."), "Hier ist die KI-Stimme von Meier."),
        ] {
            assert_eq!(Texts::of(lang).greeting(own).join(" "), expected);
        }
    }

    #[test]
    fn the_model_is_told_the_rules_of_the_telephone() {
        for lang in [Lang::EN, Lang::DE, "fr".parse().expect("a language")] {
            let texts = Texts::of(lang);
            let system = texts.system(" You work for Smith. ", &CallPlan::default(), lang);
            assert!(system.starts_with("You work for Smith.\n\n"), "{system}");
            assert!(system.contains("30") && system.contains("polite") && !system.contains('{'), "{system}");
            assert!(texts.keyed("12").contains("12") && texts.fillers.len() >= 2);
            assert_eq!(texts.filler(0), texts.filler(texts.fillers.len()));
        }
        assert!(Texts::of(Lang::EN).says_goodbye("Thanks. Goodbye!"));
        assert!(!Texts::of(Lang::EN).says_goodbye("What else?"));
    }
}
