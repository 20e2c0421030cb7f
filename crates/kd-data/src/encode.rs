use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};
use crate::text::{PADDING, Vocabulary};
use crate::{Images, Inputs};

/// How texts become token ids. Images and tables have nothing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encoding {
    /// Largest number of token ids.
    #[serde(default = "vocabulary_default")]
    pub vocabulary: NonZeroU32,
    /// Whether pairs of adjacent words are tokens too.
    #[serde(default = "bigrams_default")]
    pub bigrams: bool,
}

fn vocabulary_default() -> NonZeroU32 {
    const { NonZeroU32::new(8192).unwrap() }
}

fn bigrams_default() -> bool {
    true
}

impl Default for Encoding {
    fn default() -> Self {
        Self { vocabulary: vocabulary_default(), bigrams: bigrams_default() }
    }
}

/// What was fitted on a run's own training examples, and on nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Encoder(Fitted);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fitted {
    /// Mean and standard deviation of each channel, in pixel values.
    Images {
        size: [i64; 3],
        mean: Vec<f64>,
        deviation: Vec<f64>,
    },
    /// Mean and standard deviation of each column.
    Table {
        mean: Vec<f64>,
        deviation: Vec<f64>,
    },
    Texts {
        vocabulary: Vocabulary,
    },
}

/// What one encoded example looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputShape {
    /// `[B, channels, height, width]`, float32.
    Image {
        /// Colour planes.
        channels: i64,
        /// Pixels.
        height: i64,
        /// Pixels.
        width: i64,
    },
    /// `[B, width]`, float32.
    Features {
        /// Columns.
        width: i64,
    },
    /// `[B, L]`, int64 token ids below `vocabulary`, 0 being padding.
    Tokens {
        /// Number of token ids.
        vocabulary: i64,
    },
}

/// Encoded examples, resident on a device and read in batches.
#[derive(Debug)]
pub struct Encoded(Resident);

#[derive(Debug)]
enum Resident {
    /// Pixels stay bytes; a batch is standardised when it is read.
    Images {
        pixels: Tensor,
        mean: Tensor,
        deviation: Tensor,
    },
    Table(Tensor),
    /// `[n, longest]` ids, and `[n]` lengths on the CPU.
    Tokens {
        ids: Tensor,
        lengths: Vec<i64>,
    },
}

impl Encoder {
    /// Fits on the examples at `rows` of `inputs`: a mean and deviation per channel or column, or a vocabulary.
    ///
    /// A channel or column that is constant on these examples is centred and not scaled.
    ///
    /// # Errors
    /// If `rows` is empty.
    ///
    /// # Panics
    /// If a row is not there and inputs are texts.
    pub fn fit(inputs: &Inputs, rows: &[usize], encoding: &Encoding) -> Result<Self> {
        if rows.is_empty() {
            return Err(Error::NoExamples);
        }
        let index = Tensor::f_from_slice(&rows.iter().map(|&row| row as i64).collect::<Vec<_>>())?;
        Ok(Self(match inputs {
            Inputs::Images(Images { pixels, .. }) => {
                let (_, channels, height, width) = pixels.size4()?;
                let (mean, deviation) = moments(&pixels.f_index_select(0, &index)?, &[0, 2, 3])?;
                Fitted::Images { size: [channels, height, width], mean, deviation }
            }
            Inputs::Table(table) => {
                let (mean, deviation) = moments(&table.f_index_select(0, &index)?, &[0])?;
                Fitted::Table { mean, deviation }
            }
            Inputs::Texts(texts) => {
                let chosen = rows.iter().map(|&row| texts[row].as_str());
                Fitted::Texts { vocabulary: Vocabulary::fit(chosen, encoding) }
            }
        }))
    }

    /// What one encoded example looks like.
    #[must_use]
    pub fn input(&self) -> InputShape {
        match &self.0 {
            Fitted::Images { size: [channels, height, width], .. } => {
                InputShape::Image { channels: *channels, height: *height, width: *width }
            }
            Fitted::Table { mean, .. } => InputShape::Features { width: mean.len() as i64 },
            Fitted::Texts { vocabulary } => InputShape::Tokens { vocabulary: vocabulary.size() },
        }
    }

