//! Layer: pure. Callers speak when they should, whatever the agent does.
use tom_probe::Trace;
use tom_probe::trace::Spoken;

use super::*;
use crate::corpus::{Band, Clean, Kind, Tongue};

fn line(name: &str) -> Line {
    let pcm: Vec<i16> = (0..8_000).map(|n| (3_000.0 * (f64::from(n) * 0.3).sin()) as i16).collect();
    let clean = Clean { parts: vec![("Hello there.".into(), 0..pcm.len())], pcm };
    let mut dice = 1;
    let kind = (Kind::Interruption, Tongue::En, Band::Wide);
    Line::new(&Item::new(name.into(), kind, &clean, -20.0, &mut dice).unwrap())
}

/// A world in which a clip takes half a second, and the agent's voice is what the test says.
struct World {
    now: Micros,
    trace: Trace,
    speaks_until: Micros,
    voice: Option<(Micros, Micros)>,
}

impl World {
    fn new() -> Self {
        Self { now: 0, trace: Trace::default(), speaks_until: 0, voice: None }
    }

    /// Lets time pass; returns what was said first, and when.
    fn until(&mut self, actor: &mut dyn Actor, end: Micros) -> Option<(Micros, String)> {
        while self.now < end {
            self.now += 20_000;
            let speaks = self.now < self.speaks_until;
            if !speaks && let Some(spoken) = self.trace.spoken.last_mut() {
                spoken.over.get_or_insert(self.now);
            }
            let seen = Seen {
                trace: &self.trace,
                speaks,
                voice_from: self.voice.map(|(from, _)| from).filter(|from| *from <= self.now),
                voice_until: self.voice.map_or(0, |(from, until)| {
                    if from > self.now { 0 } else { until.min(self.now + 40_000) }
                }),
            };
            match actor.tick(self.now, &seen) {
                Act::Wait => {}
                Act::Speak(clip) => {
                    let clip = clip.name().to_owned();
                    let marks = vec![self.now, self.now + S / 2];
                    self.trace.spoken.push(Spoken { clip: clip.clone(), began: self.now, marks, over: None });
                    self.speaks_until = self.now + S / 2;
                    return Some((self.now, clip));
                }
                Act::HangUp => return Some((self.now, "hangs up".into())),
            }
        }
        None
    }
}

#[test]
fn a_reply_is_spoken_over_once_it_has_lasted() {
    let jobs = vec![(line("a"), Then::Answer), (line("b"), Then::Watch(S))];
    let mut caller = Interrupter::new(jobs, line("opener"), false, Saying::default(), 5);
    let mut world = World::new();
    world.voice = Some((S / 2, 2 * S));
    let (at, what) = world.until(&mut caller, 20 * S).unwrap();
    assert!(what == "opener" && at > 3 * S, "the greeting is heard to its end: {at}");
    world.voice = Some((at + S, at + 30 * S));
    let (over, what) = world.until(&mut caller, 60 * S).unwrap();
    assert!(what == "a" && (at + 2 * S..at + 4 * S + 40_000).contains(&over), "{over}");
    // The agent gives way and answers.
    world.voice = Some((over + S, over + 30 * S));
    let (again, what) = world.until(&mut caller, 60 * S).unwrap();
    assert!(what == "b" && again >= over + 2 * S);
    let (end, what) = world.until(&mut caller, 60 * S).unwrap();
    assert!(what == "hangs up" && end >= again + S + S / 2);
}

#[test]
fn an_agent_that_never_speaks_is_left() {
    let mut caller =
        Interrupter::new(vec![(line("a"), Then::Answer)], line("opener"), false, Saying::default(), 5);
    let mut world = World::new();
    let mut said = Vec::new();
    while let Some((_, what)) = world.until(&mut caller, 200 * S) {
        said.push(what);
        if said.last().is_some_and(|what| what == "hangs up") {
            break;
        }
    }
    assert_eq!(said, ["opener", "opener", "opener", "opener", "hangs up"]);
}

#[test]
fn turns_are_taken_in_silence_and_left_after_the_last_answer() {
    let mut caller = Asker::new(vec![line("a"), line("b")], Saying::default(), 5);
    let mut world = World::new();
    world.voice = Some((S / 2, 4 * S));
    let (first, what) = world.until(&mut caller, 60 * S).unwrap();
    assert!(what == "a" && first >= 5 * S, "{first}");
    world.voice = Some((first + S, first + 3 * S));
    let (second, what) = world.until(&mut caller, 60 * S).unwrap();
    assert!(what == "b" && second > first + 3 * S + S / 2, "{second}");
    world.voice = Some((second + S, second + 3 * S));
    let (end, what) = world.until(&mut caller, 60 * S).unwrap();
    assert!(what == "hangs up" && end > second + S);
}
