//! How does a call sound through a PBX or a carrier, whatever its dialect?

use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::Utf8Bytes;
use tom_audio::Resampler;
use tom_base::Rate;
use tom_call::{AudioIn, Control, Outbound};
use tom_turn::EndReason;
use tom_wire::WireError;
use tom_wire::phone::{PhoneEvent, PhoneSession, PhoneSink};

use super::drive::{Heard, Protocol};
use super::lane::{Item, Lane};
use super::press;
use crate::switchboard::Transport;

const FRAME: Duration = Duration::from_millis(20);

pub(crate) struct Phone {
    transport: Transport,
    lane: Lane,
    session: Box<dyn PhoneSession>,
    audio: Option<AudioIn>,
    rates: Rates,
    /// Caller audio at the line's rate.
    heard: Vec<i16>,
    /// What is on its way from one rate to the other.
    changed: Vec<i16>,
    /// Until when the far end has something to play, where it needs that all the time.
    plays_until: Option<Instant>,
}

/// The way between the line's rate and ours.
struct Rates {
    rate: u32,
    to_call: Resampler,
    to_line: Resampler,
}

impl Rates {
    fn new(rate: u32) -> Self {
        let core = Rate::Hz16000.hz();
        Self { rate, to_call: Resampler::new(rate, core), to_line: Resampler::new(core, rate) }
    }
}

impl Phone {
    /// `never_quiet`: the far end gives up when it gets nothing.
    pub(crate) fn new(
        transport: Transport,
        session: Box<dyn PhoneSession>,
        lane: Lane,
        never_quiet: bool,
    ) -> Self {
        Self {
            transport,
            lane,
            rates: Rates::new(session.rate()),
            session,
            audio: None,
            heard: Vec::new(),
            changed: Vec::new(),
            plays_until: never_quiet.then(Instant::now),
        }
    }

    pub(crate) fn kind(&self) -> Transport {
        self.transport
    }

    /// Reads a message before the call is up. Audio in it is lost: it is the line's first 20 ms.
    pub(crate) fn before_text(&mut self, text: &str) -> Result<PhoneEvent, WireError> {
        self.heard.clear();
        self.session.text(text, &mut self.heard)
    }

    /// The same for a binary message.
    pub(crate) fn before_binary(&mut self, bytes: &[u8]) -> Result<PhoneEvent, WireError> {
        self.heard.clear();
        self.session.binary(bytes, &mut self.heard)
    }

    /// The call is up.
    pub(crate) fn connect(&mut self, audio: AudioIn) {
        self.audio = Some(audio);
    }

    /// Some lines tell their rate only with the first audio.
    fn fit_rate(&mut self) {
        let rate = self.session.rate();
        if rate != self.rates.rate {
            self.rates = Rates::new(rate);
        }
    }

    fn event(&mut self, event: PhoneEvent) -> Heard {
        match event {
            PhoneEvent::Audio => {
                self.fit_rate();
                if let Some(audio) = &self.audio {
                    self.changed.clear();
                    self.rates.to_call.push(&self.heard, &mut self.changed);
                    audio.push(&self.changed);
                }
                Heard::Nothing
            }
            PhoneEvent::Key(key) => Heard::Tell(Control::Dtmf(key)),
            PhoneEvent::Heard(tag) => match u32::try_from(tag) {
                Ok(mark) => Heard::Tell(Control::Played(mark)),
                Err(_) => Heard::Nothing,
            },
            PhoneEvent::Stopped => Heard::Tell(Control::HangUp(EndReason::Caller)),
            PhoneEvent::Started(_) | PhoneEvent::Nothing => Heard::Nothing,
        }
    }

    /// Agent audio at our rate.
    fn speak(&mut self, pcm: &[i16]) {
        self.fit_rate();
        self.changed.clear();
        self.rates.to_line.push(pcm, &mut self.changed);
        self.session.audio(&self.changed, &mut Out(&self.lane));
        if let Some(until) = &mut self.plays_until {
            *until = Instant::now().max(*until) + FRAME;
        }
    }
}

impl Protocol for Phone {
    fn transport(&self) -> Transport {
        self.transport
    }

    fn text(&mut self, text: &str) -> Result<Heard, WireError> {
        self.heard.clear();
        let event = self.session.text(text, &mut self.heard)?;
        Ok(self.event(event))
    }

    fn binary(&mut self, bytes: &[u8]) -> Result<Heard, WireError> {
        self.heard.clear();
        let event = self.session.binary(bytes, &mut self.heard)?;
        Ok(self.event(event))
    }

    fn outbound(&mut self, outbound: Outbound) {
        match outbound {
            Outbound::Frame { pcm, .. } => self.speak(&*pcm),
            Outbound::Mark(mark) => self.session.mark(mark.into(), &mut Out(&self.lane)),
            Outbound::Clear => {
                self.lane.clear_audio();
                self.session.clear(&mut Out(&self.lane));
            }
            Outbound::Notice(_) | Outbound::Closed(_) => {}
        }
    }

    fn silence_due(&self) -> Option<Instant> {
        self.plays_until.map(|until| until + FRAME)
    }

    /// Silence is always behind: a reply that begins now is no further ahead for it.
    fn silence(&mut self) {
        self.speak(&[0; tom_call::FRAME_SAMPLES]);
        self.plays_until = self.plays_until.map(|_| Instant::now());
    }

    // These protocols have no words for what follows: it is counted, and logged without content.

    fn error(&mut self, error: &WireError) {
        tracing::debug!(
            code = error.code.as_str(),
            line = self.transport.as_str(),
            "a telephone line: {error}"
        );
    }

    fn slow_down(&mut self, message: &str, _: f64) {
        tracing::debug!(line = self.transport.as_str(), "a telephone line: {message}");
    }

    fn heartbeat(&mut self) {}

    fn goodbye(&mut self, _: EndReason) {
        self.session.hang_up(&mut Out(&self.lane));
    }
}

/// The lane as a dialect sees it. What it writes is copied into room that is used again.
struct Out<'a>(&'a Lane);

impl Out<'_> {
    /// No dialect writes anything but UTF-8; what is not would be dropped.
    fn text_item(&mut self, text: &str) -> Option<Item> {
        Utf8Bytes::try_from(press::bytes(text.as_bytes())).ok().map(Item::Text)
    }
}

impl PhoneSink for Out<'_> {
    fn audio_text(&mut self, text: &str) {
        if let Some(item) = self.text_item(text) {
            self.0.audio(item);
        }
    }

    fn audio_bytes(&mut self, bytes: &[u8]) {
        self.0.audio(Item::Binary(press::bytes(bytes)));
    }

    fn text(&mut self, text: &str) {
        if let Some(item) = self.text_item(text) {
            self.0.send(item);
        }
    }
}
