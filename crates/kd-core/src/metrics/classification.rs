use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::calibration::{Binning, Reliability};
use super::measurable;
use crate::error::{Error, Result, one_label_each, shape_of};
use crate::loss::cross_entropy;

/// How well predictions meet the labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// Share of examples whose top class is the label, in `[0, 1]`; higher is better. Of equal logits the first counts.
    pub accuracy: f64,
    /// Share of examples with fewer than five classes above the label's, in `[0, 1]`; higher is better.
    pub top5_accuracy: f64,
    /// Mean over the classes that occur of the share of their examples that is right, in `[0, 1]`; higher is better.
    pub balanced_accuracy: f64,
    /// Mean of F1, `2 TP / (2 TP + FP + FN)`, over the classes that occur as label or prediction, in `[0, 1]`; higher is
    /// better.
    pub macro_f1: f64,
    /// Mean negative log-likelihood of the labels in nats, at least 0; lower is better.
    pub nll: f64,
    /// Brier score `Σ_k (p_k - [k = y])²`, mean over examples, in `[0, 2]`; lower is better (Brier 1950, who sums over
    /// classes, as here; some code divides by K).
    pub brier: f64,
    /// Expected calibration error in [`Classification::BINS`] bins of equal width, in `[0, 1]`; lower is better.
    pub ece: f64,
    /// The same in bins of equal counts.
    pub ece_equal_mass: f64,
    /// Mean entropy of the predictions in nats, in `[0, ln K]`.
    pub entropy: f64,
}

impl Classification {
    /// Calibration is measured in 15 bins (Guo et al. 2017, "On Calibration of Modern Neural Networks",
    /// arXiv 1706.04599).
    pub const BINS: usize = 15;

    /// Measures logits against labels.
    ///
    /// # Errors
    /// On shapes that do not fit, no examples, a label outside `0..K`, or logits that are not finite.
    pub fn of(logits: &Tensor, labels: &Tensor) -> Result<Self> {
        let (_, classes) = shape_of("logits", logits)?;
        let mut meter = ClassificationMeter::new(classes);
        meter.add(logits, labels)?;
        meter.measure()
    }
}

/// Takes a set in parts and measures it as a whole: the result does not depend on the parts but for rounding.
#[derive(Debug, Clone)]
pub struct ClassificationMeter {
    classes: i64,
    /// Per class: right predictions, predictions, labels.
    counts: Vec<[f64; 3]>,
    /// Probability of the top class, and whether it is the label.
    predictions: Vec<(f64, bool)>,
    in_top5: f64,
    nll: f64,
    brier: f64,
    entropy: f64,
}

impl ClassificationMeter {
    /// A meter for K `classes` that has seen nothing.
    #[must_use]
    pub fn new(classes: i64) -> Self {
        Self {
            classes,
            counts: vec![[0.0; 3]; usize::try_from(classes).unwrap_or(0)],
            predictions: Vec::new(),
            in_top5: 0.0,
            nll: 0.0,
            brier: 0.0,
            entropy: 0.0,
        }
    }

    /// Adds logits `[B, K]` and labels `[B]`.
    ///
    /// # Errors
    /// On shapes that do not fit, no examples, a label outside `0..K`, or logits that are not finite. The meter is then
    /// as it was.
    pub fn add(&mut self, logits: &Tensor, labels: &Tensor) -> Result<()> {
        measurable("logits", logits)?;
        one_label_each(logits, labels)?;
        let (examples, classes) = shape_of("logits", logits)?;
        if classes != self.classes {
            let expected = format!("[examples, {}]", self.classes);
            return Err(Error::Shape { what: "logits", expected, got: logits.size() });
        }
        let logits = logits.f_detach()?.f_to_kind(Kind::Double)?;
        // It checks the labels too.
        let nll = cross_entropy(&logits, labels)?.f_double_value(&[])?;
        let log_p = logits.f_log_softmax(-1, None::<Kind>)?;
        let p = log_p.f_exp()?;
        let index = labels.f_unsqueeze(-1)?;
        let sum = |table: Tensor| -> Result<f64> { Ok(table.f_sum(Kind::Double)?.f_double_value(&[])?) };
        let (confidence, predicted) = p.f_max_dim(-1, false)?;
        let above = logits.f_gt_tensor(&logits.f_gather(1, &index, false)?)?;
        let above = above.f_sum_dim_intlist(-1, false, Kind::Int64)?;
        let at_label = sum(p.f_gather(1, &index, false)?)?;

        let confidence: Vec<f64> = Vec::try_from(confidence)?;
        let predicted: Vec<i64> = Vec::try_from(predicted)?;
        let labels: Vec<i64> = Vec::try_from(labels.f_to_device(tch::Device::Cpu)?)?;
        // Σ_k (p_k - [k = y])² = Σ_k p_k² - 2 p_y + 1.
        self.brier += sum(p.f_square()?)? - 2.0 * at_label + examples as f64;
        self.entropy -= sum(p.f_mul(&log_p)?)?;
        self.nll += nll * examples as f64;
        self.in_top5 += sum(above.f_lt(5)?)?;
        for ((confidence, predicted), label) in confidence.into_iter().zip(predicted).zip(labels) {
            let right = predicted == label;
            self.counts[predicted as usize][1] += 1.0;
            self.counts[label as usize][2] += 1.0;
            self.counts[label as usize][0] += f64::from(u8::from(right));
            self.predictions.push((confidence, right));
        }
        Ok(())
    }

