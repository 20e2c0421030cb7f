//! What keeps runs from being trained.

/// What keeps runs from being trained.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A worker process could not be started.
    #[error("could not start a worker process: {0}")]
    Worker(std::io::Error),
    /// A device that is not there.
    #[error("device `{0}` is not available; `kd doctor` shows those that are")]
    Device(String),
}
