//! What keeps runs from being trained.

use std::path::PathBuf;

/// What keeps runs from being trained.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A worker process could not be started.
    #[error("could not start a worker process: {}: {source}", .program.display())]
    Worker {
        /// What was to be started.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A device that is not there.
    #[error("device `{0}` is not available; `kd doctor` shows those that are")]
    Device(String),
}
