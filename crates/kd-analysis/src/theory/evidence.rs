//! What a verdict rests on.

use serde::{Deserialize, Serialize};

use crate::contrast::Difference;
use crate::interval::Estimate;
use crate::metric::Metric;
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
    /// What is analysed.
    pub(super) metric: &'a Metric,
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
        Some(format!("{} or more at M = {samples}", self.metric.amount(least)))
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
pub(crate) fn at_sizes(samples: &[u64]) -> String {
    let numbers: Vec<String> = samples.iter().map(u64::to_string).collect();
    match numbers.split_last() {
        Some((last, before)) if !before.is_empty() => format!("M = {} and {last}", before.join(", ")),
        _ => format!("M = {}", numbers.join("")),
    }
}
