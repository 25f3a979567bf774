//! How is what was heard counted and told?

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tom_worker_sphinx::Heard;

use super::calls::{Spoken, Talk};

/// From which confidence on a result is acted upon.
const SURE: f32 = 0.5;

/// An utterance and what was heard of it.
pub(crate) struct Row<'a> {
    pub(crate) talk: &'a Talk,
    pub(crate) spoken: &'a Spoken,
    pub(crate) heard: Heard,
    /// Seconds of computing for a second of audio.
    pub(crate) load: f64,
    pub(crate) seconds: f64,
}

impl Row<'_> {
    /// Whether the words are those that were said; "oh" is as good as "zero".
    fn right(&self) -> bool {
        let same = |text: &str| text.replace("zero", "oh");
        same(&self.heard.text) == same(&self.spoken.wanted)
    }

    fn taken(&self) -> bool {
        !self.heard.text.is_empty() && self.heard.confidence >= SURE
    }
}

/// Counts of several utterances.
#[derive(Clone, Copy, Default)]
struct Counts {
    all: usize,
    /// The words are right, or there are none where nothing was to be understood.
    right: usize,
    /// Right, and surely.
    taken: usize,
    /// Surely, and wrong.
    mistaken: usize,
}

impl Counts {
    fn add(&mut self, row: &Row<'_>) {
        self.all += 1;
        self.right += usize::from(row.right());
        self.taken += usize::from(row.right() && row.taken());
        self.mistaken += usize::from(!row.right() && row.taken());
    }
}

fn counts<'a>(rows: &'a [Row<'a>], name: impl Fn(&Row<'_>) -> String) -> BTreeMap<String, (bool, Counts)> {
    let mut table: BTreeMap<String, (bool, Counts)> = BTreeMap::new();
    for row in rows {
        let entry = table.entry(name(row)).or_default();
        entry.0 = !row.spoken.wanted.is_empty();
        entry.1.add(row);
    }
    table
}

fn percent(part: usize, all: usize) -> String {
    format!("{:.1}", 100.0 * part as f64 / all.max(1) as f64)
}

/// Prints what was understood in each kind of call.
pub(crate) fn table(rows: &[Row<'_>]) {
    let told = counts(rows, |row| row.talk.name());
    println!("What is in the grammar: right = the words are right; taken = right and confidence >= {SURE};");
    println!("mistaken = wrong and confidence >= {SURE}. Per cent.");
    println!("| calls | utterances | right | taken | mistaken |\n|---|---|---|---|---|");
    for (name, (_, c)) in told.iter().filter(|(_, (known, _))| *known) {
        let [right, taken, mistaken] = [c.right, c.taken, c.mistaken].map(|part| percent(part, c.all));
        println!("| {name} | {} | {right} | {taken} | {mistaken} |", c.all);
    }
    println!(
        "\nWhat no grammar allows: turned down = no text, or confidence < {SURE}; silent = no text. Per cent."
    );
    println!("| calls | utterances | turned down | silent |\n|---|---|---|---|");
    for (name, (_, c)) in told.iter().filter(|(_, (known, _))| !*known) {
        println!(
            "| {name} | {} | {} | {} |",
            c.all,
            percent(c.all - c.mistaken, c.all),
            percent(c.right, c.all)
        );
    }
}

/// Prints the same as JSON, by call and by speaker.
pub(crate) fn json(rows: &[Row<'_>], took: Duration) {
    let value = |table: BTreeMap<String, (bool, Counts)>| -> Value {
        let rows = table.into_iter().map(|(name, (known, c))| {
            let value = json!({ "in_grammar": known, "utterances": c.all, "right": c.right, "taken": c.taken,
                "mistaken": c.mistaken });
            (name, value)
        });
        Value::Object(rows.collect())
    };
    let audio: f64 = rows.iter().map(|row| row.seconds).sum();
    let computing: f64 = rows.iter().map(|row| row.load * row.seconds).sum();
    let told = json!({
        "utterances": rows.len(),
        "sure_from": SURE,
        "audio_seconds": audio,
        "computing_per_audio": computing / audio.max(1.0),
        "took_seconds": took.as_secs_f64(),
        "calls": value(counts(rows, |row| row.talk.name())),
        "speakers": value(counts(rows, |row| format!("{}: {}", row.talk.speaker, row.talk.name()))),
    });
    println!("\n{told}");
}

/// A line of JSON per utterance.
pub(crate) fn lines(rows: &[Row<'_>]) -> String {
    let lines = rows.iter().map(|row| {
        let e = row.heard.evidence;
        let line = json!({
            "call": row.talk.name(), "set": row.talk.set, "speaker": row.talk.speaker,
            "wanted": row.spoken.wanted, "heard": row.heard.text, "right": row.right(),
            "confidence": row.heard.confidence, "sound": format!("{:?}", row.spoken.sound),
            "frames": e.frames, "margin": e.margin, "afresh": row.talk.afresh,
        });
        format!("{line}\n")
    });
    lines.collect()
}
