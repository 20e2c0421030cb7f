//! What this program types after `kd` where it starts itself, to train runs or to run modules.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// Results folder
    pub(crate) dir: PathBuf,
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
    #[arg(long, default_value_t = 1)]
    pub(crate) threads: usize,
    /// The process that gives orders
    #[arg(long)]
    pub(crate) parent: i32,
}

#[derive(Debug, Args)]
pub(crate) struct Module {
    /// The process that gives it
    #[arg(long)]
    pub(crate) parent: i32,
}
