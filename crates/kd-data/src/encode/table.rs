//! Numbers standardised or spread by their ranks, indicators of missing values, and categories one-hot or numbered.

use std::collections::{BTreeSet, HashMap};

use kd_core::Input;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::moments::{moments, row};
use super::quantiles::{self, Quantiles};
use crate::error::{EncodingError, Result};
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

/// What becomes of the categories of a table: those that occur in the training examples, of each column. A missing
/// category is one of them where training examples lack some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Categories {
    /// A column each, 1 where it is; all are 0 for one that did not occur.
    #[default]
    OneHot,
    /// A vector each, which the model learns. Those that did not occur share one for each column, which stays where it
    /// started. For models that embed: `ft_transformer`, and those with a size of `embedding`.
    Embedded,
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
    categorical: Vec<Levels>,
    /// Whether these are numbered rather than one-hot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    embedded: bool,
}

/// The categories of a column, in alphabetical order; `None`, for a missing value, comes first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Levels {
    name: String,
    categories: Vec<Option<String>>,
}

impl TableEncoder {
    pub(super) fn fit(table: &Table, numbers: Numbers, categories: Categories) -> Result<Self> {
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
            categorical: table.categorical.iter().map(Levels::fit).collect(),
            embedded: categories == Categories::Embedded,
        })
    }

    /// What an encoded row looks like.
    pub(super) fn input(&self) -> Input {
        let numeric = (self.mean.len() + self.incomplete.len()) as i64;
        let occurring: i64 = self.categorical.iter().map(Levels::count).sum();
        let categories = self.categorical.len() as i64;
        if self.embedded {
            Input::Table { numeric, categories, levels: occurring + categories }
        } else {
            Input::Features { width: numeric + occurring }
        }
    }

    /// `[n, columns]`, float32: numbers standardised or spread by their ranks, with 0 (the mean or the median) where one
    /// is missing; indicators, 1 where it is; and the categories, one-hot or as the ids of [`Input::Table`], of which the
    /// first of each column is that of categories that did not occur in training.
    pub(super) fn encode(&self, table: &Table) -> Result<Tensor> {
        let fitted = [self.mean.len(), self.categorical.len()];
        let given = [table.numbers.size()[1] as usize, table.categorical.len()];
        if fitted != given {
            return Err(EncodingError::Columns { fitted, given }.into());
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
        let numbers = Tensor::f_cat(&parts, 1)?;
        if self.categorical.is_empty() { Ok(numbers) } else { self.with_categories(&numbers, table) }
    }

    /// `numbers`, `[n, columns]`, and behind them the categories. Most of it is zeros: it is written once.
    fn with_categories(&self, numbers: &Tensor, table: &Table) -> Result<Tensor> {
        let (rows, behind) = numbers.size2()?;
        let columns = |fitted: &Levels| if self.embedded { 1 } else { fitted.categories.len() };
        let mut column = behind as usize;
        let width = column + self.categorical.iter().map(columns).sum::<usize>();
        let mut values = vec![0.0_f32; rows as usize * width];
        let numbers = Vec::<f32>::try_from(numbers.f_flatten(0, -1)?)?;
        let each = values.chunks_exact_mut(width.max(1)).zip(numbers.chunks_exact(column.max(1)));
        each.for_each(|(row, numbers)| row[..numbers.len()].copy_from_slice(numbers));
        let mut first = 0;
        for (fitted, given) in self.categorical.iter().zip(&table.categorical) {
            for (row, place) in fitted.places(given).enumerate() {
                let own = row * width + column;
                if self.embedded {
                    // Whole numbers up to 2^24 are exact in float32.
                    values[own] = (first + place.map_or(0, |place| 1 + place)) as f32;
                } else if let Some(place) = place {
                    values[own + place] = 1.0;
                }
            }
            column += columns(fitted);
            first += 1 + fitted.categories.len();
        }
        Ok(Tensor::f_from_slice(&values)?.f_view([rows, width as i64])?)
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

impl Levels {
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

    fn count(&self) -> i64 {
        self.categories.len() as i64
    }

    /// Where among these the categories of a column are; none for one that is not among them.
    fn places(&self, column: &Categorical) -> impl Iterator<Item = Option<usize>> {
        let places: HashMap<Option<&str>, usize> =
            self.categories.iter().map(Option::as_deref).zip(0..).collect();
        let missing = places.get(&None).copied();
        let named: Vec<Option<usize>> =
            column.categories.iter().map(|name| places.get(&Some(name.as_str())).copied()).collect();
        column.codes.iter().map(move |code| code.map_or(missing, |code| named[code as usize]))
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

    fn fit(table: &Table, categories: Categories) -> TableEncoder {
        TableEncoder::fit(table, Numbers::Standardised, categories).unwrap()
    }

    #[test]
    fn missing_numbers_become_the_mean_and_an_indicator() {
        let numbers = [[1.0, 5.0], [f32::NAN, 7.0], [3.0, 9.0]];
        let training = table(&numbers, &[Some(0), Some(1), Some(0)]);
        let encoder = fit(&training, Categories::OneHot);
        assert_eq!(encoder.mean, [2.0, 7.0]);
        assert!((encoder.deviation[0] - 1.0).abs() < 1e-12);
        assert_eq!(encoder.input(), Input::Features { width: 2 + 1 + 2 });
        let encoded = encoder.encode(&training).unwrap();
        let rows: Vec<f32> = Vec::try_from(encoded.narrow(1, 0, 1).flatten(0, -1)).unwrap();
        assert_eq!(rows, [-1.0, 0.0, 1.0]);
        let indicator: Vec<f32> = Vec::try_from(encoded.narrow(1, 2, 1).flatten(0, -1)).unwrap();
        assert_eq!(indicator, [0.0, 1.0, 0.0]);
    }

    #[test]
    fn categories_of_training_get_a_column_each_and_others_none() {
        let numbers = [[0.0, 0.0]; 3];
        let encoder = fit(&table(&numbers, &[Some(0), None, Some(1)]), Categories::OneHot);
        let encoded = encoder.encode(&table(&numbers, &[Some(2), None, Some(1)])).unwrap().narrow(1, 2, 3);
        let expected = Tensor::from_slice2(&[[0.0_f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        assert_eq!(encoded, expected, "missing, private, state");
    }

    #[test]
    fn embedded_categories_are_numbered_from_column_to_column() {
        let two = |codes: &[Option<u32>]| {
            let mut two = table(&vec![[0.0, f32::NAN]; codes.len()], codes);
            two.categorical.push(Categorical { name: "again".into(), ..two.categorical[0].clone() });
            two
        };
        let encoder = fit(&two(&[Some(0), Some(1), Some(0)]), Categories::Embedded);
        // Two kinds of work in each column, and one more for others; two numbers and the absence of one.
        assert_eq!(encoder.input(), Input::Table { numeric: 3, categories: 2, levels: 6 });
        let ids = encoder.encode(&two(&[Some(0), Some(1), Some(2), None])).unwrap().narrow(1, 3, 2);
        let [private, state, other] = [[1.0_f32, 4.0], [2.0, 5.0], [0.0, 3.0]];
        assert_eq!(ids, Tensor::from_slice2(&[state, private, other, other]));

        let lacking = fit(&two(&[None, Some(1)]), Categories::Embedded);
        let ids = lacking.encode(&two(&[None, Some(2)])).unwrap().narrow(1, 3, 1);
        assert_eq!(
            ids,
            Tensor::from_slice2(&[[1.0_f32], [0.0]]),
            "what is missing in training is a category"
        );
        let stored = serde_json::to_string(&lacking).unwrap();
        assert_eq!(serde_json::from_str::<TableEncoder>(&stored).unwrap(), lacking);
    }

    #[test]
    fn a_column_without_values_is_nothing() {
        let numbers = [[f32::NAN, 1.0], [f32::NAN, 1.0]];
        let training = table(&numbers, &[Some(0), Some(0)]);
        for numbers in [Numbers::Standardised, Numbers::Quantile] {
            let encoded =
                TableEncoder::fit(&training, numbers, Categories::OneHot).unwrap().encode(&training).unwrap();
            let zeros = encoded.narrow(1, 0, 2).abs().max().double_value(&[]);
            assert!(zeros < 1e-12, "neither has one with a single value: {encoded}");
        }
    }
}
