//! May the other side of a call send the agent to somebody else?

use tom_sip::{Ask, Call, Party, Stopped};

use super::numbers::{DialRules, NoDial};
use super::sound::Sound;
use crate::app::App;
use crate::metrics::registry as m;

/// The most digits that an extension has. What is longer is a number outside, and costs.
const EXTENSION: usize = 6;

/// They want us to call somebody in their place. We do where the telephone system they came by is asked, for one of its
/// extensions, or for a number that we would call ourselves.
pub(super) async fn referred(
    app: &App,
    call: &Call,
    sound: &mut Sound,
    to: &Party,
    near: bool,
) -> Result<(), Stopped> {
    let rules = app.sip.get().map(|line| line.rules());
    match rules.map_or(Err(NoDial::Prefix), |rules| may_follow(rules, to, near)) {
        Ok(()) => call.ask(Ask::Follow { offer: sound.offer() }).await,
        Err(why) => {
            app.metrics.count(&m::BLOCKED, &[why.name()]);
            tracing::info!("a transfer of the agent was refused: {}", why.message());
            call.ask(Ask::Stay { status: 603 }).await
        }
    }
}

fn may_follow(rules: &DialRules, to: &Party, near: bool) -> Result<(), NoDial> {
    if !near {
        return Err(NoDial::Prefix);
    }
    match rules.check(&to.number) {
        Ok(_) => Ok(()),
        // A name, or a short number that no rule is written for: the telephone system knows whom it means.
        Err(NoDial::Number) if is_name(&to.number) => Ok(()),
        Err(NoDial::Prefix) if to.number.len() <= EXTENSION && !to.number.starts_with(['0', '+']) => Ok(()),
        Err(why) => Err(why),
    }
}

/// Whether it can be the name of an extension, and nothing besides: it has a letter, and no parameters or blanks.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-*#+".contains(c);
    text.contains(|c: char| c.is_ascii_alphabetic()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_and_allowed_numbers_of_the_same_system_are_followed_and_nothing_else() {
        let list = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        let rules = DialRules {
            prefixes: list(&["+49"]),
            deny: list(&["+49900"]),
            country: "+49".into(),
            per_day: 1,
            at_once: 1,
            ..DialRules::default()
        };
        let to = |number: &str| Party { name: None, number: number.into(), host: "pbx".into() };
        for number in ["22", "4711", "**9", "sales", "anna.b", "+49 30 12345", "030 12345", "a4711-x"] {
            assert_eq!(may_follow(&rules, &to(number), true), Ok(()), "{number}");
            assert_eq!(may_follow(&rules, &to(number), false), Err(NoDial::Prefix), "{number}");
        }
        for number in ["", "112", "110", "+49112", "0900 1", "+1 212 5550100", "00881", "1234567", "2 2;x"] {
            assert!(may_follow(&rules, &to(number), true).is_err(), "{number}");
        }
    }
}
