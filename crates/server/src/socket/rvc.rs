//! How does a call sound and read to a client of RealtimeVoiceChat?

use std::collections::BTreeMap;
use std::sync::Arc;

use tom_audio::Resampler;
use tom_base::{CallId, Epoch, Rate, TurnId};
use tom_call::{AudioIn, Control, NoticeKind, Outbound};
use tom_turn::{CallEvent, EndReason};
use tom_wire::rvc::{self, Chunk, RvcEvent, RvcReceived};
use tom_wire::{ErrorObject, WireError, pcm_to_base64};

use super::drive::{Heard, Protocol, TokenFirst};
use super::lane::{Item, Lane};
use super::notices::failure;
use super::wall::epoch_ms;
use crate::switchboard::Transport;

/// A jump of the client's clock between two chunks of audio that is worth a line in the log, in milliseconds.
const AUDIBLE_GAP: u32 = 200;

pub(crate) struct Rvc {
    id: CallId,
    lane: Lane,
    audio: Option<AudioIn>,
    to_call: Resampler,
    to_client: Resampler,
    buffer: Vec<i16>,
    errors: u64,
    /// The client's last chunk of audio, if there was one.
    chunk: Chunk,
    chunks: bool,
    /// The mark behind a reply that is sent and not yet known to be played.
    mark: Option<u32>,
    /// The client was told to stop and takes no audio until it is told otherwise.
    stopped: bool,
    /// The caller's turn under way and the words of its utterances.
    turn: TurnId,
    words: BTreeMap<Epoch, Arc<str>>,
    /// The reply under way.
    reply: Epoch,
    answer: String,
}

impl Rvc {
    /// For a client that sends `hz` samples a second.
    pub(crate) fn new(id: CallId, hz: u32, lane: Lane) -> Self {
        let core = Rate::Hz16000.hz();
        Self {
            id,
            lane,
            audio: None,
            to_call: Resampler::new(hz, core),
            to_client: Resampler::new(core, rvc::RATE),
            buffer: Vec::new(),
            errors: 0,
            chunk: Chunk::default(),
            chunks: false,
            mark: None,
            stopped: false,
            turn: TurnId::default(),
            words: BTreeMap::new(),
            reply: Epoch::default(),
            answer: String::new(),
        }
    }

    fn send(&self, event: &RvcEvent) {
        self.lane.send(Item::Text(event.encode().into()));
    }

    /// The client has ceased to play. With all of a reply at hand, it has played it.
    fn ceased(&mut self) -> Heard {
        self.mark.take().map_or(Heard::Nothing, |mark| Heard::Tell(Control::Played(mark)))
    }

    fn frame(&mut self, pcm: &[i16]) {
        self.accept_again();
        self.buffer.clear();
        self.to_client.push(pcm, &mut self.buffer);
        let chunk = RvcEvent::TtsChunk { content: pcm_to_base64(&self.buffer), synthetic: true };
        self.lane.audio(Item::Text(chunk.encode().into()));
    }

    /// Audio of a reply is void: the client drops what it holds, and what may still be on its way.
    fn stop(&mut self) {
        self.lane.clear_audio();
        self.mark = None;
        if !std::mem::replace(&mut self.stopped, true) {
            self.send(&RvcEvent::StopTts { content: String::new() });
        }
    }

    /// What comes from here on is to be played.
    fn accept_again(&mut self) {
        if std::mem::take(&mut self.stopped) {
            self.send(&RvcEvent::TtsInterruption { content: String::new() });
        }
    }

    fn event(&mut self, event: CallEvent) {
        match event {
            CallEvent::Partial { epoch, text } | CallEvent::Final { epoch, text, .. } => {
                self.said(epoch, text)
            }
            CallEvent::Committed { text, .. } if !text.is_empty() => {
                self.send(&RvcEvent::FinalUserRequest { content: text.to_string() });
            }
            CallEvent::Reply { epoch, text } => {
                if epoch != self.reply {
                    self.reply = epoch;
                    self.answer.clear();
                }
                if !self.answer.is_empty() {
                    self.answer.push(' ');
                }
                self.answer.push_str(&text);
                self.send(&RvcEvent::PartialAssistantAnswer { content: self.answer.clone() });
            }
            CallEvent::TurnEnd { heard, complete, .. } => {
                let answer = std::mem::take(&mut self.answer);
                if !answer.is_empty() {
                    let said = if complete { &answer } else { &*heard };
                    let content = said.split_whitespace().collect::<Vec<_>>().join(" ");
                    self.send(&RvcEvent::FinalAssistantAnswer { content });
                }
                self.accept_again();
            }
            CallEvent::Failed { stage, .. } => self.error(&failure(stage)),
            _ => {}
        }
    }

