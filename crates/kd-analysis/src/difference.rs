//! Differences between arms, paired by seed.

use serde::{Deserialize, Serialize};

use crate::interval::Estimate;
use crate::stat::{Family, Replicates};

/// A difference of scores at one M.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// M.
    pub samples: u64,
    /// Mean difference over seeds with the interval for this M alone: Student's t.
    pub alone: Estimate,
    /// The same with an interval that holds for every M of the curve at once: moderated t, whose variances lend each other
    /// strength along a trend in log M (Smyth 2004; Law et al. 2014), with a critical value that is calibrated for the curve; with fewer
    /// than four M, Student's t and Bonferroni.
    pub jointly: Estimate,
    /// The two-sided probability of a difference as large were there none, by moderated t, for this M alone.
    #[serde(default = "certainly_none")]
    pub probability: f64,
    /// Whether it is there beyond doubt, among all that the study claims of its kind (Holm 1979).
    #[serde(default)]
    pub established: bool,
}

fn certainly_none() -> f64 {
    1.0
}

impl Difference {
    /// Whether the arm is better beyond doubt, among all claims of the study.
    #[must_use]
    pub fn is_gain(&self) -> bool {
        self.established && self.alone.mean > 0.0
    }

    /// Whether it is worse beyond doubt.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        self.established && self.alone.mean < 0.0
    }
}

/// The curve of paired differences, given by M. Deviations below `floor` count as that.
pub(crate) fn differences(pairs: &[(u64, Replicates)], floor: f64, confidence: f64) -> Vec<Difference> {
    let places: Vec<(f64, &Replicates)> =
        pairs.iter().map(|(samples, differences)| ((*samples as f64).ln(), differences)).collect();
    let family = Family::of(&places, floor, confidence);
    let of = |(place, (samples, differences)): (usize, &(u64, Replicates))| {
        let values: Vec<f64> = differences.values().copied().collect();
        let alone = Estimate::above_floor(&values, floor, confidence)?;
        let half_width = family.joint_half_width(place, confidence);
        Some(Difference {
            samples: *samples,
            alone,
            jointly: Estimate { half_width, ..alone },
            probability: family.probability(place),
            established: false,
        })
    };
    pairs.iter().enumerate().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::t_quantile;

    fn pairs(values: &[(u64, &[f64])]) -> Vec<(u64, Replicates)> {
        values
            .iter()
            .map(|(samples, values)| (*samples, (1..).zip(values.iter().copied()).collect()))
            .collect()
    }

    #[test]
    fn alone_is_students_t_and_jointly_holds_over_the_curve() {
        let found = differences(&pairs(&[(10, &[0.1, 0.2, 0.3]), (40, &[0.1, 0.0, 0.2])]), 0.0, 0.9);
        let error = 0.1 / 3.0_f64.sqrt();
        assert!((found[0].alone.half_width.unwrap() - t_quantile(0.95, 2.0) * error).abs() < 1e-12);
        assert!((found[0].jointly.half_width.unwrap() - t_quantile(0.975, 2.0) * error).abs() < 1e-12);
        assert!((found[0].alone.mean - 0.2).abs() < 1e-12 && found[0].samples == 10);
        assert!(found[1].probability > found[0].probability && !found[0].established);
    }

    #[test]
    fn equal_differences_have_an_interval_all_the_same() {
        let found = differences(&pairs(&[(10, &[0.01; 3])]), 0.0025, 0.95);
        let expected = t_quantile(0.975, 2.0) * 0.0025 / 3.0_f64.sqrt();
        assert!((found[0].alone.half_width.unwrap() - expected).abs() < 1e-12);
    }
}
