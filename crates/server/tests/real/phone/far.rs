//! Layer: real. The far ends of telephone calls: fakes of PBXs and carriers, written from what they document.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;
use tom_audio::Law;
use tom_wire::phone::PhoneDialect::{self, *};
use tom_wire::{base64_to_pcm, bytes_to_pcm, pcm_to_base64, pcm_to_bytes};

use crate::common::{Caller, PATIENCE, TestServer};

/// The name every call has.
pub(crate) const NAME: &str = "CA7";

/// What the server sends to a far end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Got {
    /// So many samples of agent audio.
    Audio(usize),
    /// A mark, and what the far end answers when it has played it.
    Mark(String),
    /// Throw away what is not played.
    Clear,
    /// Hang up.
    HangUp,
    /// A command that needs no answer.
    Other,
    Closed,
}

/// A far end.
pub(crate) struct Far {
    pub(crate) dialect: PhoneDialect,
    pub(crate) caller: Caller,
    /// The call is over: no mark is answered any more.
    pub(crate) over: bool,
}

/// Where each connects by itself.
pub(crate) fn path(dialect: PhoneDialect) -> &'static str {
    match dialect {
        Asterisk => "/ws/asterisk",
        Drachtio => "/ws/freeswitch?rate=16000",
        Jambonz => "/ws/jambonz",
        AudioStream => "/ws/audio-stream?rate=8000",
        Twilio => "/ws/twilio",
        Telnyx => "/ws/telnyx",
        Vonage => "/ws/vonage",
        Plivo => "/ws/plivo",
        Exotel => "/ws/exotel",
    }
}

fn protocol(dialect: PhoneDialect) -> Option<&'static str> {
    match dialect {
        Asterisk => Some("media"),
        Drachtio => Some("audio.drachtio.org"),
        Jambonz => Some("audio.jambonz.org"),
        _ => None,
    }
}

pub(crate) fn rate(dialect: PhoneDialect) -> usize {
    match dialect {
        Asterisk | Drachtio | Vonage => 16_000,
        _ => 8_000,
    }
}

