//! All samples at once, in float64: what solvers read.

use tch::{Kind, Tensor};

use super::learning::{Held, Samples};
use crate::error::Result;

/// All samples, in float64.
pub(super) struct Whole {
    pub(super) inputs: Tensor,
    pub(super) held: Held,
}

impl Whole {
    pub(super) fn of(samples: &mut Samples<'_>) -> Result<Self> {
        let (count, device) = (samples.targets.size()[0], samples.targets.device());
        let index = Tensor::f_arange(count, (Kind::Int64, device))?;
        let seen = samples.seen(0, &[], &index)?;
        let Held { labels, labelled, heard, features, index } = samples.held(&index, &seen)?;
        let feature = |(name, feature): (String, Tensor)| Ok((name, widened(&feature)?));
        let held = Held {
            labels: widened(&labels)?,
            labelled,
            heard: heard.to_kind(Kind::Double)?,
            features: features.into_iter().map(feature).collect::<Result<_>>()?,
            index,
        };
        Ok(Self { inputs: widened(&seen.inputs)?, held })
    }
}

/// Numbers in float64; classes and tokens as they are.
fn widened(tensor: &Tensor) -> Result<Tensor> {
    Ok(if tensor.is_floating_point() { tensor.f_to_kind(Kind::Double)? } else { tensor.shallow_clone() })
}
