//! Laws of learning curves: the error as `a M^-b + c`, the gap between agreement with the teacher on the run's own
//! samples and on test as `a κ^-g`, and the data-efficiency factor as `a κ^-h`.
//!
//! `measured` is what a law is fitted to, `power` the fit and its intervals, `misfit` says whether it fits. Exponents in κ
//! are those in M, as N is the same all along. Intervals are each for itself.

mod efficiency;
mod line;
mod measured;
mod misfit;
mod power;
mod span;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use self::efficiency::pseudo_values;
pub(crate) use self::line::Line;
pub(crate) use self::measured::Measured;
pub use self::measured::{FEWEST_LAW_SEEDS, FEWEST_SIZES};
pub use self::misfit::Misfit;
pub(crate) use self::misfit::misfit;
pub(crate) use self::power::Power;
pub use self::span::Span;
use crate::cells::Cells;
use crate::interval::Estimate;
use crate::role::Role;
use crate::table::{RunRow, named};

/// The exponent that theory gives the fidelity gap: it falls like 1/√κ.
pub const GAP_EXPONENT: f64 = 0.5;

/// What a law is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// What is left of a score to 1, or a loss: `a M^-b + c`.
    Error,
    /// Agreement with the teacher on the run's own samples minus that on test: `a M^-b`.
    FidelityGap,
    /// η, labelled samples that reach what the arm reaches with M, divided by M: `a M^-b`.
    Efficiency,
}

/// A quantity of an arm over M, and the law that is fitted to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Law {
    /// What it is about.
    pub quantity: Quantity,
    /// The arm.
    pub arm: String,
    /// Seeds that have the quantity at every M.
    pub seeds: usize,
    /// Ascending in M.
    pub points: Vec<LawPoint>,
    /// The law; absent where the quantity does not fall as M grows, so that there is none.
    pub fitted: Option<Fitted>,
}

/// A quantity at one M.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LawPoint {
    /// M.
    pub samples: u64,
    /// What was measured, over seeds.
    pub measured: f64,
    /// Its interval.
    pub ends: Option<(f64, f64)>,
    /// What the law says.
    pub law: Option<f64>,
}

/// `factor · M^-exponent + floor`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The exponent. Below nil, the quantity grows with M.
    pub exponent: Span,
    /// What the falling part would be at M = 1.
    pub factor: f64,
    /// What no number of samples takes away; absent of laws without one.
    pub floor: Option<Span>,
    /// Whether it fits; absent where there are too few M to tell.
    pub misfit: Option<Misfit>,
    /// Whether the data allow for it: lack of fit is not significant.
    pub fits: bool,
    /// What it says of an M that was not measured; of errors only.
    pub beyond: Option<Beyond>,
}

/// What a law says beyond the measured range, if it goes on to hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Beyond {
    /// M, twice the largest.
    pub samples: u64,
    /// The quantity there.
    pub value: Span,
}

impl Fitted {
    /// Its value at M.
    #[must_use]
    pub fn at(&self, samples: f64) -> f64 {
        self.factor * samples.powf(-self.exponent.value) + self.floor.map_or(0.0, |floor| floor.value)
    }
}

/// The laws of a task: errors of labels and of distilled arms, then what only those have.
pub(crate) fn laws(cells: &Cells<'_>, confidence: f64) -> Vec<Law> {
    let labels = cells.arm_of(&Role::Labels);
    let distilled: Vec<&str> =
        cells.arms().filter(|(role, _)| **role == Role::Distilled).map(|(_, arm)| arm).collect();
    let error = |arm: &str| by_seed(cells, arm, |row| cells.metric().error(cells.metric().read(row)?));
    let gap = |arm: &str| {
        by_seed(cells, arm, |row| {
            let own = row.number(const { named("train_agreement") })?;
            Some(own - row.number(const { named("test_agreement") })?)
        })
    };
    let errors = labels.iter().chain(&distilled).filter_map(|arm| {
        let measured = Measured::of(&error(arm))?;
        Some(of_power(Quantity::Error, arm, &measured, confidence))
    });
    let gaps = distilled.iter().filter_map(|arm| {
        let measured = Measured::of(&gap(arm))?;
        Some(of_power(Quantity::FidelityGap, arm, &measured, confidence))
    });
    let efficiencies = distilled.iter().filter_map(|arm| {
        let (samples, both) = in_common(&error(labels?), &error(arm));
        let measured = pseudo_values(&samples, &both[0], &both[1])?;
        Some(of_efficiency(arm, &measured, confidence))
    });
    errors.chain(gaps).chain(efficiencies).collect()
}

