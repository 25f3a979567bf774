//! How is a question put: by words where they are understood, by keys where they are not?

use tom_base::Length;

use super::{Dialogue, Expect, Mode, Out, Pending};
use crate::model::{Choice, Step};
use crate::pattern::Pattern;
use crate::phrases::{Phrase, key_name};
use crate::slot::{Kind, Slot};

impl Dialogue {
    /// Asks the present state's question for the first time.
    pub(super) fn ask_first(&mut self, out: &mut Out) {
        out.worth_repeating = true;
        self.session.mode = Mode::Ask;
        let first_visit = self.visits_before() == 0;
        self.put(first_visit && self.plan.length != Length::VeryShort, false, out);
    }

    /// Asks again for whatever is waited for. `with_keys`: name the keys as well.
    pub(super) fn ask_again(&mut self, with_keys: bool, out: &mut Out) {
        match &self.session.mode {
            Mode::Confirm(pending) => {
                let pending = pending.clone();
                self.put_confirmation(&pending, with_keys, out);
            }
            Mode::EmergencyAsk { .. } => {
                self.phrase(Phrase::EmergencyAsk, out);
                self.yes_no_keys(with_keys, out);
            }
            Mode::Idle | Mode::Ask | Mode::Rating { .. } | Mode::Over(_) => self.put(true, with_keys, out),
        }
    }

    /// Asks a yes or no about what was understood.
    pub(super) fn confirm(&mut self, pending: Pending, out: &mut Out) {
        out.worth_repeating = true;
        self.put_confirmation(&pending, false, out);
        self.session.mode = Mode::Confirm(pending);
    }

    fn put_confirmation(&self, pending: &Pending, with_keys: bool, out: &mut Out) {
        match pending {
            Pending::Choice { state, index } => {
                let choice = self.flow.states.get(*state).and_then(|s| s.choices().get(*index));
                let name = choice.map_or_else(String::new, |c| self.choice_name(c));
                self.phrase_with(Phrase::ConfirmChoice, "{name}", &name, out);
            }
            Pending::Value { value, keyed } => {
                let phrase = if *keyed { Phrase::ConfirmKeyed } else { Phrase::ConfirmSaid };
                self.phrase_with(phrase, "{value}", &value.say, out);
            }
            Pending::Person => self.phrase(Phrase::ConfirmPerson, out),
            Pending::Goodbye => self.phrase(Phrase::ConfirmGoodbye, out),
        }
        self.yes_no_keys(with_keys, out);
    }

    pub(super) fn yes_no_keys(&self, with_keys: bool, out: &mut Out) {
        if with_keys || !self.session.spoken {
            self.phrase(Phrase::YesNoKeys, out);
        }
    }

    /// The present state's question, with the words or keys that answer it.
    fn put(&mut self, with_words: bool, with_keys: bool, out: &mut Out) {
        let flow = std::sync::Arc::clone(&self.flow);
        let state = &flow.states[self.session.at];
        let Some(question) = state.question() else { return };
        let visit = self.visits_before();
        self.question(question.ask.as_ref(), visit, out);
        let spoken = self.session.spoken;
        if spoken && (with_words || question.ask.is_none()) {
            match (&question.words, state.choices()) {
                (None, []) => {}
                (None, choices) => self.list_words(choices, out),
                (words, _) => self.question(words.as_ref(), visit, out),
            }
        }
        if !spoken || with_keys {
            let intro =
                matches!(&state.step, Step::Menu(_)) || matches!(&state.step, Step::Slot(s) if is_yes_no(s));
            if !spoken && !self.session.keys_introduced && intro {
                self.session.keys_introduced = true;
                self.phrase(Phrase::KeysIntro, out);
            }
            match (&question.keys, &state.step) {
                (Some(keys), _) => self.question(Some(keys), visit, out),
                (None, Step::Menu(menu)) => self.list_keys(&menu.choices, out),
                (None, Step::Slot(slot)) => self.slot_keys(slot, out),
                _ => {}
            }
            if !spoken && self.session.tries > 0 {
                self.phrase(Phrase::StarKey, out);
            }
        }
    }

