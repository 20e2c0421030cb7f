//! Whole studies, from the command to the last run, beside PyTorch (`study.py`): the usual way, a process for each run, and as a
//! careful person does it, on two processes. `cargo xtask bench -- study`; `study.py` says what the two ways are,
//! of which `-- /tuned` asks for one.
//!
//! Each way trains a teacher and its students (one seed to three, two M, labels and distilled) by as many steps of batches as large, and
//! scores them as often, turn by turn. CPU seconds count every process. One is left out, and that is told, where its data are
//! not in the folder that `KD_DATA` names. The other side is the Python that `KD_PYTHON` names, or python3, with PyTorch 2.11.0.

#![allow(clippy::print_stdout)] // the table is what this program is for

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use kd_analysis::Findings;
use kd_benches::{Asked, PyTorch, kd_program, median};
use kd_data::{Dataset, Encoder, Encoding};
use kd_models::Input;
use kd_study::Store;
use kd_study::file::StudyFile;
use serde_json::json;
use tch::{Device, Kind, Tensor};

/// What is trained, by student and teacher alike.
struct Setting {
    name: &'static str,
    /// As a study file has them; a folder of `KD_DATA` in place of `DATA`.
    data: &'static str,
    model: &'static str,
    /// As `study.py` calls it.
    there: &'static str,
    samples: [u64; 2],
    seeds: &'static [u64],
    steps: u32,
    batch: u32,
    rounds: usize,
}

/// What most are measured on, once.
const USUAL: Setting = Setting {
    name: "",
    data: "",
    model: "",
    there: "",
    samples: [500, 5000],
    seeds: &[1],
    steps: 1000,
    batch: 64,
    rounds: 1,
};

const SETTINGS: [Setting; 7] = [
    Setting {
        name: "MLP 256-256, digits",
        data: "data.catalogue.name = \"optdigits\"",
        model: "mlp.hidden = [256, 256]",
        there: "mlp",
        samples: [160, 1280],
        seeds: &[1, 2, 3],
        rounds: 3,
        ..USUAL
    },
    Setting {
        name: "CNN 16-32-64, MNIST",
        data: "data.catalogue.name = \"mnist\"",
        model: "cnn = { channels = [16, 32, 64], hidden = 128 }",
        there: "cnn",
        ..USUAL
    },
    Setting {
        name: "ResNet-20, CIFAR-10",
        data: "data.cifar = { train = [\"DATA/cifar-10/cifar-10-batches-bin/data_batch_1.first4000.bin\"], \
               test = [\"DATA/cifar-10/cifar-10-batches-bin/test_batch.first1000.bin\"], labels = \"ten\" }",
        model: "cifar_resnet.depth = 20",
        there: "cifar_resnet",
        samples: [500, 3600],
        steps: 150,
        ..USUAL
    },
    Setting {
        name: "TextCNN 64, TREC",
        data: "data.catalogue.name = \"trec\"\nencoding.bigrams = false",
        model: "text_cnn = { dimension = 100, filters = 64, dropout = 0 }",
        there: "text_cnn",
        samples: [500, 4000],
        ..USUAL
    },
    Setting {
        name: "transformer 64, TREC",
        data: "data.catalogue.name = \"trec\"\nencoding.bigrams = false",
        model: "transformer = { dimension = 64, hidden = 256, positions = 64, dropout = 0 }",
        there: "transformer",
        samples: [500, 4000],
        batch: 32,
        ..USUAL
    },
    Setting {
        name: "FT-Transformer 64, Adult",
        data: "data.catalogue.name = \"adult\"\nencoding.categories = \"embedded\"",
        model: "ft_transformer = { dimension = 64, heads = 4, hidden = 96, dropout = 0, attention_dropout = 0 }",
        there: "ft_transformer",
        ..USUAL
    },
    Setting {
        name: "GPT 96, Shakespeare",
        data: "data.catalogue.name = \"tiny-shakespeare\"",
        model: "gpt = { dimension = 96, heads = 3, layers = 3, positions = 128, dropout = 0 }",
        there: "gpt",
        steps: 200,
        batch: 32,
        ..USUAL
    },
];

