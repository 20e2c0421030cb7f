//! Which examples runs get, and with which labels.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::{folder_with, output, stderr, stdout};

/// Four classes of two columns, a corner of a square for each; an example's class is its row modulo 4.
fn points(examples: usize) -> String {
    let mut text = "x,y,class\n".to_owned();
    for row in 0..examples {
        let (x, y) = ([0, 9, 9, 0][row % 4], [0, 0, 9, 9][row % 4]);
        let wobble = (row * 7919 % 100) as f64 / 50.0;
        text.push_str(&format!(
            "{},{},{}\n",
            f64::from(x) + wobble,
            f64::from(y) - wobble,
            ["a", "b", "c", "d"][row % 4]
        ));
    }
    text
}

/// 200 points for training, of which 180 may be drawn, with these lines for the teacher and the student.
fn study(teacher: &str, student: &str) -> tempfile::TempDir {
    let folder = folder_with(&format!(
        r#"
[study]
name = "subsets"
seeds = [1, 2]

[tasks.points]
accept = ["overlap"]
data.csv = {{ path = "train.csv", test.path = "test.csv", columns.target = "class" }}

[tasks.points.teacher]
model.mlp = {{ hidden = [16] }}
replicates = "per_seed"
train = {{ budget.steps = 150, batch = 32, optimizer.adamw.learning_rate = 1e-2 }}
{teacher}

[tasks.points.student]
model.mlp = {{ hidden = [16] }}
train = {{ budget.steps = 150, batch = 32, optimizer.adamw.learning_rate = 1e-2 }}
{student}

[arms.labels]
objective.cross_entropy = {{}}

[arms.distilled]
objective.distillation = {{ temperature = 2.0 }}
"#
    ));
    fs_err::write(folder.path().join("train.csv"), points(200)).unwrap();
    fs_err::write(folder.path().join("test.csv"), points(80)).unwrap();
    folder
}

