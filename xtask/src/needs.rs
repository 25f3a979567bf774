//! Which of Debian's packages are needed, for what, and how one tells that they are there.

use crate::place::program;

/// One of Debian's packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Its name.
    pub(crate) package: &'static str,
    /// What tells that it, or its like on another system, is there.
    sign: Sign,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// A program of one of these names.
    Program(&'static [&'static str]),
    /// A library that pkg-config knows.
    Library(&'static str),
    /// A file or folder.
    File(&'static str),
    /// A shared library whose name begins so, in one of the system's folders or one of LLVM's.
    Shared(&'static str),
}

const fn program_of(package: &'static str, names: &'static [&'static str]) -> Need {
    Need { package, sign: Sign::Program(names) }
}

const fn library(package: &'static str, name: &'static str) -> Need {
    Need { package, sign: Sign::Library(name) }
}

const PKG_CONFIG: Need = program_of("pkg-config", &["pkg-config", "pkgconf"]);
const ESPEAK: Need = library("libespeak-ng-dev", "espeak-ng");
const SPHINX: Need = library("libpocketsphinx-dev", "pocketsphinx");

/// For building and running.
pub(crate) const RUN: &[Need] = &[
    program_of("gcc", &["cc", "gcc"]),
    PKG_CONFIG,
    ESPEAK,
    SPHINX,
    Need {
        package: "pocketsphinx-en-us",
        sign: Sign::File("/usr/share/pocketsphinx/model/en-us/en-us/mdef"),
    },
];

const CXX: Need = program_of("g++", &["c++", "g++"]);
const CMAKE: Need = program_of("cmake", &["cmake"]);
const LIBCLANG: Need = Need { package: "libclang-dev", sign: Sign::Shared("libclang") };

/// For testing, besides those for running.
pub(crate) const TEST: &[Need] = &[
    CXX,
    CMAKE,
    LIBCLANG,
    program_of("baresip", &["baresip"]),
    program_of("chromium", &["chromium"]),
    program_of("espeak-ng", &["espeak-ng"]),
    program_of("flite", &["flite"]),
    // Debian puts it where only root looks.
    Need { package: "kamailio", sign: Sign::File("/usr/sbin/kamailio") },
    program_of("sip-tester", &["sipp"]),
    program_of("sox", &["sox"]),
];

/// For measuring, besides those for running: the voices and noises of the corpus.
pub(crate) const BENCH: &[Need] =
    &[program_of("espeak-ng", &["espeak-ng"]), program_of("flite", &["flite"]), program_of("sox", &["sox"])];

/// For fetching model weights and Node, when Python or its pip is missing.
pub(crate) const PIP: &[Need] = &[program_of("python3-pip", &[])];

/// What each worker needs to be built.
pub(crate) const WORKERS: &[(&str, &[Need])] = &[
    ("tom-worker-espeak", &[PKG_CONFIG, ESPEAK]),
    ("tom-worker-sphinx", &[PKG_CONFIG, SPHINX]),
    ("tom-worker-onnx", &[]),
];

/// What the worker for language models needs to be built, which is done only for those who want it: llama.cpp takes
/// minutes to compile.
pub(crate) const LLAMA: &[Need] = &[CXX, CMAKE, LIBCLANG];

impl Need {
    /// Whether it is there.
    pub(crate) fn is_met(self) -> bool {
        match self.sign {
            Sign::Program(names) => names.iter().any(|name| program(name).is_some()),
            Sign::Library(name) => crate::cmd::Cmd::new("pkg-config").args(["--exists", name]).succeeds(),
            Sign::File(path) => std::path::Path::new(path).exists(),
            Sign::Shared(name) => shared(name),
        }
    }
}

/// Whether a shared library lies where the system or LLVM keeps them, or where `LIBCLANG_PATH` says.
fn shared(name: &str) -> bool {
    let named = std::env::var_os("LIBCLANG_PATH").map(std::path::PathBuf::from);
    let below = |folder: &str, rest: &str| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path().join(rest)).collect::<Vec<_>>()
    };
    let usual = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(std::path::PathBuf::from);
    let folders = named.into_iter().chain(usual).chain(below("/usr/lib", "")).chain(below("/usr/lib", "lib"));
    folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten().any(|entry| {
        let file = entry.file_name();
        let file = file.to_string_lossy();
        file.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '-']) && rest.contains(".so"))
    })
}

/// The packages of those needs that are not there.
pub(crate) fn missing<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Vec<&'static str> {
    needs.into_iter().filter(|need| !need.is_met()).map(|need| need.package).collect()
}
