//! An arm's place in the argument.

use kd_analysis::{ControlKind, Role};
use kd_core::objective::{Objective, Target};
use kd_core::supervision::{Control, Supervision};

use crate::study::Arm;

/// What `own` is for, among `arms`.
pub(super) fn role(own: &Arm, arms: &[Arm]) -> Role {
    let objective = &own.objective;
    match objective.target() {
        Some(Target::Labels) => return Role::Labels,
        Some(Target::SmoothedLabels) => {
            return Role::Control { kind: ControlKind::LabelSmoothing, of: None };
        }
        Some(Target::ChangedLabels) => {
            let is_weighted = matches!(objective, Objective::ConfidenceWeighted(_));
            let kind = ControlKind::ImportanceWeighted;
            return if is_weighted { Role::Control { kind, of: None } } else { Role::Other };
        }
        // Others are for what they hear of the teacher.
        Some(Target::Teacher) | None => {}
    }
    let heard: Vec<&Supervision> = objective.terms().into_iter().filter_map(Objective::supervision).collect();
    // Several teachers are heard in full as one is.
    let in_full = |supervision: &Supervision| supervision.is_full() || supervision.needs_ensemble();
    let mut changed = heard.iter().filter(|supervision| !in_full(supervision));
    if !objective.needs_teacher() {
        return Role::Other;
    }
    let Some(first) = changed.next() else { return Role::Distilled };
    match kind(first).filter(|first| changed.all(|supervision| kind(supervision) == Some(*first))) {
        Some(kind) => Role::Control { kind, of: heard_in_full(own, arms) },
        None => Role::Other,
    }
}

/// Which control a supervision makes, if any.
fn kind(supervision: &Supervision) -> Option<ControlKind> {
    Some(match supervision.control()? {
        Control::EntropyMatched => ControlKind::EntropyMatched,
        Control::Permuted => ControlKind::Permuted,
        Control::TopK => ControlKind::TopK,
        Control::ClassMean => ControlKind::ClassMeans,
        Control::Hard => ControlKind::Hard,
        Control::Random => ControlKind::Random,
    })
}

/// The arm that differs from `control` by full supervision only; of one that is tuned, at each of its values, of as many.
fn heard_in_full(control: &Arm, arms: &[Arm]) -> Option<String> {
    let of = |name: &str| -> Vec<&Arm> { arms.iter().filter(|arm| arm.name == name).collect() };
    let full = |arm: &Arm| {
        let full = arm.objective.with_full_supervision();
        arms.iter().find(|arm| arm.objective == full).map(|arm| arm.name.as_str())
    };
    let found = full(control)?;
    let variants = of(&control.name);
    let same = variants.iter().all(|variant| full(variant) == Some(found));
    (same && variants.len() == of(found).len()).then(|| found.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn objective(json: &str) -> Objective {
        serde_json::from_str(json).unwrap()
    }

    fn arm(name: &str, objective: Objective) -> Arm {
        Arm { name: name.to_owned(), levels: BTreeMap::new(), role: Role::Other, objective }
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
            (r#"{"confidence_weighted":{}}"#.to_owned(), control(ControlKind::ImportanceWeighted)),
            (r#"{"distillation":{"temperature":2.0,"label_weight":1.0}}"#.to_owned(), Role::Other),
            (heard("full"), Role::Distilled),
            (r#"{"features":{"loss":{"hint":{}}}}"#.to_owned(), Role::Distilled),
            (heard("entropy_matched"), control(ControlKind::EntropyMatched)),
            (heard("permuted"), control(ControlKind::Permuted)),
            (heard("hard"), control(ControlKind::Hard)),
            (heard("class_mean"), control(ControlKind::ClassMeans)),
            (heard("random"), control(ControlKind::Random)),
            (heard("where_right"), Role::Other),
            (heard("ensemble"), Role::Distilled),
            (sum(&[labels.clone(), heard("full")]), Role::Distilled),
            (sum(&[labels, heard("permuted"), heard("full")]), control(ControlKind::Permuted)),
            (sum(&[heard("entropy_matched"), heard("permuted")]), Role::Other),
        ] {
            let arm = arm("own", objective(&json));
            assert_eq!(role(&arm, std::slice::from_ref(&arm)), expected, "{json}");
        }
    }

    #[test]
    fn a_control_differs_by_supervision_alone() {
        let arm = |name: &str, temperature: f64, supervision: &str| {
            let heard = format!(r#"{{"{supervision}":{{}}}}"#);
            let json =
                format!(r#"{{"distillation":{{"temperature":{temperature:?},"supervision":{heard}}}}}"#);
            self::arm(name, objective(&json))
        };
        let arms = [
            arm("cold", 1.0, "full"),
            arm("warm", 4.0, "full"),
            arm("shuffled", 4.0, "permuted"),
            arm("matched", 1.0, "entropy_matched"),
            arm("hard", 4.0, "where_right"),
            arm("alone", 8.0, "permuted"),
            // Tuned, each of two values; and one that is tuned beside one that is not.
            arm("tuned", 2.0, "full"),
            arm("tuned", 3.0, "full"),
            arm("both", 2.0, "permuted"),
            arm("both", 3.0, "permuted"),
            arm("half", 2.0, "entropy_matched"),
        ];
        let roles: Vec<Role> = arms.iter().map(|arm| role(arm, &arms)).collect();
        let both = Some("tuned");
        let expected = [None, None, Some("warm"), Some("cold"), None, None, None, None, both, both, None];
        assert_eq!(roles.iter().map(Role::control_of).collect::<Vec<_>>(), expected);
    }
}
