//! Numbers standardised or spread by their ranks, indicators of missing values, and one-hot categories.

use std::collections::{BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::quantiles::{self, Quantiles};
use super::{moments, row};
use crate::error::{Error, Result};
use crate::{Categorical, Table};

/// How the numbers of a table are scaled, by those of the training examples. A missing number gets a column that says
/// so, where training examples lack some of that column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// To a mean of 0 and a standard deviation of 1.
    #[default]
    Standardised,
    /// To a standard normal distribution, each by its rank: outliers and skew are gone.
    Quantile,
}

/// What was fitted on a table's training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TableEncoder {
    /// Mean of each numeric column's values that are there.
    mean: Vec<f64>,
    /// Standard deviation of the same.
    deviation: Vec<f64>,
    /// Quantiles of the same, where numbers are spread by their ranks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    quantiles: Vec<Quantiles>,
    /// The numeric columns of which values were missing; each gets an indicator column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    incomplete: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    categorical: Vec<Categories>,
}

/// The categories of a column, in alphabetical order; `None`, for a missing value, comes first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Categories {
    name: String,
    categories: Vec<Option<String>>,
}

impl TableEncoder {
    pub(super) fn fit(table: &Table, numbers: Numbers) -> Result<Self> {
        let missing = table.numbers.f_isnan()?;
        let absent = missing.f_sum_dim_intlist([0_i64].as_slice(), false, Kind::Int64)?;
        let absent: Vec<i64> = Vec::try_from(absent)?;
        let (mean, deviation) = moments_of_present(&table.numbers, &missing, &absent)?;
        Ok(Self {
            mean,
            deviation,
            quantiles: match numbers {
                Numbers::Standardised => Vec::new(),
                Numbers::Quantile => quantiles::fit(&table.numbers)?,
            },
            incomplete: (0..)
                .zip(&absent)
                .filter(|&(_, &absent)| absent > 0)
                .map(|(column, _)| column)
                .collect(),
            categorical: table.categorical.iter().map(Categories::fit).collect(),
        })
    }

    /// Number of encoded columns.
    pub(super) fn width(&self) -> i64 {
        let categories: usize = self.categorical.iter().map(|column| column.categories.len()).sum();
        (self.mean.len() + self.incomplete.len() + categories) as i64
    }

    /// `[n, width]`, float32: numbers standardised or spread by their ranks, with 0 (the mean or the median) where one
    /// is missing; indicators, 1 where it is; and a column for each category, all 0 where a category did not occur in training.
    pub(super) fn encode(&self, table: &Table) -> Result<Tensor> {
        let fits = table.numbers.size()[1] == self.mean.len() as i64
            && table.categorical.len() == self.categorical.len();
        if !fits {
            return Err(Error::Source(format!(
                "an encoder fitted on {} numeric and {} categorical columns cannot read {} and {}",
                self.mean.len(),
                self.categorical.len(),
                table.numbers.size()[1],
                table.categorical.len()
            )));
        }
        let missing = table.numbers.f_isnan()?;
        let mut parts = vec![if self.quantiles.is_empty() {
            let standardised = table.numbers.f_sub(&row(&self.mean)?)?.f_div(&row(&self.deviation)?)?;
            standardised.f_masked_fill(&missing, 0.0)?
        } else {
            quantiles::encode(&self.quantiles, &table.numbers)?
        }];
        if !self.incomplete.is_empty() {
            let columns = Tensor::f_from_slice(&self.incomplete)?;
            parts.push(missing.f_index_select(1, &columns)?.f_to_kind(Kind::Float)?);
        }
        for (fitted, column) in self.categorical.iter().zip(&table.categorical) {
            parts.push(fitted.encode(column)?);
        }
        if let [numbers] = parts.as_slice() {
            return Ok(numbers.shallow_clone());
        }
        Ok(Tensor::f_cat(&parts, 1)?)
    }
}

/// Mean and deviation of the values that are there; of a column without any, 0 and 1.
fn moments_of_present(numbers: &Tensor, missing: &Tensor, absent: &[i64]) -> Result<(Vec<f64>, Vec<f64>)> {
    let rows = numbers.size()[0];
    if absent.iter().all(|&absent| absent == 0) {
        return moments(numbers);
    }
    // With the mean in place of what is missing, squares add up as without, and only their number is wrong.
    let present: Vec<f64> = absent.iter().map(|&absent| ((rows - absent).max(1)) as f64).collect();
    let present = Tensor::f_from_slice(&present)?;
    let numbers = numbers.f_to_kind(Kind::Double)?;
    let mean = numbers.f_nansum([0_i64].as_slice(), false, Kind::Double)?.f_div(&present)?;
    let filled = numbers.f_where_self(&missing.f_logical_not()?, &mean)?;
    let squares =
        filled.f_sub(&mean)?.f_square()?.f_sum_dim_intlist([0_i64].as_slice(), false, Kind::Double)?;
    let deviation = squares.f_div(&present)?.f_sqrt()?;
    let deviation = deviation.f_masked_fill(&deviation.f_lt(1e-12)?, 1.0)?;
    Ok((Vec::try_from(mean)?, Vec::try_from(deviation)?))
}

