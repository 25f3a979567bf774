//! TOM, a real-time voice assistant server.

fn main() {}
