use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor, nn};

use crate::input::admits;
use crate::layer::{Builder, Layer, Pass, forward};
use crate::{Architecture, Error, Input, Misfit, Result};

/// Whether dropout is on and batch normalisation learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Dropout draws from libtorch's generator of the process: seed it before a run. Batch normalisation uses the
    /// batch's statistics and moves its running ones.
    Train,
    /// Deterministic; nothing changes.
    Evaluate,
}

/// What a model says about a batch.
#[derive(Debug)]
pub struct Output {
    /// `[B, K]`, unnormalised log-probabilities (or the numbers that a regression predicts); `[B, L, V]` for
    /// sequences.
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

/// A network and its named weights.
#[derive(Debug)]
pub struct Model {
    layers: Vec<Layer>,
    input: Input,
    head: Option<String>,
    /// Whether only the head learns.
    frozen: bool,
    store: nn::VarStore,
}

impl Model {
    /// A model of `outputs` classes or numbers that starts as its architecture's authors (or PyTorch, where they say
    /// nothing) have it start, drawn from `stream`.
    ///
    /// # Errors
    /// If the architecture cannot read `input`, if `outputs` does not fit, or if libtorch refuses (out of memory).
    pub fn new(
        architecture: &Architecture,
        input: Input,
        outputs: i64,
        stream: &mut Stream,
        device: Device,
    ) -> Result<Self> {
        let store = nn::VarStore::new(device);
        let place = Some((store.root(), stream));
        let mut builder = Builder::new(architecture.name(), input, outputs, place);
        let layers = architecture.build(&mut builder)?;
        let head = builder.head;
        for mut variable in store.variables().into_values() {
            variable.f_set_data(&laid_out(&variable)?)?;
        }
        Ok(Self { layers, input, head, frozen: false, store })
    }

    /// Logits and features of a batch of the shape that [`Input`] describes.
    ///
    /// # Errors
    /// If the batch has another shape, kind or device than the model.
    pub fn forward(&self, batch: &Tensor, mode: Mode) -> Result<Output> {
        admits(self.input, batch)?;
        let present = match self.input {
            Input::Tokens { .. } => Some(batch.f_ne(0)?),
            _ => None,
        };
        let mode = if self.frozen { Mode::Evaluate } else { mode };
        let mut pass = Pass::new(mode, present);
        let logits = forward(&self.layers, &laid_out(batch)?, &mut pass)?;
        Ok(Output { logits, features: pass.features })
    }

    /// Makes every weight a number of this kind, such as [`Kind::Double`]; batches of numbers must be of it too.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn set_kind(&mut self, kind: Kind) -> Result<()> {
        for variable in self.store.variables().values_mut().filter(|variable| variable.is_floating_point()) {
            variable.f_set_data(&variable.f_to_kind(kind)?)?;
        }
        Ok(())
    }

    /// The weights, for an optimiser.
    #[must_use]
    pub fn store(&self) -> &nn::VarStore {
        &self.store
    }

