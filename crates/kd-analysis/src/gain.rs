//! An arm's gain over labels: its shape over M, where it is largest and where it turns.

use serde::{Deserialize, Serialize};

use crate::cells::{Cells, FEWEST_PAIRS};
use crate::difference::{Difference, differences};
use crate::efficiency::Bound;
use crate::interval::Estimate;
use crate::role::Role;
use crate::stat::{Replicates, Total, best_of, minus, more_seeds};

/// Points between two neighbouring M at which a turn is looked for.
const FINE: usize = 64;

/// An arm's paired gain over labels: above zero, the arm is better, whatever is analysed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// The arm.
    pub arm: String,
    /// Its role.
    pub role: Role,
    /// Arms that are its controls: they differ from it in the teacher's signal only.
    pub controls: Vec<String>,
    /// Ascending in M.
    pub points: Vec<Difference>,
    /// Whether it is amplified as data shrink.
    pub shape: Option<Shape>,
    /// The M with the largest mean gain, and the range of those that cannot be told from it (Hsu 1981).
    pub peak: Option<Landmark>,
    /// Where it turns from positive to negative, if both are beyond doubt on their side.
    pub crossing: Option<Landmark>,
}

/// A place on the axis of M: where a gain peaks, or turns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Landmark {
    /// M.
    pub samples: f64,
    /// Its interval.
    pub interval: Option<(Bound, Bound)>,
}

/// How a gain changes over M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// What is established, among all gains of the study.
    pub form: Form,
    /// The smallest M.
    pub smallest: u64,
    /// The largest.
    pub largest: u64,
    /// The gain at the smallest M minus that at the largest, paired by seed.
    pub difference: Estimate,
    /// How many more seeds would probably settle whether it is amplified; none where it is settled, or so many that they would not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_seeds: Option<usize>,
    /// Probabilities of what is seen, were it not amplified, and did it not peak between.
    #[serde(default = "certain")]
    pub probabilities: [f64; 2],
}

fn certain() -> [f64; 2] {
    [1.0; 2]
}

/// The form of a gain over M.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// There is a gain at the smallest M, and it is larger than at the largest.
    Amplified,
    /// It is larger between than at either end.
    Peaks {
        /// M.
        at: u64,
    },
    /// Neither is established.
    NotAmplified,
}

impl Gain {
    /// That of `arm` over `labels`.
    pub(crate) fn of(cells: &Cells<'_>, role: &Role, arm: &str, labels: &str) -> Self {
        let pairs = cells.pairs(arm, labels);
        let whole: Vec<(u64, Replicates)> =
            pairs.iter().filter(|(_, pairs)| pairs.len() >= FEWEST_PAIRS).cloned().collect();
        let points = differences(&pairs, cells.floor(), cells.confidence());
        Self {
            arm: arm.to_owned(),
            role: role.clone(),
            controls: controls_of(cells, arm),
            shape: shape(&whole, cells),
            peak: peak(&whole, cells),
            crossing: crossing(&points, &whole, cells.confidence()),
            points,
        }
    }

    /// Every M at which the arm is better beyond doubt.
    #[must_use]
    pub fn established(&self) -> Vec<u64> {
        self.points.iter().filter(|point| point.is_gain()).map(|point| point.samples).collect()
    }
}

/// Arms whose only difference from `arm` is what is done to the teacher's signal, in the order of reports.
fn controls_of(cells: &Cells<'_>, arm: &str) -> Vec<String> {
    let own = cells.arms().filter(|(role, _)| role.control_of() == Some(arm));
    own.map(|(_, control)| control.to_owned()).collect()
}

