use tch::{Kind, Tensor};

use super::{measurable, sum};
use crate::error::{Error, Result, finite};

/// How far the last features of a classifier have collapsed: each of its classes to a point (NC1), the points to the corners
/// of a simplex (NC2), the classifier to these (NC3), its decisions to the nearest of them (NC4). All four fall to 0.
///
/// Papyan, Han & Donoho 2020, "Prevalence of neural collapse during the terminal phase of deep learning training" (PNAS,
/// arXiv 2008.08186). The centre of all is the mean of the classes' means, so that each class counts the same.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NeuralCollapse {
    /// NC1: `tr(Σ_W Σ_B⁺) / K`, the spread of examples around their class's mean as a share of that of the means.
    pub within: f64,
    /// NC2: standard deviation of the distances of classes' means from their centre, as a share of the mean distance.
    pub norms: f64,
    /// NC2: mean over pairs of classes of `|cos + 1 / (K − 1)|`, the angles being those of means seen from their centre.
    pub angles: f64,
    /// NC3: `‖W / ‖W‖ − M / ‖M‖‖²` of the classifier's weights and the centred means, both `[K, p]`. Absent where the
    /// classifier is not linear in these features.
    pub classifier: Option<f64>,
}

/// The mean last feature of each class that has examples: what [`NeuralCollapse`] is about.
#[derive(Debug)]
pub struct ClassMeans {
    /// `[n, p]` float64, each example minus its class's mean.
    within: Tensor,
    /// `[K', p]` float64.
    means: Tensor,
    /// The classes they are of, ascending, `[K']` int64.
    classes: Tensor,
}

impl ClassMeans {
    /// Of features `[n, p]` of examples of the classes `labels`, `[n]` int64. None of fewer than two classes.
    ///
    /// # Errors
    /// On shapes that do not fit, no examples, or numbers that are not finite.
    pub fn of(features: &Tensor, labels: &Tensor) -> Result<Option<Self>> {
        table(features)?;
        let examples = features.size()[0];
        if labels.size() != [examples] {
            let expected = format!("[{examples}]");
            return Err(Error::Shape { what: "labels", expected, got: labels.size() });
        }
        let features = features.f_to_kind(Kind::Double)?;
        let (classes, places, counts) = labels.f_unique_dim(0, true, true, true)?;
        let found = classes.size()[0];
        if found < 2 {
            return Ok(None);
        }
        let sums = Tensor::f_zeros([found, features.size()[1]], (Kind::Double, features.device()))?
            .f_index_add(0, &places, &features)?;
        let means = sums.f_div(&counts.f_to_kind(Kind::Double)?.f_unsqueeze(1)?)?;
        let within = features.f_sub(&means.f_index_select(0, &places)?)?;
        Ok(Some(Self { within, means, classes }))
    }

    /// How far they have collapsed, beside a classifier with the weights `[K, p]`, if it is linear in the features. None
    /// where classes have the same mean.
    ///
    /// # Errors
    /// On a class that the classifier does not know, or weights that are not finite.
    pub fn collapse(&self, classifier: Option<&Tensor>) -> Result<Option<NeuralCollapse>> {
        let count = self.means.size()[0];
        let centred = self.means.f_sub(&self.means.f_mean_dim(0, true, Kind::Double)?)?;
        let norms = centred.f_norm_scalaropt_dim(2.0, [1], true)?;
        if norms.f_min()?.f_double_value(&[])? <= 0.0 {
            return Ok(None);
        }
        let directions = centred.f_div(&norms)?;
        let cosines = directions.f_matmul(&directions.f_tr()?)?;
        let ideal = 1.0 / (count - 1) as f64;
        let off = sum(&cosines.f_add_scalar(ideal)?.f_abs()?.f_fill_diagonal_(0.0, false)?)?;
        let (deviation, mean) =
            (norms.f_std(false)?.f_double_value(&[])?, norms.f_mean(Kind::Double)?.f_double_value(&[])?);
        Ok(Some(NeuralCollapse {
            within: self.spread(&centred)?,
            norms: deviation / mean,
            angles: off / (count * (count - 1)) as f64,
            classifier: classifier.map(|weights| self.distance(&centred, weights)).transpose()?.flatten(),
        }))
    }

    /// `tr(Σ_W Σ_B⁺) / K` by the singular values of the centred means, of which at most K − 1 are not nil.
    fn spread(&self, centred: &Tensor) -> Result<f64> {
        let (_, values, directions) = centred.f_svd(true, true)?;
        let largest = values.f_max()?.f_double_value(&[])?;
        let nil = largest * f64::EPSILON * centred.size().into_iter().max().unwrap_or(1) as f64;
        let counted = values.f_gt(nil)?.f_sum(Kind::Int64)?.f_int64_value(&[])?;
        let counted = counted.min(centred.size()[0] - 1);
        let along = self.within.f_matmul(&directions.f_narrow(1, 0, counted)?)?;
        let scaled = along.f_div(&values.f_narrow(0, 0, counted)?)?;
        // Σ_B has 1/K before its sum and the trace is divided by K, so that neither is left.
        Ok(sum(&scaled.f_square()?)? / self.within.size()[0] as f64)
    }

    fn distance(&self, centred: &Tensor, weights: &Tensor) -> Result<Option<f64>> {
        finite("classifier", weights)?;
        if weights.size().get(1) != centred.size().get(1) {
            return Ok(None);
        }
        let own = weights.f_to_kind(Kind::Double)?.f_index_select(0, &self.classes)?;
        let unit = |table: &Tensor| table.f_div(&table.f_norm()?);
        Ok(Some(sum(&unit(&own)?.f_sub(&unit(centred)?)?.f_square()?)?))
    }

