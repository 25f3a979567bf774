//! Layer: sim. Random calls end, and the turn core keeps its promises in each of them.
//!
//! `SEED=7 CALLS=1` plays one call again.
#![cfg(test)]

use tom_sim::{Script, play, random_script};

/// As many failing calls are shown.
const SHOWN: usize = 3;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |n| n.parse().unwrap_or_else(|_| panic!("{name}={n} is no number")))
}

/// What is wrong with a random call, with all that is needed to play it again.
fn broken(seed: u64) -> Option<String> {
    let text = random_script(seed);
    let script =
        Script::parse(&text, "random", 1).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
    let problems = play(&script).problems;
    (!problems.is_empty())
        .then(|| format!("SEED={seed} CALLS=1 plays this again:\n{text}\n{}", problems.join("\n")))
}

#[test]
fn random_calls_keep_the_promises() {
    let first = number("SEED", 1);
    let calls = number("CALLS", 20_000);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    println!("seeds {first} to {}", first + calls - 1);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|i| {
                scope.spawn(move || {
                    (first + i..first + calls).step_by(threads as usize).filter_map(broken).collect()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| -> Vec<String> { worker.join().unwrap() }).collect()
    });
    let shown = failures.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(
        failures.is_empty(),
        "{} of {calls} calls break promises, some of them:\n{shown}",
        failures.len()
    );
}
