//! How does what the caller does look on the wire?

use std::time::{SystemTime, UNIX_EPOCH};

use tokio_tungstenite::tungstenite::{Bytes, Message};
use tom_base::Key;
use tom_wire::{AudioForm, ClientMessage, Dialect, encode_client, pcm_to_base64, pcm_to_bytes};

use crate::Act;
use crate::socket::Sender;

/// The sending side of a call. Every method says why the connection cannot be used any more, if so.
pub(crate) struct Outgoing {
    sender: Sender,
    audio: AudioForm,
    dialect: Dialect,
}

impl Outgoing {
    pub(crate) fn new(sender: Sender, audio: AudioForm, dialect: Dialect) -> Self {
        Self { sender, audio, dialect }
    }

    /// Sends 20 ms of the caller.
    pub(crate) async fn frame(&mut self, pcm: &[i16]) -> Result<(), String> {
        match self.audio {
            AudioForm::Binary => self.sender.send(Message::Binary(Bytes::from(pcm_to_bytes(pcm)))).await,
            AudioForm::Json => {
                let format = (self.dialect == Dialect::A).then(|| "pcm16_16k".into());
                let (audio, ts) = (pcm_to_base64(pcm), self.wall());
                self.json(&ClientMessage::AudioChunk { audio, ts, format, audio_length: None }).await
            }
        }
    }

    /// Does something besides speech.
    pub(crate) async fn act(&mut self, act: &Act) -> Result<(), String> {
        let ts = self.wall();
        match act {
            Act::Keys(keys) => {
                for digit in keys.iter().map(Key::to_string) {
                    self.json(&ClientMessage::Dtmf { digit }).await?;
                }
                Ok(())
            }
            Act::BargeIn => self.json(&ClientMessage::BargeIn { reason: None, ts }).await,
            Act::Text(text) => self.json(&ClientMessage::Text { text: text.clone() }).await,
            Act::HangUp => self.json(&ClientMessage::Stop { reason: None, ts }).await,
        }
    }

    /// Closes the socket from this side.
    pub(crate) async fn close(&mut self) {
        self.sender.close().await;
    }

    async fn json(&mut self, message: &ClientMessage) -> Result<(), String> {
        self.sender.send(Message::text(encode_client(message, self.dialect))).await
    }

    /// The wall clock as the dialect writes it.
    fn wall(&self) -> Option<f64> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        Some(match self.dialect {
            Dialect::A => since.as_millis() as f64,
            Dialect::B | Dialect::Native => since.as_secs_f64(),
        })
    }
}
