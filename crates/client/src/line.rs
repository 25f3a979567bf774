//! How does a call run? One loop: a tick every 20 ms, and whatever arrives between.

mod ending;

use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tom_wire::{base64_to_pcm, bytes_to_pcm, decode_server};

use crate::address::shown;
use crate::caller::Watch;
use crate::dialogue::{Dialogue, Heed};
use crate::ear::Ear;
use crate::level::GAP;
use crate::mouth::{AgentView, Mouth, Step, samples};
use crate::outgoing::Outgoing;
use crate::report::{Closed, Ended, Report, Side};
use crate::socket::Arrival;
use crate::{Act, CallOptions, FRAME, Moment};

/// Time between two frames.
const TICK: Duration = Duration::from_millis(20);
/// A machine that is later than this does not catch up in a burst, which would break the server's limits: the
/// caller's time stretches.
const LATE: Duration = Duration::from_millis(200);

/// A call that is up.
pub(crate) struct Line {
    start: Instant,
    url: String,
    longest: u64,
    patience: Duration,
    ear: Ear,
    mouth: Mouth,
    dialogue: Dialogue,
    out: Outgoing,
    /// Latest first.
    actions: Vec<(Moment, Act)>,
    agent_speaks: bool,
    close: Option<Closed>,
    closed: bool,
}

type Arrivals = mpsc::Receiver<(Instant, Arrival)>;

impl Line {
    /// A call whose socket just opened; actions latest first.
    pub(crate) fn new(
        o: CallOptions,
        watch: Option<Watch>,
        out: Outgoing,
        actions: Vec<(Moment, Act)>,
    ) -> Self {
        Self {
            start: Instant::now(),
            url: shown(&o.url),
            longest: samples(o.limits.call),
            patience: o.limits.close,
            ear: Ear::new(samples(o.limits.call)),
            mouth: Mouth::new(o.speech, o.lead, o.trail, &o.limits),
            dialogue: Dialogue::new(watch),
            out,
            actions,
            agent_speaks: false,
            close: None,
            closed: false,
        }
    }

    /// Runs the call to its end.
    pub(crate) async fn call(mut self, mut arrivals: Arrivals, cancel: CancellationToken) -> Report {
        let mut ended = self.talk(&mut arrivals, &cancel).await;
        if !self.closed && ended != Ended::Broken {
            self.hang_up(&mut arrivals).await;
        }
        self.out.close().await;
        if self.close.is_none() && ended == Ended::Server {
            let text = "the connection ended without a close frame";
            self.dialogue.problem(self.moment(Instant::now()), "CLIENT", text);
            ended = Ended::Broken;
        }
        self.report(ended)
    }

    /// Until somebody ends it.
    async fn talk(&mut self, arrivals: &mut Arrivals, cancel: &CancellationToken) -> Ended {
        let mut due = self.start;
        loop {
            tokio::select! {
                // A tick that is due goes first: a flood of messages must not silence the caller.
                biased;
                () = cancel.cancelled() => return Ended::Cancelled,
                () = sleep_until(due) => {
                    due += TICK;
                    let now = Instant::now();
                    if now > due + LATE {
                        due = now;
                    }
                    match self.tick().await {
                        Ok(None) => {}
                        Ok(Some(ended)) => return ended,
                        Err(why) => return self.unsent(why, arrivals).await,
                    }
                }
                arrival = arrivals.recv() => {
                    if let Some(ended) = self.arrive(arrival) {
                        return ended;
                    }
                }
            }
        }
    }

    fn moment(&self, at: Instant) -> Moment {
        samples(at.saturating_duration_since(self.start))
    }

