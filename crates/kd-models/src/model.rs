use std::collections::BTreeMap;
use std::path::Path;

use kd_core::random::Stream;
use tch::{Device, Tensor, nn};

use crate::bag_of_embeddings::BagNetwork;
use crate::cnn::CnnNetwork;
use crate::layer::Builder;
use crate::mlp::MlpNetwork;
use crate::{Architecture, Error, Input, Result};

/// Whether dropout is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Dropout draws from libtorch's generator of the process: seed it before a run.
    Train,
    /// Deterministic.
    Evaluate,
}

/// What a model says about a batch.
#[derive(Debug)]
pub struct Output {
    /// `[B, K]`, unnormalised log-probabilities.
    pub logits: Tensor,
    /// Named activations, from the input to the head.
    pub features: Vec<(String, Tensor)>,
}

impl Output {
    /// The feature of this name.
    #[must_use]
    pub fn feature(&self, name: &str) -> Option<&Tensor> {
        self.features.iter().find(|(known, _)| known == name).map(|(_, tensor)| tensor)
    }
}

/// The layers of a model. An enum, so that a forward pass is a plain call and every network keeps its features.
#[derive(Debug)]
pub(crate) enum Network {
    Mlp(MlpNetwork),
    Cnn(CnnNetwork),
    BagOfEmbeddings(BagNetwork),
}

/// A network and its named weights.
#[derive(Debug)]
pub struct Model {
    network: Network,
    store: nn::VarStore,
}

impl Model {
    /// A model with PyTorch's default initialisation, drawn from `stream`.
    ///
    /// # Errors
    /// If the architecture cannot read `input`, if `classes < 2`, or if libtorch refuses (out of memory).
    pub fn new(
        architecture: &Architecture,
        input: Input,
        classes: i64,
        stream: &mut Stream,
        device: Device,
    ) -> Result<Self> {
        let store = nn::VarStore::new(device);
        let network = architecture.build(input, classes, &mut Builder { path: store.root(), stream })?;
        Ok(Self { network, store })
    }

    /// Logits and features of a batch of the shape that [`Input`] describes.
    ///
    /// # Errors
    /// If the batch has another shape, kind or device than the model.
    pub fn forward(&self, batch: &Tensor, mode: Mode) -> Result<Output> {
        match &self.network {
            Network::Mlp(mlp) => mlp.forward(batch, Vec::new(), mode),
            Network::Cnn(cnn) => cnn.forward(batch, mode),
            Network::BagOfEmbeddings(bag) => bag.forward(batch, mode),
        }
    }

    /// The weights, for an optimiser.
    #[must_use]
    pub fn store(&self) -> &nn::VarStore {
        &self.store
    }

