//! Numbers by seed.

use std::collections::BTreeMap;

/// A number for each seed that has one.
pub(crate) type Replicates = BTreeMap<u64, f64>;

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The unbiased variance; NaN of a single value.
pub(crate) fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// The differences of the seeds that both have.
pub(crate) fn minus(these: &Replicates, those: &Replicates) -> Replicates {
    these.iter().filter_map(|(seed, value)| Some((*seed, value - those.get(seed)?))).collect()
}
