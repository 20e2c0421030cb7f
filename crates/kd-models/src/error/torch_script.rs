use std::path::PathBuf;

use kd_core::memory;

/// What is wrong with a TorchScript module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TorchScriptError {
    /// A file is no module, or not whole.
    #[error("{path} cannot be read as TorchScript: {problem}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What it is, or what is wrong with it.
        problem: String,
    },
    /// A module failed on a batch.
    #[error("TorchScript module {path} fails on a batch of shape {batch:?}: {problem}")]
    Failed {
        /// The file.
        path: PathBuf,
        /// The batch's shape.
        batch: Vec<i64>,
        /// What libtorch says.
        problem: String,
    },
}

impl TorchScriptError {
    /// See [`crate::Error::is_out_of_memory`].
    pub(super) fn is_out_of_memory(&self) -> bool {
        let (Self::Unreadable { problem, .. } | Self::Failed { problem, .. }) = self;
        memory::ran_out(problem)
    }
}
