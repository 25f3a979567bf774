//! Which metrics are there? Each is named here once; nothing else may be exported.

/// What a metric counts like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution over these upper bounds.
    Histogram(&'static [f64]),
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it counts like.
    pub kind: Kind,
    /// Its labels, each with every value it may have: never a number, an id or free text.
    pub labels: &'static [(&'static str, &'static [&'static str])],
    /// What it says, with its unit.
    pub help: &'static str,
}

const fn metric(
    name: &'static str,
    kind: Kind,
    labels: &'static [(&'static str, &'static [&'static str])],
    help: &'static str,
) -> Metric {
    Metric { name, kind, labels, help }
}

/// Declares each metric as a constant and lists them all.
macro_rules! metrics {
    ($($id:ident = $name:literal, $kind:expr, $labels:expr, $help:literal;)*) => {
        $(#[doc = $help] pub const $id: Metric = metric($name, $kind, $labels, $help);)*
        /// Every metric.
        pub const ALL: &[&Metric] = &[$(&$id),*];
    };
}

use Kind::{Counter, Gauge, Histogram};

/// Seconds, close together around the targets of 120, 500 and 800 ms.
const SECONDS: &[f64] = &[0.025, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.8, 1.0, 1.5, 2.5, 5.0];
const BARGE_IN: &[f64] = &[0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.5];
const CALL: &[f64] = &[10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0];
const E2E_MS: &[f64] = &[50.0, 100.0, 150.0, 200.0, 300.0, 500.0, 800.0, 1200.0, 2000.0];
const STAGE_MS: &[f64] = &[10.0, 20.0, 40.0, 80.0, 120.0, 200.0, 300.0, 500.0, 800.0, 1200.0, 2000.0, 5000.0];

const TRANSPORT: (&str, &[&str]) = (
    "transport",
    &[
        "ws",
        "rvc",
        "audiosocket",
        "asterisk",
        "freeswitch",
        "jambonz",
        "audio_stream",
        "twilio",
        "telnyx",
        "vonage",
        "plivo",
        "exotel",
        "sip",
    ],
);
const STAGE: (&str, &[&str]) = ("stage", &["stt", "llm", "tts"]);
const OUTCOME: (&str, &[&str]) =
    ("outcome", &["caller", "agent", "transferred", "silence", "too_long", "unanswered", "drain", "failure"]);

const LEVEL: (&str, &[&str]) = ("level", &["normal", "lean", "built_in", "full"]);
const CACHE: (&str, &[&str]) = ("cache", &["prompts", "replies"]);
const WAY: (&str, &[&str]) = ("direction", &["in", "out"]);
const JITTER: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2];

