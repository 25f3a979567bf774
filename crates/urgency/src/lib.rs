//! Which threads does the kernel run before others?
//!
//! What carries sound works for microseconds every 20 ms, and is heard when it comes late; an engine works for
//! seconds, and nobody hears whether it was stopped for a moment. The kernel's usual scheduler is fair to both, so
//! that a thread with sound waits for up to 16 ms while engines work, and hardly less with a nice value of -10. A
//! thread with a realtime priority does not wait for them at all (sched(7), SCHED_FIFO): this is how telephone
//! exchanges run their media. The kernel keeps a twentieth of each processor for the others, whatever such a thread
//! does.
#![forbid(unsafe_code)]

use std::io;

use rustix::process::{nice, setpriority_process};
use thread_priority::{
    NormalThreadSchedulePolicy, RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue,
    ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
};

/// How far a thread comes before others where the system allows no realtime priority but this: a nice value, of -20
/// to 19.
const AHEAD: i32 = -10;

/// How a thread is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// Before all that has no realtime priority.
    Realtime,
    /// With a greater share of the processor than others.
    #[default]
    Ahead,
    /// As everything else.
    Usual,
}

/// This thread is as urgent as that, or as the system allows, and what it starts is too unless that [is not](calm).
/// `Realtime` is the lowest priority of that kind, `Ahead` a nice value of -10; both take root, `CAP_SYS_NICE`, or a
/// limit (`RLIMIT_RTPRIO`, `RLIMIT_NICE`).
pub fn hurry(most: Urgency) -> Urgency {
    if most == Urgency::Usual {
        return most;
    }
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let realtime = || set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy).is_ok();
    if most == Urgency::Realtime && realtime() {
        Urgency::Realtime
    } else if nice(AHEAD).is_ok() {
        Urgency::Ahead
    } else {
        Urgency::Usual
    }
}

/// This thread is one of many, at that nice value (-20 to 19), whoever started it.
///
/// # Errors
/// When the system does not allow that nice value: then it is the nicer of both.
pub fn calm(nice: i32) -> io::Result<()> {
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Other);
    // The crate sets a nice value with it: 0, by its own scale of 0 to 99, which may not be allowed where the policy
    // is. The one that is wanted comes after.
    if let Ok(middle) = ThreadPriorityValue::try_from(47) {
        let _ =
            set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Crossplatform(middle), policy);
    }
    Ok(setpriority_process(None, nice)?)
}

/// Whether this thread has a realtime priority.
#[must_use]
pub fn is_realtime() -> bool {
    matches!(thread_schedule_policy(), Ok(ThreadSchedulePolicy::Realtime(_)))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use rustix::process::getpriority_process;

    use super::*;

    /// Whoever runs this may be allowed all of it or nothing.
    #[test]
    fn a_thread_is_as_urgent_as_it_says_and_calm_again() {
        for most in [Urgency::Realtime, Urgency::Ahead, Urgency::Usual] {
            thread::spawn(move || is_as_urgent_as_it_says(most)).join().unwrap();
        }
    }

    fn is_as_urgent_as_it_says(most: Urgency) {
        let before = getpriority_process(None).unwrap();
        let urgency = hurry(most);
        assert!(urgency == most || urgency != Urgency::Realtime, "no more than was asked for");
        assert_eq!(is_realtime(), urgency == Urgency::Realtime);
        let now = getpriority_process(None).unwrap();
        assert_eq!(now, if urgency == Urgency::Ahead { (before + AHEAD).max(-20) } else { before });
        let child = thread::spawn(move || {
            assert_eq!(is_realtime(), urgency == Urgency::Realtime, "inherited");
            calm(before).unwrap();
            assert!(!is_realtime());
            assert_eq!(getpriority_process(None).unwrap(), before);
            calm(before + 5).unwrap();
            assert_eq!(getpriority_process(None).unwrap(), before + 5);
        });
        child.join().unwrap();
        assert_eq!(is_realtime(), urgency == Urgency::Realtime, "others are left alone");
    }
}
