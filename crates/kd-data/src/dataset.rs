use kd_doubt::Doubt;
use tch::{Device, Tensor};

use crate::error::{Error, Result};
use crate::table::Table;
use crate::task::{Modality, Task};

/// A data set with its official splits.
#[derive(Debug)]
pub struct Dataset {
    /// Name in the catalogue, or of the file it was read from; part of every example's identity.
    pub name: String,
    /// Kind of input.
    pub modality: Modality,
    /// Names of the classes, or of the tokens of a language model; a target is an index into this. None for numbers.
    pub classes: Vec<String>,
    /// Training split.
    pub train: Examples,
    /// Official validation split, if there is one.
    pub validation: Option<Examples>,
    /// Test split.
    pub test: Examples,
    /// BLAKE3 over names and bytes of embedded files, or else over the examples as read, in hexadecimal.
    pub fingerprint: String,
    /// Where it comes from.
    pub about: About,
    /// What was seen in its files that is probably a mistake.
    pub doubts: Vec<Doubt>,
}

/// Where a data set comes from.
#[derive(Debug, Clone, Default)]
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

/// Inputs and targets, row by row in the order of the official file.
#[derive(Debug)]
pub struct Examples {
    /// What a model sees.
    pub inputs: Inputs,
    /// What it is to predict.
    pub targets: Targets,
}

/// What a model sees, before encoding.
#[derive(Debug)]
pub enum Inputs {
    /// Images.
    Images(Images),
    /// Rows of numbers and categories.
    Table(Table),
    /// Texts.
    Texts(Vec<String>),
    /// Blocks of a text's tokens, for language modelling.
    Sequences(Sequences),
}

/// Images of one size.
#[derive(Debug)]
pub struct Images {
    /// `[n, channels, height, width]`, uint8.
    pub pixels: Tensor,
    /// The largest value a pixel can have.
    pub peak: u8,
}

/// Blocks of token ids.
#[derive(Debug)]
pub struct Sequences {
    /// `[n, L + 1]`, int64: a model reads the first L tokens of a block and predicts the last L.
    pub blocks: Tensor,
    /// Number of token ids.
    pub vocabulary: i64,
}

/// What a model is to predict.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Class indices.
    Classes(Vec<i64>),
    /// Numbers, in the units of the file.
    Numbers(Vec<f32>),
    /// At every place of a sequence, the token that follows.
    NextToken,
}

impl Targets {
    /// What is to be predicted.
    #[must_use]
    pub fn task(&self) -> Task {
        match self {
            Self::Classes(_) => Task::Classification,
            Self::Numbers(_) => Task::Regression,
            Self::NextToken => Task::LanguageModelling,
        }
    }

    /// Class indices.
    ///
    /// # Errors
    /// If targets are not classes.
    pub fn classes(&self) -> Result<&[i64]> {
        match self {
            Self::Classes(labels) => Ok(labels),
            other => Err(Error::Task { needed: Task::Classification, given: other.task() }),
        }
    }
}

impl Inputs {
    /// Number of examples.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Images(images) => images.pixels.size()[0] as usize,
            Self::Table(table) => table.len(),
            Self::Texts(texts) => texts.len(),
            Self::Sequences(sequences) => sequences.blocks.size()[0] as usize,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Kind of input.
    #[must_use]
    pub fn modality(&self) -> Modality {
        match self {
            Self::Images(_) => Modality::Vision,
            Self::Table(_) => Modality::Tabular,
            Self::Texts(_) | Self::Sequences(_) => Modality::Text,
        }
    }

    /// What they are called in a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Images(_) => "images",
            Self::Table(_) => "tables",
            Self::Texts(_) => "texts",
            Self::Sequences(_) => "sequences",
        }
    }

    /// Moves images to a device; anything else is encoded first.
    ///
    /// # Errors
    /// If the device is not there or lacks memory.
    pub fn to_device(self, device: Device) -> Result<Self> {
        Ok(match self {
            Self::Images(Images { pixels, peak }) => {
                Self::Images(Images { pixels: pixels.f_to_device(device)?, peak })
            }
            other => other,
        })
    }

    /// The examples at `rows`, in that order.
    ///
    /// # Errors
    /// If a row is not there.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let index = index(rows, self.len())?;
        Ok(match self {
            Self::Images(Images { pixels, peak }) => {
                let index = send(&index, pixels.device())?;
                Self::Images(Images { pixels: pixels.f_index_select(0, &index)?, peak: *peak })
            }
            Self::Table(table) => Self::Table(table.select(rows, &index)?),
            Self::Texts(texts) => Self::Texts(rows.iter().map(|&row| texts[row].clone()).collect()),
            Self::Sequences(Sequences { blocks, vocabulary }) => Self::Sequences(Sequences {
                blocks: blocks.f_index_select(0, &index)?,
                vocabulary: *vocabulary,
            }),
        })
    }
}

impl Examples {
    /// Number of examples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// Class indices.
    ///
    /// # Errors
    /// If targets are not classes.
    pub fn labels(&self) -> Result<&[i64]> {
        self.targets.classes()
    }

    /// The examples at `rows`, in that order.
    ///
    /// # Errors
    /// If a row is not there.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let inputs = self.inputs.select(rows)?;
        let targets = match &self.targets {
            Targets::Classes(labels) => Targets::Classes(rows.iter().map(|&row| labels[row]).collect()),
            Targets::Numbers(numbers) => Targets::Numbers(rows.iter().map(|&row| numbers[row]).collect()),
            Targets::NextToken => Targets::NextToken,
        };
        Ok(Self { inputs, targets })
    }
}

/// These on `device`. Nothing waits for them to arrive but what is done with them there.
///
/// # Errors
/// If the device is not there or lacks memory.
pub fn send(numbers: &Tensor, device: Device) -> Result<Tensor> {
    Ok(numbers.f_to_device_(device, numbers.kind(), true, false)?)
}

/// `rows` as libtorch indexes, each checked to be below `length`.
pub(crate) fn index(rows: &[usize], length: usize) -> Result<Tensor> {
    if let Some(&row) = rows.iter().find(|&&row| row >= length) {
        return Err(Error::NoSuchExample { row, length });
    }
    Ok(Tensor::f_from_slice(&rows.iter().map(|&row| row as i64).collect::<Vec<_>>())?)
}
