//! What cannot be learnt from.

use std::path::PathBuf;

/// What cannot be learnt from.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// What a teacher that was trained elsewhere says does not fit the data.
    #[error("{what} {problem}")]
    Outputs {
        /// Whose outputs, and on which examples.
        what: String,
        /// What was found and what was expected.
        problem: String,
    },
    /// A module did not do as asked, for a reason that lies outside of what it computes.
    #[error("TorchScript module {path} {problem}")]
    Module {
        /// The file.
        path: PathBuf,
        /// What it did.
        problem: String,
    },
    /// A run that had finished, and cannot be trained again for what is now to be kept of it.
    #[error(
        "run {run} had finished, and failed when it was trained again for what is to be kept of it: {reason}"
    )]
    Again {
        /// Its id.
        run: String,
        /// Why.
        reason: String,
    },
    /// An objective that is no squared error, or samples without a target, for least squares.
    #[error(
        "least squares minimises squared errors alone, of samples that have a target; plan the study anew"
    )]
    NotSquared,
}

impl TrainError {
    /// See [`crate::Error::may_pass`].
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            // Memory and time may be there next time.
            Self::Module { .. } => true,
            Self::Outputs { .. } | Self::Again { .. } | Self::NotSquared => false,
        }
    }
}
