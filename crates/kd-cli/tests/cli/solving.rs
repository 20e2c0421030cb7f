//! What is trained by reading all samples at once: linear models to their optimum, others further down.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use tch::{Kind, Tensor};

use crate::{TINY, folder_with, output, results, stderr, stdout};

const NUMBERS: &str =
    "data.linear_regression = { train = 400, test = 200, dimensions = 10, informative = 5, noise = 1.0 }";
const EXACT: &str = "train = { optimizer.least_squares = {} }";
const ROOT: &str = "[study]\nname = \"tiny\"\nseeds = [1, 2]\n";
const LINEAR: &str = "model.mlp = { hidden = [] }";

/// A task whose teacher and student are linear and trained alike.
fn task(name: &str, data: &str, samples: &str, train: &str) -> String {
    format!(
        "[tasks.{name}]\n{data}\n[tasks.{name}.teacher]\n{LINEAR}\n{train}\n\
         [tasks.{name}.student]\n{LINEAR}\nsamples = [{samples}]\n{train}\n"
    )
}

fn run(text: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = folder_with(text);
    for (name, text) in files {
        fs_err::write(folder.path().join(name), text).unwrap();
    }
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}{}", stderr(&run), stdout(&run));
    folder
}

/// The rows of `results.csv` of a task and an arm, by column.
fn rows(folder: &Path, task: &str, arm: &str) -> Vec<BTreeMap<String, String>> {
    results(folder).into_iter().filter(|row| row["task"] == task && row["arm"] == arm).collect()
}

fn numbers(folder: &Path, task: &str, arm: &str, column: &str) -> Vec<f64> {
    rows(folder, task, arm).iter().map(|row| row[column].parse().unwrap()).collect()
}

#[track_caller]
fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert!(!a.is_empty() && a.len() == b.len(), "{a:?} {b:?}");
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < tolerance), "{a:?} {b:?}");
}

const ARMS: &str = "[arms.labels]\nobjective.squared_error = {}\n[arms.distilled]\nobjective.prediction_matching = {}\n\
                    [arms.mixed]\nobjective.sum.terms = { a = { weight = 2.0, objective.squared_error = {} }, \
                    b.objective.prediction_matching = {} }\n";

/// What a linear teacher says is a linear function of its inputs, which as many samples as it has weights tell.
#[test]
fn a_linear_student_of_a_linear_teacher_becomes_it() {
    let folder = run(&format!("{ROOT}{}{ARMS}", task("exact", NUMBERS, "20, 80, \"all\"", EXACT)), &[]);
    let folder = folder.path();
    let taught = numbers(folder, "exact", "teacher", "test_r2")[0];
    assert!(taught > 0.4, "half of the variance is noise: {taught}");
    close(&numbers(folder, "exact", "distilled", "test_r2"), &[taught; 6], 1e-5);
    for arm in ["labels", "mixed"] {
        let scores: Vec<(String, f64)> = rows(folder, "exact", arm)
            .iter()
            .map(|row| (row["samples"].clone(), row["test_r2"].parse().unwrap()))
            .collect();
        for (samples, score) in scores {
            // On the teacher's own samples its labels are as good as the teacher; few leave something to noise.
            assert_eq!((score - taught).abs() < 1e-5, samples == "360", "{arm} {samples}: {score} {taught}");
        }
    }
    for arm in ["teacher", "labels", "distilled", "mixed"] {
        let told = rows(folder, "exact", arm);
        assert!(told.iter().all(|row| row["converged"] == "true" && row["steps"] == "1"), "{arm}");
    }
    let id = rows(folder, "exact", "labels")[0]["run"].clone();
    let explained = stdout(&output(folder, &["explain", &id, "--dir", "results/tiny"]));
    assert!(explained.contains("training    least squares\n"), "{explained}");
}

/// Also where fewer samples than columns leave it to the penalty alone which solution is the best.
#[test]
fn two_ways_to_one_optimum_meet_there() {
    let searched = "train = { budget.steps = 300, optimizer.lbfgs = { tolerance = 1e-9, ridge = 0.05 } }";
    let exact = task("exact", NUMBERS, "8, 40", "train = { optimizer.least_squares.ridge = 0.05 }");
    let folder = run(&format!("{ROOT}{exact}{}{ARMS}", task("searched", NUMBERS, "8, 40", searched)), &[]);
    for arm in ["teacher", "labels", "distilled", "mixed"] {
        for (column, tolerance) in [("test_r2", 1e-5), ("final_loss", 1e-6)] {
            let [exact, searched] =
                ["exact", "searched"].map(|task| numbers(folder.path(), task, arm, column));
            close(&exact, &searched, tolerance);
        }
        let searched = rows(folder.path(), "searched", arm);
        assert!(searched.iter().all(|row| row["converged"] == "true"), "{arm}");
        assert!(searched.iter().all(|row| (2..100).contains(&row["steps"].parse().unwrap())), "{arm}");
    }
}

