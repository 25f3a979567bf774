//! Why did a call not take place at all?

/// What keeps a call from beginning. What goes wrong later stands in the report.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address cannot be used.
    #[error("{url:?} is no address to call: {why}; write ws://HOST:PORT or ws://HOST:PORT/ws/stream/CALL_ID")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody answered, or not with a WebSocket.
    #[error("cannot reach {url}: {why}; is the server running there (tom serve)?")]
    Connect {
        /// The address, without its query.
        url: String,
        /// What happened.
        why: String,
    },
    /// The server answered with an HTTP error.
    #[error("{url} refused the call with HTTP {status}: {body}")]
    Refused {
        /// The address, without its query.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        body: String,
    },
    /// A recording cannot be read.
    #[error("the recording {name} cannot be used: {why}")]
    Recording {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// An option makes no sense.
    #[error("{0}")]
    Option(String),
}
