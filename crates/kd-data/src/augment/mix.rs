use kd_core::parameter::Positive;
use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::erase::Region;
use crate::error::Result;
use crate::send;

/// Each image of a batch is mixed with another, the share of the first being drawn once for the batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mix {
    /// Pixels are averaged (Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", arXiv:1710.09412).
    Mixup(Mixup),
    /// A rectangle comes from the other image (Yun et al. 2019, "`CutMix`", arXiv:1905.04899).
    Cutmix(Cutmix),
}

/// Parameters of `mixup`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mixup {
    /// The share is distributed as Beta(alpha, alpha); the smaller, the less images are mixed. 1 is usual for small
    /// images, 0.2 for a million large ones.
    #[serde(default)]
    pub alpha: Positive,
}

/// Parameters of `cutmix`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cutmix {
    /// The share, before a part of the rectangle falls outside, is distributed as Beta(alpha, alpha).
    #[serde(default)]
    pub alpha: Positive,
}

/// How the images of a batch are mixed.
#[derive(Debug)]
pub struct Mixing {
    /// `[B]`, which image of the batch each is mixed with.
    pub partners: Vec<i64>,
    /// λ, an image's own share. The loss is λ times that on its own target plus 1 - λ times that on its partner's.
    pub share: f64,
    /// What comes from the partner; none where pixels are averaged.
    pub region: Option<Region>,
}

impl Mix {
    /// How a batch of `count` images is mixed.
    #[must_use]
    pub fn draw(self, count: usize, [height, width]: [i64; 2], stream: &mut Stream) -> Mixing {
        let partners = stream.permutation(count);
        match self {
            Self::Mixup(Mixup { alpha }) => {
                Mixing { partners, share: stream.beta(alpha.get(), alpha.get()), region: None }
            }
            Self::Cutmix(Cutmix { alpha }) => {
                let half = 0.5 * (1.0 - stream.beta(alpha.get(), alpha.get())).sqrt();
                let mut side = |size: i64| {
                    let half = (half * size as f64) as i64;
                    (stream.below(size as u64) as i64 - half, 2 * half)
                };
                let ((top, rows), (left, columns)) = (side(height), side(width));
                let region = Region { top, left, height: rows, width: columns }.within([height, width]);
                let share = 1.0 - (region.height * region.width) as f64 / (height * width) as f64;
                Mixing { partners, share, region: Some(region) }
            }
        }
    }
}

impl Mixing {
    /// Mixes images `[B, C, H, W]`, float32.
    ///
    /// # Errors
    /// If a partner is not there.
    pub fn apply(&self, images: &Tensor) -> Result<Tensor> {
        let (_, _, height, width) = images.size4()?;
        let partners = self.partners(images)?;
        Ok(match self.region {
            None => images.f_mul_scalar(self.share)?.f_add(&partners.f_mul_scalar(1.0 - self.share)?)?,
            Some(region) => {
                let mask = Region::mask(&[region], [height, width], images.device())?;
                partners.f_where_self(&mask, images)?
            }
        })
    }

    /// The rows of `examples` (`[B, ...]`) that each row's partner has.
    ///
    /// # Errors
    /// If a partner is not there.
    pub fn partners(&self, examples: &Tensor) -> Result<Tensor> {
        let index = send(&Tensor::f_from_slice(&self.partners)?, examples.device())?;
        Ok(examples.f_index_select(0, &index)?)
    }
}
