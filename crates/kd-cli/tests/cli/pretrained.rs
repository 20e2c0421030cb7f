//! Teachers that were trained elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kd_data::catalogue;
use serde_json::Value;
use tch::{Kind, Tensor};

use crate::{TINY, folder_with, output, results, stderr, stdout};

/// The tiny study with `teacher` in place of a model and its training.
fn study(teacher: &str) -> String {
    let (head, rest) = TINY.split_once("model.mlp = { hidden = [32] }").unwrap();
    let (_, rest) = rest.split_once("\n\n").unwrap();
    format!("{head}{teacher}\n\n{rest}")
}

/// A module of `crates/kd-models/tests/fixtures/torch_script.py`.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../kd-models/tests/fixtures").join(name)
}

/// A folder with this study and the module `digits.pt`.
fn folder_with_module(text: &str) -> tempfile::TempDir {
    let folder = folder_with(text);
    fs_err::copy(fixture("digits.pt"), folder.path().join("digits.pt")).unwrap();
    folder
}

const SCRIPT: &str = "torch_script = { path = \"digits.pt\" }";

/// The runs of a results folder as `kd plan` lists them.
fn planned(folder: &Path) -> Vec<Value> {
    let plan = output(folder, &["plan", "study.toml", "--format", "json"]);
    crate::planned(&plan)
}

fn measures(folder: &Path, run: &Value) -> Value {
    let path = folder.join("results/tiny/runs").join(run["id"].as_str().unwrap());
    let record: Value = serde_json::from_slice(&fs_err::read(path.join("record.json")).unwrap()).unwrap();
    record.pointer("/outcome/finished").unwrap().clone()
}

fn teacher_outputs(folder: &Path) -> PathBuf {
    let id = planned(folder)[0]["id"].as_str().unwrap().to_owned();
    folder.join("results/tiny/runs").join(id).join("outputs.safetensors")
}

/// Share of the test examples on which the outputs in a file are right.
fn accuracy(outputs: &Path) -> f64 {
    let tensors = Tensor::read_safetensors(outputs).unwrap();
    let (_, test) = tensors.iter().find(|(name, _)| name == "test").unwrap();
    let labels = Tensor::from_slice(catalogue::load("optdigits").unwrap().test.labels().unwrap());
    test.argmax(1, false).eq_tensor(&labels).mean(Kind::Double).double_value(&[])
}

#[test]
fn a_module_and_its_stored_outputs_teach_the_same() {
    let folder = folder_with_module(&study(SCRIPT));
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let scripted = planned(folder.path());
    assert_eq!(scripted.len(), 1 + 12, "one teacher for both seeds");
    let taught = measures(folder.path(), &scripted[0]);
    let outputs = teacher_outputs(folder.path());
    let right = accuracy(&outputs);
    assert!(right > 0.9, "it would guess in training mode: {right}");
    assert!(
        (taught.pointer("/test/classification/accuracy").unwrap().as_f64().unwrap() - right).abs() < 1e-12
    );
    assert_eq!((&taught["steps"], &taught["parameters"]), (&0.into(), &650.into()));
    let findings = fs_err::read(folder.path().join("results/tiny/findings.json")).unwrap();
    let findings: Value = serde_json::from_slice(&findings).unwrap();
    let gain = findings.pointer("/tasks/0/gains/0").unwrap();
    assert_eq!((&gain["arm"], gain["points"].as_array().unwrap().len()), (&"distilled".into(), 2));
    let explained = output(folder.path(), &["explain", scripted[0]["id"].as_str().unwrap()]);
    assert!(stdout(&explained).contains("TorchScript module digits.pt"), "{}", stdout(&explained));

    // The same outputs from a file: students are trained again, under other ids, and come out the same.
    fs_err::copy(outputs, folder.path().join("said.safetensors")).unwrap();
    let stored = study("outputs = { train = \"said.safetensors\", test = \"said.safetensors\" }");
    fs_err::write(folder.path().join("study.toml"), stored).unwrap();
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    for (scripted, stored) in scripted.iter().zip(planned(folder.path())).skip(1) {
        assert_eq!(measures(folder.path(), scripted), measures(folder.path(), &stored));
    }
    let left = output(folder.path(), &["run", "study.toml"]);
    assert!(stderr(&left).contains("0 to train"), "{}", stderr(&left));
}

#[test]
fn a_module_elsewhere_is_the_same_teacher_and_another_is_not() {
    let folder = folder_with_module(&study(SCRIPT));
    let here = planned(folder.path());
    fs_err::create_dir(folder.path().join("models")).unwrap();
    fs_err::copy(folder.path().join("digits.pt"), folder.path().join("models/renamed.pt")).unwrap();
    fs_err::write(folder.path().join("study.toml"), study("torch_script.path = \"models/renamed.pt\""))
        .unwrap();
    assert_eq!(planned(folder.path()), here);
    let standardised = study("torch_script = { path = \"digits.pt\", inputs = \"standardised\" }");
    fs_err::write(folder.path().join("study.toml"), standardised).unwrap();
    assert!(planned(folder.path()).iter().zip(&here).any(|(other, run)| other["id"] != run["id"]));
}

