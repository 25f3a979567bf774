//! Layer: wire. Forked calls of FreeSWITCH's three modules are understood and answered.

use crate::common::{Line, Sent};
use proptest::prelude::*;
use serde_json::{Value, json};
use tom_base::Key;
use tom_wire::ErrorCode;
use tom_wire::freeswitch::{FreeSwitchSession, Module, Return};
use tom_wire::phone::{PhoneEvent, PhoneSession};

const JAMBONZ: &str = r#"{"callSid":"cs-1","direction":"inbound","from":"+493012345","to":"100","callId":"sip-1","sampleRate":16000,"mixType":"mono","metadata":{"lang":"de","token":"correct-horse"}}"#;

fn line(module: Module) -> Line<FreeSwitchSession> {
    Line(FreeSwitchSession::new(module))
}

fn jambonz() -> Line<FreeSwitchSession> {
    let mut line = line(Module::Jambonz);
    line.hear(JAMBONZ).unwrap();
    line
}

fn payload(clip: &Value, place: &str) -> Vec<i16> {
    tom_wire::base64_to_pcm(clip["data"][place].as_str().unwrap()).unwrap()
}

#[test]
fn jambonz_tells_of_the_call_first() {
    let mut line = line(Module::Jambonz);
    let PhoneEvent::Started(start) = line.hear(JAMBONZ).unwrap().0 else { panic!("no start") };
    assert_eq!((start.call.as_str(), start.cli.as_deref()), ("cs-1", Some("+493012345")));
    assert_eq!(
        (start.parameters["lang"].as_str(), start.parameters["token"].as_str()),
        ("de", "correct-horse")
    );
    assert_eq!(line.0.rate(), 16_000);
    assert_eq!(
        line.hear_bytes(&[1, 0, 0xff, 0xff, 2, 0]),
        Ok((PhoneEvent::Audio, vec![1, -1, 2])),
        "any size"
    );
    let key = line.hear(r##"{"event":"dtmf","dtmf":"#","duration":"1600"}"##).unwrap().0;
    assert_eq!(key, PhoneEvent::Key(Key::from_char('#').unwrap()));
    assert_eq!(line.hear(r#"{"event":"something","of":"theirs"}"#).unwrap().0, PhoneEvent::Nothing);
    assert_eq!(line.hear_bytes(&[]).unwrap().0, PhoneEvent::Stopped, "a graceful shutdown");
}

#[test]
fn jambonz_plays_what_comes_and_tells_of_marks() {
    let mut line = jambonz();
    assert_eq!(line.sent(|s, sink| s.audio(&[1, -1], sink)), [Sent::Bytes(vec![1, 0, 0xff, 0xff])]);
    let mark = line.json(|s, sink| s.mark(7, sink));
    assert_eq!(mark, json!({"type": "mark", "data": {"name": "tom-0"}}));
    let told = |event: &str, n: u32| {
        json!({"type": "mark", "data": {"name": format!("tom-{n}"), "event": event}}).to_string()
    };
    assert_eq!(line.hear(&told("playout", 0)).unwrap().0, PhoneEvent::Heard(7));
    line.json(|s, sink| s.mark(8, sink));
    assert_eq!(line.hear(&told("cleared", 1)).unwrap().0, PhoneEvent::Nothing);
    assert_eq!(line.json(|s, sink| s.clear(sink)), json!({"type": "killAudio"}));
    assert_eq!(line.hear(&told("playout", 1)).unwrap().0, PhoneEvent::Nothing, "it was cleared");
    assert_eq!(line.json(|s, sink| s.hang_up(sink)), json!({"type": "disconnect"}));
}

#[test]
fn drachtio_has_whatever_metadata_were_given_or_none() {
    let mut with = line(Module::Drachtio);
    let text = r#"{"uuid":"u-1","cli":"+4989555","sampleRate":"16000","lang":"de"}"#;
    let PhoneEvent::Started(start) = with.hear(text).unwrap().0 else { panic!("no start") };
    assert_eq!((start.call.as_str(), start.cli.as_deref()), ("u-1", Some("+4989555")));
    assert_eq!(with.0.rate(), 16_000);
    let mut words = Line(FreeSwitchSession::new(Module::Drachtio).at_rate(16_000).unwrap());
    assert!(
        matches!(words.hear("hello there").unwrap().0, PhoneEvent::Started(_)),
        "not all metadata are JSON"
    );
    assert_eq!(words.0.rate(), 16_000);
    let mut without = line(Module::Drachtio);
    assert!(matches!(without.hear_bytes(&[0; 320]).unwrap().0, PhoneEvent::Started(_)));
    let key = without.hear(r#"{"event":"dtmf","digit":"5"}"#).unwrap().0;
    assert_eq!(key, PhoneEvent::Key(Key::from_char('5').unwrap()));
}

#[test]
fn where_files_are_played_audio_goes_in_clips() {
    for (module, kind, form, content) in [
        (Module::Drachtio, "playAudio", "audioContentType", "audioContent"),
        (Module::AudioStream, "streamAudio", "audioDataType", "audioData"),
    ] {
        let mut line = line(module);
        line.hear(r#"{"sampleRate":16000}"#).unwrap();
        for _ in 0..24 {
            assert_eq!(line.sent(|s, sink| s.audio(&[3; 320], sink)), []);
        }
        let clip = line.json(|s, sink| s.audio(&[3; 320], sink));
        assert_eq!((clip["type"].as_str(), clip["data"][form].as_str()), (Some(kind), Some("raw")));
        assert_eq!(clip["data"]["sampleRate"], 16_000);
        assert_eq!(payload(&clip, content), [3; 25 * 320]);
        line.sent(|s, sink| s.audio(&[4; 320], sink));
        let rest = line.json(|s, sink| s.mark(1, sink));
        assert_eq!(payload(&rest, content), [4; 320], "the rest of a reply");
        line.sent(|s, sink| s.audio(&[5; 320], sink));
        assert_eq!(line.json(|s, sink| s.clear(sink)), json!({"type": "killAudio"}));
        assert_eq!(line.sent(|s, sink| s.mark(2, sink)), [], "what is cleared is not sent");
    }
}

#[test]
fn mod_audio_stream_may_take_bytes() {
    let mut line = Line(FreeSwitchSession::new(Module::AudioStream).answered(Return::Binary));
    line.hear_bytes(&[0; 2]).unwrap();
    assert_eq!(line.sent(|s, sink| s.audio(&[1], sink)), [Sent::Bytes(vec![1, 0])]);
}

#[test]
fn the_caller_is_on_the_left() {
    let mut line = line(Module::Jambonz);
    line.hear(&JAMBONZ.replace("mono", "stereo")).unwrap();
    let bytes = tom_wire::pcm_to_bytes(&[1, 10, 2, 20, 3, 30]);
    assert_eq!(line.hear_bytes(&bytes), Ok((PhoneEvent::Audio, vec![1, 2, 3])));
    assert_eq!(line.hear_bytes(&bytes[..6]).unwrap_err().code, ErrorCode::BadAudio);
}

#[test]
fn what_freeswitch_must_not_send_has_a_code() {
    let code = |text: &str| jambonz().hear(text).unwrap_err().code;
    for text in ["{", "[]", "hello", r#"{"event":"dtmf"}"#, r#"{"event":"dtmf","dtmf":"12"}"#] {
        assert_eq!(code(text), ErrorCode::BadEvent, "{text}");
    }
    assert_eq!(jambonz().hear_bytes(&[0; 3]).unwrap_err().code, ErrorCode::BadAudio);
    let odd = JAMBONZ.replace("16000", "44100");
    assert_eq!(line(Module::Jambonz).hear(&odd).unwrap_err().code, ErrorCode::BadAudio);
    assert!(FreeSwitchSession::new(Module::Drachtio).at_rate(11_025).is_err());
}

proptest! {
    #[test]
    fn no_message_panics(text in "\\PC*", bytes in proptest::collection::vec(any::<u8>(), 0..50), stereo in any::<bool>()) {
        for module in [Module::Drachtio, Module::Jambonz, Module::AudioStream] {
            let mut line = Line(FreeSwitchSession::new(module).stereo(stereo));
            let _ = line.hear(&text);
            let _ = line.hear_bytes(&bytes);
            let _ = line.hear(&text);
        }
    }

    #[test]
    fn no_event_panics(event in "dtmf|mark|stop", value in "[0-9a-z\\-]{0,9}") {
        let text = json!({"event": event, "dtmf": value, "data": {"name": value, "event": "playout"}});
        let _ = jambonz().hear(&text.to_string());
    }
}
