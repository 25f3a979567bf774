//! Where is a SIP server (RFC 3263)? Names of services (NAPTR, SRV) are asked of the name servers here, since the system
//! has no call for them; addresses of hosts are asked of the system, which knows more than DNS.

mod client;
mod locate;
mod resolv;
mod wire;

pub(crate) use client::Dns;
pub(crate) use locate::{Place, Seek, locate};
