use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// What a module of any program may take before it is stopped. No part of a run's identity: what it says is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// For reading it, and for each batch.
    pub seconds: NonZeroU32,
    /// Of memory, in units of 2³⁰ bytes; a GPU's is not counted.
    pub gigabytes: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        let [seconds, gigabytes] = const { [NonZeroU32::new(120).unwrap(), NonZeroU32::new(16).unwrap()] };
        Self { seconds, gigabytes }
    }
}

impl Limits {
    // serde asks by reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}