#[test]
fn representations_are_compared_with_the_start_alone() {
    let measured = "seeds = [1]\nrepresentation = { examples = 50 }";
    let folder = folder_with_module(&study(SCRIPT).replace("seeds = [1, 2]", measured));
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let rows = results(folder.path());
    let cka = |row: &BTreeMap<String, String>| {
        ["start", "teacher"].map(|to| !row[&format!("test_cka_to_{to}")].is_empty())
    };
    for row in &rows {
        assert_eq!(cka(row), [row["arm"] != "teacher", false], "{}", row["arm"]);
    }
}

/// What `kd run` says of the tiny study with this teacher, before it trains anything.
fn complaint(teacher: &str, prepare: impl Fn(&Path)) -> String {
    complaint_about(&study(teacher), prepare)
}

fn complaint_about(text: &str, prepare: impl Fn(&Path)) -> String {
    let folder = folder_with_module(text);
    prepare(folder.path());
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(2), "{}", stderr(&run));
    assert!(!folder.path().join("results").exists(), "nothing is trained");
    stderr(&run)
}

const STORED: &str = "outputs = { train = \"said.safetensors\", test = \"said.safetensors\" }";

/// A file with outputs of these sizes, the one of the test examples without its last number.
fn say(train: [i64; 2], test: [i64; 2], last: f64) -> impl Fn(&Path) {
    move |folder| {
        let zeros = |size: [i64; 2]| Tensor::zeros(size, (Kind::Float, tch::Device::Cpu));
        let table = zeros(test);
        let _ = table.get(-1).get(-1).fill_(last);
        let tensors = [("train", zeros(train)), ("test", table)];
        Tensor::write_safetensors(&tensors, folder.join("said.safetensors")).unwrap();
    }
}

#[test]
fn modules_that_cannot_teach_are_refused() {
    let none = |_: &Path| {};
    let copied = |name: &'static str| {
        move |folder: &Path| {
            fs_err::copy(fixture(name), folder.join("digits.pt")).unwrap();
        }
    };
    let truncated = |folder: &Path| {
        let bytes = fs_err::read(fixture("digits.pt")).unwrap();
        fs_err::write(folder.join("digits.pt"), &bytes[..bytes.len() / 2]).unwrap();
    };
    let on = |data: &str| study(SCRIPT).replace("optdigits", data);
    let texts = on("banking77").replace("mlp = { hidden = [16] }", "bag_of_embeddings = { dimension = 8 }");
    insta::assert_snapshot!(
        [
            complaint("torch_script = { path = \"absent.pt\" }", none),
            complaint(SCRIPT, truncated),
            complaint(SCRIPT, copied("digits-state-dict.pt")),
            complaint(SCRIPT, copied("seven-classes.pt")),
            complaint_about(&on("letter"), none),
            complaint_about(&texts.replace("[20, 80]", "[80, 200]"), none),
        ]
        .join("\n")
    );
}

#[test]
fn outputs_that_do_not_fit_are_refused() {
    let (train, test) = ([3823, 10], [1797, 10]);
    insta::assert_snapshot!(
        [
            complaint("outputs = { train = \"absent.npy\", test = \"absent.npy\" }", |_| {}),
            complaint("outputs = { train = \"digits.pt\", test = \"digits.pt\" }", |_| {}),
            complaint(STORED, say([3822, 10], test, 0.0)),
            complaint(STORED, say(train, [1797, 9], 0.0)),
            complaint(STORED, say(train, test, f64::NAN)),
        ]
        .join("\n")
    );
}

#[test]
fn what_takes_training_or_features_is_refused() {
    let none = |_: &Path| {};
    let with = |more: &str| complaint(&format!("{SCRIPT}\n{more}"), none);
    let features = "objective.features = { student = \"hidden0\", teacher = \"hidden0\", loss.hint = {} }";
    insta::assert_snapshot!(
        [
            with("train = { budget.epochs = 2, optimizer.adamw.learning_rate = 3e-3 }"),
            with("members = 3\nreplicates = \"per_seed\""),
            with("model.mlp = { hidden = [8] }"),
            complaint("", none),
            complaint_about(&study(SCRIPT).replace("objective.cross_entropy = {}", features), none),
        ]
        .join("\n")
    );
}

/// The tiny study whose teacher starts from `weights`, the only one of a study that was run before it.
fn starting_from(weights: &str) -> (tempfile::TempDir, Vec<Value>, std::process::Output) {
    let folder = folder_with(&TINY.replace("replicates = \"per_seed\"\n", ""));
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let before = planned(folder.path());
    let published = teacher_outputs(folder.path()).with_file_name("weights.safetensors");
    fs_err::copy(published, folder.path().join("weights.safetensors")).unwrap();
    let text = study(&format!("model.mlp = {{ hidden = [32] }}\n{weights}"));
    fs_err::write(folder.path().join("study.toml"), text).unwrap();
    let run = output(folder.path(), &["run", "study.toml"]);
    (folder, before, run)
}

