//! How is the file laid out, and how does an older one become a newer one?

use rusqlite::Connection;

/// The schema this version writes (SQLite's `user_version`).
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// One step each, from schema n to n + 1. Steps that were released are never changed.
const MIGRATIONS: &[&str] = &[
    // 1: calls, their turns, and what the dialogue asked to be done. A call without reason runs.
    "
    CREATE TABLE calls (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        started_ms INTEGER NOT NULL,
        transport TEXT NOT NULL,
        language TEXT NOT NULL,
        variant TEXT NOT NULL,
        reason TEXT,
        duration_ms INTEGER,
        turns INTEGER NOT NULL,
        interruptions INTEGER NOT NULL,
        false_interruptions INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        rating INTEGER,
        frames_in INTEGER NOT NULL,
        concealed INTEGER NOT NULL,
        dropped_in INTEGER NOT NULL,
        frames_out INTEGER NOT NULL,
        dropped_out INTEGER NOT NULL,
        underruns INTEGER NOT NULL,
        UNIQUE (started_ms, id)
    ) STRICT;
    CREATE INDEX calls_by_id ON calls (id, started_ms);
    CREATE TABLE turns (
        call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
        position INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        cause TEXT NOT NULL,
        ended_ms INTEGER NOT NULL,
        said TEXT,
        heard TEXT,
        complete INTEGER NOT NULL,
        interrupted INTEGER NOT NULL,
        false_interruptions INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        end_of_turn_ms INTEGER,
        stt_ms INTEGER,
        llm_ms INTEGER,
        tts_ms INTEGER,
        voice_to_voice_ms INTEGER,
        barge_in_ms INTEGER,
        PRIMARY KEY (call, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE actions (
        call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        data TEXT,
        PRIMARY KEY (call, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX actions_by_kind ON actions (kind, call);
    ",
    // 2: how turn-taking fared. Of older calls that is not known; they count as calls without it.
    "
    ALTER TABLE calls ADD COLUMN echoes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE calls ADD COLUMN drafts INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE calls ADD COLUMN drafts_used INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE calls ADD COLUMN judge_asked INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE calls ADD COLUMN judge_in_time INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE calls ADD COLUMN judge_late INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE calls ADD COLUMN judge_failed INTEGER NOT NULL DEFAULT 0;
    ",
    // 3: what has a limit by day, as calls out have.
    "
    CREATE TABLE tallies (
        name TEXT NOT NULL,
        day INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (name, day)
    ) STRICT, WITHOUT ROWID;
    ",
];

/// The schema of a file.
pub(crate) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings a file from its schema to [`VERSION`], all or nothing.
pub(crate) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    // Several processes may start at once: whoever comes second finds the work done.
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let from = usize::try_from(version(&transaction)?).unwrap_or(0);
    for (number, step) in MIGRATIONS.iter().enumerate().skip(from) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number as i64 + 1)?;
    }
    transaction.commit()
}
