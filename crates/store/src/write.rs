//! How is a call written?

use std::borrow::Cow;

use rusqlite::{Connection, params};
use tom_turn::mask_numbers;

use crate::filter::{integer, text};
use crate::record::{Action, Call, Detail, Progress, Turn};

/// Writes the call itself, or writes it anew, and tells its number in the file.
pub(crate) fn call(db: &Connection, call: &Call) -> rusqlite::Result<i64> {
    let mut statement = db.prepare_cached(
        "INSERT INTO calls (id, started_ms, transport, language, variant, reason, duration_ms, turns, \
         interruptions, false_interruptions, failures, rating, frames_in, concealed, dropped_in, frames_out, \
         dropped_out, underruns, echoes, drafts, drafts_used, judge_asked, judge_in_time, judge_late, \
         judge_failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (started_ms, id) DO UPDATE SET transport = excluded.transport, \
         language = excluded.language, variant = excluded.variant, reason = excluded.reason, \
         duration_ms = excluded.duration_ms, turns = excluded.turns, interruptions = excluded.interruptions, \
         false_interruptions = excluded.false_interruptions, failures = excluded.failures, \
         rating = excluded.rating, frames_in = excluded.frames_in, concealed = excluded.concealed, \
         dropped_in = excluded.dropped_in, frames_out = excluded.frames_out, \
         dropped_out = excluded.dropped_out, underruns = excluded.underruns, echoes = excluded.echoes, \
         drafts = excluded.drafts, drafts_used = excluded.drafts_used, judge_asked = excluded.judge_asked, \
         judge_in_time = excluded.judge_in_time, judge_late = excluded.judge_late, \
         judge_failed = excluded.judge_failed \
         RETURNING n",
    )?;
    let (media, taking) = (&call.media, &call.turn_taking);
    statement.query_row(
        params![
            text(&call.id),
            integer(call.started_ms),
            text(&call.transport),
            text(&call.language),
            text(&call.variant),
            call.reason,
            call.duration_ms.map(integer),
            call.turns,
            call.interruptions,
            call.false_interruptions,
            call.failures,
            call.rating,
            integer(media.frames_in),
            integer(media.concealed),
            integer(media.dropped_in),
            integer(media.frames_out),
            integer(media.dropped_out),
            integer(media.underruns),
            taking.echoes,
            taking.drafts,
            taking.drafts_used,
            taking.judge_asked,
            taking.judge_in_time,
            taking.judge_late,
            taking.judge_failed,
        ],
        |row| row.get(0),
    )
}

/// Writes a call with all that is kept of it. `texts`: what was said is kept as well.
pub(crate) fn detail(db: &Connection, detail: &Detail, texts: bool) -> rusqlite::Result<()> {
    let n = call(db, &detail.call)?;
    for table in ["DELETE FROM turns WHERE call = ?", "DELETE FROM actions WHERE call = ?"] {
        db.prepare_cached(table)?.execute([n])?;
    }
    for (position, turn) in detail.turns.iter().enumerate() {
        write_turn(db, n, position, turn, texts)?;
    }
    for (position, action) in detail.actions.iter().enumerate() {
        write_action(db, n, position, action, texts)?;
    }
    Ok(())
}

/// Writes a turn that ended, and the call as far as it is known. What is there already is written anew.
pub(crate) fn progress(db: &Connection, progress: &Progress, texts: bool) -> rusqlite::Result<()> {
    let n = call(db, &progress.call)?;
    let (position, turn) = &progress.turn;
    write_turn(db, n, *position, turn, texts)?;
    for (position, action) in (progress.first_action..).zip(&progress.actions) {
        write_action(db, n, position, action, texts)?;
    }
    Ok(())
}

fn write_turn(db: &Connection, n: i64, position: usize, turn: &Turn, texts: bool) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT OR REPLACE INTO turns (call, position, turn, revision, cause, ended_ms, said, heard, complete, interrupted, \
         false_interruptions, failures, end_of_turn_ms, stt_ms, llm_ms, tts_ms, voice_to_voice_ms, barge_in_ms) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let latency = &turn.latency;
    statement.execute(params![
        n,
        position as i64,
        turn.turn,
        turn.revision,
        turn.cause,
        integer(turn.ended_ms),
        kept(turn.said.as_deref(), texts),
        kept(turn.heard.as_deref(), texts),
        turn.complete,
        turn.interrupted,
        turn.false_interruptions,
        turn.failures,
        latency.end_of_turn_ms.map(integer),
        latency.stt_ms.map(integer),
        latency.llm_ms.map(integer),
        latency.tts_ms.map(integer),
        latency.voice_to_voice_ms.map(integer),
        latency.barge_in_ms.map(integer),
    ])?;
    Ok(())
}

fn write_action(
    db: &Connection,
    n: i64,
    position: usize,
    action: &Action,
    texts: bool,
) -> rusqlite::Result<()> {
    let data = action.data.as_ref().filter(|_| texts).map(|data| {
        let hidden = |text: &str| mask_numbers(text).into_owned();
        let data: Vec<_> = data.iter().map(|(name, value)| (name.as_str(), hidden(value))).collect();
        serde_json::json!(data).to_string()
    });
    let mut statement =
        db.prepare_cached("INSERT OR REPLACE INTO actions (call, position, kind, data) VALUES (?, ?, ?, ?)")?;
    statement.execute(params![n, position as i64, action.kind, data])?;
    Ok(())
}

/// A text as it may be kept.
fn kept(text: Option<&str>, texts: bool) -> Option<Cow<'_, str>> {
    text.filter(|_| texts).map(mask_numbers)
}
