use tch::Tensor;

use crate::error::Result;

/// Rows of numbers and categories.
#[derive(Debug)]
pub struct Table {
    /// Names of the numeric columns.
    pub numeric: Vec<String>,
    /// `[n, numeric columns]`, float32; not a number where a value is missing.
    pub numbers: Tensor,
    /// The categorical columns.
    pub categorical: Vec<Categorical>,
}

/// A column of categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Categorical {
    /// Name of the column.
    pub name: String,
    /// The categories of this file.
    pub categories: Vec<String>,
    /// `[n]` indices into `categories`; none where a value is missing.
    pub codes: Vec<Option<u32>>,
}

impl Table {
    /// A table of numbers without missing values, `[n, columns]`, float32.
    ///
    /// # Errors
    /// If it is not of two dimensions.
    pub fn of_numbers(numbers: Tensor) -> Result<Self> {
        let (_, columns) = numbers.size2()?;
        Ok(Self {
            numeric: (1..=columns).map(|column| column.to_string()).collect(),
            numbers,
            categorical: Vec::new(),
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.size()[0] as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of columns, numeric and categorical.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.numeric.len() + self.categorical.len()
    }

    /// The rows at `rows`, which `index` holds too.
    pub(crate) fn select(&self, rows: &[usize], index: &Tensor) -> Result<Self> {
        let column = |column: &Categorical| Categorical {
            codes: rows.iter().map(|&row| column.codes[row]).collect(),
            ..column.clone()
        };
        Ok(Self {
            numeric: self.numeric.clone(),
            numbers: self.numbers.f_index_select(0, index)?,
            categorical: self.categorical.iter().map(column).collect(),
        })
    }
}
