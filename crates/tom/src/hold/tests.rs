//! Layer: pure. Callers take their turn as they came, and the dialogue begins when there is room.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use tom_base::Lang;
use tom_call::{Answer, Brain, BrainError, BrainEvent, Reply, Request};
use tom_flow::phrases::{self, Phrase};
use tom_turn::{Cause, Expect, Then, Why};

use super::*;

/// A lobby with room for so many calls at first.
fn lobby(room: usize) -> (Arc<Lobby>, Arc<AtomicUsize>) {
    let places = Arc::new(AtomicUsize::new(room));
    let seen = Arc::clone(&places);
    (Lobby::new(move |calls| calls < seen.load(Ordering::Relaxed)), places)
}

#[test]
fn callers_take_their_turn_as_they_came() {
    let (lobby, places) = lobby(1);
    let first = lobby.enter();
    let waiting: Vec<_> = (0..3).map(|_| lobby.enter()).collect();
    assert!(!lobby.has_room(), "no call is made for which there would be no place");
    assert!(first.is_in() && waiting.iter().all(|ticket| !ticket.goes_in()));
    drop(first);
    assert!(!waiting[1].goes_in(), "it is not the second's turn");
    let newcomer = lobby.enter();
    assert!(!newcomer.is_in(), "who comes later waits behind the others");
    assert!(waiting[0].goes_in() && waiting[0].is_in() && !waiting[1].goes_in());
    places.store(2, Ordering::Relaxed);
    let mut waiting = VecDeque::from(waiting);
    let kept = waiting.pop_front();
    drop(waiting.pop_front());
    assert!(waiting[0].goes_in() && !newcomer.goes_in());
    newcomer.gives_up();
    drop(newcomer);
    let counts = lobby.counts();
    assert_eq!((counts.waiting, counts.admitted, counts.refused, counts.left), (0, 2, 1, 1));
    drop((kept, waiting));
    assert!(lobby.has_room() && lobby.enter().is_in());
}

proptest::proptest! {
    #[test]
    fn there_are_never_more_inside_than_there_is_room(
        steps in proptest::collection::vec((0u8..4, 0usize..8), 0..200),
        room in 1usize..4,
    ) {
        let (lobby, _) = lobby(room);
        let mut tickets: Vec<lobby::Ticket> = Vec::new();
        for (what, at) in steps {
            match what {
                0 => tickets.push(lobby.enter()),
                1 if at < tickets.len() => drop(tickets.remove(at)),
                2 if at < tickets.len() => { tickets[at].goes_in(); }
                _ => for ticket in &tickets { ticket.goes_in(); },
            }
            let inside = tickets.iter().filter(|ticket| ticket.is_in()).count();
            proptest::prop_assert!(inside <= room);
            if what == 3 {
                // All were asked in turn: nobody waits while there is room.
                proptest::prop_assert_eq!(inside, room.min(tickets.len()));
            }
            proptest::prop_assert_eq!(lobby.counts().waiting, tickets.len() - inside);
        }
    }
}

/// A dialogue that greets.
struct Greeter;

impl Brain for Greeter {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        let (text, then) = match request.cause {
            Cause::Opening => ("Hello.", Then::Listen(Expect::Open)),
            _ => ("Goodbye.", Then::HangUp),
        };
        Ok(Reply { text: vec![text.into()], then, grammar: None, actions: Vec::new() }.into())
    }
}

fn epoch(turn: u32) -> tom_base::Epoch {
    tom_base::Epoch::new(turn, 0)
}

fn ask(brain: &mut HoldBrain, turn: u32, cause: &Cause) -> Option<Reply> {
    let request = Request { epoch: epoch(turn), cause, history: &[], committed: true };
    match brain.reply(request).expect("it answers") {
        Answer::Now(reply) => Some(reply),
        Answer::Later => None,
    }
}

async fn next(brain: &mut HoldBrain) -> BrainEvent {
    std::future::poll_fn(|cx| brain.poll(cx)).await
}

fn brain(lobby: &Arc<Lobby>, patience: u64) -> HoldBrain {
    let ticket = Arc::new(lobby.enter());
    HoldBrain::new(Box::new(Greeter), ticket, Lang::DE, Duration::from_secs(patience))
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_asked_to_hold_the_line_until_the_greeting() {
    let (lobby, places) = lobby(0);
    let mut brain = brain(&lobby, 60);
    assert!(ask(&mut brain, 1, &Cause::Opening).is_none());
    for n in 0..3 {
        let BrainEvent::Text { epoch: of, text } = next(&mut brain).await else { panic!("it asks to hold") };
        assert_eq!((of, &*text), (epoch(1), phrases::nth(Lang::DE, Phrase::Hold, n)));
    }
    // The caller says something meanwhile: the next reply is the one that is open.
    brain.cancel(epoch(1));
    let said = Cause::Said { text: "".into(), confidence: tom_turn::Probability::default() };
    assert!(ask(&mut brain, 2, &said).is_none());
    assert!(matches!(next(&mut brain).await, BrainEvent::Text { epoch: of, .. } if of == epoch(2)));
    places.store(1, Ordering::Relaxed);
    let BrainEvent::End { epoch: of, rest } = next(&mut brain).await else { panic!("it greets") };
    assert_eq!((of, rest.text), (epoch(2), vec!["Hello.".to_owned()]));
    assert!(ask(&mut brain, 3, &said).is_some_and(|reply| reply.then == Then::HangUp), "the dialogue's own");
    drop(brain);
    assert_eq!(lobby.counts().admitted, 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_too_long_is_asked_to_call_again() {
    let (lobby, _) = lobby(0);
    let mut brain = brain(&lobby, 10);
    assert!(ask(&mut brain, 1, &Cause::Opening).is_none());
    let began = tokio::time::Instant::now();
    let rest = loop {
        match next(&mut brain).await {
            BrainEvent::Text { .. } => {}
            BrainEvent::End { rest, .. } => break rest,
            other => panic!("{other:?}"),
        }
    };
    assert!(began.elapsed() >= Duration::from_secs(10));
    assert_eq!((rest.text[0].as_str(), rest.then), (phrases::get(Lang::DE, Phrase::Busy), Then::HangUp));
    drop(brain);
    let counts = lobby.counts();
    assert_eq!((counts.waiting, counts.refused, counts.left), (0, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_says_goodbye_to_those_who_wait() {
    let (lobby, _) = lobby(0);
    let mut brain = brain(&lobby, 60);
    assert!(ask(&mut brain, 1, &Cause::Opening).is_none());
    let reply = ask(&mut brain, 2, &Cause::Goodbye(Why::Drain)).expect("at once");
    assert_eq!(reply.then, Then::HangUp);
}
