//! A column of a table: what it holds, and what a model gets of it.

use std::collections::HashSet;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::Result;
use crate::{Categorical, Categories, Encoding, Numbers, Table};

/// A column that is an input, over the rows that there are to learn from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Rows without a value.
    pub missing: usize,
    /// Different values.
    pub distinct: usize,
    /// Its numbers; none of categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Range>,
    /// Its most frequent categories with their counts; none of numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commonest: Vec<(String, usize)>,
    /// What a model reads of it.
    pub becomes: Becomes,
}

/// Where numbers lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// The smallest.
    pub least: f32,
    /// The mean.
    pub mean: f64,
    /// The largest.
    pub most: f32,
}

/// What a model reads of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// Nothing that tells rows apart: all values are the same.
    Constant {
        /// Numbers that are read of it.
        width: usize,
    },
    /// A number, and another that says whether it is missing if it is in some training rows.
    Number {
        /// How it is scaled.
        scaled: Numbers,
        /// Whether some are missing.
        indicator: bool,
    },
    /// A number for each category.
    OneHot(usize),
    /// One of so many learnt vectors.
    Embedded(usize),
}

/// So many categories are named.
const NAMED: usize = 5;

impl Range {
    pub(super) fn of(numbers: impl Iterator<Item = f32>) -> Option<Self> {
        let (mut least, mut most, mut sum, mut count) = (f32::INFINITY, f32::NEG_INFINITY, 0.0, 0_usize);
        for number in numbers.filter(|number| !number.is_nan()) {
            (least, most) = (least.min(number), most.max(number));
            sum += f64::from(number);
            count += 1;
        }
        (count > 0).then(|| Self { least, mean: sum / count as f64, most })
    }
}

impl Becomes {
    /// Numbers that a model reads.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Constant { width } => width,
            Self::Number { indicator, .. } => 1 + usize::from(indicator),
            Self::OneHot(categories) => categories,
            Self::Embedded(_) => 1,
        }
    }
}

impl fmt::Display for Becomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Constant { .. } => f.write_str("nothing: constant"),
            Self::Number { scaled, indicator } => {
                let scaled = match scaled {
                    Numbers::Standardised => "",
                    Numbers::Quantile => " by rank",
                };
                let indicator = if indicator { " + missing" } else { "" };
                write!(f, "number{scaled}{indicator}")
            }
            Self::OneHot(categories) => write!(f, "{categories} one-hot"),
            Self::Embedded(categories) => write!(f, "1 of {categories} vectors"),
        }
    }
}

impl Serialize for Becomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The columns of a table over `rows`, numbers first, as models read them.
pub(super) fn columns(table: &Table, rows: &[usize], encoding: &Encoding) -> Result<Vec<Column>> {
    let mut columns = Vec::with_capacity(table.columns());
    for (place, name) in table.numeric.iter().enumerate() {
        let all: Vec<f32> = Vec::try_from(table.numbers.f_select(1, place as i64)?.f_contiguous()?)?;
        columns.push(of_numbers(name, rows.iter().map(|&row| all[row]), encoding.numbers));
    }
    columns.extend(table.categorical.iter().map(|column| of_categories(column, rows, encoding.categories)));
    Ok(columns)
}

fn of_numbers(name: &str, numbers: impl Iterator<Item = f32> + Clone, scaled: Numbers) -> Column {
    let missing = numbers.clone().filter(|number| number.is_nan()).count();
    let present = numbers.clone().filter(|number| !number.is_nan());
    // Zero has two forms.
    let distinct = present.map(|number| (number + 0.0).to_bits()).collect::<HashSet<u32>>().len();
    let indicator = missing > 0;
    let becomes = if distinct + usize::from(indicator) <= 1 {
        Becomes::Constant { width: 1 + usize::from(indicator) }
    } else {
        Becomes::Number { scaled, indicator }
    };
    Column {
        name: name.to_owned(),
        missing,
        distinct,
        numbers: Range::of(numbers),
        commonest: Vec::new(),
        becomes,
    }
}

fn of_categories(column: &Categorical, rows: &[usize], categories: Categories) -> Column {
    let mut counts = vec![0_usize; column.categories.len()];
    let mut missing = 0;
    for &row in rows {
        match column.codes[row] {
            Some(code) => counts[code as usize] += 1,
            None => missing += 1,
        }
    }
    let mut commonest: Vec<(String, usize)> =
        column.categories.iter().cloned().zip(counts).filter(|(_, count)| *count > 0).collect();
    let distinct = commonest.len();
    // Of equal counts, the first in the file.
    commonest.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    commonest.truncate(NAMED);
    let levels = distinct + usize::from(missing > 0);
    let becomes = match categories {
        _ if levels <= 1 => Becomes::Constant { width: 1 },
        Categories::OneHot => Becomes::OneHot(levels),
        Categories::Embedded => Becomes::Embedded(levels),
    };
    Column { name: column.name.clone(), missing, distinct, numbers: None, commonest, becomes }
}
