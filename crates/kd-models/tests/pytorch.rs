//! Models against PyTorch: from the same weights the same logits and features, and the same losses over ten training
//! steps. `fixtures/fixtures.py` writes the files; with `KD_PYTHON` naming a Python that has torch, torchvision and
//! transformers, models of published size are written and compared too. Where there is a GPU, all of it is done there as
//! well.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use kd_core::random::{Concern, Stream};
use kd_models::{Architecture, Input, Mode, Model, Optimizer, Rule, compute_reproducibly, gpus};
use serde::Deserialize;
use tch::{Device, Kind, Reduction, Tensor};

#[derive(Clone, Deserialize)]
struct Case {
    file: String,
    architecture: Architecture,
    input: Shape,
    outputs: i64,
    features: Vec<String>,
    optimizer: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Image(i64, i64, i64),
    Table(i64, i64, i64),
    Tokens(i64),
    Sequence(i64, i64),
}

impl Shape {
    fn input(&self) -> Input {
        match *self {
            Self::Image(channels, height, width) => Input::Image { channels, height, width },
            Self::Table(numeric, categories, levels) => Input::Table { numeric, categories, levels },
            Self::Tokens(vocabulary) => Input::Tokens { vocabulary },
            Self::Sequence(vocabulary, length) => Input::Sequence { vocabulary, length },
        }
    }
}

/// A fixture and its tensors by name, those of the weights apart, on a device.
struct Fixture {
    case: Case,
    device: Device,
    path: PathBuf,
    weights: BTreeMap<String, Tensor>,
    tensors: BTreeMap<String, Tensor>,
}

impl Fixture {
    fn all(folder: &Path) -> Vec<Self> {
        let cases: Vec<Case> =
            serde_json::from_slice(&fs_err::read(folder.join("cases.json")).unwrap()).unwrap();
        cases
            .iter()
            .flat_map(|case| devices().map(|device| Self::read(case.clone(), folder, device)))
            .collect()
    }

    fn read(case: Case, folder: &Path, device: Device) -> Self {
        let path = folder.join(format!("{}.safetensors", case.file));
        let (mut weights, mut tensors) = (BTreeMap::new(), BTreeMap::new());
        for (name, tensor) in Tensor::read_safetensors(&path).unwrap() {
            let tensor = tensor.to_device(device);
            match name.strip_prefix("weights/") {
                Some(name) => weights.insert(name.to_owned(), tensor),
                None => tensors.insert(name, tensor),
            };
        }
        Self { case, device, path, weights, tensors }
    }

    fn model(&self) -> Model {
        let mut stream = Stream::new(&[1], Concern::Initialisation);
        let Case { architecture, input, outputs, .. } = &self.case;
        let mut model = Model::new(architecture, input.input(), *outputs, &mut stream, self.device).unwrap();
        model.set_weights(&self.weights, &self.path).unwrap();
        model
    }

    /// Logits and features of the model, in numbers of either kind.
    fn agrees(&self) {
        let mut model = self.model();
        for (kind, tolerance) in [(Kind::Float, 1e-5), (Kind::Double, 1e-10)] {
            model.set_kind(kind).unwrap();
            let input = in_kind(&self.tensors["input"], kind);
            let output = tch::no_grad(|| model.forward(&input, Mode::Evaluate)).unwrap();
            self.close("logits", &output.logits, &self.tensors["logits"], tolerance);
            let names: Vec<&String> = output.features.iter().map(|(name, _)| name).collect();
            assert_eq!(names, self.case.features.iter().collect::<Vec<_>>(), "{}", self.case.file);
            for (name, feature) in &output.features {
                self.close(name, feature, &self.tensors[&format!("features/{name}")], tolerance);
            }
        }
    }

    /// The losses of ten steps, and the running statistics behind them, in float64.
    fn trains_alike(&self, optimizer: &str) {
        let mut model = self.model();
        model.set_kind(Kind::Double).unwrap();
        let (rule, rate) = match optimizer {
            "sgd" => (Rule::Sgd { momentum: 0.9, weight_decay: 5e-4, nesterov: false }, 0.05),
            _ => (Rule::AdamW { beta1: 0.9, beta2: 0.999, weight_decay: 0.01 }, 1e-3),
        };
        let mut optimizer = Optimizer::new(rule, model.store().trainable_variables()).unwrap();
        let mut losses = Vec::new();
        for step in 0..10 {
            let batch = in_kind(&self.tensors["batches"].get(step), Kind::Double);
            let logits = model.forward(&batch, Mode::Train).unwrap().logits;
            let labels = self.tensors["labels"].get(step).flatten(0, -1);
            // tch's `cross_entropy_for_logits` would go through float32.
            let loss = logits.view([-1, self.case.outputs]).cross_entropy_loss(
                &labels,
                None::<&Tensor>,
                Reduction::Mean,
                -100,
                0.0,
            );
            loss.backward();
            optimizer.step(rate).unwrap();
            losses.push(loss.detach());
        }
        self.close("losses", &Tensor::stack(&losses, 0), &self.tensors["losses"], 1e-5);
        let weights = model.weights();
        for (name, statistics) in &self.tensors {
            if let Some(name) = name.strip_prefix("trained/") {
                self.close(name, &weights[name], statistics, 1e-5);
            }
        }
    }

    fn close(&self, what: &str, ours: &Tensor, theirs: &Tensor, tolerance: f64) {
        let file = format!("{} on {:?}", self.case.file, self.device);
        assert_eq!(ours.size(), theirs.size(), "{file}: {what}");
        let (ours, theirs) = (ours.to_kind(Kind::Double), theirs.to_kind(Kind::Double));
        let error = ((ours - &theirs).norm() / theirs.norm().clamp_min(1e-30)).double_value(&[]);
        assert!(error < tolerance, "{file}: {what} differ by {error:e} of their size");
    }
}

/// The CPU, and a GPU if there is one.
fn devices() -> impl Iterator<Item = Device> {
    let gpu = gpus().is_ok().then(|| {
        compute_reproducibly().unwrap();
        Device::Cuda(0)
    });
    std::iter::once(Device::Cpu).chain(gpu)
}

/// Numbers in this kind; token ids as they are.
fn in_kind(tensor: &Tensor, kind: Kind) -> Tensor {
    if tensor.is_floating_point() { tensor.to_kind(kind) } else { tensor.shallow_clone() }
}

fn stored() -> Vec<Fixture> {
    Fixture::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"))
}

#[test]
fn logits_and_features_agree() {
    for fixture in stored() {
        fixture.agrees();
    }
}

#[test]
fn ten_steps_of_training_agree() {
    for fixture in stored() {
        if let Some(optimizer) = &fixture.case.optimizer {
            fixture.trains_alike(optimizer);
        }
    }
}

#[test]
#[allow(clippy::print_stderr)] // says what was not tested
fn models_of_published_size_agree() {
    let Some(python) = std::env::var_os("KD_PYTHON") else {
        eprintln!("skipped: KD_PYTHON names no Python with torch, torchvision and transformers");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fixtures.py");
    let status = Command::new(python).arg(script).arg(folder.path()).status().unwrap();
    assert!(status.success(), "fixtures.py could not write models of published size: {status}");
    for fixture in Fixture::all(folder.path()) {
        fixture.agrees();
        if let Some(optimizer) = &fixture.case.optimizer {
            fixture.trains_alike(optimizer);
        }
    }
}
