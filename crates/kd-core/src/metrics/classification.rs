use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::measurable;
use crate::error::{Result, one_label_each};
use crate::loss::cross_entropy;

/// How well predictions meet the labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// Share of examples whose top class is the label, in `[0, 1]`; higher is better.
    pub accuracy: f64,
    /// Mean negative log-likelihood of the labels in nats, at least 0; lower is better.
    pub nll: f64,
    /// Expected calibration error, in `[0, 1]`; lower is better. See [`Classification::BINS`].
    pub ece: f64,
}

impl Classification {
    /// Calibration is measured in 15 bins of equal width over the top class's probability (Guo et al. 2017, "On
    /// Calibration of Modern Neural Networks", arXiv 1706.04599): the mean over examples of
    /// `|accuracy - mean confidence|` of their bin. Bins are open below and closed above.
    pub const BINS: usize = 15;

    /// Measures logits against labels.
    ///
    /// # Errors
    /// On shapes that do not fit, no examples, a label outside `0..K`, or logits that are not finite.
    pub fn of(logits: &Tensor, labels: &Tensor) -> Result<Self> {
        measurable("logits", logits)?;
        one_label_each(logits, labels)?;
        let logits = logits.f_detach()?.f_to_kind(Kind::Double)?;
        let (confidence, predicted) = logits.f_softmax(-1, None::<Kind>)?.f_max_dim(-1, false)?;
        let correct = predicted.f_eq_tensor(labels)?.f_to_kind(Kind::Double)?;
        Ok(Self {
            accuracy: correct.f_mean(None::<Kind>)?.f_double_value(&[])?,
            nll: cross_entropy(&logits, labels)?.f_double_value(&[])?,
            ece: calibration_error(&Vec::try_from(confidence)?, &Vec::try_from(correct)?),
        })
    }
}

fn calibration_error(confidence: &[f64], correct: &[f64]) -> f64 {
    let mut surplus = [0.0; Classification::BINS];
    for (confidence, correct) in confidence.iter().zip(correct) {
        let bin = (confidence * Classification::BINS as f64).ceil() as usize;
        surplus[bin.clamp(1, Classification::BINS) - 1] += confidence - correct;
    }
    surplus.iter().map(|bin| bin.abs()).sum::<f64>() / confidence.len() as f64
}

/// Share of examples whose top class is the label, in `[0, 1]`.
///
/// # Errors
/// As [`Classification::of`].
pub fn accuracy(logits: &Tensor, labels: &Tensor) -> Result<f64> {
    measurable("logits", logits)?;
    one_label_each(logits, labels)?;
    let correct = logits.f_argmax(-1, false)?.f_eq_tensor(labels)?;
    Ok(correct.f_to_kind(Kind::Double)?.f_mean(None::<Kind>)?.f_double_value(&[])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn calibration_error_by_hand() {
        // Two at 0.9 in one bin, one right: |1.8 - 1| = 0.8. One at 0.55, right: 0.45. Mean over 3.
        let error = calibration_error(&[0.9, 0.91, 0.55], &[1.0, 0.0, 1.0]);
        assert!((error - (0.81 + 0.45) / 3.0).abs() < 1e-12, "{error}");
        assert!(calibration_error(&[1.0, 1.0], &[1.0, 1.0]).abs() < 1e-15);
    }

    #[test]
    fn measures_by_hand() {
        let logits = Tensor::from_slice2(&[[0.0, 2.0_f64.ln()], [0.0, 0.0]]);
        let measured = Classification::of(&logits, &Tensor::from_slice(&[1_i64, 1])).unwrap();
        // Probabilities of the label: 2/3 and 1/2; the tie goes to class 0.
        assert!((measured.accuracy - 0.5).abs() < 1e-12);
        assert!((measured.nll - f64::midpoint(1.5_f64.ln(), 2.0_f64.ln())).abs() < 1e-12);
        assert!((measured.ece - f64::midpoint(1.0 / 3.0, 0.5)).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let labels = Tensor::from_slice(&[0_i64]);
        let of = |row: [f64; 2]| Classification::of(&Tensor::from_slice2(&[row]), &labels);
        assert!(matches!(of([f64::NAN, 0.0]), Err(Error::NotFinite { .. })));
        assert!(matches!(of([f64::INFINITY, 0.0]), Err(Error::NotFinite { .. })));
        assert!(matches!(
            accuracy(&Tensor::from_slice2(&[[f64::NAN, 0.0]]), &labels),
            Err(Error::NotFinite { .. })
        ));
        assert!(matches!(accuracy(&Tensor::from_slice2(&[[1.0]]), &labels), Err(Error::TooFewClasses(1))));
        let none = Tensor::zeros([0, 2], (Kind::Float, tch::Device::Cpu));
        assert!(matches!(accuracy(&none, &Tensor::from_slice::<i64>(&[])), Err(Error::Empty)));
        let two = Tensor::from_slice2(&[[0.0, 1.0], [0.0, 1.0]]);
        assert!(matches!(accuracy(&two, &labels), Err(Error::Shape { .. })));
        assert!(Classification::of(&two, &Tensor::from_slice(&[0_i64, 2])).is_err(), "label 2 of 2 classes");
    }
}
