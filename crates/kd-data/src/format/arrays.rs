//! Arrays in files: numpy's `.npy` and `.npz`, and safetensors.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::array::{Array, NoTable, array};
use super::array_pair::ArrayPair;
use super::image_array::{self, ImageArray, LARGE};
use super::pixel_cache;
use crate::Inputs;
use crate::error::{Error, Place, Result};
use crate::splits::{Raw, Splits};

/// Arrays of inputs and targets. Bytes in three or four dimensions are images, `[n, height, width]` or
/// `[n, channels, height, width]`; numbers in two are a table. Integer targets `[n]` are classes, others numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrays {
    /// A file `.npz` or `.safetensors`, or a folder of files `.npy`.
    pub path: PathBuf,
    /// Names of the training arrays in it.
    pub train: ArrayPair,
    /// Names of the test arrays in it.
    pub test: ArrayPair,
    /// Whether channels are an image's last dimension.
    #[serde(default)]
    pub channels_last: bool,
}

impl Arrays {
    pub(crate) fn read(&self) -> Result<Splits> {
        Splits::official(self.part(&self.train)?, None, self.part(&self.test)?, None)
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
            return self.raw(&pair.targets, Inputs::Images(large.images(&folder)?), &targets);
        }
        self.pair(pair, joined(&pair.inputs)?, &targets)
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
