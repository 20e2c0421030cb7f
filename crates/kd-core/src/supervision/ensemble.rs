use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::intervention::{Control, Intervention, Reach, Table};
use crate::error::{Error, Result, finite, same_shape};
use crate::random::Stream;

/// Several teachers as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ensemble {
    /// What is averaged over the members.
    #[serde(default)]
    pub space: EnsembleSpace,
}

/// What an ensemble averages over its members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnsembleSpace {
    /// The probabilities, their arithmetic mean: as unsure as the members disagree.
    #[default]
    Probabilities,
    /// The logits, which is the geometric mean of the probabilities: members can veto a class.
    Logits,
}

impl Intervention for Ensemble {
    fn name(&self) -> &'static str {
        "ensemble"
    }

    fn reach(&self) -> Reach {
        Reach::Members(self.space)
    }

    fn depends_on_temperature(&self) -> bool {
        match self.space {
            EnsembleSpace::Probabilities => true,
            EnsembleSpace::Logits => false,
        }
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn control(&self) -> Option<Control> {
        None
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, _: &mut Table<'_>, _: &mut Stream) {}
}

/// Logits `[n, K]` of an ensemble of `members` of that shape each: those whose softmax at `temperature` is the mean of
/// the members' distributions at that temperature, or the mean of the members' logits. Rows keep the mean logit of the
/// members; one member alone is returned as it is, but for rounding. No gradient reaches the members.
///
/// Hinton et al. 2015 (arXiv 1503.02531) name both means; Allen-Zhu & Li 2020, "Towards Understanding Ensemble, Knowledge
/// Distillation and Self-Distillation in Deep Learning" (arXiv 2012.09816), average logits. Published code that averages
/// probabilities may do so at T = 1 and divide by T afterwards (gnosis of Stanton et al. 2021), which is
/// `Probabilities` at `temperature` 1, followed by a loss at T.
///
/// # Errors
/// On no members, shapes that differ or are not `[n, K]` with K of at least 2, or logits that are not finite.
pub fn ensemble_mean(members: &[Tensor], space: EnsembleSpace, temperature: f64) -> Result<Tensor> {
    let Some(first) = members.first() else {
        let expected = "at least one".to_owned();
        return Err(Error::Shape { what: "members of an ensemble", expected, got: vec![0] });
    };
    for member in members {
        same_shape(first, "logits of a member", member)?;
        finite("logits of a member", member)?;
    }
    let members = Tensor::f_stack(members, 0)?.f_detach()?.f_to_kind(Kind::Double)?;
    let logits = members.f_mean_dim(0, false, None::<Kind>)?;
    let ensemble = match space {
        EnsembleSpace::Logits => logits,
        EnsembleSpace::Probabilities => {
            let log_p = members.f_div_scalar(temperature)?.f_log_softmax(-1, None::<Kind>)?;
            // The number of members is a shift, which the rows' means undo.
            let mixed = log_p.f_logsumexp([0], false)?.f_mul_scalar(temperature)?;
            let row_mean = |table: &Tensor| table.f_mean_dim(-1, true, None::<Kind>);
            mixed.f_add(&row_mean(&logits)?.f_sub(&row_mean(&mixed)?)?)?
        }
    };
    Ok(ensemble.f_to_kind(first.kind())?)
}
