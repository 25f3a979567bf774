//! Which day did the caller mean, and how is it said back?

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use tom_base::Lang;

use crate::numbers;
use crate::slot::Filled;

/// The words of one language for days.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DayWords {
    pub(crate) months: Vec<String>,
    months_said: Vec<String>,
    pub(crate) ordinals: Vec<String>,
    ordinals_said: Vec<String>,
    endings: Vec<String>,
    /// Word to value and how it is said.
    pub(crate) days: BTreeMap<String, (String, String)>,
}

static WORDS: LazyLock<BTreeMap<String, DayWords>> =
    LazyLock::new(|| toml::from_str(include_str!("../data/dates.toml")).unwrap_or_default());

static EMPTY: LazyLock<DayWords> = LazyLock::new(DayWords::default);

/// The words of a language.
pub(crate) fn day_words(lang: Lang) -> &'static DayWords {
    WORDS.get(lang.primary().as_str()).unwrap_or(&EMPTY)
}

/// Days of each month, February with its leap day: the year is not known.
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A day that was said: a day of the week, "tomorrow", "the fifth of May", "5. Mai". The value is `monday`,
/// `tomorrow` or `MM-DD`.
pub(crate) fn spoken_day(said: &[String], lang: Lang) -> Option<Filled> {
    let table = day_words(lang);
    let month_at = said.iter().position(|w| table.months.contains(w));
    let Some(at) = month_at else {
        return dotted(said, lang).or_else(|| named_day(said, table));
    };
    let month = table.months.iter().position(|m| *m == said[at])?;
    let day =
        said[..at].iter().enumerate().find_map(|(i, _)| day_number(&said[i..at], table, lang)).or_else(
            || {
                let after = said[at + 1..].strip_prefix(&["the".to_owned()][..]).unwrap_or(&said[at + 1..]);
                day_number(after, table, lang)
            },
        )?;
    date(month as u32 + 1, day, lang)
}

/// "5.5." as it is written in German, which comes as two numbers.
fn dotted(said: &[String], lang: Lang) -> Option<Filled> {
    match said {
        [day, month] if lang.primary() == Lang::DE => {
            let table = day_words(lang);
            let day = day_number(std::slice::from_ref(day), table, lang)?;
            let month = day_number(std::slice::from_ref(month), table, lang)?;
            date(month, day, lang)
        }
        _ => None,
    }
}

fn named_day(said: &[String], table: &DayWords) -> Option<Filled> {
    let mut named = said.iter().filter_map(|w| table.days.get(w));
    let (value, say) = named.next()?;
    named.next().is_none().then(|| Filled { value: value.clone(), say: say.clone() })
}

/// The number of a day at the beginning: "fifth", "twenty first", "five", "5 th".
fn day_number(said: &[String], table: &DayWords, lang: Lang) -> Option<u32> {
    let ordinal = table.ordinals.iter().position(|ordinal| {
        table.endings.iter().any(|ending| {
            let full = format!("{ordinal}{ending}");
            let mut words = said.iter();
            full.split(' ').all(|part| words.next().is_some_and(|w| w == part))
        })
    });
    match ordinal {
        Some(n) => Some(n as u32 + 1),
        None => numbers::leading(said, lang)?.value(),
    }
}

/// A day that was keyed: day and month as four digits.
pub(crate) fn keyed_day(keys: &str, lang: Lang) -> Option<Filled> {
    if keys.len() != 4 || !keys.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    date(keys[2..].parse().ok()?, keys[..2].parse().ok()?, lang)
}

fn date(month: u32, day: u32, lang: Lang) -> Option<Filled> {
    let longest = *LENGTHS.get(month.checked_sub(1)? as usize)?;
    if day == 0 || day > longest {
        return None;
    }
    let table = day_words(lang);
    let month_said = table.months_said.get(month as usize - 1)?;
    let day_said = table.ordinals_said.get(day as usize - 1)?;
    let say = if lang.primary() == Lang::DE {
        format!("der {day_said} {month_said}")
    } else {
        format!("{month_said} the {day_said}")
    };
    Some(Filled { value: format!("{month:02}-{day:02}"), say })
}
