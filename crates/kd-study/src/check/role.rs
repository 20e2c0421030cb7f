//! An arm's place in the argument.

use kd_analysis::Role;
use kd_core::objective::Objective;
use kd_core::supervision::Supervision;

use crate::study::Arm;

pub(super) fn role(objective: &Objective) -> Role {
    match objective {
        Objective::CrossEntropy(labels) if labels.temperature.is_none() => return Role::Labels,
        Objective::SquaredError(_) | Objective::Huber(_) => return Role::Labels,
        Objective::LabelSmoothing(_) | Objective::VirtualTeacher(_) => return Role::LabelSmoothing,
        Objective::ConfidenceWeighted(_) => return Role::Other,
        _ => {}
    }
    let heard: Vec<&Supervision> = objective.terms().into_iter().filter_map(Objective::supervision).collect();
    let changed = || heard.iter().filter(|supervision| !matches!(supervision, Supervision::Full(_)));
    if !objective.needs_teacher() {
        Role::Other
    } else if changed().next().is_none() {
        Role::Distilled
    } else if changed().all(|supervision| matches!(supervision, Supervision::EntropyMatched(_))) {
        Role::EntropyMatched
    } else if changed().all(|supervision| matches!(supervision, Supervision::Permuted(_))) {
        Role::Permuted
    } else {
        Role::Other
    }
}

/// The arm that differs from `control` by full supervision only.
pub(super) fn control_of(control: &Arm, arms: &[Arm]) -> Option<String> {
    if !matches!(control.role, Role::EntropyMatched | Role::Permuted) {
        return None;
    }
    let full = control.objective.with_full_supervision();
    arms.iter().find(|arm| arm.objective == full).map(|arm| arm.name.clone())
}
