//! Which types may a message of the server have?

use super::server::ServerEvent;

impl ServerEvent {
    /// Every `type` the server may send.
    pub const TYPES: [&'static str; 35] = [
        "connected",
        "heartbeat",
        "state",
        "floor",
        "stt_started",
        "stt_stopped",
        "stt_partial",
        "stt_final",
        "llm_started",
        "llm_token",
        "llm_final",
        "tts_audio",
        "tts_complete",
        "clear",
        "paused",
        "resumed",
        "interrupted",
        "action",
        "barge_in_ack",
        "dtmf",
        "reprompt",
        "turn_end",
        "pong",
        "mode_switched",
        "session_updated",
        "stt_error",
        "llm_error",
        "tts_error",
        "provider_error",
        "pipeline_complete",
        "pipeline_error",
        "error",
        "auth_error",
        "rate_limit_exceeded",
        "session_closed",
    ];
}
