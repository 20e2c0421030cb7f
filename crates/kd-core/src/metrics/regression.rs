use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::moments::Moments;
use super::{equal_shapes, sum};
use crate::error::{Error, Result, finite};

/// How well predicted numbers meet their targets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// Root of the mean squared error, in the target's unit; lower is better.
    pub rmse: f64,
    /// Mean absolute error, in the target's unit; lower is better.
    pub mae: f64,
    /// Share of the targets' variance that is explained, at most 1; higher is better. None where targets do not vary.
    pub r2: Option<f64>,
}

impl Regression {
    /// Measures predictions against targets of the same shape.
    ///
    /// # Errors
    /// On shapes that differ, nothing to measure, or numbers that are not finite.
    pub fn of(predictions: &Tensor, targets: &Tensor) -> Result<Self> {
        let mut meter = RegressionMeter::default();
        meter.add(predictions, targets)?;
        meter.measure()
    }
}

/// Takes a set in parts and measures it as a whole, as [`ClassificationMeter`](super::ClassificationMeter) does.
#[derive(Debug, Clone, Default)]
pub struct RegressionMeter {
    squared: f64,
    absolute: f64,
    /// Targets as x, predictions as y.
    targets: Moments,
}

impl RegressionMeter {
    /// Adds predictions and targets of one shape.
    ///
    /// # Errors
    /// As [`Regression::of`]. The meter is then as it was.
    pub fn add(&mut self, predictions: &Tensor, targets: &Tensor) -> Result<()> {
        equal_shapes("predictions", predictions, "targets", targets)?;
        if predictions.numel() == 0 {
            return Err(Error::Empty);
        }
        finite("predictions", predictions)?;
        finite("targets", targets)?;
        let flat = |numbers: &Tensor| numbers.f_detach()?.f_to_kind(Kind::Double)?.f_flatten(0, -1);
        let (predictions, targets) = (flat(predictions)?, flat(targets)?);
        let errors = predictions.f_sub(&targets)?;
        let (squared, absolute) = (sum(&errors.f_square()?)?, sum(&errors.f_abs()?)?);
        let targets: Vec<f64> = Vec::try_from(targets)?;
        let predictions: Vec<f64> = Vec::try_from(predictions)?;

        self.squared += squared;
        self.absolute += absolute;
        targets.into_iter().zip(predictions).for_each(|(x, y)| self.targets.add(x, y));
        Ok(())
    }

    /// What all parts make together.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn measure(&self) -> Result<Regression> {
        let count = self.targets.count();
        if count == 0.0 {
            return Err(Error::Empty);
        }
        let variation = self.targets.variation();
        Ok(Regression {
            rmse: (self.squared / count).sqrt(),
            mae: self.absolute / count,
            r2: (variation > 0.0).then(|| 1.0 - self.squared / variation),
        })
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use super::*;

    #[test]
    fn errors_by_hand() {
        let targets = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0]);
        let found = Regression::of(&Tensor::from_slice(&[1.0, 2.0, 3.0, 8.0]), &targets).unwrap();
        assert_eq!([found.rmse, found.mae], [2.0, 1.0]);
        assert!((found.r2.unwrap() - (1.0 - 4.0 / 1.25)).abs() < 1e-12);
        let far =
            Regression::of(&(Tensor::from_slice(&[1.0, 2.0, 3.0, 8.0]) + 1e9), &(&targets + 1e9)).unwrap();
        assert_eq!(far.r2, found.r2, "a large mean costs no digits");
        let constant = Tensor::from_slice(&[1.0, 1.0]);
        assert_eq!(Regression::of(&constant, &constant).unwrap().r2, None);
        assert!(matches!(Regression::of(&constant, &targets), Err(Error::Shape { .. })));
        let broken = Tensor::from_slice(&[f64::NAN, 1.0]);
        assert!(matches!(Regression::of(&broken, &constant), Err(Error::NotFinite { .. })));
    }
}
