//! Layer: sim. Random calls end, and the turn core keeps its invariants in each of them.
//!
//! `SEED=7 CALLS=1` plays one call again.
#![cfg(test)]

use tom_sim::{Script, play, random_script};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |n| n.parse().unwrap_or_else(|_| panic!("{name}={n} is no number")))
}

#[test]
fn random_calls_hold_the_invariants() {
    let first = number("SEED", 1);
    let calls = number("CALLS", 20_000);
    println!("seeds {first} to {}", first + calls - 1);
    for seed in first..first + calls {
        let text = random_script(seed);
        let script =
            Script::parse(&text, "random", 1).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        let problems = play(&script).problems;
        assert!(
            problems.is_empty(),
            "seed {seed} (play it again with SEED={seed} CALLS=1):\n{text}\n{}",
            problems.join("\n")
        );
    }
}
