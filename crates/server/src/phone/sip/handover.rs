//! How does a caller get to a person: is that person told first, and what if they do not take the call?

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;
use tom_audio::HoldMusic;
use tom_base::{CallId, Lang, Span};
use tom_call::{Manner, Notice, NoticeKind, OnMachine, Outbound};
use tom_sip::{CallEvent, Dial, EndedBy};
use tom_turn::EndReason;

use super::Line;
use super::bridge::Leg;
use super::joining::Join;
use super::leave::leave;
use super::numbers::{NoDial, is_emergency};
use super::outbound::answered;
use super::person;
use super::sound::Sound;
use super::talk::change;
use super::wish::Wish;
use crate::app::App;
use crate::ask;
use crate::metrics::registry as m;
use crate::switchboard::{CallRequest, Transport};

/// Sends a JSON text somewhere, in bounded time; the error says what went wrong, without the text.
pub type Post = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// How callers are connected with people.
#[derive(Clone)]
pub struct TransferRules {
    /// The person is called, told a summary and joined with the caller, who hears music meanwhile; otherwise the other
    /// side is asked to connect them (REFER).
    pub attended: bool,
    /// Whose side is asked to connect them without us, once they talk.
    pub join: Join,
    /// How long it may ring there.
    pub ring: Duration,
    /// What callers hear who wait, for a person or on hold: those of all lines.
    pub music: HoldMusic,
    /// Where summaries are posted.
    pub post: Option<Post>,
}

impl Default for TransferRules {
    fn default() -> Self {
        let (ring, music) = (Duration::from_secs(25), HoldMusic::melody(7));
        Self { attended: true, join: Join::default(), ring, music, post: None }
    }
}

/// A summary takes no longer than that.
const SUMMARY: Duration = Duration::from_secs(60);
/// A posted summary is given up after so long.
const POST: Duration = Duration::from_secs(3);

impl TransferRules {
    /// How long it may take altogether, before the caller is fetched back.
    pub(super) fn longest(&self) -> Span {
        Span::from_millis((self.ring + SUMMARY).as_millis() as u64)
    }
}

/// The call that is handed over.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) app: Arc<App>,
    pub(super) line: Arc<Line>,
    pub(super) id: CallId,
    pub(super) lang: Lang,
    /// The trunk it came in by.
    pub(super) trunk: Option<String>,
    /// The caller's number.
    pub(super) number: Option<String>,
}

impl Origin {
    pub(super) fn new(
        (app, line): (&Arc<App>, &Arc<Line>),
        request: &CallRequest,
        lang: Lang,
        trunk: Option<String>,
    ) -> Self {
        let (id, number) = (request.id.clone(), request.cli.clone());
        Self { app: app.clone(), line: line.clone(), id, lang, trunk, number }
    }
}

/// A hand-over under way. Dropped, the person is not called any more.
pub(super) struct Handover {
    way: Way,
}

enum Way {
    /// The other side connects them.
    Blind,
    /// Nobody does.
    Never,
    /// We do.
    Attended(JoinHandle<Result<Leg, &'static str>>),
}

impl Drop for Handover {
    fn drop(&mut self) {
        if let Way::Attended(task) = &self.way {
            task.abort();
        }
    }
}

impl Handover {
    /// Begins. A way of our own needs somebody who can be called from here, and no number of help: those are the other
    /// side's to dial.
    pub(super) fn begin(from: &Origin, wish: &Wish) -> Self {
        post(from, wish);
        let rules = &from.line.transfer;
        let reachable = wish.to.contains(':') || from.trunk.is_some() || !from.line.phone.trunks().is_empty();
        let way = if wish.attended.unwrap_or(rules.attended) && reachable && !is_emergency(&wish.to) {
            let (from, wish) = (from.clone(), wish.clone());
            let tracker = from.line.calls.clone();
            Way::Attended(tracker.spawn(async move {
                let reached = reach(&from, &wish).await;
                let end = reached.as_ref().map_or_else(|why| *why, |_| "connected");
                from.app.metrics.count(&m::TRANSFERS, &["attended", end]);
                reached
            }))
        } else if let Err(why) = person::is_outside(&from.line.rules, &wish.to) {
            from.app.metrics.count(&m::TRANSFERS, &["blind", refused(from, why)]);
            Way::Never
        } else {
            Way::Blind
        };
        Self { way }
    }

    /// Whether the other side is to be asked for it.
    pub(super) const fn is_blind(&self) -> bool {
        matches!(self.way, Way::Blind)
    }

