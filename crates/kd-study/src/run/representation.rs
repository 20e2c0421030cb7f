//! Where training takes a model's representation: what is kept of the model at its start, and how like that and how like
//! its teacher it is at its end.

use kd_core::metrics::{Cka, alignment, empirical_ntk, kernel_alignment, linear_cka, parameter_distance};
use kd_data::{Dataset, Encoded, Encoder, Inputs, Sampling, subset};
use kd_models::{Mode, Model};
use tch::{Kind, Tensor};

use crate::error::Result;
use crate::spec::RepresentationSpec;
use crate::store::comparison::Representation;
use crate::train::evaluate::last_feature;

/// The same examples for every seed: differences between runs are never differences between examples.
const SEED: u64 = 0;

impl RepresentationSpec {
    /// The examples compared, in the order of their ranks.
    fn inputs(self, dataset: &Dataset) -> Result<Inputs> {
        let test = &dataset.test;
        let rows: Vec<usize> = (0..test.len()).collect();
        let name = format!("{} test", dataset.name);
        let ranked = subset::rank(SEED, &name, &rows, test, &Sampling::Uniform, self.examples as usize)?;
        Ok(test.select(&ranked)?.inputs)
    }
}

/// A model at its start, and the examples on which it will be compared.
pub(super) struct Start {
    spec: RepresentationSpec,
    inputs: Inputs,
    encoded: Encoded,
    view: View,
    weights: Vec<Tensor>,
}

impl Start {
    /// Keeps what `model` is now. `encoder` is the model's own.
    pub(super) fn of(
        spec: RepresentationSpec,
        dataset: &Dataset,
        encoder: &Encoder,
        model: &Model,
    ) -> Result<Self> {
        let inputs = spec.inputs(dataset)?;
        let encoded = encoder.encode(&inputs)?.to_device(model.store().device())?;
        let view = View::of(model, &encoded, spec)?;
        let copy = |weights: &Tensor| weights.f_detach()?.f_to_dtype(weights.kind(), false, true);
        let weights = model.trainable().iter().map(copy).collect::<std::result::Result<_, _>>()?;
        Ok(Self { spec, inputs, encoded, view, weights })
    }

    /// Compares what `model` has become with this start, and with a teacher and its encoder.
    pub(super) fn compare(
        &self,
        model: &Model,
        teacher: Option<&(Model, Encoder)>,
    ) -> Result<Representation> {
        let end = View::of(model, &self.encoded, self.spec)?;
        let teacher = match teacher {
            Some((teacher, encoder)) => {
                let encoded = encoder.encode(&self.inputs)?.to_device(teacher.store().device())?;
                View::of(teacher, &encoded, self.spec)?
            }
            None => View::default(),
        };
        Ok(Representation {
            cka_to_teacher: end.cka(&teacher)?,
            cka_to_start: end.cka(&self.view)?,
            feature_alignment_to_start: of_both(end.feature.as_ref(), self.view.feature.as_ref(), alignment)?,
            ntk_alignment_to_teacher: end.ntk_alignment(&teacher)?,
            ntk_alignment_to_start: end.ntk_alignment(&self.view)?,
            weight_distance_to_start: parameter_distance(&self.weights, &model.trainable())?,
        })
    }
}

/// A model as the compared examples show it.
#[derive(Default)]
struct View {
    /// `[n, p]`.
    feature: Option<Tensor>,
    /// `[n, n]`, on the first of the examples.
    kernel: Option<Tensor>,
}

impl View {
    fn of(model: &Model, inputs: &Encoded, spec: RepresentationSpec) -> Result<Self> {
        let mut kernel = None;
        if spec.tangent_examples > 0 {
            let device = model.store().device();
            let first = Tensor::f_arange(i64::from(spec.tangent_examples), (Kind::Int64, device))?;
            let output = model.forward(&inputs.batch(&first)?, Mode::Evaluate)?;
            kernel = Some(empirical_ntk(&output.logits, &model.trainable())?);
        }
        Ok(Self { feature: last_feature(model, inputs)?, kernel })
    }

    fn cka(&self, other: &Self) -> Result<Option<f64>> {
        of_both(self.feature.as_ref(), other.feature.as_ref(), |a, b| linear_cka(a, b, Cka::Unbiased))
    }

    fn ntk_alignment(&self, other: &Self) -> Result<Option<f64>> {
        of_both(self.kernel.as_ref(), other.kernel.as_ref(), |k, l| kernel_alignment(k, l, Cka::Unbiased))
    }
}

/// A measure of two tables, if both are there and it is a number.
fn of_both(
    a: Option<&Tensor>,
    b: Option<&Tensor>,
    measure: impl Fn(&Tensor, &Tensor) -> kd_core::Result<f64>,
) -> Result<Option<f64>> {
    let (Some(a), Some(b)) = (a, b) else { return Ok(None) };
    Ok(Some(measure(a, b)?).filter(|number| number.is_finite()))
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn what_does_not_vary_has_no_likeness() {
        let still = View { feature: Some(Tensor::zeros([5, 3], (Kind::Float, Device::Cpu))), kernel: None };
        let varied = View { feature: Some(Tensor::eye(5, (Kind::Float, Device::Cpu))), kernel: None };
        assert_eq!(still.cka(&varied).unwrap(), None);
        assert_eq!(of_both(still.feature.as_ref(), still.feature.as_ref(), alignment).unwrap(), None);
        assert_eq!(varied.ntk_alignment(&still).unwrap(), None);
    }
}
