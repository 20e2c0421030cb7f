/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// A table that polars refused to make.
#[derive(Debug, thiserror::Error)]
#[error("could not make the results table: {0}")]
pub struct Error(#[from] polars::error::PolarsError);
