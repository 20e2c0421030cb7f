//! Theories of distillation, put to the test over M.
//!
//! A verdict rests on intervals that hold jointly for every M and every distilled arm that has controls, never on a
//! point estimate. The gain over labels is *established* at an M where its joint interval is above zero; theories of
//! the gain are only tested there.

use serde::Serialize;

use crate::contrast::{Cells, Difference};
use crate::interval::Estimate;
use crate::row::{Role, RunRow};

/// A theory of where distillation's gain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Theory {
    /// Distillation is label smoothing (Yuan et al. 2020; Müller et al. 2019).
    LabelSmoothing,
    /// The teacher's probabilities over the wrong classes carry the gain (Hinton et al. 2015; Furlanello et al. 2018).
    DarkKnowledge,
}

impl Theory {
    /// The claim, as a sentence without its full stop.
    #[must_use]
    pub fn claim(self) -> &'static str {
        match self {
            Self::LabelSmoothing => "Distillation is label smoothing",
            Self::DarkKnowledge => "Dark knowledge carries the gain",
        }
    }

    /// Who put it forward.
    #[must_use]
    pub fn sources(self) -> &'static str {
        match self {
            Self::LabelSmoothing => "Yuan et al. 2020; Müller et al. 2019",
            Self::DarkKnowledge => "Hinton et al. 2015; Furlanello et al. 2018",
        }
    }
}

/// What the data say of a theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// A prediction failed.
    Refuted,
    /// A prediction that could have failed held.
    Supported,
    /// The data do not tell.
    Undecided,
}

/// A theory's test on one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The theory.
    pub theory: Theory,
    /// The distilled arm it was tested on; absent where there is none to test.
    pub arm: Option<String>,
    /// What the data say.
    pub judgement: Judgement,
    /// Why, in a sentence.
    pub because: String,
    /// The contrasts it rests on.
    pub contrasts: Vec<Contrast>,
}

/// A distilled arm against a control, over M.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contrast {
    /// The control.
    pub control: String,
    /// Its role.
    pub role: Role,
    /// Distilled minus control.
    pub differences: Vec<Difference>,
    /// Change of that difference per doubling of M.
    pub trend: Option<Estimate>,
}

/// Fewer replicates than this are shown, and nothing is claimed.
pub const FEWEST_SEEDS: usize = 5;

/// Verdicts on both theories for one task.
pub(crate) fn verdicts(cells: &Cells<'_>, rows: &[RunRow], task: &str, margin: f64) -> Vec<Verdict> {
    let controls = |arm: &str, theory| -> Vec<(Role, &str)> {
        cells
            .arms()
            .filter(|(role, control)| match (theory, role) {
                (Theory::LabelSmoothing, Role::LabelSmoothing) => true,
                (Theory::LabelSmoothing, Role::EntropyMatched) | (Theory::DarkKnowledge, Role::Permuted) => {
                    rows.iter().any(|row| {
                        row.task == task && row.arm == *control && row.control_of.as_deref() == Some(arm)
                    })
                }
                _ => false,
            })
            .collect()
    };
    let labels = cells.arm_of(Role::Labels);
    let distilled: Vec<&str> =
        cells.arms().filter(|(role, _)| *role == Role::Distilled).map(|(_, arm)| arm).collect();
    let mut verdicts = Vec::new();
    for theory in [Theory::LabelSmoothing, Theory::DarkKnowledge] {
        // For smoothing, an arm is only tested where its own entropy-matched control is there as well, if any arm's is.
        let own = |arm: &str| {
            controls(arm, theory).iter().filter(|(role, _)| *role != Role::LabelSmoothing).count()
        };
        let any_own = distilled.iter().any(|arm| own(arm) > 0);
        let tested: Vec<&str> = distilled
            .iter()
            .copied()
            .filter(|arm| !controls(arm, theory).is_empty() && (own(arm) > 0 || !any_own))
            .collect();
        let Some(labels) = labels.filter(|_| !tested.is_empty()) else {
            verdicts.push(untested(theory, labels.is_some(), !distilled.is_empty()));
            continue;
        };
        for &arm in &tested {
            let gains = cells.differences(arm, labels, tested.len());
            let contrasts: Vec<Contrast> = controls(arm, theory)
                .into_iter()
                .map(|(role, control)| Contrast {
                    control: control.to_owned(),
                    role,
                    differences: cells.differences(arm, control, tested.len()),
                    trend: cells.trend(arm, control),
                })
                .collect();
            let (judgement, because) = judge(theory, cells.planned(), &gains, &contrasts, margin);
            verdicts.push(Verdict { theory, arm: Some(arm.to_owned()), judgement, because, contrasts });
        }
    }
    verdicts
}

