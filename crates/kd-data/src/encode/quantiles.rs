//! Numbers spread as a standard normal distribution by their ranks among the training rows.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::error::Result;

/// The most quantiles that are kept of a column.
const MOST: usize = 1000;
/// What lies so near to the smallest or the largest training value, or beyond it, has this level or 1 minus it.
const MARGIN: f64 = 1e-7;

/// Quantiles of a column's training values, at levels evenly spaced from 0 to 1; none of a column without values.
///
/// They are those of scikit-learn's `QuantileTransformer(output_distribution="normal", subsample=None)`, but for a
/// column of one value, which becomes 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Quantiles(Vec<f64>);

impl Quantiles {
    /// Of the values that are there; as many as there are rows, 1,000 at most.
    fn fit(values: impl Iterator<Item = f32>) -> Self {
        let (mut rows, mut present) = (0, Vec::new());
        for value in values {
            rows += 1;
            if !value.is_nan() {
                present.push(f64::from(value));
            }
        }
        present.sort_unstable_by(f64::total_cmp);
        let Some(last) = present.len().checked_sub(1) else { return Self(Vec::new()) };
        let count = MOST.min(rows);
        let quantile = |place: usize| {
            let rank = last as f64 * place as f64 / (count - 1).max(1) as f64;
            let (below, above) = (present[rank as usize], present[(rank as usize + 1).min(last)]);
            (below + (above - below) * rank.fract()).min(above)
        };
        Self((0..count).map(quantile).collect())
    }

    /// The level of a value: between quantiles, interpolated; of several that equal it, the middle one's. Of a missing
    /// value, and in a column of one value, 1/2.
    fn level(&self, value: f32) -> f64 {
        let (quantiles, value) = (self.0.as_slice(), f64::from(value));
        let [first, .., last] = *quantiles else { return 0.5 };
        if value.is_nan() || first >= last {
            return 0.5;
        }
        if value - MARGIN < first {
            return 0.0;
        }
        if value + MARGIN > last {
            return 1.0;
        }
        // Margins keep both places within: at least one quantile is below the value and one above.
        let above = quantiles.partition_point(|&quantile| quantile <= value);
        let from = quantiles.partition_point(|&quantile| quantile < value);
        let share = |place: usize| (value - quantiles[place - 1]) / (quantiles[place] - quantiles[place - 1]);
        let place = |place: usize| place as f64 - 1.0 + share(place);
        f64::midpoint(place(above), place(from)) / (quantiles.len() - 1) as f64
    }
}

/// Those of every column of `[n, columns]`.
pub(super) fn fit(numbers: &Tensor) -> Result<Vec<Quantiles>> {
    let (_, columns) = numbers.size2()?;
    let values: Vec<f32> = Vec::try_from(numbers.f_flatten(0, -1)?)?;
    let column = |column: i64| values.iter().copied().skip(column as usize).step_by(columns as usize);
    Ok((0..columns).map(|place| Quantiles::fit(column(place))).collect())
}

/// `[n, columns]`, float32: Φ⁻¹ of every value's level, 0 where one is missing.
pub(super) fn encode(quantiles: &[Quantiles], numbers: &Tensor) -> Result<Tensor> {
    let values: Vec<f32> = Vec::try_from(numbers.f_flatten(0, -1)?)?;
    let levels: Vec<f64> =
        values.iter().zip(quantiles.iter().cycle()).map(|(&value, column)| column.level(value)).collect();
    let least = MARGIN - f64::EPSILON;
    let levels = Tensor::f_from_slice(&levels)?.f_clamp(least, 1.0 - least)?;
    Ok(levels.f_special_ndtri()?.f_to_kind(Kind::Float)?.f_view(numbers.size().as_slice())?)
}
