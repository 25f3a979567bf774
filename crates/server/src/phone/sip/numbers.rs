//! Which numbers may be called, and which are for nobody but a person's help?

use tom_call::OnMachine;

/// Emergency numbers of the countries TOM is used in, and those any mobile telephone dials.
const EMERGENCY: &[&str] = &["110", "112", "911", "999", "000", "117", "118", "122", "133", "144", "140"];

/// Whether a number calls for help. A machine must not answer such a call, and must not make one.
pub(crate) fn is_emergency(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let strange = number.chars().any(|c| !c.is_ascii_digit() && !"+-/() .".contains(c));
    if strange {
        return false;
    }
    // As dialled, or behind the country code some exchanges put in front.
    let behind = ["49", "43", "41"].iter().find_map(|code| digits.strip_prefix(code));
    let international = number.trim_start().starts_with('+').then_some(behind).flatten();
    EMERGENCY.contains(&&*digits) || international.is_some_and(|number| EMERGENCY.contains(&number))
}

/// Whom the server may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialRules {
    /// What a number may begin with.
    pub prefixes: Vec<String>,
    /// What it may not begin with all the same.
    pub deny: Vec<String>,
    /// The country of numbers with one 0 in front, as `+49`.
    pub country: String,
    /// Calls a day.
    pub per_day: u32,
    /// Calls at once.
    pub at_once: u32,
    /// What is done where a machine picks up; none: nobody looks who it is.
    pub machine: Option<OnMachine>,
}

/// Why a number is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDial {
    /// It is no number.
    Number,
    /// It calls for help.
    Emergency,
    /// It costs.
    Denied,
    /// No prefix allows it.
    Prefix,
    /// Enough calls today.
    PerDay,
    /// Enough calls now.
    AtOnce,
}

impl NoDial {
    /// For metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Number => "dial_number",
            Self::Emergency => "dial_emergency",
            Self::Denied => "dial_denied",
            Self::Prefix => "dial_prefix",
            Self::PerDay => "dial_per_day",
            Self::AtOnce => "dial_at_once",
        }
    }

    /// What is wrong, and what to do.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Number => "this is no telephone number: write it as +49 30 123456",
            Self::Emergency => "a machine does not make calls for help: dial it yourself",
            Self::Denied => "numbers like this one are not called, since they cost: dial.deny lists them",
            Self::Prefix => "numbers like this one are not called: dial.prefixes lists those that are",
            Self::PerDay => "enough calls were made today: dial.per_day is the limit",
            Self::AtOnce => "enough calls are being made now: dial.at_once is the limit",
        }
    }
}

impl DialRules {
    /// What is to be dialled for a number, if it may be called.
    ///
    /// # Errors
    /// [`NoDial`].
    pub(crate) fn check(&self, number: &str) -> Result<String, NoDial> {
        let dialled: String = number.chars().filter(|c| !" -/().\u{a0}".contains(*c)).collect();
        let good = dialled
            .char_indices()
            .all(|(at, c)| c.is_ascii_digit() || "*#".contains(c) || (c == '+' && at == 0));
        if !good || dialled.len() < 2 || dialled.len() > 32 {
            return Err(NoDial::Number);
        }
        let whole = self.whole(&dialled);
        if is_emergency(&dialled) || is_emergency(&whole) {
            return Err(NoDial::Emergency);
        }
        if self.deny.iter().any(|prefix| whole.starts_with(&**prefix)) {
            return Err(NoDial::Denied);
        }
        let allowed = self.prefixes.iter().any(|prefix| !prefix.is_empty() && whole.starts_with(&**prefix));
        if allowed { Ok(dialled) } else { Err(NoDial::Prefix) }
    }

    /// The number with its country in front, in the one spelling that rules are written in.
    fn whole(&self, dialled: &str) -> String {
        let whole = match (dialled.strip_prefix("00"), dialled.strip_prefix('0')) {
            (Some(rest), _) => format!("+{rest}"),
            (None, Some(rest)) => format!("{}{rest}", self.country),
            (None, None) => dialled.to_owned(),
        };
        // +49 (0) 900 reaches the same as +49 900.
        for country in ["+49", "+43", "+41"] {
            if let Some(rest) = whole.strip_prefix(country) {
                return format!("{country}{}", rest.trim_start_matches('0'));
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_for_help_are_known_in_every_spelling() {
        for number in ["110", "112", "1-1-2", "+49112", "+43 144", "911"] {
            assert!(is_emergency(number), "{number}");
        }
        for number in ["1120", "0112", "tom", "+4930112", "", "112a", "4711"] {
            assert!(!is_emergency(number), "{number}");
        }
    }

    fn rules() -> DialRules {
        let list = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        DialRules {
            prefixes: list(&["+49", "+41", "**"]),
            deny: list(&["+49900", "+49137", "+41900"]),
            country: "+49".into(),
            per_day: 10,
            at_once: 2,
            machine: None,
        }
    }

    #[test]
    fn only_what_a_prefix_allows_is_called_as_it_was_dialled() {
        let rules = rules();
        assert_eq!(rules.check("+49 (30) 12/34-5").as_deref(), Ok("+493012345"));
        assert_eq!(rules.check("030 12345").as_deref(), Ok("03012345"));
        assert_eq!(rules.check("0049 30 12345").as_deref(), Ok("00493012345"));
        assert_eq!(rules.check("**9").as_deref(), Ok("**9"));
        for number in ["+1 212 555 0100", "001 212 5550100", "+881 1", "00 881 1", "200"] {
            assert_eq!(rules.check(number), Err(NoDial::Prefix), "{number}");
        }
    }

    #[test]
    fn no_spelling_reaches_what_is_denied() {
        let rules = rules();
        for number in
            ["+49 900 1", "0900 1", "0049900 1", "+490900 1", "00490900 1", "+49 00900 1", "+410900 1"]
        {
            assert_eq!(rules.check(number), Err(NoDial::Denied), "{number}");
        }
        for number in ["110", "112", "+49112", "0049 110", "+490112", "00112"] {
            let refused = rules.check(number);
            assert!(matches!(refused, Err(NoDial::Emergency | NoDial::Prefix)), "{number}: {refused:?}");
        }
        for number in ["", "1", "sip:a@b", "+49 30 a", "49+30", "+49;phone-context=x", &"1".repeat(40)] {
            assert_eq!(rules.check(number), Err(NoDial::Number), "{number}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_nothing_but_keys_is_dialled(number in "[0-9+*#() -]{0,40}|\\PC{0,20}") {
            if let Ok(dialled) = rules().check(&number) {
                proptest::prop_assert!(dialled.chars().all(|c| c.is_ascii_digit() || "+*#".contains(c)));
            }
        }
    }
}
