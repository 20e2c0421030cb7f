//! What a model would be, told without building it.

use tch::Tensor;

use super::Architecture;
use crate::batch;
use crate::layer::{Builder, forward};
use crate::pass::{Mode, Pass};
use crate::{Error, Input, PassError, Result};

/// A named feature of a model, as [`Architecture::taps`] tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// The feature's name.
    pub name: String,
    /// Its shape for one example, without the batch.
    pub shape: Vec<i64>,
}

impl Architecture {
    /// Whether this architecture reads such an input, before anything is built.
    ///
    /// # Errors
    /// The reason why it does not.
    pub fn check(&self, input: Input) -> Result<()> {
        let outputs = if let Input::Sequence { vocabulary, .. } = input { vocabulary } else { 1 };
        self.parameters(input, outputs).map(drop)
    }

    /// Number of trainable numbers of such a model, without building it.
    ///
    /// # Errors
    /// As [`crate::Model::new`].
    pub fn parameters(&self, input: Input, outputs: i64) -> Result<u64> {
        let mut builder = Builder::new(self.name(), input, outputs, None);
        self.build(&mut builder)?;
        Ok(builder.parameters)
    }

    /// The features of such a model and their shapes, without building it: one example is passed through weights
    /// that are all zero and take no memory. A text counts as 16 tokens, or as many as the model can read.
    ///
    /// # Errors
    /// As [`crate::Model::new`].
    pub fn taps(&self, input: Input, outputs: i64) -> Result<Vec<Tap>> {
        let tap = |(name, tensor): (String, Tensor)| Tap { name, shape: tensor.size()[1..].to_vec() };
        Ok(self.rehearse(input, outputs)?.features.unwrap_or_default().into_iter().map(tap).collect())
    }

    /// Multiply-adds of the forward pass of one such example, what torchvision lists as a model's operations: in products
    /// with weights and in attention among tokens, causal or not.
    ///
    /// # Errors
    /// As [`crate::Model::new`].
    pub fn multiply_adds(&self, input: Input, outputs: i64) -> Result<u64> {
        Ok(self.rehearse(input, outputs)?.counts.map_or(0, |counts| counts.multiply_adds))
    }

    /// A pass that counts.
    fn rehearse(&self, input: Input, outputs: i64) -> Result<Pass> {
        let _no_grad = tch::no_grad_guard();
        let layers = self.build(&mut Builder::new(self.name(), input, outputs, None))?;
        let passed = |example: &Tensor| {
            let mut pass = Pass::new(Mode::Evaluate, None).counting();
            forward(&layers, example, &mut pass).map(|_| pass)
        };
        let example = batch::example(input)?;
        match passed(&example) {
            Err(Error::Pass(PassError::TooLong { positions, .. })) => {
                passed(&example.f_narrow(1, 0, positions)?)
            }
            other => other,
        }
    }
}
