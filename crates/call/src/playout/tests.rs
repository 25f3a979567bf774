//! Layer: pure. The queue paces, pauses, resumes and knows what was heard.

use super::*;

const EPOCH: Epoch = Epoch::new(1, 0);

struct Far {
    began: Instant,
    playout: Playout,
    frames: Vec<(u64, [i16; FRAME])>,
}

impl Far {
    fn new(samples: usize) -> Self {
        let mut far = Self::silent(40);
        far.playout.append(EPOCH, vec![1000; samples]);
        far.playout.complete(EPOCH);
        far
    }

    /// A reply of which there is nothing yet, with that lead in milliseconds.
    fn silent(lead: u64) -> Self {
        let mut playout = Playout::new(Span::from_millis(lead));
        playout.open(EPOCH);
        Self { began: Instant::now(), playout, frames: Vec::new() }
    }

    fn at(&self, ms: u64) -> Instant {
        self.began + Duration::from_millis(ms)
    }

    /// Asks every millisecond for frames, as a task that is never late.
    fn run(&mut self, from: u64, to: u64) {
        for ms in from..to {
            while let Some((_, pcm)) = self.playout.due(self.at(ms)) {
                self.frames.push((ms, *pcm));
            }
        }
    }
}

#[test]
fn frames_go_out_in_real_time_with_a_bounded_lead() {
    let mut far = Far::new(FRAME * 10);
    far.run(0, 300);
    let times: Vec<u64> = far.frames.iter().map(|(ms, _)| *ms).collect();
    assert_eq!(times, [0, 0, 20, 40, 60, 80, 100, 120, 140, 160]);
    assert!(far.playout.done(far.at(200)), "ten frames are played after 200 ms");
    assert!(!far.playout.done(far.at(199)));
}

#[test]
fn heard_is_what_had_time_to_be_played_and_never_more_than_was_sent() {
    let mut far = Far::new(FRAME * 3);
    far.run(0, 25);
    assert_eq!(far.playout.heard(far.at(25)), Span::from_millis(25));
    far.run(25, 100);
    assert_eq!(far.playout.heard(far.at(1_000)), Span::from_millis(60));
}

#[test]
fn a_pause_fades_keeps_the_place_and_resumes_there() {
    let mut far = Far::new(FRAME * 10);
    far.run(0, 50);
    assert_eq!(far.frames.len(), 4);
    far.playout.pause();
    far.run(50, 500);
    assert_eq!(far.frames.len(), 5, "one more frame to fade out in");
    let faded = far.frames[4].1;
    assert!(faded[FADE..].iter().all(|s| *s == 0), "silent after 5 ms");
    assert_eq!(far.playout.heard(far.at(500)), Span::from_millis(85));
    far.playout.resume();
    far.run(500, 1_000);
    assert_eq!(far.frames.len(), 11, "the reply is 15 ms of silence longer");
    assert!(far.frames[5].1[0] < 100, "it fades in");
    assert_eq!(far.frames[6].1[0], 1000);
    assert_eq!(far.frames[10].0, 580, "paced from the moment it resumed");
}

#[test]
fn it_resumes_from_the_sample_it_was_paused_at() {
    let mut far = Far::silent(40);
    let ramp: Vec<i16> = (0..FRAME as i16 * 10).collect();
    far.playout.append(EPOCH, ramp);
    far.playout.complete(EPOCH);
    far.run(0, 50);
    far.playout.pause();
    far.run(50, 500);
    far.playout.resume();
    far.run(500, 1_000);
    let after = &far.frames[6].1;
    let expected = (FRAME * 5 + FADE) as i16;
    assert_eq!(after[..2], [expected, expected + 1], "four frames, 5 ms that faded, the frame that fades in");
    let heard = far.playout.heard(far.at(1_000));
    assert!(heard >= Span::from_millis(200) && heard < Span::from_millis(220));
}

#[test]
fn never_more_is_ahead_of_the_far_end_than_the_lead() {
    for (lead, at_most) in [(20, 40), (40, 60), (60, 60)] {
        let mut far = Far::silent(lead);
        far.playout.append(EPOCH, vec![1000; FRAME * 500]);
        // A task that is late now and then, and a caller who makes noises.
        for round in 0..40 {
            let from = round * 100;
            far.run(from, from + 13 + round);
            if round % 5 == 3 {
                far.playout.pause();
                far.run(from + 13 + round, from + 20 + round);
                far.playout.resume();
            }
            far.run(from + 53 + round, from + 100);
        }
        let mut plays_until = 0;
        for (at, _) in &far.frames {
            plays_until = plays_until.max(*at) + 20;
            assert!(plays_until - at <= at_most, "{} ms ahead at {at} ms with {lead}", plays_until - at);
        }
        assert!(far.frames.len() > 100, "it plays nearly all the time: {}", far.frames.len());
    }
}

