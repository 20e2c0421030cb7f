//! Tasks other than classification: numbers and next tokens.

use crate::{TINY, folder_with, output, stderr, stdout};

/// The tiny study with other data, models and arms.
fn study(data: &str, [teacher, student]: [&str; 2], arms: &[(&str, &str)]) -> String {
    let (tasks, _) = TINY.split_once("[arms.labels]").unwrap();
    let mut text = tasks
        .replace("data.catalogue.name = \"optdigits\"", data)
        .replace("model.mlp = { hidden = [32] }", teacher)
        .replace("model.mlp = { hidden = [16] }", student)
        .replace("sampling = \"stratified\"\n", "");
    for (arm, objective) in arms {
        text.push_str(&format!("[arms.{arm}]\nobjective.{objective}\n"));
    }
    text
}

const LINEAR: &str =
    "data.linear_regression = { train = 400, test = 200, dimensions = 10, informative = 5, noise = 1.0 }";
const PERCEPTRONS: [&str; 2] = ["model.mlp = { hidden = [32] }", "model.mlp = { hidden = [16] }"];
const MARKOV: &str =
    "data.markov_text = { train = 200, test = 50, vocabulary = 8, block = 6, concentration = 2.0 }";
const DECODERS: [&str; 2] = [
    "model.gpt = { layers = 1, heads = 2, dimension = 16, positions = 8, dropout = 0.0 }",
    "model.gpt = { layers = 1, heads = 1, dimension = 8, positions = 8, dropout = 0.0 }",
];

/// The columns of `results.csv` that are called so.
fn columns(folder: &std::path::Path, name: &str) -> Vec<String> {
    crate::results(folder).into_iter().map(|row| row[name].clone()).collect()
}

#[test]
fn numbers_are_predicted_and_scored_by_explained_variance() {
    let arms = [
        ("labels", "squared_error = {}"),
        ("robust", "huber = { delta = 0.5 }"),
        ("matched", "prediction_matching = { label_weight = 0.25, delta = 1.0 }"),
        ("bounded", "teacher_bounded = { margin = 0.1 }"),
        ("hint", "sum.terms = { a.objective.squared_error = {}, b.objective.features.loss.hint = {} }"),
    ];
    let folder = folder_with(&study(LINEAR, PERCEPTRONS, &arms));
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(stdout(&run).contains("points of explained variance (R²) over labels"), "{}", stdout(&run));
    assert!(columns(folder.path(), "test_accuracy").iter().all(String::is_empty));
    let arms = columns(folder.path(), "arm").into_iter().zip(columns(folder.path(), "role"));
    for (arm, role) in arms.filter(|(arm, _)| arm != "teacher") {
        // Whatever hears the teacher is distilled, by its features too.
        let expected = if ["labels", "robust"].contains(&arm.as_str()) { "labels" } else { "distilled" };
        assert_eq!(role, expected, "{arm}");
    }
    let [scores, errors] = ["test_r2", "test_rmse"].map(|name| columns(folder.path(), name));
    for (r2, rmse) in scores.iter().zip(&errors) {
        // 1 - R² is the squared error over the variance of the targets, the same for every run.
        let (r2, rmse): (f64, f64) = (r2.parse().unwrap(), rmse.parse().unwrap());
        let variance = rmse * rmse / (1.0 - r2);
        let first: (f64, f64) = (scores[0].parse().unwrap(), errors[0].parse().unwrap());
        assert!((variance - first.1 * first.1 / (1.0 - first.0)).abs() < 1e-3 * variance, "{variance}");
    }
    let id = &columns(folder.path(), "run")[0];
    let explained = output(folder.path(), &["explain", id, "--dir", "results/tiny"]);
    assert!(
        stdout(&explained).contains(" the target's unit\n"),
        "{}{}",
        stdout(&explained),
        stderr(&explained)
    );
}

#[test]
fn next_tokens_are_distilled() {
    let arms = [
        ("labels", "cross_entropy = {}"),
        ("distilled", "distillation = { temperature = 2.0 }"),
        ("permuted", "distillation = { temperature = 2.0, supervision.permuted = {} }"),
        ("fresh", "distillation = { temperature = 2.0, supervision.permuted.fresh = true }"),
        ("class-mean", "distillation = { temperature = 2.0, supervision.class_mean = {} }"),
        ("features", "features.loss.hint = {}"),
    ];
    let folder = folder_with(&study(MARKOV, DECODERS, &arms));
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(stdout(&run).contains("points of accuracy of the next token over labels"), "{}", stdout(&run));
    // A chain of 8 tokens: no model is above ln 8 for long, and accuracies are shares.
    for nll in columns(folder.path(), "test_nll") {
        let nll: f64 = nll.parse().unwrap();
        assert!(nll > 0.0 && nll < 3.0, "{nll} nats a token");
    }
}

#[test]
fn what_does_not_fit_the_task_is_refused() {
    let complaint = |text: &str| {
        let folder = folder_with(text);
        let plan = output(folder.path(), &["plan", "study.toml"]);
        assert_eq!(plan.status.code(), Some(2), "{}", stderr(&plan));
        stderr(&plan)
    };
    let by_class = study(MARKOV, DECODERS, &[("labels", "cross_entropy = {}")])
        .replace("samples = [20, 80]", "samples = [20, 80]\nsampling = \"stratified\"");
    insta::assert_snapshot!(
        [
            complaint(&study(LINEAR, PERCEPTRONS, &[("labels", "cross_entropy = {}")])),
            complaint(&study(MARKOV, DECODERS, &[("labels", "squared_error = {}")])),
            complaint(&study(MARKOV, PERCEPTRONS, &[("labels", "cross_entropy = {}")])),
            complaint(&by_class),
            complaint(&study(
                "data.text_lines = { path = \"absent.txt\", test.fraction = 0.2 }",
                PERCEPTRONS,
                &[("labels", "cross_entropy = {}")]
            )),
        ]
        .join("\n")
    );
}
