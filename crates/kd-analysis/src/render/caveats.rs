//! What is doubtful of a claim, said beside it.

use std::collections::BTreeMap;

use kd_doubt::Doubt;

use super::sentence::leading_gain;
use crate::findings::Findings;
use crate::role::Role;
use crate::task::TaskFindings;
use crate::theory::{Verdict, at_sizes};

/// So many are said beside a claim; all are in the list of doubts.
const FEW: usize = 4;

/// What is to be minded of the answer on a task: doubts about its data and its teacher, about labels and the arm that stands for
/// distillation; none where there is nothing.
pub(super) fn of_task(task: &TaskFindings, findings: &Findings) -> Option<String> {
    let arms = answering(task);
    let of_data = findings.doubts.iter().filter(|doubt| {
        let place = doubt.place.strip_prefix(&task.info.name);
        let beneath = place.and_then(|rest| if rest.is_empty() { Some("") } else { rest.strip_prefix(": ") });
        beneath.is_some_and(|beneath| {
            !task.curves.iter().any(|curve| curve.arm == beneath) && beneath != "teacher"
        })
    });
    let of_data = of_data.map(|doubt| doubt.what.clone());
    let of_arms = of_arms(task, &arms, findings);
    let of_teacher = doubts_of(task, "teacher", findings).map(|doubt| format!("the teacher {}", doubt.what));
    said(of_teacher.chain(of_arms).chain(of_data).collect())
}

/// What is to be minded of a verdict beside that: doubts about the arms it compares.
pub(super) fn of_verdict(verdict: &Verdict, task: &TaskFindings, findings: &Findings) -> Option<String> {
    let answering = answering(task);
    let compared = verdict.contrasts.iter().map(|contrast| &contrast.control).chain(&verdict.arm);
    let mut arms: Vec<&str> = compared.map(String::as_str).filter(|arm| !answering.contains(arm)).collect();
    arms.dedup();
    said(of_arms(task, &arms, findings))
}

/// Labels and the arm that stands for distillation.
fn answering(task: &TaskFindings) -> Vec<&str> {
    let labels =
        task.curves.iter().filter(|curve| curve.role == Role::Labels).map(|curve| curve.arm.as_str());
    labels.take(1).chain(leading_gain(task).map(|gain| gain.arm.as_str())).collect()
}

fn doubts_of<'a>(
    task: &TaskFindings,
    arm: &str,
    findings: &'a Findings,
) -> impl Iterator<Item = &'a Doubt> + use<'a> {
    let places = [format!("{}: {arm}", task.name()), format!("{}: {arm}", task.info.name)];
    findings.doubts.iter().filter(move |doubt| places.contains(&doubt.place))
}

/// Their doubts, what is the same of several once; edges of grids that were hit, and runs that failed.
fn of_arms(task: &TaskFindings, arms: &[&str], findings: &Findings) -> Vec<String> {
    let mut told: Vec<(&Doubt, Vec<&str>)> = Vec::new();
    for arm in arms {
        for doubt in doubts_of(task, arm, findings) {
            match told.iter_mut().find(|(known, _)| (known.kind, &known.what) == (doubt.kind, &doubt.what)) {
                Some((_, arms)) => arms.push(arm),
                None => told.push((doubt, vec![arm])),
            }
        }
    }
    let mut said: Vec<String> = told.iter().map(|(doubt, arms)| of_several(doubt, arms)).collect();
    said.extend(
        arms.iter().flat_map(|arm| edges(task, arm).into_iter().chain(failures(task, arm, findings))),
    );
    said
}

/// `labels and smoothed are undertrained at M = 40`; what has a verb of its own has it once for each.
fn of_several(doubt: &Doubt, arms: &[&str]) -> String {
    let is_state = doubt.what.starts_with("undertrained");
    match arms {
        [arm] if is_state => format!("{arm} is {}", doubt.what),
        [arms @ .., last] if is_state => format!("{} and {last} are {}", arms.join(", "), doubt.what),
        arms => arms.iter().map(|arm| format!("{arm} {}", doubt.what)).collect::<Vec<_>>().join("; "),
    }
}

