//! Layer: real. Many replies at once: what each says, what is read for it, and how one is cancelled.

use std::time::{Duration, Instant};

use tom_worker_llama::engine::Told;
use tom_worker_llama::options::Options;
use tom_worker_llama::prompt::Writer;

use crate::support::{
    agent, ask, engine, finish, job, likelihoods, load, options, reply, stream_of, system, user,
};

const RULES: &str = "You are a friendly assistant on the telephone. Answer in one or two short sentences, in the \
                     caller's language, and never say that you are sure when you are not.";

#[test]
fn twenty_at_once_say_what_each_says_alone() {
    let model = load();
    let options = Options { precise: true, cache: 8192, ..options() };
    let asks: Vec<_> = (0..20)
        .map(|n| ask(&[system(RULES), user(&format!("Question {n}: what is {n} times {n}?"))], 40))
        .collect();
    let alone: Vec<Vec<i32>> =
        asks.iter().map(|ask| reply(&mut engine(&model, &options), ask).tokens).collect();
    let mut engine = engine(&model, &options);
    for (stream, ask) in (0..).zip(&asks) {
        engine.begin(stream, job(1), ask).unwrap();
    }
    let together = finish(&mut engine, 20);
    let mut same = 0;
    for (n, (reply, alone)) in together.iter().zip(&alone).enumerate() {
        let Some(at) = reply.tokens.iter().zip(alone).position(|(a, b)| a != b) else {
            same += 1;
            assert_eq!(reply.tokens.len(), alone.len());
            continue;
        };
        // The last digits of a sum depend on its order, and that on how much is computed at once. Made-up weights now
        // and then leave two tokens as likely as each other: then, and only then, chance may decide.
        let writer = Writer::new(&model.llama, None, model.outline.template.as_deref()).unwrap();
        let prompt = writer.prompt(&asks[n]).unwrap();
        let prompt = model.llama.vocab().tokenize(prompt.as_bytes(), true, true);
        let tokens: Vec<i32> =
            prompt.iter().map(|token| token.0).chain(alone[..at].iter().copied()).collect();
        let likely = likelihoods(&options, &tokens);
        let apart = (likely[reply.tokens[at] as usize] - likely[alone[at] as usize]).abs();
        assert!(apart < 0.03, "reply {n} differs from token {at} on, and that is no tie: {apart}");
    }
    assert!(same >= 16, "{same} of 20 are the same");
    assert!(alone.windows(2).any(|two| two[0] != two[1]), "they say different things");
}

#[test]
fn a_system_prompt_is_read_once_for_all() {
    let model = load();
    let mut engine = engine(&model, &options());
    for stream in 0..10 {
        engine.begin(stream, job(1), &ask(&[system(RULES), user("Hi?")], 4)).unwrap();
    }
    let replies = finish(&mut engine, 10);
    let (prompt, own) = (u64::from(replies[0].tally.prompt), u64::from(replies[0].tally.read));
    assert!(replies.iter().all(|reply| u64::from(reply.tally.read) == own && reply.over), "{replies:?}");
    assert!(own < 40 && prompt > 150, "{prompt} {own}");
    // Once what all begin with, and ten times the rest.
    assert_eq!(engine.counts().read, (prompt - own) + 10 * own);
    assert_eq!(engine.counts().written, 40);
}

#[test]
fn a_second_turn_reads_only_what_is_new_however_long_the_prompt() {
    let model = load();
    let mut reads = Vec::new();
    for times in [1, 6] {
        let mut engine = engine(&model, &options());
        let rules = RULES.repeat(times);
        let first = reply(&mut engine, &ask(&[system(&rules), user("When do you open?")], 24));
        let heard = "At nine, Madam.";
        let turn = [system(&rules), user("When do you open?"), agent(heard), user("And on Sunday?")];
        let second = reply(&mut engine, &ask(&turn, 24));
        assert!(second.tally.prompt > first.tally.prompt + 20);
        reads.push(second.tally.read);
    }
    assert_eq!(reads[0], reads[1], "as many for a long prompt");
    // What was heard, the marks around it, the new words and where the reply begins.
    assert!((30..110).contains(&reads[0]), "{reads:?}");
}

