use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, Tensor};

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::widened;
use crate::error::{Result, at_most, same_shape};
use crate::parameter::Weight;
use crate::random::Stream;
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// Which of the teacher's logits are to be met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// All K.
    #[default]
    All,
    /// All K, after each row's mean has been taken off student and teacher: twice the limit of
    /// [`distillation`](super::distillation) for T → ∞.
    Centred,
    /// Each example's so many largest.
    Top(NonZeroU32),
    /// Each example's so many largest and as many smallest.
    TopAndBottom(NonZeroU32),
    /// So many at random, for each example and each time anew.
    Random(NonZeroU32),
}

/// `w · CE(y) + (1 - w) · MSE(logits)`, w being `label_weight` (Ba & Caruana 2014).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogitMse {
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
    /// Which of the teacher's logits are to be met: `"all"`, `"centred"`, `top = k`,
    /// `top_and_bottom = k` or `random = k`.
    #[serde(default, skip_serializing_if = "is_all")]
    pub selection: Selection,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_all(selection: &Selection) -> bool {
    *selection == Selection::All
}

impl FromTeacher for LogitMse {
    fn listening(&self) -> Listening<'_> {
        Listening {
            supervision: &self.supervision,
            label_weight: self.label_weight,
            temperature: Scheduled::default(),
        }
    }

    fn supervision_mut(&mut self) -> &mut Supervision {
        &mut self.supervision
    }

    fn check(&self, classes: i64) -> Result<()> {
        match self.selection {
            Selection::All | Selection::Centred => Ok(()),
            Selection::Top(k) | Selection::Random(k) => at_most(k, classes).map(drop),
            Selection::TopAndBottom(k) => at_most(k, classes / 2).map(drop),
        }
    }

    fn is_fixed(&self) -> bool {
        match self.selection {
            Selection::All | Selection::Centred | Selection::Top(_) | Selection::TopAndBottom(_) => true,
            Selection::Random(_) => false,
        }
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn on_teacher(&self, given: &mut Given<'_>, teacher: &Tensor) -> Result<Tensor> {
        logit_mse(given.logits, teacher, self.selection, given.stream)
    }
}

/// Mean squared error between logits, `1/(B n) Σ_ik (z_s,ik - z_t,ik)²` over the n selected k, in squared logits.
///
/// Ba & Caruana 2014 (arXiv 1312.6184). Unlike distillation for T → ∞ it also ties the rows' means, unless they are
/// [`Selection::Centred`]. Both logits are `[B, K]`; no gradient reaches the teacher. Only [`Selection::Random`] draws from
/// `stream`.
///
/// # Errors
/// On shapes that do not fit, a single class, or a selection of more classes than there are.
pub fn logit_mse(
    logits: &Tensor,
    teacher_logits: &Tensor,
    selection: Selection,
    stream: &mut Stream,
) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let (student, teacher) = (widened(logits)?, widened(&teacher_logits.f_detach()?)?);
    let classes = logits.size()[1];
    let chosen = match selection {
        Selection::All => return Ok(student.f_mse_loss(&teacher, Reduction::Mean)?),
        Selection::Centred => {
            let difference = student.f_sub(&teacher)?;
            let shift = difference.f_mean_dim(-1, true, None::<Kind>)?;
            return Ok(difference.f_mse_loss(&shift.f_expand_as(&difference)?, Reduction::Mean)?);
        }
        Selection::Top(k) => teacher.f_topk(at_most(k, classes)?, -1, true, true)?.1,
        Selection::TopAndBottom(k) => {
            let k = at_most(k, classes / 2)?;
            let order = teacher.f_argsort(-1, true)?;
            Tensor::f_cat(&[order.f_narrow(1, 0, k)?, order.f_narrow(1, classes - k, k)?], 1)?
        }
        Selection::Random(k) => random_classes(logits.size()[0], classes, at_most(k, classes)?, stream)?
            .f_to_device(logits.device())?,
    };
    // A mask rather than a choice: what is not a number stays so wherever it stands.
    let mask = teacher.f_zeros_like()?.f_scatter_value(1, &chosen, 1)?;
    let squares = student.f_mul(&mask)?.f_mse_loss(&teacher.f_mul(&mask)?, Reduction::Sum)?;
    Ok(squares.f_div_scalar(chosen.numel() as f64)?)
}

/// `[B, k]`: for each example, k different classes.
fn random_classes(examples: i64, classes: i64, k: i64, stream: &mut Stream) -> Result<Tensor> {
    let mut chosen = Vec::with_capacity((examples * k) as usize);
    for _ in 0..examples {
        chosen.extend(stream.permutation(classes as usize).into_iter().take(k as usize));
    }
    Ok(Tensor::f_from_slice(&chosen)?.f_view([examples, k])?)
}
