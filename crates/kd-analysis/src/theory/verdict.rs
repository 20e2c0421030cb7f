//! Theories judged on one task.

use serde::{Deserialize, Serialize};

use super::evidence::{Contrast, Evidence, at_sizes};
use super::{THEORIES, Theory};
use crate::contrast::Cells;
use crate::role::{ControlKind, Role};

/// What the data say of a theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The theory's name.
    pub theory: String,
    /// Its claim, as a sentence without its full stop.
    pub claim: String,
    /// Who put it forward.
    pub sources: String,
    /// The distilled arm it was tested on; absent where there is none to test.
    pub arm: Option<String>,
    /// What the data say.
    pub judgement: Judgement,
    /// Why, in a sentence.
    pub because: String,
    /// The contrasts it rests on.
    pub contrasts: Vec<Contrast>,
}

/// Fewer replicates than this are shown, and nothing is claimed.
pub const FEWEST_SEEDS: usize = 5;

/// Verdicts on every theory for one task.
pub(crate) fn verdicts(cells: &Cells<'_>, margin: f64) -> Vec<Verdict> {
    THEORIES.iter().flat_map(|&theory| verdicts_on(theory, cells, margin)).collect()
}

/// One verdict for each distilled arm that the theory can be tested on, or one that says why there is none.
fn verdicts_on(theory: &dyn Theory, cells: &Cells<'_>, margin: f64) -> Vec<Verdict> {
    let distilled: Vec<&str> =
        cells.arms().filter(|(role, _)| **role == Role::Distilled).map(|(_, arm)| arm).collect();
    // Where some arm has controls of its own, only those arms are tested that do.
    let own = |arm: &str| controls(theory, cells, arm).iter().any(|(kind, _)| !kind.is_of_every_arm());
    let any_own = distilled.iter().any(|arm| own(arm));
    let tested: Vec<&str> = distilled
        .iter()
        .copied()
        .filter(|arm| !controls(theory, cells, arm).is_empty() && (own(arm) || !any_own))
        .collect();
    let labels = cells.arm_of(&Role::Labels);
    let Some(labels) = labels.filter(|_| !tested.is_empty()) else {
        let because = untested(theory, labels.is_some(), !distilled.is_empty());
        return vec![verdict(theory, None, (Judgement::Undecided, because), Vec::new())];
    };
    let on = |arm: &str| {
        let gains = cells.differences(arm, labels, tested.len());
        let contrasts: Vec<Contrast> = controls(theory, cells, arm)
            .into_iter()
            .map(|(kind, control)| Contrast {
                control: control.to_owned(),
                kind,
                differences: cells.differences(arm, control, tested.len()),
                trend: cells.trend(arm, control),
            })
            .collect();
        let metric = cells.metric();
        let evidence =
            Evidence { planned: cells.planned(), gains: &gains, contrasts: &contrasts, margin, metric };
        let judged = judge(theory, &evidence);
        verdict(theory, Some(arm.to_owned()), judged, contrasts)
    };
    tested.iter().map(|arm| on(arm)).collect()
}

/// The arms that `theory` compares `arm` with.
fn controls<'a>(theory: &dyn Theory, cells: &Cells<'a>, arm: &str) -> Vec<(ControlKind, &'a str)> {
    cells
        .arms()
        .filter(|(role, _)| {
            let kind = role.control().filter(|kind| theory.controls().contains(kind));
            kind.is_some_and(|kind| kind.is_of_every_arm() || role.control_of() == Some(arm))
        })
        .filter_map(|(role, control)| Some((role.control()?, control)))
        .collect()
}

fn untested(theory: &dyn Theory, has_labels: bool, has_distilled: bool) -> String {
    match (has_labels, has_distilled) {
        (false, _) => "there is no finished arm trained on labels to compare with".to_owned(),
        (_, false) => "there is no finished arm trained on the teacher's full signal".to_owned(),
        (true, true) => format!("the study has no {}", theory.needs()),
    }
}

fn verdict(
    theory: &dyn Theory,
    arm: Option<String>,
    (judgement, because): (Judgement, String),
    contrasts: Vec<Contrast>,
) -> Verdict {
    Verdict {
        theory: theory.name().to_owned(),
        claim: theory.claim().to_owned(),
        sources: theory.sources().to_owned(),
        arm,
        judgement,
        because,
        contrasts,
    }
}

