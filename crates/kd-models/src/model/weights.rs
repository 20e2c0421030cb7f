//! Weights in and out.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use tch::Tensor;

use super::Model;
use crate::{Misfit, Result, WeightsError};

impl Model {
    /// A copy of the weights by name, in alphabetical order.
    #[must_use]
    pub fn weights(&self) -> BTreeMap<String, Tensor> {
        self.store
            .variables()
            .into_iter()
            .map(|(name, tensor)| (name, tensor.detach().copy().contiguous()))
            .collect()
    }

    /// Overwrites the weights; numbers are converted to the model's kind.
    ///
    /// # Errors
    /// [`WeightsError::Misfit`] naming every missing, unexpected or mis-shaped tensor; nothing is changed then.
    pub fn set_weights(&mut self, weights: &BTreeMap<String, Tensor>, source: &Path) -> Result<()> {
        let variables: BTreeMap<String, Tensor> = self.store.variables().into_iter().collect();
        let problem = misfit(&variables, weights);
        if !problem.is_empty() {
            return Err(WeightsError::Misfit { path: source.to_owned(), problem }.into());
        }
        tch::no_grad(|| {
            for (name, mut variable) in variables {
                variable.f_copy_(&weights[&name])?;
            }
            Ok(())
        })
    }

    /// Writes the weights as safetensors.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let weights: Vec<(String, Tensor)> = self.weights().into_iter().collect();
        Ok(Tensor::write_safetensors(&weights, path)?)
    }

    /// Reads weights written by [`Model::save`], or by PyTorch under the same names.
    ///
    /// # Errors
    /// If the file cannot be read, is not safetensors, or does not fit (see [`Model::set_weights`]).
    pub fn load(&mut self, path: &Path) -> Result<()> {
        self.set_weights(&read(path)?, path)
    }
}

fn misfit(variables: &BTreeMap<String, Tensor>, weights: &BTreeMap<String, Tensor>) -> Misfit {
    let beyond = |these: &BTreeMap<String, Tensor>, those: &BTreeMap<String, Tensor>| {
        these.keys().filter(|name| !those.contains_key(*name)).cloned().collect()
    };
    let misshaped = variables.iter().filter_map(|(name, variable)| {
        let (got, expected) = (weights.get(name)?.size(), variable.size());
        (got != expected).then(|| (name.clone(), got, expected))
    });
    Misfit {
        missing: beyond(variables, weights),
        unexpected: beyond(weights, variables),
        misshaped: misshaped.collect(),
        wrapped_in: None,
    }
}

/// The tensors of a file of safetensors.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    let mut start = [0; 4];
    let read = fs_err::File::open(path)?.read(&mut start)?;
    // A zip archive, as `torch.save` writes today, or a bare pickle, as it did before.
    if start.starts_with(b"PK\x03\x04") || start[..read].starts_with(&[0x80, 0x02]) {
        return Err(WeightsError::Unreadable { path: path.to_owned(), problem: PICKLE.to_owned() }.into());
    }
    let weights = Tensor::read_safetensors(path)
        .map_err(|error| WeightsError::Unreadable { path: path.to_owned(), problem: error.to_string() })?;
    Ok(weights.into_iter().collect())
}

const PICKLE: &str =
    "it is a file of torch.save; write the state dict with safetensors.torch.save_file instead";

#[cfg(test)]
mod tests {
    use kd_core::random::{Concern, Stream};
    use tch::{Device, Kind};

    use super::*;
    use crate::Mode;
    use crate::model::cases::{cases, stream};

    #[test]
    fn weights_survive_a_file_and_wrong_ones_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        for (architecture, input, batch, ..) in cases() {
            let model = Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
            model.save(&path).unwrap();
            let mut other = Model::new(
                &architecture,
                input,
                4,
                &mut Stream::new(&[6], Concern::Initialisation),
                Device::Cpu,
            )
            .unwrap();
            other.load(&path).unwrap();
            let logits = |model: &Model| model.forward(&batch, Mode::Evaluate).unwrap().logits;
            assert_eq!(logits(&model), logits(&other));

            let mut wider = Model::new(&architecture, input, 5, &mut stream(), Device::Cpu).unwrap();
            let message = wider.load(&path).unwrap_err().to_string();
            assert!(message.contains("`head.bias` has shape [4], expected [5]"), "{message}");
        }
    }

    #[test]
    fn files_that_are_not_whole_safetensors_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let (architecture, input, ..) = cases().remove(0);
        let mut model = Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
        let whole = folder.path().join("whole.safetensors");
        model.save(&whole).unwrap();
        let mut bytes = fs_err::read(&whole).unwrap();
        bytes.truncate(bytes.len() - 100);
        let mut refused = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs_err::write(&path, bytes).unwrap();
            model.load(&path).unwrap_err().to_string()
        };
        assert!(refused("cut.safetensors", &bytes).contains("cut.safetensors cannot be read as safetensors"));
        assert!(
            refused("empty.safetensors", b"").contains("empty.safetensors cannot be read as safetensors")
        );
        for pickle in [&b"PK\x03\x04more"[..], b"\x80\x02}q\x00."] {
            assert!(refused("weights.pt", pickle).contains("torch.save"));
        }
        assert!(model.load(&folder.path().join("none")).unwrap_err().to_string().contains("none"));
    }

    #[test]
    fn every_difference_of_names_and_shapes_is_told() {
        let (architecture, input, ..) = cases().remove(0);
        let mut model = Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
        let mut weights = model.weights();
        weights.remove("hidden0.bias");
        weights.insert("fc.bias".to_owned(), Tensor::zeros([4], (Kind::Float, Device::Cpu)));
        weights.insert("head.bias".to_owned(), Tensor::zeros([9], (Kind::Float, Device::Cpu)));
        let before = model.weights();
        let message = model.set_weights(&weights, Path::new("w")).unwrap_err().to_string();
        assert_eq!(
            message,
            "weights in w do not fit the model: missing: `hidden0.bias`; unexpected: `fc.bias`; `head.bias` has shape [9], expected [4]"
        );
        assert_eq!(before, model.weights());
    }
}
