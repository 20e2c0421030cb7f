//! What a verdict rests on.

use serde::{Deserialize, Serialize};

use crate::contrast::Difference;
use crate::interval::Estimate;
use crate::role::ControlKind;

/// A distilled arm against a control, over M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// The control.
    pub control: String,
    /// What it leaves of distillation.
    pub kind: ControlKind,
    /// Distilled minus control.
    pub differences: Vec<Difference>,
    /// Change of that difference per doubling of M.
    pub trend: Option<Estimate>,
}

/// What is known of one distilled arm: its gain over labels, and how it compares with its controls.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// Every M that the study asks for.
    pub(super) planned: &'a [u64],
    /// Over labels.
    pub(super) gains: &'a [Difference],
    /// With each control.
    pub(super) contrasts: &'a [Contrast],
    /// Up to this, a difference counts as none.
    pub(super) margin: f64,
}

impl Evidence<'_> {
    /// The first M, with its number of seeds, at which an arm has fewer than `seeds` in common with the distilled one.
    pub(super) fn gap(&self, seeds: usize) -> Option<(u64, usize)> {
        let curves = || {
            let contrasts = self.contrasts.iter().map(|contrast| &contrast.differences[..]);
            std::iter::once(self.gains).chain(contrasts)
        };
        let fewest =
            |samples| curves().map(|curve| at(curve, samples).map_or(0, |found| found.n)).min().unwrap_or(0);
        self.planned.iter().map(|&samples| (samples, fewest(samples))).find(|(_, fewest)| *fewest < seeds)
    }

    /// Every M at which the gain over labels is established.
    #[must_use]
    pub fn established(&self) -> Vec<u64> {
        self.gains.iter().filter(|gain| gain.jointly.is_above_zero()).map(|gain| gain.samples).collect()
    }

    /// Every M among them at which distillation is above every control as well.
    #[must_use]
    pub fn beaten(&self) -> Vec<u64> {
        let mut beaten = self.established();
        beaten.retain(|&samples| {
            self.contrasts
                .iter()
                .all(|contrast| at(&contrast.differences, samples).is_some_and(|found| found.is_above_zero()))
        });
        beaten
    }

    /// By how much at the first of these, at least; none if there is none.
    #[must_use]
    pub fn advantage(&self) -> Option<String> {
        let samples = *self.beaten().first()?;
        let least = self.estimates(samples).map(|found| found.mean).fold(f64::INFINITY, f64::min);
        Some(format!("{:.1} points or more at M = {samples}", 100.0 * least))
    }

    /// Whether some control is equivalent to distillation at M.
    #[must_use]
    pub fn is_equalled(&self, samples: u64) -> bool {
        self.estimates(samples).any(|found| found.is_within(self.margin))
    }

    /// Whether distillation is below some control at M.
    #[must_use]
    pub fn is_below_a_control(&self, samples: u64) -> bool {
        self.estimates(samples).any(|found| found.is_below_zero())
    }

    /// The differences from each control at M, where there is one.
    fn estimates(&self, samples: u64) -> impl Iterator<Item = Estimate> {
        self.contrasts.iter().filter_map(move |contrast| at(&contrast.differences, samples))
    }
}

/// The difference at M, with the interval that holds jointly.
fn at(curve: &[Difference], samples: u64) -> Option<Estimate> {
    curve.iter().find(|found| found.samples == samples).map(|found| found.jointly)
}

