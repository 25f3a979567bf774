//! Layer: pure. What the caller says when, told the time.

use super::*;
use crate::Recording;

/// Half a second: 100 ms of silence, 300 ms of voice, 100 ms of silence.
fn speech(start: SpeechStart) -> Speech {
    let mut pcm = vec![0; 8_000];
    pcm[1_600..6_400].fill(5_000);
    Speech { recording: Recording { name: "hello".into(), pcm }, start }
}

struct Call {
    mouth: Mouth,
    now: Moment,
    sent: Vec<i16>,
    told: Vec<(u64, Step)>,
}

impl Call {
    fn new(speech: Vec<Speech>) -> Self {
        let ms = Duration::from_millis;
        Self {
            mouth: Mouth::new(speech, ms(200), ms(500), &Limits::default()),
            now: 0,
            sent: Vec::new(),
            told: Vec::new(),
        }
    }

    fn ticks(&mut self, n: u32, agent: AgentView) -> &mut Self {
        for _ in 0..n {
            let mut frame = [1; FRAME];
            let step = self.mouth.tick(self.now, &agent, &mut frame);
            self.told.extend(step.map(|s| (self.now / MS, s)));
            self.sent.extend(frame);
            self.now += 20 * MS;
        }
        self
    }
}

/// An agent that spoke from `from` to `until` (ms) and then listens, or not.
fn agent(from: u64, until: u64, listens: Option<bool>) -> AgentView {
    AgentView {
        voice_from: Some(from * MS),
        voice_until: until * MS,
        queue_end: until * MS,
        listens,
        more_to_come: false,
    }
}

#[test]
fn it_waits_for_the_greeting_and_leaves_silence_before_its_words() {
    let mut call = Call::new(vec![speech(SpeechStart::AfterAgent)]);
    call.ticks(50, AgentView::default());
    call.ticks(100, agent(900, 2_000, Some(true)));
    // Silent 200 ms after 2000, then 200 ms of lead.
    assert_eq!(call.told[0], (2_400, Step::Begins("hello".into())));
    assert_eq!(call.told[1], (2_900, Step::Over("hello".into())));
    let spoken = &call.mouth.spoken()[0];
    assert_eq!(spoken.first_voiced, Some(2_500 * MS));
    assert_eq!(spoken.last_voiced, Some(2_780 * MS));
    let voiced = call.sent.iter().filter(|s| **s == 5_000).count();
    assert_eq!(voiced, 4_800, "every sample of it, once");
}

#[test]
fn an_agent_that_thinks_is_not_done() {
    let mut call = Call::new(vec![speech(SpeechStart::AfterAgent)]);
    call.ticks(300, agent(0, 1_000, Some(false)));
    assert_eq!(call.told, []);
    call.ticks(30, agent(0, 1_000, Some(true)));
    assert_eq!(call.told.len(), 1);
}

#[test]
fn a_server_without_states_is_done_after_a_longer_silence() {
    let mut call = Call::new(vec![speech(SpeechStart::AfterAgent)]);
    call.ticks(200, agent(0, 1_000, None));
    assert_eq!(call.told[0].0, 1_000 + 1_500 + 200);
}

#[test]
fn it_speaks_into_the_agents_words_to_the_frame() {
    let start = SpeechStart::IntoAgent(Duration::from_millis(300));
    let mut call = Call::new(vec![speech(start)]);
    call.ticks(25, AgentView::default());
    call.ticks(50, agent(500, 9_000, Some(false)));
    // Decided at 800, spoken with the next frame.
    assert_eq!(call.told[0], (820, Step::Begins("hello".into())));
}

#[test]
fn it_speaks_at_a_moment() {
    let mut call = Call::new(vec![speech(SpeechStart::At(Duration::from_millis(400)))]);
    call.ticks(50, AgentView::default());
    assert_eq!(call.told[0], (420, Step::Begins("hello".into())));
}

#[test]
fn without_an_agent_it_goes_on_in_the_end() {
    let mut call = Call::new(vec![speech(SpeechStart::AfterAgent)]);
    call.ticks(50 * 40, AgentView::default());
    let told: Vec<_> = call.told.iter().map(|(_, s)| s.clone()).collect();
    let hello = "hello".to_owned();
    let expected = [Step::NoVoice, Step::Begins(hello.clone()), Step::Over(hello), Step::NoVoice, Step::Done];
    assert_eq!(told, expected);
    assert_eq!(call.told[0].0, 15_000);
}

#[test]
fn with_nothing_to_say_it_hears_the_greeting_and_is_done() {
    let mut call = Call::new(vec![]);
    call.ticks(200, agent(100, 1_000, Some(true)));
    assert_eq!(call.told, [(1_700, Step::Done)]);
}

#[test]
fn a_recording_without_a_voice_is_sent_all_the_same() {
    let recording = Recording { name: "hush".into(), pcm: vec![3; 100] };
    let mut call = Call::new(vec![Speech { recording, start: SpeechStart::At(Duration::ZERO) }]);
    call.ticks(10, AgentView::default());
    assert_eq!(call.mouth.spoken()[0].first_voiced, None);
    assert_eq!(call.sent.iter().filter(|s| **s == 3).count(), 100);
}
