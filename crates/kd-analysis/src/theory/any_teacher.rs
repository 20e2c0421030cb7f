use super::{Test, Theory};
use crate::role::ControlKind;

/// Soft targets help whatever they say.
pub(super) const THEORY: Theory = Theory {
    name: "any_teacher",
    term: "any teacher",
    claim: "What the teacher says does not matter",
    sources: "Mason-Williams et al. 2025 (who refute it)",
    prediction: "random outputs of the teacher's entropy gain what distillation gains",
    needs: "control with random outputs of matched entropy",
    test: Test::Reproduces(&[ControlKind::Random]),
};
