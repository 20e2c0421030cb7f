use std::num::NonZeroU32;

use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::magnitude::Magnitude;
use super::operation::Operation;
use crate::error::Result;
use crate::send;

/// Random operations, one after the other, all of the same strength (Cubuk et al. 2020, "`RandAugment`",
/// arXiv:1909.13719), with torchvision's fourteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandAugment {
    /// How many operations an image goes through.
    #[serde(default = "operations_default")]
    pub operations: NonZeroU32,
    /// How strong they are: 0 changes little, 30 most.
    #[serde(default)]
    pub magnitude: Magnitude,
}

fn operations_default() -> NonZeroU32 {
    const { NonZeroU32::new(2).unwrap() }
}

/// What is done to an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The operation.
    pub operation: Operation,
    /// How strongly, in the operation's own unit.
    pub amount: f64,
}

impl RandAugment {
    /// One operation for one image: each is equally likely, and so is either direction.
    #[must_use]
    pub fn draw(self, size: [i64; 2], stream: &mut Stream) -> Change {
        let operation = Operation::ALL[stream.below(Operation::ALL.len() as u64) as usize];
        let amount = operation.amount(self.magnitude, size);
        let back = operation.has_direction() && stream.below(2) == 1;
        Change { operation, amount: if back { -amount } else { amount } }
    }
}

/// Images `[B, C, H, W]`, uint8, of one or three channels, each changed in its own way.
///
/// # Errors
/// If there is not one change for each image.
pub fn rand_augment(images: &Tensor, changes: &[Change]) -> Result<Tensor> {
    let mut result = images.shallow_clone();
    let mut waiting: Vec<usize> = (0..changes.len()).collect();
    // Images that change alike do so together.
    while let Some(&first) = waiting.first() {
        let change = changes[first];
        let (same, others): (Vec<usize>, _) =
            waiting.into_iter().partition(|&image| changes[image] == change);
        waiting = others;
        if change.operation != Operation::Identity {
            let same: Vec<i64> = same.into_iter().map(|image| image as i64).collect();
            let same = send(&Tensor::f_from_slice(&same)?, images.device())?;
            let changed = change.operation.apply(&images.f_index_select(0, &same)?, change.amount)?;
            result = result.f_index_copy(0, &same, &changed)?;
        }
    }
    Ok(result)
}
