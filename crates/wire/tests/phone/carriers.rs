//! Layer: wire. A stream of each carrier is understood, and a cleared mark was not heard.

use crate::common::{Line, Sent};
use proptest::prelude::*;
use serde_json::{Value, json};
use tom_audio::Law;
use tom_base::Key;
use tom_wire::ErrorCode;
use tom_wire::carrier::{
    CarrierSession, ExotelSession, Flavour, Plivo, PlivoSession, Telnyx, TelnyxSession, Twilio, TwilioSession,
};
use tom_wire::phone::{PhoneEvent, PhoneSession, PhoneStart};

const TWILIO: &str = include_str!("../fixtures/twilio.jsonl");
const TELNYX: &str = include_str!("../fixtures/telnyx.jsonl");
const PLIVO: &str = include_str!("../fixtures/plivo.jsonl");
const EXOTEL: &str = include_str!("../fixtures/exotel.jsonl");

fn started<F: Flavour>(fixture: &str) -> Line<CarrierSession<F>> {
    let mut line = Line(CarrierSession::new());
    for text in fixture.lines() {
        if let (PhoneEvent::Started(_), _) = line.hear(text).unwrap() {
            return line;
        }
    }
    panic!("it does not start");
}

fn name<F: Flavour>(line: &mut Line<CarrierSession<F>>, tag: u64) -> String {
    let mark = line.json(|s, sink| s.mark(tag, sink));
    mark["mark"]["name"].as_str().or(mark["name"].as_str()).unwrap().to_owned()
}

