//! Layer: pure. Each rule of the house finds what it forbids and lets pass what it does not.
use std::path::Path;

use super::arrows::{Metadata, arrows, may_be_unsafe};
use super::{Finding, Text, docs, files, source};

fn findings(file: &str, text: &str) -> Vec<Finding> {
    let text = Text { file, text };
    let mut found = Vec::new();
    files::check(text, &mut found);
    source::check(text, &mut found);
    found
}

fn clean(file: &str, text: &str) {
    assert_eq!(findings(file, text), [], "{text}");
}

fn caught(file: &str, text: &str, line: usize) {
    let found = findings(file, text);
    assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [line], "{text}: {found:?}");
}

#[test]
fn files_have_at_most_300_lines() {
    let of = |lines: usize| format!("//! Why.\n{}", "x\n".repeat(lines - 1));
    clean("crates/a/src/a.rs", &of(300));
    caught("crates/a/src/a.rs", &of(301), 0);
    caught("web/src/a.tsx", &of(301), 0);
    clean("crates/a/tests/a.rs", &of(301));
    clean("crates/a/src/a/tests.rs", &of(301));
    clean("web/src/a.test.ts", &of(301));
    clean("crates/a/src/words.txt", &of(301));
}

#[test]
fn a_file_says_what_it_is_for() {
    caught("a/src/a.rs", "use x;\n", 1);
    caught("a/src/a.rs", "", 1);
    clean("a/src/a.rs", "//! How it works.\n");
}

#[test]
fn a_test_file_says_its_layer() {
    let test = "\n#[test]\nfn x() {}\n";
    clean("a/tests/a.rs", &format!("//! Layer: wire. Bytes.{test}"));
    caught("a/tests/a.rs", &format!("//! Layer: unit. Bytes.{test}"), 1);
    caught("a/src/a/tests.rs", &format!("//! Bytes.{test}"), 1);
    clean("a/tests/common/mod.rs", "//! Helpers.\nfn x() {}\n");
}

#[test]
fn no_path_of_one_machine() {
    for folder in ["ho", "Us"].map(|head| format!("/{head}{}", if head == "ho" { "me/" } else { "ers/" })) {
        caught("a.md", &format!("one\nsee {folder}me/x\n"), 2);
        clean("a.md", &format!("https://example.org{folder}\n"));
        clean("a.md", &format!("~/x ${{HOME}}{folder}\n"));
    }
}

#[test]
fn a_lock_file_names_no_address() {
    caught("web/package-lock.json", "{\"resolved\": \"https://example.org/x.tgz\"}", 0);
    clean("web/package-lock.json", "{\"integrity\": \"sha512-x\"}");
}

#[test]
fn lints_are_expected_not_allowed() {
    let attribute = |inner: &str| format!("//! Why.\n    #[{inner}]\n");
    caught("a/src/a.rs", &attribute(concat!("al", "low(dead_code)")), 2);
    caught("a/src/a.rs", &attribute(concat!("cfg_attr(test, al", "low(x))")), 2);
    caught("a/src/a.rs", concat!("//! Why.\n#![al", "low(x)]\n"), 2);
    clean("a/src/a.rs", &attribute("expect(dead_code, reason = \"x\")"));
    clean("a/src/a.rs", "//! Why.\nself.allow(peer)\n");
}

#[test]
fn channels_are_bounded() {
    let line = |code: &str| format!("//! Why.\n{code}\n");
    for bad in [
        concat!("mpsc::unbounded", "_channel()"),
        concat!("let (a, b) = mpsc::chan", "nel();"),
        concat!("mpsc::chan", "nel::<Vec<u8>>()"),
    ] {
        caught("a/src/a.rs", &line(bad), 2);
        clean("a/tests/a.rs", &line(bad));
        clean("a/src/a.rs", &line(&format!("// not {bad}")));
    }
    clean("a/src/a.rs", &line("mpsc::channel(8); mpsc::sync_channel::<u8>(1); mpsc::channel::<u8>(4)"));
}

#[test]
fn pure_crates_read_no_clock() {
    let code = concat!("//! Why.\nlet x = Instant", "::now();\n");
    caught("crates/turn/src/a.rs", code, 2);
    clean("crates/server/src/a.rs", code);
}

#[test]
fn links_and_commands_are_found_in_prose_and_blocks() {
    let text = "[a](x.md) [b](y/z.md#top) [c](https://e.org) [d](#here)\n\
                `cargo xtask run -- --listen X` and `tom say TEXT`, not cargo xtask dance\n\
                ```sh\n$ cargo xtask test\nTOM_A=1 target/release/tom call x.wav\n[e](f.md)\n```\n\
                `tom.toml` `tom --help` `cargo test`\n";
    assert_eq!(docs::links(text), [(1, "x.md".into()), (1, "y/z.md".into())]);
    assert_eq!(docs::commands(text, "cargo xtask"), [(2, "run".into()), (4, "test".into())]);
    assert_eq!(docs::commands(text, "tom"), [(2, "say".into()), (5, "call".into())]);
}

