//! How many labels distillation is worth.

use serde::{Deserialize, Serialize};

use crate::cells::{Cells, FEWEST_PAIRS};
use crate::interval::Estimate;
use crate::stat::{Monotone, Replicates, isotonic, mean};

/// A number of samples that the measured range may only bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Within the range.
    Exact(f64),
    /// Beyond its upper end.
    AtLeast(f64),
    /// Below its lower end.
    AtMost(f64),
}

impl Bound {
    /// The number, whatever its kind.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Exact(value) | Self::AtLeast(value) | Self::AtMost(value) => value,
        }
    }

    fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Exact(value) => Self::Exact(change(value)),
            Self::AtLeast(value) => Self::AtLeast(change(value)),
            Self::AtMost(value) => Self::AtMost(change(value)),
        }
    }
}

/// How many labelled samples reach what an arm reaches with M.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Equivalence {
    /// M.
    pub samples: u64,
    /// `M_labels(score)`, the labelled samples that reach the arm's mean score.
    pub labelled: Bound,
    /// Its interval: every number of labelled samples whose score cannot be told from the arm's, by a paired t-test.
    pub interval: Option<(Bound, Bound)>,
}

impl Equivalence {
    /// The data-efficiency factor η(M) = `M_labels` / M.
    #[must_use]
    pub fn factor(&self) -> Bound {
        self.labelled.map(|labelled| labelled / self.samples as f64)
    }

    /// The interval of η(M).
    #[must_use]
    pub fn factor_interval(&self) -> Option<(Bound, Bound)> {
        let divide = |bound: Bound| bound.map(|labelled| labelled / self.samples as f64);
        self.interval.map(|(low, high)| (divide(low), divide(high)))
    }
}

/// What a distilled arm is worth in labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Efficiency {
    /// The arm.
    pub arm: String,
    /// Ascending in M.
    pub points: Vec<Equivalence>,
}

impl Efficiency {
    /// That of `arm` against `curve`; without points where there is none.
    pub(crate) fn of(cells: &Cells<'_>, curve: Option<&LabelCurve>, arm: &str) -> Self {
        let at = |samples| curve?.equivalence(samples, cells.scores(arm, samples)?, cells.confidence());
        Self { arm: arm.to_owned(), points: cells.sizes(arm).into_iter().filter_map(at).collect() }
    }
}

/// Places between two neighbouring M at which the curve of labels is read.
const FINE: usize = 48;

/// What training on labels reaches with any number of samples in the measured range: each seed's curve, a cubic in log M
/// and the logarithm of the error that is monotone where the points are (Fritsch and Butland 1984).
pub(crate) struct LabelCurve {
    samples: Vec<u64>,
    /// log M of each place.
    at: Vec<f64>,
    /// At each place, the score of each seed.
    seeds: Vec<Replicates>,
    /// At each place, the mean score, made monotone.
    means: Vec<f64>,
}

impl LabelCurve {
    /// Of the M at which three seeds of `labels` have ended; none with fewer than two such M.
    pub(crate) fn of(cells: &Cells<'_>, labels: &str) -> Option<Self> {
        let known: Vec<(u64, &Replicates)> = cells
            .sizes(labels)
            .into_iter()
            .filter_map(|samples| Some((samples, cells.scores(labels, samples)?)))
            .filter(|(_, scores)| scores.len() >= FEWEST_PAIRS)
            .collect();
        let scale = Scale::of(cells, &known);
        let samples: Vec<u64> = known.iter().map(|(samples, _)| *samples).collect();
        let knots: Vec<f64> = samples.iter().map(|&samples| (samples as f64).ln()).collect();
        let of_each: Vec<f64> =
            known.iter().map(|(_, scores)| mean(&scores.values().copied().collect::<Vec<_>>())).collect();
        let curve = |scores: &[f64]| {
            let values: Vec<f64> = scores.iter().map(|&score| scale.to(score)).collect();
            Monotone::through(&knots, &values)
        };
        let whole = curve(&isotonic(&of_each))?;
        let at = fine(&knots);
        let means = at.iter().map(|&at| scale.from(whole.value(at))).collect();
        let mut seeds = vec![Replicates::new(); at.len()];
        for (seed, scores) in by_seed(&known, &of_each) {
            let own = curve(&scores)?;
            for (place, &at) in at.iter().enumerate() {
                seeds[place].insert(seed, scale.from(own.value(at)));
            }
        }
        Some(Self { samples, at, seeds, means })
    }