const RATE: f64 = 1e-3;

/// What the other side is asked for, in the order of the columns.
const WAYS: [&str; 2] = ["tuned", "scripts"];

fn main() {
    let asked = Asked::here();
    let ways = |setting: &Setting| WAYS.map(|way| asked.wants(&format!("study/{}/{way}", setting.there)));
    let settings: Vec<&Setting> = SETTINGS.iter().filter(|setting| ways(setting).contains(&true)).collect();
    if settings.is_empty() {
        return;
    }
    if !asked.measured {
        for setting in settings {
            assert!(StudyFile::parse(&study(setting)).is_ok(), "{}", setting.name);
        }
        return;
    }
    let program = kd_program();
    let python = PyTorch::python();
    println!(
        "{:24} {:>18} {:>18} {:>18} {:>9} {:>9} {:>11}  accuracy, %",
        "CPU s (wall s)", "kd", "tuned PyTorch", "scripts", "to tuned", "scripts", "evaluating"
    );
    for setting in settings {
        let file = StudyFile::parse(&study(setting)).expect("a study file");
        let task = &file.tasks[0][0].file;
        match task.data.get_ref().load() {
            Ok(data) => compare(setting, ways(setting), &data, task.encoding.get_ref(), &program, &python),
            Err(error) => println!("{:24} not run: {error}", setting.name),
        }
    }
}

/// The study file.
fn study(setting: &Setting) -> String {
    let Setting { model, samples: [few, many], seeds, steps, batch, .. } = setting;
    let folder = std::env::var("KD_DATA").unwrap_or_default();
    let data = setting.data.replace("DATA", &folder);
    let train = format!(
        "train = {{ budget.steps = {steps}, batch = {batch}, optimizer.adamw.learning_rate = {RATE} }}"
    );
    format!(
        "[study]\nname = \"bench\"\nseeds = {seeds:?}\n[tasks.t]\n{data}\n\
         [tasks.t.teacher]\nmodel.{model}\n{train}\n[tasks.t.student]\nmodel.{model}\nsamples = [{few}, {many}]\n{train}\n\
         [arms.labels]\nobjective.cross_entropy = {{}}\n[arms.distilled]\nobjective.distillation.temperature = 4.0\n"
    )
}

/// The examples as a model reads them, for the other side.
fn export(setting: &Setting, data: &Dataset, encoding: &Encoding, folder: &Path) {
    let rows: Vec<usize> = (0..data.train.len()).collect();
    let encoder = Encoder::fit(&data.train, &rows, encoding).expect("fits");
    let of = |examples: &kd_data::Examples| {
        let index = Tensor::arange(examples.len() as i64, (Kind::Int64, Device::Cpu));
        let inputs = encoder.encode(&examples.inputs).expect("encodes").batch(&index).expect("examples");
        (inputs.contiguous(), encoder.targets(examples).expect("classes").contiguous())
    };
    let (train, test) = (of(&data.train), of(&data.test));
    let tensors = [("train_x", &train.0), ("train_y", &train.1), ("test_x", &test.0), ("test_y", &test.1)];
    Tensor::write_safetensors(&tensors, folder.join("data.safetensors")).expect("a file");
    let (vocabulary, numeric, categories) = match encoder.input() {
        Input::Tokens { vocabulary } | Input::Sequence { vocabulary, .. } => (vocabulary, 0, 0),
        Input::Table { numeric, categories, levels } => (levels, numeric, categories),
        Input::Image { .. } | Input::Features { .. } => (0, 0, 0),
    };
    let spec = json!({
        "model": setting.there, "classes": data.classes.len(), "vocabulary": vocabulary, "numeric": numeric,
        "categories": categories, "samples": setting.samples, "seeds": setting.seeds, "steps": setting.steps,
        "batch": setting.batch, "rate": RATE,
    });
    fs_err::write(folder.join("study.json"), spec.to_string()).expect("a file");
}