/// `M = 40, 160 and 640`.
pub(super) fn at_sizes(samples: &[u64]) -> String {
    let numbers: Vec<String> = samples.iter().map(u64::to_string).collect();
    match numbers.split_last() {
        Some((last, before)) if !before.is_empty() => format!("M = {} and {last}", before.join(", ")),
        _ => format!("M = {}", numbers.join("")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::theory::verdict::judge;
    use crate::theory::{DarkKnowledge, Judgement, LabelSmoothing, Theory};

    /// M, mean difference and half-width.
    pub(in crate::theory) type Points<'a> = &'a [(u64, f64, f64)];

    pub(in crate::theory) const GAIN: Points<'_> = &[(40, 0.06, 0.02), (640, 0.01, 0.02)];
    pub(in crate::theory) const NIL: (u64, f64, f64) = (640, 0.0, 0.02);

    const NONE: (u64, f64, f64) = (160, 0.0, 0.02);

    fn differences(points: Points<'_>) -> Vec<Difference> {
        points
            .iter()
            .map(|&(samples, mean, half_width)| {
                let estimate = Estimate { mean, half_width: Some(half_width), n: 5 };
                Difference { samples, alone: estimate, jointly: estimate }
            })
            .collect()
    }

    fn verdict(
        theory: &dyn Theory,
        planned: &[u64],
        gains: Points<'_>,
        contrasts: &[Points<'_>],
    ) -> (Judgement, String) {
        let contrast = |points: &Points<'_>| Contrast {
            control: "control".to_owned(),
            kind: ControlKind::Permuted,
            differences: differences(points),
            trend: None,
        };
        let contrasts: Vec<Contrast> = contrasts.iter().map(contrast).collect();
        judge(theory, &Evidence { planned, gains: &differences(gains), contrasts: &contrasts, margin: 0.01 })
    }

    /// The judgement where every M of the gain was planned.
    pub(in crate::theory) fn judged(
        theory: &dyn Theory,
        gains: Points<'_>,
        contrasts: &[Points<'_>],
    ) -> Judgement {
        let planned: Vec<u64> = gains.iter().map(|(samples, ..)| *samples).collect();
        verdict(theory, &planned, gains, contrasts).0
    }

    #[test]
    fn what_has_not_been_measured_proves_nothing() {
        let gain: Points<'_> = &[(40, 0.06, 0.02), (80, 0.05, 0.02)];
        assert_eq!(judged(&DarkKnowledge, gain, &[&[]]), Judgement::Undecided);
        assert_eq!(judged(&DarkKnowledge, gain, &[&[(40, 0.05, 0.02)]]), Judgement::Undecided);
        let partly: [Points<'_>; 2] = [&[(40, 0.05, 0.02), (80, 0.04, 0.02)], &[(40, 0.05, 0.02)]];
        assert_eq!(judged(&LabelSmoothing, gain, &partly), Judgement::Undecided);
        let unplanned = verdict(&DarkKnowledge, &[40, 80, 160], gain, &[]);
        assert_eq!(unplanned.0, Judgement::Undecided);
        assert!(unplanned.1.ends_with("at M = 160 there are 0"), "{}", unplanned.1);
    }

    #[test]
    fn without_a_gain_there_is_nothing_to_explain() {
        let none = &[(40, 0.01, 0.02)];
        assert_eq!(judged(&DarkKnowledge, none, &[&[(40, 0.05, 0.01)]]), Judgement::Undecided);
    }

    #[test]
    fn sizes_are_listed_as_people_do() {
        assert_eq!([at_sizes(&[40]), at_sizes(&[40, 80, 160])], ["M = 40", "M = 40, 80 and 160"]);
        assert_eq!(at_sizes(&[40, 80]), "M = 40 and 80");
    }

    #[test]
    fn reasons_name_the_sizes_and_the_least_advantage() {
        let gain: Points<'_> = &[(40, 0.06, 0.02), (80, 0.05, 0.02), (160, 0.0, 0.01)];
        let beats: [Points<'_>; 2] =
            [&[(40, 0.05, 0.02), (80, 0.04, 0.02), NONE], &[(40, 0.031, 0.02), (80, 0.07, 0.02), NONE]];
        let (judgement, because) = verdict(&LabelSmoothing, &[40, 80, 160], gain, &beats);
        assert_eq!(judgement, Judgement::Refuted);
        assert_eq!(
            because,
            "at M = 40 and 80, where distillation beats labels, it also beats every smoothing control, by 3.1 points or \
             more at M = 40"
        );
        let (_, because) = verdict(&DarkKnowledge, &[40, 80, 160], gain, &beats[..1]);
        assert!(
            because.ends_with("shuffling the wrong classes costs accuracy, 5.0 points or more at M = 40")
        );
        let open: [Points<'_>; 1] = [&[(40, 0.01, 0.02), (80, 0.01, 0.02), NONE]];
        let (judgement, because) = verdict(&DarkKnowledge, &[40, 80, 160], gain, &open);
        assert_eq!(judgement, Judgement::Undecided);
        assert!(
            because.starts_with("where distillation beats labels (M = 40 and 80), the intervals"),
            "{because}"
        );
    }
}
