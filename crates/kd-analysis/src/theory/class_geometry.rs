use super::{Test, Theory};
use crate::role::ControlKind;

/// How classes lie to each other carries the gain.
pub(super) const THEORY: Theory = Theory {
    name: "class_geometry",
    term: "class geometry",
    claim: "The similarity of classes carries the gain",
    sources: "Tang et al. 2020",
    prediction: "one row of mean probabilities for each class, which knows nothing of examples, gains what distillation gains",
    needs: "control with the teacher's class means",
    test: Test::Reproduces(&[ControlKind::ClassMeans]),
};
