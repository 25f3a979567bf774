//! How does the agent leave a SIP call?

use std::time::Duration;

use tom_sip::{Ask, Call, CallEvent, EndedBy};
use tom_turn::EndReason;

use crate::observe::outcome;

/// How long the end after our goodbye may take.
const PATIENCE: Duration = Duration::from_secs(32);
/// How long a transfer may take before we leave.
const TRANSFER: Duration = Duration::from_secs(40);

/// Where an action of the dialogue sends the caller.
pub(super) fn transfer_to(action: &tom_call::Action) -> Option<String> {
    let is_transfer = &*action.kind == "transfer";
    let to = action.data.iter().find(|(name, _)| &**name == "to").map(|(_, to)| to.to_string());
    to.filter(|to| is_transfer && !to.is_empty())
}

/// We end it: by a transfer where the dialogue decided that, and with a goodbye.
pub(super) async fn leave(call: &mut Call, reason: Option<EndReason>, transfer: Option<String>) -> EndedBy {
    if let Some(to) = transfer
        && call.ask(Ask::Transfer { to }).await.is_ok()
    {
        let connected = async {
            loop {
                match call.event().await {
                    Some(CallEvent::Transfer { status }) if status >= 200 => return (Some(status), None),
                    Some(CallEvent::Ended(ended)) => return (None, Some(ended.by)),
                    None => return (None, Some(EndedBy::Us)),
                    Some(_) => {}
                }
            }
        };
        match tokio::time::timeout(TRANSFER, connected).await {
            Ok((_, Some(by))) => return by,
            Ok((Some(status), None)) if status < 300 => {}
            Ok((status, None)) => tracing::warn!(?status, "a transfer failed; the call is hung up"),
            Err(_elapsed) => tracing::warn!("a transfer was never confirmed; the call is hung up"),
        }
    }
    let reason = reason.map_or("failure", outcome).to_owned();
    if call.ask(Ask::HangUp { reason }).await.is_ok() {
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
