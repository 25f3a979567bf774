//! Where a worker's program is.

use std::path::{Path, PathBuf};

/// The environment variable that names the folder of the workers.
const WORKERS_DIR: &str = "TOM_WORKERS_DIR";

/// Finds a worker's program: in `TOM_WORKERS_DIR` if that is set, else next to the running program, else in
/// the two folders above it (tests and examples lie in folders of their own below the build's) and in
/// `lib/tom` beside them (an installed package). A name with a slash is taken as it is.
pub(crate) fn locate(program: &str) -> Option<PathBuf> {
    let set = std::env::var_os(WORKERS_DIR).filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let exe = std::env::current_exe().ok();
    locate_in(program, set.as_deref(), exe.as_deref())
}

fn locate_in(program: &str, set: Option<&Path>, exe: Option<&Path>) -> Option<PathBuf> {
    let found = |path: PathBuf| path.is_file().then_some(path);
    if program.contains('/') {
        return found(program.into());
    }
    if let Some(dir) = set {
        return found(dir.join(program));
    }
    let places = exe?.ancestors().skip(1).take(3);
    places.flat_map(|dir| [dir.join(program), dir.join("lib/tom").join(program)]).find_map(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_found_where_builds_and_packages_put_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            path
        };
        let worker = file("debug/worker");
        let test = file("debug/deps/test-1");
        assert_eq!(locate_in("worker", None, Some(&test)).as_ref(), Some(&worker));
        assert_eq!(locate_in("worker", None, Some(&file("debug/tom"))).as_ref(), Some(&worker));
        let packaged = file("usr/lib/tom/worker");
        assert_eq!(locate_in("worker", None, Some(&file("usr/bin/tom"))).as_ref(), Some(&packaged));
        // What is set is meant, even where there is another one.
        let set = folder.path().join("usr/lib/tom");
        assert_eq!(locate_in("worker", Some(&set), Some(&test)).as_ref(), Some(&packaged));
        assert_eq!(locate_in("worker", Some(folder.path()), Some(&test)), None);
        let path = worker.display().to_string();
        assert_eq!(locate_in(&path, Some(folder.path()), None), Some(worker));
    }
}
