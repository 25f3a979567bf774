//! Which models suit this machine?

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Catalogue, Model, ShelfError};

/// The profiles that ship with TOM.
const BUILT_IN: &str = include_str!("../data/profiles.toml");

/// Models that suit one kind of machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What people type.
    pub name: String,
    /// What it is for, in a line.
    pub title: String,
    /// Memory that its models together may take, in MB.
    pub budget_mb: u32,
    /// Its models, by name.
    pub models: Vec<String>,
    /// What it sets in the configuration, a section each.
    #[serde(default)]
    pub engines: Vec<Choice>,
    /// On which machines it is taken where none is named; none: only by name.
    #[serde(default, skip_serializing)]
    when: Option<When>,
}

/// An engine that a profile chooses.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The section of the configuration: `stt`, `llm` or `tts`.
    pub section: String,
    /// The engine's name there.
    pub engine: String,
    /// The models it may load, by name; the first that knows the calls' language is taken.
    pub models: Vec<String>,
    /// Smaller ones, for calls that begin while the machine is short of memory or too hot; the same holds for them.
    #[serde(default)]
    pub smaller: Vec<String>,
}

/// What a machine has to have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct When {
    /// A part of what the machine calls itself.
    device: Option<String>,
    /// At least so much memory, in MB.
    memory_mb: u64,
    /// At least so many cores.
    cores: usize,
    /// A graphics processor for computing.
    gpu: bool,
}

/// What a machine has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// What it calls itself, where it does.
    pub device: String,
    /// Its memory, in MB.
    pub memory_mb: u64,
    /// Its cores.
    pub cores: usize,
    /// Whether it has a graphics processor of NVIDIA's.
    pub gpu: bool,
}

impl Machine {
    /// This one, as its kernel describes it.
    pub fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let memory = read("/proc/meminfo");
        let kilobytes = memory.lines().find_map(|line| {
            line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
        });
        Self {
            device: read("/proc/device-tree/model").trim_end_matches('\0').to_owned(),
            memory_mb: kilobytes.unwrap_or(0) * 1_024 / 1_000_000,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            gpu: Path::new("/dev/nvidiactl").exists(),
        }
    }
}

impl When {
    fn holds(&self, machine: &Machine) -> bool {
        self.device.as_ref().is_none_or(|device| machine.device.contains(device))
            && machine.memory_mb >= self.memory_mb
            && machine.cores >= self.cores
            && (machine.gpu || !self.gpu)
    }
}

impl Profile {
    /// The ones that ship with TOM, those for particular machines first.
    ///
    /// # Errors
    /// When they have mistakes; a test sees to it that they have none.
    pub fn all() -> Result<Vec<Self>, ShelfError> {
        Self::read(BUILT_IN)
    }

    fn read(text: &str) -> Result<Vec<Self>, ShelfError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            schema: u32,
            profile: Vec<Profile>,
        }
        let wrong = |what: String| ShelfError::Catalogue(format!("the profiles of TOM: {what}"));
        let raw: Raw = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if raw.schema != 1 {
            return Err(wrong(format!("schema = {} is not known", raw.schema)));
        }
        Ok(raw.profile)
    }

    /// The profile of a name.
    ///
    /// # Errors
    /// When there is none; the error lists all.
    pub fn find(name: &str) -> Result<Self, ShelfError> {
        let all = Self::all()?;
        let names: Vec<String> = all.iter().map(|profile| profile.name.clone()).collect();
        all.into_iter().find(|profile| profile.name == name).ok_or_else(|| {
            let name = name.chars().take(80).collect();
            ShelfError::UnknownProfile { name, all: names.join(", ") }
        })
    }

    /// The first profile that suits a machine.
    ///
    /// # Errors
    /// As [`all`](Self::all), and when none does.
    pub fn for_machine(machine: &Machine) -> Result<Self, ShelfError> {
        let suits = |profile: &Self| profile.when.as_ref().is_some_and(|when| when.holds(machine));
        Self::all()?
            .into_iter()
            .find(suits)
            .ok_or_else(|| ShelfError::Catalogue("the profiles of TOM: none is for every machine".into()))
    }

    /// Its models.
    ///
    /// # Errors
    /// When the catalogue does not have one of them.
    pub fn models<'a>(&self, catalogue: &'a Catalogue) -> Result<Vec<&'a Model>, ShelfError> {
        catalogue.pick(self.models.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(device: &str, memory_mb: u64, cores: usize, gpu: bool) -> Machine {
        Machine { device: device.into(), memory_mb, cores, gpu }
    }

    #[test]
    fn every_profile_keeps_its_budget_and_can_be_pulled() {
        let catalogue = Catalogue::built_in().unwrap();
        for profile in Profile::all().unwrap() {
            let models = profile.models(&catalogue).unwrap();
            assert_eq!(models.len(), profile.models.len());
            let takes: u32 = models.iter().map(|model| model.memory_mb).sum();
            assert!(takes <= profile.budget_mb, "{} takes {takes} MB", profile.name);
            assert!(models.iter().all(|model| model.can_be_pulled()), "{}", profile.name);
            let chosen: Vec<&String> = profile
                .engines
                .iter()
                .flat_map(|choice| choice.models.iter().chain(&choice.smaller))
                .collect();
            assert!(
                chosen.iter().all(|name| profile.models.contains(name)),
                "{} pulls what it sets",
                profile.name
            );
            for lang in ["de", "en"] {
                let knows = |name: &String| catalogue.find(name).unwrap().speaks(lang);
                assert!(
                    profile.engines.iter().all(|choice| choice.models.iter().any(knows)),
                    "{}",
                    profile.name
                );
            }
            // A Pi has 8 GB, of which the system and the page want their share.
            assert!(!profile.name.starts_with("pi5") || profile.budget_mb <= 6_000);
        }
        assert_eq!(Profile::find("pi5_performance").unwrap().budget_mb, 3_000);
    }

    #[test]
    fn each_machine_gets_the_profile_that_suits_it() {
        for (machine, wanted) in [
            (machine("Raspberry Pi 5 Model B Rev 1.0", 8_000, 4, false), "pi5_performance"),
            (machine("Raspberry Pi 5 Model B Rev 1.0", 2_000, 4, false), "minimal"),
            (machine("Raspberry Pi 4 Model B", 4_000, 4, false), "minimal"),
            (machine("", 16_000, 8, false), "desktop"),
            (machine("", 16_000, 2, false), "minimal"),
            (machine("", 64_000, 16, true), "server"),
            (machine("", 8_000, 16, true), "minimal"),
            (machine("", 0, 1, false), "minimal"),
        ] {
            assert_eq!(Profile::for_machine(&machine).unwrap().name, wanted, "{machine:?}");
        }
        assert!(Machine::here().cores > 0 && Machine::here().memory_mb > 0);
    }

    #[test]
    fn a_profile_that_is_not_there_is_named_with_those_that_are() {
        let said = Profile::find("pi6").unwrap_err().to_string();
        assert!(said.contains("pi6") && said.contains("pi5_balanced") && said.contains("minimal"), "{said}");
    }
}
