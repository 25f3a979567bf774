//! How do keys travel: as telephone events in RTP (RFC 4733), or in SIP INFO?

mod event;
mod info;

pub use event::{EventReceiver, EventSender, TelephoneEvent};
pub use info::{InfoFault, key_info, read_info};
