//! A training step (forward, backward, update) of a perceptron, a residual network, a text transformer and a table
//! transformer, one thread: how long it takes here, and in PyTorch from the same weights on the same batch (`models.py`),
//! eager and compiled.
//!
//! Each round runs the same number of steps of all, one after the other, and the ratios are medians over rounds of the
//! ratios within one: what else the machine does meanwhile slows all. The other side is the Python that `KD_PYTHON`
//! names, or python3; it takes PyTorch 2.11.0, torchvision and transformers. With `KD_DEVICE` as `cuda` both sides train
//! on the first GPU, both with convolutions in float32, as studies have them.

#![allow(clippy::print_stdout)] // the table is what this program is for

use std::collections::BTreeMap;
use std::path::Path;

use kd_benches::{Asked, PyTorch, median, microseconds};
use kd_core::loss::cross_entropy;
use kd_core::random::{Concern, Stream};
use kd_models::{Architecture, Input, Mode, Model, Optimizer, Rule};
use tch::{Cuda, Device, Tensor};

const ROUNDS: usize = 9;

/// What to train, and how many steps a round takes of it.
struct Case {
    architecture: &'static str,
    input: Input,
    rule: Rule,
    rate: f64,
    steps: u32,
}

impl Case {
    fn name(&self) -> &'static str {
        self.architecture.split('"').nth(1).unwrap_or_default()
    }
}

const ADAMW: Rule = Rule::AdamW { beta1: 0.9, beta2: 0.999, weight_decay: 0.01 };
const SGD: Rule = Rule::Sgd { momentum: 0.9, weight_decay: 5e-4, nesterov: false };

/// `models.py` has each under the same name and with the same settings.
const CASES: [Case; 4] = [
    Case {
        architecture: r#"{ "mlp": { "hidden": [256, 256] } }"#,
        input: Input::Features { width: 64 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 300,
    },
    Case {
        architecture: r#"{ "cifar_resnet": { "depth": 20 } }"#,
        input: Input::Image { channels: 3, height: 32, width: 32 },
        rule: SGD,
        rate: 0.05,
        steps: 4,
    },
    Case {
        architecture: r#"{ "transformer": { "dimension": 64, "hidden": 256, "positions": 64, "dropout": 0.0 } }"#,
        input: Input::Tokens { vocabulary: 5000 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 20,
    },
    Case {
        architecture: r#"{ "ft_transformer": { "dimension": 64, "heads": 4, "hidden": 96, "dropout": 0.0,
            "attention_dropout": 0.0 } }"#,
        input: Input::Features { width: 16 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 10,
    },
];

/// As many as the fixtures have.
const CLASSES: i64 = 5;

/// Our side of one case.
struct Training {
    model: Model,
    optimizer: Optimizer,
    rate: f64,
    batch: Tensor,
    labels: Tensor,
}

impl Training {
    /// From the weights and on the batch of `file`.
    fn new(case: &Case, file: &Path, device: Device) -> Self {
        let architecture: Architecture = serde_json::from_str(case.architecture).expect("an architecture");
        let mut stream = Stream::new(&[1], Concern::Initialisation);
        let mut model = Model::new(&architecture, case.input, CLASSES, &mut stream, device).expect("a model");
        let mut tensors: BTreeMap<String, Tensor> =
            Tensor::read_safetensors(file).expect("PyTorch has written it").into_iter().collect();
        let mut take = |name| tensors.remove(name).expect("PyTorch has written it").to_device(device);
        let (batch, labels) = (take("batch"), take("labels"));
        let weights =
            tensors.into_iter().map(|(name, tensor)| (name.replacen("weights/", "", 1), tensor)).collect();
        model.set_weights(&weights, file).expect("the same names and shapes");
        let optimizer = Optimizer::new(case.rule, model.store().trainable_variables()).expect("an optimiser");
        Self { model, optimizer, rate: case.rate, batch, labels }
    }

    fn step(&mut self) -> Tensor {
        let logits = self.model.forward(&self.batch, Mode::Train).expect("a pass").logits;
        let loss = cross_entropy(&logits, &self.labels).expect("a loss");
        loss.backward();
        self.optimizer.step(self.rate).expect("a step");
        loss
    }

    /// Steps, until the device has done them.
    fn steps(&mut self, steps: u32) {
        for _ in 0..steps {
            drop(self.step());
        }
        if self.batch.device().is_cuda() {
            Cuda::synchronize(0);
        }
    }
}

fn compare(case: &Case, asked: &Asked, device: Device, pytorch: &mut PyTorch, folder: &Path) {
    let name = case.name();
    let (rounds, steps) = if asked.measured { (ROUNDS, case.steps) } else { (1, 1) };
    let order = |mode: &str, steps: u32| format!("{name} {mode} {steps}");
    let (first, _) = pytorch.time(&order("eager", 1));
    let mut training = Training::new(case, &folder.join(format!("{name}.safetensors")), device);
    let own_first = training.step().double_value(&[]);
    assert!((own_first - first).abs() < 1e-4 * first.abs(), "{name}: loss {own_first}, PyTorch {first}");
    if rounds < ROUNDS {
        return; // that it runs is all that is asked; compiling takes minutes
    }
    pytorch.time(&order("compile", 1));
    training.steps(steps); // a device takes some to warm up
    let (mut ours, mut eager, mut compiled) = (vec![], vec![], vec![]);
    let (mut to_eager, mut to_compiled) = (vec![], vec![]);
    for _ in 0..rounds {
        let own = microseconds(1, || training.steps(steps)) / f64::from(steps);
        let (_, theirs) = pytorch.time(&order("eager", steps));
        let (_, compiles) = pytorch.time(&order("compile", steps));
        to_eager.push(theirs / own);
        to_compiled.push(compiles / own);
        ours.push(own);
        eager.push(theirs);
        compiled.push(compiles);
    }
    println!(
        "{name:<16} {:>9.0} {:>10.0} {:>12.0} {:>15.2} {:>18.2}",
        median(ours),
        median(eager),
        median(compiled),
        median(to_eager),
        median(to_compiled)
    );
}

fn main() {
    tch::set_num_threads(1);
    kd_models::keep_freed_memory();
    let asked = Asked::here();
    let device = match std::env::var("KD_DEVICE").as_deref() {
        Ok("cuda") => Device::Cuda(0),
        _ => Device::Cpu,
    };
    if device.is_cuda() {
        kd_models::gpus().expect("a GPU");
        kd_models::compute_reproducibly().expect("a setting");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut pytorch = match PyTorch::start(
        "models.py",
        &[folder.path().as_os_str(), if device.is_cuda() { "cuda" } else { "cpu" }.as_ref()],
    ) {
        Ok(pytorch) => pytorch,
        Err(reason) => {
            println!("skipped: {reason}; KD_PYTHON may name a Python with torch 2.11.0");
            return;
        }
    };
    println!(
        "{:<16} {:>9} {:>10} {:>12} {:>15} {:>18}",
        "training step", "tch, µs", "eager, µs", "compiled, µs", "faster: eager", "faster: compiled"
    );
    for case in &CASES {
        if asked.wants(&format!("models/{}", case.name())) {
            compare(case, &asked, device, &mut pytorch, folder.path());
        }
    }
}
