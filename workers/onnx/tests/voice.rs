//! Layer: real. Made-up voices say what the reference runtime says, piece by piece, with their words; files that are no voices are
//! refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::net::UnixStream;

use tom_base::Epoch;
use tom_tiny::Voice;
use tom_worker::child::{Handler, Link, serve};
use tom_worker::{Event, FrameBuffer, Hello, Job, Request};
use tom_worker_onnx::session::{self, Choice};
use tom_worker_onnx::voice::{self, Config, Manner, Network, Whole};

fn network(kind: Voice) -> (Network, Config) {
    let config = Config::read(kind.config("de").to_string().as_bytes()).unwrap();
    let mut network = Network::load(kind.model().unwrap(), &config).unwrap();
    network.warm_up(&config).unwrap();
    (network, config)
}

#[test]
fn samples_are_those_of_the_reference() {
    for golden in tom_tiny::golden().unwrap() {
        let (network, _) = network(golden.voice);
        assert!(network.is_streamed() && network.tells_durations(), "{:?}", golden.voice);
        let speaker = golden.speaker.unwrap_or_default();
        let manner = Manner { noise: 0.0, length: golden.length, noise_w: 0.0, speaker };
        let samples = network.speak(&golden.ids, manner).unwrap();
        assert_eq!(samples.len(), golden.samples.len());
        let worst = samples.iter().zip(&golden.samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-3, "{:?}, {}: {worst}", golden.voice, golden.length);
        let durations = network.begin(&golden.ids, manner).unwrap().durations.unwrap();
        assert_eq!((durations.len(), durations.iter().sum::<usize>()), (golden.ids.len(), samples.len()));
    }
}

#[test]
fn onnxruntime_speaks_the_same_as_a_whole() {
    if session::find().is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI installs onnxruntime: cargo xtask setup");
        let why = Whole::open(&Voice::Small.model().unwrap(), Choice::OnnxRuntime).err().unwrap();
        assert!(why.contains("pip install onnxruntime"), "{why}");
        return;
    }
    for golden in tom_tiny::golden().unwrap() {
        let config = Config::read(golden.voice.config("de").to_string().as_bytes()).unwrap();
        let model = golden.voice.model().unwrap();
        let whole = Whole::open(&model, Choice::OnnxRuntime).unwrap();
        let mut network = Network::load(model, &config).unwrap().by(whole);
        network.warm_up(&config).unwrap();
        assert!(network.runtime().starts_with("onnxruntime") && !network.is_streamed());
        let speaker = golden.speaker.unwrap_or_default();
        let manner = Manner { noise: 0.0, length: golden.length, noise_w: 0.0, speaker };
        let samples = network.speak(&golden.ids, manner).unwrap();
        assert_eq!(samples.len(), golden.samples.len());
        let worst = samples.iter().zip(&golden.samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-3, "{:?}: {worst}", golden.voice);
    }
}

#[test]
fn speech_comes_in_pieces_and_the_first_is_short() {
    let (network, _) = network(Voice::Small);
    let ids: Vec<i32> = (0..401).map(|n| if n % 2 == 0 { 0 } else { 3 + n % 50 }).collect();
    let mut utterance =
        network.begin(&ids, Manner { noise: 0.3, length: 1.0, noise_w: 0.5, speaker: 0 }).unwrap();
    let mut pieces = Vec::new();
    while let Some(piece) = network.next(&mut utterance).unwrap() {
        pieces.push(piece.len());
    }
    assert!(pieces.len() > 4 && pieces[0] < pieces[1] && pieces[0] <= 24 * 32, "{pieces:?}");
    assert_eq!(pieces.iter().sum::<usize>(), utterance.samples);
}

