//! How good are the judgements?

use serde_json::{Value, json};

use crate::speech::Clip;

/// The thresholds that calls use by default: the knobs `sure` and `unsure` of turn-taking.
const SURE: f32 = 0.85;
const UNSURE: f32 = 0.3;

/// Whether a clip is part of a group.
type Belongs = fn(&Clip) -> bool;

/// One answer.
pub(crate) struct Judgement<'a> {
    pub(crate) p: f32,
    pub(crate) silence: usize,
    pub(crate) clip: &'a Clip,
}

/// Prints tables and gives them as JSON.
pub(crate) fn report(all: &[Judgement<'_>], silences: &[usize]) -> Value {
    let mut rows = Vec::new();
    println!(
        "\np of finished / unfinished turns as 10 %, 50 %, 90 % of them; AUC; then at {UNSURE} and {SURE}:"
    );
    println!(
        "cut: unfinished, yet at least {SURE}; held: finished, yet at most {UNSURE}; quick, kept: rightly so"
    );
    println!(
        "{:<22} {:>4} {:>5} {:>5} {:^17} {:^17} {:>5} {:>6} {:>6} {:>6} {:>6}",
        "speech", "ms", "fin", "unfin", "p finished", "p unfinished", "AUC", "cut", "held", "quick", "kept"
    );
    let groups: [(&str, Belongs); 7] = [
        ("all synthetic", |c| c.voice != "human"),
        ("flite, English", |c| c.voice.starts_with("flite")),
        ("espeak-ng, English", |c| c.voice.starts_with("espeak") && c.lang == "en"),
        ("espeak-ng, German", |c| c.lang == "de"),
        ("human (jfk)", |c| c.voice == "human"),
        ("flite slt", |c| c.voice == "flite slt"),
        ("flite rms", |c| c.voice == "flite rms"),
    ];
    for (name, belongs) in groups {
        for silence in silences {
            let of: Vec<_> = all.iter().filter(|j| j.silence == *silence && belongs(j.clip)).collect();
            rows.extend(row(name, *silence, &of));
        }
    }
    println!("\nby where an unfinished turn breaks off (synthetic, all silences):");
    for kind in ["comma", "and", "filler", "lead", "number"] {
        let of: Vec<f32> =
            all.iter().filter(|j| j.clip.voice != "human" && j.clip.kind == kind).map(|j| j.p).collect();
        let cut = share(&of, |p| p >= SURE);
        println!("  {kind:<8} {:>4} questions, cut {:>5.1} %, p {}", of.len(), cut * 100.0, spread(&of));
        rows.push(json!({ "kind": kind, "questions": of.len(), "cut": cut }));
    }
    println!("\nthresholds (synthetic, 64 to 200 ms): sure: cut / quick; unsure: held / kept");
    let of: Vec<_> = all.iter().filter(|j| j.clip.voice != "human" && j.silence <= 200).collect();
    let (finished, unfinished) = split(&of);
    for (sure, unsure) in [(0.8, 0.1), (0.85, 0.2), (0.9, 0.3), (0.93, 0.4), (0.95, 0.5), (0.97, 0.6)] {
        let at = |of: &[f32], test: &dyn Fn(f32) -> bool| share(of, test) * 100.0;
        println!(
            "  sure {sure:<4}: {:>5.1} / {:>5.1} %   unsure {unsure}: {:>5.1} / {:>5.1} %",
            at(&unfinished, &|p| p >= sure),
            at(&finished, &|p| p >= sure),
            at(&finished, &|p| p <= unsure),
            at(&unfinished, &|p| p <= unsure),
        );
    }
    Value::Array(rows)
}

fn row(name: &str, silence: usize, of: &[&Judgement<'_>]) -> Option<Value> {
    let (finished, unfinished) = split(of);
    if finished.is_empty() || unfinished.is_empty() {
        return None;
    }
    let auc = auc(&finished, &unfinished);
    let (cut, quick) = (share(&unfinished, |p| p >= SURE), share(&finished, |p| p >= SURE));
    let (held, kept) = (share(&finished, |p| p <= UNSURE), share(&unfinished, |p| p <= UNSURE));
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    println!(
        "{name:<22} {silence:>4} {:>5} {:>5} {} {} {auc:>5.3} {:>6} {:>6} {:>6} {:>6}",
        finished.len(),
        unfinished.len(),
        spread(&finished),
        spread(&unfinished),
        percent(cut),
        percent(held),
        percent(quick),
        percent(kept),
    );
    Some(json!({
        "speech": name, "silence_ms": silence, "finished": finished.len(), "unfinished": unfinished.len(),
        "auc": auc, "cut": cut, "held": held, "quick": quick, "kept": kept,
    }))
}

fn split(of: &[&Judgement<'_>]) -> (Vec<f32>, Vec<f32>) {
    let (finished, unfinished): (Vec<&&Judgement<'_>>, Vec<_>) = of.iter().partition(|j| j.clip.finished());
    let p = |of: Vec<&&Judgement<'_>>| of.into_iter().map(|j| j.p).collect();
    (p(finished), p(unfinished))
}

fn share(of: &[f32], test: impl Fn(f32) -> bool) -> f64 {
    of.iter().filter(|p| test(**p)).count() as f64 / of.len().max(1) as f64
}

/// How often a finished turn has the higher probability.
fn auc(finished: &[f32], unfinished: &[f32]) -> f64 {
    let wins = |a: f32| {
        unfinished.iter().map(move |b| {
            if a > *b {
                1.0
            } else if a < *b {
                0.0
            } else {
                0.5
            }
        })
    };
    finished.iter().flat_map(|a| wins(*a)).sum::<f64>() / (finished.len() * unfinished.len()) as f64
}

fn spread(of: &[f32]) -> String {
    let mut sorted = of.to_vec();
    sorted.sort_by(f32::total_cmp);
    let at =
        |share: f64| sorted.get(((sorted.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or(0.0);
    format!("{:.3} {:.3} {:.3}", at(0.1), at(0.5), at(0.9))
}
