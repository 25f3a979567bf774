//! Layer: real. Without a grammar the recogniser writes down some of what a person says, and nothing of silence.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "corpus/mod.rs"]
#[expect(dead_code, reason = "shared with other tests, which need more of it")]
mod corpus;

use tom_worker_sphinx::model::Model;
use tom_worker_sphinx::{Call, Heard, Limits, Recogniser};

#[test]
fn a_recorded_speech_is_partly_understood_and_silence_is_not() {
    let Ok(model) = Model::find() else {
        eprintln!("skipped: the model is not installed");
        return;
    };
    let mut recogniser = Recogniser::load(model, Limits::default()).expect("a recogniser");
    recogniser.warm(true).expect("a decoder that waits");
    let mut hear = |pcm: &[i16]| -> Heard {
        let mut call = Call::default();
        recogniser.begin(&mut call, None).expect("begins");
        for piece in pcm.chunks(320) {
            recogniser.audio(&mut call, piece).expect("listens");
        }
        recogniser.finish(&mut call).expect("ends")
    };
    assert_eq!(hear(&[0; 16_000]), Heard::default());
    let Some(file) = corpus::shared("speech/jfk.wav") else {
        eprintln!("skipped: the shared recordings are not here");
        return;
    };
    let heard = hear(&corpus::read(&file));
    assert!(heard.text.contains("not what your country can do for"), "{heard:?}");
    assert!(heard.confidence > 0.0 && heard.confidence < 0.5, "{heard:?}");
}