/// Of the noise's variance σ², least squares on M samples of D columns adds σ² D / (M - D - 2) in expectation, counting
/// the intercept.
#[test]
fn the_linear_study_finds_what_theory_says() {
    let text = include_str!("../../../../studies/history/linear.toml")
        .replace("[100, 250, 450, 600, 1000, 2000, 4000]", "[1000, 4000]")
        .replace("[11, 13, 21, 33, 55]", "[11, 13]")
        .replace("name = \"linear\"", "name = \"tiny\"");
    let folder = run(&text, &[]);
    for row in rows(folder.path(), "regression", "labels") {
        let [samples, score]: [f64; 2] = ["samples", "test_r2"].map(|name| row[name].parse().unwrap());
        // The signal has variance 1.
        let expected = 1.0 - 16.0 * (1.0 + 500.0 / (samples - 502.0)) / 17.0;
        close(&[score], &[expected], 0.1 * (1.0 - expected));
    }
    let taught = numbers(folder.path(), "regression", "teacher", "test_r2")[0];
    close(
        &numbers(folder.path(), "regression", "distilled (label_weight = 0)", "test_r2"),
        &[taught; 4],
        1e-5,
    );
}

/// Three classes, which go by two kinds of one column.
fn counted() -> String {
    let mut text = "kind,class\n".to_owned();
    for row in 0..240 {
        let kind = if row % 2 == 0 { "a" } else { "b" };
        let class = match (kind, row % 17) {
            ("a", 0..9) | ("b", 0..3) => "low",
            ("a", 9..11) | ("b", 3..12) => "middle",
            _ => "high",
        };
        writeln!(text, "{kind},{class}").unwrap();
    }
    text
}

/// With a weight for every kind and class, the most likely probabilities are the frequencies.
#[test]
fn logistic_regression_finds_the_frequencies() {
    let data = "data.csv = { path = \"counted.csv\", test.last = 0.25, columns.target = \"class\" }";
    let train = "train = { budget.steps = 500, optimizer.lbfgs.tolerance = 1e-8 }";
    let text = format!(
        "{ROOT}{}[arms.labels]\nobjective.cross_entropy = {{}}\n\
         [arms.distilled]\nobjective.distillation = {{ temperature = 3.0, label_weight = [0.0, 0.5] }}\n",
        task("kinds", data, "\"all\"", train)
    );
    let folder = run(&text, &[("counted.csv", &counted())]);
    let teacher = rows(folder.path(), "kinds", "teacher")[0]["run"].clone();
    let file = |name: &str| folder.path().join("results/tiny/runs").join(&teacher).join(name);
    let own: Vec<i64> = serde_json::from_slice(&fs_err::read(file("subset.json")).unwrap()).unwrap();
    let outputs = Tensor::read_safetensors(file("outputs.safetensors")).unwrap();
    let (_, logits) = outputs.iter().find(|(name, _)| name == "train").unwrap();

    let counted = counted();
    let lines: Vec<(&str, &str)> = counted.lines().skip(1).filter_map(|line| line.split_once(',')).collect();
    for row in own.iter().copied().take(10) {
        let kind = lines[row as usize].0;
        let alike: Vec<&str> = own
            .iter()
            .map(|&row| lines[row as usize])
            .filter(|line| line.0 == kind)
            .map(|line| line.1)
            .collect();
        // The classes in alphabetical order.
        let frequencies = ["high", "low", "middle"]
            .map(|class| alike.iter().filter(|&&other| other == class).count() as f64 / alike.len() as f64);
        let probabilities: Vec<f64> =
            Vec::try_from(logits.get(row).to_kind(Kind::Double).softmax(-1, Kind::Double)).unwrap();
        close(&probabilities, &frequencies, 1e-6);
    }
    // On the teacher's own samples, that is the optimum of every mixture of labels and teacher.
    for arm in ["labels", "distilled (label_weight = 0)", "distilled (label_weight = 0.5)"] {
        close(&numbers(folder.path(), "kinds", arm, "test_kl"), &[0.0; 2], 1e-9);
    }
}