/// What a way took.
#[derive(Clone, Copy)]
struct Took {
    cpu: f64,
    wall: f64,
}

/// Prints a row; a way that is not asked for has no number.
fn compare(
    setting: &Setting,
    asked: [bool; 2],
    data: &Dataset,
    encoding: &Encoding,
    program: &Path,
    python: &str,
) {
    let folder = tempfile::tempdir().expect("a folder");
    export(setting, data, encoding, folder.path());
    fs_err::write(folder.path().join("study.toml"), study(setting)).expect("a study");
    let script = format!("{}/study.py", env!("CARGO_MANIFEST_DIR"));
    let there = folder.path().to_string_lossy().into_owned();
    let mut own = Vec::new();
    let mut others = [Vec::new(), Vec::new()];
    let (mut accuracies, mut evaluating) = (Vec::new(), 0.0);
    for round in 0..setting.rounds {
        let out = format!("results{round}");
        let mut command = Command::new(program);
        command.current_dir(folder.path()).args([
            "run",
            "study.toml",
            "--workers",
            "2",
            "--no-adopt",
            "--out",
            &out,
        ]);
        let took = run(&mut command).0;
        let results = folder.path().join(&out);
        evaluating = 100.0 * evaluated(&results);
        let found = fs_err::read(results.join("findings.json")).expect("findings");
        accuracies = vec![format!("{:.1}", accuracy(&found, setting.samples[1]))];
        for (place, way) in WAYS.iter().enumerate().filter(|(place, _)| asked[*place]) {
            let (other, accuracy) = run(Command::new(python).args([&script, *way, &there]));
            others[place].push((other, other.cpu / took.cpu));
            accuracies.push(accuracy);
        }
        own.push(took);
    }
    let seconds = |took: &[Took]| {
        let of = |of: fn(&Took) -> f64| median(took.iter().map(of).collect());
        format!("{:.1} ({:.1})", of(|took| took.cpu), of(|took| took.wall))
    };
    let there = others.each_ref().map(|rounds| {
        if rounds.is_empty() {
            return ["-".to_owned(), "-".to_owned()];
        }
        let took: Vec<Took> = rounds.iter().map(|round| round.0).collect();
        [seconds(&took), format!("{:.2}x", median(rounds.iter().map(|round| round.1).collect()))]
    });
    println!(
        "{:24} {:>18} {:>18} {:>18} {:>9} {:>9} {evaluating:>9.1} %  {}",
        setting.name,
        seconds(&own),
        there[0][0],
        there[1][0],
        there[0][1],
        there[1][1],
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

/// The share of their time that runs evaluate in.
fn evaluated(results: &Path) -> f64 {
    let store = Store::open(results).expect("results");
    let runs = store
        .plan()
        .expect("a plan")
        .distinct()
        .into_iter()
        .map(|run| store.record(&run.id))
        .collect::<Vec<_>>();
    let records = runs.into_iter().map(|record| record.expect("a record").expect("a run"));
    let (evaluating, all) = records.fold((0.0, 0.0), |(evaluating, all), record| {
        (evaluating + record.evaluating.unwrap_or_default(), all + record.seconds)
    });
    evaluating / all
}

/// The mean accuracy in per cent of the distilled students of M among findings.
fn accuracy(findings: &[u8], samples: u64) -> f64 {
    let found: Findings = serde_json::from_slice(findings).expect("findings");
    let mut curves = found.tasks.iter().flat_map(|task| &task.curves);
    let distilled = curves.find(|curve| curve.arm == "distilled").expect("an arm");
    let cell = distilled.cells.iter().find(|cell| cell.samples == samples).expect("runs");
    100.0 * cell.accuracy.mean
}