    /// The person who was reached; none: nobody was. Waits for ever where that is the other side's. Cancel-safe.
    pub(super) async fn reached(&mut self) -> Option<Leg> {
        match &mut self.way {
            Way::Blind => std::future::pending().await,
            Way::Never => None,
            Way::Attended(task) => task.await.ok().and_then(Result::ok),
        }
    }
}

/// The person is not to be called.
fn refused(from: &Origin, why: NoDial) -> &'static str {
    from.app.metrics.count(&m::BLOCKED, &[why.name()]);
    tracing::warn!("a caller is not connected with a person: {}", why.message());
    "failed"
}

/// Tells whoever wants to know, and waits for nobody.
fn post(from: &Origin, wish: &Wish) {
    let Some(post) = &from.line.transfer.post else { return };
    let body = json!({
        "call": from.id.as_str(),
        "caller": from.number,
        "language": from.lang.to_string(),
        "to": wish.to,
        "reason": wish.word("reason"),
        "summary": wish.word("summary"),
    });
    let (sent, metrics) = (post(body.to_string()), from.app.metrics.clone());
    from.line.calls.spawn(async move {
        let sent = tokio::time::timeout(POST, sent).await.unwrap_or_else(|_| Err("it takes too long".into()));
        if let Err(why) = &sent {
            tracing::warn!("a summary cannot be posted: {why}");
        }
        metrics.count(&m::SUMMARIES, &[if sent.is_ok() { "ok" } else { "failed" }]);
    });
}

/// Calls the person and tells them what it is about. The error: why they do not take the call.
async fn reach(from: &Origin, wish: &Wish) -> Result<Leg, &'static str> {
    let line = &from.line;
    let room = person::room(from, &wish.to).await.map_err(|why| refused(from, why))?;
    let mut sound = Sound::open(line, line.phone.local(), None).map_err(|error| {
        tracing::warn!("nobody can be called: {error}");
        "failed"
    })?;
    let dial = Dial {
        to: wish.to.clone(),
        trunk: from.trunk.clone(),
        offer: sound.offer(),
        headers: Vec::new(),
        patience: line.transfer.ring.as_secs() as u32,
    };
    let mut call = line.phone.dial(dial).await.map_err(|_stopped| "failed")?;
    let agreed = answered(&mut call, &mut sound, None).await.map_err(|ended| match ended.by {
        EndedBy::Busy => "busy",
        EndedBy::Declined => "declined",
        EndedBy::NoAnswer => "no_answer",
        _ => "failed",
    })?;
    let mut leg = Leg { call, sound, _room: room };
    if leg.sound.start(&agreed).is_err() {
        leave(&mut leg.call, "no audio").await;
        return Err("failed");
    }
    match tell(from, wish, &mut leg).await {
        Ok(()) => Ok(leg),
        Err(why) => {
            leave(&mut leg.call, why).await;
            Err(why)
        }
    }
}

/// Says the summary. A mailbox is no person, and who hangs up meanwhile does not want the call.
async fn tell(from: &Origin, wish: &Wish, leg: &mut Leg) -> Result<(), &'static str> {
    let lang = from.lang.to_string();
    let told = ask::Telephone {
        lang: Some(&lang),
        skill: None,
        cli: None,
        transport: Transport::Sip,
        peer: from.line.phone.local(),
    };
    let announce = Some(wish.word("summary").unwrap_or_default().into());
    let manner = Manner { dialled: Some(OnMachine::HangUp), announce, ..Manner::default() };
    let begun = ask::telephone(&told).map_err(|refusal| refusal.error);
    let begun = begun.and_then(|request| from.app.calls.begin_in(&request, manner));
    let Ok((mut port, _)) = begun else {
        // No room for a call of its own: the two are joined without a word.
        return Ok(());
    };
    leg.sound.ear().to_call(&port.audio);
    loop {
        tokio::select! {
            message = port.outbound.recv() => match message {
                Some(Outbound::Frame { pcm, .. }) => leg.sound.send(&pcm),
                Some(Outbound::Clear) => leg.sound.flush(),
                Some(Outbound::Mark(_)) => {}
                Some(Outbound::Notice(Notice { kind, .. })) => heard(from, &kind),
                Some(Outbound::Closed(EndReason::Agent)) => return Ok(()),
                Some(Outbound::Closed(EndReason::Unanswered)) => return Err("machine"),
                Some(Outbound::Closed(_)) | None => return Err("failed"),
            },
            event = leg.call.event() => match event {
                Some(CallEvent::Ended(_)) => return Err("declined"),
                None => return Err("failed"),
                Some(event) => change(&leg.call, &mut leg.sound, event).await.map_err(|_stopped| "failed")?,
            },
        }
    }
}

fn heard(from: &Origin, kind: &NoticeKind) {
    from.app.metrics.notice(kind, Transport::Sip);
}