    /// Encodes examples, whichever they are.
    ///
    /// # Errors
    /// If they are of another kind or size than those it was fitted on.
    pub fn encode(&self, inputs: &Inputs) -> Result<Encoded> {
        Ok(Encoded(match (&self.0, inputs) {
            (Fitted::Images { mean, deviation, .. }, Inputs::Images(Images { pixels, .. })) => {
                Resident::Images {
                    pixels: pixels.shallow_clone(),
                    mean: row(mean)?.f_view([1, -1, 1, 1])?,
                    deviation: row(deviation)?.f_view([1, -1, 1, 1])?,
                }
            }
            (Fitted::Table { mean, deviation }, Inputs::Table(table)) => {
                Resident::Table(table.f_sub(&row(mean)?)?.f_div(&row(deviation)?)?)
            }
            (Fitted::Texts { vocabulary }, Inputs::Texts(texts)) => tokens(vocabulary, texts)?,
            (fitted, given) => return Err(Error::Kind { fitted: fitted.kind(), given: given.kind() }),
        }))
    }
}

impl Fitted {
    fn kind(&self) -> &'static str {
        match self {
            Self::Images { .. } => "images",
            Self::Table { .. } => "tables",
            Self::Texts { .. } => "texts",
        }
    }
}

impl Inputs {
    fn kind(&self) -> &'static str {
        match self {
            Self::Images(_) => "images",
            Self::Table(_) => "tables",
            Self::Texts(_) => "texts",
        }
    }
}

/// Mean and (population) standard deviation over `dimensions`; a deviation of nothing becomes 1.
fn moments(values: &Tensor, dimensions: &[i64]) -> Result<(Vec<f64>, Vec<f64>)> {
    let values = values.f_to_kind(Kind::Double)?;
    let mean = values.f_mean_dim(dimensions, false, None::<Kind>)?;
    let deviation = values.f_std_dim(dimensions, false, false)?;
    let constant = deviation.f_lt(1e-12)?;
    let deviation = deviation.f_masked_fill(&constant, 1.0)?;
    Ok((Vec::try_from(mean)?, Vec::try_from(deviation)?))
}

fn row(values: &[f64]) -> Result<Tensor> {
    Ok(Tensor::f_from_slice(values)?.f_to_kind(Kind::Float)?)
}

fn tokens(vocabulary: &Vocabulary, texts: &[String]) -> Result<Resident> {
    let texts: Vec<Vec<i64>> = texts.iter().map(|text| vocabulary.ids(text)).collect();
    let lengths: Vec<i64> = texts.iter().map(|ids| ids.len() as i64).collect();
    let longest = lengths.iter().copied().max().unwrap_or(1);
    let mut padded = Vec::with_capacity(texts.len() * longest as usize);
    for ids in texts {
        let end = padded.len() + longest as usize;
        padded.extend(ids);
        padded.resize(end, PADDING);
    }
    Ok(Resident::Tokens { ids: Tensor::f_from_slice(&padded)?.f_view([-1, longest])?, lengths })
}

impl Encoded {
    /// Number of examples.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Resident::Images { pixels: rows, .. }
            | Resident::Table(rows)
            | Resident::Tokens { ids: rows, .. } => rows.size()[0] as usize,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Moves the examples to a device.
    ///
    /// # Errors
    /// If the device is not there or lacks memory.
    pub fn to_device(self, device: Device) -> Result<Self> {
        Ok(Self(match self.0 {
            Resident::Images { pixels, mean, deviation } => Resident::Images {
                pixels: pixels.f_to_device(device)?,
                mean: mean.f_to_device(device)?,
                deviation: deviation.f_to_device(device)?,
            },
            Resident::Table(table) => Resident::Table(table.f_to_device(device)?),
            Resident::Tokens { ids, lengths } => Resident::Tokens { ids: ids.f_to_device(device)?, lengths },
        }))
    }