#[test]
fn words_that_change_are_read_from_where_they_do() {
    let model = load();
    let mut engine = engine(&model, &options());
    let words = |text: &str| ask(&[system(RULES), user(text)], 400);
    engine.begin(0, job(1), &words("I would like to know when")).unwrap();
    while engine.counts().written == 0 {
        engine.step();
    }
    // A guess that was wrong: the caller went on.
    engine.begin(0, job(2), &words("I would like to know when you open")).unwrap();
    let mut told = Vec::new();
    for _ in 0..10 {
        told.extend(engine.step());
    }
    assert!(
        !told.is_empty()
            && told.iter().all(|told| matches!(told, Told::Piece { job, .. } if job.serial == 2))
    );
    let read = engine.counts().read;
    engine.cancel(0);
    engine.begin(0, job(3), &words("I would like to know when you open")).unwrap();
    finish(&mut engine, 1);
    assert_eq!(engine.counts().read, read + 1, "all is known; the last token is read again");
}

#[test]
fn not_one_more_token_is_computed_of_a_reply_that_is_cancelled() {
    let model = load();
    let mut engine = engine(&model, &options());
    for stream in 0..3 {
        engine.begin(stream, job(1), &ask(&[user("Tell me a long story.")], 300)).unwrap();
    }
    while engine.counts().written < 30 {
        engine.step();
    }
    let before = engine.counts();
    engine.cancel(1);
    let told = engine.step();
    assert!(told.iter().all(|told| stream_of(told) != 1));
    assert_eq!(engine.counts().written, before.written + 2);
    engine.cancel(0);
    engine.cancel(2);
    assert!(!engine.is_busy() && engine.step().is_empty());
    assert_eq!(engine.counts().steps, before.steps + 1);
}

#[test]
fn more_conversations_than_there_is_room_for_take_turns() {
    let model = load();
    // Room for two of them, and two may be written at once.
    let small = Options { context: 512, cache: 512, replies: 2, ..options() };
    let mut engine = engine(&model, &small);
    for turn in 1..=2 {
        for stream in 0..6 {
            engine
                .begin(stream, job(turn), &ask(&[user(&"word ".repeat(20 + stream as usize))], 30))
                .unwrap();
        }
        let replies = finish(&mut engine, 6);
        assert!(replies.iter().all(|reply| reply.fault.is_none() && reply.tally.written > 0), "{replies:?}");
    }
}

#[test]
fn a_reply_rests_while_others_are_written_and_is_the_same_in_the_end() {
    let model = load();
    let asks = [ask(&[user("When do you open?")], 12), ask(&[user("And on Sundays?")], 12)];
    let alone: Vec<_> = asks.iter().map(|ask| reply(&mut engine(&model, &options()), ask)).collect();
    let mut engine = engine(&model, &options());
    for (stream, ask) in (0..).zip(&asks) {
        engine.begin(stream, job(1), ask).unwrap();
    }
    let began = Instant::now();
    let time = Duration::from_millis(300);
    engine.rest(1, time);
    let mut over = Vec::new();
    let mut tokens = vec![Vec::new(); 2];
    while engine.is_busy() {
        for told in engine.step() {
            if let Told::Done { stream, tokens: all, .. } = told {
                over.push((stream, began.elapsed() >= time));
                tokens[stream as usize] = all;
            }
        }
    }
    assert_eq!(over.first().map(|(stream, _)| *stream), Some(0), "it went on alone");
    assert_eq!(over.last(), Some(&(1, true)), "it was gone on with afterwards");
    assert_eq!(tokens, alone.into_iter().map(|reply| reply.tokens).collect::<Vec<_>>());
    engine.begin(0, job(2), &asks[0]).unwrap();
    engine.rest(0, Duration::MAX);
    assert_eq!(finish(&mut engine, 1)[0].tokens, tokens[0], "no rest is endless");
}
