//! Layer: real. What is read while a caller still speaks, and what of that the reply needs not read any more.

use tom_worker_llama::engine::Told;
use tom_worker_llama::options::Options;
use tom_worker_llama::request::Ask;

use crate::support::{agent, ask, engine, finish, job, load, options, reply, stream_of, system, user};

const RULES: &str = "You are a friendly assistant on the telephone. Answer in one or two short sentences.";

/// A second turn with these words.
fn second(words: &str) -> Ask {
    let before = [system(RULES), user("When do you open?"), agent("At nine, Madam."), user(words)];
    ask(&before, 24)
}

#[test]
fn a_reply_reads_only_what_was_said_since() {
    let model = load();
    let alone = reply(&mut engine(&model, &options()), &second("And how long on Sundays?"));
    let mut engine = engine(&model, &options());
    for (serial, words) in [(1, ""), (2, "And how"), (3, "And how long on")] {
        engine.read_ahead(0, job(serial), &second(words)).unwrap();
        let told = finish(&mut engine, 1).remove(0);
        assert!(told.over && told.text.is_empty() && told.fault.is_none() && told.tally.read > 0, "{told:?}");
    }
    let read = engine.counts().read;
    let after = reply(&mut engine, &second("And how long on Sundays?"));
    assert_eq!((after.text, after.tokens), (alone.text, alone.tokens));
    // The last word, the marks behind it and those of the reply; each byte is a token of this model's.
    let new = " Sundays?".len() as u32 + 1 + 1 + 1 + "assistant\n".len() as u32;
    assert!(after.tally.read <= new, "{} of {new}", after.tally.read);
    assert_eq!(engine.counts().read, read + u64::from(after.tally.read));
    assert!(alone.tally.read > 3 * new, "{}", alone.tally.read);
    // What is known already is not read again.
    engine.read_ahead(0, job(5), &second("And how long on")).unwrap();
    assert_eq!(finish(&mut engine, 1)[0].tally.read, 0);
}

#[test]
fn words_that_were_understood_otherwise_cost_nothing_but_the_time() {
    let model = load();
    let alone = reply(&mut engine(&model, &options()), &second("In the house?"));
    let mut engine = engine(&model, &options());
    engine.read_ahead(0, job(1), &second("And how long on Sundays")).unwrap();
    finish(&mut engine, 1);
    let after = reply(&mut engine, &second("In the house?"));
    assert_eq!((after.text, after.tokens), (alone.text, alone.tokens));
}

#[test]
fn nothing_is_read_while_anybody_waits_for_a_reply() {
    let model = load();
    let mut engine = engine(&model, &options());
    engine.read_ahead(7, job(1), &second("And how long on")).unwrap();
    engine.step();
    let begun = engine.counts();
    assert!(begun.read > 0 && begun.read < 100, "a step is short: {begun:?}");
    engine.begin(0, job(1), &second("What else?")).unwrap();
    let mut steps = 0;
    let done = loop {
        for told in engine.step() {
            assert_eq!(stream_of(&told), 0, "{told:?}");
            if let Told::Done { tally, .. } = told {
                steps = tally.written;
            }
        }
        if steps > 0 {
            break engine.counts();
        }
    };
    let mut read = 0;
    while engine.is_busy() {
        for told in engine.step() {
            let Told::Done { stream: 7, tally, .. } = told else { panic!("{told:?}") };
            read = tally.read;
        }
    }
    // The rest of it came after the reply, which had read what both have in common.
    assert!(read > 0 && engine.counts().read > done.read && engine.counts().written == done.written);
}

#[test]
fn nobody_loses_what_is_remembered_of_a_call() {
    let model = load();
    let small = Options { context: 512, cache: 512, replies: 1, ..options() };
    let mut engine = engine(&model, &small);
    reply(&mut engine, &ask(&[user("When do you open?")], 8));
    let asked = ask(&[user("And how long on")], 8);
    // The only room is another call's.
    engine.read_ahead(1, job(1), &asked).unwrap();
    assert_eq!(finish(&mut engine, 2)[1].tally.read, 0);
    let next = ask(&[user("When do you open?"), agent("At nine."), user("And")], 8);
    let after = reply(&mut engine, &next).tally;
    assert!(after.read < after.prompt / 2 + 20, "{after:?}");
    // Once that is gone, it is there for others.
    engine.close(0);
    engine.read_ahead(1, job(2), &asked).unwrap();
    assert!(finish(&mut engine, 2)[1].tally.read > 10);
}

#[test]
fn a_reply_or_a_hangup_ends_it() {
    let model = load();
    let mut engine = engine(&model, &options());
    engine.read_ahead(0, job(1), &second("And how")).unwrap();
    engine.begin(0, job(2), &second("And how?")).unwrap();
    let told = finish(&mut engine, 1).remove(0);
    assert!(told.over && told.tally.written > 0);
    engine.read_ahead(0, job(3), &second("And then")).unwrap();
    engine.close(0);
    assert!(!engine.is_busy() && engine.step().is_empty());
    let long = "word ".repeat(3_000);
    // What no reply can be asked for is not read.
    engine.read_ahead(0, job(4), &ask(&[user(&long)], 8)).unwrap();
    assert_eq!(finish(&mut engine, 1)[0].tally.read, 0);
}
