use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A strength, from 0 to 30.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
pub struct Magnitude(#[schemars(range(max = 30))] u32);

impl Magnitude {
    /// As a share of the strongest.
    pub(super) fn share(self) -> f64 {
        f64::from(self.0) / f64::from(Self::MOST)
    }

    const MOST: u32 = 30;
}

impl Default for Magnitude {
    fn default() -> Self {
        Self(9)
    }
}

impl TryFrom<u32> for Magnitude {
    type Error = String;

    fn try_from(number: u32) -> std::result::Result<Self, String> {
        match number {
            0..=Self::MOST => Ok(Self(number)),
            _ => Err(format!("expected a magnitude from 0 to {}, found {number}; 9 is usual", Self::MOST)),
        }
    }
}

impl From<Magnitude> for u32 {
    fn from(magnitude: Magnitude) -> Self {
        magnitude.0
    }
}
