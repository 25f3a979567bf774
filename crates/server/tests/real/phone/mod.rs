//! Layer: real. Telephone calls from PBXs and carriers.

mod audiosocket;
mod dialects;
mod far;
mod twilio;
