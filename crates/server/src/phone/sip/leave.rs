//! How does the agent leave a SIP call?

use std::time::Duration;

use tom_sip::{Ask, Call, CallEvent, EndedBy};

/// How long the end after our goodbye may take.
const PATIENCE: Duration = Duration::from_secs(32);

/// We end it, with a goodbye.
pub(super) async fn leave(call: &mut Call, reason: &str) -> EndedBy {
    if call.ask(Ask::HangUp { reason: reason.to_owned() }).await.is_ok() {
        let over = async {
            while let Some(event) = call.event().await {
                if let CallEvent::Ended(ended) = event {
                    return ended.by;
                }
            }
            EndedBy::Us
        };
        if let Ok(by) = tokio::time::timeout(PATIENCE, over).await {
            return by;
        }
    }
    EndedBy::Us
}
