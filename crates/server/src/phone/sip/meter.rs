//! Which numbers does a SIP call move?

use std::time::Duration;

use tom_rtp::{Reject, Statistics};
use tom_sip::EndedBy;

use crate::metrics::{Metrics, registry as m};

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// A call was answered so long after it was asked for.
pub(super) fn answered(metrics: &Metrics, way: Way, took: Duration) {
    metrics.observe(&m::SIP_SETUP, &[way.name()], took.as_secs_f64());
}

/// A call is over.
pub(super) fn ended(metrics: &Metrics, way: Way, by: EndedBy, sound: Option<&Statistics>) {
    metrics.count(&m::SIP_CALLS, &[way.name(), by.name()]);
    let Some(sound) = sound else { return };
    metrics.count(&m::RTP_CALLS, &[codec(sound)]);
    metrics.counter(&m::RTP_PACKETS, &["sent"]).increment(sound.sent);
    metrics.counter(&m::RTP_PACKETS, &["received"]).increment(sound.received);
    metrics.counter(&m::RTP_LOST, &[]).increment(sound.lost);
    let concealed = u64::try_from(sound.concealed.as_millis()).unwrap_or(u64::MAX);
    metrics.counter(&m::RTP_CONCEALED, &[]).increment(concealed);
    metrics.observe(&m::RTP_JITTER, &[], sound.jitter.as_secs_f64());
    metrics.observe(&m::RTP_WAITED, &[], sound.waited.mean().as_secs_f64());
    if let Some(trip) = sound.round_trip {
        metrics.observe(&m::RTP_ROUND_TRIP, &[], trip.as_secs_f64());
    }
    for reason in Reject::ALL {
        metrics.counter(&m::RTP_REJECTED, &[reason.as_str()]).increment(sound.rejected(reason));
    }
}

fn codec(sound: &Statistics) -> &'static str {
    use tom_wire::sdp::Codec;
    match sound.codec {
        Codec::Pcmu => "pcmu",
        Codec::Pcma => "pcma",
        Codec::G722 => "g722",
        Codec::Opus => "opus",
    }
}
