//! Which words are a listener's, which show that the speaker goes on, and which are digits?

use std::sync::LazyLock;

use tom_base::Lang;

use crate::{hide, mask_numbers};

/// The word lists of one language.
#[derive(Debug, Default)]
struct Words {
    backchannels: Vec<&'static str>,
    hesitations: Vec<&'static str>,
    unfinished: Vec<&'static str>,
    digits: Vec<&'static str>,
    answers: Vec<&'static str>,
}

impl Words {
    /// Reads a list file: sections in brackets, phrases parted by commas, `#` comments.
    fn read(text: &'static str) -> Self {
        let mut all = Self::default();
        let mut section = "";
        for line in text.lines().map(str::trim).filter(|l| !l.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                section = name;
                continue;
            }
            let phrases = line.split(',').map(str::trim).filter(|p| !p.is_empty());
            if let Some(list) = all.section(section) {
                list.extend(phrases);
            }
        }
        all
    }

    fn section(&mut self, name: &str) -> Option<&mut Vec<&'static str>> {
        Some(match name {
            "backchannels" => &mut self.backchannels,
            "hesitations" => &mut self.hesitations,
            "unfinished" => &mut self.unfinished,
            "digits" => &mut self.digits,
            "answers" => &mut self.answers,
            _ => return None,
        })
    }
}

static LISTS: LazyLock<[Words; 2]> = LazyLock::new(|| {
    [Words::read(include_str!("fillers/en.txt")), Words::read(include_str!("fillers/de.txt"))]
});

/// What a piece of the caller's speech is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// No words at all.
    Nothing,
    /// Only a listener's words and hesitations.
    Fillers,
    /// At least one word that says something.
    Words,
}

/// The lists for a language; a language without lists of its own uses all of them.
fn lists(lang: Lang) -> &'static [Words] {
    match lang.primary() {
        Lang::EN => &LISTS[..1],
        Lang::DE => &LISTS[1..],
        _ => &LISTS[..],
    }
}

/// The words of a text: lower case, without punctuation.
/// Telephone numbers are hidden first, so that a call replayed from its journal is judged the same way.
fn words(text: &str) -> Vec<String> {
    mask_numbers(text)
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// How many words from the front a list's longest fitting phrase has.
fn phrase_at(words: &[String], list: &[&str]) -> usize {
    list.iter()
        .filter_map(|phrase| {
            let n = phrase.split(' ').count();
            let fits = words.len() >= n && phrase.split(' ').zip(words).all(|(p, w)| p == w);
            fits.then_some(n)
        })
        .max()
        .unwrap_or(0)
}

/// What the text is made of. With `answers`, words of agreement count as words.
pub(crate) fn made_of(text: &str, lang: Lang, answers: bool) -> Made {
    let words = words(text);
    if words.is_empty() {
        return Made::Nothing;
    }
    let lists = lists(lang);
    let mut rest = &words[..];
    while !rest.is_empty() {
        let longest = |pick: fn(&Words) -> &[&'static str]| {
            lists.iter().map(|l| phrase_at(rest, pick(l))).max().unwrap_or(0)
        };
        let filler = longest(|l| &l.backchannels).max(longest(|l| &l.hesitations));
        if filler == 0 || (answers && longest(|l| &l.answers) > 0) {
            return Made::Words;
        }
        rest = &rest[filler..];
    }
    Made::Fillers
}

/// Whether the text ends as if the speaker would go on: a comma, an ellipsis, "and", "ähm".
pub(crate) fn trails_off(text: &str, lang: Lang) -> bool {
    let text = text.trim_end();
    if text.ends_with([',', ';', ':', '-', '–', '…']) || text.ends_with("...") {
        return true;
    }
    if ends_sentence(text) {
        return false;
    }
    let words = words(text);
    let Some(last) = words.last() else {
        return false;
    };
    // A lone "so" or "well" is an answer as often as a beginning; hesitations alone always go on.
    lists(lang).iter().any(|l| {
        (words.len() > 1 && l.unfinished.contains(&last.as_str())) || l.hesitations.contains(&last.as_str())
    })
}

/// Whether the text ends with a full stop, an exclamation mark or a question mark.
pub(crate) fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | ')' | '\''));
    text.ends_with(['.', '!', '?', '。']) && !text.ends_with("...")
}

/// How many digits the text holds, written or spoken, hidden ones included.
pub(crate) fn digits(text: &str, lang: Lang) -> usize {
    let also = |w: &String| lists(lang).iter().any(|l| l.digits.contains(&w.as_str()));
    hide::digits(text) + words(text).iter().filter(|w| also(w)).count()
}

