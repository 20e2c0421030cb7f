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
    /// Named activations so far, if they are kept: without them, memory is used again as soon as a layer has read it.
    pub(crate) features: Option<Vec<(String, Tensor)>>,
    /// What is counted, if anything is.
    pub(crate) counts: Option<Counts>,
}

/// What a forward pass took.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) multiply_adds: u64,
    /// Numbers of the largest activation.
    pub(crate) largest: usize,
}

impl Pass {
    pub(crate) fn new(mode: Mode, present: Option<Tensor>) -> Self {
        Self { mode, present, features: Some(Vec::new()), counts: None }
    }

    /// One of which nothing but what comes out is wanted.
    pub(crate) fn plain(mode: Mode, present: Option<Tensor>) -> Self {
        Self { features: None, ..Self::new(mode, present) }
    }

    pub(crate) fn counting(self) -> Self {
        Self { counts: Some(Counts::default()), ..self }
    }

    pub(crate) fn trains(&self) -> bool {
        self.mode == Mode::Train
    }
}
