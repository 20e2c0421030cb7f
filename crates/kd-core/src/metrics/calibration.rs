/// How predictions are grouped by confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binning {
    /// So many bins of equal width over `(0, 1]`, open below and closed above (Guo et al. 2017, arXiv 1706.04599).
    EqualWidth(usize),
    /// So many bins of as equal counts as can be, by rank (Nixon et al. 2019, arXiv 1904.01685).
    EqualMass(usize),
}

/// Predictions of similar confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// How many there are.
    pub count: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them that is right.
    pub accuracy: f64,
}

/// The reliability curve: confidence against accuracy.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// By rising confidence; bins without predictions are left out.
    pub bins: Vec<Bin>,
}

impl Reliability {
    /// Groups predictions given as (probability of the top class, whether it is right).
    ///
    /// With zero bins, all are in one.
    #[must_use]
    pub fn of(predictions: &[(f64, bool)], binning: Binning) -> Self {
        let mut sorted = predictions.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let bin_of = |index: usize, confidence: f64| match binning {
            Binning::EqualWidth(bins) => {
                ((confidence * bins as f64).ceil() as usize).clamp(1, bins.max(1)) - 1
            }
            Binning::EqualMass(bins) => index * bins / sorted.len(),
        };
        let mut groups: Vec<(usize, Vec<(f64, bool)>)> = Vec::new();
        for (index, &prediction) in sorted.iter().enumerate() {
            let bin = bin_of(index, prediction.0);
            match groups.last_mut() {
                Some((last, group)) if *last == bin => group.push(prediction),
                _ => groups.push((bin, vec![prediction])),
            }
        }
        Self { bins: groups.iter().map(|(_, group)| Bin::of(group)).collect() }
    }

    /// Expected calibration error: the mean over predictions of `|accuracy - mean confidence|` of their bin, in
    /// `[0, 1]`; 0 without predictions.
    #[must_use]
    pub fn error(&self) -> f64 {
        let count: usize = self.bins.iter().map(|bin| bin.count).sum();
        let surplus = self.bins.iter().map(|bin| bin.count as f64 * (bin.accuracy - bin.confidence).abs());
        surplus.sum::<f64>() / count.max(1) as f64
    }
}

impl Bin {
    fn of(predictions: &[(f64, bool)]) -> Self {
        let count = predictions.len();
        Self {
            count,
            confidence: predictions.iter().map(|(confidence, _)| confidence).sum::<f64>() / count as f64,
            accuracy: predictions.iter().filter(|(_, right)| *right).count() as f64 / count as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_by_hand() {
        // Two at 0.9 in one bin, one right: |1.81 - 1| = 0.81. One at 0.55, right: 0.45. Mean over 3.
        let predictions = [(0.9, true), (0.91, false), (0.55, true)];
        let wide = Reliability::of(&predictions, Binning::EqualWidth(15));
        assert_eq!(wide.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(), [1, 2]);
        assert!((wide.error() - (0.81 + 0.45) / 3.0).abs() < 1e-12);
        // By rank, one each: 0.45, 0.1 and 0.91.
        let massive = Reliability::of(&predictions, Binning::EqualMass(3));
        assert!((massive.error() - (0.45 + 0.1 + 0.91) / 3.0).abs() < 1e-12);
        assert!(Reliability::of(&[(1.0, true); 2], Binning::EqualWidth(15)).error().abs() < 1e-15);
        assert!(Reliability::of(&[], Binning::EqualMass(15)).error().abs() < 1e-15);
    }

    #[test]
    fn equal_masses_differ_by_one_at_most() {
        let predictions: Vec<(f64, bool)> = (1..=100).map(|i| (f64::from(i) / 100.0, true)).collect();
        let counts: Vec<usize> =
            Reliability::of(&predictions, Binning::EqualMass(15)).bins.iter().map(|bin| bin.count).collect();
        assert_eq!((counts.len(), counts.iter().sum::<usize>()), (15, 100));
        assert!(counts.iter().all(|&count| count == 6 || count == 7), "{counts:?}");
    }
}
