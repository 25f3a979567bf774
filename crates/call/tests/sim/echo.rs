//! Layer: sim. The agent hears itself in a room: the call goes on as if it did not, and callers are heard.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_call::{CallReport, Outbound};
use tom_engine::{EngineError, Health, Tts, TtsEvent, TtsOptions, TtsStream};

use crate::desk::Desk;
use crate::log::Log;
use crate::phone::{Phone, sound};
use crate::tone::FRAME;

/// Speaks noise through a resonance, in syllables: something like a voice, its own for every text.
struct Babble;

/// How long each character is spoken for: 60 ms.
const CHAR: usize = 960;

fn noise(state: &mut u64) -> f32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 40) as f32 / (1 << 23) as f32 - 1.0
}

fn babble(text: &str) -> Vec<i16> {
    let mut state = text.bytes().fold(0x9E37_79B9_7F4A_7C15, |state: u64, byte| {
        state.rotate_left(7).wrapping_add(u64::from(byte)).wrapping_mul(0x2545_F491_4F6C_DD1D)
    }) | 1;
    let mut memory = [0.0_f32; 2];
    let sample = |n: usize| {
        let formant = 0.15 + 0.05 * ((n / 3_000) % 4) as f32;
        let next = 1.8 * formant.cos() * memory[1] - 0.85 * memory[0] + 0.2 * noise(&mut state);
        memory = [memory[1], next];
        (7_000.0 * next * (n as f32 * std::f32::consts::TAU / 4_000.0).sin().max(0.0)) as i16
    };
    (0..text.chars().count() * CHAR).map(sample).collect()
}

impl Tts for Babble {
    fn open(&self, _: TtsOptions, events: mpsc::Sender<TtsEvent>) -> Result<Box<dyn TtsStream>, EngineError> {
        Ok(Box::new(BabbleStream(events)))
    }

    fn speaks(&self, _: Lang) -> bool {
        true
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "babble"
    }
}

struct BabbleStream(mpsc::Sender<TtsEvent>);

impl TtsStream for BabbleStream {
    fn speak(&mut self, epoch: Epoch, clause: u32, text: Arc<str>) -> Result<(), EngineError> {
        let events = self.0.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            for pcm in babble(&text).chunks(16_000) {
                let _ = events.send(TtsEvent::Audio { epoch, clause, pcm: pcm.to_vec() }).await;
            }
            let _ = events.send(TtsEvent::Done { epoch, clause }).await;
        });
        Ok(())
    }

    fn cancel(&mut self) {}
}

/// A far end that plays what it gets into a room, and a microphone in that room.
struct Room {
    taps: Vec<(usize, f32)>,
    queue: VecDeque<[i16; FRAME]>,
    /// Messages that were dealt with.
    read: usize,
    /// What the microphone will hear.
    heard: VecDeque<f32>,
    state: u64,
}

impl Room {
    /// Its echo comes so late, so loud to what is played, and reverberates so strongly against the direct sound.
    fn new(delay_ms: usize, gain: f32, reverberation: f32) -> Self {
        let mut state = 99;
        let mut taps = vec![(0, 1.0)];
        for n in 2..80 {
            let decay = 10_f32.powf(-(n as f32) / 80.0);
            taps.push((16 * n + 5 * n % 13, reverberation * decay * noise(&mut state)));
        }
        let energy: f32 = taps.iter().map(|(_, tap)| tap * tap).sum();
        let taps =
            taps.into_iter().map(|(at, tap)| (at + delay_ms * 16, gain * tap / energy.sqrt())).collect();
        Self { taps, queue: VecDeque::new(), read: 0, heard: VecDeque::new(), state }
    }

