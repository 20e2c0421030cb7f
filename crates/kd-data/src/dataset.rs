use std::fmt;

use tch::Tensor;

use crate::error::Result;

/// A data set with its official splits.
#[derive(Debug)]
pub struct Dataset {
    /// Name in the catalogue; part of every example's identity.
    pub name: String,
    /// Kind of input.
    pub modality: Modality,
    /// Names of the classes; a label is an index into this.
    pub classes: Vec<String>,
    /// Training split.
    pub train: Examples,
    /// Test split.
    pub test: Examples,
    /// BLAKE3 over names and bytes of the files, in hexadecimal.
    pub fingerprint: String,
    /// Where it comes from.
    pub about: About,
}

/// Kind of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modality {
    /// Images.
    Vision,
    /// Rows of numbers.
    Tabular,
    /// Texts.
    Text,
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vision => "vision",
            Self::Tabular => "tabular",
            Self::Text => "text",
        })
    }
}

/// Where a data set comes from.
#[derive(Debug, Clone)]
pub struct About {
    /// Full name.
    pub title: String,
    /// Licence of the data.
    pub licence: String,
    /// Whom to cite.
    pub citation: String,
    /// Where to read about it.
    pub address: String,
}

/// Inputs and labels, row by row in the order of the official file.
#[derive(Debug)]
pub struct Examples {
    /// What a model sees.
    pub inputs: Inputs,
    /// Class indices.
    pub labels: Vec<i64>,
}

/// What a model sees, before encoding.
#[derive(Debug)]
pub enum Inputs {
    /// Images.
    Images(Images),
    /// `[n, columns]`, float32.
    Table(Tensor),
    /// Texts.
    Texts(Vec<String>),
}

/// Images of one size.
#[derive(Debug)]
pub struct Images {
    /// `[n, channels, height, width]`, uint8.
    pub pixels: Tensor,
    /// The largest value a pixel can have.
    pub peak: u8,
}

impl Examples {
    /// Number of examples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The examples at `rows`, in that order.
    ///
    /// # Errors
    /// If a row is not there.
    ///
    /// # Panics
    /// If a row is not there and inputs are texts.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let index = || -> Result<Tensor> {
            Ok(Tensor::f_from_slice(&rows.iter().map(|&row| row as i64).collect::<Vec<_>>())?)
        };
        let inputs = match &self.inputs {
            Inputs::Images(Images { pixels, peak }) => {
                Inputs::Images(Images { pixels: pixels.f_index_select(0, &index()?)?, peak: *peak })
            }
            Inputs::Table(table) => Inputs::Table(table.f_index_select(0, &index()?)?),
            Inputs::Texts(texts) => Inputs::Texts(rows.iter().map(|&row| texts[row].clone()).collect()),
        };
        Ok(Self { inputs, labels: rows.iter().map(|&row| self.labels[row]).collect() })
    }
}
