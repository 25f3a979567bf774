//! How does a row become a call again?

use rusqlite::{Connection, Row, params};

use crate::record::{Action, Call, Latency, Media, Turn, TurnTaking};

/// The columns of a call, in the order [`call`] reads them.
pub(crate) const CALL: &str = "n, id, started_ms, transport, language, variant, reason, duration_ms, turns, \
    interruptions, false_interruptions, failures, rating, frames_in, concealed, dropped_in, frames_out, \
    dropped_out, underruns, echoes, drafts, drafts_used, judge_asked, judge_in_time, judge_late, judge_failed";

/// The same, and the kinds of its actions.
pub(crate) fn call_and_outcomes() -> String {
    format!("{CALL}, (SELECT group_concat(DISTINCT kind) FROM actions WHERE call = n)")
}

/// The number a call has in the file, and the call.
pub(crate) fn call(row: &Row<'_>) -> rusqlite::Result<(i64, Call)> {
    let call = Call {
        id: row.get(1)?,
        started_ms: number(row, 2)?,
        transport: row.get(3)?,
        language: row.get(4)?,
        variant: row.get(5)?,
        reason: row.get(6)?,
        duration_ms: some_number(row, 7)?,
        turns: row.get(8)?,
        interruptions: row.get(9)?,
        false_interruptions: row.get(10)?,
        failures: row.get(11)?,
        rating: row.get(12)?,
        outcomes: outcomes(row.get(26)?),
        media: Media {
            frames_in: number(row, 13)?,
            concealed: number(row, 14)?,
            dropped_in: number(row, 15)?,
            frames_out: number(row, 16)?,
            dropped_out: number(row, 17)?,
            underruns: number(row, 18)?,
        },
        turn_taking: TurnTaking {
            echoes: row.get(19)?,
            drafts: row.get(20)?,
            drafts_used: row.get(21)?,
            judge_asked: row.get(22)?,
            judge_in_time: row.get(23)?,
            judge_late: row.get(24)?,
            judge_failed: row.get(25)?,
        },
    };
    Ok((row.get(0)?, call))
}

fn outcomes(joined: Option<String>) -> Vec<String> {
    let mut kinds: Vec<_> = joined.iter().flat_map(|kinds| kinds.split(',')).map(str::to_owned).collect();
    kinds.sort();
    kinds
}

pub(crate) fn turns(db: &Connection, call: i64) -> rusqlite::Result<Vec<Turn>> {
    let mut statement = db.prepare_cached(
        "SELECT turn, revision, cause, ended_ms, said, heard, complete, interrupted, false_interruptions, \
         failures, end_of_turn_ms, stt_ms, llm_ms, tts_ms, voice_to_voice_ms, barge_in_ms \
         FROM turns WHERE call = ? ORDER BY position",
    )?;
    statement.query_map(params![call], turn)?.collect()
}

fn turn(row: &Row<'_>) -> rusqlite::Result<Turn> {
    Ok(Turn {
        turn: row.get(0)?,
        revision: row.get(1)?,
        cause: row.get(2)?,
        ended_ms: number(row, 3)?,
        said: row.get(4)?,
        heard: row.get(5)?,
        complete: row.get(6)?,
        interrupted: row.get(7)?,
        false_interruptions: row.get(8)?,
        failures: row.get(9)?,
        latency: Latency {
            end_of_turn_ms: some_number(row, 10)?,
            stt_ms: some_number(row, 11)?,
            llm_ms: some_number(row, 12)?,
            tts_ms: some_number(row, 13)?,
            voice_to_voice_ms: some_number(row, 14)?,
            barge_in_ms: some_number(row, 15)?,
        },
    })
}

pub(crate) fn actions(db: &Connection, call: i64) -> rusqlite::Result<Vec<Action>> {
    let mut statement =
        db.prepare_cached("SELECT kind, data FROM actions WHERE call = ? ORDER BY position")?;
    let action = |row: &Row<'_>| {
        let data: Option<String> = row.get(1)?;
        let data = data.map(|text| serde_json::from_str(&text)).transpose();
        let data = data.map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, error.into())
        })?;
        Ok(Action { kind: row.get(0)?, data })
    };
    statement.query_map(params![call], action)?.collect()
}

/// Times and counters are never negative where TOM wrote them.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

fn some_number(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(i64::unsigned_abs))
}
