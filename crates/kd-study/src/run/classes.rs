//! What is measured of a classifier's classes after its last step.

use kd_core::metrics::ClassMeans;
use kd_models::Model;
use tch::{Kind, Tensor};

use super::examples::Examples;
use crate::error::Result;
use crate::store::comparison::{Collapse, Shifted};
use crate::train::evaluate::{last_feature, logits};

/// How far its classes have collapsed to points, on its own samples. Those whose labels were made wrong count for the class they were learnt as.
pub(super) fn collapse(model: &Model, examples: &Examples) -> Result<Collapse> {
    let nothing = Collapse { train: None, test_disagreement: None };
    let Some(features) = last_feature(model, &examples.train.inputs)? else { return Ok(nothing) };
    let Some(means) = ClassMeans::of(&features, &examples.train.targets)? else { return Ok(nothing) };
    drop(features);
    let on_test = last_feature(model, &examples.test.inputs)?;
    let said = logits(model, &examples.test.inputs)?;
    Ok(Collapse {
        train: means.collapse(model.head_weights().as_ref())?,
        test_disagreement: on_test.map(|features| means.disagreement(&features, &said)).transpose()?,
    })
}

/// How it does on the test split with so much added to the logit of each class.
pub(super) fn shifted(class_bias: &[f64], model: &Model, examples: &Examples) -> Result<Shifted> {
    let targets = &examples.test.targets;
    let biases = Tensor::f_from_slice(class_bias)?.f_to_device(targets.device())?;
    let said = logits(model, &examples.test.inputs)?.f_add(&biases)?.f_argmax(1, false)?;
    let right = said.f_eq_tensor(targets)?.f_to_kind(Kind::Double)?;
    let is_shifted = biases.f_ne(0.0)?.f_index_select(0, targets)?.f_to_kind(Kind::Double)?;
    let sum = |values: &Tensor| values.f_sum(Kind::Double)?.f_double_value(&[]);
    let (all, of_shifted) = (targets.size()[0] as f64, sum(&is_shifted)?);
    Ok(Shifted {
        accuracy: sum(&right)? / all,
        shifted_classes: if of_shifted > 0.0 {
            Some(sum(&right.f_mul(&is_shifted)?)? / of_shifted)
        } else {
            None
        },
    })
}
