use super::evidence::{Evidence, at_sizes};
use super::own::own;
use super::share::Explained;
use super::verdict::{Probabilities, Tested, percent};
use super::{Explains, Test, Theory};
use crate::stat::{Replicates, Total, minus};

/// Soft targets are a regulariser: they lower the variance, whatever they do to the bias.
pub(super) const THEORY: Theory = Theory {
    name: "bias_variance",
    term: "bias and variance",
    claim: "Distillation gains by a lower variance",
    sources: "Zhou et al. 2021; Menon et al. 2021",
    prediction: "most of what it takes off the negative log-likelihood is variance over seeds, and not bias",
    needs: "logits kept of three seeds of labels and of the distilled arm",
    // Rows have no logits: what those say comes later.
    test: Test::Own(Explains::Neither, |_| Vec::new()),
};

/// The negative log-likelihood and its variance, of each seed of an arm at M.
pub(crate) struct Parts {
    pub(crate) loss: Replicates,
    pub(crate) variance: Replicates,
}

/// The test on an arm; none where logits are not kept wherever there is a gain.
pub(crate) fn test(evidence: &Evidence<'_>, parts: impl Fn(&str, u64) -> Option<Parts>) -> Option<Tested> {
    let less = |samples: u64, of: fn(&Parts) -> &Replicates| {
        let (labels, arm) = (parts(evidence.labels, samples)?, parts(evidence.arm, samples)?);
        Some(minus(of(&labels), of(&arm)))
    };
    let loss = |samples| less(samples, |parts| &parts.loss).unwrap_or_default();
    let variance = |samples| less(samples, |parts| &parts.variance).unwrap_or_default();
    let explained = Explained::of(evidence.cells(), evidence.established, variance, loss)?;
    let losses: Vec<Replicates> = explained.at.iter().map(|at| loss(at.samples)).collect();
    let gained = Total::of(&losses.iter().collect::<Vec<_>>(), evidence.cells().floor())?;
    // A share of nothing says nothing: that the loss falls must be established too.
    let least = |probability: f64| probability.max(gained.above_zero());
    let probabilities = Probabilities {
        supported: least(explained.carries),
        refuted: least(explained.no_part),
        partly: least(explained.between),
    };
    let sizes: Vec<u64> = explained.at.iter().map(|at| at.samples).collect();
    let because = if gained.above_zero() < 0.5 {
        format!(
            "at {}, where there is a gain, {} of what {} takes off the negative log-likelihood is variance",
            at_sizes(&sizes),
            percent(&explained.overall),
            evidence.arm
        )
    } else {
        format!("at {}, where there is a gain, the negative log-likelihood is not lower", at_sizes(&sizes))
    };
    let (more_seeds, share) = (explained.more_seeds, Some(explained.overall));
    Some(Tested { more_seeds, share, ..own(&THEORY, evidence, probabilities, because) })
}
