//! Which voice speaks a language.

use serde::{Deserialize, Serialize};
use tom_worker::Fault;

use crate::engine::{Engine, Manner};

/// One voice of the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Voice {
    /// `English_(America)`.
    pub(crate) name: String,
    /// Its file: `gmw/en-US`.
    pub(crate) file: String,
    /// The tags it speaks, and how well: small is first.
    pub(crate) languages: Vec<(u8, String)>,
}

/// What a stream is opened with, as JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// The language of the text: `de`, `pt-br`.
    pub(crate) lang: String,
    /// A voice, in place of the language's own: a tag (`en-gb`), name or file of the library, and `+variant` if wanted
    /// (`de+f2`, `+f3`).
    pub(crate) voice: Option<String>,
    /// Clauses are not spoken but answered by how they are pronounced (IPA).
    #[serde(default)]
    pub(crate) phonemes: bool,
    /// Words per minute.
    #[serde(default = "usual_rate")]
    pub(crate) rate: u16,
    /// 0 to 100.
    #[serde(default = "usual_pitch")]
    pub(crate) pitch: u8,
    /// 0 to 200.
    #[serde(default = "usual_volume")]
    pub(crate) volume: u8,
}

/// A little slower than the library's 175: callers hear it for the first time, over a telephone.
const fn usual_rate() -> u16 {
    165
}

/// A little below the library's 50, which sounds strained in a telephone's band.
const fn usual_pitch() -> u8 {
    45
}

/// As loud as a person on the line: about -24 dBFS, with peaks well below clipping.
const fn usual_volume() -> u8 {
    100
}

/// Regional voices for languages that do not say which.
const USUAL: [(&str, &str); 1] = [("en", "en-us")];

/// How a stream with these options speaks.
pub(crate) fn manner(engine: &Engine, options: &Options) -> Result<Manner, Fault> {
    if !(80..=450).contains(&options.rate) || options.pitch > 100 || options.volume > 200 {
        return Err(Fault::bad_request(
            "the rate must be 80 to 450 words a minute, the pitch 0 to 100 and the volume 0 to 200",
        ));
    }
    let wish = options.voice.as_deref().unwrap_or_default();
    let (base, variant) = wish.split_once('+').unwrap_or((wish, ""));
    let voice = if base.is_empty() {
        for_language(engine.voices(), &options.lang)
    } else {
        named(engine.voices(), base)
    };
    let Some(voice) = voice else {
        return Err(Fault::bad_request(format!(
            "espeak-ng has no voice for this language or of this name (`espeak-ng --voices` lists them): {}",
            if base.is_empty() { &options.lang } else { base }
        )));
    };
    // Only what is listed goes to the library: it takes the name as a path, also one that leads elsewhere.
    let known = variant.is_empty() || engine.variants().iter().any(|v| v == variant);
    if !known {
        return Err(Fault::bad_request(
            "espeak-ng has no such voice variant (`espeak-ng --voices=variant` lists them)",
        ));
    }
    let plus = if variant.is_empty() { "" } else { "+" };
    Ok(Manner {
        voice: format!("{}{plus}{variant}", voice.file),
        rate: options.rate,
        pitch: options.pitch,
        volume: options.volume,
    })
}

/// The best voice for a tag; that of its language if there is none for its region.
pub(crate) fn for_language<'v>(voices: &'v [Voice], tag: &str) -> Option<&'v Voice> {
    let tag = tag.to_lowercase().replace('_', "-");
    let usual = USUAL.iter().find(|(lang, _)| *lang == tag).map(|(_, usual)| *usual);
    let best = |wanted: &str| {
        let fits = |voice: &'v Voice| {
            let tags = voice.languages.iter().filter(|(_, tag)| tag == wanted);
            tags.map(|(priority, _)| *priority).min().map(|priority| (priority, voice))
        };
        voices.iter().filter_map(fits).min_by_key(|(priority, _)| *priority).map(|(_, voice)| voice)
    };
    let language = tag.split('-').next().unwrap_or_default();
    usual
        .and_then(best)
        .or_else(|| best(&tag))
        .or_else(|| (language != tag).then(|| for_language(voices, language)).flatten())
        .or_else(|| {
            // `fr` is listed as `fr-fr` alone by some versions.
            let prefix = format!("{language}-");
            voices.iter().find(|voice| voice.languages.iter().any(|(_, tag)| tag.starts_with(&prefix)))
        })
}

/// The voice of a tag, name or file.
fn named<'v>(voices: &'v [Voice], name: &str) -> Option<&'v Voice> {
    voices
        .iter()
        .find(|voice| voice.name.eq_ignore_ascii_case(name) || voice.file.eq_ignore_ascii_case(name))
        .or_else(|| for_language(voices, name))
}
