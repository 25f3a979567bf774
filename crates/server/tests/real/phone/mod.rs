//! Layer: real. Telephone calls from PBXs and carriers.

mod audiosocket;
mod twilio;
