use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, Tensor};

use super::settings::{About, Given, Listening, Settings, Target};
use super::{IGNORED_LABEL, log_softmax};
use crate::error::{Result, one_label_each};
use crate::parameter::Epsilon;
use crate::supervision::Supervision;

/// Over which classes label smoothing spreads ε.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// All K, so the true class keeps `1 - ε + ε/K`: Szegedy et al. 2016 (arXiv 1512.00567) and PyTorch.
    #[default]
    AllClasses,
    /// The K - 1 wrong ones, so the true class keeps `1 - ε`: the code of Yuan et al. 2020 (Tf-KD).
    OtherClasses,
}

/// Cross-entropy with smoothed labels: the teacher-free control (Szegedy et al. 2016).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelSmoothing {
    /// Probability taken from the true class.
    pub epsilon: Epsilon,
    /// Which classes get it.
    #[serde(default)]
    pub spread: Spread,
}

impl LabelSmoothing {
    /// Smoothing that spreads ε over all classes.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) on an ε outside `[0, 1)`.
    pub fn of(epsilon: f64) -> Result<Self> {
        Ok(Self { epsilon: Epsilon::new(epsilon)?, spread: Spread::default() })
    }
}

impl Settings for LabelSmoothing {
    fn about(&self) -> About {
        About::Classes
    }

    fn target(&self) -> Target {
        Target::SmoothedLabels
    }

    fn listening(&self) -> Option<Listening<'_>> {
        None
    }

    fn supervision_mut(&mut self) -> Option<&mut Supervision> {
        None
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn loss(&self, given: &mut Given<'_>) -> Result<Tensor> {
        given.on_labels(|logits, labels| label_smoothing(logits, labels, self.epsilon.get(), self.spread))
    }
}

/// Cross-entropy with smoothed labels, in nats.
///
/// The target of example i is `1 - ε` on its label plus ε spread evenly as [`Spread`] says. `logits` `[B, K]`,
/// `labels` `[B]` int64. At ε = 0 this is
/// [`cross_entropy`](super::cross_entropy).
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn label_smoothing(logits: &Tensor, labels: &Tensor, epsilon: f64, spread: Spread) -> Result<Tensor> {
    one_label_each(logits, labels)?;
    let classes = logits.size()[1] as f64;
    // Spreading over the others alone is spreading somewhat more over all.
    let uniform_share = match spread {
        Spread::AllClasses => epsilon,
        Spread::OtherClasses => epsilon * classes / (classes - 1.0),
    };
    smoothed(logits, labels, uniform_share)
}

/// Cross-entropy with `1 - share` on the label plus `share` over all classes evenly.
pub(super) fn smoothed(logits: &Tensor, labels: &Tensor, share: f64) -> Result<Tensor> {
    let log_p = log_softmax(logits, 1.0)?;
    let on_labels = log_p.f_nll_loss::<Tensor>(labels, None, Reduction::Mean, IGNORED_LABEL)?;
    let on_all = log_p.f_mean(None::<Kind>)?;
    Ok(on_labels.f_mul_scalar(1.0 - share)?.f_sub(&on_all.f_mul_scalar(share)?)?)
}
