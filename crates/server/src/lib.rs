//! Sockets and HTTP: WebSocket calls, health, metrics, the page.
#![forbid(unsafe_code)]
