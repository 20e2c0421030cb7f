use kd_core::random::{Concern, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How labels are made wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelNoise {
    /// With this probability, a label becomes another one, each other class being equally likely (Patrini et al. 2017,
    /// arXiv:1609.03683).
    Symmetric(f64),
    /// With this probability, a label becomes the next class, and the last the first (Han et al. 2018, arXiv:1804.06872).
    Pair(f64),
    /// The probability that a label of class i (row) becomes class j (column); each row sums to 1.
    Matrix(Vec<Vec<f64>>),
}

impl LabelNoise {
    /// The labels after noise. Each example's draw depends on its row and the seed alone, and labels that are wrong at a
    /// rate stay wrong at every higher one.
    ///
    /// # Errors
    /// If a rate is not a probability, the matrix does not fit the classes, or a label is not one.
    pub fn apply(&self, seed: u64, labels: &[i64], classes: usize) -> Result<Vec<i64>> {
        self.check(classes)?;
        let wrong = |label: i64| Error::Source(format!("label {label} is not from 0 below {classes}"));
        (0..)
            .zip(labels)
            .map(|(row, &label)| {
                let class = usize::try_from(label).ok().filter(|&class| class < classes);
                let class = class.ok_or_else(|| wrong(label))?;
                let mut stream = Stream::new(&[seed, row], Concern::LabelNoise);
                Ok(self.draw(class, classes, &mut stream) as i64)
            })
            .collect()
    }

    fn check(&self, classes: usize) -> Result<()> {
        let fault = match self {
            Self::Symmetric(rate) | Self::Pair(rate) if !(0.0..=1.0).contains(rate) => {
                format!("a rate of {rate} is not from 0 to 1")
            }
            Self::Symmetric(_) | Self::Pair(_) if classes < 2 => "one class has no other".to_owned(),
            Self::Matrix(rows) if rows.len() != classes || rows.iter().any(|row| row.len() != classes) => {
                format!("the matrix is not {classes} by {classes}")
            }
            Self::Matrix(rows) if !rows.iter().all(|row| is_distribution(row)) => {
                "a row of the matrix is not of probabilities that sum to 1".to_owned()
            }
            _ => return Ok(()),
        };
        Err(Error::Source(format!("label noise: {fault}")))
    }

    fn draw(&self, class: usize, classes: usize, stream: &mut Stream) -> usize {
        let share = stream.uniform();
        match self {
            Self::Symmetric(rate) if share < *rate => {
                (class + 1 + stream.below(classes as u64 - 1) as usize) % classes
            }
            Self::Pair(rate) if share < *rate => (class + 1) % classes,
            Self::Symmetric(_) | Self::Pair(_) => class,
            Self::Matrix(rows) => {
                let mut total = 0.0;
                let passed = rows[class].iter().position(|probability| {
                    total += probability;
                    share < total
                });
                passed.unwrap_or(class)
            }
        }
    }
}

fn is_distribution(row: &[f64]) -> bool {
    row.iter().all(|probability| (0.0..=1.0).contains(probability))
        && (row.iter().sum::<f64>() - 1.0).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels() -> Vec<i64> {
        (0..9000).map(|row| row % 3).collect()
    }

    #[test]
    fn rates_are_what_is_asked() {
        let labels = labels();
        let share = |noise: LabelNoise, from: i64, to: i64| {
            let noisy = noise.apply(7, &labels, 3).unwrap();
            noisy.iter().zip(&labels).filter(|&(&new, &old)| old == from && new == to).count() as f64 / 3000.0
        };
        assert!((share(LabelNoise::Symmetric(0.4), 1, 2) - 0.2).abs() < 0.03);
        assert!((share(LabelNoise::Symmetric(0.4), 1, 0) - 0.2).abs() < 0.03);
        assert!((share(LabelNoise::Pair(0.3), 2, 0) - 0.3).abs() < 0.03);
        assert!(share(LabelNoise::Pair(0.3), 2, 1) < 1e-12);
        let matrix = vec![vec![0.5, 0.5, 0.0], vec![0.0, 1.0, 0.0], vec![0.1, 0.2, 0.7]];
        assert!((share(LabelNoise::Matrix(matrix.clone()), 0, 1) - 0.5).abs() < 0.03);
        assert!((share(LabelNoise::Matrix(matrix), 2, 1) - 0.2).abs() < 0.03);
    }

    proptest! {
        #[test]
        fn wrong_labels_stay_wrong_at_higher_rates(low in 0.0..1.0, high in 0.0..1.0, seed in any::<u64>()) {
            let (low, high) = if low < high { (low, high) } else { (high, low) };
            let labels = &labels()[..300];
            let at = |rate| LabelNoise::Symmetric(rate).apply(seed, labels, 3).unwrap();
            for ((few, many), &label) in at(low).into_iter().zip(at(high)).zip(labels) {
                prop_assert!(few == label || many == few);
            }
        }
    }

    #[test]
    fn draws_never_change() {
        let noisy = LabelNoise::Symmetric(0.5).apply(11, &[0, 1, 2, 0, 1, 2, 0, 1], 3).unwrap();
        assert_eq!(noisy, GOLDEN);
    }

    const GOLDEN: [i64; 8] = [2, 1, 1, 2, 1, 2, 0, 2];

    #[test]
    fn what_is_no_probability_is_refused() {
        for noise in [
            LabelNoise::Symmetric(1.5),
            LabelNoise::Pair(f64::NAN),
            LabelNoise::Matrix(vec![vec![1.0]]),
            LabelNoise::Matrix(vec![vec![0.5, 0.4], vec![0.0, 1.0]]),
        ] {
            assert!(noise.apply(0, &[0, 1], 2).is_err(), "{noise:?}");
        }
        assert!(LabelNoise::Pair(0.5).apply(0, &[2], 2).is_err());
    }
}
