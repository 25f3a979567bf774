//! Where a worker's program is.

use std::path::{Path, PathBuf};

/// The environment variable that names the folder of the workers.
const WORKERS_DIR: &str = "TOM_WORKERS_DIR";

/// Finds a worker's program: in `TOM_WORKERS_DIR` if that is set, else next to the running program, else in
/// the two folders above it (tests and examples lie in folders of their own below the build's) and in
/// `lib/tom` beside them (an installed package). A name with a slash is taken as it is.
pub(crate) fn locate(program: &str) -> Option<PathBuf> {
    let found = |path: PathBuf| path.is_file().then_some(path);
    if program.contains('/') {
        return found(program.into());
    }
    if let Some(dir) = std::env::var_os(WORKERS_DIR) {
        return found(Path::new(&dir).join(program));
    }
    let exe = std::env::current_exe().ok()?;
    let places = exe.ancestors().skip(1).take(3);
    places.flat_map(|dir| [dir.join(program), dir.join("lib/tom").join(program)]).find_map(found)
}
