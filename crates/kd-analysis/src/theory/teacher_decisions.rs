use super::{Test, Theory};
use crate::role::ControlKind;

/// The teacher's classes, without its probabilities, carry the gain.
pub(super) const THEORY: Theory = Theory {
    name: "teacher_decisions",
    term: "the teacher's decisions",
    claim: "The teacher's decisions carry the gain",
    sources: "Beyer et al. 2022; Lee 2013",
    prediction: "the teacher's top class in place of the label gains what distillation gains",
    needs: "control with the teacher's top class alone",
    test: Test::Reproduces(&[ControlKind::Hard]),
};
