//! What a study will take, and what it will not tell.

use crate::{TINY, folder_with, output, stderr, stdout};

/// A study about which nearly all doubts can be had that there are.
const DOUBTFUL: &str = r#"
[study]
name = "doubtful"
seeds = [1, 2]
score = "validation_best"

[tasks.blobs]
data.gaussian_blobs = { train = 100, test = 20, classes = 4, dimensions = 2, separation = 1.0 }
teacher = { model.mlp.hidden = [8], train = { budget.epochs = 50, optimizer.adamw.learning_rate = 1e-2 } }
[tasks.blobs.student]
model.mlp.hidden = [4]
samples = [5, 90]
train = { batch = 5, budget.epochs = 9, optimizer.adamw.learning_rate = 1e-2 }

[tasks.lone]
data.gaussian_blobs = { train = 100, test = 200, classes = 4, dimensions = 2, separation = 2.0 }
teacher = { model.mlp.hidden = [8], train = { budget.steps = 19, optimizer.adamw.learning_rate = 1e-2 } }
[tasks.lone.student]
model.mlp.hidden = [4]
samples = [50]
train = { budget.steps = 90, optimizer.adamw.learning_rate = 1e-2 }

[arms.taught]
objective.distillation = { temperature = 2.0 }
[arms.shuffled]
objective.distillation = { temperature = 4.0, supervision.permuted = {} }
"#;

/// What `kd plan` says of `text` without a probe.
fn plan(text: &str) -> String {
    let folder = folder_with(text);
    let plan = output(folder.path(), &["plan", "study.toml", "--no-probe"]);
    assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
    stdout(&plan)
}

#[test]
fn doubts() {
    insta::assert_snapshot!(plan(DOUBTFUL));
}

#[test]
fn what_is_missing_is_told_with_what_to_add() {
    let arms = "[arms.labels]\nobjective.cross_entropy = {}\n[arms.rivals]\nobjective.label_smoothing = { epsilon = 0.1 }\n";
    let alone = format!("{}{arms}", DOUBTFUL.split("[arms.taught]").next().unwrap());
    let told = plan(&alone);
    assert!(told.contains("no arm hears the teacher's full signal"), "{told}");
    assert!(!told.contains("Dark knowledge"), "which is about what distillation gains: {told}");
    let told = plan(&DOUBTFUL.replace("supervision.permuted", "supervision.hard"));
    assert!(told.contains("Dark knowledge carries the gain"), "{told}");
    assert!(told.contains("add an arm with supervision.permuted = {}"), "{told}");
}

#[test]
fn all_who_list_tell_what_is_doubtful() {
    let folder = folder_with(DOUBTFUL);
    let plan = output(folder.path(), &["plan", "study.toml", "--format", "json"]);
    let listing: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    assert_eq!(listing["study"], "doubtful");
    let whats = |doubts: &serde_json::Value| -> Vec<String> {
        doubts.as_array().unwrap().iter().map(|doubt| doubt["what"].as_str().unwrap().to_owned()).collect()
    };
    let planned = whats(&listing["doubts"]);
    assert!(planned.iter().any(|what| what.starts_with("which theory holds")), "{planned:?}");

    let only = ["run", "study.toml", "--only", "task=lone", "--only", "arm=teacher"];
    let run = output(folder.path(), &only);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let small =
        "  blobs: one teacher teaches the students of all seeds, so intervals are about this teacher alone\n";
    let (before, _) = stderr(&run).split_once("to train").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert!(before.contains(small), "before anything is trained: {before}");
    let status =
        |format: &[&str]| stdout(&output(folder.path(), &[&["status", "results/doubtful"], format].concat()));
    assert!(status(&[]).contains(small), "{}", status(&[]));
    let told: serde_json::Value = serde_json::from_str(&status(&["--format", "json"])).unwrap();
    let told = whats(&told["doubts"]);
    assert!(!told.is_empty() && told.iter().all(|what| planned.contains(what)), "{told:?}");

    let smoke = output(folder.path(), &[&only[..], &["--smoke"]].concat());
    assert!(
        !stderr(&smoke).contains("the test split has"),
        "a small version weakens all: {}",
        stderr(&smoke)
    );
}

/// A line such as `about 15 s on 2 workers (from a probe of 1 s on stand-in data) · 85 kB on disk`.
#[test]
fn an_estimate_comes_from_a_probe_and_then_from_what_was_run() {
    let folder = folder_with(TINY);
    let estimate = || {
        let plan = output(folder.path(), &["plan", "study.toml", "--workers", "2"]);
        assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
        stdout(&plan).lines().nth(1).unwrap().to_owned()
    };
    let probed = estimate();
    assert!(probed.starts_with("about ") && probed.ends_with(" on disk"), "{probed}");
    assert!(probed.contains(" on 2 workers (from a probe of "), "{probed}");
    assert!(probed.contains(" s on stand-in data) · "), "{probed}");
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1, "it writes nothing");

    assert_eq!(output(folder.path(), &["run", "study.toml"]).status.code(), Some(0));
    assert_eq!(estimate(), "", "nothing is missing");
    let text = TINY.replace("seeds = [1, 2]", "seeds = [1, 2, 3]");
    fs_err::write(folder.path().join("study.toml"), text).unwrap();
    let known = estimate();
    assert!(known.contains(" (from 14 finished runs) · "), "{known}");
}
