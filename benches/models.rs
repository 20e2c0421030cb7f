//! A training step (forward, backward, update) of models of every kind, and their inference, one thread: how long they
//! take here, and in PyTorch from the same weights on the same batch (`models.py`): as a careful person writes it, tuned, the
//! same compiled, and eager with nothing set.
//!
//! Each round runs the same number of steps of all, one after the other, and the ratios are medians over rounds of the
//! ratios within one: what else the machine does meanwhile slows all. The other side is the Python that `KD_PYTHON`
//! names, or python3; it takes PyTorch 2.11.0, torchvision and transformers. What does not compile there has no number. With
//! `KD_DEVICE` as `cuda` both sides train on the first GPU, both with convolutions in float32, as studies have them.

#![allow(clippy::print_stdout)] // the table is what this program is for

use std::collections::BTreeMap;
use std::path::Path;

use kd_benches::{Asked, PyTorch, median, microseconds};
use kd_core::loss::cross_entropy;
use kd_core::random::{Concern, Stream};
use kd_models::{Architecture, Input, Mode, Model, Optimizer, Rule};
use tch::{Cuda, Device, Tensor};

const ROUNDS: usize = 9;

/// PyTorch's ways, in the order of the columns.
const MODES: [&str; 3] = ["tuned", "compile", "eager"];

/// What to train, and how many steps a round takes of it.
struct Case {
    name: &'static str,
    architecture: &'static str,
    input: Input,
    rule: Rule,
    rate: f64,
    steps: u32,
}

const ADAMW: Rule = Rule::AdamW { beta1: 0.9, beta2: 0.999, weight_decay: 0.01 };
const SGD: Rule = Rule::Sgd { momentum: 0.9, weight_decay: 5e-4, nesterov: false };

