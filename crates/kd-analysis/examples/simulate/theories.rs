//! How often each theory's verdict is right.

use kd_analysis::Judgement;
use serde_json::{Value, json};

use crate::verdicts::says;
use crate::world::{Arm, SIZES, World, each, shrinking, times};

/// A theory, what is true in words, a study in which it is, and the verdict that is right; in all but `partly` the opposite one is wrong.
pub(crate) struct Truth {
    pub(crate) theory: &'static str,
    pub(crate) told: &'static str,
    pub(crate) world: World,
    pub(crate) right: Judgement,
}

fn distilled() -> Arm {
    Arm::new("distilled", "distilled", shrinking())
}

/// A control that keeps this share of the gain.
fn controlled(role: &'static str, kept: f64) -> World {
    World::of(vec![distilled(), Arm::new("control", role, times(&shrinking(), kept))])
}

fn both(permuted: f64, matched: f64) -> World {
    World::of(vec![
        distilled(),
        Arm::new("permuted", "permuted", times(&shrinking(), permuted)),
        Arm::new("matched", "entropy_matched", times(&shrinking(), matched)),
    ])
}

fn of_distilled(more: fn(f64) -> Value) -> World {
    World::of(vec![Arm { more, ..distilled() }])
}

/// Students at levels of a factor, whose gains are these.
fn levels(factor: &'static str, gains: &[(f64, Vec<f64>)]) -> World {
    let at = |(level, gains): &(f64, Vec<f64>)| Arm {
        levels: vec![(factor, *level)],
        ..Arm::new("distilled", "distilled", gains.clone())
    };
    World::of(gains.iter().map(at).collect())
}

fn plus(gains: &[f64], more: f64) -> Vec<f64> {
    gains.iter().map(|gain| gain + more).collect()
}

pub(crate) fn truths() -> Vec<Truth> {
    of_shares().into_iter().chain(of_contrasts()).collect()
}

/// Of theories that explain a share of the gain, or a course over generations.
fn of_shares() -> Vec<Truth> {
    let truth = |theory, told, world, right| Truth { theory, told, world, right };
    let (supported, refuted) = (Judgement::Supported, Judgement::Refuted);
    let mut all = Vec::new();
    for (theory, role) in [
        ("label_smoothing", "label_smoothing"),
        ("few_classes", "top_k"),
        ("class_geometry", "class_means"),
        ("importance_weighting", "importance_weighted"),
        ("teacher_decisions", "hard"),
        ("any_teacher", "random"),
    ] {
        all.push(truth(theory, "explains nine tenths", controlled(role, 0.9), supported));
        all.push(truth(theory, "explains nothing", controlled(role, 0.0), refuted));
    }
    all.push(truth("dark_knowledge", "explains nine tenths", both(0.1, 0.1), supported));
    all.push(truth("dark_knowledge", "explains nothing", both(1.0, 1.0), refuted));
    let stopped = |early: f64| World {
        labels_more: if early > 0.5 {
            |score, gain| json!({ "test_score_at_best": score + 0.9 * gain })
        } else {
            |score, _| json!({ "test_score_at_best": score })
        },
        ..World::of(vec![distilled()])
    };
    all.push(truth("early_stopping", "explains nine tenths", stopped(1.0), supported));
    all.push(truth("early_stopping", "explains nothing", stopped(0.0), refuted));
    let ensemble = |single: f64| {
        let hears = |_: f64| json!({ "supervision": "ensemble" });
        World::of(vec![
            Arm { more: hears, ..distilled() },
            Arm::new("single", "distilled", times(&shrinking(), single)),
        ])
    };
    all.push(truth("multi_view", "one teacher has a tenth", ensemble(0.1), supported));
    all.push(truth("multi_view", "one teacher has all", ensemble(1.0), refuted));
    let generations = |gains: [f64; 3]| {
        let at = |(number, more): (usize, &f64)| (number as f64 + 1.0, plus(&shrinking(), *more));
        levels("generation", &gains.iter().enumerate().map(at).collect::<Vec<_>>())
    };
    all.push(truth(
        "self_distillation",
        "rises and falls by a point",
        generations([0.0, 0.01, 0.0]),
        supported,
    ));
    all.push(truth("self_distillation", "goes on rising", generations([0.0, 0.01, 0.02]), refuted));
    all
}