fn edges(task: &TaskFindings, arm: &str) -> Option<String> {
    let mut hit: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for choice in task.tuning.iter().filter(|choice| choice.arm == arm) {
        for factor in &choice.at_edge {
            hit.entry(factor).or_default().push(choice.samples);
        }
    }
    let each: Vec<String> =
        hit.iter().map(|(factor, sizes)| format!("{factor} at {}", at_sizes(sizes))).collect();
    (!each.is_empty()).then(|| {
        format!(
            "{arm} was chosen at the edge of its grid ({}), beyond which it may be better",
            each.join("; ")
        )
    })
}

fn failures(task: &TaskFindings, arm: &str, findings: &Findings) -> Option<String> {
    let is_of = |row: &&crate::RunRow| {
        let place = row.place();
        let is_level = |(factor, level): (&String, &crate::Datum)| {
            place.factors.get(factor).is_none_or(|own| own == level)
        };
        place.task == task.info.name && place.arm == arm && task.factors.iter().all(is_level)
    };
    let mut sizes: Vec<u64> = findings.failures.iter().filter(is_of).map(|row| row.place().samples).collect();
    let count = sizes.len();
    sizes.sort_unstable();
    sizes.dedup();
    let runs = if count == 1 { "run" } else { "runs" };
    (count > 0)
        .then(|| format!("{count} {runs} of {arm} failed at {}, whose pairs are left out", at_sizes(&sizes)))
}

/// `Mind that a; b.`
fn said(mut caveats: Vec<String>) -> Option<String> {
    let more = caveats.len().saturating_sub(FEW);
    caveats.truncate(FEW);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more among the doubts") };
    (!caveats.is_empty()).then(|| format!("Mind that {}{rest}", caveats.join("; ")))
}

#[cfg(test)]
mod tests {
    use kd_doubt::Kind;
    use serde_json::{Value, json};

    use super::*;
    use crate::made_up::{arm, row, study};
    use crate::render::{html, markdown, terminal};

    /// Labels, a distilled arm that is undertrained, and a control of it that failed once.
    fn found() -> Findings {
        let mut study = study(&[10, 40], 0);
        study.doubts = vec![
            Doubt::mistake(Kind::Overlap, "digits", "17 test examples are training examples too"),
            Doubt::weak(Kind::Design, "letters", "the test split has 10 examples"),
        ];
        let moving = json!({ "converged": false });
        let mut rows = arm("labels", "labels", &[(10, 0.5), (40, 0.6)], &Value::Null);
        rows.extend(arm("distilled", "distilled", &[(10, 0.7), (40, 0.8)], &moving));
        let of = json!({ "control_of": "distilled" });
        rows.extend(arm("permuted", "permuted", &[(10, 0.5), (40, 0.6)], &of));
        let failed = json!({ "outcome": "failed", "test_accuracy": null, "control_of": "distilled" });
        rows.push(row("permuted", "permuted", 40, 6, 0.0, &failed));
        Findings::of(&study, &rows, &[])
    }

    #[test]
    fn what_is_doubtful_of_a_claim_stands_beside_it_everywhere() {
        let found = found();
        let task = &found.tasks[0];
        let said =
            "Mind that distilled is undertrained at every M; 17 test examples are training examples too";
        assert_eq!(of_task(task, &found).as_deref(), Some(said));
        let verdict = task.verdicts.iter().find(|verdict| verdict.theory == "dark_knowledge").unwrap();
        let of_control = "Mind that 1 run of permuted failed at M = 40, whose pairs are left out";
        assert_eq!(of_verdict(verdict, task, &found).as_deref(), Some(of_control));
        for page in [terminal(&found, false), markdown(&found), html(&found)] {
            assert!(page.contains(said) && page.contains(of_control), "{page}");
        }
    }

    #[test]
    fn many_are_counted() {
        let many: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec();
        assert_eq!(said(many).as_deref(), Some("Mind that a; b; c; d; and 2 more among the doubts"));
        assert_eq!(said(Vec::new()), None);
    }
}