/// What the criterion learns is moved too; the loss never rises.
#[test]
fn any_model_is_led_down() {
    let train = "train = { budget.epochs = 15, evaluations = 3, optimizer.lbfgs = { memory = 5 } }";
    let models = ["mlp = { hidden = [8] }", "resnet = { stem = \"cifar\", width = 2 }"];
    let mut text = "[study]\nname = \"tiny\"\nseeds = [1]\n".to_owned();
    for (number, model) in models.iter().enumerate() {
        write!(
            text,
            "[tasks.task{number}]\ndata.catalogue.name = \"optdigits\"\n\
             [tasks.task{number}.teacher]\nsamples = 64\nmodel.{model}\n{train}\n\
             [tasks.task{number}.student]\nsamples = [32]\nmodel.{model}\n{train}\n"
        )
        .unwrap();
    }
    text.push_str(
        "[arms.labels]\nobjective.cross_entropy = {}\n[arms.features]\nobjective.features.loss.hint = {}\n",
    );
    let folder = run(&text, &[]);
    let plan = output(folder.path(), &["plan", "study.toml", "--format", "json"]);
    for run in crate::planned(&plan) {
        let id = run["id"].as_str().unwrap();
        let history = folder.path().join("results/tiny/runs").join(id).join("history.csv");
        let history = fs_err::read_to_string(history).unwrap();
        let cells: Vec<Vec<&str>> = history.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let losses: Vec<f64> = cells.iter().map(|cells| cells[1].parse().unwrap()).collect();
        assert!(losses.len() == 15 && losses.is_sorted_by(|a, b| a >= b), "{history}");
        let scored: Vec<&str> =
            cells.iter().filter(|cells| !cells[3].is_empty()).map(|cells| cells[0]).collect();
        assert_eq!(scored, ["5", "10", "15"]);
    }
}

#[test]
fn what_cannot_be_solved_is_refused() {
    let complaint = |text: &str| {
        let folder = folder_with(text);
        let plan = output(folder.path(), &["plan", "study.toml"]);
        assert_eq!(plan.status.code(), Some(2), "{}", stderr(&plan));
        stderr(&plan)
    };
    let numbers = |train: &str, model: &str, objective: &str| {
        let (teacher, student) = task("exact", NUMBERS, "20", EXACT)
            .split_once(".student]")
            .map(|(teacher, rest)| {
                let student = rest.replace(EXACT, train).replace(LINEAR, model);
                (teacher.to_owned(), student)
            })
            .unwrap();
        complaint(&format!("{ROOT}{teacher}.student]{student}[arms.labels]\nobjective.{objective}\n"))
    };
    let digits = |train: &str, model: &str, objective: &str| {
        let student = "train = { budget.steps = 40, batch = 16, optimizer.adamw.learning_rate = 3e-3 }";
        let text = TINY.replace(student, train).replace("model.mlp = { hidden = [16] }", model);
        complaint(&text.replace("objective.cross_entropy = {}", &format!("objective.{objective}")))
    };
    let labels = "squared_error = {}";
    let lbfgs = "train = { budget.steps = 40, optimizer.lbfgs = {} }";
    insta::assert_snapshot!(
        [
            numbers(EXACT, "model.mlp = { hidden = [16] }", labels),
            numbers(EXACT, LINEAR, "huber = {}"),
            numbers(EXACT, LINEAR, "prediction_matching.label_weight.linear = { from = 0.0, to = 1.0 }"),
            numbers("train = { budget.steps = 9, optimizer.least_squares = {} }", LINEAR, labels),
            numbers("train = { average = 0.9, optimizer.least_squares = {} }", LINEAR, labels),
            numbers("train = { optimizer.least_squares.ridge = -1 }", LINEAR, labels),
            digits(EXACT, LINEAR, "cross_entropy = {}"),
            digits("train = { optimizer.adamw.learning_rate = 1e-3 }", LINEAR, "cross_entropy = {}"),
            digits("train = { optimizer.lbfgs = {} }", LINEAR, "cross_entropy = {}"),
            digits(
                "train = { budget.steps = 40, batch = 16, optimizer.lbfgs = {} }",
                LINEAR,
                "cross_entropy = {}"
            ),
            digits(lbfgs, "model.mlp = { hidden = [16], dropout = 0.5 }", "cross_entropy = {}"),
            digits(lbfgs, LINEAR, "logit_mse.selection.random = 3"),
            complaint(
                &TINY
                    .replace(
                        "data.catalogue.name = \"optdigits\"",
                        "data.catalogue.name = \"optdigits\"\naugmentation.crop.padding = 1"
                    )
                    .replace("train = { budget.epochs = 2, optimizer.adamw.learning_rate = 3e-3 }", lbfgs)
            ),
        ]
        .join("\n")
    );
}
