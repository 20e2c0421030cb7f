use super::{Test, Theory};
use crate::role::ControlKind;

/// The few most probable classes carry the gain.
pub(super) const THEORY: Theory = Theory {
    name: "few_classes",
    term: "few classes",
    claim: "The teacher's few most probable classes carry the gain",
    sources: "Furlanello et al. 2018; Tang et al. 2020",
    prediction: "a teacher that is cut down to its k most probable classes gains nearly as much, the more the larger k",
    needs: "control with the teacher's top k classes",
    test: Test::Reproduces(&[ControlKind::TopK]),
};
