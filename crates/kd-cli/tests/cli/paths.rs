//! Files that a study names are found from wherever it is run.

use std::fmt::Write as _;
use std::path::Path;

use crate::{output, stderr, stdout};

const STUDY: &str = r#"
[study]
name = "paths"
seeds = [1]

[tasks.table]
data.csv = { path = "../data/train.csv", test.path = "../data/test.csv", columns.target = "class" }
[tasks.table.teacher]
outputs = { train = "said.safetensors", test = "said.safetensors" }
[tasks.table.student]
model.mlp = { hidden = [4] }
samples = [20]
sampling.by_score = { path = "scores.csv", order = "highest" }
train = { budget.steps = 5, optimizer.adamw.learning_rate = 1e-2 }

[arms.labels]
objective.cross_entropy = {}
"#;

/// `data` and `studies`, below `folder`.
fn write(folder: &Path) {
    let table = |count: u32| {
        let row = |row: u32| format!("{},{}\n", row * 7 % 13, if row * 7 % 13 < 6 { "low" } else { "high" });
        format!("a,class\n{}", (0..count).map(row).collect::<String>())
    };
    let mut scores = "score\n".to_owned();
    (0..80).for_each(|row| writeln!(scores, "{}", row * 37 % 80).unwrap());
    for (name, text) in [
        ("data/train.csv", table(80)),
        ("data/test.csv", table(40)),
        ("studies/scores.csv", scores),
        ("studies/study.toml", STUDY.to_owned()),
    ] {
        let path = folder.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let logits = |rows| tch::Tensor::zeros([rows, 2], (tch::Kind::Float, tch::Device::Cpu));
    let said = folder.join("studies/said.safetensors");
    tch::Tensor::write_safetensors(&[("train", logits(80)), ("test", logits(40))], said).unwrap();
}

#[test]
fn a_study_means_the_same_from_every_working_folder() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write(here);
    let elsewhere = tempfile::tempdir().unwrap();
    let study = here.join("studies/study.toml");
    let results = elsewhere.path().join("results/paths");
    let [study, results] = [&study, &results].map(|path| path.to_str().unwrap());
    let run = output(elsewhere.path(), &["run", study]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    for (folder, study) in
        [(here.to_owned(), "studies/study.toml"), (here.join("data"), "../studies/study.toml")]
    {
        let plan = output(&folder, &["plan", study, "--out", results]);
        assert!(stdout(&plan).starts_with("paths: 2 runs (2 done, 0 to train)"), "{}", stderr(&plan));
    }

    // Results of the first format keep no plan, but where the study file was.
    fs_err::remove_file(Path::new(results).join("plan.json")).unwrap();
    let status = output(here, &["status", results]);
    let (counts, _) =
        stdout(&status).split_once('\n').map(|(counts, rest)| (counts.to_owned(), rest.to_owned())).unwrap();
    assert_eq!(counts, "paths: 2 runs, 2 finished, 0 failed, 0 missing", "{}", stderr(&status));
}

#[test]
fn a_file_that_is_not_there_is_named_with_the_folder_that_was_looked_in() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write(here);
    fs_err::rename(here.join("studies/said.safetensors"), here.join("said.safetensors")).unwrap();
    let plan = output(here, &["plan", "studies/study.toml"]);
    assert_eq!(plan.status.code(), Some(2));
    let told = stderr(&plan);
    assert!(told.contains("`studies/said.safetensors`"), "{told}");
    assert!(told.contains("paths are relative to the folder of the study file"), "{told}");
}