    /// How many labelled samples reach the scores that an arm has at M, by seed (Fieller 1954: a test, inverted); none of a single seed.
    fn equivalence(&self, samples: u64, scores: &Replicates, confidence: f64) -> Option<Equivalence> {
        let paired = |place: usize| -> Vec<f64> {
            scores.iter().filter_map(|(seed, score)| Some(score - self.seeds[place].get(seed)?)).collect()
        };
        let score = self.level(scores)?;
        let labelled = self.reaches(score);
        if scores.len() < 2 {
            return Some(Equivalence { samples, labelled, interval: None });
        }
        let mut ends: Option<(f64, f64)> = None;
        let mut before: Option<(f64, f64)> = None;
        for (place, &at) in self.at.iter().enumerate() {
            let estimate = Estimate::of(&paired(place), confidence, 1)?;
            // Below 0 where the two cannot be told apart.
            let excess = estimate.mean.abs() - estimate.half_width?;
            if excess <= 0.0 {
                let edge = before.filter(|(_, excess)| *excess > 0.0);
                let from = edge.map_or(at, |(last, out)| last + (at - last) * out / (out - excess));
                ends = Some(ends.map_or((from, at), |(low, _)| (low, at)));
            } else if let Some((last, inside)) = before.filter(|(_, inside)| *inside <= 0.0) {
                let to = last + (at - last) * inside / (inside - excess);
                ends = ends.map(|(low, _)| (low, to));
            }
            before = Some((at, excess));
        }
        Some(Equivalence { samples, labelled, interval: Some(self.bounds(ends, labelled)) })
    }

    /// The mean score of the seeds that the curve knows.
    fn level(&self, scores: &Replicates) -> Option<f64> {
        let known: Vec<f64> = scores
            .iter()
            .filter(|(seed, _)| self.seeds[0].contains_key(seed))
            .map(|(_, score)| *score)
            .collect();
        (!known.is_empty()).then(|| mean(&known))
    }

    /// The ends of an interval on the axis of log M, of which the ends of the range mean beyond what was measured.
    fn bounds(&self, ends: Option<(f64, f64)>, labelled: Bound) -> (Bound, Bound) {
        let (first, last) = (self.at[0], self.at[self.at.len() - 1]);
        let Some((low, high)) = ends else { return (labelled, labelled) };
        let low = if low <= first { self.least() } else { Bound::Exact(low.exp()) };
        let high = if high >= last { self.most() } else { Bound::Exact(high.exp()) };
        (low, high)
    }

    fn least(&self) -> Bound {
        Bound::AtMost(self.samples[0] as f64)
    }

    fn most(&self) -> Bound {
        Bound::AtLeast(self.samples[self.samples.len() - 1] as f64)
    }

