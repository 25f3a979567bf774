//! Where is a carrier's stream, and which of our audio has the caller heard?

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::flavour::{Flavour, LineFormat, quoted};
use super::message::{Envelope, MediaIn, read};
use crate::WireError;
use crate::browser::decode::key;
use crate::pcm::{base64_into, bytes_base64_into};
use crate::phone::{Coding, Marks, PhoneEvent, PhoneSession, PhoneSink, bad};

/// Messages that wait for one before them.
const MAX_WAITING: usize = 4;

/// Where the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Before `start`.
    Waiting,
    /// Audio flows.
    Running,
    /// After `stop`.
    Over,
}

/// One stream.
#[derive(Debug)]
pub struct CarrierSession<F> {
    phase: Phase,
    /// Its name, as JSON writes it.
    stream: String,
    format: LineFormat,
    marks: Marks,
    order: Order,
    /// Audio that waits until a message is full.
    collected: Vec<u8>,
    bytes: Vec<u8>,
    base64: String,
    message: String,
    flavour: PhantomData<fn() -> F>,
}

impl<F: Flavour> Default for CarrierSession<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Flavour> CarrierSession<F> {
    /// A stream that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self {
            phase: Phase::Waiting,
            stream: String::new(),
            format: LineFormat { coding: Coding::Law(tom_audio::Law::Mu), rate: 8_000 },
            marks: Marks::default(),
            order: Order::default(),
            collected: Vec::new(),
            bytes: Vec::new(),
            base64: String::new(),
            message: String::new(),
            flavour: PhantomData,
        }
    }

    fn start(&mut self, text: &str) -> Result<PhoneEvent, WireError> {
        let (stream, start, format) = F::start(text)?;
        if stream.is_empty() {
            return Err(bad(format!("a \"start\" of {} names its stream", F::NAME)));
        }
        // It goes into every message and may hold anything.
        self.stream.clear();
        quoted(&stream, &mut self.stream);
        (self.phase, self.format) = (Phase::Running, format);
        Ok(PhoneEvent::Started(start))
    }

    fn media(&mut self, media: &MediaIn<'_>, pcm: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        if media.track.starts_with("outbound") {
            return Ok(PhoneEvent::Nothing);
        }
        self.bytes.clear();
        base64_into(&media.payload, &mut self.bytes)?;
        let before = pcm.len();
        match F::SHUFFLED {
            true => self.order.take(media.chunk, &self.bytes, self.format.coding, pcm)?,
            false => self.format.coding.decode_into(&self.bytes, pcm)?,
        }
        Ok(if pcm.len() > before { PhoneEvent::Audio } else { PhoneEvent::Nothing })
    }

    /// Sends what is collected.
    fn flush(&mut self, sink: &mut dyn PhoneSink) {
        if self.collected.is_empty() {
            return;
        }
        self.base64.clear();
        bytes_base64_into(&self.collected, &mut self.base64);
        self.collected.clear();
        self.message.clear();
        F::media(&self.stream, self.format, &self.base64, &mut self.message);
        sink.audio_text(&self.message);
    }
}

impl<F: Flavour> PhoneSession for CarrierSession<F> {
    fn text(&mut self, text: &str, pcm: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        let message: Envelope<'_> = read(text, F::NAME)?;
        let missing = |part: &str| bad(format!("a message of {} lacks its \"{part}\"", F::NAME));
        match (&*message.event, self.phase) {
            ("connected", Phase::Waiting) => Ok(PhoneEvent::Nothing),
            ("start", Phase::Waiting) => self.start(text),
            ("media", Phase::Running) => {
                let media = message.media.as_ref().ok_or_else(|| missing("media"))?;
                self.media(media, pcm)
            }
            ("dtmf", Phase::Running) => {
                let dtmf = message.dtmf.as_ref().ok_or_else(|| missing("dtmf"))?;
                Ok(PhoneEvent::Key(key(&dtmf.digit)?))
            }
            (event, Phase::Running) if event == F::ECHO => {
                let name = message.mark.as_ref().map_or(&message.name, |mark| &mark.name);
                Ok(self.marks.echoed(name).map_or(PhoneEvent::Nothing, PhoneEvent::Heard))
            }
            ("stop", Phase::Running | Phase::Waiting) => {
                self.phase = Phase::Over;
                Ok(PhoneEvent::Stopped)
            }
            // What a carrier tells besides, such as that it has cleared what it was told to clear.
            ("clearedAudio", Phase::Running) => Ok(PhoneEvent::Nothing),
            ("error", Phase::Running) => Err(bad(format!("{} reports an error of its own", F::NAME))),
            (_, Phase::Waiting) => Err(bad("nothing may come before \"start\"")),
            ("connected" | "start", Phase::Running) => Err(bad("the stream has started already")),
            (_, Phase::Running) => Err(bad(format!("no event {} has", F::NAME))),
            (_, Phase::Over) => Err(bad("nothing may come after \"stop\"")),
        }
    }

    fn binary(&mut self, _: &[u8], _: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        Err(bad(format!("messages of {} are text", F::NAME)))
    }

    fn rate(&self) -> u32 {
        self.format.rate
    }

    fn audio(&mut self, pcm: &[i16], sink: &mut dyn PhoneSink) {
        let before = self.collected.len();
        self.format.coding.encode_into(pcm, &mut self.collected);
        let frame = self.collected.len() - before;
        if self.collected.len() >= frame * F::FRAMES {
            self.flush(sink);
        }
    }

    fn mark(&mut self, tag: u64, sink: &mut dyn PhoneSink) {
        self.flush(sink);
        let name = format!("tom-{}", self.marks.add(tag));
        self.message.clear();
        F::mark(&self.stream, &name, &mut self.message);
        sink.text(&self.message);
    }

    fn clear(&mut self, sink: &mut dyn PhoneSink) {
        self.collected.clear();
        self.marks.clear();
        self.message.clear();
        F::clear(&self.stream, &mut self.message);
        sink.text(&self.message);
    }
}

/// Puts messages in order that overtook each other. One that is missing for too long is given up.
#[derive(Debug, Default)]
struct Order {
    next: Option<u64>,
    waiting: BTreeMap<u64, Vec<u8>>,
}

impl Order {
    fn take(
        &mut self,
        chunk: u64,
        bytes: &[u8],
        coding: Coding,
        pcm: &mut Vec<i16>,
    ) -> Result<(), WireError> {
        let next = *self.next.get_or_insert(chunk);
        if chunk < next {
            return Ok(()); // Its place was given up, or it came twice.
        }
        if chunk > next {
            self.waiting.insert(chunk, bytes.to_vec());
            if self.waiting.len() <= MAX_WAITING {
                return Ok(());
            }
        } else {
            coding.decode_into(bytes, pcm)?;
            self.next = Some(next + 1);
        }
        if self.waiting.len() > MAX_WAITING {
            self.next = self.waiting.keys().next().copied();
        }
        while let Some(bytes) = self.next.and_then(|next| self.waiting.remove(&next)) {
            self.next = self.next.and_then(|next| next.checked_add(1));
            coding.decode_into(&bytes, pcm)?;
        }
        Ok(())
    }
}
