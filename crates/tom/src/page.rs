//! Where the built page lies.

use std::path::{Path, PathBuf};

/// The folder of the page: the configured one, `TOM_WEB_DIR`, `web` beside the program, or the working tree the
/// program was built in (`target/release/tom` finds `web/dist`). None if there is no page in any of them.
pub(crate) fn find(configured: Option<&Path>) -> Option<PathBuf> {
    if let Some(dir) = configured {
        return Some(dir.to_owned());
    }
    let named = std::env::var_os("TOM_WEB_DIR").map(PathBuf::from);
    let program = std::env::current_exe().ok().and_then(|path| path.canonicalize().ok());
    let beside = program.iter().flat_map(|path| path.ancestors().skip(1)).take(4);
    let candidates = beside.flat_map(|dir| [dir.join("web/dist"), dir.join("share/tom/web")]);
    named.into_iter().chain(candidates).find(|dir| dir.join("index.html").is_file())
}