    /// What the caller has said of the turn so far, all utterances together.
    fn said(&mut self, epoch: Epoch, text: Arc<str>) {
        if epoch.turn != self.turn {
            self.turn = epoch.turn;
            self.words.clear();
        }
        if text.is_empty() || self.words.get(&epoch) == Some(&text) {
            return;
        }
        self.words.insert(epoch, text);
        let words: Vec<&str> = self.words.values().map(|words| &**words).collect();
        self.send(&RvcEvent::PartialUserRequest { content: words.join(" ") });
    }
}

impl TokenFirst for Rvc {
    fn token(&mut self, text: &str) -> Option<String> {
        match RvcReceived::read(text) {
            Ok(RvcReceived::Auth(token)) => Some(token),
            _ => None,
        }
    }

    fn auth_error(&mut self, error: &WireError) {
        self.error(error);
        self.send(&RvcEvent::AuthError { content: error.message.clone() });
    }

    fn connect(&mut self, audio: AudioIn, _: &str) {
        self.audio = Some(audio);
    }
}

impl Protocol for Rvc {
    fn transport(&self) -> Transport {
        Transport::Rvc
    }

    fn text(&mut self, text: &str) -> Result<Heard, WireError> {
        let updated = |change: &str, content: &str| RvcEvent::SessionUpdated {
            content: content.into(),
            change: change.into(),
            applied: true,
        };
        Ok(match RvcReceived::read(text)? {
            RvcReceived::TtsStop => self.ceased(),
            RvcReceived::ClearHistory => {
                self.send(&updated("history", "the conversation begins anew"));
                Heard::Tell(Control::ForgetHistory)
            }
            RvcReceived::SetSpeed(slowness) => {
                self.send(&updated("speed", "pauses are judged by it from now on"));
                Heard::Tell(Control::Speed(slowness))
            }
            // When it ceases is what counts. A token that nobody asked for is no mistake.
            RvcReceived::TtsStart | RvcReceived::Auth(_) => Heard::Nothing,
        })
    }

    fn binary(&mut self, bytes: &[u8]) -> Result<Heard, WireError> {
        let (before, played) = (self.chunk.ts, self.chunk.playing);
        self.chunk.read_next(bytes)?;
        let gap = self.chunk.ts.wrapping_sub(before);
        if std::mem::replace(&mut self.chunks, true) && (AUDIBLE_GAP..u32::MAX / 2).contains(&gap) {
            tracing::debug!(call = %self.id, gap_ms = gap, "a gap in the caller's audio");
        }
        if let Some(audio) = &self.audio {
            self.buffer.clear();
            self.to_call.push(&self.chunk.pcm, &mut self.buffer);
            audio.push(&self.buffer);
        }
        let ceased = played && !self.chunk.playing;
        Ok(if ceased { self.ceased() } else { Heard::Nothing })
    }

    fn outbound(&mut self, outbound: Outbound) {
        match outbound {
            Outbound::Frame { pcm, .. } => self.frame(&*pcm),
            Outbound::Mark(mark) => self.mark = Some(mark),
            Outbound::Clear => self.stop(),
            Outbound::Notice(notice) => {
                if let NoticeKind::Call(event) = notice.kind {
                    self.event(event);
                }
            }
            Outbound::Closed(_) => {}
        }
    }

    fn error(&mut self, error: &WireError) {
        self.errors += 1;
        let request_id = format!("{}-{}", self.id, self.errors);
        tracing::debug!(request_id, code = error.code.as_str(), "a client got an error");
        self.send(&RvcEvent::Error {
            content: error.message.clone(),
            error: ErrorObject::new(error, request_id, epoch_ms()),
        });
    }

    fn slow_down(&mut self, message: &str, retry_after: f64) {
        self.send(&RvcEvent::RateLimitExceeded { content: message.to_owned(), retry_after });
    }

    // The protocol has no words for these; WebSocket pings and the close tell.

    fn heartbeat(&mut self) {}

    fn goodbye(&mut self, _: EndReason) {}
}
