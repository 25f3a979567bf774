//! How does a call sound over Twilio Media Streams?

use tom_audio::{Law, Resampler};
use tom_base::Rate;
use tom_call::{AudioIn, Control, Outbound};
use tom_turn::EndReason;
use tom_wire::twilio::{TwilioEvent, TwilioSession};
use tom_wire::{ErrorCode, WireError};

use super::drive::{Heard, Protocol};
use super::lane::{Item, Lane};
use crate::switchboard::Transport;

pub(crate) struct Twilio {
    lane: Lane,
    session: TwilioSession,
    audio: Option<AudioIn>,
    to_call: Resampler,
    to_twilio: Resampler,
    pcm: Vec<i16>,
    narrow: Vec<i16>,
    codes: Vec<u8>,
}

impl Twilio {
    pub(crate) fn new(lane: Lane) -> Self {
        let (core, phone) = (Rate::Hz16000.hz(), Rate::Hz8000.hz());
        Self {
            lane,
            session: TwilioSession::new(),
            audio: None,
            to_call: Resampler::new(phone, core),
            to_twilio: Resampler::new(core, phone),
            pcm: Vec::new(),
            narrow: Vec::new(),
            codes: Vec::new(),
        }
    }

    /// Reads a message before the call is up.
    pub(crate) fn before(&mut self, text: &str) -> Result<TwilioEvent, WireError> {
        self.session.receive(text)
    }

    /// The call is up.
    pub(crate) fn connect(&mut self, audio: AudioIn) {
        self.audio = Some(audio);
    }

    fn heard(&mut self, codes: &[u8]) -> Heard {
        if let Some(audio) = &self.audio {
            self.narrow.clear();
            Law::Mu.decode_into(codes, &mut self.narrow);
            self.pcm.clear();
            self.to_call.push(&self.narrow, &mut self.pcm);
            audio.push(&self.pcm);
        }
        Heard::Nothing
    }
}

impl Protocol for Twilio {
    fn transport(&self) -> Transport {
        Transport::Twilio
    }

    fn text(&mut self, text: &str) -> Result<Heard, WireError> {
        Ok(match self.session.receive(text)? {
            TwilioEvent::Audio(codes) => self.heard(&codes),
            TwilioEvent::Key(key) => Heard::Tell(Control::Dtmf(key)),
            TwilioEvent::Heard(tag) => match u32::try_from(tag) {
                Ok(mark) => Heard::Tell(Control::Played(mark)),
                Err(_) => Heard::Nothing,
            },
            TwilioEvent::Stopped => Heard::Tell(Control::HangUp(EndReason::Caller)),
            TwilioEvent::Started { .. } | TwilioEvent::Nothing => Heard::Nothing,
        })
    }

    fn binary(&mut self, _: &[u8]) -> Result<Heard, WireError> {
        Err(WireError::new(ErrorCode::BadEvent, "Media Streams messages are text"))
    }

    fn outbound(&mut self, outbound: Outbound) {
        match outbound {
            Outbound::Frame { pcm, .. } => {
                self.narrow.clear();
                self.to_twilio.push(&pcm, &mut self.narrow);
                self.codes.clear();
                Law::Mu.encode_into(&self.narrow, &mut self.codes);
                self.lane.audio(Item::Text(self.session.media(&self.codes)));
            }
            Outbound::Mark(mark) => {
                let mark = self.session.mark(mark.into());
                self.lane.send(Item::Text(mark));
            }
            Outbound::Clear => {
                self.lane.clear_audio();
                let clear = self.session.clear();
                self.lane.send(Item::Text(clear));
            }
            Outbound::Notice(_) | Outbound::Closed(_) => {}
        }
    }

    // Twilio's protocol has no words for these: they are counted, and logged without content.

    fn error(&mut self, error: &WireError) {
        tracing::debug!(code = error.code.as_str(), "a Twilio stream: {error}");
    }

    fn slow_down(&mut self, message: &str, _: f64) {
        tracing::debug!("a Twilio stream: {message}");
    }

    fn heartbeat(&mut self) {}

    fn goodbye(&mut self, _: EndReason) {}
}
