//! The commands about dialogue files, as clap reads them.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Flow {
    /// Check a dialogue file; a mistake is told with its line and remedy
    Check {
        /// The file, or the name of a flow that ships with TOM
        file: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}
