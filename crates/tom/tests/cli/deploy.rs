//! Layer: real. The ready configurations are ones that their programs take.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{stderr, tom};

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

#[test]
fn toms_own_are_valid() {
    let home = tempfile::tempdir().expect("a folder");
    let mut files = 0;
    for entry in std::fs::read_dir(deploy().join("tom")).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("read");
        // The secrets they name are elsewhere here.
        let place = home.path().display().to_string();
        for name in ["token", "twilio", "vonage", "plivo", "router"] {
            std::fs::write(home.path().join(name), "0123456789abcdef").expect("written");
        }
        let file = home.path().join("tom.toml");
        std::fs::write(&file, text.replace("/etc/tom", &place)).expect("written");
        let check = tom(home.path()).args(["config", "check", "--config"]).arg(&file).output().expect("runs");
        assert!(check.status.success(), "{}: {}", path.display(), stderr(&check));
        files += 1;
    }
    assert!(files >= 2, "{files} files");
}

#[test]
fn kamailio_takes_its_own() {
    // Debian keeps it where only the administrator looks.
    let program =
        ["/usr/sbin/kamailio", "/usr/local/sbin/kamailio"].into_iter().find(|p| Path::new(p).exists());
    let Some(program) = program else {
        assert!(std::env::var_os("CI").is_none(), "kamailio is installed in CI");
        eprintln!("kamailio is not installed: its configuration is not checked");
        return;
    };
    let output = Command::new(program)
        .args(["-c", "-f"])
        .arg(deploy().join("kamailio/kamailio.cfg"))
        .output()
        .expect("kamailio starts");
    assert!(output.status.success(), "{}", stderr(&output));
}
