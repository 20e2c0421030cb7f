//! Results that were moved to where nothing else is: no data, no teacher, no study file.

use std::fmt::Write as _;
use std::path::Path;

use crate::{folder_with, kd, output, stderr};

/// A table of two classes, one task with a model as teacher and one whose teacher was trained elsewhere.
const STUDY: &str = r#"
[study]
name = "moved"
seeds = [1, 2]
representation = { examples = 8 }

[tasks.own]
accept = ["overlap"]
data.csv = { path = "train.csv", test.path = "test.csv", columns.target = "class" }
[tasks.own.teacher]
model.mlp = { hidden = [8] }
train = { budget.steps = 30, optimizer.adamw.learning_rate = 1e-2 }
[tasks.own.student]
model.mlp = { hidden = [4] }
samples = [20, "all"]
train = { budget.steps = 20, optimizer.adamw.learning_rate = 1e-2 }

[tasks.elsewhere]
accept = ["overlap", "teacher_at_chance"]
data.csv = { path = "train.csv", test.path = "test.csv", columns.target = "class" }
[tasks.elsewhere.teacher]
outputs = { train = "said.safetensors", test = "said.safetensors" }
[tasks.elsewhere.student]
model.mlp = { hidden = [4] }
samples = [20, "all"]
train = { budget.steps = 20, optimizer.adamw.learning_rate = 1e-2 }

[arms.labels]
objective.cross_entropy = {}
[arms.distilled]
objective.distillation = { temperature = 4.0 }
"#;

/// `count` rows whose class follows from their first number.
fn table(count: u32) -> String {
    let mut text = "a,b,class\n".to_owned();
    for row in 0..count {
        let (a, b) = (row * 7 % 13, row * 5 % 11);
        writeln!(text, "{a},{b},{}", if a < 6 { "low" } else { "high" }).unwrap();
    }
    text
}

/// Every command that reads results, and what it prints and writes, `results` being in `folder`.
fn said(folder: &Path, teacher: &str, student: &str) -> Vec<(String, Vec<u8>)> {
    let mut said = Vec::new();
    for line in [
        "status results",
        "status results --format json",
        "report results",
        &format!("explain {teacher} --dir results"),
        &format!("explain {teacher} --dir results --format json"),
        &format!("explain {teacher} --dir results --subset"),
        &format!("explain {student} --dir results"),
        &format!("models export {teacher} --dir results --out weights.safetensors"),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let told = output(folder, &arguments);
        assert_eq!(told.status.code(), Some(0), "kd {line}: {}", stderr(&told));
        said.push((line.to_owned(), told.stdout));
    }
    let written =
        ["report.html", "report.md", "findings.json", "results.parquet", "results.csv", "timings.csv"];
    for name in
        written.map(|name| format!("results/{name}")).into_iter().chain(["weights.safetensors".to_owned()])
    {
        said.push((name.clone(), fs_err::read(folder.join(&name)).unwrap()));
    }
    said
}

#[test]
fn they_say_what_they_said() {
    let folder = folder_with(STUDY);
    let here = folder.path();
    fs_err::write(here.join("train.csv"), table(80)).unwrap();
    fs_err::write(here.join("test.csv"), table(40)).unwrap();
    let logits = |rows| tch::Tensor::zeros([rows, 2], (tch::Kind::Float, tch::Device::Cpu));
    tch::Tensor::write_safetensors(
        &[("train", logits(80)), ("test", logits(40))],
        here.join("said.safetensors"),
    )
    .unwrap();
    let run = output(here, &["run", "study.toml", "--out", "results"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let finished = output(here, &["plan", "study.toml", "--out", "results", "--format", "json"]);
    let planned = crate::planned(&finished);
    let [teacher, student] = [0, planned.len() - 1].map(|run| planned[run]["id"].as_str().unwrap());
    let before = said(here, teacher, student);
    let explained = |told: &[(String, Vec<u8>)]| {
        let (_, told) = told.iter().find(|(line, _)| line.contains(student)).unwrap();
        String::from_utf8(told.clone()).unwrap()
    };
    for measure in ["test_kl", "test_cka_to_start"] {
        assert!(explained(&before).contains(measure), "{}", explained(&before));
    }

    let elsewhere = tempfile::tempdir().unwrap();
    fs_err::rename(here.join("results"), elsewhere.path().join("results")).unwrap();
    drop(folder);
    for ((line, before), (_, after)) in before.iter().zip(said(elsewhere.path(), teacher, student)) {
        assert!(*before == after, "{line} differs:\n{}", String::from_utf8_lossy(&after));
    }
}

/// What to go on with is in the results; the data are not asked for.
#[test]
fn a_small_version_is_read_from_elsewhere_once_its_data_are_gone() {
    let folder = folder_with(STUDY.split("[tasks.elsewhere]").next().unwrap());
    let here = folder.path();
    let study = here.join("study.toml");
    let arms = STUDY.split_once("[arms.labels]").unwrap().1;
    let text = format!("{}[arms.labels]{arms}", fs_err::read_to_string(&study).unwrap());
    fs_err::write(&study, text).unwrap();
    fs_err::write(here.join("train.csv"), table(80)).unwrap();
    fs_err::write(here.join("test.csv"), table(40)).unwrap();
    let run = output(here, &["run", "study.toml", "--smoke", "--out", "out"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    for name in ["train.csv", "test.csv", "study.toml"] {
        fs_err::remove_file(here.join(name)).unwrap();
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let out = here.join("out");
    let out = out.to_str().unwrap();
    for arguments in [&["status", out][..], &["runs", out], &["report", out]] {
        let told = output(elsewhere.path(), arguments);
        assert_eq!(told.status.code(), Some(0), "kd {}: {}", arguments.join(" "), stderr(&told));
        assert!(!told.stdout.is_empty());
    }
}

#[test]
fn results_of_a_newer_kd_and_a_damaged_plan_are_named() {
    let results = tempfile::tempdir().unwrap();
    fs_err::write(results.path().join("study.toml"), "").unwrap();
    fs_err::create_dir(results.path().join("runs")).unwrap();
    for (plan, expected) in [
        (r#"{"format":99,"plan":{}}"#, "have format 99, and this kd knows formats up to 3"),
        (r#"{"format":3,"plan":"#, "run the study again with --out of this folder"),
    ] {
        fs_err::write(results.path().join("plan.json"), plan).unwrap();
        for command in ["status", "report"] {
            let told = kd(results.path(), &[command, "."]).output().unwrap();
            assert_eq!(told.status.code(), Some(2));
            let told = stderr(&told);
            assert!(told.contains("plan.json") && told.contains(expected), "{told}");
        }
    }
}

#[test]
fn results_of_a_newer_kd_are_not_written_over() {
    let folder = folder_with(crate::TINY);
    let results = folder.path().join("results/tiny");
    fs_err::create_dir_all(&results).unwrap();
    let newer = r#"{"format":99,"plan":{}}"#;
    fs_err::write(results.join("plan.json"), newer).unwrap();
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(stderr(&run).contains("have format 99"), "{}", stderr(&run));
    assert_eq!(fs_err::read_to_string(results.join("plan.json")).unwrap(), newer);
    assert!(!results.join("study.toml").exists());
}
