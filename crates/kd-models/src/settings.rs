//! What the settings of architectures are made of.

use std::num::NonZeroU32;
use std::ops::Bound::{Excluded, Included};

use kd_core::number::{Limit, Number, Range, Usual};

use crate::{BuildError, Result};

/// A configured size, as libtorch counts.
pub(crate) fn size(size: NonZeroU32) -> i64 {
    i64::from(size.get())
}

/// A size that a caller names, for the setting of an architecture.
pub(crate) fn checked(architecture: &str, setting: &'static str, size: u32) -> Result<NonZeroU32> {
    let zero = || BuildError::Setting {
        architecture: architecture.to_owned(),
        setting,
        value: size.to_string(),
        expected: "a number above 0".to_owned(),
    };
    Ok(NonZeroU32::new(size).ok_or_else(zero)?)
}

/// A size that is written out in the code.
pub(crate) const fn nonzero(size: u32) -> NonZeroU32 {
    NonZeroU32::new(size).expect("sizes in the code are above 0")
}

/// A probability of dropping an activation, in `[0, 1)`; nothing is dropped if none is given.
pub type Dropout = Number<DropoutRange>;

/// Where a [`Dropout`] may lie.
pub enum DropoutRange {}

impl Range for DropoutRange {
    const NAME: &str = "Dropout";
    const LIMITS: [Limit; 2] = [Included(0.0), Excluded(1.0)];
    const EXPECTED: &str = "dropout must be at least 0 and below 1, got";
    const ADVICE: &str = "it is the share of activations dropped in training, 0.5 is a usual choice";
}

impl Usual for DropoutRange {
    const USUAL: f64 = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_activations_cannot_be_dropped() {
        assert_eq!(Dropout::default(), Dropout::constant(0.0));
        assert_eq!(
            Dropout::new(1.0).unwrap_err().to_string(),
            "dropout must be at least 0 and below 1, got 1; it is the share of activations dropped in training, 0.5 is a \
             usual choice"
        );
    }
}
