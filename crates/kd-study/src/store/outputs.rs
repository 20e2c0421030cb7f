//! A teacher's outputs on disk.

use std::collections::HashMap;
use std::path::Path;

use tch::{Device, Tensor};

use super::error::StoreError;
use crate::error::Result;
use crate::train::outputs::Outputs;

impl Outputs {
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        Ok(Tensor::write_safetensors(&[("train", &self.train), ("test", &self.test)], path)?)
    }

    pub(crate) fn read(path: &Path, device: Device) -> Result<Self> {
        let damaged = |problem| StoreError::Record { path: path.to_owned(), problem };
        let tensors = Tensor::read_safetensors(path).map_err(|error| damaged(error.to_string()))?;
        let mut tensors: HashMap<String, Tensor> = tensors.into_iter().collect();
        let mut take = |name: &str| {
            tensors
                .remove(name)
                .map(|tensor| tensor.to_device(device))
                .ok_or_else(|| damaged(format!("the teacher's outputs have no tensor `{name}`")))
        };
        Ok(Self { train: take("train")?, test: take("test")? })
    }
}