    /// Where the mean curve, made monotone, reaches `score`.
    fn reaches(&self, score: f64) -> Bound {
        // The last bits of a curve through its points are not theirs.
        const SAME: f64 = 1e-12;
        let last = self.means.len() - 1;
        if score < self.means[0] - SAME {
            return self.least();
        }
        if score > self.means[last] + SAME {
            return self.most();
        }
        let after = self.means.iter().position(|&mean| mean >= score - SAME).unwrap_or(last);
        if after == 0 {
            return Bound::Exact(self.samples[0] as f64);
        }
        let (low, high) = (self.means[after - 1], self.means[after]);
        let weight = if high > low { ((score - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        Bound::Exact((self.at[after - 1] + weight * (self.at[after] - self.at[after - 1])).exp())
    }
}

/// The scores of each seed at every M. Where one is missing, it is taken to be as far from the mean as at the others.
fn by_seed(known: &[(u64, &Replicates)], means: &[f64]) -> Vec<(u64, Vec<f64>)> {
    let mut seeds: Vec<u64> = known.iter().flat_map(|(_, scores)| scores.keys().copied()).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let of = |seed: u64| {
        let own: Vec<Option<f64>> = known.iter().map(|(_, scores)| scores.get(&seed).copied()).collect();
        let deviations: Vec<f64> =
            own.iter().zip(means).filter_map(|(own, mean)| own.map(|own| own - mean)).collect();
        let deviation = mean(&deviations);
        (seed, own.iter().zip(means).map(|(own, mean)| own.unwrap_or(mean + deviation)).collect())
    };
    seeds.into_iter().map(of).collect()
}

/// Every knot, and places between them.
fn fine(knots: &[f64]) -> Vec<f64> {
    let between = |pair: &[f64]| {
        let (from, step) = (pair[0], (pair[1] - pair[0]) / FINE as f64);
        (0..FINE).map(move |index| from + step * index as f64).collect::<Vec<_>>()
    };
    knots.windows(2).flat_map(between).chain(knots.last().copied()).collect()
}

/// The scale on which curves are read: the logarithm of the error, upside down, or scores as they are where an error is not known
/// to be positive.
struct Scale {
    /// What merit no error is.
    best: Option<f64>,
    /// No error counts as less.
    least: f64,
}

impl Scale {
    fn of(cells: &Cells<'_>, known: &[(u64, &Replicates)]) -> Self {
        let metric = cells.metric();
        // What is a merit of a value is a value of that merit.
        let error = |score: f64| metric.error(metric.merit(score));
        let scores = || known.iter().flat_map(|(_, scores)| scores.values().copied());
        let errors: Option<Vec<f64>> = scores().map(&error).collect();
        let positive = errors.filter(|errors| errors.iter().all(|error| *error >= 0.0));
        let largest = positive.iter().flatten().copied().fold(0.0, f64::max);
        let best = scores().next().and_then(|score| Some(score + error(score)?));
        Self {
            best: best.filter(|_| largest > 0.0),
            least: if cells.floor() > 0.0 { cells.floor() } else { largest * 1e-4 },
        }
    }

    fn to(&self, score: f64) -> f64 {
        self.best.map_or(score, |best| -(best - score).max(self.least).ln())
    }

    fn from(&self, value: f64) -> f64 {
        self.best.map_or(value, |best| best - (-value).exp())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::made_up::{arm, row, study};
    use crate::table::RunRow;

    /// What an arm of these scores at M = 40 is worth against labels of these, a seed each.
    fn worth(labels: &[(u64, [f64; 5])], scores: [f64; 5]) -> Equivalence {
        let mut rows: Vec<RunRow> = Vec::new();
        for (samples, scores) in labels {
            rows.extend(
                (1..)
                    .zip(scores)
                    .map(|(seed, score)| row("labels", "labels", *samples, seed, *score, &Value::Null)),
            );
        }
        rows.extend(
            (1..)
                .zip(scores)
                .map(|(seed, score)| row("distilled", "distilled", 40, seed, score, &Value::Null)),
        );
        let rows: Vec<&RunRow> = rows.iter().collect();
        let sizes: Vec<u64> = labels.iter().map(|(samples, _)| *samples).collect();
        let study = study(&sizes, 0);
        let cells = Cells::new(&rows, &study, &study.tasks[0]);
        let curve = LabelCurve::of(&cells, "labels").unwrap();
        Efficiency::of(&cells, Some(&curve), "distilled").points[0]
    }

    /// An error of 1.6 / √M, with this much noise.
    fn law(noise: f64) -> Vec<(u64, [f64; 5])> {
        let at = |samples: u64| {
            let score = 1.0 - 1.6 / (samples as f64).sqrt();
            (samples, [-1.0, -0.5, 0.0, 0.5, 1.0].map(|seed| score + noise * seed))
        };
        [40, 160, 640, 2560].map(at).to_vec()
    }

    #[test]
    fn a_law_is_read_exactly_between_its_points() {
        for samples in [50.0, 100.0, 300.0, 1000.0, 2000.0_f64] {
            let found = worth(&law(0.0), [1.0 - 1.6 / samples.sqrt(); 5]);
            assert!((found.labelled.value() / samples - 1.0).abs() < 0.01, "{samples}: {found:?}");
        }
    }

    #[test]
    fn beyond_the_range_there_is_a_bound() {
        let most = worth(&law(0.001), [0.99; 5]);
        assert_eq!(
            (most.labelled, most.interval),
            (Bound::AtLeast(2560.0), Some((Bound::AtLeast(2560.0), Bound::AtLeast(2560.0))))
        );
        assert_eq!(worth(&law(0.001), [0.5; 5]).labelled, Bound::AtMost(40.0));
        let upper = 1.0 - 1.6 / 2500.0_f64.sqrt();
        let open = worth(&law(0.0), [upper - 0.004, upper - 0.002, upper, upper + 0.002, upper + 0.004]);
        assert!(matches!(open.interval, Some((Bound::Exact(_), Bound::AtLeast(_)))), "{open:?}");
    }

    #[test]
    fn the_interval_is_that_of_a_paired_test() {
        // Noise that arm and labels share cancels.
        let score = 1.0 - 1.6 / 320.0_f64.sqrt();
        let shared = worth(&law(0.01), [-1.0, -0.5, 0.0, 0.5, 1.0].map(|seed| score + 0.01 * seed));
        let (low, high) = shared.interval.unwrap();
        assert!(high.value() / low.value() < 1.1, "{shared:?}");
        let apart = worth(&law(0.01), [1.0, 0.5, 0.0, -0.5, -1.0].map(|seed| score + 0.01 * seed));
        let (low, high) = apart.interval.unwrap();
        assert!(low.value() < 300.0 && high.value() > 350.0, "{apart:?}");
    }

    #[test]
    fn a_missing_label_run_costs_no_interval() {
        let mut rows = arm("labels", "labels", &[(40, 0.5), (160, 0.7), (640, 0.8)], &Value::Null);
        rows.extend(arm("distilled", "distilled", &[(40, 0.6)], &Value::Null));
        rows.retain(|row| (row.place().seed, row.place().samples) != (2, 160));
        let rows: Vec<&RunRow> = rows.iter().collect();
        let study = study(&[40, 160, 640], 0);
        let cells = Cells::new(&rows, &study, &study.tasks[0]);
        let curve = LabelCurve::of(&cells, "labels").unwrap();
        let found = Efficiency::of(&cells, Some(&curve), "distilled").points[0];
        let (low, high) = found.interval.unwrap();
        assert!((low.value() - high.value()).abs() < 1.0 && (40.0..160.0).contains(&low.value()));
    }

    #[test]
    fn bounds_stay_what_they_are_when_divided() {
        let of = |labelled| Equivalence { samples: 4, labelled, interval: Some((labelled, labelled)) };
        for (bound, divided) in [
            (Bound::Exact(10.0), Bound::Exact(2.5)),
            (Bound::AtLeast(10.0), Bound::AtLeast(2.5)),
            (Bound::AtMost(10.0), Bound::AtMost(2.5)),
        ] {
            assert_eq!(of(bound).factor(), divided);
            assert_eq!(of(bound).factor_interval(), Some((divided, divided)));
        }
    }
}