impl Categories {
    fn fit(column: &Categorical) -> Self {
        let mut occurs = vec![false; column.categories.len()];
        column.codes.iter().flatten().for_each(|&code| occurs[code as usize] = true);
        let missing = column.codes.contains(&None).then_some(None);
        let named = column.categories.iter().zip(occurs).filter(|&(_, occurs)| occurs);
        let occurring: BTreeSet<Option<&String>> = named.map(|(name, _)| Some(name)).chain(missing).collect();
        Self {
            name: column.name.clone(),
            categories: occurring.into_iter().map(Option::<&String>::cloned).collect(),
        }
    }

    /// `[n, categories]`, float32.
    fn encode(&self, column: &Categorical) -> Result<Tensor> {
        let places: HashMap<Option<&str>, usize> =
            self.categories.iter().map(Option::as_deref).zip(0..).collect();
        let missing = places.get(&None);
        let named: Vec<Option<&usize>> =
            column.categories.iter().map(|name| places.get(&Some(name.as_str()))).collect();
        let width = self.categories.len();
        let mut values = vec![0.0_f32; column.codes.len() * width];
        for (row, code) in column.codes.iter().enumerate() {
            if let Some(place) = code.map_or(missing, |code| named[code as usize]) {
                values[row * width + place] = 1.0;
            }
        }
        Ok(Tensor::f_from_slice(&values)?.f_view([-1, width as i64])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(numbers: &[[f32; 2]], codes: &[Option<u32>]) -> Table {
        Table {
            numeric: vec!["age".into(), "hours".into()],
            numbers: Tensor::from_slice2(numbers),
            categorical: vec![Categorical {
                name: "work".into(),
                categories: vec!["state".into(), "private".into(), "none".into()],
                codes: codes.to_vec(),
            }],
        }
    }

    #[test]
    fn missing_numbers_become_the_mean_and_an_indicator() {
        let numbers = [[1.0, 5.0], [f32::NAN, 7.0], [3.0, 9.0]];
        let training = table(&numbers, &[Some(0), Some(1), Some(0)]);
        let encoder = TableEncoder::fit(&training, Numbers::Standardised).unwrap();
        assert_eq!(encoder.mean, [2.0, 7.0]);
        assert!((encoder.deviation[0] - 1.0).abs() < 1e-12);
        assert_eq!(encoder.width(), 2 + 1 + 2);
        let encoded = encoder.encode(&training).unwrap();
        let rows: Vec<f32> = Vec::try_from(encoded.narrow(1, 0, 1).flatten(0, -1)).unwrap();
        assert_eq!(rows, [-1.0, 0.0, 1.0]);
        let indicator: Vec<f32> = Vec::try_from(encoded.narrow(1, 2, 1).flatten(0, -1)).unwrap();
        assert_eq!(indicator, [0.0, 1.0, 0.0]);
    }

    #[test]
    fn categories_of_training_get_a_column_each_and_others_none() {
        let numbers = [[0.0, 0.0]; 3];
        let encoder =
            TableEncoder::fit(&table(&numbers, &[Some(0), None, Some(1)]), Numbers::Standardised).unwrap();
        let encoded = encoder.encode(&table(&numbers, &[Some(2), None, Some(1)])).unwrap().narrow(1, 2, 3);
        let expected = Tensor::from_slice2(&[[0.0_f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        assert_eq!(encoded, expected, "missing, private, state");
    }

    #[test]
    fn a_column_without_values_is_nothing() {
        let numbers = [[f32::NAN, 1.0], [f32::NAN, 1.0]];
        let training = table(&numbers, &[Some(0), Some(0)]);
        for numbers in [Numbers::Standardised, Numbers::Quantile] {
            let encoded = TableEncoder::fit(&training, numbers).unwrap().encode(&training).unwrap();
            let zeros = encoded.narrow(1, 0, 2).abs().max().double_value(&[]);
            assert!(zeros < 1e-12, "neither has one with a single value: {encoded}");
        }
    }
}