#[test]
fn what_was_appended_and_not_sent_can_be_taken_back() {
    let mut far = Far::silent(40);
    far.playout.append(EPOCH, vec![1; FRAME * 5]);
    far.run(0, 10);
    far.playout.truncate(FRAME as u64 * 3);
    assert_eq!(far.playout.progress(), Progress { appended: FRAME as u64 * 3, sent: FRAME as u64 * 2 });
    far.playout.truncate(0);
    assert_eq!(far.playout.progress().appended, FRAME as u64 * 2, "what was sent stays");
}

#[test]
fn a_pause_while_nothing_is_there_to_play_holds_what_comes() {
    let mut far = Far::silent(40);
    far.playout.pause();
    far.playout.append(EPOCH, vec![1000; FRAME * 3]);
    far.run(0, 100);
    assert!(far.frames.is_empty());
    far.playout.resume();
    far.run(100, 200);
    assert_eq!(far.frames.len(), 3);
    assert_eq!(far.playout.underruns, 0);
}

#[test]
fn a_ducked_reply_is_quieter_and_not_silent() {
    let mut far = Far::new(FRAME * 10);
    far.playout.duck();
    far.run(0, 100);
    let quiet = far.frames[3].1[0];
    assert!((100..150).contains(&quiet), "{quiet} of 1000 is 18 dB less");
}

#[test]
fn a_flush_leaves_nothing_and_other_epochs_are_stale() {
    let mut far = Far::new(FRAME * 10);
    far.run(0, 30);
    far.playout.flush();
    far.playout.append(EPOCH, vec![1; FRAME]);
    let before = far.frames.len();
    far.run(30, 200);
    assert_eq!(far.frames.len(), before);
    far.playout.open(Epoch::new(2, 0));
    far.playout.append(EPOCH, vec![1; FRAME]);
    assert_eq!(far.playout.progress().appended, 0);
}

#[test]
fn a_queue_that_runs_dry_is_counted_and_goes_on() {
    let mut far = Far::new(0);
    far.playout.complete = false;
    far.playout.append(EPOCH, vec![1; FRAME * 2]);
    far.run(0, 100);
    far.playout.append(EPOCH, vec![1; FRAME * 2]);
    far.run(100, 200);
    assert_eq!(far.playout.underruns, 1);
    assert_eq!(far.frames.len(), 4);
    assert_eq!(far.playout.heard(far.at(200)), Span::from_millis(80));
}

#[test]
fn the_last_frame_is_filled_with_silence() {
    let mut far = Far::new(FRAME + 10);
    far.run(0, 100);
    assert_eq!(far.frames.len(), 2);
    assert_eq!(far.frames[1].1[9], 1000);
    assert_eq!(far.frames[1].1[10], 0);
    assert!(far.playout.sent_all());
}

#[test]
fn with_a_lead_of_one_frame_the_fade_does_not_wait_until_the_frame_before_was_played() {
    let mut far = Far::silent(20);
    far.playout.append(EPOCH, vec![1000; FRAME * 10]);
    far.run(0, 45);
    far.playout.pause();
    far.run(45, 200);
    let times: Vec<u64> = far.frames.iter().map(|(ms, _)| *ms).collect();
    // Whoever looks every millisecond gets each frame as early as it may come.
    assert_eq!(times, [0, 17, 37, 45], "20 ms later it would be heard 20 ms longer where the task is late");
}

#[test]
fn with_a_lead_of_one_frame_a_look_that_comes_a_little_early_finds_its_frame() {
    let mut far = Far::silent(20);
    far.playout.append(EPOCH, vec![1000; FRAME * 10]);
    let due = [0, 18, 38, 57, 78].map(|ms| {
        let wall = far.at(ms);
        far.playout.due(wall).is_some()
    });
    assert_eq!(due, [true; 5], "a tick comes up to 3 ms early with a frame of the caller's");
    let wall = far.at(96);
    assert_eq!(far.playout.due(wall), None, "earlier it is too soon");
    assert_eq!(far.playout.underruns, 0);
}
