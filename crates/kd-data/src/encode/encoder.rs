use std::num::NonZeroU32;

use kd_core::Input;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::encoded::{Encoded, Resident};
use super::encoding::Encoding;
use super::moments::{moments, moments_of_bytes, row};
use super::table::TableEncoder;
use crate::dataset;
use crate::error::{EncodingError, Result};
use crate::text::Tokeniser;
use crate::{Examples, Images, Inputs, Sequences, Targets};

/// What was fitted on a run's own training examples, and on nothing else.
///
/// ```
/// use kd_data::{Encoder, Encoding, Examples, Inputs, Table, Targets};
/// use tch::Tensor;
///
/// # fn main() -> Result<(), kd_data::Error> {
/// let numbers = Table::of_numbers(Tensor::from_slice2(&[[1.0_f32], [3.0], [9.0]]))?;
/// let examples = Examples { inputs: Inputs::Table(numbers), targets: Targets::Classes(vec![0, 1, 1]) };
/// let encoder = Encoder::fit(&examples, &[0, 1], &Encoding::default())?;
/// let batch = encoder.encode(&examples.inputs)?.batch(&Tensor::from_slice(&[0_i64, 2]))?;
/// assert_eq!(batch, Tensor::from_slice2(&[[-1.0_f32], [7.0]])); // the mean is 2, the deviation 1
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    inputs: Fitted,
    /// Mean and standard deviation of targets that are numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    targets: Option<Moments>,
}

/// Mean and (population) standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Moments {
    mean: f64,
    deviation: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fitted {
    /// Mean and standard deviation of each channel, in pixel values.
    Images {
        size: [i64; 3],
        mean: Vec<f64>,
        deviation: Vec<f64>,
    },
    Table(TableEncoder),
    Texts {
        #[serde(flatten)]
        tokeniser: Tokeniser,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        longest: Option<NonZeroU32>,
    },
    /// Nothing is fitted: a vocabulary belongs to the task.
    Sequences {
        vocabulary: i64,
        length: i64,
    },
}

impl Encoder {
    /// Fits on the examples at `rows`: a mean and deviation per channel or column, the categories that occur, or a
    /// vocabulary; and a mean and deviation of targets that are numbers.
    ///
    /// A channel or column that is constant on these examples is centred and not scaled.
    ///
    /// # Errors
    /// If `rows` is empty, or a row is not there; or if a file that tokens come from is not what it should be.
    pub fn fit(examples: &Examples, rows: &[usize], encoding: &Encoding) -> Result<Self> {
        Self::fit_partly_labelled(examples, rows, rows, encoding)
    }

    /// The same where the targets of the examples at `labelled` alone are known, while the inputs of all at `rows` are.
    ///
    /// # Errors
    /// As [`Encoder::fit`].
    pub fn fit_partly_labelled(
        examples: &Examples,
        rows: &[usize],
        labelled: &[usize],
        encoding: &Encoding,
    ) -> Result<Self> {
        if rows.is_empty() || labelled.is_empty() {
            return Err(EncodingError::NoExamples.into());
        }
        let index = dataset::index(rows, examples.len())?;
        let inputs = match &examples.inputs {
            Inputs::Images(Images { pixels, .. }) => {
                let (_, channels, height, width) = pixels.size4()?;
                let (mean, deviation) = moments_of_bytes(pixels, rows)?;
                Fitted::Images { size: [channels, height, width], mean, deviation }
            }
            Inputs::Table(table) => {
                let Encoding { numbers, categories, .. } = *encoding;
                Fitted::Table(TableEncoder::fit(&table.select(rows, &index)?, numbers, categories)?)
            }
            Inputs::Texts(texts) => {
                let chosen = rows.iter().map(|&row| texts[row].as_str());
                Fitted::Texts {
                    tokeniser: Tokeniser::fit(chosen, &encoding.cutting())?,
                    longest: encoding.longest,
                }
            }
            Inputs::Sequences(Sequences { blocks, vocabulary }) => {
                Fitted::Sequences { vocabulary: *vocabulary, length: blocks.size2()?.1 - 1 }
            }
        };
        let targets = match &examples.targets {
            Targets::Numbers(numbers) => {
                let chosen: Vec<f32> = labelled.iter().map(|&row| numbers[row]).collect();
                let (mean, deviation) = moments(&Tensor::f_from_slice(&chosen)?.f_view([-1, 1])?)?;
                Some(Moments { mean: mean[0], deviation: deviation[0] })
            }
            Targets::Classes(_) | Targets::NextToken => None,
        };
        Ok(Self { inputs, targets })
    }

