//! How does the telephone do, as `/health`, `/api/v1/sip` and metrics tell it?

use serde_json::{Value, json};
use tom_engine::Health;
use tom_sip::{Transport, TrunkState, TrunkStatus};

use super::Line;
use crate::metrics::{Metrics, registry as m};

/// The telephone as a part of the server: degraded with the first trunk that fails. It is never down, since whoever is
/// allowed to may call all the same.
pub(crate) fn health(line: Option<&Line>) -> Health {
    line.map_or(Health::Off, |line| of_trunks(&line.trunks()))
}

fn of_trunks(trunks: &[TrunkStatus]) -> Health {
    let failed: Vec<String> = trunks
        .iter()
        .filter_map(|trunk| Some(format!("trunk {}: {}", trunk.name, trouble(&trunk.state)?)))
        .collect();
    if failed.is_empty() { Health::Ok } else { Health::Degraded(failed.join("; ")) }
}

/// What is wrong with a trunk: status and reason.
fn trouble(state: &TrunkState) -> Option<String> {
    let TrunkState::Failed { status, reason, .. } = state else { return None };
    Some(status.map_or_else(|| reason.clone(), |status| format!("{status}: {reason}")))
}

/// Where it listens, and how each trunk does and since when.
pub(crate) fn told(line: &Line) -> Value {
    let listens: Vec<Value> = line
        .listens()
        .iter()
        .map(|(transport, address)| json!({"transport": transport.name(), "address": address.to_string()}))
        .collect();
    let trunks: Vec<Value> = line.trunks().iter().map(trunk).collect();
    json!({"listens": listens, "trunks": trunks})
}

fn trunk(trunk: &TrunkStatus) -> Value {
    let (again, expires) = match &trunk.state {
        TrunkState::Registered { expires } => (None, Some(*expires)),
        TrunkState::Failed { again, .. } => (Some(*again), None),
        TrunkState::Unregistered | TrunkState::Trying => (None, None),
    };
    let detail = trouble(&trunk.state).zip(again).map(|(why, again)| format!("{why}; again in {again} s"));
    json!({
        "name": trunk.name,
        "state": trunk.state.name(),
        "since_seconds": trunk.since.elapsed().as_secs(),
        "expires_seconds": expires,
        "detail": detail,
    })
}

/// Tells the metrics where it listens.
pub(super) fn listens(metrics: &Metrics, line: &Line) {
    for transport in Transport::ALL {
        let there = line.listens().iter().any(|(known, _)| *known == transport);
        metrics.gauge(&m::SIP_LISTENS, &[transport.name()]).set(f64::from(u8::from(there)));
    }
}

/// Tells the metrics how the trunks do, and for how long the one that has failed longest.
pub(super) fn trunks(metrics: &Metrics, trunks: &[TrunkStatus]) {
    for state in ["unregistered", "trying", "registered", "failed"] {
        let count = trunks.iter().filter(|trunk| trunk.state.name() == state).count();
        metrics.gauge(&m::SIP_TRUNKS, &[state]).set(count as f64);
    }
    let failed = trunks.iter().filter(|trunk| matches!(trunk.state, TrunkState::Failed { .. }));
    let longest = failed.map(|trunk| trunk.since.elapsed().as_secs()).max().unwrap_or(0);
    metrics.gauge(&m::SIP_FAILING, &[]).set(longest as f64);
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn status(name: &str, state: TrunkState) -> TrunkStatus {
        TrunkStatus { name: name.into(), state, since: Instant::now() }
    }

    #[test]
    fn one_trunk_that_fails_is_named_with_its_reason() {
        let good = status("home", TrunkState::Registered { expires: 300 });
        let waits = status("pbx", TrunkState::Trying);
        let failed = |status| TrunkState::Failed { status, reason: "not taken".into(), again: 5 };
        assert_eq!(of_trunks(&[]), Health::Ok);
        assert_eq!(of_trunks(&[good.clone(), waits]), Health::Ok);
        let bad = [good, status("a", failed(Some(403))), status("b", failed(None))];
        // No time stands in it: whoever follows the server is told of changes.
        assert_eq!(of_trunks(&bad), Health::Degraded("trunk a: 403: not taken; trunk b: not taken".into()));
    }
}
