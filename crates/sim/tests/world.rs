//! Layer: sim. The simulated world behaves as a caller's line, detector, recogniser and player do.
#![cfg(test)]

use tom_sim::{Played, Script, play};

fn call(text: &str) -> Played {
    play(&Script::parse(text, "world", 1).unwrap())
}

/// The lines of a timeline that say something of this, without their times.
fn lines(played: &Played, of: &str) -> Vec<String> {
    let about = played.timeline.lines().filter(|line| line.contains(of));
    about.map(|line| line[10..].split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// When something was first told, in seconds.
fn when(played: &Played, of: &str) -> f64 {
    let line = played.timeline.lines().find(|line| line.contains(of)).unwrap();
    line[..8].trim().parse().unwrap()
}

#[test]
fn voice_is_detected_64_ms_late_and_short_gaps_are_no_silence() {
    let played = call(
        "reply \"Hi.\"\nat 0 answer\nat 2 caller coughs for 0.3 pause 0.06 coughs for 0.1\nat 4 hangup\n",
    );
    assert_eq!(lines(&played, "speech").len() + lines(&played, "silence").len(), 2);
    assert_eq!(when(&played, "caller  speech"), 2.064);
    assert_eq!(when(&played, "caller  silence"), 2.524);

    let played = call("reply \"Hi.\"\nat 0 answer\nat 2 caller coughs for 0.05\nat 4 hangup\n");
    assert_eq!(lines(&played, "speech"), [""; 0]);
}

#[test]
fn words_come_as_partials_and_then_as_a_final() {
    let played = call(
        "stt delay 0.25\nreply \"Hi.\"\nreply \"Bye.\" then hangup\nat 0 answer\nat 2 caller says \"yes please\" for 1 sure 0.5\n",
    );
    let heard = lines(&played, "heard");
    assert_eq!(
        heard,
        [
            "caller heard so far \"yes\"",
            "caller heard so far \"yes please\"",
            "caller heard \"yes please\" (50 %)"
        ]
    );
    assert_eq!(when(&played, "\"yes please\" (50 %)"), 3.314);
}

#[test]
fn nothing_of_the_caller_is_heard_while_the_line_drops() {
    let played = call(
        "reply \"Hi.\"\nreply to anything \"Bye.\" then hangup\nat 0 answer\nat 2 caller says \"one two three\" for 1.3\nat 2.35 line drops for 0.4\n",
    );
    assert_eq!(lines(&played, "said"), ["caller said \"one three\" (waited 1.600)"]);
}

#[test]
fn a_paused_reply_plays_what_was_sent_and_goes_on_from_there() {
    let reply = "reply \"0123456789 0123456789\" then hangup\npace 0.1\n";
    let quiet = call(&format!("{reply}at 0 answer\n"));
    let coughed = call(&format!("{reply}at 0 answer\nat 1 caller coughs for 0.2\n"));
    let paused = when(&coughed, "goes on") - when(&coughed, "paused");
    let later = when(&coughed, "agent   done") - when(&quiet, "agent   done");
    assert!((later - (paused - 0.06)).abs() < 1e-9, "{later} of {paused}");
}

#[test]
fn a_script_that_cannot_go_on_says_which_line_is_missing() {
    let played = call("reply \"Hi.\"\nat 0 answer\nat 2 caller says \"Hello.\"\n");
    assert_eq!(played.problems.len(), 1);
    assert!(
        played.problems[0].starts_with("at 2.660 the brain is asked to reply to \"Hello.\" (`reply \"...\"`"),
        "{:?}",
        played.problems
    );
    let played = call("at 0 key 5\n");
    assert!(played.problems[0].contains("nothing is left that could happen"), "{:?}", played.problems);
    let played = call("reply \"Hi.\"\nat 0 answer\nuntil 3\n");
    assert_eq!(played.problems, [""; 0]);
}

#[test]
fn the_same_script_always_gives_the_same_call() {
    for seed in 0..50 {
        let script = Script::parse(&tom_sim::random_script(seed), "random", 1).unwrap();
        assert_eq!(play(&script), play(&script));
    }
}
