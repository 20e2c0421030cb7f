//! An arm's place in the argument.

use kd_analysis::{ControlKind, Role};
use kd_core::objective::{Objective, Target};
use kd_core::supervision::{Control, Supervision};

use crate::study::Arm;

/// What an arm of this objective is for, among `arms`.
pub(super) fn role(objective: &Objective, arms: &[Arm]) -> Role {
    match objective.target() {
        Some(Target::Labels) => return Role::Labels,
        Some(Target::SmoothedLabels) => {
            return Role::Control { kind: ControlKind::LabelSmoothing, of: None };
        }
        Some(Target::ChangedLabels) => return Role::Other,
        // Others are for what they hear of the teacher.
        Some(Target::Teacher) | None => {}
    }
    let heard: Vec<&Supervision> = objective.terms().into_iter().filter_map(Objective::supervision).collect();
    let mut changed = heard.iter().filter(|supervision| !supervision.is_full());
    if !objective.needs_teacher() {
        return Role::Other;
    }
    let Some(first) = changed.next() else { return Role::Distilled };
    match kind(first).filter(|first| changed.all(|supervision| kind(supervision) == Some(*first))) {
        Some(kind) => Role::Control { kind, of: heard_in_full(objective, arms) },
        None => Role::Other,
    }
}

/// Which control a supervision makes, if any.
fn kind(supervision: &Supervision) -> Option<ControlKind> {
    Some(match supervision.control()? {
        Control::EntropyMatched => ControlKind::EntropyMatched,
        Control::Permuted => ControlKind::Permuted,
    })
}

/// The arm that differs from `control` by full supervision only.
fn heard_in_full(control: &Objective, arms: &[Arm]) -> Option<String> {
    let full = control.with_full_supervision();
    arms.iter().find(|arm| arm.objective == full).map(|arm| arm.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective(json: &str) -> Objective {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_arm_is_what_its_objective_makes_of_the_teacher() {
        let heard = |supervision: &str| {
            format!(r#"{{"distillation":{{"temperature":2.0,"supervision":{{"{supervision}":{{}}}}}}}}"#)
        };
        let sum = |terms: &[String]| {
            let term = |(place, term): (usize, &String)| format!(r#""{place}":{{"objective":{term}}}"#);
            let terms: Vec<String> = terms.iter().enumerate().map(term).collect();
            format!(r#"{{"sum":{{"terms":{{{}}}}}}}"#, terms.join(","))
        };
        let labels = r#"{"cross_entropy":{}}"#.to_owned();
        let control = |kind| Role::Control { kind, of: None };
        for (json, expected) in [
            (labels.clone(), Role::Labels),
            (r#"{"cross_entropy":{"temperature":2.0}}"#.to_owned(), Role::Other),
            (r#"{"squared_error":{}}"#.to_owned(), Role::Labels),
            (r#"{"huber":{}}"#.to_owned(), Role::Labels),
            (r#"{"label_smoothing":{"epsilon":0.1}}"#.to_owned(), control(ControlKind::LabelSmoothing)),
            (r#"{"virtual_teacher":{}}"#.to_owned(), control(ControlKind::LabelSmoothing)),
            (r#"{"confidence_weighted":{}}"#.to_owned(), Role::Other),
            (r#"{"distillation":{"temperature":2.0,"label_weight":1.0}}"#.to_owned(), Role::Other),
            (heard("full"), Role::Distilled),
            (r#"{"features":{"loss":{"hint":{}}}}"#.to_owned(), Role::Distilled),
            (heard("entropy_matched"), control(ControlKind::EntropyMatched)),
            (heard("permuted"), control(ControlKind::Permuted)),
            (heard("hard"), Role::Other),
            (sum(&[labels.clone(), heard("full")]), Role::Distilled),
            (sum(&[labels, heard("permuted"), heard("full")]), control(ControlKind::Permuted)),
            (sum(&[heard("entropy_matched"), heard("permuted")]), Role::Other),
        ] {
            assert_eq!(role(&objective(&json), &[]), expected, "{json}");
        }
    }

    #[test]
    fn a_control_differs_by_supervision_alone() {
        let arm = |name: &str, temperature: f64, supervision: &str| {
            let objective = objective(&format!(
                r#"{{"distillation":{{"temperature":{temperature:?},"supervision":{{"{supervision}":{{}}}}}}}}"#
            ));
            Arm { name: name.to_owned(), role: Role::Other, objective }
        };
        let arms = [
            arm("cold", 1.0, "full"),
            arm("warm", 4.0, "full"),
            arm("shuffled", 4.0, "permuted"),
            arm("matched", 1.0, "entropy_matched"),
            arm("hard", 4.0, "hard"),
            arm("alone", 8.0, "permuted"),
        ];
        let roles: Vec<Role> = arms.iter().map(|arm| role(&arm.objective, &arms)).collect();
        let expected = [None, None, Some("warm"), Some("cold"), None, None];
        assert_eq!(roles.iter().map(Role::control_of).collect::<Vec<_>>(), expected);
    }
}
