mod encoding;
mod quantiles;
mod table;

use std::num::NonZeroU32;

use kd_core::Input;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::dataset;
use crate::error::{Error, Result};
use crate::text::{PADDING, Tokeniser};
use crate::{Examples, Images, Inputs, Sequences, Targets, bytes, send};
pub use encoding::Encoding;
use table::TableEncoder;
pub use table::{Categories, Numbers};

/// What was fitted on a run's own training examples, and on nothing else.
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

/// Encoded examples, resident on a device and read in batches.
#[derive(Debug)]
pub struct Encoded(Resident);

#[derive(Debug)]
enum Resident {
    /// Pixels stay bytes; a batch is standardised when it is read.
    Images { pixels: Tensor, mean: Tensor, deviation: Tensor },
    /// `[n, width]` numbers, or `[n, L]` token ids.
    Rows(Tensor),
    /// `[n, longest]` ids, `[n]` lengths on the CPU, and whether they may be read in order of these.
    Tokens { ids: Tensor, lengths: Vec<i64> },
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
        if rows.is_empty() {
            return Err(Error::NoExamples);
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
                let chosen: Vec<f32> = rows.iter().map(|&row| numbers[row]).collect();
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
                tokens(tokeniser, *longest, texts)?
            }
            (Fitted::Sequences { length, .. }, Inputs::Sequences(Sequences { blocks, .. })) => {
                Resident::Rows(blocks.f_narrow(1, 0, *length)?)
            }
            (fitted, given) => return Err(Error::Kind { fitted: fitted.kind(), given: given.kind() }),
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
                Err(Error::Kind { fitted: self.inputs.kind(), given: inputs.kind() })
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

impl Inputs {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Images(_) => "images",
            Self::Table(_) => "tables",
            Self::Texts(_) => "texts",
            Self::Sequences(_) => "sequences",
        }
    }
}

/// Mean and (population) standard deviation of every column of `[n, width]`; a deviation of nothing becomes 1.
fn moments(values: &Tensor) -> Result<(Vec<f64>, Vec<f64>)> {
    let values = values.f_to_kind(Kind::Double)?;
    let mean = values.f_mean_dim([0_i64].as_slice(), true, None::<Kind>)?;
    let squares = values.f_sub(&mean)?.f_square()?;
    let deviation = squares.f_mean_dim([0_i64].as_slice(), false, None::<Kind>)?.f_sqrt()?;
    let constant = deviation.f_lt(1e-12)?;
    let deviation = deviation.f_masked_fill(&constant, 1.0)?;
    Ok((Vec::try_from(mean.f_flatten(0, -1)?)?, Vec::try_from(deviation)?))
}

/// The same of every channel of the images `[n, channels, height, width]` at `rows`, which are bytes: their sums are exact.
fn moments_of_bytes(pixels: &Tensor, rows: &[usize]) -> Result<(Vec<f64>, Vec<f64>)> {
    const TOGETHER: usize = 1024;
    let (_, channels, height, width) = pixels.size4()?;
    let plane = (height * width).max(1) as usize;
    let mut sums = vec![[0_u64; 2]; channels as usize];
    for rows in rows.chunks(TOGETHER) {
        let index = dataset::index(rows, pixels.size()[0] as usize)?.f_to_device(pixels.device())?;
        let images = pixels.f_index_select(0, &index)?.f_flatten(0, -1)?;
        for (place, plane) in Vec::<u8>::try_from(images)?.chunks_exact(plane).enumerate() {
            let [sum, squares] = &mut sums[place % channels as usize];
            for &pixel in plane {
                *sum += u64::from(pixel);
                *squares += u64::from(pixel) * u64::from(pixel);
            }
        }
    }
    let count = (rows.len() * plane) as u64;
    let mean = sums.iter().map(|&[sum, _]| sum as f64 / count as f64).collect();
    let deviation = |&[sum, squares]: &[u64; 2]| {
        let spread = u128::from(count) * u128::from(squares) - u128::from(sum) * u128::from(sum);
        if spread == 0 { 1.0 } else { (spread as f64).sqrt() / count as f64 }
    };
    Ok((mean, sums.iter().map(deviation).collect()))
}

fn row(values: &[f64]) -> Result<Tensor> {
    Ok(Tensor::f_from_slice(values)?.f_to_kind(Kind::Float)?)
}

/// `(pixels - mean) / deviation`, float32.
fn standardise(pixels: &Tensor, mean: &Tensor, deviation: &Tensor) -> Result<Tensor> {
    if bytes::are(pixels) {
        return bytes::standardised(pixels, mean, deviation);
    }
    Ok(pixels.f_to_kind(Kind::Float)?.f_sub_(mean)?.f_div_(deviation)?)
}