/// `models.py` has each under the same name and with the same settings.
const CASES: [Case; 8] = [
    Case {
        name: "mlp",
        architecture: r#"{ "mlp": { "hidden": [256, 256] } }"#,
        input: Input::Features { width: 64 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 300,
    },
    Case {
        name: "cnn_grey",
        architecture: r#"{ "cnn": { "channels": [16, 32, 64], "hidden": 128 } }"#,
        input: Input::Image { channels: 1, height: 28, width: 28 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 20,
    },
    Case {
        name: "cnn_colour",
        architecture: r#"{ "cnn": { "channels": [16, 32, 64], "hidden": 128 } }"#,
        input: Input::Image { channels: 3, height: 32, width: 32 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 20,
    },
    Case {
        name: "cifar_resnet",
        architecture: r#"{ "cifar_resnet": { "depth": 20 } }"#,
        input: Input::Image { channels: 3, height: 32, width: 32 },
        rule: SGD,
        rate: 0.05,
        steps: 4,
    },
    Case {
        name: "text_cnn",
        architecture: r#"{ "text_cnn": { "dimension": 100, "filters": 64, "dropout": 0.0 } }"#,
        input: Input::Tokens { vocabulary: 5000 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 20,
    },
    Case {
        name: "transformer",
        architecture: r#"{ "transformer": { "dimension": 64, "hidden": 256, "positions": 64, "dropout": 0.0 } }"#,
        input: Input::Tokens { vocabulary: 5000 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 20,
    },
    Case {
        name: "ft_transformer",
        architecture: r#"{ "ft_transformer": { "dimension": 64, "heads": 4, "hidden": 96, "dropout": 0.0,
            "attention_dropout": 0.0 } }"#,
        input: Input::Features { width: 16 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 10,
    },
    Case {
        name: "gpt",
        architecture: r#"{ "gpt": { "dimension": 96, "heads": 3, "layers": 3, "positions": 64, "dropout": 0.0 } }"#,
        input: Input::Sequence { vocabulary: 65, length: 64 },
        rule: ADAMW,
        rate: 1e-3,
        steps: 5,
    },
];

/// As many as the fixtures have.
const CLASSES: i64 = 5;

/// Inference reads so many batches at a time.
const READ: i64 = 8;

/// Numbers of the largest activation of what is inferred at once, as in a study.
const NUMBERS: usize = 1 << 20;

/// Our side of one case.
struct Training {
    model: Model,
    optimizer: Optimizer,
    rate: f64,
    batch: Tensor,
    labels: Tensor,
    /// What is inferred, in parts.
    parts: Vec<Tensor>,
}

impl Training {
    /// From the weights and on the batch of `file`.
    fn new(case: &Case, file: &Path, device: Device) -> Self {
        let architecture: Architecture = serde_json::from_str(case.architecture).expect("an architecture");
        let outputs = match case.input {
            Input::Sequence { vocabulary, .. } => vocabulary,
            Input::Image { .. } | Input::Features { .. } | Input::Table { .. } | Input::Tokens { .. } => {
                CLASSES
            }
        };
        let mut stream = Stream::new(&[1], Concern::Initialisation);
        let mut model = Model::new(&architecture, case.input, outputs, &mut stream, device).expect("a model");
        let mut tensors: BTreeMap<String, Tensor> =
            Tensor::read_safetensors(file).expect("PyTorch has written it").into_iter().collect();
        let mut take = |name| tensors.remove(name).expect("PyTorch has written it").to_device(device);
        let (batch, labels) = (take("batch"), take("labels"));
        let weights =
            tensors.into_iter().map(|(name, tensor)| (name.replacen("weights/", "", 1), tensor)).collect();
        model.set_weights(&weights, file).expect("the same names and shapes");
        let optimizer = Optimizer::new(case.rule, model.store().trainable_variables()).expect("an optimiser");
        let parts = parts(&model, &batch);
        Self { model, optimizer, rate: case.rate, batch, labels, parts }
    }

    fn step(&mut self) -> Tensor {
        let logits = self.model.forward(&self.batch, Mode::Train).expect("a pass").logits;
        let loss = cross_entropy(&logits.flatten(0, -2), &self.labels).expect("a loss");
        loss.backward();
        self.optimizer.step(self.rate).expect("a step");
        loss
    }

    /// Steps, until the device has done them.
    fn steps(&mut self, steps: u32) {
        for _ in 0..steps {
            drop(self.step());
        }
        self.finish();
    }

    fn infer(&self) {
        let _no_grad = tch::no_grad_guard();
        for part in &self.parts {
            drop(self.model.logits(part).expect("a pass"));
        }
        self.finish();
    }

    fn finish(&self) {
        if self.batch.device().is_cuda() {
            Cuda::synchronize(0);
        }
    }
}

/// So many copies of a batch, in parts of which activations are near the processor.
fn parts(model: &Model, batch: &Tensor) -> Vec<Tensor> {
    let _no_grad = tch::no_grad_guard();
    let examples = Tensor::cat(&vec![batch; READ as usize], 0);
    let largest = model.largest_activation(&batch.narrow(0, 0, 1)).expect("a pass");
    let most = ((NUMBERS / largest) as i64).clamp(8, 1024);
    let parts = (examples.size()[0] + most - 1) / most;
    examples.chunk(parts, 0)
}

/// What is compared of a case.
#[derive(Clone, Copy)]
enum What {
    Step,
    Infer,
}

/// Prints a row: microseconds of each side, and how many times faster ours is than each way of the other.
fn compare(case: &Case, what: What, training: &mut Training, pytorch: &mut PyTorch) {
    let (word, times) = match what {
        What::Step => ("step", case.steps),
        What::Infer => ("infer", case.steps.div_ceil(4)),
    };
    let order = |mode: &str, times: u32| format!("{} {mode} {word} {times}", case.name);
    for mode in MODES {
        pytorch.time(&order(mode, 1)); // compiles; and a device takes some to warm up
    }
    let mut own_round = || match what {
        What::Step => microseconds(1, || training.steps(times)) / f64::from(times),
        What::Infer => microseconds(times, || training.infer()),
    };
    own_round();
    let mut ours = vec![];
    let mut theirs: [Vec<f64>; 3] = Default::default();
    let mut ratios: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        let own = own_round();
        for (place, mode) in MODES.iter().enumerate() {
            let (_, other) = pytorch.time(&order(mode, times));
            theirs[place].push(other);
            ratios[place].push(other / own);
        }
        ours.push(own);
    }
    let [tuned, compiled, eager] = theirs.map(median);
    let [to_tuned, to_compiled, to_eager] = ratios.map(median);
    println!(
        "{:<22} {:>9.0} {tuned:>9.0} {compiled:>9.0} {eager:>9.0} {to_tuned:>9.2} {to_compiled:>9.2} {to_eager:>9.2}",
        format!("{}, {word}", case.name),
        median(ours)
    );
}

/// Our side, after a step whose loss is that of PyTorch's first.
fn started(case: &Case, device: Device, pytorch: &mut PyTorch, folder: &Path) -> Training {
    let name = case.name;
    let (first, _) = pytorch.time(&format!("{name} eager step 1"));
    let mut training = Training::new(case, &folder.join(format!("{name}.safetensors")), device);
    let own_first = training.step().double_value(&[]);
    assert!((own_first - first).abs() < 1e-4 * first.abs(), "{name}: loss {own_first}, PyTorch {first}");
    training
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
        "{:<22} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "microseconds, faster", "kd", "tuned", "compiled", "eager", "tuned", "compiled", "eager"
    );
    for case in CASES.iter().filter(|case| asked.wants(&format!("models/{}", case.name))) {
        let mut training = started(case, device, &mut pytorch, folder.path());
        if asked.measured {
            for what in [What::Step, What::Infer] {
                compare(case, what, &mut training, &mut pytorch);
            }
        }
    }
}
