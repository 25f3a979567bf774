//! Which time of day did the caller mean, and how is it said back?

use tom_base::Lang;

use crate::numbers;
use crate::slot::Filled;

/// The part of the day that goes with a time.
#[derive(Clone, Copy, PartialEq)]
enum Half {
    Morning,
    Afternoon,
    Night,
    Unsaid,
}

/// A time that was said: "half past nine", "three thirty in the afternoon", "halb zehn", "15 Uhr 30". The
/// value is `HH:MM`. One to six without a part of the day mean the afternoon: nobody calls an office about
/// four in the morning.
pub(crate) fn spoken_time(said: &[String], lang: Lang) -> Option<Filled> {
    let (said, half) = take_half(said);
    let german = lang.primary() == Lang::DE;
    let words: Vec<&str> = said.iter().map(String::as_str).collect();
    let (hour, minute) = match words.as_slice() {
        ["noon" | "midday" | "mittag" | "mittags"] => return told(12, 0, lang),
        ["midnight" | "mitternacht"] => return told(0, 0, lang),
        ["halb", ..] => before(hour(&said[1..], lang)?, 30),
        ["dreiviertel", ..] => before(hour(&said[1..], lang)?, 15),
        ["viertel", "nach", ..] | ["quarter", "past" | "after", ..] => (hour(&said[2..], lang)?, 15),
        ["viertel", "vor", ..] | ["quarter", "to" | "before", ..] => before(hour(&said[2..], lang)?, 15),
        ["a", "quarter", "past" | "after", ..] => (hour(&said[3..], lang)?, 15),
        ["a", "quarter", "to" | "before", ..] => before(hour(&said[3..], lang)?, 15),
        ["half", "past", ..] => (hour(&said[2..], lang)?, 30),
        _ => relative(&said, lang).or_else(|| plain(&said, lang, german))?,
    };
    let hour = match half {
        Half::Afternoon if hour < 12 => hour + 12,
        Half::Unsaid if (1..=6).contains(&hour) => hour + 12,
        Half::Morning | Half::Night if hour == 12 => 0,
        Half::Night if (9..12).contains(&hour) => hour + 12,
        _ => hour,
    };
    told(hour, minute, lang)
}

/// A time that was keyed, 24 hours: `9`, `930`, `1430`.
pub(crate) fn keyed_time(keys: &str, lang: Lang) -> Option<Filled> {
    if keys.is_empty() || keys.len() > 4 || !keys.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let split = if keys.len() <= 2 { keys.len() } else { keys.len() - 2 };
    let minute = if split == keys.len() { 0 } else { keys[split..].parse().ok()? };
    told(keys[..split].parse().ok()?, minute, lang)
}

/// Takes words for the part of the day and for nothing ("at", "um") away.
fn take_half(said: &[String]) -> (Vec<String>, Half) {
    let mut half = Half::Unsaid;
    let mut rest: Vec<String> = Vec::new();
    for word in said {
        match word.as_str() {
            "am" | "morning" | "morgens" | "frueh" | "vormittags" => half = Half::Morning,
            "pm" | "afternoon" | "evening" | "nachmittags" | "abends" => half = Half::Afternoon,
            "night" | "nachts" => half = Half::Night,
            // "Zwölf Uhr mittags": the hour says it already.
            "mittags" if !rest.is_empty() => {}
            // "p.m." comes as two words.
            "m" if rest.last().is_some_and(|w| w == "a" || w == "p") => {
                half = if rest.pop().is_some_and(|w| w == "a") { Half::Morning } else { Half::Afternoon };
            }
            "at" | "around" | "about" | "um" | "gegen" | "in" | "the" | "o'clock" | "please" | "bitte" => {}
            _ => rest.push(word.clone()),
        }
    }
    (rest, half)
}

/// An hour and nothing after it.
fn hour(said: &[String], lang: Lang) -> Option<u32> {
    let number = numbers::leading(said, lang)?;
    let all = number.len == said.len() || said[number.len..] == ["uhr".to_owned()];
    number.value().filter(|h| all && *h <= 24)
}

/// Some minutes before an hour; before one it is past twelve, not past midnight.
fn before(hour: u32, minutes: u32) -> (u32, u32) {
    (if hour == 1 { 12 } else { (hour + 23) % 24 }, 60 - minutes)
}

/// "ten past nine", "fünf vor acht".
fn relative(said: &[String], lang: Lang) -> Option<(u32, u32)> {
    let minutes = numbers::leading(said, lang)?;
    let (word, tail) = said[minutes.len..].split_first()?;
    let count = minutes.value().filter(|m| (1..30).contains(m))?;
    match word.as_str() {
        "past" | "after" | "nach" => Some((hour(tail, lang)?, count)),
        "to" | "before" | "vor" => Some(before(hour(tail, lang)?, count)),
        _ => None,
    }
}

/// "nine", "nine thirty", "nine oh five", "neun Uhr dreißig", "fourteen hundred".
fn plain(said: &[String], lang: Lang, german: bool) -> Option<(u32, u32)> {
    let first = numbers::leading(said, lang)?;
    let hour = first.value()?;
    if (100..=2400).contains(&hour) && hour % 100 == 0 && !german {
        return (first.len == said.len()).then_some((hour / 100, 0));
    }
    let mut rest = &said[first.len..];
    if let [word, tail @ ..] = rest
        && word == "uhr"
    {
        rest = tail;
    }
    // "15:30 Uhr" is written that way round.
    if let [head @ .., word] = rest
        && word == "uhr"
    {
        rest = head;
    }
    match rest {
        [] => Some((hour, 0)),
        _ => {
            let mut at = 0;
            let mut digits = String::new();
            while at < rest.len() {
                let number = numbers::leading(&rest[at..], lang)?;
                digits.push_str(&number.digits);
                at += number.len;
            }
            // "nine five" is not a time: people say "nine oh five".
            let written = rest.len() == 1 && rest[0].bytes().all(|b| b.is_ascii_digit());
            let minute = digits.parse().ok()?;
            (digits.len() == 2 || (german && !written)).then_some((hour, minute))
        }
    }
}

fn told(hour: u32, minute: u32, lang: Lang) -> Option<Filled> {
    if hour > 24 || minute > 59 || (hour == 24 && minute > 0) {
        return None;
    }
    let hour = hour % 24;
    let value = format!("{hour:02}:{minute:02}");
    let say = if lang.primary() == Lang::DE {
        if minute == 0 { format!("{hour} Uhr") } else { format!("{hour} Uhr {minute}") }
    } else {
        let part = match hour {
            0..12 => "in the morning",
            12..18 => "in the afternoon",
            _ => "in the evening",
        };
        let twelve = (hour + 11) % 12 + 1;
        match (hour, minute) {
            (0, 0) => "midnight".into(),
            (12, 0) => "noon".into(),
            (_, 0) => format!("{twelve} o'clock {part}"),
            _ => format!("{twelve}:{minute:02} {part}"),
        }
    };
    Some(Filled { value, say })
}
