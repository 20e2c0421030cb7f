//! A forward pass: how it is done, what it carries along and what comes out.

use tch::Tensor;

/// Whether dropout is on and batch normalisation learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Dropout draws from libtorch's generator of the process: seed it before a run. Batch normalisation uses the
    /// batch's statistics and moves its running ones.
    Train,
    /// Deterministic; nothing changes.
    Evaluate,
}

/// What a model says about a batch.
#[derive(Debug)]
pub struct Output {
    /// `[B, K]`, unnormalised log-probabilities (or the numbers that a regression predicts); `[B, L, V]` for
    /// sequences.
    pub logits: Tensor,
    /// Named activations, from the input to the head.
    pub features: Vec<(String, Tensor)>,
}

impl Output {
    /// The feature of this name.
    #[must_use]
    pub fn feature(&self, name: &str) -> Option<&Tensor> {
        self.features.iter().find(|(known, _)| known == name).map(|(_, tensor)| tensor)
    }
}

/// What a forward pass carries along besides activations.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) mode: Mode,
    /// Which tokens of a text are not padding, `[B, L]`, bool.
    pub(crate) present: Option<Tensor>,
    pub(crate) features: Vec<(String, Tensor)>,
    /// The multiply-adds so far, if they are counted.
    pub(crate) multiply_adds: Option<u64>,
}

impl Pass {
    pub(crate) fn new(mode: Mode, present: Option<Tensor>) -> Self {
        Self { mode, present, features: Vec::new(), multiply_adds: None }
    }

    pub(crate) fn trains(&self) -> bool {
        self.mode == Mode::Train
    }
}
