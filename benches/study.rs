//! Whole studies, from the command to the last run, beside PyTorch (`study.py`): the usual way, a process for each run, and as a
//! careful person does it, on two processes. `cargo xtask bench -- study`; `study.py` says what the two ways are.
//!
//! Each way trains a teacher and twelve students (three seeds, two M, labels and distilled) by as many steps of batches as large, and
//! scores them as often, turn by turn. CPU seconds count every process. One is left out, and that is told, where its data are
//! not in the folder that `KD_DATA` names. The other side is the Python that `KD_PYTHON` names, or python3, with PyTorch 2.11.0.

#![allow(clippy::print_stdout)] // the table is what this program is for

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use kd_analysis::Findings;
use kd_benches::{Asked, PyTorch, kd_program, median};
use kd_data::{Dataset, Encoder, Encoding, catalogue};
use kd_models::Input;
use kd_study::file::StudyFile;
use serde_json::json;
use tch::{Device, Kind, Tensor};

/// What is trained, by student and teacher alike.
struct Setting {
    name: &'static str,
    dataset: &'static str,
    /// As a study file has it.
    model: &'static str,
    /// As `study.py` calls it.
    there: &'static str,
    samples: [u64; 2],
    steps: u32,
    rounds: usize,
}

const SETTINGS: [Setting; 3] = [
    Setting {
        name: "MLP 256-256, digits",
        dataset: "optdigits",
        model: "mlp.hidden = [256, 256]",
        there: "mlp",
        samples: [160, 1280],
        steps: 1000,
        rounds: 3,
    },
    Setting {
        name: "CNN 16-32-64, MNIST",
        dataset: "mnist",
        model: "cnn = { channels = [16, 32, 64], hidden = 128 }",
        there: "cnn",
        samples: [500, 5000],
        steps: 300,
        rounds: 1,
    },
    Setting {
        name: "TextCNN 64, TREC",
        dataset: "trec",
        model: "text_cnn = { dimension = 100, filters = 64, dropout = 0 }",
        there: "text_cnn",
        samples: [500, 4000],
        steps: 500,
        rounds: 1,
    },
];

const SEEDS: [u64; 3] = [1, 2, 3];
const BATCH: u32 = 64;
const RATE: f64 = 1e-3;

fn main() {
    let asked = Asked::here();
    if !asked.wants("study") {
        return;
    }
    if !asked.measured {
        for setting in &SETTINGS {
            assert!(StudyFile::parse(&study(setting)).is_ok(), "{}", setting.name);
        }
        return;
    }
    let program = kd_program();
    let python = PyTorch::python();
    println!(
        "{:22} {:>18} {:>18} {:>18} {:>9} {:>9}  accuracy, %",
        "CPU s (wall s)", "kd", "tuned PyTorch", "scripts", "to tuned", "scripts"
    );
    for setting in &SETTINGS {
        match catalogue::load(setting.dataset) {
            Ok(data) => compare(setting, &data, &program, &python),
            Err(error) => println!("{:22} not run: {error}", setting.name),
        }
    }
}

/// The study file.
fn study(setting: &Setting) -> String {
    let Setting { dataset, model, samples: [few, many], steps, .. } = setting;
    let train = format!(
        "train = {{ budget.steps = {steps}, batch = {BATCH}, optimizer.adamw.learning_rate = {RATE} }}"
    );
    format!(
        "[study]\nname = \"bench\"\nseeds = {SEEDS:?}\n[tasks.t]\ndata.catalogue.name = \"{dataset}\"\n\
         [tasks.t.teacher]\nmodel.{model}\n{train}\n[tasks.t.student]\nmodel.{model}\nsamples = [{few}, {many}]\n{train}\n\
         [arms.labels]\nobjective.cross_entropy = {{}}\n[arms.distilled]\nobjective.distillation.temperature = 4.0\n"
    )
}

