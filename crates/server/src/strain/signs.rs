//! What does the kernel tell of memory, heat and swap?

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::level::Signs;

/// Reads `/proc` and `/sys`, or folders that stand for them.
#[derive(Debug)]
pub(crate) struct Kernel {
    proc: PathBuf,
    sys: PathBuf,
    /// Pages that had been swapped by the last look, and when that was.
    before: Option<(u64, Duration)>,
}

impl Default for Kernel {
    fn default() -> Self {
        Self::below(Path::new("/"))
    }
}

impl Kernel {
    /// The kernel of a root folder.
    pub(crate) fn below(root: &Path) -> Self {
        Self { proc: root.join("proc"), sys: root.join("sys"), before: None }
    }

    /// Looks at a time. Reads files, so it belongs on a thread that may wait. What is not told is left out.
    pub(crate) fn look(&mut self, at: Duration) -> Signs {
        let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
        let memory = read(self.proc.join("meminfo"));
        let bytes = |name: &str| kilobytes(&memory, name).map(|kilobytes| kilobytes.saturating_mul(1_024));
        let pages = pages(&read(self.proc.join("vmstat")));
        let swapping = self.before.zip(pages).and_then(|((pages, then), now)| {
            let seconds = at.checked_sub(then)?.as_secs_f32();
            (seconds > 0.0).then(|| now.saturating_sub(pages) as f32 / seconds)
        });
        self.before = pages.map(|pages| (pages, at)).or(self.before);
        Signs {
            memory: bytes("MemTotal"),
            available: bytes("MemAvailable"),
            celsius: self.hottest(),
            swapped: bytes("SwapTotal").zip(bytes("SwapFree")).map(|(all, free)| all.saturating_sub(free)),
            swapping,
            waiting: waiting(&read(self.proc.join("pressure/memory"))),
        }
    }

    /// The hottest thermal zone of the processor; where none is called so, of all.
    fn hottest(&self) -> Option<f32> {
        let zones = fs::read_dir(self.sys.join("class/thermal")).ok()?;
        let read = |path: PathBuf| fs::read_to_string(path).ok();
        let zones: Vec<(bool, f32)> = zones
            .filter_map(|zone| {
                let zone = zone
                    .ok()
                    .filter(|zone| zone.file_name().to_string_lossy().starts_with("thermal_zone"))?;
                let kind = read(zone.path().join("type")).unwrap_or_default().to_ascii_lowercase();
                let celsius = read(zone.path().join("temp"))?.trim().parse::<f32>().ok()? / 1_000.0;
                // Sensors that are off say 0 K or nonsense.
                let is_real = (-40.0..150.0).contains(&celsius);
                is_real.then_some((
                    ["cpu", "pkg", "soc", "core"].iter().any(|part| kind.contains(part)),
                    celsius,
                ))
            })
            .collect();
        let named = zones.iter().any(|(is_processor, _)| *is_processor);
        let of = zones.iter().filter(|(is_processor, _)| *is_processor || !named);
        of.map(|(_, celsius)| *celsius).max_by(f32::total_cmp)
    }
}

/// A line `NAME:   123 kB` of meminfo.
fn kilobytes(meminfo: &str, name: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Pages that went to swap and came back since the machine started.
fn pages(vmstat: &str) -> Option<u64> {
    let count = |name: &str| {
        vmstat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<u64>().ok())
    };
    Some(count("pswpin")?.saturating_add(count("pswpout")?))
}

/// `some avg10=1.23 ...` of a pressure file.
fn waiting(pressure: &str) -> Option<f32> {
    let some = pressure.lines().find_map(|line| line.strip_prefix("some "))?;
    let share = some.split(' ').find_map(|field| field.strip_prefix("avg10="))?.parse::<f32>().ok()?;
    share.is_finite().then_some(share)
}
