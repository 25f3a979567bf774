//! A caller in software: plays audio over WebSocket and measures what comes back.
#![forbid(unsafe_code)]
