//! How are workers started, and how do their events, faults and state look to those who use engines?

use tokio::sync::mpsc::{Sender, error::TrySendError};
use tom_engine::{EngineError, ErrorKind, Health};
use tom_worker::{Event, Fault, FaultKind, Status, Supervisor, SupervisorOptions};

/// Starts the supervisor of workers and returns at once; `whose` is what the error calls them.
///
/// # Errors
/// When the system has no threads left.
pub(crate) fn start(run: SupervisorOptions, whose: &str) -> Result<Supervisor, EngineError> {
    Supervisor::start(run).map_err(|error| {
        let what = format!("no threads are left to run {whose}");
        EngineError::new(ErrorKind::Unavailable, what).because(error)
    })
}

/// Gives a call what a worker said, in the words of its engine (`None`: it is of no interest). An event for which the call
/// has no room comes back untranslated, to be given again; a call that is over has room for all.
pub(crate) fn pass<T>(
    events: &Sender<T>,
    event: Event,
    translate: impl FnOnce(Event) -> Option<T>,
) -> Result<(), Event> {
    match events.try_reserve() {
        Ok(room) => {
            if let Some(event) = translate(event) {
                room.send(event);
            }
            Ok(())
        }
        Err(TrySendError::Full(())) => Err(event),
        // The call is over.
        Err(TrySendError::Closed(())) => Ok(()),
    }
}

/// A worker's fault as an engine's error.
pub(crate) fn engine_error(fault: Fault) -> EngineError {
    let kind = match fault.kind {
        FaultKind::Missing => ErrorKind::Missing,
        FaultKind::Unavailable => ErrorKind::Unavailable,
        FaultKind::Crashed => ErrorKind::Crashed,
        FaultKind::Timeout => ErrorKind::Timeout,
        FaultKind::Overload => ErrorKind::Overload,
        FaultKind::BadRequest => ErrorKind::BadRequest,
        FaultKind::Protocol => ErrorKind::Protocol,
    };
    EngineError::new(kind, fault.message)
}

/// How an engine is whose workers are like this.
pub(crate) fn health(status: &Status) -> Health {
    let (up, shards) = (status.up, status.shards);
    let why = status.fault.as_ref().map_or("being started", |fault| fault.message.as_str());
    // Those that are to end and still have calls are up, too.
    if up >= shards {
        Health::Ok
    } else if up > 0 {
        Health::Degraded(format!("{up} of {shards} workers ready: {why}"))
    } else if status.starting > 0 {
        Health::Degraded(format!("no worker ready: {why}"))
    } else {
        Health::Down(why.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(up: usize, starting: usize, fault: Option<Fault>) -> Status {
        Status {
            shards: 2,
            up,
            starting,
            fault,
            hello: None,
            pids: Vec::new(),
            streams: 0,
            restarts: 0,
            fed_again: 0,
            lost: 0,
            overloads: 0,
        }
    }

    #[test]
    fn an_engine_is_as_well_as_its_workers() {
        let fault = || Some(Fault::new(FaultKind::Missing, "not installed: install it"));
        assert_eq!(health(&status(2, 0, None)), Health::Ok);
        assert_eq!(health(&status(1, 1, None)).as_str(), "degraded");
        assert_eq!(health(&status(0, 2, None)).as_str(), "degraded");
        assert_eq!(health(&status(0, 0, fault())), Health::Down("not installed: install it".into()));
        assert!(matches!(health(&status(1, 0, fault())), Health::Degraded(why) if why.contains("1 of 2")));
    }

    #[test]
    fn every_fault_keeps_its_word() {
        for kind in FaultKind::ALL {
            let error = engine_error(Fault::new(kind, "what"));
            assert_eq!((error.kind.as_str(), error.what.as_str()), (kind.as_str(), "what"));
        }
    }
}
