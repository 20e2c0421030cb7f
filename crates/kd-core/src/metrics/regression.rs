use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

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
        if predictions.size() != targets.size() {
            let expected = format!("{:?} like the targets", targets.size());
            return Err(Error::Shape { what: "predictions", expected, got: predictions.size() });
        }
        if predictions.numel() == 0 {
            return Err(Error::Empty);
        }
        finite("predictions", predictions)?;
        finite("targets", targets)?;
        let targets = targets.f_to_kind(Kind::Double)?;
        let errors = predictions.f_detach()?.f_to_kind(Kind::Double)?.f_sub(&targets)?;
        let mean = |table: Tensor| -> Result<f64> { Ok(table.f_mean(Kind::Double)?.f_double_value(&[])?) };
        let squared = mean(errors.f_square()?)?;
        let variance = mean(targets.f_sub(&targets.f_mean(Kind::Double)?)?.f_square()?)?;
        Ok(Self {
            rmse: squared.sqrt(),
            mae: mean(errors.f_abs()?)?,
            r2: (variance > 0.0).then(|| 1.0 - squared / variance),
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
        let constant = Tensor::from_slice(&[1.0, 1.0]);
        assert_eq!(Regression::of(&constant, &constant).unwrap().r2, None);
        assert!(matches!(Regression::of(&constant, &targets), Err(Error::Shape { .. })));
        let broken = Tensor::from_slice(&[f64::NAN, 1.0]);
        assert!(matches!(Regression::of(&broken, &constant), Err(Error::NotFinite { .. })));
    }
}
