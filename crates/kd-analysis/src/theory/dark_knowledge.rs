use super::evidence::{Evidence, at_sizes};
use super::{Judgement, Theory};
use crate::metric::Metric;
use crate::role::ControlKind;

/// The teacher's probabilities over the wrong classes carry the gain.
pub(super) struct DarkKnowledge;

impl Theory for DarkKnowledge {
    fn name(&self) -> &'static str {
        "dark_knowledge"
    }

    fn claim(&self) -> &'static str {
        "Dark knowledge carries the gain"
    }

    fn sources(&self) -> &'static str {
        "Hinton et al. 2015; Furlanello et al. 2018"
    }

    fn controls(&self) -> &'static [ControlKind] {
        &[ControlKind::Permuted]
    }

    fn needs(&self) -> &'static str {
        "control with permuted wrong classes"
    }

    fn term(&self) -> &'static str {
        "dark knowledge"
    }

    fn how_to_read(&self, metric: &Metric, _margin: f64) -> String {
        format!(
            "Claims that the teacher's probabilities over the wrong classes carry the gain. Supported where shuffling them \
             {} at some M at which distillation beats labels and at none does it cost nothing; refuted where it \
             costs nothing at all of them.",
            metric.harm()
        )
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Option<(Judgement, String)> {
        let established = evidence.established();
        let costs_nothing =
            |&samples: &u64| evidence.is_equalled(samples) || evidence.is_below_a_control(samples);
        if established.iter().all(costs_nothing) {
            let because = format!(
                "shuffling the wrong classes costs nothing where distillation beats labels ({})",
                at_sizes(&established)
            );
            return Some((Judgement::Refuted, because));
        }
        let advantage = evidence.advantage().filter(|_| !established.iter().any(costs_nothing))?;
        let because = format!(
            "at {}, where distillation beats labels, shuffling the wrong classes {}, {advantage}",
            at_sizes(&evidence.beaten()),
            evidence.metric.harm()
        );
        Some((Judgement::Supported, because))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::tests::judged;

    #[test]
    fn dark_knowledge_needs_a_cost_of_shuffling_and_no_counterexample() {
        let gain = &[(40, 0.06, 0.02), (80, 0.05, 0.02)];
        let dark = |points: &[(u64, f64, f64)]| judged(&DarkKnowledge, gain, &[points]);
        assert_eq!(dark(&[(40, 0.05, 0.02), (80, 0.01, 0.02)]), Judgement::Supported);
        assert_eq!(dark(&[(40, 0.05, 0.02), (80, 0.0, 0.005)]), Judgement::Undecided);
        assert_eq!(dark(&[(40, 0.0, 0.005), (80, -0.02, 0.01)]), Judgement::Refuted);
        assert_eq!(dark(&[(40, 0.01, 0.02), (80, 0.01, 0.02)]), Judgement::Undecided);
    }
}
