//! What day and time is it, in words that can be read out?

use jiff::Zoned;
use tom_base::Lang;
use tom_engine::ToolSpec;

use super::{Arguments, Done, Running, Tool, at_once};

const DAYS: [(&str, &str); 7] = [
    ("Monday", "Montag"),
    ("Tuesday", "Dienstag"),
    ("Wednesday", "Mittwoch"),
    ("Thursday", "Donnerstag"),
    ("Friday", "Freitag"),
    ("Saturday", "Samstag"),
    ("Sunday", "Sonntag"),
];
const MONTHS: [(&str, &str); 12] = [
    ("January", "Januar"),
    ("February", "Februar"),
    ("March", "März"),
    ("April", "April"),
    ("May", "Mai"),
    ("June", "Juni"),
    ("July", "Juli"),
    ("August", "August"),
    ("September", "September"),
    ("October", "Oktober"),
    ("November", "November"),
    ("December", "Dezember"),
];

/// `current_time`: the day and time at the place of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct CurrentTime;

impl Tool for CurrentTime {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "current_time".into(),
            description:
                "The current day of the week, date and time of day. Use it whenever \"today\", \"now\" or \
                          opening hours matter."
                    .into(),
            parameters: r#"{"type":"object","properties":{},"additionalProperties":false}"#.into(),
        }
    }

    fn run(&self, arguments: Arguments) -> Running {
        at_once(Ok(Done { result: in_words(&Zoned::now(), arguments.lang), ..Done::default() }))
    }
}

/// A moment as one would say it.
fn in_words(now: &Zoned, lang: Lang) -> String {
    let german = lang.primary() == Lang::DE;
    let pick = |names: &(&'static str, &'static str)| if german { names.1 } else { names.0 };
    let weekday = usize::try_from(now.weekday().to_monday_zero_offset()).unwrap_or_default();
    let day_name = DAYS.get(weekday).map(pick).unwrap_or_default();
    let month = usize::try_from(now.month() - 1).unwrap_or_default();
    let month = MONTHS.get(month).map(pick).unwrap_or_default();
    let (day, year, hour, minute) = (now.day(), now.year(), now.hour(), now.minute());
    if german {
        let minutes = if minute == 0 { String::new() } else { format!(" {minute}") };
        return format!("Es ist {day_name}, der {day}. {month} {year}, {hour} Uhr{minutes}.");
    }
    let (half, hour) = (if hour < 12 { "a.m." } else { "p.m." }, if hour % 12 == 0 { 12 } else { hour % 12 });
    let minutes = if minute == 0 { String::new() } else { format!(":{minute:02}") };
    format!("It is {day_name}, {month} {day}, {year}, {hour}{minutes} {half}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_in_words() {
        let at = |text: &str| text.parse::<Zoned>().expect("a moment");
        for (moment, en, de) in [
            (
                "2026-03-01T00:05:00[UTC]",
                "It is Sunday, March 1, 2026, 12:05 a.m.",
                "Es ist Sonntag, der 1. März 2026, 0 Uhr 5.",
            ),
            (
                "2026-12-31T15:00:00[UTC]",
                "It is Thursday, December 31, 2026, 3 p.m.",
                "Es ist Donnerstag, der 31. Dezember 2026, 15 Uhr.",
            ),
        ] {
            assert_eq!(in_words(&at(moment), Lang::EN), en);
            assert_eq!(in_words(&at(moment), Lang::DE), de);
        }
    }
}
