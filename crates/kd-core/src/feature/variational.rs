use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor, nn};

use super::projection::Projection;
use super::shape::{at_smaller_size, equal, pair};
use crate::error::Result;
use crate::random::Stream;

/// Likelihood of the teacher's feature under a learnt Gaussian (VID, Ahn et al. 2019).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variational {}

/// σ² before training, and the least that it can become.
const INITIAL_VARIANCE: f64 = 5.0;
const LEAST_VARIANCE: f64 = 1e-5;

/// Negative log-likelihood of the teacher's feature, `1/(B D) Σ ½ ((t - μ)² / σ_c² + ln σ_c²)` in nats per number: a bound
/// from above, but for a constant, on the information that the student's feature lacks. It may be negative, as ½ ln 2π
/// is left out.
///
/// `mean` is μ, of the shape of `teacher`: `[B, C]` or `[B, C, H, W]`; `variance` is σ² `[C]`. [`Variational`] learns
/// both. μ is three linear layers without bias, as wide as the teacher, with a `ReLU` between them, applied at every
/// position of a map; maps are brought to the smaller height and width by adaptive average pooling first. σ² is
/// `ln(1 + exp(α)) + 10⁻⁵` and starts from 5.
///
/// Ahn et al. 2019, "Variational Information Distillation for Knowledge Transfer" (arXiv 1904.05835), whose sum over
/// numbers is a mean in published code, as here. mdistiller leaves α out of what it trains, so that σ² stays 5 there.
///
/// # Errors
/// On shapes that do not fit.
pub fn variational(mean: &Tensor, variance: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let (mean, teacher) = pair(mean, teacher)?;
    equal(&mean.size()[1..], &teacher.size()[1..])?;
    let mut of_channels = vec![1; mean.dim()];
    of_channels[1] = mean.size()[1];
    let variance = variance.f_view(&of_channels[..])?;
    let distance = teacher.f_sub(&mean)?.f_square()?.f_div(&variance)?;
    Ok(distance.f_add(&variance.f_log()?)?.f_mean(None::<Kind>)?.f_mul_scalar(0.5)?)
}

/// What [`Variational`] learns.
#[derive(Debug)]
pub(super) struct Likelihood {
    /// Those of μ.
    layers: [Projection; 3],
    /// α `[C]`.
    raw_variance: Tensor,
}

impl Likelihood {
    pub(super) fn new(path: &nn::Path<'_>, inputs: i64, outputs: i64, stream: &mut Stream) -> Result<Self> {
        let regressor = path / "regressor";
        let mut layer =
            |name: &str, inputs| Projection::without_bias(&(&regressor / name), inputs, outputs, stream);
        let layers = [layer("first", inputs)?, layer("second", outputs)?, layer("third", outputs)?];
        let start = ((INITIAL_VARIANCE - LEAST_VARIANCE).exp() - 1.0).ln();
        let start = Tensor::f_full([outputs], start, (Kind::Double, path.device()))?;
        Ok(Self { layers, raw_variance: path.f_var_copy("raw_variance", &start)? })
    }

    pub(super) fn loss(&self, student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
        let (student, teacher) = at_smaller_size(student, teacher)?;
        let [first, second, third] = &self.layers;
        let hidden = second.forward(&first.forward(&student)?.f_relu()?)?.f_relu()?;
        let mean = third.forward(&hidden)?;
        let variance =
            self.raw_variance.f_to_kind(mean.kind())?.f_softplus()?.f_add_scalar(LEAST_VARIANCE)?;
        variational(&mean, &variance, &teacher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Concern;
    use tch::Device;

    #[test]
    fn a_likelihood_by_hand() {
        let (mean, teacher) = (Tensor::from_slice2(&[[1.0, 0.0]]), Tensor::from_slice2(&[[3.0, 3.0]]));
        let loss = variational(&mean, &Tensor::from_slice(&[1.0, 9.0]), &teacher).unwrap();
        assert!((loss.double_value(&[]) - 0.25 * (4.0 + 1.0 + 9.0_f64.ln())).abs() < 1e-15);
        assert!(variational(&mean, &Tensor::from_slice(&[1.0]), &teacher).is_err());
    }

    #[test]
    fn nothing_is_known_of_a_student_of_zeros() {
        let variables = nn::VarStore::new(Device::Cpu);
        let mut stream = Stream::new(&[5], Concern::Initialisation);
        let likelihood = Likelihood::new(&variables.root(), 3, 2, &mut stream).unwrap();
        let student = Tensor::zeros([1, 3], (Kind::Double, Device::Cpu));
        let loss = likelihood.loss(&student, &Tensor::from_slice2(&[[1.0, 3.0]])).unwrap().double_value(&[]);
        // Without bias μ is 0: (1 + 9) / 2 over σ² = 5.
        assert!((loss - 0.5 * (1.0 + 5.0_f64.ln())).abs() < 1e-6, "{loss}");
    }
}
