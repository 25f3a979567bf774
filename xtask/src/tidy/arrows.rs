//! Which crate may lean on which, and what each crate's root must say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Finding;
use crate::cmd::Cmd;

/// Crates that bring an executor, a clock or sockets.
const WORLD: &[&str] = &[
    "async-io",
    "async-std",
    "axum",
    "chrono",
    "crossbeam-channel",
    "futures",
    "futures-util",
    "hyper",
    "jiff",
    "mio",
    "quanta",
    "rayon",
    "rustix",
    "smol",
    "socket2",
    "time",
    "tokio",
    "tokio-tungstenite",
    "tokio-util",
    "web-time",
];

/// Crates that may not reach [`WORLD`], not even through others.
const PURE: &[&str] =
    &["tom-base", "tom-audio", "tom-turn", "tom-flow", "tom-wire", "tom-learn", "tom-spoken"];

/// Crates that stand on nothing but those named.
const ONLY: &[(&str, &[&str])] =
    &[("tom-base", &[]), ("tom-turn", &["tom-base"]), ("tom-spoken", &["tom-base"]), ("tom-kernel", &[])];

/// Crates that may use of ours only those named.
const OURS: &[(&str, &[&str])] = &[("tom-rtp", &["tom-audio", "tom-base", "tom-wire"])];

/// What workers may take from us: nothing that knows calls, engines or the server.
const WORKERS_SHARE: &[&str] = &["tom-worker", "tom-audio", "tom-base"];

/// What `cargo metadata` says, as far as we look.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Option<Resolve>,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Debug, Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

/// Checks the workspace's manifests and crate roots.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let text = Cmd::cargo()
        .args(["metadata", "--format-version=1", "--locked"])
        .dir(root)
        .read()
        .context("run `cargo check` once and commit Cargo.lock")?;
    let metadata: Metadata = serde_json::from_str(&text).context("cargo metadata gave no JSON we know")?;
    let mut findings = arrows(&metadata, root);
    for package in metadata.members() {
        if may_be_unsafe(&file(package, root)) {
            continue;
        }
        for target in &package.targets {
            let is_root =
                target.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "bin" | "proc-macro"));
            if is_root {
                findings.extend(forbids_unsafe(&target.src_path, root)?);
            }
        }
    }
    Ok(findings)
}

/// Whether a crate may hold unsafe code, each block justified where it stands: the workers bind C libraries, and
/// vector instructions exist on some processors only.
pub(crate) fn may_be_unsafe(manifest: &str) -> bool {
    manifest.starts_with("workers/") || manifest == "crates/kernel/Cargo.toml"
}

fn forbids_unsafe(path: &Path, root: &Path) -> Result<Option<Finding>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    if text.lines().any(|line| line == "#![forbid(unsafe_code)]") {
        return Ok(None);
    }
    Ok(Some(Finding {
        file: shown(path, root),
        line: 0,
        message:
            "the root of a crate says #![forbid(unsafe_code)]; unsafe code lives in workers and in tom-kernel"
                .into(),
    }))
}

impl Metadata {
    fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Everything a package reaches through other than development dependencies, by name, with the name of
    /// the one that brings it.
    fn reach(&self, start: &str) -> BTreeMap<&str, &str> {
        let names: BTreeMap<&str, &str> = self.packages.iter().map(|p| (&*p.id, &*p.name)).collect();
        let nodes: BTreeMap<&str, &Node> =
            self.resolve.iter().flat_map(|r| &r.nodes).map(|node| (&*node.id, node)).collect();
        let mut reached = BTreeMap::new();
        let mut open = vec![start];
        while let Some(from) = open.pop() {
            let edges = nodes.get(from).map_or(&[][..], |node| &node.deps);
            for edge in
                edges.iter().filter(|edge| edge.dep_kinds.iter().any(|k| is_lasting(k.kind.as_deref())))
            {
                let name = names.get(&*edge.pkg).copied().unwrap_or_default();
                if !reached.contains_key(name) {
                    reached.insert(name, names.get(from).copied().unwrap_or_default());
                    open.push(&edge.pkg);
                }
            }
        }
        reached
    }
}

/// Whether a dependency is more than one for tests.
fn is_lasting(kind: Option<&str>) -> bool {
    kind != Some("dev")
}

/// The findings about who leans on whom.
pub(crate) fn arrows(metadata: &Metadata, root: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ours: BTreeSet<&str> = metadata.members().map(|package| &*package.name).collect();
    for package in metadata.members() {
        let name = &*package.name;
        let mut say = |message: String| {
            findings.push(Finding { file: file(package, root), line: 0, message });
        };
        let direct = package.dependencies.iter().filter(|d| is_lasting(d.kind.as_deref()));
        for dependency in direct.map(|d| &*d.name) {
            if let Some(rule) = forbidden(name, dependency, ours.contains(dependency), &file(package, root)) {
                say(format!("{name} must not depend on {dependency}: {rule}"));
            }
        }
        if PURE.contains(&name) {
            for (reached, by) in metadata.reach(&package.id) {
                if WORLD.contains(&reached) {
                    say(format!(
                        "{name} must not reach {reached} (through {by}): it has no clock and waits for nothing"
                    ));
                }
            }
        }
    }
    findings
}

/// Why one crate may not depend on another, if it may not.
fn forbidden(name: &str, on: &str, is_ours: bool, manifest: &str) -> Option<&'static str> {
    if on == "tom-server" && name != "tom" {
        return Some("only the program wires the server");
    }
    if name == "tom-call" && matches!(on, "tom-models" | "tom-cloud" | "tom-store" | "tom-learn") {
        return Some("a call knows engines by their traits and its variant as data");
    }
    if on == "rusqlite" && name != "tom-store" {
        return Some("only the store knows which database it is");
    }
    if name == "tom-sip" && is_ours && !matches!(on, "tom-base" | "tom-tls" | "tom-wire") {
        return Some("signalling knows neither media nor conversations");
    }
    if name == "xtask" && is_ours {
        return Some("it has to work when our crates do not");
    }
    if is_ours && OURS.iter().any(|(crate_name, allowed)| *crate_name == name && !allowed.contains(&on)) {
        return Some("media know packets and sound, no calls");
    }
    if manifest.starts_with("workers/") && is_ours && !WORKERS_SHARE.contains(&on) {
        return Some("a worker shares the worker protocol and pure audio, nothing else");
    }
    let only = ONLY.iter().find(|(crate_name, _)| *crate_name == name);
    only.is_some_and(|(_, allowed)| !allowed.contains(&on))
        .then_some("it stands on the standard library and the words all crates share")
}

fn file(package: &Package, root: &Path) -> String {
    shown(&package.manifest_path, root)
}

fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}