/// Whether the text ends in two digits or more and no full stop: a number is being dictated.
pub(crate) fn dictates(text: &str, lang: Lang) -> bool {
    let last = text.split_whitespace().rev().take(2);
    let all = last.map(|word| digits(word, lang)).collect::<Vec<_>>();
    !ends_sentence(text) && all.first().is_some_and(|n| *n > 0) && all.iter().sum::<usize>() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_read_and_clean() {
        for list in LISTS.iter() {
            let all = [&list.backchannels, &list.hesitations, &list.unfinished, &list.digits, &list.answers];
            for section in all {
                assert!(!section.is_empty());
                for phrase in section {
                    assert_eq!(*phrase, words(phrase).join(" "), "as words come in");
                }
            }
            for answer in &list.answers {
                assert!(list.backchannels.contains(answer), "{answer}");
            }
        }
    }

    #[test]
    fn a_listeners_words_take_no_floor() {
        for (lang, text) in [
            (Lang::EN, "Mhm."),
            (Lang::EN, "uh-huh, right, okay"),
            (Lang::EN, "I see, go on"),
            (Lang::DE, "Ja, ja, genau."),
            (Lang::DE, "ach so, alles klar"),
            (Lang::DE, "ähm"),
            (Lang::DE, "Okay"),
        ] {
            assert_eq!(made_of(text, lang, false), Made::Fillers, "{text}");
        }
        for (lang, text) in [
            (Lang::EN, "no"),
            (Lang::EN, "yeah but"),
            (Lang::EN, "I"),
            (Lang::EN, "okay stop"),
            (Lang::DE, "nein"),
            (Lang::DE, "Moment mal"),
            (Lang::DE, "ja, aber morgen"),
        ] {
            assert_eq!(made_of(text, lang, false), Made::Words, "{text}");
        }
        assert_eq!(made_of(" ... ", Lang::EN, false), Made::Nothing);
    }

    #[test]
    fn agreement_answers_a_question() {
        assert_eq!(made_of("yes", Lang::EN, true), Made::Words);
        assert_eq!(made_of("ja", Lang::DE, true), Made::Words);
        assert_eq!(made_of("ähm ja", Lang::DE, true), Made::Words);
        assert_eq!(made_of("hm", Lang::DE, true), Made::Fillers);
    }

    #[test]
    fn another_language_uses_all_lists() {
        let fr = "fr".parse().expect("a language");
        assert_eq!(made_of("genau, okay", fr, false), Made::Fillers);
        assert_eq!(made_of("bonjour", fr, false), Made::Words);
    }

    #[test]
    fn a_trailing_word_or_comma_shows_that_more_comes() {
        for (lang, text) in [
            (Lang::EN, "I would like to book and"),
            (Lang::EN, "a table for two,"),
            (Lang::EN, "well..."),
            (Lang::EN, "um"),
            (Lang::DE, "ich hätte gern einen Termin, ähm"),
            (Lang::DE, "am Montag oder"),
            (Lang::DE, "also"),
        ] {
            assert!(trails_off(text, lang), "{text}");
        }
        for text in ["", "yes", "I want that.", "what for?", "so"] {
            let lone_so = text == "so";
            assert_eq!(trails_off(text, Lang::EN), lone_so, "{text}");
        }
        assert!(ends_sentence("Yes.\" "));
        assert!(!ends_sentence("Yes..."));
    }

    #[test]
    fn a_number_that_is_being_dictated_ends_in_digits() {
        for text in ["zero one", "my number is 0171 23", "null eins", "it is one two three"] {
            assert!(dictates(text, Lang::EN) || dictates(text, Lang::DE), "{text}");
        }
        for text in ["a table for two", "two people", "zero one two.", "", "one"] {
            assert!(!dictates(text, Lang::EN), "{text}");
        }
    }

    #[test]
    fn digits_count_written_and_spoken() {
        assert_eq!(digits("one two 34, 5", Lang::EN), 5);
        assert_eq!(digits("null eins zwo", Lang::DE), 3);
        assert_eq!(digits("next box number", Lang::EN), 0);
        assert_eq!(digits("zero one two three four five six seven", Lang::EN), 8);
        assert_eq!(digits("0171 2345678", Lang::EN), 11);
        assert!(!trails_off("zero one two three four five six seven", Lang::EN));
    }
}
