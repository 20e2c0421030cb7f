use std::num::NonZeroU32;

use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::error::{EncodingError, Result};
use crate::text::{PADDING, Tokeniser};
use crate::{Images, Inputs, Sequences, bytes, send};

/// Encoded examples, resident on a device and read in batches.
#[derive(Debug)]
pub struct Encoded(pub(super) Resident);

#[derive(Debug)]
pub(super) enum Resident {
    /// Pixels stay bytes; a batch is standardised when it is read.
    Images { pixels: Tensor, mean: Tensor, deviation: Tensor },
    /// `[n, width]` numbers, or `[n, L]` token ids.
    Rows(Tensor),
    /// `[n, longest]` ids, `[n]` lengths on the CPU, and whether they may be read in order of these.
    Tokens { ids: Tensor, lengths: Vec<i64> },
}

impl Resident {
    /// The ids of texts, each of at most `longest`.
    pub(super) fn tokens(
        tokeniser: &Tokeniser,
        longest: Option<NonZeroU32>,
        texts: &[String],
    ) -> Result<Self> {
        let most = longest.map_or(usize::MAX, |longest| longest.get() as usize);
        let cut = |text: &String| -> Result<Vec<i64>> {
            let mut ids = tokeniser.ids(text)?;
            ids.truncate(most);
            Ok(ids)
        };
        let texts: Vec<Result<Vec<i64>>> = texts.par_iter().map(cut).collect();
        let texts = texts.into_iter().collect::<Result<Vec<_>>>()?; // of several faults, always the first
        let lengths: Vec<i64> = texts.iter().map(|ids| ids.len() as i64).collect();
        let longest = lengths.iter().copied().max().unwrap_or(1);
        let mut padded = Vec::with_capacity(texts.len() * longest as usize);
        for ids in texts {
            let end = padded.len() + longest as usize;
            padded.extend(ids);
            padded.resize(end, PADDING);
        }
        Ok(Self::Tokens { ids: Tensor::f_from_slice(&padded)?.f_view([-1, longest])?, lengths })
    }
}

impl Encoded {
    /// Inputs as any program would read them, with nothing fitted: images `[n, channels, height, width]`, float32, pixels
    /// in 0 to 1 (divided by their largest possible value, 255 for bytes); the numbers of a table `[n, columns]`,
    /// float32; blocks of tokens `[n, L]`, int64.
    ///
    /// # Errors
    /// If there is no such form: of texts, of categories, of missing numbers.
    pub fn as_read(inputs: &Inputs) -> Result<Self> {
        Ok(Self(match inputs {
            Inputs::Images(Images { pixels, peak }) => Resident::Images {
                pixels: pixels.shallow_clone(),
                mean: Tensor::f_from_slice(&[0.0_f32])?,
                deviation: Tensor::f_from_slice(&[f32::from(*peak)])?,
            },
            Inputs::Table(table) => {
                let missing = table.numbers.f_isnan()?.f_any()?.f_int64_value(&[])? == 1;
                if missing || !table.categorical.is_empty() {
                    let what = if missing { "missing numbers" } else { "categories" };
                    let problem =
                        format!("a table with {what} has no form but an encoded one; standardise it");
                    return Err(EncodingError::Form(problem).into());
                }
                Resident::Rows(table.numbers.shallow_clone())
            }
            Inputs::Sequences(Sequences { blocks, .. }) => {
                Resident::Rows(blocks.f_narrow(1, 0, blocks.size2()?.1 - 1)?)
            }
            Inputs::Texts(_) => {
                let problem = "texts are words, which no other program numbers as this one";
                return Err(EncodingError::Form(problem.to_owned()).into());
            }
        }))
    }

    /// Number of examples.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Resident::Images { pixels: rows, .. }
            | Resident::Rows(rows)
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
                mean: send(&mean, device)?,
                deviation: send(&deviation, device)?,
            },
            Resident::Rows(rows) => Resident::Rows(rows.f_to_device(device)?),
            Resident::Tokens { ids, lengths } => Resident::Tokens { ids: ids.f_to_device(device)?, lengths },
        }))
    }

    /// The examples at `index` (`[B]`, int64, on the CPU), on the same device.
    ///
    /// # Errors
    /// If an index is out of range.
    pub fn select(&self, index: &Tensor) -> Result<Self> {
        let select =
            |rows: &Tensor| -> Result<Tensor> { Ok(rows.f_index_select(0, &send(index, rows.device())?)?) };
        Ok(Self(match &self.0 {
            Resident::Images { pixels, mean, deviation } => Resident::Images {
                pixels: select(pixels)?,
                mean: mean.shallow_clone(),
                deviation: deviation.shallow_clone(),
            },
            Resident::Rows(rows) => Resident::Rows(select(rows)?),
            Resident::Tokens { ids, lengths } => {
                let chosen: Vec<i64> = Vec::try_from(index)?;
                let lengths = chosen.iter().map(|&row| lengths[row as usize]).collect();
                Resident::Tokens { ids: select(ids)?, lengths }
            }
        }))
    }

    /// The examples at `index` (`[B]`, int64, best on the CPU), in the shape that
    /// [`Encoder::input`](super::Encoder::input) tells.
    ///
    /// Texts are padded to the longest of the batch. For training, batches are never composed by length: which examples
    /// meet is the seed's choice alone, so that arms of one seed, whatever they are encoded as, are paired.
    ///
    /// # Errors
    /// If an index is out of range.
    pub fn batch(&self, index: &Tensor) -> Result<Tensor> {
        let select =
            |rows: &Tensor| -> Result<Tensor> { Ok(rows.f_index_select(0, &send(index, rows.device())?)?) };
        Ok(match &self.0 {
            Resident::Images { pixels, mean, deviation } => standardise(&select(pixels)?, mean, deviation)?,
            Resident::Rows(rows) => select(rows)?,
            Resident::Tokens { ids, lengths, .. } => {
                let batch = select(ids)?;
                let chosen: Vec<i64> = Vec::try_from(index)?;
                let longest = chosen.iter().map(|&row| lengths[row as usize]).max().unwrap_or(1);
                batch.f_narrow(1, 0, longest)?
            }
        })
    }

    /// All examples, as [`Self::batch`] would read them.
    ///
    /// # Errors
    /// If the device lacks memory.
    pub(crate) fn whole(&self) -> Result<Tensor> {
        match &self.0 {
            Resident::Images { pixels, mean, deviation } => standardise(pixels, mean, deviation),
            Resident::Rows(rows) | Resident::Tokens { ids: rows, .. } => Ok(rows.shallow_clone()),
        }
    }

    /// The examples with the longest texts first, `[n]`, so that batches in this order hold little padding; none where
    /// there is nothing to gain.
    #[must_use]
    pub fn longest_first(&self) -> Option<Vec<i64>> {
        let Resident::Tokens { lengths, .. } = &self.0 else { return None };
        let mut order: Vec<i64> = (0..lengths.len() as i64).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(lengths[row as usize]));
        Some(order)
    }
}

/// `(pixels - mean) / deviation`, float32.
fn standardise(pixels: &Tensor, mean: &Tensor, deviation: &Tensor) -> Result<Tensor> {
    if bytes::are(pixels) {
        return bytes::standardised(pixels, mean, deviation);
    }
    Ok(pixels.f_to_kind(Kind::Float)?.f_sub_(mean)?.f_div_(deviation)?)
}
