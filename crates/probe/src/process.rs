//! What does a process cost? Processor time and memory as Linux counts them.

use std::io;
use std::time::Duration;

use serde::Serialize;

/// Ticks of a second in `/proc/PID/stat`: 100 for programs, on every architecture of Linux.
const TICKS: u64 = 100;

/// What a process has used until now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Processor time of all its threads.
    pub cpu: Duration,
    /// Resident memory, in bytes.
    pub resident: u64,
}

impl Usage {
    /// Of a running process.
    ///
    /// # Errors
    /// When there is none of that number, or the system has no `/proc`.
    pub fn of(pid: u32) -> io::Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let odd =
            || io::Error::new(io::ErrorKind::InvalidData, "the system writes /proc in a way we do not know");
        Ok(Self { cpu: cpu(&stat).ok_or_else(odd)?, resident: resident(&status).ok_or_else(odd)? })
    }

    /// Cores' worth of time used since an earlier moment that long ago.
    #[must_use]
    pub fn cores_since(&self, earlier: &Self, elapsed: Duration) -> f64 {
        self.cpu.saturating_sub(earlier.cpu).as_secs_f64() / elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// Processor time in `/proc/PID/stat`: fields 14 and 15, after a name that may hold anything.
fn cpu(stat: &str) -> Option<Duration> {
    let mut rest = stat.get(stat.rfind(')')? + 1..)?.split_whitespace().skip(11);
    let mut ticks = || rest.next()?.parse::<u64>().ok();
    let ticks = ticks()? + ticks()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS))
}

/// `VmRSS` in `/proc/PID/status`, in kB there.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_behind_any_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 1 0 0 0 150 25 7 8 20 0 3 0 100";
        assert_eq!(cpu(stat), Some(Duration::from_millis(1_750)));
        assert_eq!(cpu("42 (x"), None);
        assert_eq!(cpu(""), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    1234 kB\n"), Some(1_234 * 1_024));
        assert_eq!(resident("Name:\tx\n"), None);
    }

    #[test]
    fn this_process_uses_something() {
        assert!(Usage::of(std::process::id()).unwrap().resident > 0);
        assert!(Usage::of(u32::MAX).is_err());
    }
}