/// The examples as a model reads them, for the other side.
fn export(setting: &Setting, data: &Dataset, folder: &Path) {
    let rows: Vec<usize> = (0..data.train.len().min(setting.samples[1] as usize)).collect();
    let encoder = Encoder::fit(&data.train, &rows, &Encoding::default()).expect("fits");
    let of = |examples: &kd_data::Examples| {
        let index = Tensor::arange(examples.len() as i64, (Kind::Int64, Device::Cpu));
        let inputs = encoder.encode(&examples.inputs).expect("encodes").batch(&index).expect("examples");
        (inputs.contiguous(), Tensor::from_slice(examples.labels().expect("classes")))
    };
    let (train, test) = (of(&data.train), of(&data.test));
    let tensors = [("train_x", &train.0), ("train_y", &train.1), ("test_x", &test.0), ("test_y", &test.1)];
    Tensor::write_safetensors(&tensors, folder.join("data.safetensors")).expect("a file");
    let vocabulary = match encoder.input() {
        Input::Tokens { vocabulary } => vocabulary,
        Input::Sequence { .. } | Input::Image { .. } | Input::Features { .. } | Input::Table { .. } => 0,
    };
    let spec = json!({
        "model": setting.there, "classes": data.classes.len(), "vocabulary": vocabulary, "samples": setting.samples,
        "seeds": SEEDS, "steps": setting.steps, "batch": BATCH, "rate": RATE,
    });
    fs_err::write(folder.join("study.json"), spec.to_string()).expect("a file");
}

/// What a way took.
#[derive(Clone, Copy)]
struct Took {
    cpu: f64,
    wall: f64,
}

fn compare(setting: &Setting, data: &Dataset, program: &Path, python: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    export(setting, data, folder.path());
    fs_err::write(folder.path().join("study.toml"), study(setting)).expect("a study");
    let script = format!("{}/study.py", env!("CARGO_MANIFEST_DIR"));
    let there = folder.path().to_string_lossy().into_owned();
    let mut rounds = Vec::new();
    let mut accuracies = Vec::new();
    for round in 0..setting.rounds {
        let out = format!("results{round}");
        let kd = run(Command::new(program).current_dir(folder.path()).args([
            "run",
            "study.toml",
            "--workers",
            "2",
            "--no-adopt",
            "--out",
            &out,
        ]));
        let ways = ["tuned", "scripts"].map(|way| run(Command::new(python).args([&script, way, &there])));
        let found = fs_err::read(folder.path().join(&out).join("findings.json")).expect("findings");
        accuracies = vec![
            format!("{:.1}", accuracy(&found, setting.samples[1])),
            ways[0].1.clone(),
            ways[1].1.clone(),
        ];
        rounds.push([kd.0, ways[0].0, ways[1].0]);
    }
    let middle = |of: fn(&[Took; 3]) -> f64| median(rounds.iter().map(of).collect());
    println!(
        "{:22} {:>18} {:>18} {:>18} {:>8.2}x {:>8.1}x  {}",
        setting.name,
        format!("{:.1} ({:.1})", middle(|round| round[0].cpu), middle(|round| round[0].wall)),
        format!("{:.1} ({:.1})", middle(|round| round[1].cpu), middle(|round| round[1].wall)),
        format!("{:.1} ({:.1})", middle(|round| round[2].cpu), middle(|round| round[2].wall)),
        middle(|round| round[1].cpu / round[0].cpu),
        middle(|round| round[2].cpu / round[0].cpu),
        accuracies.join(", ")
    );
}

/// Runs a command to its end: what it took with all of its processes, and the last word that it said.
fn run(command: &mut Command) -> (Took, String) {
    let (before, clock) = (children(), Instant::now());
    let output = command.output().expect("a process");
    let took = Took { cpu: children() - before, wall: clock.elapsed().as_secs_f64() };
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    (took, said.split_whitespace().last().unwrap_or_default().to_owned())
}

/// CPU seconds of all processes that this one has waited for, and of theirs.
fn children() -> f64 {
    /// Of a second, everywhere on Linux.
    const TICKS: f64 = 100.0;
    let stat = fs_err::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |field: usize| fields.get(field).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    // The sixteenth and the seventeenth, of which two are before the bracket.
    (ticks(13) + ticks(14)) / TICKS
}

/// The mean accuracy in per cent of the distilled students of M among findings.
fn accuracy(findings: &[u8], samples: u64) -> f64 {
    let found: Findings = serde_json::from_slice(findings).expect("findings");
    let mut curves = found.tasks.iter().flat_map(|task| &task.curves);
    let distilled = curves.find(|curve| curve.arm == "distilled").expect("an arm");
    let cell = distilled.cells.iter().find(|cell| cell.samples == samples).expect("runs");
    100.0 * cell.accuracy.mean
}
