//! The command line of bundles.

use std::path::PathBuf;

use clap::Subcommand;

/// `tom bundle ...`
#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Put models and settings into one file
    Create {
        /// The file to write, such as tom-bundle.tar
        to: PathBuf,
        /// The models [default: all that are here]
        names: Vec<String>,
        /// Without settings
        #[arg(long)]
        no_config: bool,
        /// Replace a file of that name
        #[arg(long)]
        force: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take models and settings out of such a file; nothing is taken out of one that was changed or cut off
    Restore {
        /// The file
        from: PathBuf,
        /// Its checksum, as create printed it
        #[arg(long, value_name = "HEX")]
        sha256: Option<tom_shelf::Digest>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}
