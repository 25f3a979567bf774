//! Layer: pure. Catalogues that are sound, and hostile ones.
use proptest::prelude::*;

use super::{Catalogue, Kind};
use crate::{RelPath, ShelfError, Url};

const SOUND: &str = r#"
schema = 1
[[model]]
name = "thing"
title = "A thing"
kind = "voice"
licence = "MIT"
languages = ["de", "en-GB"]
memory_mb = 10
[[model.file]]
path = "thing/a.onnx"
bytes = 5
sha256 = "c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1"
source = [{ url = "https://models.example/a?x=1" }, { wheel = "some-package", version = "1.0", member = "a/b.onnx" }]
"#;

fn mistake(text: &str) -> String {
    match Catalogue::read("test", text, None) {
        Err(ShelfError::Catalogue(why)) => why,
        other => panic!("{other:?}\n{text}"),
    }
}

#[test]
fn our_own_catalogue_is_sound() {
    let ours = Catalogue::built_in().unwrap();
    for name in ["silero-vad", "smart-turn"] {
        assert!(ours.find(name).unwrap().can_be_pulled(), "{name}");
    }
    // What the engines look for.
    assert_eq!(ours.find("silero-vad").unwrap().files[0].path.as_str(), "silero_vad_16k.safetensors");
    assert_eq!(ours.find("smart-turn").unwrap().files[0].path.as_str(), "smart-turn-v3.2-cpu.onnx");
}

#[test]
fn what_is_read_is_what_was_written() {
    let read = Catalogue::read("test", SOUND, None).unwrap();
    let again = Catalogue::read("test", &read.to_text().unwrap(), None).unwrap();
    assert_eq!(read, again);
    let thing = read.find("thing").unwrap();
    assert_eq!((thing.kind, thing.bytes()), (Kind::Voice, 5));
    for (lang, speaks) in [("de", true), ("de-CH", true), ("en", true), ("fr", false)] {
        assert_eq!(thing.speaks(lang), speaks, "{lang}");
    }
}

#[test]
fn nonsense_and_malice_are_refused_with_a_reason() {
    for (from, to, reason) in [
        ("schema = 1", "schema = 2", "schema = 2"),
        ("thing/a.onnx", "../a.onnx", "no plain path"),
        ("thing/a.onnx", "/etc/passwd", "no plain path"),
        ("thing/a.onnx", "thing/../../a", "no plain path"),
        ("thing/a.onnx", "thing//a", "no plain path"),
        ("thing/a.onnx", ".parts/a", "no plain path"),
        ("thing/a.onnx", "thing\\\\a", "no plain path"),
        ("thing/a.onnx", "a\\u0000b", "no plain path"),
        ("thing/a.onnx", "", "no plain path"),
        ("a/b.onnx", "../../b.onnx", "a member that cannot be"),
        ("some-package", "--index-url=x", "no package"),
        ("version = \"1.0\"", "version = \"1.0 --pre\"", "no version"),
        ("bytes = 5", "bytes = 0", "no size"),
        ("bytes = 5", "bytes = 9000000000000", "no size"),
        ("bytes = 5", "bytes = -5", "invalid value"),
        ("sha256 = \"c59", "sha256 = \"C59", "64 hexadecimal digits"),
        ("sha256 = \"c59", "sha256 = \"59", "64 hexadecimal digits"),
        ("bytes = 5", "bites = 5", "unknown field"),
        ("name = \"thing\"", "name = \"../thing\"", "small letters"),
        ("title = \"A thing\"", "title = \"A\\u001b[31mthing\"", "a title of one line"),
        ("licence = \"MIT\"", "licence = \" \"", "a licence of one line"),
        ("kind = \"voice\"", "kind = \"magic\"", "unknown variant"),
        ("memory_mb = 10", "memory_mb = 4000000000", "more than any machine"),
        ("\"de\"", "\"German language\"", "languages are tags"),
        ("https://models", "ftp://models", "begins with https://"),
        ("https://models", "https://me:pw@models", "password"),
        ("https://models.example/a?x=1", "https:///a", "begins with https://"),
        ("{ url = \"https://models.example/a?x=1\" }", "{ file = \"/etc/passwd\" }", "of your own"),
        ("{ url = \"https://models.example/a?x=1\" }", "{ }", "either url, or file"),
    ] {
        let text = SOUND.replacen(from, to, 1);
        assert_ne!(text, SOUND, "{from}");
        let why = mistake(&text);
        assert!(why.contains(reason), "{to}: {why}");
    }
}

#[test]
fn two_models_do_not_share_names_or_files() {
    let body = SOUND.split_once("schema = 1").unwrap().1;
    let twice = |change: &dyn Fn(String) -> String| format!("{SOUND}{}", change(body.to_owned()));
    assert!(mistake(&twice(&|text| text)).contains("two models named thing"));
    let renamed = |path: &str| {
        let other = |text: String| text.replace("\"thing\"", "\"other\"").replace("thing/a.onnx", path);
        mistake(&twice(&other))
    };
    assert!(renamed("thing/A.ONNX").contains("a file of both"));
    assert!(renamed("thing").contains("is a file of other, and a folder of thing"));
    assert!(renamed("thing/a.onnx/b").contains("is a file of thing, and a folder of other"));
}

#[test]
fn a_name_that_is_not_there_leads_to_the_nearest() {
    let ours = Catalogue::built_in().unwrap();
    let said = ours.find("silero_vad").unwrap_err().to_string();
    assert!(said.contains("did you mean silero-vad?"), "{said}");
    let said = ours.find(&"x".repeat(10_000)).unwrap_err().to_string();
    assert!(said.len() < 300 && !said.contains("did you mean"), "{said}");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_over(text in ".{0,400}") {
        let _ = Catalogue::read("test", &text, None);
    }

    #[test]
    fn no_change_of_one_place_makes_it_fall_over(at in 0..SOUND.len(), put in any::<char>()) {
        let mut text: Vec<char> = SOUND.chars().collect();
        text[at] = put;
        let text: String = text.into_iter().collect();
        if let Ok(read) = Catalogue::read("test", &text, None) {
            for file in read.models().iter().flat_map(|model| &model.files) {
                prop_assert!(file.bytes <= 256 << 30);
            }
        }
    }

    #[test]
    fn no_path_leaves_its_folder(text in "[a-zA-Z0-9./\\\\_+ -]{0,40}") {
        if let Ok(path) = RelPath::new(&text) {
            let full = path.under(std::path::Path::new("/shelf"));
            prop_assert!(full.starts_with("/shelf"));
            prop_assert!(full.components().all(|part| matches!(
                part,
                std::path::Component::RootDir | std::path::Component::Normal(_)
            )));
            prop_assert_eq!(full.components().count(), 2 + path.as_str().split('/').count());
        }
    }

    #[test]
    fn an_address_leads_nowhere_but_to_a_web_server(base in "https?://[a-z.:0-9\\[\\]@]{1,20}/[a-z/]{0,9}", to in ".{0,60}") {
        if let Ok(url) = base.parse::<Url>()
            && let Ok(next) = url.join(&to)
        {
            prop_assert!(next.to_string().starts_with("http"));
            prop_assert!(!next.host().is_empty() && next.port() > 0);
        }
    }
}
