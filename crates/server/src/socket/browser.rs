//! How does a call sound and read in the browser protocol?

use tom_audio::Resampler;
use tom_base::{CallId, Epoch, MediaTime, Rate};
use tom_call::{AudioIn, Control, Outbound};
use tom_turn::EndReason;
use tom_wire::{
    AudioForm, Decoder, Dialect, ErrorObject, Fitter, Message, Modes, Received, ServerEvent, WireError,
    pcm_to_base64,
};

use super::drive::{Heard, Protocol, TokenFirst};
use super::lane::{Item, Lane};
use super::notices::{Notices, Told};
use super::press;
use super::wall::{epoch_ms, latency_ms};
use crate::observe::outcome;
use crate::switchboard::{Names, Transport};

/// What a client asked for when it connected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    pub(crate) rate: Rate,
    pub(crate) form: Option<AudioForm>,
    pub(crate) dialect: Option<Dialect>,
    /// The caller's rate in Hz, where the client speaks `rvc-v1`.
    pub(crate) rvc: Option<u32>,
}

/// The moment of the current turn, for the messages that have none of their own.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    epoch: Epoch,
    at: MediaTime,
}

pub(crate) struct Browser {
    id: CallId,
    lane: Lane,
    decoder: Decoder,
    fitter: Fitter,
    names: Names,
    wishes: Wishes,
    /// Whether the client sends binary frames.
    binary: bool,
    call: Option<InCall>,
    place: Place,
    errors: u64,
}

/// What there is only once the call is up.
struct InCall {
    audio: AudioIn,
    notices: Notices,
    to_call: Resampler,
    to_client: Resampler,
    buffer: Vec<i16>,
    reply: Option<Epoch>,
    frame_number: u64,
}

impl Browser {
    pub(crate) fn new(id: CallId, wishes: Wishes, lane: Lane, names: Names) -> Self {
        Self {
            id,
            lane,
            decoder: Decoder::new(wishes.rate, wishes.dialect),
            fitter: Fitter::new(&names.stt, &names.llm, &names.tts),
            names,
            wishes,
            binary: false,
            call: None,
            place: Place::default(),
            errors: 0,
        }
    }

    fn send(&mut self, event: ServerEvent) {
        let dialect = self.decoder.dialect();
        for event in self.fitter.fit(event, dialect) {
            let message = self.message(event);
            self.lane.send(Item::Message(message, dialect));
        }
    }

    fn message(&self, event: ServerEvent) -> Box<Message> {
        Box::new(Message {
            seq: 0, // The lane numbers what is really sent.
            turn_id: self.place.epoch.turn.0,
            ts: epoch_ms(),
            at_ms: self.place.at.as_millis(),
            event,
        })
    }

    /// Answers a wish to change the session; `why_not`: why it stays as it is.
    fn updated(&mut self, change: &str) {
        self.send(ServerEvent::SessionUpdated {
            change: change.into(),
            applied: true,
            message: None,
            provider: self.names.llm.clone(),
        });
    }

    fn heard(&mut self, pcm: &[i16]) -> Heard {
        if let Some(call) = &mut self.call {
            if call.to_call.is_idle() {
                call.audio.push(pcm);
                return Heard::Nothing;
            }
            call.buffer.clear();
            call.to_call.push(pcm, &mut call.buffer);
            call.audio.push(&call.buffer);
        }
        Heard::Nothing
    }

    fn frame(&mut self, epoch: Epoch, pcm: &[i16]) {
        let Some(call) = &mut self.call else { return };
        if call.reply != Some(epoch) {
            call.reply = Some(epoch);
            call.frame_number = 0;
        }
        let frame_number = call.frame_number;
        call.frame_number += 1;
        let pcm = if call.to_client.is_idle() {
            pcm
        } else {
            call.buffer.clear();
            call.to_client.push(pcm, &mut call.buffer);
            &call.buffer
        };
        let form = self.wishes.form.unwrap_or(match self.binary {
            true => AudioForm::Binary,
            false => AudioForm::Json,
        });
        let item = match form {
            AudioForm::Binary => Item::Binary(press::pcm(pcm)),
            AudioForm::Json => {
                let audio = pcm_to_base64(pcm);
                self.place.epoch = epoch;
                let message = self.message(ServerEvent::TtsAudio {
                    audio,
                    codec: "pcm16".into(),
                    sample_rate: self.wishes.rate.hz(),
                    frame_size_ms: 20,
                    frame_number,
                    provider: self.names.tts.clone(),
                    synthetic: true,
                });
                Item::Message(message, self.decoder.dialect())
            }
        };
        self.lane.audio(item);
    }
}

