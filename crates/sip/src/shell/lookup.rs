//! Which addresses does a name have?

use std::net::IpAddr;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::run::Word;
use crate::core::io::Input;

/// How long a name may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the system. Nothing: the name is unknown, or nobody answers.
pub(super) async fn addresses(host: &str, port: u16) -> Vec<IpAddr> {
    match tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(found)) => found.map(|address| address.ip()).collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

/// Asks, and tells the core.
pub(super) fn tell(host: String, port: u16, words: mpsc::Sender<Word>, stop: CancellationToken) {
    tokio::spawn(async move {
        let found = tokio::select! {
            found = addresses(&host, port) => found,
            () = stop.cancelled() => return,
        };
        if !found.is_empty() {
            let _stopped = words.send(Word::Input(Input::Resolved(host, found))).await;
        }
    });
}
