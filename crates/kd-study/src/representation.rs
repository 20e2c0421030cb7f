//! Where training takes a model's representation: what is kept of the model at its start, and how like that and how like
//! its teacher it is at its end.

use kd_core::metrics::{Cka, alignment, empirical_ntk, kernel_alignment, linear_cka, parameter_distance};
use kd_data::{Dataset, Encoded, Encoder, Inputs, Sampling, subset};
use kd_models::{Input, Mode, Model};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::error::Result;
use crate::evaluate::last_feature;
use crate::task::Task;

/// On how many examples of the test split representations are compared. They are the first by keyed hash, the same for
/// every run on a data set, whatever M and the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepresentationSpec {
    /// Examples on which the last features before the head are compared, at least 4.
    #[schemars(range(min = 4))]
    pub examples: u32,
    /// How many of them tangent kernels are compared on, at least 4; 0 leaves the kernels out. They take a backward pass
    /// for each example and class.
    #[serde(default)]
    pub tangent_examples: u32,
}

/// How like a model after its last step is to what it was at its start and to its teacher, the first member of an
/// ensemble. What cannot be told is absent: of a model without features, or of one that says the same of all examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Representation {
    /// Linear CKA of its last feature and the teacher's, by the unbiased estimator.
    pub cka_to_teacher: Option<f64>,
    /// The same to its own at the start.
    pub cka_to_start: Option<f64>,
    /// Cosine between its last feature and that at the start, over all numbers of all examples.
    pub feature_alignment_to_start: Option<f64>,
    /// Centred alignment of its empirical tangent kernel and the teacher's, by the unbiased estimator.
    pub ntk_alignment_to_teacher: Option<f64>,
    /// The same to its own at the start.
    pub ntk_alignment_to_start: Option<f64>,
    /// Euclidean distance of its weights from those at the start.
    pub weight_distance_to_start: f64,
}

/// The same examples for every seed: differences between runs are never differences between examples.
const SEED: u64 = 0;

impl RepresentationSpec {
    /// What the unbiased estimators take.
    const LEAST: u32 = 4;

    /// What is wrong with it on these tasks, and what to do.
    pub(crate) fn refusal(self, tasks: &[Task]) -> Option<(String, String)> {
        let Self { examples, tangent_examples } = self;
        let kernels = (tangent_examples > 0).then_some(tangent_examples);
        if let Some(few) = std::iter::once(examples).chain(kernels).find(|&count| count < Self::LEAST) {
            return Some((
                format!("{few} examples are too few to compare representations on"),
                format!("it takes at least {}; examples = 512, tangent_examples = 16 are usual", Self::LEAST),
            ));
        }
        if tangent_examples > examples {
            return Some((
                format!("tangent kernels on {tangent_examples} examples, but features on {examples}"),
                "tangent_examples are the first of `examples`; ask for no more of them".to_owned(),
            ));
        }
        if let Some(task) = tasks.iter().find(|task| matches!(task.input, Input::Sequence { .. }))
            && tangent_examples > 0
        {
            return Some((
                format!("task `{}` predicts tokens, too many numbers for tangent kernels", task.name),
                "set tangent_examples = 0".to_owned(),
            ));
        }
        let small = tasks.iter().find(|task| task.about.test_examples < u64::from(examples))?;
        let there = small.about.test_examples;
        Some((
            format!(
                "{examples} examples to compare, but the test split of task `{}` has {there}",
                small.name
            ),
            format!("ask for at most {there}"),
        ))
    }

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
pub(crate) struct Start {
    spec: RepresentationSpec,
    inputs: Inputs,
    encoded: Encoded,
    view: View,
    weights: Vec<Tensor>,
}

impl Start {
    /// Keeps what `model` is now. `encoder` is the model's own.
    pub(crate) fn of(
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
    pub(crate) fn compare(
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
