//! How is one clause asked for, and when is its audio worth telling?

use std::sync::Arc;

use serde_json::json;
use tokio::sync::mpsc;
use tom_engine::EngineError;

use super::decode::{Decoder, Unreadable};
use super::queue::Told;
use crate::TtsSettings;
use crate::core::Core;
use crate::net::Answer;

/// Audio is told from 20 ms on ...
const LEAST: usize = 320;
/// ... and a second at a time at most.
const MOST: usize = 16_000;
/// A clause of more than two minutes is a server that has lost its way.
const MOST_CLAUSE: usize = 16_000 * 120;

/// Asks one server for speech.
pub(super) struct Asker {
    pub(super) core: Arc<Core>,
    pub(super) settings: TtsSettings,
}

impl Asker {
    /// Asks for a clause and tells its audio.
    pub(super) async fn speak(
        &self,
        text: &str,
        voice: &str,
        tell: &mpsc::Sender<Told>,
    ) -> Result<(), EngineError> {
        // Nothing in it can be heard, and servers answer that with errors or noises.
        if !text.chars().any(char::is_alphanumeric) {
            return Ok(());
        }
        let core = &self.core;
        let (mut speech, mut piece) = core.first("no sound", || self.begin(text, voice)).await?;
        let mut total = 0;
        loop {
            total += piece.len();
            if total > MOST_CLAUSE {
                return Err(core.unreadable("the speech of one clause takes more than two minutes"));
            }
            let last = piece.len() < LEAST;
            let mut rest = piece.as_slice();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(MOST));
                rest = later;
                // A closed channel: nobody wants the clause, and this task ends with it.
                drop(tell.send(Told::Audio(now.to_vec())).await);
            }
            if last {
                return Ok(());
            }
            piece = core.more(speech.next(core)).await?;
        }
    }

    /// Asks, and waits for the first audio.
    async fn begin(&self, text: &str, voice: &str) -> Result<(Speech, Vec<i16>), EngineError> {
        let TtsSettings { server, format, sample_rate, .. } = &self.settings;
        let mut request = json!({
            "model": &*server.model,
            "input": text,
            "response_format": format.as_str(),
        });
        if !voice.is_empty() {
            request["voice"] = voice.into();
        }
        let core = &self.core;
        let body = request.to_string().into();
        let answer = core.post("audio/speech", "application/json", body, &[text]).await?;
        let content_type = answer.content_type();
        let section = server.section;
        if content_type.starts_with("text/") || content_type == "application/json" {
            let what = format!("sends {content_type} and no audio; check {section}.url and {section}.model");
            return Err(core.unreadable(&what));
        }
        if let "audio/mpeg" | "audio/mp3" | "audio/ogg" | "audio/opus" | "audio/flac" | "audio/aac" =
            &*content_type
        {
            let what = format!("sends {content_type}; set {section}.format to one it makes, wav or pcm");
            return Err(core.unreadable(&what));
        }
        let mut speech = Speech { answer, decoder: Decoder::new(*format, *sample_rate), ended: false };
        let first = speech.next(core).await?;
        if first.is_empty() {
            return Err(core.unreadable(&format!("made no sound of a clause; check {section}.voice")));
        }
        Ok((speech, first))
    }
}

/// Speech that is coming in.
struct Speech {
    answer: Answer,
    decoder: Decoder,
    ended: bool,
}

impl Speech {
    /// The next audio, at 16 kHz: at least 20 ms, but for the last.
    async fn next(&mut self, core: &Core) -> Result<Vec<i16>, EngineError> {
        let mut pcm = Vec::new();
        while pcm.len() < LEAST && !self.ended {
            let decoded = match self.answer.bytes().await? {
                Some(bytes) => self.decoder.push(&bytes, &mut pcm),
                None => {
                    self.ended = true;
                    self.decoder.end(&mut pcm)
                }
            };
            decoded.map_err(|Unreadable(what)| {
                core.unreadable(&format!(
                    "{what}; set {}.format to one it makes, wav or pcm",
                    core.options.section
                ))
            })?;
        }
        Ok(pcm)
    }
}