/// The messages with which a call begins, the last of which begins it.
pub(crate) fn opening(dialect: PhoneDialect, token: &str) -> Vec<Value> {
    let told = json!({"token": token});
    match dialect {
        Asterisk => vec![
            json!({"event": "MEDIA_START", "connection_id": "c", "channel": "WebSocket/c", "channel_id": NAME, "format": "slin16", "optimal_frame_size": 640, "ptime": 20, "channel_variables": told}),
        ],
        Drachtio | AudioStream => vec![json!({"uuid": NAME, "token": token})],
        Jambonz => vec![
            json!({"callSid": NAME, "direction": "inbound", "from": "+493012345", "to": "100", "sampleRate": 8000, "mixType": "mono", "metadata": told}),
        ],
        Twilio => vec![
            json!({"event": "connected", "protocol": "Call", "version": "1.0.0"}),
            json!({"event": "start", "sequenceNumber": "1", "streamSid": "MZ7", "start": {"streamSid": "MZ7", "accountSid": "AC1", "callSid": NAME, "tracks": ["inbound"], "customParameters": told, "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}}}),
        ],
        Telnyx => vec![
            json!({"event": "connected", "version": "1.0.0"}),
            json!({"event": "start", "sequence_number": "1", "stream_id": "s7", "start": {"call_control_id": NAME, "from": "+493012345", "custom_parameters": told, "media_format": {"encoding": "PCMA", "sample_rate": 8000, "channels": 1}}}),
        ],
        Vonage => vec![
            json!({"event": "websocket:connected", "content-type": "audio/l16;rate=16000", "uuid": NAME, "token": token}),
        ],
        Plivo => vec![
            json!({"event": "start", "start": {"callId": NAME, "streamId": "s7", "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000}}, "extra_headers": format!("{{X-PH-token: {token}}}")}),
        ],
        Exotel => vec![
            json!({"event": "connected"}),
            json!({"event": "start", "sequence_number": "1", "stream_sid": "s7", "start": {"stream_sid": "s7", "call_sid": NAME, "account_sid": "AC1", "custom_parameters": told, "media_format": {"encoding": "audio/x-raw", "sample_rate": "8000"}}}),
        ],
    }
}

/// 20 ms of the caller: loud noise, or silence. The agent's voice is a tone here, and another tone could be taken for
/// its echo.
pub(crate) fn voice(dialect: PhoneDialect, loud: bool, n: u64) -> Frame {
    let pcm = noise(rate(dialect) / 50, loud, n);
    let law = |law: Law| {
        let mut codes = Vec::new();
        law.encode_into(&pcm, &mut codes);
        // The wire's own encoder, by way of PCM: pairs of bytes as little-endian samples.
        pcm_to_base64(&bytes_to_pcm(&codes).unwrap())
    };
    let media = |payload: String| json!({"track": "inbound", "chunk": n.to_string(), "payload": payload});
    let message = match dialect {
        Asterisk | Drachtio | Jambonz | AudioStream | Vonage => return Frame::binary(pcm_to_bytes(&pcm)),
        Twilio | Plivo => media(law(Law::Mu)),
        Telnyx => media(law(Law::A)),
        Exotel => media(pcm_to_base64(&pcm)),
    };
    Frame::text(json!({"event": "media", "media": message}).to_string())
}

/// Samples of loud noise, another for every number, or of silence.
pub(crate) fn noise(samples: usize, loud: bool, n: u64) -> Vec<i16> {
    let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 48) as i16 / 2
    };
    (0..samples).map(|_| if loud { next() } else { 0 }).collect()
}

/// The caller presses a key.
pub(crate) fn key(dialect: PhoneDialect, key: &str) -> Frame {
    let message = match dialect {
        Asterisk => json!({"event": "DTMF_END", "digit": key, "channel_id": NAME}),
        Drachtio | AudioStream => json!({"event": "dtmf", "digit": key}),
        Jambonz => json!({"event": "dtmf", "dtmf": key, "duration": "1600"}),
        Vonage => json!({"event": "websocket:dtmf", "digit": key, "duration": 260}),
        Twilio | Telnyx | Plivo | Exotel => json!({"event": "dtmf", "dtmf": {"digit": key}}),
    };
    Frame::text(message.to_string())
}

/// The caller hangs up. None: the far end just closes.
pub(crate) fn stop(dialect: PhoneDialect) -> Option<Frame> {
    match dialect {
        Twilio | Telnyx | Plivo | Exotel => Some(Frame::text(json!({"event": "stop"}).to_string())),
        Drachtio => Some(Frame::binary(Vec::new())),
        _ => None,
    }
}

/// What a message of the server's means to the far end.
pub(crate) fn understood(dialect: PhoneDialect, frame: &Frame) -> Got {
    let bytes = |text: &Value| pcm_to_bytes(&base64_to_pcm(text.as_str().unwrap()).unwrap());
    let text = match frame {
        Frame::Binary(bytes) => {
            assert!(matches!(dialect, Asterisk | Jambonz | Vonage), "{dialect:?} takes no bytes");
            return Got::Audio(bytes.len() / 2);
        }
        Frame::Text(text) => text,
        _ => return Got::Other,
    };
    let message: Value = serde_json::from_str(text).unwrap();
    let word = |name: &str| message[name].as_str().unwrap_or_default();
    let echo = |answer: Value| Got::Mark(answer.to_string());
    match (dialect, word("command"), word("type"), word("action"), word("event")) {
        (Asterisk, "START_MEDIA_BUFFERING" | "STOP_MEDIA_BUFFERING", ..) => Got::Other,
        (Asterisk, "FLUSH_MEDIA", ..) => Got::Clear,
        (Asterisk, "HANGUP", ..) => Got::HangUp,
        (Asterisk, "MARK_MEDIA", ..) => {
            echo(json!({"event": "MEDIA_MARK_PROCESSED", "correlation_id": message["correlation_id"]}))
        }
        (Drachtio, _, "playAudio", ..) => Got::Audio(bytes(&message["data"]["audioContent"]).len() / 2),
        (AudioStream, _, "streamAudio", ..) => Got::Audio(bytes(&message["data"]["audioData"]).len() / 2),
        (Drachtio | Jambonz | AudioStream, _, "killAudio", ..) => Got::Clear,
        (Drachtio | Jambonz | AudioStream, _, "disconnect", ..) => Got::HangUp,
        (Jambonz, _, "mark", ..) => {
            echo(json!({"type": "mark", "data": {"name": message["data"]["name"], "event": "playout"}}))
        }
        (Vonage, _, _, "clear", _) => Got::Clear,
        (Vonage, _, _, "notify", _) => {
            echo(json!({"event": "websocket:notify", "payload": message["payload"]}))
        }
        (Plivo, .., "playAudio") => {
            assert_eq!((&message["streamId"], &message["media"]["sampleRate"]), (&json!("s7"), &json!(8000)));
            Got::Audio(bytes(&message["media"]["payload"]).len())
        }
        (Plivo, .., "clearAudio") => Got::Clear,
        (Plivo, .., "checkpoint") => echo(json!({"event": "playedStream", "name": message["name"]})),
        (Twilio | Telnyx | Exotel, .., event) => {
            let (stream, value) = match dialect {
                Twilio => ("streamSid", json!("MZ7")),
                Exotel => ("stream_sid", json!("s7")),
                _ => ("stream_id", Value::Null),
            };
            assert_eq!(message[stream], value);
            match event {
                "media" => Got::Audio(
                    bytes(&message["media"]["payload"]).len() / if dialect == Exotel { 2 } else { 1 },
                ),
                "mark" => echo(message),
                "clear" => Got::Clear,
                other => panic!("{other} is nothing {dialect:?} takes"),
            }
        }
        _ => panic!("{message} is nothing {dialect:?} takes"),
    }
}

impl Far {
    /// Connects where the dialect has its address.
    pub(crate) async fn connect(server: &TestServer, dialect: PhoneDialect) -> Self {
        Self::connect_at(server, dialect, path(dialect)).await
    }

    pub(crate) async fn connect_at(server: &TestServer, dialect: PhoneDialect, path: &str) -> Self {
        let offered = protocol(dialect).map(|name| ("sec-websocket-protocol", name));
        let caller = server.call_with(path, offered.as_slice()).await.unwrap();
        assert_eq!(caller.protocol.as_deref(), protocol(dialect), "{dialect:?}");
        Self { dialect, caller, over: false }
    }

    /// Connects and begins a call.
    pub(crate) async fn call(server: &TestServer, dialect: PhoneDialect) -> Self {
        let mut far = Self::connect(server, dialect).await;
        far.begin("").await;
        far
    }

    pub(crate) async fn begin(&mut self, token: &str) {
        for message in opening(self.dialect, token) {
            self.caller.send(&message.to_string()).await;
        }
    }

    pub(crate) async fn send(&mut self, frame: Frame) {
        self.caller.socket.send(frame).await.unwrap();
    }

    /// The next message; marks are answered as if all were played at once.
    pub(crate) async fn next(&mut self) -> Got {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.caller.socket.next()).await;
            let frame = match frame.unwrap_or_else(|_| panic!("nothing comes to {:?}", self.dialect)) {
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return Got::Closed,
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => continue,
                Some(Ok(frame)) => frame,
            };
            let got = understood(self.dialect, &frame);
            if let Got::Mark(answer) = &got
                && !self.over
            {
                self.caller.send(answer).await;
            }
            return got;
        }
    }

    /// Reads until so much agent audio has come; how much it was then.
    pub(crate) async fn hears(&mut self, span: Duration) -> Duration {
        let (rate, mut samples) = (rate(self.dialect), 0);
        loop {
            let heard = Duration::from_millis(samples as u64 * 1000 / rate as u64);
            if heard >= span {
                return heard;
            }
            match self.next().await {
                Got::Audio(more) => samples += more,
                Got::Mark(_) | Got::Other => {}
                other => panic!("{other:?} after {heard:?} for {:?}", self.dialect),
            }
        }
    }

    /// Reads to the end: whether the server asked to hang up before it closed.
    pub(crate) async fn ends(&mut self) -> bool {
        self.over = true;
        let mut asked = false;
        loop {
            match self.next().await {
                Got::Closed => return asked,
                got => asked |= got == Got::HangUp,
            }
        }
    }
}
