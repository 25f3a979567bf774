//! The commands of the telephone, as clap reads them.

use clap::{Args, Subcommand};

use super::ApiServer;

#[derive(Args, Debug)]
pub(crate) struct Dial {
    /// The number, such as +493012345; dial.prefixes says which may be called
    #[arg(allow_hyphen_values = true)]
    pub(crate) number: String,
    /// The trunk to call by [default: the first]
    #[arg(long)]
    pub(crate) trunk: Option<String>,
    /// The language of the call [default: agent.language]
    #[arg(long)]
    pub(crate) lang: Option<String>,
    /// The dialogue
    #[arg(long)]
    pub(crate) skill: Option<String>,
    /// Seconds it may ring
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u16).range(1..=300))]
    pub(crate) ring: Option<u16>,
    /// Where a machine picks up: hang_up, message or carry_on [default: dial.machine]
    #[arg(long, value_parser = ["hang_up", "message", "carry_on"])]
    pub(crate) machine: Option<String>,
    /// What is said to a mailbox after its beep
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Stay until the call is over, not only until it is answered
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) server: ApiServer,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sip {
    /// Where it listens, and how the trunks do; exit code 1 if one is not registered
    Status {
        #[command(flatten)]
        server: ApiServer,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrunkCommand {
    /// Register with the configured trunks once, without a server, and say what came of it
    Check {
        /// Only this one
        name: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}
