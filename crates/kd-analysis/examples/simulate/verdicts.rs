//! How often verdicts are right, over whole studies.

use kd_analysis::{Findings, Form, Judgement};

use crate::world::{Arm, World, each, shrinking, times};

/// Whether a theory has a verdict on any task.
pub(crate) fn says(findings: &Findings, theory: &str, judgement: Judgement) -> bool {
    let mut all = findings.tasks.iter().flat_map(|task| &task.verdicts);
    all.any(|verdict| verdict.theory == theory && verdict.judgement == judgement)
}

/// Per cent of studies of which something holds.
pub(crate) fn share(
    world: &World,
    seeds: usize,
    studies: usize,
    holds: impl Fn(&Findings) -> bool + Sync,
) -> f64 {
    let count = each(world, seeds, studies, holds).into_iter().filter(|holds| *holds).count();
    100.0 * count as f64 / studies as f64
}

/// A study of the five arms of the quickstart, whose controls gain these shares of distillation's gain.
pub(crate) fn five_arms(smoothed: f64, matched: f64, permuted: f64) -> World {
    let gains = shrinking();
    World::of(vec![
        Arm::new("distilled", "distilled", gains.clone()),
        Arm::new("smoothed", "label_smoothing", times(&gains, smoothed)),
        Arm::new("matched", "entropy_matched", times(&gains, matched)),
        Arm::new("permuted", "permuted", times(&gains, permuted)),
    ])
}

fn with_gain(gains: Vec<f64>) -> World {
    World::of(vec![Arm::new("distilled", "distilled", gains)])
}

fn has_form(findings: &Findings, is: fn(Form) -> bool) -> bool {
    findings.tasks.iter().filter_map(|task| task.gains[0].shape.as_ref()).any(|shape| is(shape.form))
}

fn false_gain(findings: &Findings) -> bool {
    let gains = findings.tasks.iter().flat_map(|task| &task.gains);
    gains.flat_map(|gain| &gain.points).any(|point| point.is_gain() || point.is_loss())
}

/// A name, a world, what is asked, and whether it should be rare.
type Asked = (&'static str, World, fn(&Findings) -> bool, bool);

pub(crate) fn asked() -> Vec<Asked> {
    let dark = |findings: &Findings| says(findings, "dark_knowledge", Judgement::Supported);
    let dark_refuted = |findings: &Findings| says(findings, "dark_knowledge", Judgement::Refuted);
    let refuted = |findings: &Findings| says(findings, "label_smoothing", Judgement::Refuted);
    let supported = |findings: &Findings| says(findings, "label_smoothing", Judgement::Supported);
    let amplified = |findings: &Findings| has_form(findings, |form| form == Form::Amplified);
    let peaks = |findings: &Findings| has_form(findings, |form| matches!(form, Form::Peaks { .. }));
    let shape = |findings: &Findings| has_form(findings, |form| form != Form::NotAmplified);
    vec![
        ("dark knowledge in full: supported", five_arms(0.0, 0.0, 0.0), dark, false),
        ("the same, shuffling harms: supported", five_arms(0.0, 0.0, -0.5), dark, false),
        ("matched equals distilled: dark supported", five_arms(0.0, 1.0, -0.5), dark, true),
        ("matched equals distilled: dark refuted", five_arms(0.0, 1.0, -0.5), dark_refuted, false),
        ("half of the gain: dark supported", five_arms(0.0, 0.5, 0.5), dark, true),
        ("smoothing in full: refuted", five_arms(1.0, 1.0, 1.0), refuted, true),
        ("smoothing in full: supported", five_arms(1.0, 1.0, 1.0), supported, false),
        ("smoothing plays no part: refuted", five_arms(0.0, 0.0, 0.0), refuted, false),
        ("smoothing a fifth: refuted", five_arms(0.2, 0.2, 0.2), refuted, true),
        ("smoothing a half: supported", five_arms(0.5, 0.5, 0.5), supported, true),
        ("no gain: a gain or loss", with_gain(vec![0.0; 7]), false_gain, true),
        ("gain shrinks: amplified", with_gain(shrinking()), amplified, false),
        ("gain shrinks: peaks", with_gain(shrinking()), peaks, true),
        ("constant gain: amplified or peaks", with_gain(vec![0.02; 7]), shape, true),
        (
            "never a gain: amplified or peaks",
            with_gain(vec![0.0, 0.0, 0.0, -0.005, -0.01, -0.02, -0.03]),
            shape,
            true,
        ),
        ("a hump: peaks", with_gain(vec![0.01, 0.03, 0.06, 0.04, 0.02, 0.01, 0.0]), peaks, false),
    ]
}

pub(crate) fn print(studies: usize) {
    println!("{:44} {:>6} {:>7} {:>7} {:>7}", "verdicts", "tasks", "n = 5", "n = 10", "n = 20");
    for (name, world, holds, is_false) in asked() {
        let tasks: &[usize] = if is_false { &[1, 3, 8] } else { &[1] };
        for &tasks in tasks {
            let world = World { tasks, ..world.clone() };
            let shares: Vec<String> =
                [5, 10, 20].map(|seeds| format!("{:>7.1}", share(&world, seeds, studies, holds))).to_vec();
            let wanted = if is_false { "at most 5" } else { "" };
            println!("{name:44} {tasks:>6} {} {wanted}", shares.join(" "));
        }
    }
    println!();
}