    /// What one encoded example looks like.
    #[must_use]
    pub fn input(&self) -> Input {
        match &self.inputs {
            Fitted::Images { size: [channels, height, width], .. } => {
                Input::Image { channels: *channels, height: *height, width: *width }
            }
            Fitted::Table(table) => table.input(),
            Fitted::Texts { tokeniser, .. } => Input::Tokens { vocabulary: tokeniser.size() },
            Fitted::Sequences { vocabulary, length } => {
                Input::Sequence { vocabulary: *vocabulary, length: *length }
            }
        }
    }

    /// Encodes inputs, whichever they are.
    ///
    /// # Errors
    /// If they are of another kind or size than those it was fitted on, or a text cannot be cut into tokens.
    pub fn encode(&self, inputs: &Inputs) -> Result<Encoded> {
        Ok(Encoded(match (&self.inputs, inputs) {
            (Fitted::Images { mean, deviation, .. }, Inputs::Images(Images { pixels, .. })) => {
                Resident::Images {
                    pixels: pixels.shallow_clone(),
                    mean: row(mean)?.f_view([1, -1, 1, 1])?,
                    deviation: row(deviation)?.f_view([1, -1, 1, 1])?,
                }
            }
            (Fitted::Table(fitted), Inputs::Table(table)) => Resident::Rows(fitted.encode(table)?),
            (Fitted::Texts { tokeniser, longest }, Inputs::Texts(texts)) => {
                Resident::tokens(tokeniser, *longest, texts)?
            }
            (Fitted::Sequences { length, .. }, Inputs::Sequences(Sequences { blocks, .. })) => {
                Resident::Rows(blocks.f_narrow(1, 0, *length)?)
            }
            (fitted, given) => {
                return Err(EncodingError::Kind { fitted: fitted.kind(), given: given.kind() }.into());
            }
        }))
    }

    /// What a loss compares with: class indices `[n]`, int64; numbers standardised `[n, 1]`, float32; or next tokens
    /// `[n, L]`, int64.
    ///
    /// # Errors
    /// If targets are of another kind than those it was fitted on.
    pub fn targets(&self, examples: &Examples) -> Result<Tensor> {
        match (&examples.targets, self.targets, &examples.inputs) {
            (Targets::Classes(labels), ..) => Ok(Tensor::f_from_slice(labels)?),
            (Targets::Numbers(numbers), Some(Moments { mean, deviation }), _) => {
                let standardised: Vec<f32> =
                    numbers.iter().map(|&number| ((f64::from(number) - mean) / deviation) as f32).collect();
                Ok(Tensor::f_from_slice(&standardised)?.f_view([-1, 1])?)
            }
            (Targets::NextToken, _, Inputs::Sequences(Sequences { blocks, .. })) => {
                Ok(blocks.f_narrow(1, 1, blocks.size2()?.1 - 1)?)
            }
            (Targets::Numbers(_) | Targets::NextToken, _, inputs) => {
                Err(EncodingError::Kind { fitted: self.inputs.kind(), given: inputs.kind() }.into())
            }
        }
    }

    /// Numbers in the units of the file, standardised as targets are; anything else as it is.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn standardised(&self, numbers: &Tensor) -> Result<Tensor> {
        Ok(match self.targets {
            Some(Moments { mean, deviation }) => numbers.f_sub_scalar(mean)?.f_div_scalar(deviation)?,
            None => numbers.shallow_clone(),
        })
    }

    /// Predictions of standardised numbers, in the units of the file; anything else as it is.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn original_units(&self, predictions: &Tensor) -> Result<Tensor> {
        Ok(match self.targets {
            Some(Moments { mean, deviation }) => predictions.f_mul_scalar(deviation)?.f_add_scalar(mean)?,
            None => predictions.shallow_clone(),
        })
    }
}

impl Fitted {
    fn kind(&self) -> &'static str {
        match self {
            Self::Images { .. } => "images",
            Self::Table(_) => "tables",
            Self::Texts { .. } => "texts",
            Self::Sequences { .. } => "sequences",
        }
    }
}
