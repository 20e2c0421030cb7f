//! How much of what a log-likelihood gains is variance.

use std::collections::BTreeMap;

use serde_json::json;

use super::draws::Draws;
use super::{COVERAGE, FALSE, Row, shares};
use crate::decomposition::{Decomposition, log_loss};
use crate::findings::Findings;
use crate::study::{Score, StudyInfo, TaskInfo};
use crate::table::RunRow;
use crate::theory::Judgement;

const EXAMPLES: usize = 40;
const CLASSES: usize = 4;
const SIZES: [u64; 3] = [10, 40, 160];

/// How logits of an arm are made: what they have for the right class, and how much they vary over seeds, as a whole and example by example.
#[derive(Clone, Copy)]
struct Source {
    right: f64,
    noise: f64,
}

/// What is true of labels and of the distilled arm.
struct Truth {
    what: &'static str,
    labels: Source,
    distilled: Source,
}

const TRUTHS: [Truth; 3] = [
    Truth {
        what: "a lower variance alone",
        labels: Source { right: 2.0, noise: 2.0 },
        distilled: Source { right: 2.0, noise: 1.0 },
    },
    Truth {
        what: "a lower bias alone",
        labels: Source { right: 1.0, noise: 1.0 },
        distilled: Source { right: 2.5, noise: 1.0 },
    },
    Truth {
        what: "some of both",
        labels: Source { right: 1.4, noise: 1.6 },
        distilled: Source { right: 2.0, noise: 1.0 },
    },
];

/// Everything about bias and variance, over as many studies for each row.
#[must_use]
pub fn variances(studies: usize) -> Vec<Row> {
    let seeds = [5, 10, 20];
    seeds
        .into_iter()
        .flat_map(|seeds| TRUTHS.iter().flat_map(move |truth| of(studies, seeds, truth)))
        .collect()
}

/// The same at one number of seeds.
#[cfg(test)]
pub(super) fn reduced(studies: usize, seeds: usize) -> Vec<Row> {
    TRUTHS.iter().flat_map(|truth| of(studies, seeds, truth)).collect()
}

fn logits(draws: &mut Draws, source: Source) -> Vec<f32> {
    // A seed is better or worse as a whole, too.
    let own = 1.0 + 0.3 * draws.normal();
    let mut logits = Vec::with_capacity(EXAMPLES * CLASSES);
    for example in 0..EXAMPLES {
        for class in 0..CLASSES {
            let right = if class == example % CLASSES { source.right * own } else { 0.0 };
            logits.push((right + source.noise * draws.normal()) as f32);
        }
    }
    logits
}

fn right() -> Vec<usize> {
    (0..EXAMPLES).map(|example| example % CLASSES).collect()
}

/// The share with as many seeds as have no noise of their own.
fn true_share(truth: &Truth) -> f64 {
    let mut draws = Draws::new(41);
    let mut of = |source| {
        let runs: Vec<Vec<f32>> = (0..2000).map(|_| logits(&mut draws, source)).collect();
        let runs: Vec<&[f32]> = runs.iter().map(Vec::as_slice).collect();
        log_loss(&runs, &right(), CLASSES).map_or((0.0, 0.0), |found| (found.loss, found.variance))
    };
    let (labels, distilled) = (of(truth.labels), of(truth.distilled));
    (labels.1 - distilled.1) / (labels.0 - distilled.0)
}

fn study(seeds: usize) -> StudyInfo {
    let task = TaskInfo {
        name: "task".to_owned(),
        title: String::new(),
        modality: "vision".to_owned(),
        score: "accuracy".to_owned(),
        classes: CLASSES as u64,
        test_examples: EXAMPLES as u64,
        licence: String::new(),
        citation: String::new(),
        teacher: String::new(),
        student: String::new(),
        budget: String::new(),
        sampling: String::new(),
        samples: SIZES.to_vec(),
        factors: BTreeMap::new(),
        synthetic: false,
    };
    StudyInfo {
        name: String::new(),
        question: String::new(),
        seeds: (0..seeds as u64).collect(),
        confidence: 0.95,
        margin: 0.01,
        score: Score::LastStep,
        metric: None,
        tasks: vec![task],
        command: String::new(),
        provenance: Vec::new(),
        planned_runs: 0,
        factors: Vec::new(),
        study_file: None,
        doubts: Vec::new(),
    }
}

/// Accuracies that gain beyond doubt, and the logits of every run beside them.
fn findings(truth: &Truth, seeds: usize, number: usize) -> Findings {
    let mut draws = Draws::new(43 + number as u64);
    let mut rows: Vec<RunRow> = Vec::new();
    let mut said: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for (arm, accuracy, source) in [("labels", 0.5, truth.labels), ("distilled", 0.7, truth.distilled)] {
        for samples in SIZES {
            for seed in 0..seeds {
                let run = format!("{arm} {samples} {seed}");
                let row = json!({
                    "run": run, "task": "task", "arm": arm, "role": arm, "samples": samples, "seed": seed,
                    "outcome": "finished", "test_accuracy": accuracy + 0.02 * draws.normal(),
                });
                rows.extend(serde_json::from_value::<RunRow>(row));
                said.insert(run, logits(&mut draws, source));
            }
        }
    }
    let mut findings = Findings::of(&study(seeds), &rows, &[]);
    findings.decompose(|rows| {
        let runs: Option<Vec<&[f32]>> =
            rows.iter().map(|row| said.get(row.run()).map(Vec::as_slice)).collect();
        Decomposition::of(&runs?, &right(), CLASSES)
    });
    findings
}

fn of(studies: usize, seeds: usize, truth: &Truth) -> Vec<Row> {
    let share = true_share(truth);
    let found = shares(studies, |number| {
        let findings = findings(truth, seeds, number);
        let verdict = findings.tasks[0].verdicts.iter().find(|verdict| verdict.theory == "bias_variance");
        let covers = verdict.and_then(|verdict| {
            let (low, high) = verdict.share?.interval?;
            Some(low <= share && share <= high)
        });
        let is_false = verdict.map(|verdict| match verdict.judgement {
            Judgement::Supported => share <= 0.5,
            Judgement::Refuted => share >= 0.2,
            Judgement::Partly => !(0.2..=0.5).contains(&share),
            Judgement::Undecided => false,
        });
        [covers, is_false, verdict.map(|verdict| verdict.judgement != Judgement::Undecided)]
    });
    let row = |what: &str, value, wanted| Row {
        what: format!("{}, share {share:.2}: {what}", truth.what),
        seeds,
        tasks: None,
        value,
        wanted,
    };
    vec![
        row("its interval", found[0], COVERAGE),
        row("a false verdict", found[1], FALSE),
        row("a verdict", found[2], super::ANY),
    ]
}
