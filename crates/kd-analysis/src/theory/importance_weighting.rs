use super::{Test, Theory};
use crate::role::ControlKind;

/// The teacher tells which examples count.
pub(super) const THEORY: Theory = Theory {
    name: "importance_weighting",
    term: "importance weighting",
    claim: "Weighting examples by the teacher's confidence explains the gain",
    sources: "Furlanello et al. 2018; Tang et al. 2020",
    prediction: "labels weighted by the teacher's largest probability gain what distillation gains",
    needs: "control of labels weighted by the teacher's confidence",
    test: Test::Reproduces(&[ControlKind::ImportanceWeighted]),
};