    /// "You can say: opening hours, address, or appointment."
    fn list_words(&self, choices: &[Choice], out: &mut Out) {
        let words: Vec<String> =
            choices.iter().filter_map(|c| c.phrases.get(self.lang)?.first().map(Pattern::plain)).collect();
        let list = match words.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, head)) => format!("{}, {} {last}", head.join(", "), self.own(Phrase::Or)),
            None => return,
        };
        self.phrase_with(Phrase::WordsIntro, "{list}", &list, out);
    }

    /// "For the opening hours, press one."
    fn list_keys(&self, choices: &[Choice], out: &mut Out) {
        for choice in choices {
            let text = self
                .own(Phrase::ChoiceKey)
                .replace("{key}", &key_name(self.lang, choice.key))
                .replace("{name}", &self.choice_name(choice));
            out.text.push(text);
        }
    }

    fn slot_keys(&self, slot: &Slot, out: &mut Out) {
        match slot.kind {
            Kind::YesNo { .. } => self.phrase(Phrase::YesNoKeys, out),
            Kind::Digits { min, max } if min == max => {
                self.phrase_with(Phrase::DigitsKeysFixed, "{count}", &max.to_string(), out);
            }
            Kind::Digits { .. } => self.phrase(Phrase::DigitsKeys, out),
            Kind::Phone => self.phrase(Phrase::PhoneKeys, out),
            Kind::Time => self.phrase(Phrase::TimeKeys, out),
            Kind::Date => self.phrase(Phrase::DateKeys, out),
            Kind::Free { .. } => self.phrase(Phrase::FreeKeys, out),
        }
    }

    pub(super) fn choice_name(&self, choice: &Choice) -> String {
        choice.name.get(self.lang).map_or_else(String::new, |t| t.render(|n| self.value(n)))
    }

    /// What the present state waits for.
    pub(super) fn expect(&self) -> Expect {
        match &self.here().step {
            Step::Menu(_) => Expect::Choice,
            Step::Slot(slot) => match slot.kind {
                Kind::YesNo { .. } => Expect::YesNo,
                Kind::Digits { max, .. } => Expect::Digits { max },
                Kind::Phone => Expect::Digits { max: 15 },
                Kind::Time | Kind::Date => Expect::Digits { max: 4 },
                Kind::Free { name: true } => Expect::Spelling,
                Kind::Free { name: false } => Expect::Message,
            },
            Step::Go(_) | Step::HangUp | Step::Transfer(_) | Step::Llm | Step::Hold(_) => Expect::Open,
        }
    }

    /// What each key does now.
    pub(super) fn key_list(&self) -> Vec<(char, String)> {
        let (yes, no) =
            if self.lang.primary() == tom_base::Lang::DE { ("Ja", "Nein") } else { ("Yes", "No") };
        let yes_no = || vec![('1', yes.to_owned()), ('2', no.to_owned())];
        match (&self.session.mode, &self.here().step) {
            (Mode::Over(_) | Mode::Idle, _) => Vec::new(),
            (Mode::Rating { .. }, _) => ('1'..='5').map(|c| (c, c.to_string())).collect(),
            (Mode::Confirm(_) | Mode::EmergencyAsk { .. }, _) => yes_no(),
            (Mode::Ask, Step::Menu(menu)) => {
                menu.choices.iter().map(|c| (c.key, self.choice_name(c))).collect()
            }
            (Mode::Ask, Step::Slot(slot)) if is_yes_no(slot) => yes_no(),
            (Mode::Ask, _) => Vec::new(),
        }
    }
}

fn is_yes_no(slot: &Slot) -> bool {
    matches!(slot.kind, Kind::YesNo { .. })
}
