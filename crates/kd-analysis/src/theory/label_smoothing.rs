use super::evidence::{Evidence, at_sizes};
use super::{Judgement, Theory};
use crate::metric::Metric;
use crate::role::ControlKind;

/// Distillation does no more than soften labels.
pub(super) struct LabelSmoothing;

impl Theory for LabelSmoothing {
    fn name(&self) -> &'static str {
        "label_smoothing"
    }

    fn claim(&self) -> &'static str {
        "Distillation is label smoothing"
    }

    fn sources(&self) -> &'static str {
        "Yuan et al. 2020; Müller et al. 2019"
    }

    fn controls(&self) -> &'static [ControlKind] {
        &[ControlKind::LabelSmoothing, ControlKind::EntropyMatched]
    }

    fn needs(&self) -> &'static str {
        "control of smoothed labels or of matched entropy"
    }

    fn term(&self) -> &'static str {
        "label smoothing"
    }

    fn how_to_read(&self, metric: &Metric, margin: f64) -> String {
        format!(
            "Claims that distillation does no more than soften labels. Refuted where distillation beats labels and every \
             smoothing control at some M; supported where a control is within {} of it at every M at which \
             distillation beats labels.",
            metric.amount(margin)
        )
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Option<(Judgement, String)> {
        let established = evidence.established();
        if let Some(advantage) = evidence.advantage() {
            let because = format!(
                "at {}, where distillation beats labels, it also beats every smoothing control, by {advantage}",
                at_sizes(&evidence.beaten())
            );
            return Some((Judgement::Refuted, because));
        }
        established.iter().all(|&samples| evidence.is_equalled(samples)).then(|| {
            let because = format!(
                "a smoothing control equals distillation wherever it beats labels ({})",
                at_sizes(&established)
            );
            (Judgement::Supported, because)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::tests::{GAIN, NIL, Points, judged};

    #[test]
    fn smoothing_is_refuted_only_where_distillation_beats_every_control() {
        let smoothing = |contrasts: &[Points<'_>]| judged(&LabelSmoothing, GAIN, contrasts);
        assert_eq!(smoothing(&[&[(40, 0.05, 0.02), NIL], &[(40, 0.04, 0.02), NIL]]), Judgement::Refuted);
        assert_eq!(smoothing(&[&[(40, 0.05, 0.02), NIL], &[(40, 0.01, 0.02), NIL]]), Judgement::Undecided);
        assert_eq!(smoothing(&[&[(40, 0.05, 0.02), NIL], &[(40, 0.001, 0.005), NIL]]), Judgement::Supported);
        // Where no gain is established (M = 640), an advantage over controls proves nothing.
        assert_eq!(smoothing(&[&[(40, 0.01, 0.02), (640, 0.05, 0.01)]]), Judgement::Undecided);
    }
}
