//! What does a client of an older dialect get besides an event, or instead of it?

use super::dialect::Dialect;
use super::encode::MODE;
use super::server::ServerEvent;
use crate::ErrorCode;

/// Most characters of a text in dialect A: its clients check them.
const A_TOKEN: usize = 100;
const A_PARTIAL: usize = 1000;
const A_FINAL: usize = 2000;

/// Makes the events of one connection fit its dialect.
#[derive(Clone, Debug)]
pub struct Fitter {
    stt: String,
    llm: String,
    tts: String,
    /// What failed in the turn under way.
    failed: Option<String>,
}

impl Fitter {
    /// For engines of those names: recogniser, brain, synthesiser.
    #[must_use]
    pub fn new(stt: &str, llm: &str, tts: &str) -> Self {
        Self { stt: stt.into(), llm: llm.into(), tts: tts.into(), failed: None }
    }

    /// What a client of the dialect gets for an event, in order. Audio is not changed by it.
    pub fn fit(&mut self, event: ServerEvent, dialect: Dialect) -> Vec<ServerEvent> {
        match dialect {
            Dialect::A => as_a(event),
            Dialect::B => self.as_b(event),
            Dialect::Native => vec![event],
        }
    }

    fn as_b(&mut self, event: ServerEvent) -> Vec<ServerEvent> {
        let besides = match &event {
            ServerEvent::Error { error, .. } => self.failure(error.code, &error.message),
            ServerEvent::TurnEnd { complete, .. } => match (self.failed.take(), complete) {
                (Some(error), _) => Some(ServerEvent::PipelineError { error }),
                (None, true) => Some(ServerEvent::PipelineComplete { mode: MODE.into() }),
                // The caller took the floor: it is neither.
                (None, false) => None,
            },
            _ => None,
        };
        besides.into_iter().chain([event]).collect()
    }

    /// The message of the stage that failed.
    fn failure(&mut self, code: ErrorCode, message: &str) -> Option<ServerEvent> {
        let error = message.to_owned();
        let event = match code {
            ErrorCode::SttFailed | ErrorCode::SttTimeout => {
                ServerEvent::SttError { error, provider: self.stt.clone() }
            }
            ErrorCode::LlmFailed | ErrorCode::LlmTimeout => {
                ServerEvent::LlmError { error, provider: self.llm.clone() }
            }
            ErrorCode::TtsFailed | ErrorCode::TtsTimeout => {
                ServerEvent::TtsError { error, provider: self.tts.clone() }
            }
            ErrorCode::ProviderUnavailable => {
                ServerEvent::ProviderError { message: error.clone(), error, code, provider: self.llm.clone() }
            }
            _ => return None,
        };
        self.failed = Some(message.to_owned());
        Some(event)
    }
}

fn as_a(event: ServerEvent) -> Vec<ServerEvent> {
    match event {
        ServerEvent::LlmToken { text, provider } => {
            let token = |text: &str| ServerEvent::LlmToken { text: text.into(), provider: provider.clone() };
            pieces(&text, A_TOKEN).into_iter().map(token).collect()
        }
        // Nothing was understood: dialect A has no word for that.
        ServerEvent::SttPartial { text } | ServerEvent::SttFinal { text, .. } if text.is_empty() => {
            Vec::new()
        }
        ServerEvent::SttPartial { text } => vec![ServerEvent::SttPartial { text: first(text, A_PARTIAL) }],
        ServerEvent::SttFinal { text, confidence, provider, language, words } => {
            let text = first(text, A_FINAL);
            vec![ServerEvent::SttFinal { text, confidence, provider, language, words }]
        }
        event => vec![event],
    }
}

/// The first so many characters.
fn first(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
    text
}

/// A text in pieces of at most so many characters, cut after a blank where there is one: one after the other
/// they are the text again.
fn pieces(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(most) {
        let cut = rest[..end].rfind(' ').map_or(end, |blank| blank + 1);
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}