fn untested(theory: Theory, has_labels: bool, has_distilled: bool) -> Verdict {
    let because = match (has_labels, has_distilled, theory) {
        (false, ..) => "there is no finished arm trained on labels to compare with",
        (_, false, _) => "there is no finished arm trained on the teacher's full signal",
        (.., Theory::LabelSmoothing) => "the study has no control of smoothed labels or of matched entropy",
        (.., Theory::DarkKnowledge) => "the study has no control with permuted wrong classes",
    };
    let judgement = Judgement::Undecided;
    Verdict { theory, arm: None, judgement, because: because.to_owned(), contrasts: Vec::new() }
}

fn judge(
    theory: Theory,
    planned: &[u64],
    gains: &[Difference],
    contrasts: &[Contrast],
    margin: f64,
) -> (Judgement, String) {
    let undecided = |because: String| (Judgement::Undecided, because);
    // A claim over the curve needs all of the curve, of the arm, of labels and of every control.
    for &samples in planned {
        let curves = std::iter::once(gains).chain(contrasts.iter().map(|contrast| &contrast.differences[..]));
        let seeds = curves.map(|curve| {
            curve.iter().find(|found| found.samples == samples).map_or(0, |found| found.jointly.n)
        });
        let fewest = seeds.min().unwrap_or(0);
        if fewest < FEWEST_SEEDS {
            return undecided(format!(
                "a verdict takes {FEWEST_SEEDS} finished seeds of every arm in it at every M; at M = {samples} there are {fewest}"
            ));
        }
    }
    let established: Vec<u64> =
        gains.iter().filter(|gain| gain.jointly.is_above_zero()).map(|gain| gain.samples).collect();
    if established.is_empty() {
        return undecided(
            "no gain over labels is established at any M, so there is nothing to explain".to_owned(),
        );
    }
    let at = |contrast: &Contrast, samples: u64| {
        contrast
            .differences
            .iter()
            .find(|difference| difference.samples == samples)
            .map(|found| found.jointly)
    };
    let every = |samples: u64, holds: fn(&Estimate) -> bool| {
        contrasts.iter().all(|contrast| at(contrast, samples).is_some_and(|estimate| holds(&estimate)))
    };
    let where_above: Vec<u64> =
        established.iter().copied().filter(|&samples| every(samples, Estimate::is_above_zero)).collect();
    let explained = |samples: u64| {
        contrasts
            .iter()
            .any(|contrast| at(contrast, samples).is_some_and(|estimate| estimate.is_within(margin)))
    };
    let not_above =
        |samples: u64| explained(samples) || !every(samples, |estimate| !estimate.is_below_zero());
    let shown = |samples: &[u64]| {
        let numbers: Vec<String> = samples.iter().map(u64::to_string).collect();
        match numbers.split_last() {
            Some((last, before)) if !before.is_empty() => format!("M = {} and {last}", before.join(", ")),
            _ => format!("M = {}", numbers.join("")),
        }
    };
    let advantage = || {
        let samples = where_above[0];
        let least = contrasts.iter().filter_map(|contrast| at(contrast, samples)).map(|found| found.mean);
        let points = 100.0 * least.fold(f64::INFINITY, f64::min);
        format!("{points:.1} points or more at M = {samples}")
    };
    match theory {
        Theory::LabelSmoothing if !where_above.is_empty() => (
            Judgement::Refuted,
            format!(
                "at {}, where distillation beats labels, it also beats every smoothing control, by {}",
                shown(&where_above),
                advantage()
            ),
        ),
        Theory::LabelSmoothing if established.iter().all(|&samples| explained(samples)) => (
            Judgement::Supported,
            format!(
                "a smoothing control equals distillation wherever it beats labels ({})",
                shown(&established)
            ),
        ),
        Theory::DarkKnowledge if established.iter().all(|&samples| not_above(samples)) => (
            Judgement::Refuted,
            format!(
                "shuffling the wrong classes costs nothing where distillation beats labels ({})",
                shown(&established)
            ),
        ),
        Theory::DarkKnowledge
            if !where_above.is_empty() && !established.iter().any(|&samples| not_above(samples)) =>
        {
            (
                Judgement::Supported,
                format!(
                    "at {}, where distillation beats labels, shuffling the wrong classes costs accuracy, {}",
                    shown(&where_above),
                    advantage()
                ),
            )
        }
        _ => undecided(format!(
            "where distillation beats labels ({}), the intervals of the contrasts allow for both answers",
            shown(&established)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(points: &[(u64, f64, f64)]) -> Vec<Difference> {
        points
            .iter()
            .map(|&(samples, mean, half_width)| {
                let estimate = Estimate { mean, half_width: Some(half_width), n: 5 };
                Difference { samples, alone: estimate, jointly: estimate }
            })
            .collect()
    }

    fn judgement(theory: Theory, gains: &[(u64, f64, f64)], contrasts: &[&[(u64, f64, f64)]]) -> Judgement {
        let planned: Vec<u64> = gains.iter().map(|(samples, ..)| *samples).collect();
        let contrasts: Vec<Contrast> = contrasts
            .iter()
            .map(|points| Contrast {
                control: "control".to_owned(),
                role: Role::Permuted,
                differences: differences(points),
                trend: None,
            })
            .collect();
        judge(theory, &planned, &differences(gains), &contrasts, 0.01).0
    }

    const GAIN: &[(u64, f64, f64)] = &[(40, 0.06, 0.02), (640, 0.01, 0.02)];
    const NIL: (u64, f64, f64) = (640, 0.0, 0.02);

    #[test]
    fn smoothing_is_refuted_only_where_distillation_beats_every_control() {
        let smoothing = |contrasts: &[&[(u64, f64, f64)]]| judgement(Theory::LabelSmoothing, GAIN, contrasts);
        assert_eq!(smoothing(&[&[(40, 0.05, 0.02), NIL], &[(40, 0.04, 0.02), NIL]]), Judgement::Refuted);
        assert_eq!(smoothing(&[&[(40, 0.05, 0.02), NIL], &[(40, 0.01, 0.02), NIL]]), Judgement::Undecided);
        assert_eq!(smoothing(&[&[(40, 0.05, 0.02), NIL], &[(40, 0.001, 0.005), NIL]]), Judgement::Supported);
        // Where no gain is established (M = 640), an advantage over controls proves nothing.
        assert_eq!(smoothing(&[&[(40, 0.01, 0.02), (640, 0.05, 0.01)]]), Judgement::Undecided);
    }

    #[test]
    fn dark_knowledge_needs_a_cost_of_shuffling_and_no_counterexample() {
        let gain = &[(40, 0.06, 0.02), (80, 0.05, 0.02)];
        let dark = |points: &[(u64, f64, f64)]| judgement(Theory::DarkKnowledge, gain, &[points]);
        assert_eq!(dark(&[(40, 0.05, 0.02), (80, 0.01, 0.02)]), Judgement::Supported);
        assert_eq!(dark(&[(40, 0.05, 0.02), (80, 0.0, 0.005)]), Judgement::Undecided);
        assert_eq!(dark(&[(40, 0.0, 0.005), (80, -0.02, 0.01)]), Judgement::Refuted);
        assert_eq!(dark(&[(40, 0.01, 0.02), (80, 0.01, 0.02)]), Judgement::Undecided);
    }

    #[test]
    fn what_has_not_been_measured_proves_nothing() {
        let gain = &[(40, 0.06, 0.02), (80, 0.05, 0.02)];
        assert_eq!(judgement(Theory::DarkKnowledge, gain, &[&[]]), Judgement::Undecided);
        assert_eq!(judgement(Theory::DarkKnowledge, gain, &[&[(40, 0.05, 0.02)]]), Judgement::Undecided);
        let partly = [&[(40, 0.05, 0.02), (80, 0.04, 0.02)][..], &[(40, 0.05, 0.02)]];
        assert_eq!(judgement(Theory::LabelSmoothing, gain, &partly), Judgement::Undecided);
        let unplanned = judge(Theory::DarkKnowledge, &[40, 80, 160], &differences(gain), &[], 0.01);
        assert_eq!(unplanned.0, Judgement::Undecided, "{}", unplanned.1);
    }

    #[test]
    fn without_a_gain_there_is_nothing_to_explain() {
        let none = &[(40, 0.01, 0.02)];
        assert_eq!(judgement(Theory::DarkKnowledge, none, &[&[(40, 0.05, 0.01)]]), Judgement::Undecided);
    }
}