    /// The next 20 ms.
    ///
    /// # Errors
    /// Why they cannot be sent.
    async fn tick(&mut self) -> Result<Option<Ended>, String> {
        let now = self.moment(Instant::now());
        if now >= self.longest {
            return Ok(Some(Ended::TooLong));
        }
        self.tell_silence(now);
        let view = AgentView {
            voice_from: self.ear.voice_from(),
            voice_until: self.ear.voice_until(),
            queue_end: self.ear.queue_end(),
            listens: self.dialogue.listens(),
            more_to_come: !self.actions.is_empty(),
        };
        let mut frame = [0; FRAME];
        match self.mouth.tick(now, &view, &mut frame) {
            Some(Step::Begins(name)) => {
                self.dialogue.note(now, Side::Caller, "speech_begins", name);
            }
            Some(Step::Over(name)) => {
                self.ear.expect(now);
                self.dialogue.note(now, Side::Caller, "speech_over", name);
            }
            Some(Step::NoVoice) => {
                let text = "the agent said nothing in time";
                self.dialogue.note(now, Side::Caller, "no_voice", text);
                self.dialogue.problem(now, "CLIENT", text);
            }
            Some(Step::Done) => return Ok(Some(Ended::Caller)),
            None => {}
        }
        self.out.frame(&frame).await?;
        while self.actions.last().is_some_and(|(at, _)| *at <= now) {
            let Some((_, act)) = self.actions.pop() else { break };
            if act == Act::HangUp {
                return Ok(Some(Ended::Caller));
            }
            let (what, detail) = match &act {
                Act::Keys(keys) => ("key", keys.iter().map(ToString::to_string).collect()),
                Act::BargeIn => ("barge_in", String::new()),
                Act::Text(text) => ("text", text.clone()),
                Act::HangUp => ("hang_up", String::new()),
            };
            self.dialogue.note(now, Side::Caller, what, detail);
            self.out.act(&act).await?;
            if matches!(act, Act::Keys(_) | Act::Text(_)) {
                self.ear.expect(now);
                self.mouth.acted(now);
            }
        }
        Ok(None)
    }

    /// Notes when the agent's voice has stopped: told 300 ms later, since pauses are part of speaking.
    fn tell_silence(&mut self, now: Moment) {
        let until = self.ear.voice_until();
        if self.agent_speaks && until + GAP <= now {
            self.agent_speaks = false;
            self.dialogue.note(until, Side::Agent, "voice_stops", "");
        }
    }

    fn hear(&mut self, now: Moment, pcm: &[i16]) {
        self.tell_silence(now);
        if let Some(at) = self.ear.arrive(now, pcm)
            && !self.agent_speaks
        {
            self.agent_speaks = true;
            self.dialogue.note(at, Side::Agent, "voice_begins", "");
        }
    }

    /// Takes what arrived; an end of the connection ends the call.
    fn arrive(&mut self, arrival: Option<(Instant, Arrival)>) -> Option<Ended> {
        let Some((at, arrival)) = arrival else {
            self.closed = true;
            return Some(Ended::Server);
        };
        let now = self.moment(at);
        match arrival {
            Arrival::Audio(bytes) => match bytes_to_pcm(&bytes) {
                Ok(pcm) => self.hear(now, &pcm),
                Err(e) => self.dialogue.problem(now, "CLIENT", e.message),
            },
            Arrival::Text(text) => self.read(now, &text),
            Arrival::Closed(close) => {
                self.closed = true;
                self.close = close;
                return Some(Ended::Server);
            }
            Arrival::Broken(why) => return Some(self.broken(why)),
        }
        None
    }

    fn read(&mut self, now: Moment, text: &str) {
        let message = match decode_server(text) {
            Ok(message) => message,
            Err(e) => return self.dialogue.problem(now, "CLIENT", e.message),
        };
        match self.dialogue.take(now, message) {
            Heed::Audio(audio) => match base64_to_pcm(&audio) {
                Ok(pcm) => self.hear(now, &pcm),
                Err(e) => self.dialogue.problem(now, "CLIENT", e.message),
            },
            Heed::Flush => self.ear.flush(now),
            // The close frame follows; until then the last words are heard.
            Heed::Closing | Heed::Nothing => {}
        }
    }
}