    /// The examples at `index` (`[B]`, int64, on the examples' device), in the shape that [`Encoder::input`] tells.
    ///
    /// Texts are padded to the longest of the batch.
    ///
    /// # Errors
    /// If an index is out of range.
    pub fn batch(&self, index: &Tensor) -> Result<Tensor> {
        Ok(match &self.0 {
            Resident::Images { pixels, mean, deviation } => {
                pixels.f_index_select(0, index)?.f_to_kind(Kind::Float)?.f_sub(mean)?.f_div(deviation)?
            }
            Resident::Table(table) => table.f_index_select(0, index)?,
            Resident::Tokens { ids, lengths } => {
                let batch = ids.f_index_select(0, index)?;
                let chosen: Vec<i64> = Vec::try_from(index)?;
                let longest = chosen.iter().map(|&row| lengths[row as usize]).max().unwrap_or(1);
                batch.f_narrow(1, 0, longest)?
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[f32; 2]]) -> Inputs {
        Inputs::Table(Tensor::from_slice2(rows))
    }

    fn all(encoded: &Encoded) -> Tensor {
        encoded.batch(&Tensor::arange(encoded.len() as i64, (Kind::Int64, Device::Cpu))).unwrap()
    }

    fn fit(inputs: &Inputs, rows: &[usize]) -> Encoder {
        Encoder::fit(inputs, rows, &Encoding::default()).unwrap()
    }

    #[test]
    fn columns_are_standardised_on_the_fitting_rows_alone() {
        let inputs = table(&[[1.0, 5.0], [3.0, 5.0], [1000.0, -7.0]]);
        let encoder = fit(&inputs, &[0, 1]);
        let encoded = all(&encoder.encode(&inputs).unwrap());
        let expected = Tensor::from_slice2(&[[-1.0_f32, 0.0], [1.0, 0.0], [998.0, -12.0]]);
        assert!(encoded.allclose(&expected, 1e-6, 1e-6, false), "{encoded:?}");
        assert_eq!(
            encoder,
            fit(&table(&[[1.0, 5.0], [3.0, 5.0], [0.0, 0.0]]), &[0, 1]),
            "other rows do not matter"
        );
        assert_eq!(encoder.input(), InputShape::Features { width: 2 });
    }

    #[test]
    fn images_are_standardised_per_channel() {
        let pixels = Tensor::from_slice(&[0_u8, 10, 20, 30, 7, 7, 7, 7]).view([1, 2, 2, 2]);
        let inputs = Inputs::Images(Images { pixels, peak: 255 });
        let encoder = fit(&inputs, &[0]);
        let batch = all(&encoder.encode(&inputs).unwrap());
        assert!((batch.get(0).get(0).mean(Kind::Float).double_value(&[])).abs() < 1e-6);
        assert!((batch.get(0).get(0).std(false).double_value(&[]) - 1.0).abs() < 1e-6);
        assert!(batch.get(0).get(1).abs().max().double_value(&[]) < 1e-12);
        assert_eq!(encoder.input(), InputShape::Image { channels: 2, height: 2, width: 2 });
    }

    #[test]
    fn texts_are_padded_to_the_longest_of_the_batch() {
        let inputs = Inputs::Texts(vec!["a b c".into(), "a".into(), "b a".into()]);
        let encoding = Encoding { bigrams: false, ..Encoding::default() };
        let encoder = Encoder::fit(&inputs, &[0, 1, 2], &encoding).unwrap();
        let encoded = encoder.encode(&inputs).unwrap();
        assert_eq!(
            encoded.batch(&Tensor::from_slice(&[1_i64, 2])).unwrap(),
            Tensor::from_slice2(&[[2_i64, 0], [3, 2]])
        );
        assert_eq!(encoded.batch(&Tensor::from_slice(&[1_i64])).unwrap().size(), [1, 1]);
        assert_eq!(encoder.input(), InputShape::Tokens { vocabulary: 5 });
    }

    #[test]
    fn a_stored_encoder_is_the_same() {
        for inputs in [table(&[[1.0, 2.0], [3.0, 5.0]]), Inputs::Texts(vec!["a b".into(), "c".into()])] {
            let encoder = fit(&inputs, &[0, 1]);
            let stored = serde_json::to_string(&encoder).unwrap();
            assert_eq!(serde_json::from_str::<Encoder>(&stored).unwrap(), encoder);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let encoder = fit(&table(&[[1.0, 2.0]]), &[0]);
        let texts = Inputs::Texts(vec!["a".into()]);
        let message = encoder.encode(&texts).unwrap_err().to_string();
        assert_eq!(message, "an encoder fitted on tables cannot read texts");
        assert!(matches!(Encoder::fit(&texts, &[], &Encoding::default()), Err(Error::NoExamples)));
    }
}