/// A quantity of an arm's runs by M and seed.
fn by_seed(
    cells: &Cells<'_>,
    arm: &str,
    of: impl Fn(&RunRow) -> Option<f64>,
) -> BTreeMap<u64, BTreeMap<u64, f64>> {
    let at = |(samples, seeds): (u64, &BTreeMap<u64, &RunRow>)| {
        let values: BTreeMap<u64, f64> =
            seeds.iter().filter_map(|(&seed, row)| Some((seed, of(row)?))).collect();
        (samples, values)
    };
    cells.runs(arm).map(at).filter(|(_, seeds)| !seeds.is_empty()).collect()
}

/// The M that both have, and values `[seed][M]` of either for the seeds that both have at all of these.
fn in_common(
    one: &BTreeMap<u64, BTreeMap<u64, f64>>,
    other: &BTreeMap<u64, BTreeMap<u64, f64>>,
) -> (Vec<u64>, [Vec<Vec<f64>>; 2]) {
    let samples: Vec<u64> = one.keys().copied().filter(|samples| other.contains_key(samples)).collect();
    let has = |seed: &u64| samples.iter().all(|m| one[m].contains_key(seed) && other[m].contains_key(seed));
    let first = samples.first().map(|first| &one[first]);
    let seeds: Vec<u64> = first.into_iter().flat_map(BTreeMap::keys).copied().filter(has).collect();
    let of = |arm: &BTreeMap<u64, BTreeMap<u64, f64>>| {
        let curve = |seed: &u64| samples.iter().map(|m| arm[m][seed]).collect();
        seeds.iter().map(curve).collect()
    };
    let both = [of(one), of(other)];
    (samples, both)
}

/// Measured values with their intervals, without a law.
fn points(measured: &Measured, confidence: f64) -> Vec<LawPoint> {
    let at = |m: usize| {
        let values: Vec<f64> = measured.seeds.iter().map(|seed| seed[m] / measured.root[m]).collect();
        let over_seeds = Estimate::of(&values, confidence, 1);
        LawPoint {
            samples: measured.samples[m],
            measured: measured.mean[m] / measured.root[m],
            ends: over_seeds.and_then(|estimate| estimate.low().zip(estimate.high())),
            law: None,
        }
    };
    (0..measured.samples.len()).map(at).collect()
}

fn of_power(quantity: Quantity, arm: &str, measured: &Measured, confidence: f64) -> Law {
    let has_floor = quantity == Quantity::Error;
    let mut points = points(measured, confidence);
    let fitted = Power::fit(measured, has_floor).map(|power| {
        let values: Vec<f64> = measured.x.iter().map(|&x| power.at(x)).collect();
        std::iter::zip(&mut points, &values).for_each(|(point, value)| point.law = Some(*value));
        let misfit = misfit(measured, &values, &power.tangents(measured));
        let twice = 2 * measured.samples.last().copied().unwrap_or(0);
        let place = measured.place(twice as f64);
        let level = |x| power.level_ends(measured, x, confidence);
        Fitted {
            exponent: Span::of(power.exponent, power.exponent_ends(measured, confidence)),
            factor: power.factor * (measured.samples[0] as f64).powf(power.exponent),
            floor: has_floor.then(|| Span::of(power.floor, level(None))),
            misfit,
            fits: fits(misfit, confidence),
            beyond: has_floor
                .then(|| Beyond { samples: twice, value: Span::of(power.at(place), level(Some(place))) }),
        }
    });
    Law { quantity, arm: arm.to_owned(), seeds: measured.seeds.len(), points, fitted }
}

fn fits(misfit: Option<Misfit>, confidence: f64) -> bool {
    misfit.is_none_or(|misfit| misfit.p >= 1.0 - confidence)
}

/// A line through ln η against ln M, over pseudo-values.
fn of_efficiency(arm: &str, measured: &Measured, confidence: f64) -> Law {
    let line = Line::through(measured, confidence);
    let values: Vec<f64> = measured.x.iter().map(|x| line.intercept - line.exponent.value * x).collect();
    let mut points = points(measured, confidence);
    for (point, value) in std::iter::zip(&mut points, &values) {
        point.measured = point.measured.exp();
        point.ends = point.ends.map(|(low, high)| (low.exp(), high.exp()));
        point.law = Some(value.exp());
    }
    let tangents = [measured.column(|_| 1.0), measured.column(|x| x)];
    let misfit = misfit(measured, &values, &tangents);
    let factor = (line.intercept + line.exponent.value * (measured.samples[0] as f64).ln()).exp();
    let fitted = Fitted {
        exponent: line.exponent,
        factor,
        floor: None,
        misfit,
        fits: fits(misfit, confidence),
        beyond: None,
    };
    let seeds = measured.seeds.len();
    Law { quantity: Quantity::Efficiency, arm: arm.to_owned(), seeds, points, fitted: Some(fitted) }
}

#[cfg(test)]
mod tests;
