use std::fmt;
use std::ops::Bound::Included;

use kd_core::number::{Limit, Number, Range};
use kd_core::random::{Concern, Stream};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How labels are made wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelNoise {
    /// With this probability, a label becomes another one, each other class being equally likely (Patrini et al. 2017,
    /// arXiv:1609.03683).
    Symmetric(NoiseRate),
    /// With this probability, a label becomes the next class, and the last the first (Han et al. 2018, arXiv:1804.06872).
    Pair(NoiseRate),
    /// The probability that a label of class i (row) becomes class j (column); each row sums to 1.
    Matrix(Transition),
}

/// The probability that a label is made wrong, in `[0, 1]`.
pub type NoiseRate = Number<NoiseRange>;

/// Where a [`NoiseRate`] may lie.
pub enum NoiseRange {}

impl Range for NoiseRange {
    const NAME: &str = "NoiseRate";
    const LIMITS: [Limit; 2] = [Included(0.0), Included(1.0)];
    const EXPECTED: &str = "expected a rate from 0 to 1, found";
    const ADVICE: &str = "0.2 makes a fifth of the labels wrong";

    fn schema() -> Schema {
        json_schema!({
            "description": "The probability that a label is made wrong, in `[0, 1]`.",
            "type": "number",
            "format": "double",
            "maximum": 1,
            "minimum": 0
        })
    }
}

/// A square matrix whose rows are distributions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Vec<f64>>", into = "Vec<Vec<f64>>")]
pub struct Transition(Vec<Vec<f64>>);

impl TryFrom<Vec<Vec<f64>>> for Transition {
    type Error = String;

    fn try_from(rows: Vec<Vec<f64>>) -> std::result::Result<Self, String> {
        if let Some(row) = rows.iter().find(|row| row.len() != rows.len()) {
            return Err(format!(
                "expected a square matrix, found {} row(s), one of them of {} number(s); a row for each class",
                rows.len(),
                row.len()
            ));
        }
        match rows.iter().position(|row| !is_distribution(row)) {
            Some(row) => Err(format!(
                "row {} of the matrix is {:?}; its numbers are probabilities that sum to 1",
                row + 1,
                rows[row]
            )),
            None => Ok(Self(rows)),
        }
    }
}

impl From<Transition> for Vec<Vec<f64>> {
    fn from(transition: Transition) -> Self {
        transition.0
    }
}

impl LabelNoise {
    /// The labels after noise. Each example's draw depends on its row and the seed alone, and labels that are wrong at a
    /// rate stay wrong at every higher one.
    ///
    /// # Errors
    /// If [`LabelNoise::check`] refuses, or a label is not a class.
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

    /// That it is about this many classes.
    ///
    /// # Errors
    /// If they are fewer than two, or not as many as a matrix has.
    pub fn check(&self, classes: usize) -> Result<()> {
        match self {
            Self::Symmetric(_) | Self::Pair(_) if classes < 2 => {
                Err(Error::Source("one class has no other that a label could become".to_owned()))
            }
            Self::Matrix(Transition(rows)) if rows.len() != classes => {
                let size = rows.len();
                Err(Error::Source(format!("the matrix is {size} by {size}, but there are {classes} classes")))
            }
            Self::Symmetric(_) | Self::Pair(_) | Self::Matrix(_) => Ok(()),
        }
    }

    fn draw(&self, class: usize, classes: usize, stream: &mut Stream) -> usize {
        let share = stream.uniform();
        match self {
            Self::Symmetric(rate) if share < rate.get() => {
                (class + 1 + stream.below(classes as u64 - 1) as usize) % classes
            }
            Self::Pair(rate) if share < rate.get() => (class + 1) % classes,
            Self::Symmetric(_) | Self::Pair(_) => class,
            Self::Matrix(Transition(rows)) => {
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

impl fmt::Display for LabelNoise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Symmetric(rate) => write!(f, "symmetric noise of {rate} on labels"),
            Self::Pair(rate) => write!(f, "pair noise of {rate} on labels"),
            Self::Matrix(_) => f.write_str("noise by a matrix on labels"),
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

    fn symmetric(rate: f64) -> LabelNoise {
        LabelNoise::Symmetric(rate.try_into().unwrap())
    }

    fn pair(rate: f64) -> LabelNoise {
        LabelNoise::Pair(rate.try_into().unwrap())
    }

    #[test]
    fn rates_are_what_is_asked() {
        let labels = labels();
        let share = |noise: LabelNoise, from: i64, to: i64| {
            let noisy = noise.apply(7, &labels, 3).unwrap();
            noisy.iter().zip(&labels).filter(|&(&new, &old)| old == from && new == to).count() as f64 / 3000.0
        };
        assert!((share(symmetric(0.4), 1, 2) - 0.2).abs() < 0.03);
        assert!((share(symmetric(0.4), 1, 0) - 0.2).abs() < 0.03);
        assert!((share(pair(0.3), 2, 0) - 0.3).abs() < 0.03);
        assert!(share(pair(0.3), 2, 1) < 1e-12);
        let matrix = vec![vec![0.5, 0.5, 0.0], vec![0.0, 1.0, 0.0], vec![0.1, 0.2, 0.7]];
        let matrix = Transition::try_from(matrix).unwrap();
        assert!((share(LabelNoise::Matrix(matrix.clone()), 0, 1) - 0.5).abs() < 0.03);
        assert!((share(LabelNoise::Matrix(matrix), 2, 1) - 0.2).abs() < 0.03);
    }

    proptest! {
        #[test]
        fn wrong_labels_stay_wrong_at_higher_rates(low in 0.0..1.0, high in 0.0..1.0, seed in any::<u64>()) {
            let (low, high) = if low < high { (low, high) } else { (high, low) };
            let labels = &labels()[..300];
            let at = |rate| symmetric(rate).apply(seed, labels, 3).unwrap();
            for ((few, many), &label) in at(low).into_iter().zip(at(high)).zip(labels) {
                prop_assert!(few == label || many == few);
            }
        }
    }

    #[test]
    fn draws_never_change() {
        let noisy = symmetric(0.5).apply(11, &[0, 1, 2, 0, 1, 2, 0, 1], 3).unwrap();
        assert_eq!(noisy, GOLDEN);
    }

    const GOLDEN: [i64; 8] = [2, 1, 1, 2, 1, 2, 0, 2];

    #[test]
    fn what_is_no_probability_is_refused() {
        for rate in [-0.1, 1.5, f64::NAN] {
            assert!(NoiseRate::try_from(rate).is_err(), "{rate}");
        }
        for matrix in [
            vec![vec![1.0, 0.0]],
            vec![vec![0.5, 0.4], vec![0.0, 1.0]],
            vec![vec![1.0, 0.0], vec![2.0, -1.0]],
        ] {
            assert!(Transition::try_from(matrix.clone()).is_err(), "{matrix:?}");
        }
        let one = LabelNoise::Matrix(Transition::try_from(vec![vec![1.0]]).unwrap());
        for noise in [symmetric(0.5), pair(0.5), one.clone()] {
            assert_eq!(noise.check(1).is_ok(), noise == one, "{noise:?}");
            assert_eq!(noise.check(2).is_ok(), noise != one, "{noise:?}");
        }
        assert!(pair(0.5).apply(0, &[2], 2).is_err());
    }
}
