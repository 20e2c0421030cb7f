use std::path::PathBuf;

/// What a run reads is not what it was planned with.
#[derive(Debug, thiserror::Error)]
pub enum Changed {
    /// The bytes of a data set.
    #[error("data set `{0}` has changed since the study was planned; run the study again to plan anew")]
    Data(String),
    /// The bytes of a file.
    #[error("{} has changed since the study was planned; run the study again to plan anew", .0.display())]
    File(PathBuf),
}