fn tokens(tokeniser: &Tokeniser, longest: Option<NonZeroU32>, texts: &[String]) -> Result<Resident> {
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
    Ok(Resident::Tokens { ids: Tensor::f_from_slice(&padded)?.f_view([-1, longest])?, lengths })
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
                    return Err(Error::Source(format!(
                        "a table with {what} has no form but an encoded one; standardise it"
                    )));
                }
                Resident::Rows(table.numbers.shallow_clone())
            }
            Inputs::Sequences(Sequences { blocks, .. }) => {
                Resident::Rows(blocks.f_narrow(1, 0, blocks.size2()?.1 - 1)?)
            }
            Inputs::Texts(_) => {
                return Err(Error::Source(
                    "texts are words, which no other program numbers as this one".to_owned(),
                ));
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

    /// The examples at `index` (`[B]`, int64, best on the CPU), in the shape that [`Encoder::input`] tells.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Table, Tokenisation};

    fn classified(inputs: Inputs) -> Examples {
        let targets = Targets::Classes(vec![0; inputs.len()]);
        Examples { inputs, targets }
    }

    fn table(rows: &[[f32; 2]]) -> Examples {
        classified(Inputs::Table(Table::of_numbers(Tensor::from_slice2(rows)).unwrap()))
    }

    fn texts(texts: &[&str]) -> Examples {
        classified(Inputs::Texts(texts.iter().map(|&text| text.to_owned()).collect()))
    }

    fn all(encoded: &Encoded) -> Tensor {
        encoded.batch(&Tensor::arange(encoded.len() as i64, (Kind::Int64, Device::Cpu))).unwrap()
    }

    fn fit(examples: &Examples, rows: &[usize]) -> Encoder {
        Encoder::fit(examples, rows, &Encoding::default()).unwrap()
    }

    #[test]
    fn columns_are_standardised_on_the_fitting_rows_alone() {
        let examples = table(&[[1.0, 5.0], [3.0, 5.0], [1000.0, -7.0]]);
        let encoder = fit(&examples, &[0, 1]);
        let encoded = all(&encoder.encode(&examples.inputs).unwrap());
        let expected = Tensor::from_slice2(&[[-1.0_f32, 0.0], [1.0, 0.0], [998.0, -12.0]]);
        assert!(encoded.allclose(&expected, 1e-6, 1e-6, false), "{encoded:?}");
        assert_eq!(
            encoder,
            fit(&table(&[[1.0, 5.0], [3.0, 5.0], [0.0, 0.0]]), &[0, 1]),
            "other rows do not matter"
        );
        assert_eq!(encoder.input(), Input::Features { width: 2 });
    }

    #[test]
    fn images_are_standardised_per_channel() {
        let pixels = Tensor::from_slice(&[0_u8, 10, 20, 30, 7, 7, 7, 7]).view([1, 2, 2, 2]);
        let examples = classified(Inputs::Images(Images { pixels, peak: 255 }));
        let encoder = fit(&examples, &[0]);
        let batch = all(&encoder.encode(&examples.inputs).unwrap());
        assert!((batch.get(0).get(0).mean(Kind::Float).double_value(&[])).abs() < 1e-6);
        assert!((batch.get(0).get(0).std(false).double_value(&[]) - 1.0).abs() < 1e-6);
        assert!(batch.get(0).get(1).abs().max().double_value(&[]) < 1e-12);
        assert_eq!(encoder.input(), Input::Image { channels: 2, height: 2, width: 2 });
    }

    #[test]
    fn inputs_as_read_are_pixels_from_0_to_1_and_plain_numbers() {
        let pixels = Tensor::from_slice(&[0_u8, 51, 255, 102]).view([2, 1, 1, 2]);
        let read = Encoded::as_read(&Inputs::Images(Images { pixels, peak: 255 })).unwrap();
        assert_eq!(all(&read), Tensor::from_slice(&[0.0_f32, 0.2, 1.0, 0.4]).view([2, 1, 1, 2]));
        let read = Encoded::as_read(&table(&[[1.0, 5.0], [-3.0, 0.5]]).inputs).unwrap();
        assert_eq!(all(&read), Tensor::from_slice2(&[[1.0_f32, 5.0], [-3.0, 0.5]]));
        for refused in [table(&[[1.0, f32::NAN]]), texts(&["a"])] {
            assert!(Encoded::as_read(&refused.inputs).is_err());
        }
    }

    #[test]
    fn texts_are_padded_to_the_longest_of_the_batch() {
        let examples = texts(&["a b c", "a", "b a"]);
        let encoding = Encoding { bigrams: false, ..Encoding::default() };
        let encoder = Encoder::fit(&examples, &[0, 1, 2], &encoding).unwrap();
        let encoded = encoder.encode(&examples.inputs).unwrap();
        assert_eq!(
            encoded.batch(&Tensor::from_slice(&[1_i64, 2])).unwrap(),
            Tensor::from_slice2(&[[2_i64, 0], [3, 2]])
        );
        assert_eq!(encoded.batch(&Tensor::from_slice(&[1_i64])).unwrap().size(), [1, 1]);
        assert_eq!(encoder.input(), Input::Tokens { vocabulary: 5 });
    }

    #[test]
    fn long_texts_are_cut_and_read_first() {
        let examples = texts(&["é", "", "abc", "ab"]);
        let longest = Some(2.try_into().unwrap());
        let bytes = Encoding { tokens: Tokenisation::Bytes, longest, ..Encoding::default() };
        let encoder = Encoder::fit(&examples, &[0], &bytes).unwrap();
        assert_eq!(encoder.input(), Input::Tokens { vocabulary: 258 });
        let encoded = encoder.encode(&examples.inputs).unwrap();
        assert_eq!(
            all(&encoded),
            Tensor::from_slice2(&[[0xc3 + 2, 0xa9 + 2], [1, 0], [99, 100], [99, 100_i64]])
        );
        assert_eq!(encoded.longest_first().unwrap(), [0, 2, 3, 1]);
        let numbers = fit(&table(&[[1.0, 2.0]]), &[0]).encode(&table(&[[1.0, 2.0]]).inputs).unwrap();
        assert_eq!(numbers.longest_first(), None);
    }

    /// Runs are known by this text, and teachers are kept with the other.
    #[test]
    fn words_are_written_as_they_always_were() {
        let written = serde_json::to_string(&Encoding::default()).unwrap();
        assert_eq!(written, r#"{"vocabulary":8192,"bigrams":true}"#);
        let stored = r#"{"inputs":{"texts":{"vocabulary":{"bigrams":false,"features":["b","a"]}}}}"#;
        let encoder: Encoder = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&encoder).unwrap(), stored);
    }

    #[test]
    fn what_means_nothing_for_tokens_is_refused() {
        let pin = |text: &str| serde_json::from_str::<Encoding>(text).unwrap().pin();
        assert_eq!(pin(r#"{"tokens": {"bpe": {"vocabulary": 300}}}"#).unwrap(), 300);
        let refusal = |text: &str| pin(text).unwrap_err().to_string();
        let of_words = "`bigrams` means nothing for these tokens; leave it out";
        assert_eq!(refusal(r#"{"tokens": "characters", "bigrams": false}"#), of_words);
        let counted = "`vocabulary` means nothing for these tokens; leave it out";
        assert_eq!(refusal(r#"{"tokens": "bytes", "vocabulary": 100}"#), counted);
        assert!(refusal(r#"{"tokens": {"bpe": {"vocabulary": 100}}}"#).contains("expected at least 258"));
    }

    #[test]
    fn a_stored_encoder_is_the_same() {
        let numbers =
            Examples { targets: Targets::Numbers(vec![0.1, 7.0]), ..table(&[[1.0, 2.0], [3.0, 5.0]]) };
        for examples in [numbers, texts(&["a b", "c"])] {
            let encoder = fit(&examples, &[0, 1]);
            let stored = serde_json::to_string(&encoder).unwrap();
            assert_eq!(serde_json::from_str::<Encoder>(&stored).unwrap(), encoder);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let encoder = fit(&table(&[[1.0, 2.0]]), &[0]);
        let texts = texts(&["a"]);
        let message = encoder.encode(&texts.inputs).unwrap_err().to_string();
        assert_eq!(message, "an encoder fitted on tables cannot read texts");
        assert!(matches!(Encoder::fit(&texts, &[], &Encoding::default()), Err(Error::NoExamples)));
        assert!(matches!(Encoder::fit(&texts, &[1], &Encoding::default()), Err(Error::NoSuchExample { .. })));
    }
    #[test]
    fn numbers_are_standardised_and_come_back_in_their_units() {
        let examples = Examples {
            targets: Targets::Numbers(vec![100.0, 300.0, 9000.0]),
            ..table(&[[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
        };
        let encoder = fit(&examples, &[0, 1]);
        let targets = encoder.targets(&examples).unwrap();
        assert_eq!(targets, Tensor::from_slice(&[-1.0_f32, 1.0, 88.0]).view([3, 1]));
        let back = encoder.original_units(&targets).unwrap();
        assert_eq!(back, Tensor::from_slice(&[100.0_f32, 300.0, 9000.0]).view([3, 1]));
        assert_eq!(encoder.standardised(&back).unwrap(), targets);
    }

    #[test]
    fn sequences_are_read_and_predicted_one_token_apart() {
        let blocks = Tensor::from_slice2(&[[1_i64, 2, 3], [3, 4, 5]]);
        let inputs = Inputs::Sequences(Sequences { blocks, vocabulary: 6 });
        let examples = Examples { inputs, targets: Targets::NextToken };
        let encoder = fit(&examples, &[1]);
        assert_eq!(encoder.input(), Input::Sequence { vocabulary: 6, length: 2 });
        assert_eq!(
            all(&encoder.encode(&examples.inputs).unwrap()),
            Tensor::from_slice2(&[[1_i64, 2], [3, 4]])
        );
        assert_eq!(encoder.targets(&examples).unwrap(), Tensor::from_slice2(&[[2_i64, 3], [4, 5]]));
    }
}