    /// Number of trainable numbers.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.trainable().iter().map(|tensor| tensor.numel() as u64).sum()
    }

    /// The weights that learn.
    #[must_use]
    pub fn trainable(&self) -> Vec<Tensor> {
        self.store.trainable_variables().into_iter().filter(Tensor::requires_grad).collect()
    }

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
    /// [`Error::Weights`] naming every missing, unexpected or mis-shaped tensor; nothing is changed then.
    pub fn set_weights(&mut self, weights: &BTreeMap<String, Tensor>, source: &Path) -> Result<()> {
        let variables: BTreeMap<String, Tensor> = self.store.variables().into_iter().collect();
        let problem = misfit(&variables, weights);
        if !problem.is_empty() {
            return Err(Error::Weights { path: source.to_owned(), problem });
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

    /// Starts from weights of another training: as [`Model::load`], but names may have or lack the prefixes that published
    /// state dicts differ in (`bert.`, `transformer.`, `vit.`, `module.`), and buffers that are no weights are passed over.
    /// A new head stays as it is, whatever the file says of the old one.
    ///
    /// # Errors
    /// As [`Model::load`]; and [`Error::NoHead`] for a new head where the model has none.
    pub fn start_from(&mut self, path: &Path, head: Head) -> Result<()> {
        let own = self.weights();
        let mut weights = named_as(&own, read(path)?);
        if head == Head::New {
            let is_head = self.is_head()?;
            // What belongs to no part of this model belonged to the old head.
            let parts: Vec<&str> =
                own.keys().filter(|name| !is_head(name)).filter_map(|name| name.split('.').next()).collect();
            weights.retain(|name, _| {
                !is_head(name) && name.split('.').next().is_some_and(|part| parts.contains(&part))
            });
            weights.extend(
                own.iter().filter(|(name, _)| is_head(name)).map(|(name, own)| (name.clone(), own.copy())),
            );
        }
        self.set_weights(&weights, path)
    }

    /// Lets the head alone learn: all else computes as in [`Mode::Evaluate`] from now on.
    ///
    /// # Errors
    /// [`Error::NoHead`].
    pub fn freeze_backbone(&mut self) -> Result<()> {
        let is_head = self.is_head()?;
        for (_, mut variable) in self.store.variables().into_iter().filter(|(name, _)| !is_head(name)) {
            let _ = variable.f_requires_grad_(false)?;
        }
        self.frozen = true;
        Ok(())
    }

    /// Tells the names of the head's weights.
    fn is_head(&self) -> Result<impl Fn(&str) -> bool + use<>> {
        let prefix = format!("{}.", self.head.as_ref().ok_or(Error::NoHead)?);
        Ok(move |name: &str| name.starts_with(&prefix))
    }
}

/// What becomes of the last layer of a model that starts from weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// It starts from the weights too.
    #[default]
    Keep,
    /// It starts anew, for as many classes as the task has.
    New,
}

/// `weights` under the names that the model has for them.
fn named_as(own: &BTreeMap<String, Tensor>, weights: BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
    const PREFIXES: [&str; 4] = ["bert.", "transformer.", "vit.", "module."];
    // Counters and masks, and the output layer that GPT-2 shares with its embedding.
    const PASSED_OVER: [&str; 4] = ["position_ids", ".attn.bias", ".attn.masked_bias", "lm_head.weight"];
    let renamed = |name: String| {
        let without = PREFIXES.iter().filter_map(|prefix| name.strip_prefix(prefix).map(str::to_owned));
        let with = PREFIXES.iter().map(|prefix| format!("{prefix}{name}"));
        let known =
            std::iter::once(name.clone()).chain(without).chain(with).find(|name| own.contains_key(name));
        known.unwrap_or(name)
    };
    let weights = weights.into_iter().map(|(name, tensor)| (renamed(name), tensor));
    let is_weight = |name: &str| own.contains_key(name) || !PASSED_OVER.iter().any(|end| name.ends_with(end));
    weights.filter(|(name, _)| is_weight(name)).collect()
}

/// Images and kernels, `[N, C, H, W]`, with the channels of a pixel side by side in memory where convolutions are done
/// on a CPU, which prefers them so. Nothing else of them changes.
fn laid_out(tensor: &Tensor) -> Result<Tensor> {
    Ok(match (tensor.device(), tensor.dim()) {
        (Device::Cpu, 4) => tensor.f_permute([0, 2, 3, 1])?.f_contiguous()?.f_permute([0, 3, 1, 2])?,
        _ => tensor.shallow_clone(),
    })
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
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    let mut start = [0; 4];
    let read = fs_err::File::open(path)?.read(&mut start)?;
    // A zip archive, as `torch.save` writes today, or a bare pickle, as it did before.
    if start.starts_with(b"PK\x03\x04") || start[..read].starts_with(&[0x80, 0x02]) {
        return Err(Error::Unreadable { path: path.to_owned(), problem: PICKLE.to_owned() });
    }
    let weights = Tensor::read_safetensors(path)
        .map_err(|error| Error::Unreadable { path: path.to_owned(), problem: error.to_string() })?;
    Ok(weights.into_iter().collect())
}

