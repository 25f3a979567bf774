//! Sockets and HTTP: calls over WebSocket and AudioSocket, health, metrics, the page.
//!
//! [`Server`] listens; a [`Switchboard`] that the program supplies makes each call ready and tells how the
//! engines are. Every connection is a task that owns its socket and speaks with one call through bounded
//! channels. The protocol is described in `docs/protocol.md`.
#![forbid(unsafe_code)]

mod addresses;
mod answer;
mod api;
mod app;
mod ask;
mod auth;
mod calls;
mod config;
mod crew;
mod health;
mod host;
mod listener;
mod live;
pub mod metrics;
mod names;
mod networks;
mod observe;
mod page;
mod phone;
mod refuse;
mod routes;
mod serve;
mod socket;
mod strain;
mod switchboard;
mod upgrade;

pub use api::{Keep, OPENAPI, api_routes, read_call, read_calls};
pub use calls::Calls;
pub use config::{Limits, ServerConfig, ServerError, Spare, Timing, Token};
pub use host::HostStats;
pub use live::LiveCall;
pub use metrics::Metrics;
pub use phone::sip::{DialRules, Join, Post, SipConfig, SipError, TransferRules};
pub use phone::{Carriers, MediaUrl, PublicUrl, Secret, TelnyxKey};
pub use serve::{Server, Stop};
pub use strain::{Change, Level, Sign, Signs, Strain};
pub use switchboard::{CacheCounts, CallRequest, HeldCounts, Names, PartsHealth, Switchboard, Transport};
