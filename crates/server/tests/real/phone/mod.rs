//! Layer: real. Telephone calls from PBXs and carriers.

mod answers;
mod audiosocket;
mod baresip;
mod dialects;
mod dialling;
mod far;
pub(crate) mod held;
mod join;
mod joined;
mod ordered;
mod pickup;
mod sip;
mod transfers;
mod twilio;
mod voice;

use std::time::Duration;

use tom_server::{DialRules, SipConfig, TransferRules};
use tom_sip::{Call, CallEvent, Dial, Options, Phone, Transport};
use tom_wire::sdp::{Codec, SrtpPolicy, Terms};

use crate::common::PATIENCE;

/// SIP on loopback, where everybody may call and few may be called.
pub(crate) fn sip_config() -> SipConfig {
    SipConfig {
        signalling: Options {
            listen: vec![(Transport::Udp, "127.0.0.1:0".parse().unwrap())],
            allow: vec!["127.0.0.0/8".parse().unwrap()],
            ..Options::default()
        },
        // Ports that others have are passed over.
        rtp_ports: (21_000, 29_999),
        silence: Duration::from_secs(60),
        terms: Terms { codecs: Codec::ALL.to_vec(), srtp: SrtpPolicy::Accept, noise: true },
        dial: DialRules {
            prefixes: vec!["+49".into()],
            deny: vec!["+49900".into()],
            country: "+49".into(),
            per_day: 10,
            at_once: 10,
            machine: None,
        },
        transfer: TransferRules::default(),
    }
}

/// A telephone of ours, and a call it made that was answered. What it offers names a port nobody listens on.
pub(crate) async fn call(to: &str) -> (Phone, Call) {
    let (phone, _incoming) = Phone::start(sip_config().signalling).await.unwrap();
    let offer = "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                 m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
    let dial = Dial { to: to.to_owned(), offer: offer.as_bytes().to_vec(), ..Dial::default() };
    let call = phone.dial(dial).await.unwrap();
    (phone, call)
}

/// What happens next on a call.
pub(crate) async fn next(call: &mut Call) -> CallEvent {
    tokio::time::timeout(PATIENCE, call.event()).await.expect("nothing happens").expect("it is over")
}