#[test]
fn untrue_documentation_is_caught() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("docs")).unwrap();
    std::fs::write(dir.path().join("docs/there.md"), "").unwrap();
    let check = |text: &str| {
        let mut found = Vec::new();
        let file = "docs/a.md";
        docs::check(Text { file, text }, dir.path(), &mut found);
        found.len()
    };
    assert_eq!(check("[x](there.md) [y](../docs/there.md) `cargo xtask tidy`"), 0);
    assert_eq!(check("[x](gone.md)"), 1);
    assert_eq!(check("`cargo xtask dance`"), 1);
}

/// A workspace of packages `NAME: dependency dependency`, `?dependency` being one for tests.
fn workspace(packages: &[&str]) -> Metadata {
    use serde_json::json;
    let mut all: Vec<(String, Vec<&str>)> = Vec::new();
    for package in packages {
        let (name, on) = package.split_once(':').unwrap();
        all.push((name.into(), on.split_whitespace().collect()));
    }
    let kind = |on: &str| on.starts_with('?').then_some("dev");
    let plain = |on: &str| on.trim_start_matches('?').to_owned();
    let folder = |name: &str| match name.strip_prefix("tom-worker-") {
        Some(worker) => format!("/r/workers/{worker}/Cargo.toml"),
        None => format!("/r/crates/{name}/Cargo.toml"),
    };
    let packages: Vec<_> = all
        .iter()
        .map(|(name, on)| {
            json!({"id": name, "name": name, "manifest_path": folder(name), "targets": [],
                "dependencies": on.iter().map(|d| json!({"name": plain(d), "kind": kind(d)})).collect::<Vec<_>>()})
        })
        .collect();
    let nodes: Vec<_> = all
        .iter()
        .map(|(name, on)| {
            json!({"id": name, "deps": on.iter().map(|d| json!({"pkg": plain(d),
                "dep_kinds": [{"kind": kind(d)}]})).collect::<Vec<_>>()})
        })
        .collect();
    let members: Vec<&String> =
        all.iter().map(|(name, _)| name).filter(|n| n.starts_with("tom") || *n == "xtask").collect();
    serde_json::from_value(
        json!({"packages": packages, "workspace_members": members, "resolve": {"nodes": nodes}}),
    )
    .unwrap()
}

fn broken(packages: &[&str]) -> Vec<String> {
    let found = arrows(&workspace(packages), Path::new("/r"));
    found.into_iter().map(|f| f.message).collect()
}

#[test]
fn arrows_that_are_drawn_pass() {
    let fine = broken(&[
        "tom: tom-server tom-call tom-models tokio",
        "tom-server: tom-call tokio",
        "tom-call: tom-turn tokio ?tom-models",
        "tom-rtp: tom-wire tom-audio tokio ?tom-call",
        "tom-models: tom-worker",
        "tom-turn: tom-base ?tokio",
        "tom-base:",
        "tom-sip: tom-base tokio",
        "tom-worker: tom-base",
        "tom-worker-espeak: tom-worker tom-audio serde",
        "tom-audio: tom-base",
        "xtask: clap",
    ]);
    assert!(fine.is_empty(), "{fine:?}");
}

#[test]
fn arrows_that_are_forbidden_are_caught() {
    for (packages, say) in [
        (&["tom-client: tom-server"][..], "tom-client must not depend on tom-server"),
        (&["tom-server: rusqlite"], "tom-server must not depend on rusqlite"),
        (&["tom-call: tom-models"], "tom-call must not depend on tom-models"),
        (&["tom-rtp: tom-call", "tom-call:"], "tom-rtp must not depend on tom-call"),
        (&["tom-sip: tom-call", "tom-call:"], "tom-sip must not depend on tom-call"),
        (&["xtask: tom-base", "tom-base:"], "xtask must not depend on tom-base"),
        (
            &["tom-worker-espeak: tom-engine", "tom-engine:"],
            "tom-worker-espeak must not depend on tom-engine",
        ),
        (&["tom-turn: tom-audio"], "tom-turn must not depend on tom-audio"),
        (&["tom-base: serde"], "tom-base must not depend on serde"),
        (&["tom-kernel: tom-base", "tom-base:"], "tom-kernel must not depend on tom-base"),
        (&["tom-audio: a", "a: b", "b: tokio", "tokio:"], "tom-audio must not reach tokio (through b)"),
    ] {
        let found = broken(packages);
        assert!(found.len() == 1 && found[0].starts_with(say), "{packages:?}: {found:?}");
    }
}

#[test]
fn unsafe_code_lives_in_workers_and_in_the_kernel() {
    assert!(may_be_unsafe("workers/sphinx/Cargo.toml") && may_be_unsafe("crates/kernel/Cargo.toml"));
    assert!(!may_be_unsafe("crates/models/Cargo.toml") && !may_be_unsafe("crates/kernel2/Cargo.toml"));
}
