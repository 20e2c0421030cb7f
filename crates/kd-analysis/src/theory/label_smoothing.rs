use super::{Test, Theory};
use crate::role::ControlKind;

/// Distillation does no more than soften labels.
pub(super) const THEORY: Theory = Theory {
    name: "label_smoothing",
    term: "label smoothing",
    claim: "Label smoothing explains the gain",
    sources: "Yuan et al. 2020; Müller et al. 2019",
    prediction: "labels that are smoothed, evenly or by the teacher's confidence in each example, gain what distillation gains at every M",
    needs: "control of smoothed labels or of matched entropy",
    test: Test::Reproduces(&[ControlKind::LabelSmoothing, ControlKind::EntropyMatched]),
};