/// A claim over the curve needs all of the curve, of the arm, of labels and of every control, and something to explain.
pub(super) fn judge(theory: &dyn Theory, evidence: &Evidence<'_>) -> (Judgement, String) {
    let because = if let Some((samples, fewest)) = evidence.gap(FEWEST_SEEDS) {
        format!(
            "a verdict takes {FEWEST_SEEDS} finished seeds of every arm in it at every M; at M = {samples} there are {fewest}"
        )
    } else if evidence.established().is_empty() {
        "no gain over labels is established at any M, so there is nothing to explain".to_owned()
    } else if let Some(judged) = theory.judge(evidence) {
        return judged;
    } else {
        format!(
            "where distillation beats labels ({}), the intervals of the contrasts allow for both answers",
            at_sizes(&evidence.established())
        )
    };
    (Judgement::Undecided, because)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::made_up::{arm, study};
    use crate::table::RunRow;

    const LABELS: [(u64, f64); 2] = [(10, 0.5), (40, 0.7)];
    const BETTER: [(u64, f64); 2] = [(10, 0.6), (40, 0.8)];

    /// Arms and roles, the last with what it is the control of; all but labels are better than these.
    fn found(arms: &[(&str, &str, Option<&str>)]) -> Vec<Verdict> {
        let rows: Vec<RunRow> = arms
            .iter()
            .flat_map(|(name, role, of)| {
                let accuracies = if *role == "distilled" { BETTER } else { LABELS };
                arm(name, role, &accuracies, &json!({ "control_of": of }))
            })
            .collect();
        let rows: Vec<&RunRow> = rows.iter().collect();
        let study = study(&[10, 40], 0);
        verdicts(&Cells::new(&rows, &study, &study.tasks[0]), 0.01)
    }

    /// Of a theory: the arms tested, and the controls of each.
    fn tested(verdicts: &[Verdict], theory: &str) -> Vec<(Option<String>, Vec<String>)> {
        let of = |verdict: &Verdict| {
            let controls = verdict.contrasts.iter().map(|contrast| contrast.control.clone());
            (verdict.arm.clone(), controls.collect())
        };
        verdicts.iter().filter(|verdict| verdict.theory == theory).map(of).collect()
    }

    fn arms(of: &[(&str, &[&str])]) -> Vec<(Option<String>, Vec<String>)> {
        let text = |name: &&str| (*name).to_owned();
        of.iter()
            .map(|(arm, controls)| (Some((*arm).to_owned()), controls.iter().map(text).collect()))
            .collect()
    }

    const BOTH: [(&str, &str, Option<&str>); 3] =
        [("labels", "labels", None), ("warm", "distilled", None), ("cold", "distilled", None)];

    #[test]
    fn an_arm_is_tested_by_its_own_controls_and_smoothed_labels() {
        let smoothed = ("smoothed", "label_smoothing", None);
        let permuted = ("shuffled", "permuted", Some("warm"));
        let found_all = found(&[&BOTH[..], &[smoothed, permuted]].concat());
        let both = arms(&[("warm", &["smoothed"]), ("cold", &["smoothed"])]);
        assert_eq!(tested(&found_all, "label_smoothing"), both);
        assert_eq!(tested(&found_all, "dark_knowledge"), arms(&[("warm", &["shuffled"])]));
        assert!(found_all.iter().all(|verdict| verdict.judgement != Judgement::Undecided));
        // Where one arm has a control of its own, the other would be judged by less.
        let matched = ("matched", "entropy_matched", Some("cold"));
        let with_own = found(&[&BOTH[..], &[smoothed, matched]].concat());
        assert_eq!(tested(&with_own, "label_smoothing"), arms(&[("cold", &["smoothed", "matched"])]));
    }

    #[test]
    fn what_cannot_be_tested_says_why() {
        let because = |arms: &[(&str, &str, Option<&str>)]| -> Vec<String> {
            let untested = found(arms).into_iter().inspect(|verdict| {
                assert_eq!((verdict.judgement, &verdict.arm), (Judgement::Undecided, &None));
            });
            untested.map(|verdict| verdict.because).collect()
        };
        let labels = "there is no finished arm trained on labels to compare with";
        assert_eq!(because(&BOTH[1..]), [labels; 2]);
        let full = "there is no finished arm trained on the teacher's full signal";
        assert_eq!(because(&BOTH[..1]), [full; 2]);
        assert_eq!(
            because(&BOTH),
            [
                "the study has no control of smoothed labels or of matched entropy",
                "the study has no control with permuted wrong classes"
            ]
        );
    }

    #[test]
    fn a_control_missing_a_seed_leaves_the_verdict_open() {
        let mut rows = arm("labels", "labels", &LABELS, &Value::Null);
        rows.extend(arm("warm", "distilled", &BETTER, &Value::Null));
        rows.extend(arm("shuffled", "permuted", &LABELS, &json!({ "control_of": "warm" })));
        let study = study(&[10, 40], 0);
        let judged = |rows: &[RunRow]| {
            let rows: Vec<&RunRow> = rows.iter().collect();
            verdicts(&Cells::new(&rows, &study, &study.tasks[0]), 0.01).pop().unwrap()
        };
        assert_eq!(judged(&rows).judgement, Judgement::Supported);
        rows.pop();
        let open = judged(&rows);
        assert_eq!(open.judgement, Judgement::Undecided);
        assert!(open.because.ends_with("at M = 40 there are 4"), "{}", open.because);
    }
}