const PICKLE: &str =
    "it is a file of torch.save; write the state dict with safetensors.torch.save_file instead";

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
                Architecture::Mlp(Mlp { hidden: widths(&[16, 8]), dropout, embedding: None }),
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
    fn a_backbone_is_kept_under_a_new_head_and_can_be_frozen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        for (architecture, input, batch, ..) in cases() {
            let model = Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
            let published =
                model.weights().into_iter().map(|(name, tensor)| (format!("module.{name}"), tensor));
            Tensor::write_safetensors(&published.collect::<Vec<_>>(), &path).unwrap();
            let mut other = Model::new(
                &architecture,
                input,
                7,
                &mut Stream::new(&[6], Concern::Initialisation),
                Device::Cpu,
            )
            .unwrap();
            let start = other.weights();
            assert!(other.start_from(&path, Head::Keep).unwrap_err().to_string().contains("`head.bias`"));
            other.start_from(&path, Head::New).unwrap();
            let (given, kept) = (model.weights(), other.weights());
            for (name, tensor) in &kept {
                let from = if name.starts_with("head.") { &start } else { &given };
                assert_eq!(*tensor, from[name], "{name}");
            }
            other.freeze_backbone().unwrap();
            assert_eq!(other.trainable().len(), 2);
            let logits = |mode| other.forward(&batch, mode).unwrap().logits;
            assert_eq!(logits(Mode::Train), logits(Mode::Evaluate), "nothing is dropped");
            let mut optimizer = nn::OptimizerConfig::build(nn::AdamW::default(), other.store(), 0.1).unwrap();
            optimizer.backward_step(&logits(Mode::Train).sum(Kind::Float));
            let learnt: Vec<String> = other
                .weights()
                .into_iter()
                .filter(|(name, tensor)| *tensor != kept[name])
                .map(|(name, _)| name)
                .collect();
            assert_eq!(learnt, ["head.bias", "head.weight"]);
        }
    }

    #[test]
    fn published_prefixes_and_buffers_are_seen_through() {
        let input = Input::Tokens { vocabulary: 5 };
        let mut bert =
            built(r#"{"bert":{"layers":1,"heads":1,"dimension":4,"hidden":4,"positions":8}}"#, input, 3);
        let zeros = || Tensor::zeros([2], (Kind::Float, Device::Cpu));
        let strip = |name: &String| name.strip_prefix("bert.").unwrap_or(name).to_owned();
        let mut published: BTreeMap<String, Tensor> =
            bert.weights().iter().map(|(name, tensor)| (strip(name), tensor.copy())).collect();
        published.insert("embeddings.position_ids".to_owned(), zeros());
        published.insert("cls.predictions.bias".to_owned(), zeros());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let mut start = |published: &BTreeMap<String, Tensor>, head| {
            let tensors: Vec<(&String, &Tensor)> = published.iter().collect();
            Tensor::write_safetensors(&tensors, &path).unwrap();
            bert.start_from(&path, head).map_err(|error| error.to_string())
        };
        start(&published, Head::New).unwrap();
        assert!(start(&published, Head::Keep).unwrap_err().ends_with("unexpected: `cls.predictions.bias`"));
        published.insert("bert.encoder.layer.1.output.dense.bias".to_owned(), zeros());
        assert!(
            start(&published, Head::New).unwrap_err().ends_with("`bert.encoder.layer.1.output.dense.bias`")
        );
    }

    #[test]
    fn a_model_without_a_head_of_its_own_keeps_what_it_has() {
        let input = Input::Sequence { vocabulary: 5, length: 4 };
        let mut gpt = built(r#"{"gpt":{"layers":1,"heads":1,"dimension":4,"positions":8}}"#, input, 5);
        assert!(matches!(gpt.freeze_backbone(), Err(Error::NoHead)));
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

    fn built(json: &str, input: Input, outputs: i64) -> Model {
        let architecture: Architecture = serde_json::from_str(json).unwrap();
        Model::new(&architecture, input, outputs, &mut stream(), Device::Cpu).unwrap()
    }

    /// Deviations are within 5 % where a weight has some thousand numbers.
    #[test]
    fn initial_weights_are_spread_as_their_authors_say() {
        let image = Input::Image { channels: 3, height: 32, width: 32 };
        let words = Input::Sequence { vocabulary: 500, length: 4 };
        let cases = [
            (
                built(r#"{"mlp": {"hidden": [90]}}"#, image, 10),
                "hidden0.weight",
                1.0 / (3.0 * 3072_f64).sqrt(),
            ),
            (
                built(r#"{"resnet": {"width": 16}}"#, image, 10),
                "layer4.0.conv1.weight",
                (2.0 / (9.0 * 128_f64)).sqrt(),
            ),
            (built(r#"{"vgg": {"width": 16}}"#, image, 100), "classifier.weight", 0.01),
            (built(r#"{"gpt": {"layers": 2, "dimension": 60}}"#, words, 500), "h.0.attn.c_attn.weight", 0.02),
            (built(r#"{"gpt": {"layers": 2, "dimension": 60}}"#, words, 500), "h.1.mlp.c_proj.weight", 0.01),
            (
                built(r#"{"vit": {"layers": 1, "dimension": 60}}"#, image, 10),
                "encoder.layers.encoder_layer_0.mlp.0.weight",
                (2.0 / 3132_f64).sqrt(),
            ),
            (built(r#"{"vit": {"layers": 1, "dimension": 60}}"#, image, 10), "heads.head.weight", 0.0),
        ];
        for (model, name, deviation) in cases {
            let got = model.weights()[name].std(true).double_value(&[]);
            assert!((got - deviation).abs() <= 0.05 * deviation, "{name}: {got}, expected {deviation}");
        }
    }

    #[test]
    fn evaluation_leaves_running_statistics_alone_and_training_moves_them() {
        let model = built(r#"{"cnn5": {"width": 2}}"#, Input::Image { channels: 1, height: 8, width: 8 }, 4);
        let batch = cases().remove(0).2;
        let before = model.weights();
        model.forward(&batch, Mode::Evaluate).unwrap();
        assert_eq!(before, model.weights());
        model.forward(&batch, Mode::Train).unwrap();
        let after = model.weights();
        assert_ne!(before["1.running_mean"], after["1.running_mean"]);
        assert_eq!(after["1.num_batches_tracked"].int64_value(&[]), 1);
    }

    #[test]
    fn one_value_of_a_channel_cannot_be_normalised() {
        let model = built(r#"{"tabular_resnet": {}}"#, Input::Features { width: 2 }, 4);
        let one = Tensor::ones([1, 2], (Kind::Float, Device::Cpu));
        assert!(matches!(model.forward(&one, Mode::Train), Err(Error::SingleValue)));
        assert!(model.forward(&one, Mode::Evaluate).is_ok());
    }

    #[test]
    fn batches_of_another_shape_are_refused() {
        let model = built(r#"{"mlp": {"hidden": []}}"#, Input::Features { width: 2 }, 4);
        let message = model.forward(&Tensor::ones([1, 3], (Kind::Float, Device::Cpu)), Mode::Evaluate);
        assert_eq!(
            message.unwrap_err().to_string(),
            "a batch has shape [1, 3], but the model reads 2 numeric features, [B, width]"
        );
        let model = built(r#"{"transformer": {"positions": 3}}"#, Input::Tokens { vocabulary: 4 }, 2);
        let message = model.forward(&Tensor::ones([1, 5], (Kind::Int64, Device::Cpu)), Mode::Evaluate);
        assert!(message.unwrap_err().to_string().contains("5 tokens"));
    }

    #[test]
    fn padding_and_texts_of_nothing_else_change_nothing() {
        let words = Input::Tokens { vocabulary: 9 };
        for json in [
            r#"{"bag_of_embeddings": {"dimension": 6}}"#,
            r#"{"recurrent": {}}"#,
            r#"{"transformer": {}}"#,
            r#"{"bert": {"layers": 2, "dimension": 12}}"#,
        ] {
            let model = built(json, words, 4);
            let logits = |tokens: &[i64]| {
                let batch = Tensor::from_slice(tokens).unsqueeze(0);
                model.forward(&batch, Mode::Evaluate).unwrap().logits
            };
            assert!(logits(&[3, 4]).allclose(&logits(&[3, 4, 0, 0, 0]), 1e-4, 1e-5, false), "{json}");
            assert!(bool::try_from(logits(&[0, 0]).isfinite().all()).unwrap(), "{json}");
        }
    }

    #[test]
    fn a_decoder_does_not_see_what_follows() {
        let model = built(
            r#"{"gpt": {"layers": 2, "heads": 2, "dimension": 8}}"#,
            Input::Sequence { vocabulary: 9, length: 4 },
            9,
        );
        let logits = |tokens: &[i64]| {
            let batch = Tensor::from_slice(tokens).unsqueeze(0);
            model.forward(&batch, Mode::Evaluate).unwrap().logits.narrow(1, 0, 3)
        };
        assert!(logits(&[1, 2, 3, 4]).allclose(&logits(&[1, 2, 3, 8]), 1e-5, 1e-7, false));
        assert!(!logits(&[1, 2, 3, 4]).allclose(&logits(&[8, 2, 3, 4]), 1e-5, 1e-7, false));
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
