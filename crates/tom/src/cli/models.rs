//! The command line of the model store.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `tom models ...`
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the models that there are, and which of them are here
    #[command(visible_alias = "ls")]
    List {
        /// Only those that are here
        #[arg(long)]
        installed: bool,
        /// Only those for this: voice-activity, end-of-turn, speech-to-text, language-model, voice
        #[arg(long)]
        kind: Option<String>,
        /// Only those that know this language
        #[arg(long)]
        lang: Option<String>,
        /// Only those of a profile; auto: the one that suits this machine
        #[arg(long)]
        profile: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Download models; after a cut the same command goes on where it stopped
    Pull(Pull),
    /// Compare the files that are here with their checksums
    Verify {
        /// The models [default: all that are here]
        names: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete models
    #[command(visible_alias = "rm")]
    Remove {
        /// The models
        #[arg(required = true)]
        names: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print where models lie, or where one does
    Path {
        /// The model [default: the folder of all]
        name: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the profiles: which models suit which machine, and which one suits this
    Profiles {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Find servers of language models on this machine (Ollama, LM Studio, llama-server, vLLM), and their models
    Discover {
        /// Where to look instead: http://HOST:PORT
        #[arg(value_name = "URL")]
        urls: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take files that you brought along: each is known by its checksum, whatever it is called
    Import {
        /// Files, or folders with files
        #[arg(required = true, value_name = "FILE")]
        from: Vec<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// `tom models pull`
#[derive(Args, Debug)]
pub(crate) struct Pull {
    /// The models
    #[arg(required_unless_present = "profile")]
    pub(crate) names: Vec<String>,
    /// The models of a profile; auto: the one that suits this machine
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Accept their licences and sizes without being asked
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Files at once
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) parallel: u8,
    /// Have all files from here: http://HOST/models, or a folder [default: models.mirror]
    #[arg(long, value_name = "FROM")]
    pub(crate) mirror: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}