#[test]
fn a_teacher_with_weights_is_used_as_it_is() {
    let (folder, before, run) = starting_from("weights = { path = \"weights.safetensors\" }");
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let after = planned(folder.path());
    assert_eq!(after.len(), before.len());
    assert_eq!(after[0]["steps"], 0);
    for (before, after) in before.iter().zip(&after) {
        let hears = after["arm"] != "labels";
        assert_eq!(before["id"] != after["id"], hears, "who hears nobody is the same under any teacher");
        let scores = [before, after].map(|run| measures(folder.path(), run)["test"].clone());
        assert_eq!(scores[0], scores[1], "the same teacher and thus the same students");
    }
}

#[test]
fn a_frozen_backbone_trains_its_head_alone() {
    let train = "train = { budget.epochs = 2, optimizer.adamw.learning_rate = 3e-3 }";
    let probe = "{ path = \"weights.safetensors\", head = \"new\", trainable = \"head\" }";
    let (folder, _, run) = starting_from(&format!("weights = {probe}\n{train}"));
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let given = Tensor::read_safetensors(folder.path().join("weights.safetensors")).unwrap();
    let learnt = teacher_outputs(folder.path()).with_file_name("weights.safetensors");
    let learnt = Tensor::read_safetensors(learnt).unwrap();
    assert_eq!(given.len(), learnt.len());
    for (name, tensor) in &given {
        let (_, after) = learnt.iter().find(|(other, _)| other == name).unwrap();
        assert_eq!(tensor == after, !name.starts_with("head."), "{name}");
    }
    let probed = measures(folder.path(), &planned(folder.path())[0]);
    assert_eq!(probed["parameters"], 32 * 10 + 10);
}

#[test]
fn weights_of_another_model_are_refused_by_name() {
    let text = "model.mlp = { hidden = [24] }\nweights = { path = \"weights.safetensors\" }";
    insta::assert_snapshot!(complaint(text, |folder| {
        let zeros = |size: &[i64]| Tensor::zeros(size, (Kind::Float, tch::Device::Cpu));
        let weights = [("hidden0.weight", zeros(&[32, 64])), ("fc.weight", zeros(&[10, 32]))];
        Tensor::write_safetensors(&weights, folder.join("weights.safetensors")).unwrap();
    }));
}

#[test]
fn weights_go_out_and_come_in() {
    let folder = folder_with(&TINY.replace("replicates = \"per_seed\"\n", ""));
    let kd = |arguments: &[&str]| output(folder.path(), arguments);
    assert_eq!(kd(&["run", "study.toml"]).status.code(), Some(0));
    let runs = planned(folder.path());
    let [teacher, student] = [0, 1].map(|place| runs[place]["id"].as_str().unwrap());
    let exported = kd(&["models", "export", &teacher[..8], "--out", "out.safetensors"]);
    assert_eq!(exported.status.code(), Some(0), "{}", stderr(&exported));
    let read = |name: &str| Tensor::read_safetensors(folder.path().join(name)).unwrap();
    assert_eq!(read("out.safetensors").len(), 4);

    let import = |file: &str, classes: &str, out: &str| {
        let model = ["--model", "mlp = { hidden = [32] }", "--input", "image:1x8x8", "--classes", classes];
        kd(&[&["models", "import", file, "--out", out], &model[..]].concat())
    };
    let renamed: Vec<(String, Tensor)> = read("out.safetensors")
        .into_iter()
        .map(|(name, weight)| (format!("module.{name}"), weight))
        .collect();
    Tensor::write_safetensors(&renamed, folder.path().join("in.safetensors")).unwrap();
    let imported = import("in.safetensors", "10", "own.safetensors");
    assert_eq!(imported.status.code(), Some(0), "{}", stderr(&imported));
    for (name, weight) in read("out.safetensors") {
        assert!(read("own.safetensors").contains(&(name, weight)));
    }

    let misfit = import("in.safetensors", "7", "other.safetensors");
    assert_eq!(misfit.status.code(), Some(2));
    assert!(stderr(&misfit).contains("`head.bias` has shape [10], expected [7]"), "{}", stderr(&misfit));
    assert!(!folder.path().join("other.safetensors").exists());
    let kept = kd(&["models", "export", student, "--out", "student.safetensors"]);
    assert_eq!(kept.status.code(), Some(2));
    assert!(stderr(&kept).contains("keeps no weights"), "{}", stderr(&kept));
}

#[test]
fn a_new_head_takes_training() {
    let text = "model.mlp = { hidden = [32] }\nweights = { path = \"weights.safetensors\", head = \"new\" }";
    let refused = complaint(text, |folder| {
        let zeros = |size: &[i64]| Tensor::zeros(size, (Kind::Float, tch::Device::Cpu));
        let weights = [("hidden0.weight", zeros(&[32, 64])), ("hidden0.bias", zeros(&[32]))];
        Tensor::write_safetensors(&weights, folder.join("weights.safetensors")).unwrap();
    });
    assert!(refused.contains("`train` is missing: a new head has yet to be trained"), "{refused}");
}