/// Two contrasts, which both must be positive: the gain at the smallest M, and its excess over that at the largest. For a peak, the
/// excess of an M between over either end (Dunnett-like, Bonferroni over the M between), and its gain.
fn shape(pairs: &[(u64, Replicates)], cells: &Cells<'_>) -> Option<Shape> {
    let (confidence, floor) = (cells.confidence(), cells.floor());
    let [first, between @ .., last] = pairs else { return None };
    let excess = Total::of(&[&minus(&first.1, &last.1)], floor)?;
    let here = Total::of(&[&first.1], floor)?;
    let seeds = first.1.len().min(last.1.len());
    let peaks = |(samples, gain): &(u64, Replicates)| {
        let over_first = Total::of(&[&minus(gain, &first.1)], floor)?.above_zero() * between.len() as f64;
        let over_last = Total::of(&[&minus(gain, &last.1)], floor)?.above_zero();
        let itself = Total::of(&[gain], floor)?.above_zero();
        Some((*samples, over_first.max(over_last).max(itself)))
    };
    let best = between.iter().filter_map(peaks).min_by(|a, b| a.1.total_cmp(&b.1));
    let amplified = excess.above_zero().max(here.above_zero());
    let weakest = if excess.above_zero() > here.above_zero() { &excess } else { &here };
    Some(Shape {
        form: best.map_or(Form::NotAmplified, |(at, _)| Form::Peaks { at }),
        smallest: first.0,
        largest: last.0,
        difference: Estimate {
            mean: excess.value,
            half_width: Some(excess.half_width(confidence)),
            n: seeds,
        },
        more_seeds: (weakest.value > 0.0)
            .then(|| more_seeds(weakest.value / weakest.variance.sqrt(), seeds, (1.0 - confidence) / 2.0))
            .flatten(),
        probabilities: [amplified, best.map_or(1.0, |(_, probability)| probability.min(1.0))],
    })
}

impl Shape {
    /// Settles the form, given which of its two claims hold.
    pub(crate) fn settle(&mut self, [amplified, peaks]: [bool; 2]) {
        self.form = match self.form {
            Form::Peaks { at } if peaks => Form::Peaks { at },
            Form::Peaks { .. } | Form::Amplified | Form::NotAmplified if amplified => Form::Amplified,
            Form::Peaks { .. } | Form::Amplified | Form::NotAmplified => Form::NotAmplified,
        };
        if self.form != Form::NotAmplified {
            self.more_seeds = None;
        }
    }
}

/// The M with the largest mean, and the range of those that cannot be told from it.
fn peak(pairs: &[(u64, Replicates)], cells: &Cells<'_>) -> Option<Landmark> {
    let (samples, among) = best_of(pairs, cells.floor(), cells.confidence())?;
    let end = |samples: Option<&u64>| samples.map(|&samples| Bound::Exact(samples as f64));
    Some(Landmark { samples: samples as f64, interval: end(among.first()).zip(end(among.last())) })
}

