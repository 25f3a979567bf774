//! Links libpocketsphinx and libsphinxbase, and says what to install where they are missing.

use std::env;
use std::path::{Path, PathBuf};

/// The environment variable that names the folder of libraries of one's own.
const FOLDER: &str = "POCKETSPHINX_LIB_DIR";

fn main() {
    println!("cargo::rerun-if-env-changed={FOLDER}");
    println!("cargo::rerun-if-changed=build.rs");
    let own = env::var_os(FOLDER).map(PathBuf::from);
    if let Some(folder) = &own {
        println!("cargo::rustc-link-search=native={}", folder.display());
    }
    let usual = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib"].map(PathBuf::from);
    let places: Vec<PathBuf> = own.into_iter().chain(usual).collect();
    for library in ["pocketsphinx", "sphinxbase"] {
        if !places.iter().any(|place| holds(place, &format!("lib{library}.so"))) {
            println!(
                "cargo::error=lib{library} is not here: run `apt-get install libpocketsphinx-dev pocketsphinx-en-us`, or set {FOLDER} to its folder"
            );
            return;
        }
        println!("cargo::rustc-link-lib={library}");
    }
}

/// Whether a library lies in a folder or, as Debian has it, in one of its architecture.
fn holds(folder: &Path, name: &str) -> bool {
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