fn echo(name: &str) -> String {
    format!(r#"{{"event":"mark","sequenceNumber":"9","streamSid":"MZ1","mark":{{"name":"{name}"}}}}"#)
}

/// What a recorded stream means: how it starts, its first audio, its keys, its end.
fn told<F: Flavour>(fixture: &str) -> (PhoneStart, Vec<i16>, Vec<char>) {
    let mut line = Line(CarrierSession::<F>::new());
    let (mut start, mut audio, mut keys, mut over) = (None, Vec::new(), Vec::new(), false);
    for text in fixture.lines() {
        assert!(!over, "something after the end");
        let (event, pcm) = line.hear(text).unwrap();
        audio.extend(pcm);
        match event {
            PhoneEvent::Started(told) => start = Some(told),
            PhoneEvent::Key(key) => keys.push(key.as_char()),
            PhoneEvent::Heard(tag) => panic!("{tag} heard"),
            PhoneEvent::Stopped => over = true,
            PhoneEvent::Audio | PhoneEvent::Nothing => {}
        }
    }
    assert!(over, "no end");
    (start.unwrap(), audio, keys)
}

fn mu(codes: &[u8]) -> Vec<i16> {
    codes.iter().map(|&code| Law::Mu.decode(code)).collect()
}

#[test]
fn a_stream_of_twilio_is_understood() {
    let (start, audio, keys) = told::<Twilio>(TWILIO);
    assert_eq!((start.call.as_str(), start.parameters["lang"].as_str()), ("CA0f", "de"));
    assert_eq!(audio, mu(&[0xff, 0x7f, 0x80, 0x00]));
    assert_eq!(keys, ['7']);
}

#[test]
fn a_stream_of_telnyx_is_understood_though_its_audio_overtakes_itself() {
    let (start, audio, keys) = told::<Telnyx>(TELNYX);
    assert_eq!((start.call.as_str(), start.cli.as_deref()), ("v3:call", Some("+493012345")));
    assert_eq!(start.parameters["lang"], "de");
    assert_eq!(audio, mu(&[1, 2, 3, 4]));
    assert_eq!(keys, ['5']);
}

#[test]
fn a_stream_of_plivo_is_understood() {
    let (start, audio, keys) = told::<Plivo>(PLIVO);
    assert_eq!((start.call.as_str(), start.cli.as_deref()), ("c-1", None));
    assert_eq!(start.parameters["token"], "correct-horse");
    assert_eq!(audio, mu(&[0xff, 0x7f, 0x80, 0x00]));
    assert_eq!(keys, ['#']);
}

#[test]
fn a_stream_of_exotel_is_understood() {
    let (start, audio, keys) = told::<tom_wire::carrier::Exotel>(EXOTEL);
    assert_eq!((start.call.as_str(), start.cli.as_deref()), ("CA0e", Some("+919876543210")));
    assert_eq!(audio, [1, -1]);
    assert_eq!(keys, ['5']);
}

#[test]
fn what_we_send_is_what_each_documents() {
    let pcm = [Law::Mu.decode(0xff), Law::Mu.decode(0x00)];
    let mut twilio = started::<Twilio>(TWILIO);
    let media = twilio.json(|s, sink| s.audio(&pcm, sink));
    assert_eq!(media, json!({"event": "media", "streamSid": "MZ1", "media": {"payload": "/wA="}}));
    let clear = twilio.json(|s, sink| s.clear(sink));
    assert_eq!(clear, json!({"event": "clear", "streamSid": "MZ1"}));
    let mark = twilio.json(|s, sink| s.mark(1, sink));
    assert_eq!(mark, json!({"event": "mark", "streamSid": "MZ1", "mark": {"name": "tom-0"}}));

    let mut telnyx = started::<Telnyx>(TELNYX);
    let media = telnyx.json(|s, sink| s.audio(&pcm, sink));
    assert_eq!(media, json!({"event": "media", "media": {"payload": "/wA="}}));
    assert_eq!(telnyx.json(|s, sink| s.clear(sink)), json!({"event": "clear"}));
    let mark = telnyx.json(|s, sink| s.mark(1, sink));
    assert_eq!(mark, json!({"event": "mark", "mark": {"name": "tom-0"}}));

    let mut plivo = started::<Plivo>(PLIVO);
    let media = plivo.json(|s, sink| s.audio(&pcm, sink));
    let audio = json!({"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": "/wA="});
    assert_eq!(media, json!({"event": "playAudio", "streamId": "s-1", "media": audio}));
    assert_eq!(plivo.json(|s, sink| s.clear(sink)), json!({"event": "clearAudio", "streamId": "s-1"}));
    let mark = plivo.json(|s, sink| s.mark(1, sink));
    assert_eq!(mark, json!({"event": "checkpoint", "streamId": "s-1", "name": "tom-0"}));
    assert_eq!(
        plivo.hear(r#"{"event":"playedStream","streamId":"s-1","name":"tom-0"}"#).unwrap().0,
        PhoneEvent::Heard(1)
    );
}

#[test]
fn exotel_gets_messages_of_a_tenth_of_a_second() {
    let mut exotel = started::<tom_wire::carrier::Exotel>(EXOTEL);
    for _ in 0..4 {
        assert_eq!(exotel.sent(|s, sink| s.audio(&[7; 160], sink)), []);
    }
    let media = exotel.json(|s, sink| s.audio(&[7; 160], sink));
    let payload = media["media"]["payload"].as_str().unwrap();
    assert_eq!(tom_wire::base64_to_pcm(payload).unwrap(), [7; 800]);
    assert_eq!(media["stream_sid"], "MZe");
    // What is left of a reply goes before its mark; what is left when the caller interrupts is thrown away.
    exotel.sent(|s, sink| s.audio(&[7; 160], sink));
    let sent = exotel.sent(|s, sink| s.mark(1, sink));
    assert!(matches!(&sent[..], [Sent::Text(_, true), Sent::Text(_, false)]), "{sent:?}");
    exotel.sent(|s, sink| s.audio(&[7; 160], sink));
    let clear = exotel.json(|s, sink| s.clear(sink));
    assert_eq!(clear, json!({"event": "clear", "stream_sid": "MZe"}));
    let sent = exotel.sent(|s, sink| s.mark(2, sink));
    assert!(matches!(&sent[..], [Sent::Text(_, false)]), "{sent:?}");
}

#[test]
fn a_mark_that_was_played_is_heard_once() {
    let mut line = started::<Twilio>(TWILIO);
    let (first, second) = (name(&mut line, 160), name(&mut line, 320));
    assert_eq!(line.hear(&echo(&first)).unwrap().0, PhoneEvent::Heard(160));
    assert_eq!(line.hear(&echo(&second)).unwrap().0, PhoneEvent::Heard(320));
    assert_eq!(line.hear(&echo(&second)).unwrap().0, PhoneEvent::Nothing);
}

#[test]
fn a_mark_echoed_because_of_a_clear_is_not_heard() {
    let mut line = started::<Twilio>(TWILIO);
    let (played, cleared) = (name(&mut line, 160), name(&mut line, 320));
    assert_eq!(line.hear(&echo(&played)).unwrap().0, PhoneEvent::Heard(160));
    line.sent(|s, sink| s.clear(sink));
    let after = name(&mut line, 480);
    assert_eq!(line.hear(&echo(&cleared)).unwrap().0, PhoneEvent::Nothing);
    assert_eq!(line.hear(&echo(&after)).unwrap().0, PhoneEvent::Heard(480));
}

#[test]
fn audio_that_is_missing_for_good_is_given_up() {
    let mut line = started::<Telnyx>(TELNYX);
    let media = |chunk: u64, payload: &str| {
        format!(
            r#"{{"event":"media","media":{{"track":"inbound","chunk":"{chunk}","payload":"{payload}"}}}}"#
        )
    };
    assert_eq!(line.hear(&media(1, "/w==")).unwrap().1, mu(&[0xff]));
    for chunk in 3..7 {
        assert_eq!(line.hear(&media(chunk, "AA==")).unwrap().0, PhoneEvent::Nothing, "{chunk}");
    }
    assert_eq!(line.hear(&media(7, "AA==")).unwrap().1, mu(&[0; 5]), "the second never came");
    assert_eq!(line.hear(&media(2, "/w==")).unwrap().0, PhoneEvent::Nothing, "now it is too late");
    assert_eq!(line.hear(&media(8, "/w==")).unwrap().1, mu(&[0xff]));
}

#[test]
fn numbers_may_be_numbers() {
    let mut line = Line(TwilioSession::new());
    let start = r#"{"event":"start","sequenceNumber":1,"streamSid":"MZ1","start":{"callSid":"CA1","mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":"8000","channels":"1"}}}"#;
    assert!(matches!(line.hear(start), Ok((PhoneEvent::Started(_), _))));
    let media = r#"{"event":"media","media":{"chunk":3,"timestamp":"60","payload":"/w=="}}"#;
    assert_eq!(line.hear(media), Ok((PhoneEvent::Audio, mu(&[0xff]))));
}

#[test]
fn our_own_audio_coming_back_is_not_the_caller() {
    let media =
        r#"{"event":"media","media":{"track":"outbound","chunk":"3","timestamp":"60","payload":"/w=="}}"#;
    assert_eq!(started::<Twilio>(TWILIO).hear(media), Ok((PhoneEvent::Nothing, vec![])));
}

#[test]
fn the_wrong_order_and_the_wrong_audio_have_codes() {
    let code = |line: &mut Line<TwilioSession>, text: &str| line.hear(text).unwrap_err().code;
    let new = || Line(TwilioSession::new());
    let running = || started::<Twilio>(TWILIO);
    let media = TWILIO.lines().nth(2).unwrap();
    let start = TWILIO.lines().nth(1).unwrap();
    assert_eq!(code(&mut new(), media), ErrorCode::BadEvent);
    assert_eq!(code(&mut running(), start), ErrorCode::BadEvent);
    for text in
        ["{", r#"{"event":"dance"}"#, r#"{"event":"media"}"#, r#"{"event":"dtmf","dtmf":{"digit":"77"}}"#]
    {
        assert_eq!(code(&mut running(), text), ErrorCode::BadEvent, "{text}");
    }
    let payload = r#"{"event":"media","media":{"payload":"?"}}"#;
    assert_eq!(code(&mut running(), payload), ErrorCode::BadAudio);
    assert_eq!(running().hear_bytes(&[0; 160]).unwrap_err().code, ErrorCode::BadEvent);
    assert_eq!(code(&mut new(), &start.replace("8000", "16000")), ErrorCode::BadAudio);
    let mut over = running();
    over.hear(TWILIO.lines().last().unwrap()).unwrap();
    assert_eq!(code(&mut over, media), ErrorCode::BadEvent);
}

#[test]
fn an_unknown_codec_is_refused_with_advice() {
    let refused = |error: tom_wire::WireError, advice: &str| {
        assert_eq!(error.code, ErrorCode::BadAudio);
        assert!(error.message.contains(advice), "{error}");
    };
    for codec in ["G722", "OPUS", "AMR-WB", "L16"] {
        let start = TELNYX.lines().nth(1).unwrap().replace("PCMU", codec);
        refused(Line(TelnyxSession::new()).hear(&start).unwrap_err(), "bidirectionalCodec");
    }
    let start = PLIVO.lines().next().unwrap().replace("audio/x-mulaw", "audio/x-opus");
    refused(Line(PlivoSession::new()).hear(&start).unwrap_err(), "contentType");
    let start = EXOTEL.lines().nth(1).unwrap().replace("8000", "44100");
    refused(Line(ExotelSession::new()).hear(&start).unwrap_err(), "24000");
}

#[test]
fn no_carrier_takes_the_start_of_another() {
    let starts = [TWILIO, TELNYX, PLIVO, EXOTEL]
        .map(|fixture| fixture.lines().find(|line| line.contains(r#""event":"start""#)).unwrap());
    for (n, start) in starts.iter().enumerate() {
        let fits = [
            Line(TwilioSession::new()).hear(start).is_ok(),
            Line(TelnyxSession::new()).hear(start).is_ok(),
            Line(PlivoSession::new()).hear(start).is_ok(),
            Line(ExotelSession::new()).hear(start).is_ok(),
        ];
        assert_eq!(fits, [n == 0, n == 1, n == 2, n == 3], "{start}");
    }
}

#[test]
fn a_streams_name_is_quoted() {
    let start = TWILIO.lines().nth(1).unwrap().replace("MZ1", r#"M\"Z\\"#);
    let mut line = Line(TwilioSession::new());
    line.hear(&start).unwrap();
    assert_eq!(line.json(|s, sink| s.clear(sink))["streamSid"], Value::from("M\"Z\\"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = started::<Twilio>(TWILIO).hear(&text);
        let _ = started::<Plivo>(PLIVO).hear(&text);
    }

    #[test]
    fn no_event_panics(
        event in "start|media|dtmf|mark|playedStream|stop|error",
        body in "\\{\\}|null|7|\\{\"payload\":\"[a-zA-Z=]{0,9}\",\"chunk\":\"?[0-9]{1,20}\"?\\}",
    ) {
        for key in ["start", "media", "dtmf", "mark"] {
            let text = format!(r#"{{"event":"{event}","{key}":{body}}}"#);
            let _ = started::<Telnyx>(TELNYX).hear(&text);
            let _ = Line(ExotelSession::new()).hear(&text);
        }
    }

    /// Whatever the order, what comes out is in order and nothing comes twice.
    #[test]
    fn audio_never_goes_backwards(chunks in proptest::collection::vec(0u64..40, 0..80)) {
        let mut line = started::<Telnyx>(TELNYX);
        let mut last = None;
        for chunk in chunks {
            // Each chunk is one code, its number: the values of codes 0 to 39 rise.
            let payload = tom_wire::pcm_to_base64(&[i16::from_le_bytes([chunk as u8, chunk as u8])]);
            let media = format!(r#"{{"event":"media","media":{{"chunk":{chunk},"payload":"{payload}"}}}}"#);
            for pair in line.hear(&media).unwrap().1.chunks(2) {
                prop_assert_eq!(pair[0], pair[1]);
                prop_assert!(last.is_none_or(|last| last < pair[0]), "{:?} then {}", last, pair[0]);
                last = Some(pair[0]);
            }
        }
    }

    /// 0: mark, 1: echo of the oldest mark on its way, 2: clear.
    #[test]
    fn heard_only_grows_and_never_covers_what_was_cleared(steps in proptest::collection::vec(0u8..3, 0..200)) {
        let mut line = started::<Twilio>(TWILIO);
        let (mut sent, mut heard, mut cleared) = (0u64, 0u64, 0u64);
        let mut way = std::collections::VecDeque::new();
        for step in steps {
            match step {
                0 => {
                    sent += 1;
                    way.push_back((sent, name(&mut line, sent)));
                }
                1 => if let Some((tag, mark)) = way.pop_front() {
                    match line.hear(&echo(&mark)).unwrap().0 {
                        PhoneEvent::Heard(at) => {
                            prop_assert_eq!(at, tag);
                            prop_assert!(at > heard && at > cleared);
                            heard = at;
                        }
                        other => {
                            prop_assert_eq!(other, PhoneEvent::Nothing);
                            prop_assert!(tag <= cleared);
                        }
                    }
                },
                _ => {
                    line.sent(|s, sink| s.clear(sink));
                    cleared = sent;
                }
            }
        }
    }
}

#[test]
fn keys_have_faces() {
    let key = r#"{"event":"dtmf","dtmf":{"digit":"A"}}"#;
    let event = PhoneEvent::Key(Key::from_char('A').unwrap());
    assert_eq!(started::<Twilio>(TWILIO).hear(key).unwrap().0, event);
}