    /// NC4: the share of examples with features `[n, p]` of which logits `[n, K]` have another top class than that whose
    /// mean is nearest.
    ///
    /// # Errors
    /// On shapes that do not fit, no examples, or numbers that are not finite.
    pub fn disagreement(&self, features: &Tensor, logits: &Tensor) -> Result<f64> {
        table(features)?;
        measurable("logits", logits)?;
        let features = features.f_to_kind(Kind::Double)?;
        // |h − μ|² without |h|², which is the same for all classes.
        let half = self.means.f_square()?.f_sum_dim_intlist(1, false, Kind::Double)?.f_mul_scalar(0.5)?;
        let nearness = features.f_matmul(&self.means.f_tr()?)?.f_sub(&half)?;
        let nearest = self.classes.f_index_select(0, &nearness.f_argmax(1, false)?)?;
        let others = logits.f_argmax(1, false)?.f_ne_tensor(&nearest)?;
        Ok(sum(&others)? / features.size()[0] as f64)
    }
}

/// That features are a table of numbers.
fn table(features: &Tensor) -> Result<()> {
    match features.size()[..] {
        [0, _] => Err(Error::Empty),
        [_, width] if width > 0 => finite("features", features),
        _ => {
            let expected = "[examples, features]".to_owned();
            Err(Error::Shape { what: "features", expected, got: features.size() })
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use tch::Device;

    use super::*;

    fn rows(rows: &[&[f64]]) -> Tensor {
        Tensor::from_slice2(rows)
    }

    #[test]
    fn what_has_collapsed_to_a_simplex_is_nil_in_all() {
        let height = 3.0_f64.sqrt() / 2.0;
        let corners = rows(&[&[1.0, 0.0], &[-0.5, height], &[-0.5, -height]]);
        let (labels, shifted) = (Tensor::from_slice(&[0_i64, 1, 2, 2, 0]), &corners + 7.0);
        let features = shifted.index_select(0, &labels);
        let means = ClassMeans::of(&features, &labels).unwrap().unwrap();
        let found = means.collapse(Some(&(&corners * 4.0))).unwrap().unwrap();
        for number in [found.within, found.norms, found.angles, found.classifier.unwrap()] {
            assert!(number.abs() < 1e-12, "{found:?}");
        }
        let logits = Tensor::eye(3, (Kind::Double, Device::Cpu)).index_select(0, &labels);
        assert_eq!(means.disagreement(&features, &logits).unwrap(), 0.0);
        let wrong = logits.flip([1]);
        assert_eq!(means.disagreement(&features, &wrong).unwrap(), 0.8, "class 1 is in the middle");
    }

    #[test]
    fn each_number_is_what_its_formula_says() {
        // Means -1 and 3 around 1; spread 1/2 in each class; so Σ_B = 4, Σ_W = 1/2.
        let half = 0.5_f64.sqrt();
        let features = rows(&[&[-1.0 - half], &[-1.0 + half], &[3.0 - half], &[3.0 + half]]);
        let labels = Tensor::from_slice(&[4_i64, 4, 9, 9]);
        let means = ClassMeans::of(&features, &labels).unwrap().unwrap();
        let weights = Tensor::zeros([10, 1], (Kind::Double, Device::Cpu));
        let _ = weights.get(4).fill_(-1.0);
        let _ = weights.get(9).fill_(2.0);
        let found = means.collapse(Some(&weights)).unwrap().unwrap();
        assert!((found.within - 0.5 / 4.0 / 2.0).abs() < 1e-12, "{found:?}");
        assert!(found.norms.abs() < 1e-12 && found.angles.abs() < 1e-12, "two means are opposite");
        let unit = [(-1.0 / 5.0_f64.sqrt() + half).powi(2), (2.0 / 5.0_f64.sqrt() - half).powi(2)];
        assert!((found.classifier.unwrap() - (unit[0] + unit[1])).abs() < 1e-12, "{found:?}");
        assert_eq!(means.collapse(None).unwrap().unwrap().classifier, None);
    }

    #[test]
    fn unequal_means_are_told_by_norms_and_angles() {
        // Centred: (2, 0), (-1, 1), (-1, -1); norms 2, √2, √2; cosines -1/√2 twice, 0 once.
        let features = rows(&[&[2.0, 0.0], &[-1.0, 1.0], &[-1.0, -1.0]]);
        let means = ClassMeans::of(&features, &Tensor::from_slice(&[0_i64, 1, 2])).unwrap().unwrap();
        let found = means.collapse(None).unwrap().unwrap();
        let (long, short) = (2.0, 2.0_f64.sqrt());
        let mean = (long + 2.0 * short) / 3.0;
        let deviation = (((long - mean).powi(2) + 2.0 * (short - mean).powi(2)) / 3.0).sqrt();
        assert!((found.norms - deviation / mean).abs() < 1e-12, "{found:?}");
        assert!((found.angles - (2.0 * (0.5_f64.sqrt() - 0.5) + 0.5) / 3.0).abs() < 1e-12, "{found:?}");
        assert_eq!(found.within, 0.0);
    }

    #[test]
    fn what_has_no_two_means_has_not_collapsed_nor_not() {
        let features = rows(&[&[1.0], &[2.0]]);
        assert!(ClassMeans::of(&features, &Tensor::from_slice(&[3_i64, 3])).unwrap().is_none());
        let same =
            ClassMeans::of(&rows(&[&[1.0], &[1.0]]), &Tensor::from_slice(&[0_i64, 1])).unwrap().unwrap();
        assert_eq!(same.collapse(None).unwrap(), None);
        assert!(ClassMeans::of(&features, &Tensor::from_slice(&[3_i64])).is_err());
        assert!(ClassMeans::of(&rows(&[&[f64::NAN], &[1.0]]), &Tensor::from_slice(&[0_i64, 1])).is_err());
    }
}
