//! Arrays in files: numpy's `.npy` and `.npz`, and safetensors.

use std::path::PathBuf;

use kd_doubt::Doubt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::array::{Array, NoTable, array};
use super::array_pair::ArrayPair;
use super::colour_axis;
use super::image_array::{self, ImageArray, LARGE};
use super::pixel_cache;
use crate::Inputs;
use crate::error::{Error, Place, Result};
use crate::splits::{Raw, Splits, TestOf};

/// Arrays of inputs and targets. Bytes in three or four dimensions are images, `[n, height, width]` or
/// `[n, channels, height, width]`; numbers in two are a table. Integer targets `[n]` are classes, others numbers.
/// Integers and floats of every size are read, bfloat16 and truths too, in the order of C or Fortran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrays {
    /// A file `.npz` or `.safetensors`, or a folder of files `.npy`.
    pub path: PathBuf,
    /// Names of the training arrays in it.
    pub train: ArrayPair,
    /// Names of the test arrays in it, or which of the training examples are for testing.
    pub test: TestOf<ArrayPair>,
    /// Whether channels are an image's last dimension.
    #[serde(default)]
    pub channels_last: bool,
}

impl Arrays {
    pub(crate) fn read(&self) -> Result<Splits> {
        let train = self.part(&self.train)?;
        let mut test = self.test.own().map(|pair| self.part(pair)).transpose()?;
        // What is true of both is told once.
        let is_told = |doubt: &Doubt| train.doubts.iter().any(|told| told.kind == doubt.kind);
        if let Some(test) = &mut test {
            test.doubts.retain(|doubt| !is_told(doubt));
        }
        self.test.splits(train, None, test, None)
    }

    fn part(&self, pair: &ArrayPair) -> Result<Raw> {
        let files = if pair.files.is_empty() { std::slice::from_ref(&self.path) } else { &pair.files };
        let joined = |name: &str| {
            let mut left = pair.rows.map_or(usize::MAX, |rows| rows as usize);
            let mut arrays = Vec::new();
            for file in files {
                if left > 0 {
                    arrays.push(array(file, name, left)?);
                    left = left.saturating_sub(arrays.last().map_or(0, Array::rows));
                }
            }
            Array::join(arrays)?.ok_or_else(|| {
                self.fault(name, "the parts do not have one type and shape, or there are none")
            })
        };
        let targets = joined(&pair.targets)?;
        if let Some(folder) = pixel_cache::folder()
            && let Some(headers) = image_array::headers(files, pair)?
            && let Some(large) = ImageArray::of(files, &headers, pair, self.channels_last, LARGE)
        {
            let doubt = self.doubt(pair, headers.first().map_or(&[][..], |header| &header.layout.shape));
            let mut raw = self.raw(&pair.targets, Inputs::Images(large.images(&folder)?), &targets)?;
            raw.doubts.extend(doubt);
            return Ok(raw);
        }
        let inputs = joined(&pair.inputs)?;
        let doubt = inputs.are_images().then(|| self.doubt(pair, inputs.shape())).flatten();
        let mut raw = self.pair(pair, inputs, &targets)?;
        raw.doubts.extend(doubt);
        Ok(raw)
    }

    pub(crate) fn pair(&self, pair: &ArrayPair, inputs: Array, targets: &Array) -> Result<Raw> {
        let inputs = match inputs.into_images(self.channels_last) {
            Ok(images) => Inputs::Images(images?),
            Err(array) => Inputs::Table(array.into_table()?.map_err(|NoTable { row, problem }| {
                let place = row.map_or(Place::Whole, Place::Row);
                Error::in_file(self.place(&pair.inputs), place, problem)
            })?),
        };
        self.raw(&pair.targets, inputs, targets)
    }

    /// What is doubtful of images of this shape.
    fn doubt(&self, pair: &ArrayPair, shape: &[usize]) -> Option<Doubt> {
        colour_axis::doubt(&format!("{}, {}", self.path.display(), pair.inputs), shape, self.channels_last)
    }

    fn fault(&self, name: &str, problem: impl Into<String>) -> Error {
        Error::file(self.place(name), problem)
    }

    fn place(&self, name: &str) -> String {
        format!("{}, {name}", self.path.display())
    }

    fn raw(&self, name: &str, inputs: Inputs, targets: &Array) -> Result<Raw> {
        let answers = targets.answers().map_err(|problem| self.fault(name, problem))?;
        if inputs.len() != targets.rows() {
            let problem = format!("{} targets for {} inputs", targets.rows(), inputs.len());
            return Err(self.fault(name, problem));
        }
        Ok(Raw { file: self.place(name), first_row: 1, inputs, answers, doubts: Vec::new() })
    }
}
