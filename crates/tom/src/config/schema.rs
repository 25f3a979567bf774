//! Every setting there is: its name, kind, default, meaning and when a change takes effect. The file, the
//! environment, `tom config show` and `env.sample` all come from this table.

mod agent;
mod engines;
mod limits;
mod models;
mod phone;
mod store;

use std::sync::LazyLock;

use tom_turn::TurnConfig;

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A file or folder.
    Path,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A whole number between two, both included.
    Number(i64, i64),
    /// A number in thousandths between two, both included: 0.5 is 500.
    Fraction(i64, i64),
    /// `true` or `false`.
    Switch,
    /// A list of texts; in the environment separated by commas.
    List,
}

/// When a changed value takes effect after SIGHUP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reload {
    /// With the next call.
    NextCall,
    /// Only after a restart.
    Restart,
}

/// One setting.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) section: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// As TOML; empty: not set.
    pub(crate) default: String,
    pub(crate) reload: Reload,
    /// Never shown.
    pub(crate) secret: bool,
    pub(crate) help: String,
}

impl Key {
    /// `section.name`.
    pub(crate) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// `TOM_SECTION__NAME`.
    pub(crate) fn env(&self) -> String {
        format!("TOM_{}__{}", self.section, self.name).to_uppercase()
    }
}

/// All settings, by section.
pub(crate) fn keys() -> &'static [Key] {
    static ALL: LazyLock<Vec<Key>> = LazyLock::new(|| {
        let mut all: Vec<_> = [
            agent::AGENT,
            engines::ENGINES,
            REST,
            limits::LIMITS,
            WRITTEN,
            phone::PHONE,
            store::STORE,
            models::MODELS,
        ]
        .into_iter()
        .flatten()
        .map(Row::key)
        .collect();
        let defaults = TurnConfig::default();
        let at = all.iter().rposition(|key| key.section == "turn").map_or(all.len(), |at| at + 1);
        let knobs = TurnConfig::KNOBS.iter().map(|knob| Key {
            section: "turn",
            name: knob.name,
            kind: Kind::Number(0, 86_400_000),
            default: (knob.get)(&defaults).to_string(),
            reload: Reload::NextCall,
            secret: false,
            help: knob.doc.trim().to_owned(),
        });
        all.splice(at..at, knobs);
        all
    });
    &ALL
}

/// The setting of that path.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    let (section, name) = path.split_once('.')?;
    keys().iter().find(|key| key.section == section && key.name == name)
}

/// The sections, in order.
pub(crate) fn sections() -> Vec<&'static str> {
    let mut all: Vec<_> = keys().iter().map(|key| key.section).collect();
    all.dedup();
    all
}

/// A setting as the table writes it.
struct Row {
    path: &'static str,
    kind: Kind,
    default: &'static str,
    reload: Reload,
    secret: bool,
    help: &'static str,
}

impl Row {
    fn key(&self) -> Key {
        let (section, name) = self.path.split_once('.').unwrap_or(("", self.path));
        Key {
            section,
            name,
            kind: self.kind,
            default: self.default.into(),
            reload: self.reload,
            secret: self.secret,
            help: self.help.into(),
        }
    }
}

const fn key(path: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Row {
    Row { path, kind, default, reload: Reload::NextCall, secret: false, help }
}

const fn fixed(path: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Row {
    Row { path, kind, default, reload: Reload::Restart, secret: false, help }
}

const fn secret(path: &'static str, help: &'static str) -> Row {
    Row { path, kind: Kind::Text, default: "", reload: Reload::Restart, secret: true, help }
}

/// The settings after the engines'.
const REST: &[Row] = &[
    fixed(
        "vad.engine",
        Kind::Word(&["auto", "silero", "earshot"]),
        "\"auto\"",
        "Voice activity. auto: silero when its weights are there, else earshot.",
    ),
    fixed(
        "vad.threshold",
        Kind::Fraction(50, 950),
        "",
        "How sure the detector must be that it hears a voice, 0.05 to 0.95; not set: the detector's own.",
    ),
    key(
        "audio.echo",
        Kind::Word(&["gate", "telephone", "cancel"]),
        "\"gate\"",
        "The echo of the agent's own voice. gate: recognised, so that it does not interrupt; telephone: taken out of \
         what is heard in calls by telephone, the gate behind it; cancel: in all calls. Browsers take it out themselves.",
    ),
    fixed(
        "turn.model",
        Kind::Word(&["auto", "off"]),
        "\"auto\"",
        "Judging by sound whether a turn is over. auto: with smart-turn, when its weights are there.",
    ),
    fixed("turn.model_share", Kind::Fraction(10, 4_000), "0.5", "Cores it may use, over a second."),
    key(
        "turn.lead",
        Kind::Number(20, 60),
        "40",
        "Agent audio sent ahead of the far end, in milliseconds: more is smoother, less stops sooner. Over SIP never more than 20.",
    ),
    key(
        "turn.speed",
        Kind::Number(0, 100),
        "",
        "How patient the agent is with pauses, from 0 (fast) to 100 (slow): sets complete_wait, plain_wait and \
         unfinished_wait, where these are not set themselves.",
    ),
    fixed(
        "server.listen",
        Kind::Text,
        "\"127.0.0.1:8080\"",
        "Address and port. Anything but loopback needs server.token.",
    ),
    secret("server.token", "The secret that callers must show. Prefer server.token_file."),
    fixed("server.token_file", Kind::Path, "", "A file that holds the token."),
    fixed(
        "server.hosts",
        Kind::List,
        "[]",
        "Host names under which the server may be reached, besides localhost and its own address.",
    ),
    fixed(
        "server.origins",
        Kind::List,
        "[]",
        "Origins of other sites whose pages may call, such as https://example.org.",
    ),
    fixed(
        "server.clients",
        Kind::List,
        "[]",
        "Addresses and networks that may use the server, such as 192.168.1.0/24; empty: all. Behind a proxy it is the proxy's address that counts.",
    ),
    fixed(
        "server.peers",
        Kind::List,
        "[]",
        "Addresses and networks of PBXs, carriers and proxies, which bring many calls from one address: the limits by address are not theirs.",
    ),
    fixed(
        "server.public_url",
        Kind::Text,
        "",
        "The address under which carriers reach this server, such as https://voice.example.org; answer documents lead back to it.",
    ),
    fixed(
        "server.web_dir",
        Kind::Path,
        "",
        "The folder of the page; not set: where cargo xtask run puts it.",
    ),
    fixed(
        "server.priority",
        Kind::Word(&["auto", "realtime", "nice", "usual"]),
        "\"auto\"",
        "How urgent the threads of calls are, where the system lets them (root, CAP_SYS_NICE or a limit). realtime: no \
         engine at work makes a frame late, for a fifth more of TOM's own processor time; nice: a nice value of \
         -10; usual: as all else; auto: realtime where engines work on this machine, nice elsewhere.",
    ),
    fixed(
        "server.drain_s",
        Kind::Number(0, 3_600),
        "10",
        "How long running calls may take to say goodbye when the server stops.",
    ),
];

/// What is written down, beside the calls.
const WRITTEN: &[Row] = &[
    fixed(
        "journal.dir",
        Kind::Path,
        "",
        "A folder for the journals of calls; not set: the last 50 stay in memory.",
    ),
    fixed(
        "log.level",
        Kind::Word(&["error", "warn", "info", "debug", "trace"]),
        "\"info\"",
        "How much is logged.",
    ),
    fixed("log.format", Kind::Word(&["text", "json"]), "\"text\"", "Lines for people, or JSON for machines."),
];
