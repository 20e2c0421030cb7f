use super::{Test, Theory};
use crate::role::ControlKind;

/// What the teacher says of wrong classes carries the gain.
pub(super) const THEORY: Theory = Theory {
    name: "dark_knowledge",
    term: "dark knowledge",
    claim: "Dark knowledge carries the gain",
    sources: "Hinton et al. 2015; Furlanello et al. 2018",
    prediction: "the gain is lost where the teacher's wrong classes are shuffled, and where only its confidence is left, the more so as M shrinks",
    needs: "control with permuted wrong classes beside one of matched entropy",
    test: Test::Removes(&[ControlKind::Permuted, ControlKind::EntropyMatched]),
};