/// What a voice answers to requests of stream 1.
fn talk(speaker: &mut impl Handler, requests: &[Request]) -> Vec<Event> {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let bytes: Vec<u8> = requests.iter().flat_map(|request| request.encode(1).unwrap()).collect();
    let mut writer = ours.try_clone().unwrap();
    let writer = std::thread::spawn(move || {
        std::io::Write::write_all(&mut writer, &bytes).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let reader = std::thread::spawn(move || {
        let (mut buffer, mut events) = (FrameBuffer::new(), Vec::new());
        while buffer.read_from(&mut ours).unwrap() > 0 {
            while let Some(frame) = buffer.next_frame().unwrap() {
                events.push(Event::decode(frame).unwrap());
            }
        }
        events
    });
    let hello = Hello { engine: "v".into(), version: "1".into(), details: "{}".into() };
    serve(&mut Link::new(theirs), hello, speaker).unwrap();
    writer.join().unwrap();
    reader.join().unwrap().split_off(1)
}

fn speak(serial: u32, text: &str) -> Request {
    Request::Speak { job: Job { serial, epoch: Epoch::new(1, 0), clause: serial }, text: text.into() }
}

#[test]
fn words_come_in_order_before_their_speech() {
    let folder = tempfile::tempdir().unwrap();
    let (hello, mut speaker) =
        voice::load(&Voice::Two.write(folder.path(), "de").unwrap(), Choice::Rten).unwrap();
    assert_eq!((hello.engine.as_str(), hello.version.as_str()), ("piper", "voice"));
    assert!(
        hello.details.contains("\"streamed\":true") && hello.details.contains("\"model\""),
        "{}",
        hello.details
    );
    let sounds = "ɡˈuːtən tˈaːk, hˈalo. viː ɡˈeːt ɛs?";
    let open = |options: &str| Request::Open { options: options.into() };
    let mut length = Vec::new();
    for options in [r#"{"speaker":"bert"}"#, r#"{"speaker":"1","speed":50}"#] {
        let events = talk(&mut speaker, &[open(options), speak(1, sounds)]);
        let (mut at, mut words) = (0u64, Vec::new());
        for event in &events {
            match event {
                Event::Pcm { samples, .. } => at += samples.len() as u64,
                Event::Word { offset, at: begins, .. } => {
                    assert!(*begins >= at.saturating_sub(160), "{begins} is told at {at}");
                    words.push((*offset as usize, *begins));
                }
                Event::Done { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(events.last(), Some(Event::Done { .. })));
        assert!(words.is_sorted() && words.iter().all(|(_, begins)| *begins <= at), "{words:?} of {at}");
        let begun: Vec<&str> =
            words.iter().map(|(offset, _)| sounds[*offset..].split(' ').next().unwrap()).collect();
        assert_eq!(begun, ["ɡˈuːtən", "tˈaːk,", "hˈalo.", "viː", "ɡˈeːt", "ɛs?"]);
        length.push(at);
    }
    let pauses = 2 * 3_200;
    assert!(length[1] - pauses > (length[0] - pauses) * 3 / 2, "half the speed takes longer: {length:?}");
    let failed = talk(&mut speaker, &[open(r#"{"speaker":"carl"}"#), speak(1, sounds)]);
    assert!(
        matches!(&failed[..], [Event::Error { fault, .. }] if fault.message.contains("anna, bert")),
        "{failed:?}"
    );
    let silent = talk(&mut speaker, &[open("{}"), speak(1, "…?! ")]);
    assert!(matches!(&silent[..], [Event::Done { .. }]), "{silent:?}");
}

#[test]
fn what_is_no_voice_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = Voice::Small.write(folder.path(), "de").unwrap();
    let json = folder.path().join("voice.onnx.json");
    let good = (std::fs::read(&path).unwrap(), std::fs::read_to_string(&json).unwrap());
    let refused = |named: &str| {
        let fault = voice::load(&path, Choice::Auto).err().map(|fault| fault.message).unwrap_or_default();
        assert!(fault.contains(named), "{named}: {fault}");
    };
    for cut in [0, 1, 100, good.0.len() / 2, good.0.len() - 1] {
        std::fs::write(&path, &good.0[..cut]).unwrap();
        refused("fetch it again");
    }
    // Another kind of file under the name of a voice, and a model without its inputs.
    std::fs::write(&path, b"GGUF\x03\0\0\0 and more").unwrap();
    refused("is no Piper voice");
    let other = "in audio float 1,n\nn Relu output audio\nout output float 1,n\n";
    std::fs::write(&path, tom_tiny::build(other).unwrap()).unwrap();
    refused("input_lengths");
    // The right inputs, and shapes that do not fit each other.
    let text = include_str!("../../../crates/tiny/data/voice.graph");
    let spoilt = text.replacen("16,16,7", "16,15,7", 1);
    assert_ne!(text, spoilt);
    std::fs::write(&path, tom_tiny::build(&spoilt).unwrap()).unwrap();
    refused("is no Piper voice");
    std::fs::write(&path, &good.0).unwrap();
    std::fs::write(&json, good.1.replace("22050", "null")).unwrap();
    refused("audio.sample_rate is missing or null");
    std::fs::write(&json, good.1.replace("\"num_speakers\":1", "\"num_speakers\":3")).unwrap();
    refused("sid");
    std::fs::remove_file(&json).unwrap();
    refused("NAME.onnx.json");
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&json, &good.1).unwrap();
    refused("cannot be read");
}

#[test]
fn without_a_seam_it_speaks_as_a_whole_and_words_are_estimated() {
    let folder = tempfile::tempdir().unwrap();
    let path = Voice::Small.write(folder.path(), "en-us").unwrap();
    let text =
        include_str!("../../../crates/tiny/data/voice.graph").replace("/dec/conv_pre/Conv", "/other/Conv");
    std::fs::write(&path, tom_tiny::build(&text).unwrap()).unwrap();
    let (hello, mut speaker) = voice::load(&path, Choice::Auto).unwrap();
    assert!(
        hello.details.contains("\"streamed\":false") && hello.details.contains("estimate"),
        "{}",
        hello.details
    );
    let events = talk(&mut speaker, &[Request::Open { options: "{}".into() }, speak(1, "aa bb cc")]);
    let words = events.iter().filter(|event| matches!(event, Event::Word { .. })).count();
    assert_eq!(words, 3);
}
