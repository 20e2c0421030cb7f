//! From examples to what models read: fitted on a run's own samples, encoded once, read in batches.

mod encoded;
mod encoder;
mod encoding;
mod moments;
mod quantiles;
mod table;
#[cfg(test)]
mod tests;

pub use encoded::Encoded;
pub use encoder::Encoder;
pub use encoding::Encoding;
pub use table::{Categories, Numbers};
