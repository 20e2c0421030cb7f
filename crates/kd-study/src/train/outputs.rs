//! What a teacher says of every example.

use tch::Tensor;

/// A teacher's logits, or numbers in the units of the data, on every training and test example.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub(crate) train: Tensor,
    pub(crate) test: Tensor,
}