impl TokenFirst for Browser {
    fn token(&mut self, text: &str) -> Option<String> {
        match self.decoder.text(text) {
            Ok(Received::Auth(token)) => Some(token),
            _ => None,
        }
    }

    fn auth_error(&mut self, error: &WireError) {
        self.error(error);
        self.send(ServerEvent::AuthError { message: error.message.clone() });
    }

    /// Says `connected`.
    fn connect(&mut self, audio: AudioIn, language: &str) {
        let (core, ours) = (Rate::Hz16000.hz(), self.wishes.rate.hz());
        let Modes { stt_mode, llm_mode, tts_mode } = self.names.modes.clone();
        self.call = Some(InCall {
            audio,
            notices: Notices::new(self.names.clone(), language.to_owned()),
            to_call: Resampler::new(ours, core),
            to_client: Resampler::new(core, ours),
            buffer: Vec::new(),
            reply: None,
            frame_number: 0,
        });
        self.send(ServerEvent::Connected {
            call_id: self.id.to_string(),
            config: Modes { stt_mode, llm_mode, tts_mode },
            sample_rate: ours,
            language: language.to_owned(),
            synthetic: true,
        });
    }
}

impl Protocol for Browser {
    fn transport(&self) -> Transport {
        Transport::WebSocket
    }

    fn text(&mut self, text: &str) -> Result<Heard, WireError> {
        let control = match self.decoder.text(text)? {
            Received::Audio(pcm) => {
                if let Some(gap) = self.decoder.gap() {
                    tracing::debug!(call = %self.id, gap_ms = gap, "a gap in the caller's audio");
                }
                return Ok(self.heard(&pcm));
            }
            // Silence follows by itself; a token that nobody asked for is no mistake.
            Received::AudioEnd | Received::Auth(_) | Received::Pong => return Ok(Heard::Nothing),
            Received::ClearHistory => {
                self.updated("history");
                Control::ForgetHistory
            }
            Received::SetSpeed(slowness) => {
                self.updated("speed");
                Control::Speed(slowness)
            }
            Received::BargeIn { .. } => {
                self.send(ServerEvent::BargeInAck {});
                Control::BargeIn
            }
            Received::Stop { .. } => Control::HangUp(EndReason::Caller),
            Received::Ping { client_ts } => {
                self.send(ServerEvent::Pong { client_ts, latency_ms: client_ts.and_then(latency_ms) });
                return Ok(Heard::Nothing);
            }
            Received::Dtmf(key) => Control::Dtmf(key),
            Received::Text(text) => Control::Typed(text.into()),
            Received::SwitchMode(mode) => {
                self.send(ServerEvent::ModeSwitched { mode });
                return Ok(Heard::Nothing);
            }
        };
        Ok(Heard::Tell(control))
    }

    fn binary(&mut self, bytes: &[u8]) -> Result<Heard, WireError> {
        press::with_samples(|pcm| {
            self.decoder.binary(bytes, pcm)?;
            self.binary = true;
            Ok(self.heard(pcm))
        })
    }

    fn outbound(&mut self, outbound: Outbound) {
        match outbound {
            Outbound::Frame { epoch, pcm } => self.frame(epoch, &*pcm),
            Outbound::Clear => {
                self.lane.clear_audio();
                self.send(ServerEvent::Clear {});
            }
            Outbound::Notice(notice) => {
                self.place = Place { epoch: notice.epoch, at: notice.at };
                let told = match &mut self.call {
                    Some(call) => call.notices.tell(notice),
                    None => Vec::new(),
                };
                for told in told {
                    match told {
                        Told::Event(event) => self.send(event),
                        Told::Error(error) => self.error(&error),
                    }
                }
            }
            Outbound::Mark(_) | Outbound::Closed(_) => {}
        }
    }

    fn error(&mut self, error: &WireError) {
        self.errors += 1;
        let request_id = format!("{}-{}", self.id, self.errors);
        tracing::debug!(request_id, code = error.code.as_str(), "a client got an error");
        self.send(ServerEvent::Error {
            error: ErrorObject::new(error, request_id, epoch_ms()),
            message: error.message.clone(),
        });
    }

    fn slow_down(&mut self, message: &str, retry_after: f64) {
        self.send(ServerEvent::RateLimitExceeded { message: message.to_owned(), retry_after });
    }

    fn heartbeat(&mut self) {
        self.send(ServerEvent::Heartbeat {});
    }

    fn goodbye(&mut self, reason: EndReason) {
        self.send(ServerEvent::SessionClosed {
            session_id: self.id.to_string(),
            reason: outcome(reason).into(),
        });
    }
}
