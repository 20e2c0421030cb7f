//! Exact measures over a whole set, one family a file. Logits are `[n, K]`, labels `[n]` int64; sums are in float64.
//!
//! Logits that are not finite are an error, never averaged away.

mod classification;
mod fidelity;

pub use classification::{Classification, accuracy};
pub use fidelity::Fidelity;

use tch::Tensor;

use crate::error::{Error, Result, finite, shape_of};

/// That there is something to measure and all of it is finite.
fn measurable(what: &'static str, logits: &Tensor) -> Result<()> {
    let (examples, _) = shape_of(what, logits)?;
    if examples == 0 {
        return Err(Error::Empty);
    }
    finite(what, logits)
}
