//! Scripted dialogues: states, prompts, grammars, slots, transitions.
#![forbid(unsafe_code)]
