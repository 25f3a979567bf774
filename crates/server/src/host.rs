//! How is the machine: processor, memory, swap, temperature?

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use sysinfo::{Components, System};

use crate::metrics::{Metrics, registry as m};

/// The machine, a few seconds ago.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct HostStats {
    /// Use of all cores, 0 to 100.
    pub cpu_percent: f32,
    /// All memory, in bytes.
    pub memory_total_bytes: u64,
    /// Memory that programs can still have, in bytes.
    pub memory_available_bytes: u64,
    /// All swap, in bytes.
    pub swap_total_bytes: u64,
    /// Swap in use, in bytes.
    pub swap_used_bytes: u64,
    /// The hottest sensor of the processor, in degrees Celsius, where there is one.
    pub temperature_celsius: Option<f32>,
}

/// Looks at the machine now and then.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostWatch {
    system: Arc<Mutex<Option<System>>>,
    last: Arc<Mutex<Option<HostStats>>>,
}

impl HostWatch {
    /// The last look; none when the system does not tell.
    pub(crate) fn last(&self) -> Option<HostStats> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks. Reads files, so it belongs on a thread that may wait.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(crate) fn look(&self, metrics: &Metrics) -> Result<(), sysinfo::Error> {
        let mut kept = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        let system = match &mut *kept {
            Some(system) => system,
            empty => empty.insert(System::new()?),
        };
        system.refresh_cpu_usage();
        system.refresh_memory();
        // Many machines, virtual ones above all, have no sensors.
        let parts = Components::new_with_refreshed_list().ok();
        let temperature = parts
            .iter()
            .flat_map(|parts| parts.iter())
            .filter(|part| is_processor(part.label()))
            .filter_map(sysinfo::Component::temperature)
            .filter(|t| t.is_finite())
            .max_by(f32::total_cmp);
        let stats = HostStats {
            cpu_percent: system.global_cpu_usage(),
            memory_total_bytes: system.total_memory(),
            memory_available_bytes: system.available_memory(),
            swap_total_bytes: system.total_swap(),
            swap_used_bytes: system.used_swap(),
            temperature_celsius: temperature,
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(stats);
        metrics.gauge(&m::CPU, &[]).set(f64::from(stats.cpu_percent));
        metrics.gauge(&m::MEMORY, &[]).set(stats.memory_available_bytes as f64);
        metrics.gauge(&m::SWAP, &[]).set(stats.swap_used_bytes as f64);
        metrics.gauge(&m::TEMPERATURE, &[]).set(temperature.map_or(f64::NAN, f64::from));
        Ok(())
    }
}

/// Sensors of the usual processors: Intel and AMD, ARM boards, the Raspberry Pi.
fn is_processor(label: &str) -> bool {
    let label = label.to_ascii_lowercase();
    ["cpu", "core", "package", "tctl", "tdie", "soc", "x86_pkg"].iter().any(|part| label.contains(part))
}
