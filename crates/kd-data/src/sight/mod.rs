//! What is in a data set, and what a model will get of it, for people to look at before anything is trained.

mod classes;
mod column;
mod short;
mod tokens;

use serde::Serialize;
use tch::Kind;

pub use classes::ClassCount;
pub use column::{Becomes, Column, Range};
pub use tokens::Tokens;

use crate::error::Result;
use crate::{Dataset, Encoding, Examples, Images, Inputs, Sequences, Targets};

/// What is in a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sight {
    /// Name of the data set.
    pub name: String,
    /// Kind of input.
    pub modality: String,
    /// What is predicted.
    pub task: String,
    /// How many examples there are to learn from.
    pub train: usize,
    /// How many are for validation.
    pub validation: usize,
    /// How many are for testing.
    pub test: usize,
    /// What models read.
    pub inputs: Seen,
    /// What is to be predicted, where that is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Range>,
    /// The classes in their order, where these are predicted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassCount>,
}

/// What models read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Images of one size.
    Images {
        /// Channels, height and width.
        size: [i64; 3],
        /// The largest value a pixel can have.
        peak: u8,
        /// The smallest and largest there are in the training split.
        range: [i64; 2],
    },
    /// Rows of columns.
    Table {
        /// Every column that is an input.
        columns: Vec<Column>,
        /// How many numbers a model reads of a row, embedded categories one each.
        width: usize,
    },
    /// Texts.
    Texts(Tokens),
    /// Blocks of a text.
    Sequences {
        /// Tokens that a model reads of a block.
        length: i64,
        /// Number of token ids.
        vocabulary: i64,
    },
}

impl Sight {
    /// What is in `dataset`, whose training rows at `held_out` are for validation. What is fitted for the eye is fitted on
    /// the others, all of them; a run fits on its own samples.
    ///
    /// # Errors
    /// If a file that tokens come from is not what it should be, or libtorch refuses.
    pub fn of(dataset: &Dataset, encoding: &Encoding, held_out: &[usize]) -> Result<Self> {
        let pool = others(dataset.train.len(), held_out);
        let inputs = match &dataset.train.inputs {
            Inputs::Images(images) => seen_images(images)?,
            Inputs::Table(table) => {
                let columns = column::columns(table, &pool, encoding)?;
                let width = columns.iter().map(|column| column.becomes.width()).sum();
                Seen::Table { columns, width }
            }
            Inputs::Texts(texts) => {
                Seen::Texts(tokens::tokens(texts, &pool, &dataset.test.inputs, encoding)?)
            }
            Inputs::Sequences(Sequences { blocks, vocabulary }) => {
                Seen::Sequences { length: blocks.size2()?.1 - 1, vocabulary: *vocabulary }
            }
        };
        let target = match &dataset.train.targets {
            Targets::Numbers(numbers) => Range::of(numbers.iter().copied()),
            Targets::Classes(_) | Targets::NextToken => None,
        };
        Ok(Self {
            name: dataset.name.clone(),
            modality: dataset.modality.to_string(),
            task: dataset.train.targets.task().to_string(),
            train: pool.len(),
            validation: validation(dataset, held_out),
            test: dataset.test.len(),
            inputs,
            target,
            classes: classes::counts(dataset, held_out),
        })
    }
}

/// How many examples are for validation: those held out, or those that the data set has for it.
fn validation(dataset: &Dataset, held_out: &[usize]) -> usize {
    if held_out.is_empty() { dataset.validation.as_ref().map_or(0, Examples::len) } else { held_out.len() }
}

/// The rows of `count` that are not among `held_out`, which ascend.
fn others(count: usize, held_out: &[usize]) -> Vec<usize> {
    let mut is_held = vec![false; count];
    for &row in held_out {
        is_held[row] = true;
    }
    (0..count).filter(|&row| !is_held[row]).collect()
}

fn seen_images(images: &Images) -> Result<Seen> {
    let (_, channels, height, width) = images.pixels.size4()?;
    let end = |pixel: tch::Tensor| -> Result<i64> { Ok(pixel.f_to_kind(Kind::Int64)?.f_int64_value(&[])?) };
    let range = [end(images.pixels.f_min()?)?, end(images.pixels.f_max()?)?];
    Ok(Seen::Images { size: [channels, height, width], peak: images.peak, range })
}

#[cfg(test)]
mod tests;
