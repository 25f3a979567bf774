//! What does this machine compute with, which profile holds, and what would be faster?

use std::path::{Path, PathBuf};

use tom_shelf::{Catalogue, Machine};

use super::{Finding, note, ok};
use crate::config::{Applied, PartState};

/// What is looked at of a machine.
#[derive(Clone, Debug)]
pub(super) struct Means {
    machine: Machine,
    /// Memory that programs can still have, in MB.
    free_mb: u64,
    swap_mb: u64,
    /// Names of instruction sets, as the kernel writes them.
    flags: Vec<String>,
    /// How the clock of the processor is led; none: the system does not say.
    governor: Option<String>,
    /// The library of onnxruntime.
    onnxruntime: Option<PathBuf>,
}

impl Means {
    pub(super) fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let memory = read("/proc/meminfo");
        let megabytes = |name: &str| {
            let line = memory.lines().find_map(|line| line.strip_prefix(name)?.strip_suffix(" kB"));
            line.and_then(|value| value.trim().parse::<u64>().ok()).unwrap_or(0) * 1_024 / 1_000_000
        };
        let cpu = read("/proc/cpuinfo");
        let flags = cpu.lines().find_map(|line| {
            let (name, flags) = line.split_once(':')?;
            matches!(name.trim(), "flags" | "Features").then_some(flags)
        });
        let governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
        Self {
            machine: Machine::here(),
            free_mb: megabytes("MemAvailable:"),
            swap_mb: megabytes("SwapTotal:"),
            flags: flags.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            governor: Some(governor.trim().to_owned()).filter(|governor| !governor.is_empty()),
            onnxruntime: onnxruntime(),
        }
    }

    /// The instructions that networks are computed with, the best first; empty: none of those that help.
    fn instructions(&self) -> Vec<&'static str> {
        const KNOWN: [(&str, &str); 7] = [
            ("avx512_vnni", "AVX-512 VNNI"),
            ("avx512bw", "AVX-512"),
            ("avx_vnni", "AVX-VNNI"),
            ("avx2", "AVX2"),
            ("i8mm", "NEON int8 matrices"),
            ("asimddp", "NEON dot products"),
            ("asimd", "NEON"),
        ];
        KNOWN
            .iter()
            .filter(|(flag, _)| self.flags.iter().any(|has| has == flag))
            .map(|(_, name)| *name)
            .collect()
    }

    pub(super) fn findings(&self, profile: Option<&Applied>, catalogue: Option<&Catalogue>) -> Vec<Finding> {
        let mut all = vec![self.processor()];
        all.extend(self.clock());
        all.push(self.memory(profile, catalogue));
        all.push(self.graphics());
        all.push(match &self.onnxruntime {
            Some(path) => ok("runtime", format!("rten, and onnxruntime by {}", path.display())),
            None => ok(
                "runtime",
                "rten; no onnxruntime (pip install onnxruntime brings it, for models of your own)".into(),
            ),
        });
        all.extend(profile_findings(profile));
        all
    }

    fn processor(&self) -> Finding {
        let cores = self.machine.cores;
        let (device, known) = (&self.machine.device, self.instructions());
        let name = if device.is_empty() { String::new() } else { format!("{device}, ") };
        let threads = "a process per core for each engine, at most four; one of a voice per two";
        if known.iter().any(|name| name.starts_with("AVX") || name.contains("int8") || name.contains("dot")) {
            return ok("cpu", format!("{name}{cores} cores, {}; {threads}", known.join(", ")));
        }
        let has =
            if known.is_empty() { "no vector instructions that TOM knows".into() } else { known.join(", ") };
        note(
            "cpu",
            format!(
                "{name}{cores} cores, {has}: local models take several times as long as with AVX2 or NEON dot products"
            ),
            "engines over HTTP help (docs/engines.md), or a machine such as a Raspberry Pi 5",
        )
    }

    fn clock(&self) -> Option<Finding> {
        let governor = self.governor.as_deref()?;
        if matches!(governor, "performance" | "schedutil") {
            return Some(ok("clock", format!("the processor's clock is led by {governor}")));
        }
        Some(note(
            "clock",
            format!(
                "the processor's clock follows the load ({governor}): the first words after a silence take longer"
            ),
            "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
        ))
    }

    /// Whether the models of the profile fit into the memory that is free.
    fn memory(&self, profile: Option<&Applied>, catalogue: Option<&Catalogue>) -> Finding {
        let has = format!(
            "{:.1} GB, {:.1} GB free, {:.1} GB swap",
            self.machine.memory_mb as f64 / 1e3,
            self.free_mb as f64 / 1e3,
            self.swap_mb as f64 / 1e3
        );
        let Some((profile, catalogue)) = profile.zip(catalogue) else { return ok("memory", has) };
        let used = profile.parts.iter().filter(|part| part.state == PartState::Set);
        let takes: u64 = used
            .filter_map(|part| catalogue.find(&part.model).ok())
            .map(|model| u64::from(model.memory_mb))
            .sum();
        let told =
            format!("{has}; the models of {} take about {takes} MB of {}", profile.name, profile.budget_mb);
        if takes <= self.free_mb {
            return if takes > 0 { ok("memory", told) } else { ok("memory", has) };
        }
        note("memory", told, "stop what uses the memory, or take less: tom serve --profile minimal")
    }

    fn graphics(&self) -> Finding {
        match (self.machine.gpu, self.onnxruntime.is_some()) {
            (false, _) => ok("gpu", "none of NVIDIA's: everything is computed by the processor".into()),
            (true, true) => ok("gpu", "one of NVIDIA's".into()),
            (true, false) => note(
                "gpu",
                "one of NVIDIA's, which a Piper voice does not use without onnxruntime".into(),
                "pip install onnxruntime-gpu; for the language model: ollama pull qwen3:14b (docs/models.md)",
            ),
        }
    }
}

/// What the profile sets, and what it cannot set.
fn profile_findings(profile: Option<&Applied>) -> Vec<Finding> {
    let Some(profile) = profile else {
        return vec![ok("profile", "none: models.profile is \"none\"".into())];
    };
    let why = if profile.auto { "suits this machine" } else { "chosen" };
    let set = profile.told().unwrap_or_else(|| "sets no engine".into());
    let mut all = vec![ok("profile", format!("{} ({why}): {set}", profile.name))];
    let absent = profile.parts.iter().filter(|part| part.state == PartState::NoEngine);
    all.extend(absent.map(|part| {
        let what = format!(
            "{} wants {} for {}, which this version does not have",
            profile.name, part.engine, part.section
        );
        note("profile", what, "")
    }));
    all
}

/// The library that workers load: the one that `ORT_DYLIB_PATH` names, else that of a Python package.
fn onnxruntime() -> Option<PathBuf> {
    let named = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| {
        let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/lib"));
        let roots = home.into_iter().chain(["/usr/local/lib", "/usr/lib"].map(PathBuf::from));
        roots.into_iter().find_map(|root| below(&root))
    })
}

/// `ROOT/pythonX/*-packages/onnxruntime/capi/libonnxruntime.so.*`.
fn below(root: &Path) -> Option<PathBuf> {
    let list =
        |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = |path: &Path, start: &str| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
    };
    let pythons = list(root).filter(|path| named(path, "python"));
    let capis = pythons.flat_map(|python| {
        ["site-packages", "dist-packages"].map(|packages| python.join(packages).join("onnxruntime/capi"))
    });
    capis.flat_map(|capi| list(&capi).collect::<Vec<_>>()).find(|path| named(path, "libonnxruntime.so"))
}

#[cfg(test)]
mod tests;
