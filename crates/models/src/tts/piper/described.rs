//! Which language does a voice speak, by the JSON file beside it?

use std::path::Path;

use serde::Deserialize;

/// Bytes of the longest description.
const LONGEST: u64 = 1 << 20;

#[derive(Deserialize)]
struct Description {
    espeak: Option<Espeak>,
    language: Option<Language>,
}

#[derive(Deserialize)]
struct Espeak {
    voice: Option<String>,
}

#[derive(Deserialize)]
struct Language {
    code: Option<String>,
}

/// The language as espeak-ng names it: `de`, `en-us`. `None` where the file does not say; what is wrong with it is for the
/// worker to tell.
pub(super) fn language(model: &Path) -> Option<String> {
    let mut path = model.as_os_str().to_owned();
    path.push(".json");
    let short = std::fs::metadata(&path).is_ok_and(|data| data.len() <= LONGEST);
    let text = short.then(|| std::fs::read(&path).ok())??;
    let description: Description = serde_json::from_slice(&text).ok()?;
    let tag = description.espeak.and_then(|espeak| espeak.voice);
    let tag = tag.or_else(|| description.language.and_then(|language| language.code))?;
    Some(tag.to_lowercase().replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_found_or_not_said() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("x.onnx");
        for (text, tag) in [
            (r#"{"espeak":{"voice":"en-us"},"language":{"code":"en_US"}}"#, Some("en-us")),
            (r#"{"espeak":null,"language":{"code":"de_DE"}}"#, Some("de-de")),
            (r#"{"espeak":{}}"#, None),
            ("null", None),
            ("", None),
        ] {
            std::fs::write(folder.path().join("x.onnx.json"), text).unwrap();
            assert_eq!(language(&model).as_deref(), tag, "{text}");
        }
        assert_eq!(language(&folder.path().join("y.onnx")), None);
    }
}
