//! Which languages espeak-ng speaks.

use serde::Deserialize;
use tom_base::Lang;
use tom_worker::Hello;

/// The languages of espeak-ng 1.51 that have a tag of two letters: what is believed until a worker has said it. (`zh` is listed there
/// as `cmn`.)
const USUAL: &str = "af am an ar as az ba be bg bn bs ca cs cv cy da de el en eo es et eu fa fi fr ga gd gn gu he hi \
    hr ht hu hy ia id io is it ja ka kk kl kn ko ku ky la lb lt lv mi mk ml mr ms mt my nb ne nl no om or pa pl \
    pt qu ro ru sd si sk sl sq sr sv sw ta te th tk tn tr tt ug uk ur uz vi zh";

/// What a worker tells of its voices.
#[derive(Deserialize)]
struct Details {
    voices: Vec<Voice>,
}

#[derive(Deserialize)]
struct Voice {
    languages: Vec<(u8, String)>,
}

/// The languages of the voices, without regions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Languages(Vec<String>);

impl Languages {
    /// Those of a worker; `None` if it does not say.
    pub(crate) fn of(hello: &Hello) -> Option<Self> {
        let details: Details = serde_json::from_str(&hello.details).ok()?;
        let tags = details.voices.into_iter().flat_map(|voice| voice.languages);
        let mut languages: Vec<String> = tags.map(|(_, tag)| primary(&tag).to_owned()).collect();
        languages.sort_unstable();
        languages.dedup();
        Some(Self(languages))
    }

    /// Whether one of them is this language, in whatever region.
    pub(crate) fn contain(&self, lang: Lang) -> bool {
        self.0.iter().any(|known| known == primary(lang.as_str()))
    }
}

/// Whether espeak-ng usually speaks a language.
pub(crate) fn usual(lang: Lang) -> bool {
    USUAL.split_whitespace().any(|known| known == primary(lang.as_str()))
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(details: &str) -> Hello {
        Hello { engine: "espeak-ng".into(), version: "1.51".into(), details: details.into() }
    }

    #[test]
    fn a_language_is_spoken_in_any_region() {
        let details = r#"{"voices":[{"name":"x","file":"x","languages":[[5,"fr-be"],[8,"fr"]]},
                                    {"name":"y","file":"y","languages":[[2,"en-us"]]}],"variants":[]}"#;
        let languages = Languages::of(&hello(details)).expect("voices");
        for (tag, spoken) in [("fr", true), ("fr-ca", true), ("en", true), ("de", false)] {
            assert_eq!(languages.contain(tag.parse().expect("tag")), spoken, "{tag}");
        }
        assert_eq!(Languages::of(&hello("{}")), None);
        assert_eq!(Languages::of(&hello("no json")), None);
    }

    #[test]
    fn german_and_english_are_believed_before_a_worker_says_so() {
        assert!(usual(Lang::DE) && usual(Lang::EN) && usual("pt-br".parse().expect("tag")));
        assert!(!usual("xx".parse().expect("tag")));
    }
}