metrics! {
    CALLS_ACTIVE = "tom_calls_active", Gauge, &[], "Calls running now.";
    CALLS_ACTIVE_ALIAS = "tom_telephony_active_calls_total", Gauge, &[], "Calls running now; an older name of tom_calls_active.";
    CALLS_CAPACITY = "tom_calls_capacity", Gauge, &[], "Calls this node takes at once.";
    NODE_DRAINING = "tom_node_draining", Gauge, &[], "1 while the node takes no new calls because it stops.";
    CALLS = "tom_calls_total", Counter, &[OUTCOME], "Calls that ended, by why.";
    CALLS_ALIAS = "tom_telephony_calls_total", Counter, &[], "Calls begun.";
    CALLS_FAILED = "tom_telephony_calls_failed_total", Counter, &[], "Calls that ended because something failed.";
    CALL_DURATION = "tom_telephony_call_duration_seconds", Histogram(CALL), &[], "How long calls lasted, in seconds of audio.";
    E2E = "tom_turn_e2e_latency_seconds", Histogram(SECONDS), &[TRANSPORT, ("engine", &["local"])], "Caller's last voiced sample in, to first agent sample out (voice to voice), in seconds.";
    E2E_MS_ALIAS = "tom_realtime_e2e_ms", Histogram(E2E_MS), &[], "Decision that the caller's turn is over to first agent audio, in milliseconds.";
    END_OF_TURN = "tom_turn_end_of_turn_delay_seconds", Histogram(SECONDS), &[], "Caller's last voiced sample to the decision that the turn is over, in seconds.";
    STT_DELAY = "tom_stt_final_delay_seconds", Histogram(SECONDS), &[], "Asking the recogniser for its result to having it, in seconds.";
    LLM_TTFT = "tom_llm_ttft_seconds", Histogram(SECONDS), &[], "Asking for a reply to its first text, in seconds.";
    TTS_TTFB = "tom_tts_ttfb_seconds", Histogram(SECONDS), &[], "Asking the synthesiser to its first audio, in seconds.";
    STAGE_MS_ALIAS = "tom_stage_latency_ms", Histogram(STAGE_MS), &[STAGE], "What each stage of a turn took, in milliseconds.";
    STT_ALIAS = "stt_latency_seconds", Histogram(SECONDS), &[], "An older name of tom_stt_final_delay_seconds.";
    LLM_ALIAS = "llm_latency_seconds", Histogram(SECONDS), &[], "An older name of tom_llm_ttft_seconds.";
    TTS_ALIAS = "tts_latency_seconds", Histogram(SECONDS), &[], "An older name of tom_tts_ttfb_seconds.";
    BARGE_IN_STOP = "tom_barge_in_stop_seconds", Histogram(BARGE_IN), &[], "Caller's onset over the reply to the last agent sample sent, in seconds.";
    BARGE_IN_ALIAS = "tom_telephony_barge_in_latency_seconds", Histogram(BARGE_IN), &[], "An older name of tom_barge_in_stop_seconds.";
    BARGE_IN_COUNT = "tom_barge_in_total", Counter, &[("kind", &["true", "false", "backchannel"])], "Speech over a reply: taken for an interruption, for nothing, for a listener's word.";
    ECHOES = "tom_echo_onsets_total", Counter, &[], "Onsets over a reply that were only the agent's own voice.";
    JUDGED = "tom_end_of_turn_total", Counter, &[("opinion", &["in_time", "late", "none"])], "Questions to the end-of-turn model: answered before the decision, after it, or not at all; without an opinion words and pauses decide.";
    DRAFTS = "tom_drafts_total", Counter, &[("fate", &["used", "dropped"])], "Replies begun in the caller's pause: wanted, or thrown away because the caller went on.";
    ERRORS = "tom_errors_total", Counter, &[("component", &["stt", "llm", "tts", "call", "wire", "client"])], "Failures: of an engine, of a call's task, of a client's messages, of a client that does not read.";
    ERRORS_ALIAS = "pipeline_errors_total", Counter, &[("type", &["stt", "llm", "tts"])], "Failures of engines.";
    BACKEND = "tom_realtime_backend", Gauge, &[("backend", &["local", "provider"])], "1 for where speech is processed.";
    FRAMES_SENT = "tom_audio_frames_sent_total", Counter, &[], "20 ms frames of agent audio written to clients.";
    FRAMES_DROPPED = "tom_audio_frames_dropped_total", Counter, &[], "20 ms frames lost: agent audio for clients that read slowly, caller audio that came too fast.";
    UNDERRUNS = "tom_audio_underrun_total", Counter, &[], "Times a reply's audio ran dry while it played.";
    QUEUE_DEPTH = "audio_queue_depth", Gauge, &[], "20 ms frames of agent audio waiting for clients now.";
    BACKPRESSURE = "tom_ws_backpressure_events_total", Counter, &[], "Times a client's queue of agent audio became full.";
    BACKPRESSURE_DROPS = "tom_ws_backpressure_drops_total", Counter, &[], "Frames of agent audio dropped because a client's queue was full.";
    CONNECTIONS = "websocket_connections_active", Gauge, &[], "WebSockets open now.";
    RESPONSES = "tom_ws_gateway_http_responses_total", Counter, &[("code", &["101", "400", "401", "403", "409", "426", "429", "503"])], "Answers to requests for a call.";
    RATE_LIMIT = "tom_ws_gateway_rate_limit_total", Counter, &[("type", &["messages_per_sec", "bytes_per_sec", "frame_size", "connections"])], "Times a limit was met.";
    RATE_LIMIT_ALL = "tom_ratelimit_total", Counter, &[], "Times any limit was met.";
    BLOCKED = "tom_blocked_dial_attempts_total", Counter, &[("reason", &["origin", "host", "address", "conn_rate", "connections", "emergency", "dial_number", "dial_emergency", "dial_denied", "dial_prefix", "dial_per_day", "dial_at_once", "dial_token"])], "Calls and connections refused before they began.";
    AUTH_REJECTED = "tom_auth_rejected_total", Counter, &[("reason", &["missing", "invalid", "timeout"])], "Calls refused for want of the right token.";
    CLI_REWRITE = "tom_cli_rewrite_total", Counter, &[], "Callers' numbers that were masked.";
    SIP_CALLS = "tom_sip_calls_total", Counter, &[WAY, ("end", &["us", "peer", "cancelled", "busy", "declined", "no_answer", "moved", "unauthorized", "refused", "lost"])], "SIP calls that ended, by who or what ended them.";
    TRANSFERS = "tom_transfers_total", Counter, &[("way", &["attended", "blind"]), ("end", &["connected", "busy", "declined", "no_answer", "machine", "failed"])], "Callers who were to be connected with a person, by what came of it.";
    HOLDS = "tom_holds_total", Counter, &[], "Times callers were put on hold, by the dialogue or by an order.";
    JOINS = "tom_transfer_joins_total", Counter, &[("end", &["joined", "refused", "no_answer", "not_able", "left"])], "Callers connected with a person through us whose own side was asked to connect them directly, by what came of it; they talk on through us unless joined.";
    SUMMARIES = "tom_transfer_summaries_total", Counter, &[("result", &["ok", "failed"])], "Summaries posted before callers were connected.";
    PICKED_UP = "tom_dial_picked_up_total", Counter, &[("by", &["human", "machine", "unknown"])], "Calls made that were answered, by who seems to have picked up.";
    SIP_SETUP = "tom_sip_setup_seconds", Histogram(SECONDS), &[WAY], "INVITE to answer, in seconds.";
    SIP_REFUSED = "tom_sip_refused_total", Counter, &[("reason", tom_sip::REASONS)], "SIP messages refused, dropped or not understood.";
    SIP_TRUNKS = "tom_sip_trunks", Gauge, &[("state", &["unregistered", "trying", "registered", "failed"])], "SIP trunks by state.";
    SIP_FAILING = "tom_sip_trunk_failing_seconds", Gauge, &[], "For how long the trunk has failed that has failed longest, in seconds; 0: none fails.";
    SIP_LISTENS = "tom_sip_listens", Gauge, &[("transport", &["udp", "tcp", "tls"])], "Whether SIP is taken over a transport: 1 or 0.";
    RTP_CALLS = "tom_rtp_calls_total", Counter, &[("codec", &["pcmu", "pcma", "g722", "opus"])], "Calls with RTP that ended, by codec.";
    RTP_PACKETS = "tom_rtp_packets_total", Counter, &[("direction", &["sent", "received"])], "RTP packets of calls that ended.";
    RTP_LOST = "tom_rtp_lost_total", Counter, &[], "RTP packets that never came, of calls that ended.";
    RTP_CONCEALED = "tom_rtp_concealed_milliseconds_total", Counter, &[], "Audio made up for packets lost or late, in milliseconds, of calls that ended.";
    RTP_JITTER = "tom_rtp_jitter_seconds", Histogram(JITTER), &[], "Interarrival jitter of RTP at the end of a call (RFC 3550), in seconds.";
    RTP_WAITED = "tom_rtp_buffered_seconds", Histogram(JITTER), &[], "How long the packets of a call waited in its jitter buffer on average, in seconds, of calls that ended.";
    RTP_ROUND_TRIP = "tom_rtp_round_trip_seconds", Histogram(JITTER), &[], "Round trip by RTCP at the end of a call, in seconds.";
    RTP_REJECTED = "tom_rtp_rejected_total", Counter, &[("reason", &["empty", "short", "long", "version", "csrc", "extension", "padding", "payload_type", "payload", "foreign", "stream", "sequence", "authentication", "replay", "rtcp", "held"])], "Datagrams on RTP ports that were not taken, of calls that ended.";
    CPU = "system_cpu_percent", Gauge, &[], "Use of all cores, 0 to 100.";
    MEMORY = "system_memory_available_bytes", Gauge, &[], "Memory that programs can still have.";
    SWAP = "system_swap_usage_bytes", Gauge, &[], "Swap in use.";
    TEMPERATURE = "system_cpu_temperature_celsius", Gauge, &[], "The hottest sensor of the processor; NaN where there is none.";
    STRAIN = "tom_strain_level", Gauge, &[LEVEL], "1 for how much the machine is spared now because of little memory, heat or swapping.";
    STRAIN_CHANGES = "tom_strain_changes_total", Counter, &[LEVEL, ("because", &["memory", "heat", "swap", "waiting", "none"])], "Times that level was taken, by what asked for it; none: all is well again.";
    CALLS_HELD = "tom_calls_held", Gauge, &[], "Callers who hold the line now, because engines of this machine have no room for them.";
    HELD = "tom_calls_held_total", Counter, &[("outcome", &["admitted", "refused", "left"])], "Callers who held the line: there was room for them, they were asked to call again, or they hung up.";
    SPARED_CALLS = "tom_spared_calls_total", Counter, &[("engine", &["whisper"])], "Calls that got a smaller model of an engine, or fewer threads, because of little memory, heat or swapping.";
    CACHE_LOOKUPS = "tom_cache_lookups_total", Counter, &[CACHE, ("result", &["hit", "miss"])], "Prompts and replies that were looked for among those kept.";
    CACHE_ENTRIES = "tom_cache_entries", Gauge, &[CACHE], "Prompts and replies that are kept.";
    CACHE_BYTES = "tom_cache_bytes", Gauge, &[CACHE], "Memory that kept prompts and replies take, in bytes.";
    BUILD = "tom_build_info", Gauge, &[("version", &[env!("CARGO_PKG_VERSION")])], "1; the version is the label.";
}
