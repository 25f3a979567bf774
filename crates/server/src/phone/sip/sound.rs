//! How do the two sides of a SIP call come to hear each other?

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::Key;
use tom_call::FRAME_SAMPLES;
use tom_rtp::{Media, MediaError, MediaEvent, Options, PortError, Session, Statistics};

use tom_wire::sdp::{Negotiated, Negotiation, Sdp};

use super::Line;
use super::ear::Ear;

/// Keys and other news that wait for the call. Full: they are lost and counted by the session.
const EVENTS: usize = 64;

/// The audio of one call.
pub(super) struct Sound {
    negotiation: Negotiation,
    waiting: Option<Media>,
    session: Option<Session>,
    told: mpsc::Sender<MediaEvent>,
    pub(super) events: mpsc::Receiver<MediaEvent>,
    silence: Duration,
    signalling: Option<IpAddr>,
    ear: Ear,
}

/// Why there is no audio: the SIP status that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoSound(pub(super) u16);

impl Sound {
    /// Opens ports. `local`: the address to tell the other side; `signalling`: where it signals from, if that is known.
    pub(super) fn open(line: &Line, local: IpAddr, signalling: Option<IpAddr>) -> Result<Self, PortError> {
        let media = line.ports.bind(line.bind)?;
        let terms = line.terms.clone();
        let address = SocketAddr::new(local, media.local().port());
        let negotiation = Negotiation::new(address, media.id(), media.key(), terms);
        let (told, events) = mpsc::channel(EVENTS);
        let silence = line.silence;
        let ear = Ear::default();
        Ok(Self { negotiation, waiting: Some(media), session: None, told, events, silence, signalling, ear })
    }

    /// Our answer to an offer.
    pub(super) fn answer(&mut self, offer: &[u8]) -> Result<(Vec<u8>, Negotiated), NoSound> {
        let offer = Sdp::parse(offer).map_err(|_| NoSound(400))?;
        let (answer, agreed) =
            self.negotiation.answer(&offer).map_err(|refusal| NoSound(refusal.status()))?;
        Ok((answer.to_string().into_bytes(), agreed))
    }

    /// An offer of ours.
    pub(super) fn offer(&mut self) -> Vec<u8> {
        self.negotiation.offer().to_string().into_bytes()
    }

    /// Their answer to it.
    pub(super) fn accept(&mut self, answer: &[u8]) -> Result<Negotiated, NoSound> {
        let answer = Sdp::parse(answer).map_err(|_| NoSound(400))?;
        self.negotiation.accept(&answer).map_err(|refusal| NoSound(refusal.status()))
    }

    /// Our offer was not taken: what was agreed on before holds.
    pub(super) fn withdraw(&mut self) {
        self.negotiation.withdraw();
    }

    /// Where the other side's voice goes from now on.
    pub(super) fn ear(&self) -> &Ear {
        &self.ear
    }

    /// Begins, or goes on, as agreed.
    pub(super) fn start(&mut self, agreed: &Negotiated) -> Result<(), MediaError> {
        if let Some(session) = &self.session {
            return session.renegotiate(agreed);
        }
        if let Some(media) = self.waiting.take() {
            let (silence, signalling) = (self.silence, self.signalling);
            let options = Options { silence, signalling, ..Options::default() };
            let ear = self.ear.clone();
            let session = media.start(agreed, options, self.told.clone(), move |pcm| ear.take(pcm))?;
            self.session = Some(session);
        }
        Ok(())
    }

    /// Sends 20 ms of the agent.
    pub(super) fn send(&self, pcm: &[i16; FRAME_SAMPLES]) {
        if let Some(session) = &self.session {
            session.send(pcm);
        }
    }

    /// Drops what was not sent.
    pub(super) fn flush(&self) {
        if let Some(session) = &self.session {
            session.flush();
        }
    }

    /// Presses a key in the audio. False: the other side takes none there.
    pub(super) fn press(&self, key: Key) -> bool {
        self.session.as_ref().is_some_and(|session| session.press(key, 160))
    }

    /// How it went; none where nothing began.
    pub(super) fn statistics(&self) -> Option<Statistics> {
        self.session.as_ref().map(Session::statistics)
    }
}