    /// What all parts make together.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn measure(&self) -> Result<Classification> {
        let error = |binning| -> Result<f64> { Ok(self.reliability(binning)?.error()) };
        let examples = self.predictions.len() as f64;
        let occurring = self.counts.iter().filter(|[_, _, labels]| *labels > 0.0);
        let met = self.counts.iter().filter(|[_, predicted, labels]| predicted + labels > 0.0);
        Ok(Classification {
            accuracy: self.counts.iter().map(|[right, ..]| right).sum::<f64>() / examples,
            top5_accuracy: self.in_top5 / examples,
            balanced_accuracy: mean(occurring.map(|[right, _, labels]| right / labels)),
            macro_f1: mean(met.map(|[right, predicted, labels]| 2.0 * right / (predicted + labels))),
            nll: self.nll / examples,
            brier: self.brier / examples,
            ece: error(Binning::EqualWidth(Classification::BINS))?,
            ece_equal_mass: error(Binning::EqualMass(Classification::BINS))?,
            entropy: self.entropy / examples,
        })
    }

    /// The reliability curve of all parts together. Every confidence is kept, since bins of equal mass depend on all.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn reliability(&self, binning: Binning) -> Result<Reliability> {
        if self.predictions.is_empty() {
            return Err(Error::Empty);
        }
        Ok(Reliability::of(&self.predictions, binning))
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
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
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use super::*;

    #[test]
    fn measures_by_hand() {
        let logits = Tensor::from_slice2(&[[0.0, 2.0_f64.ln()], [0.0, 0.0]]);
        let measured = Classification::of(&logits, &Tensor::from_slice(&[1_i64, 1])).unwrap();
        // Probabilities of the label: 2/3 and 1/2; the tie goes to class 0.
        assert!((measured.accuracy - 0.5).abs() < 1e-12);
        assert!((measured.nll - f64::midpoint(1.5_f64.ln(), 2.0_f64.ln())).abs() < 1e-12);
        assert!((measured.ece - f64::midpoint(1.0 / 3.0, 0.5)).abs() < 1e-12);
        // 2 (1/3)² and 2 (1/2)².
        assert!((measured.brier - f64::midpoint(2.0 / 9.0, 0.5)).abs() < 1e-12);
        // Class 0 never occurs as a label, once as a prediction: recall 1/2 of class 1; F1 of 0 and of 2/3.
        assert!((measured.balanced_accuracy - 0.5).abs() < 1e-12);
        assert!((measured.macro_f1 - 1.0 / 3.0).abs() < 1e-12);
        assert!((measured.top5_accuracy - 1.0).abs() < 1e-12);
    }

    #[test]
    fn parts_make_the_whole() {
        let logits =
            Tensor::from_slice2(&[[0.1, 2.0, -1.0], [0.3, 0.2, 0.1], [1.0, -2.0, 3.0], [0.0, 0.5, 0.4]]);
        let labels = Tensor::from_slice(&[1_i64, 2, 0, 1]);
        let whole = Classification::of(&logits, &labels).unwrap();
        let mut meter = ClassificationMeter::new(3);
        for (start, length) in [(0, 1), (1, 3)] {
            meter.add(&logits.narrow(0, start, length), &labels.narrow(0, start, length)).unwrap();
        }
        let parts = meter.measure().unwrap();
        assert!((whole.nll - parts.nll).abs() < 1e-12 && (whole.brier - parts.brier).abs() < 1e-12);
        assert_eq!([whole.ece, whole.macro_f1, whole.accuracy], [parts.ece, parts.macro_f1, parts.accuracy]);
        assert!(matches!(ClassificationMeter::new(3).measure(), Err(Error::Empty)));
        assert!(meter.add(&logits.narrow(1, 0, 2), &labels).is_err(), "another number of classes");
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
