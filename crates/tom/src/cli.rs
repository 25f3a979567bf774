//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use bundle::BundleCommand;
pub(crate) use flow::Flow;
pub(crate) use models::{ModelsCommand, Pull};
pub(crate) use phone::{Dial, Sip, TrunkCommand};
pub(crate) use say::Say;

mod bundle;
mod flow;
mod models;
mod phone;
mod say;

/// TOM, a real-time voice assistant: it hears, decides that the turn is over, answers, and stops when
/// interrupted.
#[derive(Debug, Parser)]
#[command(name = "tom", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 ok, 1 failure, 2 usage, 3 not ready, 4 configuration invalid.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Configuration file [default: /etc/tom/tom.toml, then ~/.config/tom/tom.toml, if there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of models and other data [default: $TOM_DATA_DIR, else ~/.local/share/tom]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Log more; twice: much more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// No colours [also: NO_COLOR=1]
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server; its address is a page to talk on
    Serve(Serve),
    /// Play a WAV as the caller and show what the agent does
    Call(Call),
    /// List, show or delete calls: those of a running server, else those in the database
    #[command(subcommand)]
    Calls(Calls),
    /// Call somebody by the running server's telephone; it needs the server's token
    Dial(Dial),
    /// The telephone of a running server
    #[command(subcommand)]
    Sip(Sip),
    /// Lines at carriers, home routers and PBXs
    #[command(subcommand)]
    Trunk(TrunkCommand),
    /// Replay a call's journal, without audio or engines, and print its timeline
    Replay(Replay),
    /// Speak a text into a WAV file
    Say(Say),
    /// Print what a WAV file says
    Transcribe(Transcribe),
    /// Work with dialogue files
    #[command(subcommand)]
    Flow(Flow),
    /// List, download, check and delete the models that engines use
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Carry models and settings to a machine without a network, in one file
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Measure whether a running server is fast enough; exit code 0 good, 1 slow, 2 bad, 3 no result
    Probe(Probe),
    /// Measure how a running server bears many calls at once
    Bench(Bench),
    /// Check this machine: engines, models, ports, page; with a remedy for each finding
    Doctor(Json),
    /// Show or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Address and port [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Which engines and models run: auto (what suits this machine), none, or a name of tom models profiles
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Call {
    /// What the caller says, one WAV per turn
    #[arg(required_unless_present = "keys", value_name = "QUESTION.wav")]
    pub(crate) questions: Vec<PathBuf>,
    /// A running server to call; without it the call happens inside this process
    #[arg(long, value_name = "ws://HOST:PORT")]
    pub(crate) url: Option<String>,
    /// The server's token [also: TOM_SERVER__TOKEN]
    #[arg(long)]
    pub(crate) token: Option<String>,
    /// The language of the call [default: agent.language]
    #[arg(long)]
    pub(crate) lang: Option<String>,
    /// The flow, by name or file, for a call inside this process [default: agent.flow]
    #[arg(long)]
    pub(crate) flow: Option<String>,
    /// Begin to speak this many seconds into the greeting instead of after it
    #[arg(long, value_name = "SECONDS")]
    pub(crate) interrupt: Option<f32>,
    /// Keys to press, and when: 6:12# presses 1, 2 and # six seconds into the call (repeatable)
    #[arg(long, value_name = "SECONDS:KEYS")]
    pub(crate) keys: Vec<String>,
    /// Write what the caller heard to this WAV file
    #[arg(long, value_name = "REPLY.wav")]
    pub(crate) out: Option<PathBuf>,
    /// Write the call's journal to this file (a call inside this process)
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// The journal
    pub(crate) journal: PathBuf,
    /// As JSON: an array of timeline lines
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Transcribe {
    /// The recording, of any usual kind
    pub(crate) wav: PathBuf,
    /// What may be said, as JSGF; without it, free dictation (poor with the built-in recogniser)
    #[arg(long, value_name = "FILE.jsgf")]
    pub(crate) grammar: Option<PathBuf>,
    /// The language spoken
    #[arg(long, default_value = "en")]
    pub(crate) lang: String,
    /// As JSON: text, confidence, times; with whisper, when each word begins
    #[arg(long)]
    pub(crate) json: bool,
}

/// Whom to measure, and with which voice.
#[derive(Args, Debug)]
pub(crate) struct Measure {
    /// The running server
    #[arg(long, value_name = "ws://HOST:PORT", default_value = "ws://127.0.0.1:8080")]
    pub(crate) url: String,
    /// The server's token [also: TOM_SERVER__TOKEN]
    #[arg(long)]
    pub(crate) token: Option<String>,
    /// The language of the calls [default: agent.language]
    #[arg(long)]
    pub(crate) lang: Option<String>,
    /// What the caller asks; without it, a question spoken by the built-in voice
    #[arg(long, value_name = "QUESTION.wav")]
    pub(crate) wav: Option<PathBuf>,
    /// As JSON
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// As CSV
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Probe {
    #[command(flatten)]
    pub(crate) measure: Measure,
    /// Calls, one after another
    #[arg(short = 'n', long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) iterations: u16,
    /// Voice-to-voice at p95 in milliseconds: good below the first, bad from the second on
    #[arg(long, value_name = "GOOD,BAD", default_value = "500,800")]
    pub(crate) thresholds: String,
    /// A bad network between caller and server, such as loss=1%,jitter=30ms,delay=20ms,seed=7
    #[arg(long, value_name = "WHAT")]
    pub(crate) impair: Option<tom_probe::impair::Impairment>,
}

#[derive(Args, Debug)]
pub(crate) struct Bench {
    #[command(flatten)]
    pub(crate) measure: Measure,
    /// Calls at once
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) calls: u16,
    /// How long each lasts
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u32).range(5..86_400))]
    pub(crate) seconds: u32,
    /// The server's process on this machine: its processor time and memory are told, too
    #[arg(long)]
    pub(crate) pid: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting with its value and source
    Show {
        /// As JSON
        #[arg(long, conflicts_with = "env")]
        json: bool,
        /// As environment variables with their defaults
        #[arg(long)]
        env: bool,
    },
    /// Say whether the configuration is valid
    Check(Json),
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Json {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Calls {
    /// List calls, the latest first
    Ls {
        /// Only calls with this, as in docs/api.md: state=live, reason=agent, from=2026-11-26, ... (repeatable)
        #[arg(long = "where", value_name = "NAME=VALUE")]
        filters: Vec<String>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
        limit: u16,
        #[command(flatten)]
        server: ApiServer,
    },
    /// Show one call with its turns
    Show {
        /// Its name
        id: String,
        #[command(flatten)]
        server: ApiServer,
    },
    /// Delete all past calls of a name
    Rm {
        /// Their name
        id: String,
        #[command(flatten)]
        server: ApiServer,
    },
}

#[derive(Args, Clone, Debug)]
pub(crate) struct ApiServer {
    /// The server [default: where the configuration has it listen]
    #[arg(long, value_name = "http://HOST:PORT")]
    pub(crate) url: Option<String>,
    /// Its token [default: the configured one]
    #[arg(long)]
    pub(crate) token: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}