/// Of theories that predict a contrast of their own.
fn of_contrasts() -> Vec<Truth> {
    let truth = |theory, told, world, right| Truth { theory, told, world, right };
    let (supported, refuted) = (Judgement::Supported, Judgement::Refuted);
    let mut all = Vec::new();
    let spread = |spread: f64| World {
        labels_spread: 4.0,
        correlation: 0.0,
        ..World::of(vec![Arm { spread, ..distilled() }])
    };
    all.push(truth(
        "statistical_view",
        "labels vary four times as much",
        World { shared: 0.0, ..spread(1.0) },
        supported,
    ));
    let wider =
        World { shared: 0.0, correlation: 0.0, ..World::of(vec![Arm { spread: 4.0, ..distilled() }]) };
    all.push(truth("statistical_view", "distilled vary four times as much", wider, refuted));
    let agrees = |largest: f64| {
        let mut gains = shrinking();
        gains[6] = largest;
        World {
            labels_more: |_, _| json!({ "test_agreement": 0.8 }),
            ..World::of(vec![Arm {
                more: |score| json!({ "test_agreement": 0.85 + 0.1 * (score - 0.9) }),
                ..Arm::new("distilled", "distilled", gains)
            }])
        }
    };
    all.push(truth("fidelity", "closer at full M, and no better", agrees(0.0), supported));
    all.push(truth("fidelity", "closer at full M, and 3 points better", agrees(0.03), refuted));
    all.push(truth(
        "exaggeration",
        "slopes of 1.2",
        of_distilled(
            |score| json!({ "train_exaggeration_slope": 1.2 + 5.0 * (score - score.round()) * 0.01 }),
        ),
        supported,
    ));
    all.push(truth(
        "exaggeration",
        "slopes of 0.8",
        of_distilled(
            |score| json!({ "train_exaggeration_slope": 0.8 + 5.0 * (score - score.round()) * 0.01 }),
        ),
        refuted,
    ));
    let temperatures = |small: f64, large: f64| {
        let hot: Vec<f64> = shrinking()
            .iter()
            .enumerate()
            .map(|(index, gain)| gain + small + (large - small) * index as f64 / (SIZES.len() - 1) as f64)
            .collect();
        World::of(vec![
            Arm { more: |_| json!({ "temperature": 1.0 }), ..Arm::new("cold", "distilled", shrinking()) },
            Arm { more: |_| json!({ "temperature": 8.0 }), ..Arm::new("hot", "distilled", hot) },
        ])
    };
    all.push(truth(
        "objective",
        "hot is 3 points better at the smallest M",
        temperatures(0.03, 0.0),
        supported,
    ));
    all.push(truth(
        "objective",
        "hot is 3 points worse at the smallest M",
        temperatures(-0.03, 0.0),
        refuted,
    ));
    let teachers = |best: f64| {
        let mut world = levels("teacher width", &[(64.0, shrinking()), (512.0, plus(&shrinking(), best))]);
        world.teachers = vec![("teacher width", 64.0, 0.93), ("teacher width", 512.0, 0.97)];
        world
    };
    all.push(truth(
        "capacity_gap",
        "the best teacher's students are a point worse",
        teachers(-0.01),
        supported,
    ));
    all.push(truth(
        "capacity_gap",
        "the best teacher's students are a point better",
        teachers(0.01),
        refuted,
    ));
    let regimes = |fresh: f64| {
        let mut world = levels("regime", &[(0.0, shrinking()), (1.0, times(&shrinking(), fresh))]);
        world.fresh = Some(("regime", 1.0));
        world
    };
    all.push(truth("memorisation", "fresh samples have a tenth of the gain", regimes(0.1), supported));
    all.push(truth("memorisation", "fresh samples have all of the gain", regimes(1.0), refuted));
    all
}

/// Per cent of studies whose verdict is right, and of those whose verdict is wrong.
pub(crate) fn judged(truth: &Truth, seeds: usize, studies: usize) -> [f64; 2] {
    let wrong = [Judgement::Supported, Judgement::Refuted, Judgement::Partly].into_iter();
    let wrong: Vec<Judgement> = wrong.filter(|other| *other != truth.right).collect();
    let found = each(&truth.world, seeds, studies, |found| {
        let is_wrong = wrong.iter().any(|judgement| says(found, truth.theory, *judgement));
        [says(found, truth.theory, truth.right), is_wrong]
    });
    [0, 1].map(|which| 100.0 * found.iter().filter(|found| found[which]).count() as f64 / studies as f64)
}

pub(crate) fn print(studies: usize) {
    println!("{:22} {:46} {:>19} {:>19} {:>19}", "theories: right, wrong", "", "n = 5", "n = 10", "n = 20");
    for truth in truths() {
        let shares: Vec<String> = [5, 10, 20]
            .map(|seeds| {
                let [right, wrong] = judged(&truth, seeds, studies);
                format!("{right:>12.1} {wrong:>6.1}")
            })
            .to_vec();
        println!("{:22} {:46} {}", truth.theory, truth.told, shares.join(" "));
    }
}
