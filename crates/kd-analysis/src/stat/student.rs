//! Student's t.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The value that a t of `degrees` degrees of freedom stays below with `probability`. It takes a search, and is asked for again and
/// again of few pairs, so it is remembered.
pub(crate) fn t_quantile(probability: f64, degrees: f64) -> f64 {
    static KNOWN: Mutex<Option<HashMap<[u64; 2], f64>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    *known.entry([probability.to_bits(), degrees.to_bits()]).or_insert_with(|| {
        // Location 0, scale 1 and positive degrees of freedom are always accepted.
        StudentsT::new(0.0, 1.0, degrees).map_or(f64::INFINITY, |t| t.inverse_cdf(probability))
    })
}

/// The probability that a t of `degrees` degrees of freedom is above `t`.
pub(crate) fn t_above(t: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(1.0, |distribution| distribution.sf(t))
}
