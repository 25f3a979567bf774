//! Where is the library of onnxruntime?

use std::path::{Path, PathBuf};

/// The library that `ORT_DYLIB_PATH` names, else that of a Python package of this machine. Blocks, but not long.
#[must_use]
pub fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/lib"));
    let roots = home.into_iter().chain(["/usr/local/lib", "/usr/lib"].map(PathBuf::from));
    roots.into_iter().find_map(|root| within(&root))
}

/// `ROOT/python3.*/site-packages/onnxruntime/capi/libonnxruntime.so.*` or the same in `dist-packages`, the newest name.
#[must_use]
pub fn within(root: &Path) -> Option<PathBuf> {
    let list = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let begins = |path: &Path, start: &str| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
    };
    let mut found: Vec<PathBuf> = list(root)
        .into_iter()
        .filter(|path| begins(path, "python3"))
        .flat_map(|python| ["site-packages", "dist-packages"].map(|packages| python.join(packages)))
        .flat_map(|packages| list(&packages.join("onnxruntime/capi")))
        .filter(|path| begins(path, "libonnxruntime.so"))
        .collect();
    found.sort();
    found.pop()
}
