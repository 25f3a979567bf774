//! The settings of who speaks, and what.

use super::{Kind, Row, fixed, key};

pub(super) const AGENT: &[Row] = &[
    key(
        "agent.mode",
        Kind::Word(&["flow", "llm"]),
        "\"flow\"",
        "Who decides what is said: a scripted flow, or a language model.",
    ),
    key(
        "agent.flow",
        Kind::Text,
        "\"reception\"",
        "A flow that ships with TOM (reception, workshop) or the path of a flow file.",
    ),
    key("agent.language", Kind::Text, "\"en\"", "The language of calls that name none: en or de."),
    key(
        "agent.system_prompt",
        Kind::Text,
        "",
        "What the language model is told before each call (mode llm).",
    ),
    key("agent.greeting", Kind::Text, "", "The first words of a call (mode llm); not set: TOM's own."),
    key("agent.knowledge", Kind::Path, "", "A folder of .md and .txt files that the model may search."),
    key(
        "agent.tools",
        Kind::List,
        "[\"current_time\", \"search_knowledge\", \"take_message\", \"transfer\", \"hang_up\"]",
        "What the model may do; search_knowledge needs agent.knowledge, transfer needs agent.transfer_to; send_keys presses keys on SIP calls, for calls to other machines.",
    ),
    key("agent.transfer_to", Kind::Text, "", "Where the model puts callers through to; not set: nowhere."),
    fixed(
        "agent.cached_replies",
        Kind::Number(0, 10_000),
        "0",
        "How many of the model's replies to a caller's first question are kept for ten minutes and given again to the same \
         question; 0: none.",
    ),
    key(
        "agent.rating",
        Kind::Word(&["on", "off"]),
        "\"on\"",
        "Whether callers are asked to rate the call when the model ends it.",
    ),
];
