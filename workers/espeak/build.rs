//! Links libespeak-ng, and says what to install where it is missing.

use std::env;
use std::path::{Path, PathBuf};

/// The environment variable that names the folder of a libespeak-ng of one's own.
const FOLDER: &str = "ESPEAK_NG_LIB_DIR";

fn main() {
    println!("cargo::rerun-if-env-changed={FOLDER}");
    println!("cargo::rerun-if-changed=build.rs");
    let own = env::var_os(FOLDER).map(PathBuf::from);
    if let Some(folder) = &own {
        println!("cargo::rustc-link-search=native={}", folder.display());
    }
    let usual = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib"].map(PathBuf::from);
    let places: Vec<PathBuf> = own.into_iter().chain(usual).collect();
    if !places.iter().any(|place| holds_library(place)) {
        println!(
            "cargo::error=libespeak-ng is not here: run `apt-get install libespeak-ng-dev`, or set {FOLDER} to its folder"
        );
        return;
    }
    println!("cargo::rustc-link-lib=espeak-ng");
}

/// Whether the library lies in a folder or, as Debian has it, in one of its architecture.
fn holds_library(folder: &Path) -> bool {
    let name = "libespeak-ng.so";
    if folder.join(name).exists() {
        return true;
    }
    let Ok(entries) = folder.read_dir() else {
        return false;
    };
    entries.flatten().any(|entry| {
        entry.file_name().to_string_lossy().contains("-linux-") && entry.path().join(name).exists()
    })
}