    /// 20 ms pass: what is heard of the agent, together with what the caller says.
    fn hear(&mut self, log: &Log, says: &[i16]) -> Vec<i16> {
        for (_, message) in &log.0[self.read..] {
            match message {
                Outbound::Frame { pcm, .. } => self.queue.push_back(**pcm),
                Outbound::Clear => self.queue.clear(),
                _ => {}
            }
        }
        self.read = log.0.len();
        let longest = self.taps.iter().map(|(at, _)| at + FRAME).max().unwrap_or_default();
        self.heard.resize(longest, 0.0);
        if let Some(pcm) = self.queue.pop_front() {
            for (at, tap) in &self.taps {
                for (heard, sample) in self.heard.iter_mut().skip(*at).zip(&pcm) {
                    *heard += tap * f32::from(*sample);
                }
            }
        }
        let line = |n: usize, heard: f32, state: &mut u64| {
            (heard + 20.0 * noise(state) + f32::from(says.get(n).copied().unwrap_or_default())) as i16
        };
        self.heard.drain(..FRAME).enumerate().map(|(n, heard)| line(n, heard, &mut self.state)).collect()
    }
}

fn desk(cancel_echo: bool) -> Desk {
    Desk { speaker: Some(Arc::new(Babble)), cancel_echo, ..Desk::default() }
}

/// Frames of 20 ms pass in the room, the caller says something meanwhile.
async fn in_room(phone: &Phone, room: &mut Room, frames: usize, says: &[i16]) {
    for n in 0..frames {
        let says = says.get(n * FRAME..).map_or(&[][..], |rest| &rest[..rest.len().min(FRAME)]);
        let heard = room.hear(&phone.log(), says);
        phone.play(&heard).await;
    }
}

/// A greeting and a long reply in a room, with nobody saying anything.
async fn quiet_caller(cancel_echo: bool, mut room: Room) -> (CallReport, Log) {
    let mut desk = desk(cancel_echo);
    let phone = Phone::call(&mut desk);
    in_room(&phone, &mut room, 80, &[]).await;
    phone.typed("long").await;
    in_room(&phone, &mut room, 500, &[]).await;
    phone.hang_up().await
}

/// Times the agent was interrupted or paused.
fn disturbed(report: &CallReport) -> u32 {
    report.interruptions + report.false_interruptions
}

#[tokio::test(start_paused = true)]
async fn an_echo_that_reverberates_deceives_the_gate_alone() {
    let (report, _) = quiet_caller(false, Room::new(120, 0.3, 2.0)).await;
    assert!(disturbed(&report) > 0, "else the test below shows nothing");
}

#[tokio::test(start_paused = true)]
async fn with_the_canceller_the_agent_does_not_interrupt_itself() {
    for delay in [20, 60, 120, 200] {
        for gain in [0.1, 0.3] {
            for reverberation in [0.5, 2.0] {
                let (report, log) = quiet_caller(true, Room::new(delay, gain, reverberation)).await;
                let room = format!("{delay} ms, {gain}, {reverberation}");
                assert_eq!(disturbed(&report), 0, "{room}\n{}", log.text());
                assert!(log.has("1.0 speaking"), "{room}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_over_the_echo_takes_the_floor_with_and_without_the_canceller() {
    for cancel_echo in [false, true] {
        let mut desk = desk(cancel_echo);
        let mut room = Room::new(80, 0.1, 0.3);
        let phone = Phone::call(&mut desk);
        in_room(&phone, &mut room, 80, &[]).await;
        phone.typed("long").await;
        in_room(&phone, &mut room, 150, &[]).await;
        let began = phone.now();
        in_room(&phone, &mut room, 100, &sound("stop wait hello")).await;
        let (report, log) = phone.hang_up().await;
        let paused = log.at(began, "1.0 paused").or_else(|| log.at(began, "1.0 ducked"));
        println!("cancel {cancel_echo}: quiet after {:?} ms", paused.map(|at| at - began));
        assert_eq!(report.interruptions, 1, "cancel {cancel_echo}\n{}", log.text());
        assert!(paused.is_some_and(|at| at - began <= 200), "cancel {cancel_echo}\n{}", log.text());
    }
}