fn run(folder: &Path) {
    let run = output(folder, &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
}

fn plan(folder: &Path) -> Vec<Value> {
    let plan = output(folder, &["plan", "study.toml", "--format", "json"]);
    crate::planned(&plan)
}

fn ids(folder: &Path) -> Vec<String> {
    plan(folder).iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

/// The rows of a run.
fn rows(folder: &Path, run: &Value) -> BTreeSet<usize> {
    let id = run["id"].as_str().unwrap();
    let subset = output(folder, &["explain", id, "--subset", "--format", "json"]);
    assert_eq!(subset.status.code(), Some(0), "{}", stderr(&subset));
    serde_json::from_slice(&subset.stdout).unwrap()
}

/// What is known of a finished run.
fn measures(folder: &Path, run: &Value) -> Value {
    let explained = output(folder, &["explain", run["id"].as_str().unwrap(), "--format", "json"]);
    let record: Value = serde_json::from_slice(&explained.stdout).unwrap();
    record["outcome"]["finished"].clone()
}

/// Test accuracy of a run.
fn accuracy(folder: &Path, run: &Value) -> f64 {
    measures(folder, run).pointer("/test/classification/accuracy").and_then(Value::as_f64).unwrap()
}

#[test]
fn students_get_other_examples_without_a_class_and_with_wrong_labels() {
    let folder = study(
        "samples = 100",
        "from = \"others\"\nwithout = [\"d\"]\nlabel_noise.pair = 1.0\nsamples = [10, \"all\"]",
    );
    run(folder.path());
    let plan = plan(folder.path());
    let of = |arm: &str, seed: u64| -> Vec<&Value> {
        plan.iter().filter(|run| run["arm"] == arm && run["seed"] == seed).collect()
    };
    let mut left = Vec::new();
    for seed in [1, 2] {
        let teacher = rows(folder.path(), of("teacher", seed)[0]);
        assert_eq!(teacher.len(), 100);
        let [few, all] = [0, 1].map(|place| {
            let [labels, distilled] =
                ["labels", "distilled"].map(|arm| rows(folder.path(), of(arm, seed)[place]));
            assert_eq!(labels, distilled, "arms of a seed share their subset");
            labels
        });
        assert!(few.len() == 10 && few.is_subset(&all));
        assert!(all.is_disjoint(&teacher));
        assert!(all.iter().all(|row| row % 4 != 3), "{all:?}");
        left.push(all.len());

        // Its labels say a is b, b is c, and c is d. The teacher's do not, nor does the student hear them from it.
        assert!(accuracy(folder.path(), of("teacher", seed)[0]) > 0.95);
        assert!(accuracy(folder.path(), of("labels", seed)[1]) < 0.3);
        assert!(accuracy(folder.path(), of("distilled", seed)[1]) > 0.6);
    }
    assert_eq!(left[0], left[1], "as many as there are under every seed");

    let student = of("labels", 1)[0];
    let hash = kd_data::subset::subset_hash(&Vec::from_iter(rows(folder.path(), student)));
    assert_eq!(measures(folder.path(), student)["subset"], hash);
    let explained = stdout(&output(folder.path(), &["explain", student["id"].as_str().unwrap()]));
    let drawn: Vec<&str> = explained.lines().filter(|line| line.contains("drawn")).map(str::trim).collect();
    assert_eq!(
        drawn,
        [
            "drawn       100 samples, uniform, seed 1",
            "drawn       10 samples, from others than the teacher's, without d, pair noise of 1 on labels, uniform, seed 1",
        ]
    );
    let printed = stdout(&output(folder.path(), &["explain", student["id"].as_str().unwrap(), "--subset"]));
    assert_eq!(printed.lines().count(), 10);
}

#[test]
fn supervision_that_goes_by_labels_sees_the_wrong_ones() {
    let folder = study("", "samples = [\"all\"]\nlabel_noise.pair = 1.0");
    let text = fs_err::read_to_string(folder.path().join("study.toml")).unwrap();
    let where_right = "temperature = 2.0, supervision.where_right = {}";
    fs_err::write(folder.path().join("study.toml"), text.replace("temperature = 2.0", where_right)).unwrap();
    run(folder.path());
    for run in plan(folder.path()).iter().filter(|run| run["arm"] != "teacher") {
        // Going by the wrong labels, the teacher never is.
        assert!(accuracy(folder.path(), run) < 0.05);
    }
}

#[test]
fn scores_decide_and_their_file_may_move() {
    let scores = |highest: usize| {
        let score = |row: usize| if row == highest { 1000 } else { row };
        (0..200).map(|row| score(row).to_string()).collect::<Vec<_>>().join("\n")
    };
    let student = |file: &str| {
        format!(
            "samples = [10]\nfrom = \"all\"\nsampling.by_score = {{ path = \"{file}\", order = \"highest\" }}"
        )
    };
    let folder = study("samples = 60", &student("scores.csv"));
    fs_err::write(folder.path().join("scores.csv"), scores(199)).unwrap();
    run(folder.path());
    let before = ids(folder.path());
    let rows = rows(folder.path(), plan(folder.path()).last().unwrap());
    // A tenth is held out, so these are ten of about the last eleven.
    assert!(rows.len() == 10 && rows.iter().all(|&row| row > 180), "{rows:?}");

    fs_err::create_dir(folder.path().join("elsewhere")).unwrap();
    fs_err::rename(folder.path().join("scores.csv"), folder.path().join("elsewhere/by-age.csv")).unwrap();
    let moved = study("samples = 60", &student("elsewhere/by-age.csv"));
    fs_err::copy(moved.path().join("study.toml"), folder.path().join("study.toml")).unwrap();
    assert_eq!(ids(folder.path()), before);
    fs_err::write(folder.path().join("elsewhere/by-age.csv"), scores(0)).unwrap();
    let others = ids(folder.path());
    assert_eq!(others[..2], before[..2], "teachers do not go by scores");
    assert!(others[2..].iter().all(|id| !before.contains(id)));
}

#[test]
fn core_sets_train() {
    for sampling in ["k_centre", "herding"] {
        let folder = study(
            &format!("samples = 60\nsampling.{sampling} = {{}}"),
            &format!("samples = [4, 12]\nsampling.{sampling}.features = \"features.csv\""),
        );
        let features = ["0,0", "1,0", "0,1", "1,1"].repeat(50).join("\n");
        fs_err::write(folder.path().join("features.csv"), features).unwrap();
        run(folder.path());
        let plan = plan(folder.path());
        assert_eq!(rows(folder.path(), &plan[0]).len(), 60);
        for student in plan.iter().filter(|run| run["samples"] == 4 && sampling == "k_centre") {
            let classes: BTreeSet<usize> = rows(folder.path(), student).iter().map(|row| row % 4).collect();
            assert_eq!(classes.len(), 4, "one of each of four places");
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let complaint = |student: &str| {
        let folder = study("", &format!("samples = [10]\n{student}"));
        fs_err::write(folder.path().join("short.csv"), "1\n2\n").unwrap();
        fs_err::write(folder.path().join("words.csv"), "score\n1\nhigh\n").unwrap();
        let plan = output(folder.path(), &["plan", "study.toml"]);
        assert_eq!(plan.status.code(), Some(2), "{}", stderr(&plan));
        stderr(&plan)
    };
    insta::assert_snapshot!(
        [
            "sampling.by_score = { path = \"short.csv\", order = \"lowest\" }",
            "sampling.by_score = { path = \"words.csv\", order = \"lowest\" }",
            "sampling.by_score = { path = \"absent.npy\", order = \"lowest\" }",
            "sampling.k_centre.features = \"short.csv\"",
            "label_noise.matrix = [[0.5, 0.5], [0, 1]]",
        ]
        .map(complaint)
        .join("\n")
    );
}
