//! Layer: real. Telephone calls from PBXs and carriers.

mod answers;
mod audiosocket;
mod dialects;
mod far;
mod twilio;