/// Between the last M with a gain and the first behind it with a loss, both beyond doubt over the curve: where the mean gain, linear in log
/// M, changes sign, and every M between at which it cannot be told from 0.
fn crossing(points: &[Difference], pairs: &[(u64, Replicates)], confidence: f64) -> Option<Landmark> {
    let above =
        points.iter().filter(|point| point.jointly.is_above_zero()).map(|point| point.samples).max()?;
    let below = points.iter().filter(|point| point.jointly.is_below_zero() && point.samples > above);
    let below = below.map(|point| point.samples).min()?;
    let between: Vec<&(u64, Replicates)> =
        pairs.iter().filter(|(samples, _)| (above..=below).contains(samples)).collect();
    let mut found: Vec<f64> = Vec::new();
    let mut untold: Vec<f64> = Vec::new();
    let mut before: Option<(f64, f64)> = None;
    for pair in between.windows(2) {
        let (from, to) = ((pair[0].0 as f64).ln(), (pair[1].0 as f64).ln());
        for step in 0..=FINE {
            let weight = step as f64 / FINE as f64;
            let at = from + weight * (to - from);
            let blended: Vec<f64> = pair[0]
                .1
                .iter()
                .filter_map(|(seed, gain)| Some(gain + weight * (pair[1].1.get(seed)? - gain)))
                .collect();
            let estimate = Estimate::of(&blended, confidence, 1)?;
            if let Some((last, value)) = before.filter(|(_, value)| *value > 0.0 && estimate.mean <= 0.0) {
                found.push(last + (at - last) * value / (value - estimate.mean));
            }
            if !estimate.is_above_zero() && !estimate.is_below_zero() {
                untold.push(at);
            }
            before = Some((at, estimate.mean));
        }
    }
    let samples = found.last()?.exp();
    // No narrower than the grid on which it was looked for.
    let low = untold.first().map_or(samples, |at| at.exp().min(samples));
    let high = untold.last().map_or(samples, |at| at.exp().max(samples));
    Some(Landmark { samples, interval: Some((Bound::Exact(low), Bound::Exact(high))) })
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::findings::Findings;
    use crate::made_up::{arm, row, study};
    use crate::table::RunRow;

    const SIZES: [u64; 4] = [10, 100, 1000, 10_000];

    /// The gain of runs over labels, for every seed alike but for what `noise` adds to it.
    fn gain(gains: [f64; 4], noise: fn(u64) -> f64) -> Gain {
        let mut rows: Vec<RunRow> = arm("labels", "labels", &SIZES.map(|m| (m, 0.5)), &Value::Null);
        for seed in 1..=5 {
            for (samples, gain) in std::iter::zip(SIZES, gains) {
                let score = 0.5 + gain + noise(seed);
                rows.push(row("distilled", "distilled", samples, seed, score, &Value::Null));
            }
        }
        Findings::of(&study(&SIZES, 0), &rows, &[]).tasks[0].gains[0].clone()
    }

    fn little(seed: u64) -> f64 {
        0.001 * (seed as f64 - 3.0)
    }

    #[test]
    fn a_gain_turns_where_its_mean_crosses_zero() {
        let found = gain([0.06, 0.05, -0.05, -0.06], little);
        let crossing = found.crossing.unwrap();
        assert!((crossing.samples - 316.2).abs() < 0.1, "{crossing:?}");
        let (low, high) = crossing.interval.unwrap();
        assert!(low.value() < 316.2 && 316.2 < high.value() && high.value() < 400.0);
        assert_eq!(gain([0.06, 0.05, 0.02, 0.01], little).crossing, None);
        assert_eq!(
            gain([0.06, 0.05, -0.05, -0.06], |seed| 0.2 * (seed as f64 - 3.0)).crossing,
            None,
            "noise"
        );
    }

    #[test]
    fn a_peak_is_the_range_of_sizes_that_cannot_be_told_from_the_best() {
        let found = gain([0.02, 0.05, -0.05, -0.06], little).peak.unwrap();
        assert_eq!(
            (found.samples, found.interval),
            (100.0, Some((Bound::Exact(100.0), Bound::Exact(100.0))))
        );
        let noise = |seed: u64| 0.001 * (seed as f64 - 3.0);
        let tied = gain([0.05, 0.05, 0.0, 0.0], noise).peak.unwrap();
        assert_eq!(tied.interval, Some((Bound::Exact(10.0), Bound::Exact(100.0))));
    }

    #[test]
    fn amplified_peaking_and_constant_gains_are_told_apart() {
        let form = |gains| gain(gains, little).shape.unwrap().form;
        assert_eq!(form([0.06, 0.04, 0.02, 0.0]), Form::Amplified);
        assert_eq!(form([0.02, 0.06, 0.02, 0.0]), Form::Peaks { at: 100 });
        assert_eq!(form([0.03; 4]), Form::NotAmplified);
        assert_eq!(form([0.0, -0.02, -0.04, -0.06]), Form::NotAmplified, "losses that grow are no gain");
        let open = gain([0.06, 0.04, 0.02, 0.0], |seed| 0.05 * (seed as f64 - 3.0)).shape.unwrap();
        assert_eq!(open.form, Form::NotAmplified);
        assert!(open.more_seeds.is_some_and(|more| more > 3), "{open:?}");
        assert!((open.difference.mean - 0.06).abs() < 1e-12);
    }

    #[test]
    fn a_lost_run_costs_its_cell_alone() {
        let mut rows: Vec<RunRow> = arm("labels", "labels", &SIZES.map(|m| (m, 0.5)), &Value::Null);
        for seed in 1..=5 {
            for (samples, gain) in std::iter::zip(SIZES, [0.06, 0.04, 0.02, 0.0]) {
                rows.push(row(
                    "distilled",
                    "distilled",
                    samples,
                    seed,
                    0.5 + gain + little(seed),
                    &Value::Null,
                ));
            }
        }
        rows.retain(|row| {
            (row.place().arm.as_str(), row.place().seed, row.place().samples) != ("distilled", 3, 100)
        });
        let found = Findings::of(&study(&SIZES, 0), &rows, &[]);
        let gain = &found.tasks[0].gains[0];
        assert_eq!(gain.points.iter().map(|point| point.alone.n).collect::<Vec<_>>(), [5, 4, 5, 5]);
        assert_eq!(gain.shape.as_ref().unwrap().form, Form::Amplified);
        assert_eq!(gain.established(), [10, 100, 1000]);
        assert!(found.tasks[0].efficiency[0].points.iter().all(|point| point.interval.is_some()));
    }
}
