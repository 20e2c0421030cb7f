//! Theories on evidence that is made by hand.

use super::dark_knowledge::DarkKnowledge;
use super::evidence::at_sizes;
use super::label_smoothing::LabelSmoothing;
use super::verdict::judge;
use super::*;
use crate::contrast::Difference;
use crate::interval::Estimate;
use crate::made_up::{study, task};

/// M, mean difference and half-width.
pub(super) type Points<'a> = &'a [(u64, f64, f64)];

pub(super) const GAIN: Points<'_> = &[(40, 0.06, 0.02), (640, 0.01, 0.02)];
pub(super) const NIL: (u64, f64, f64) = (640, 0.0, 0.02);

const NONE: (u64, f64, f64) = (160, 0.0, 0.02);

fn differences(points: Points<'_>) -> Vec<Difference> {
    points
        .iter()
        .map(|&(samples, mean, half_width)| {
            let estimate = Estimate { mean, half_width: Some(half_width), n: 5 };
            Difference { samples, alone: estimate, jointly: estimate }
        })
        .collect()
}

fn verdict(
    theory: &dyn Theory,
    planned: &[u64],
    gains: Points<'_>,
    contrasts: &[Points<'_>],
) -> (Judgement, String) {
    let contrast = |points: &Points<'_>| Contrast {
        control: "control".to_owned(),
        kind: ControlKind::Permuted,
        differences: differences(points),
        trend: None,
    };
    let contrasts: Vec<Contrast> = contrasts.iter().map(contrast).collect();
    let metric = &Metric::of(&study(&[], 0), &task(&[]));
    judge(
        theory,
        &Evidence { planned, gains: &differences(gains), contrasts: &contrasts, margin: 0.01, metric },
    )
}

/// The judgement where every M of the gain was planned.
pub(super) fn judged(theory: &dyn Theory, gains: Points<'_>, contrasts: &[Points<'_>]) -> Judgement {
    let planned: Vec<u64> = gains.iter().map(|(samples, ..)| *samples).collect();
    verdict(theory, &planned, gains, contrasts).0
}

#[test]
fn what_has_not_been_measured_proves_nothing() {
    let gain: Points<'_> = &[(40, 0.06, 0.02), (80, 0.05, 0.02)];
    assert_eq!(judged(&DarkKnowledge, gain, &[&[]]), Judgement::Undecided);
    assert_eq!(judged(&DarkKnowledge, gain, &[&[(40, 0.05, 0.02)]]), Judgement::Undecided);
    let partly: [Points<'_>; 2] = [&[(40, 0.05, 0.02), (80, 0.04, 0.02)], &[(40, 0.05, 0.02)]];
    assert_eq!(judged(&LabelSmoothing, gain, &partly), Judgement::Undecided);
    let unplanned = verdict(&DarkKnowledge, &[40, 80, 160], gain, &[]);
    assert_eq!(unplanned.0, Judgement::Undecided);
    assert!(unplanned.1.ends_with("at M = 160 there are 0"), "{}", unplanned.1);
}

#[test]
fn without_a_gain_there_is_nothing_to_explain() {
    let none = &[(40, 0.01, 0.02)];
    assert_eq!(judged(&DarkKnowledge, none, &[&[(40, 0.05, 0.01)]]), Judgement::Undecided);
}

#[test]
fn sizes_are_listed_as_people_do() {
    assert_eq!([at_sizes(&[40]), at_sizes(&[40, 80, 160])], ["M = 40", "M = 40, 80 and 160"]);
    assert_eq!(at_sizes(&[40, 80]), "M = 40 and 80");
}

#[test]
fn reasons_name_the_sizes_and_the_least_advantage() {
    let gain: Points<'_> = &[(40, 0.06, 0.02), (80, 0.05, 0.02), (160, 0.0, 0.01)];
    let beats: [Points<'_>; 2] =
        [&[(40, 0.05, 0.02), (80, 0.04, 0.02), NONE], &[(40, 0.031, 0.02), (80, 0.07, 0.02), NONE]];
    let (judgement, because) = verdict(&LabelSmoothing, &[40, 80, 160], gain, &beats);
    assert_eq!(judgement, Judgement::Refuted);
    assert_eq!(
        because,
        "at M = 40 and 80, where distillation beats labels, it also beats every smoothing control, by 3.1 points or \
         more at M = 40"
    );
    let (_, because) = verdict(&DarkKnowledge, &[40, 80, 160], gain, &beats[..1]);
    assert!(because.ends_with("shuffling the wrong classes costs accuracy, 5.0 points or more at M = 40"));
    let open: [Points<'_>; 1] = [&[(40, 0.01, 0.02), (80, 0.01, 0.02), NONE]];
    let (judgement, because) = verdict(&DarkKnowledge, &[40, 80, 160], gain, &open);
    assert_eq!(judgement, Judgement::Undecided);
    assert!(
        because.starts_with("where distillation beats labels (M = 40 and 80), the intervals"),
        "{because}"
    );
}