    /// Number of trainable numbers.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.store.trainable_variables().iter().map(|tensor| tensor.numel() as u64).sum()
    }

    /// A copy of the weights by name, in alphabetical order.
    #[must_use]
    pub fn weights(&self) -> BTreeMap<String, Tensor> {
        self.store.variables().into_iter().map(|(name, tensor)| (name, tensor.detach().copy())).collect()
    }

    /// Overwrites the weights.
    ///
    /// # Errors
    /// [`Error::Weights`] naming every missing, unexpected or mis-shaped tensor; nothing is changed then.
    pub fn set_weights(&mut self, weights: &BTreeMap<String, Tensor>, source: &Path) -> Result<()> {
        let variables: BTreeMap<String, Tensor> = self.store.variables().into_iter().collect();
        let mut problems = Vec::new();
        for (name, variable) in &variables {
            match weights.get(name) {
                None => problems.push(format!("`{name}` is missing")),
                Some(found) if found.size() != variable.size() => {
                    problems.push(format!(
                        "`{name}` has shape {:?}, expected {:?}",
                        found.size(),
                        variable.size()
                    ));
                }
                Some(_) => {}
            }
        }
        problems.extend(
            weights
                .keys()
                .filter(|name| !variables.contains_key(*name))
                .map(|name| format!("`{name}` is unexpected")),
        );
        if !problems.is_empty() {
            return Err(Error::Weights { path: source.to_owned(), problem: problems.join(", ") });
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

    /// Reads weights written by [`Model::save`] into this model.
    ///
    /// # Errors
    /// If the file cannot be read, or does not fit (see [`Model::set_weights`]).
    pub fn load(&mut self, path: &Path) -> Result<()> {
        let weights = Tensor::read_safetensors(path)?.into_iter().collect();
        self.set_weights(&weights, path)
    }
}

#[cfg(test)]
mod tests {
    use kd_core::random::Concern;
    use tch::Kind;

    use super::*;
    use crate::{BagOfEmbeddings, Cnn, Dropout, Mlp};

    fn widths(values: &[u32]) -> Vec<std::num::NonZeroU32> {
        values.iter().map(|&value| value.try_into().unwrap()).collect()
    }

    fn stream() -> Stream {
        Stream::new(&[5], Concern::Initialisation)
    }

    fn cases() -> Vec<(Architecture, Input, Tensor, u64, Vec<&'static str>)> {
        let dropout = Dropout::try_from(0.5).unwrap();
        let image = Input::Image { channels: 1, height: 8, width: 8 };
        let pixels = Tensor::arange(3 * 64, (Kind::Float, Device::Cpu)).view([3, 1, 8, 8]) / 200.0;
        vec![
            (
                Architecture::Mlp(Mlp { hidden: widths(&[16, 8]), dropout }),
                image,
                pixels.shallow_clone(),
                64 * 16 + 16 + 16 * 8 + 8 + 8 * 4 + 4,
                vec!["hidden0", "hidden1"],
            ),
            (
                Architecture::Cnn(Cnn { channels: widths(&[3, 5]), hidden: 7.try_into().unwrap(), dropout }),
                image,
                pixels,
                (9 * 3 + 3) + (9 * 3 * 5 + 5) + (5 * 4 * 7 + 7) + (7 * 4 + 4),
                vec!["stage0", "stage1", "hidden0"],
            ),
            (
                Architecture::BagOfEmbeddings(BagOfEmbeddings {
                    dimension: 6.try_into().unwrap(),
                    hidden: widths(&[5]),
                    dropout,
                }),
                Input::Tokens { vocabulary: 9 },
                Tensor::from_slice2(&[[1_i64, 2, 3, 0], [4, 0, 0, 0], [8, 8, 1, 2]]),
                9 * 6 + (6 * 5 + 5) + (5 * 4 + 4),
                vec!["embedding", "hidden0"],
            ),
        ]
    }

    #[test]
    fn logits_features_and_parameter_counts() {
        for (architecture, input, batch, parameters, features) in cases() {
            let model = Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
            assert_eq!(model.parameters(), parameters, "{architecture}");
            let output = model.forward(&batch, Mode::Evaluate).unwrap();
            assert_eq!(output.logits.size(), [3, 4]);
            assert_eq!(output.features.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), features);
        }
    }

    #[test]
    fn equal_streams_give_equal_models_and_dropout_acts_in_training_only() {
        for (architecture, input, batch, ..) in cases() {
            let new = || Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
            let logits = |model: &Model, mode| model.forward(&batch, mode).unwrap().logits;
            assert_eq!(logits(&new(), Mode::Evaluate), logits(&new(), Mode::Evaluate));
            assert_ne!(logits(&new(), Mode::Train), logits(&new(), Mode::Evaluate));
        }
    }

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
    fn initial_weights_fill_pytorch_bounds() {
        let architecture = Architecture::Mlp(Mlp { hidden: widths(&[100]), ..Mlp::default() });
        let model =
            Model::new(&architecture, Input::Features { width: 25 }, 4, &mut stream(), Device::Cpu).unwrap();
        let largest = model.weights()["hidden0.weight"].abs().max().double_value(&[]);
        assert!((0.19..=0.2).contains(&largest), "uniform in ±1/sqrt(25), largest {largest}");
    }

    #[test]
    fn padding_does_not_change_a_text() {
        let (architecture, input, ..) = cases().pop().unwrap();
        let model = Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
        let logits = |tokens: &[i64]| {
            model.forward(&Tensor::from_slice(tokens).unsqueeze(0), Mode::Evaluate).unwrap().logits
        };
        assert!(logits(&[3, 4]).allclose(&logits(&[3, 4, 0, 0, 0]), 1e-6, 1e-6, false));
    }

    #[test]
    fn misfits_are_refused_with_the_reason() {
        let refused = |architecture: Architecture, input| {
            Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap_err().to_string()
        };
        let cnn = |stages: usize| {
            Architecture::Cnn(Cnn {
                channels: widths(&vec![4; stages]),
                hidden: 4.try_into().unwrap(),
                dropout: Dropout::default(),
            })
        };
        assert_eq!(
            refused(cnn(2), Input::Features { width: 16 }),
            "model `cnn` reads images, but the task gives 16 numeric features"
        );
        let message = refused(cnn(4), Input::Image { channels: 1, height: 8, width: 8 });
        assert!(message.contains("4 stages are too many for 8x8 pixels, at most 3 fit"), "{message}");
    }
}
