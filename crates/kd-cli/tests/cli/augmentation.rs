//! Studies whose samples are augmented.

use crate::{TINY, folder_with, output, stderr, stdout};

/// The tiny study with `lines` in its task and an arm that can be had on views in place of the permuted one.
fn study(lines: &str) -> String {
    TINY.replace("[tasks.digits.teacher]", &format!("{lines}\n[tasks.digits.teacher]"))
        .replace("supervision.permuted = {}", "supervision.permuted.fresh = true")
}

#[test]
fn teacher_and_student_learn_from_views() {
    let folder = folder_with(&study("augmentation = { crop.padding = 1, flip.probability = 0.1 }"));
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let results = fs_err::read_to_string(folder.path().join("results/tiny/results.csv")).unwrap();
    assert_eq!(results.lines().count(), 1 + 2 + 12);
    let listed = output(folder.path(), &["plan", "study.toml", "--format", "json"]);
    assert!(!stdout(&listed).contains("missing"), "every run is cached: {}", stdout(&listed));
    let id = results.lines().nth(1).and_then(|line| line.split(',').next()).unwrap();
    let explained = output(folder.path(), &["explain", id, "--dir", "results/tiny"]);
    let expected = r#"{"crop":{"padding":1},"flip":{"probability":0.1}}"#;
    assert!(stdout(&explained).contains(expected), "{}{}", stdout(&explained), stderr(&explained));
}

#[test]
fn texts_lose_words() {
    let text = study("augmentation.word_drop.probability = 0.2")
        .replace("optdigits", "banking77")
        .replace("model.mlp = { hidden = [32] }", "model.bag_of_embeddings = { dimension = 8 }")
        .replace("model.mlp = { hidden = [16] }", "model.bag_of_embeddings = { dimension = 4 }")
        .replace("samples = [20, 80]", "samples = [77]");
    let folder = folder_with(&text);
    let run = output(folder.path(), &["run", "study.toml", "--smoke"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
}

#[test]
fn what_does_not_fit_is_refused() {
    let complaint = |text: &str| {
        let folder = folder_with(text);
        let plan = output(folder.path(), &["plan", "study.toml"]);
        assert_eq!(plan.status.code(), Some(2), "{}", stderr(&plan));
        stderr(&plan)
    };
    let fixed = study("augmentation.flip = {}").replace("permuted.fresh = true", "permuted = {}");
    let contrastive = study("augmentation.mix.mixup = {}")
        .replace("objective.cross_entropy = {}", "objective.features.loss.contrastive = {}");
    insta::assert_snapshot!(
        [
            complaint(&fixed),
            complaint(&contrastive),
            complaint(&study("augmentation.crop.padding = 8")),
            complaint(&study("augmentation.rand_augment = {}")),
            complaint(&study("augmentation.rand_augment.magnitude = 31")),
            complaint(&study("augmentation.word_drop.probability = 0.1")),
            complaint(&study("augmentation.flip.probability = 0.0")),
            complaint(&study("augmentation.mix = { mixup = {}, cutmix = {} }")),
            complaint(&study("augmentation.flips = {}")),
            complaint(&study("augmentation = {}")),
            complaint(&study("teacher_view = \"clean\"")),
        ]
        .join("\n")
    );
}
