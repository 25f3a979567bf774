//! Where does the configuration lie, and where everything else?

use std::path::{Path, PathBuf};

/// Where a configuration file is looked for, in order.
pub(crate) fn usual_places() -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from("/etc/tom/tom.toml")];
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    if let Some(base) = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or(home) {
        places.push(base.join("tom/tom.toml"));
    }
    places
}

/// Where models and other data lie: the flag, else `TOM_DATA_DIR`, `$XDG_DATA_HOME/tom`, `~/.local/share/tom`.
pub(crate) fn data_dir(flag: Option<&Path>) -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    flag.map(Path::to_owned)
        .or_else(|| set("TOM_DATA_DIR"))
        .or_else(|| set("XDG_DATA_HOME").map(|base| base.join("tom")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/tom")))
        .unwrap_or_else(|| PathBuf::from("/var/lib/tom"))
}
