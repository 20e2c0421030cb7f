use crate::Result;
use crate::layer::{Builder, Layer};

/// The settings of an architecture, as far as they make a network.
pub(crate) trait Network {
    /// The layers, from the input to the logits, whose parameters `builder` gives.
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>>;

    /// Whether activations are dropped at random in training.
    fn drops_out(&self) -> bool;

    /// Whether the outputs are a linear function of numbers, by the weights that [`crate::least_squares`] solves for.
    fn is_linear(&self) -> bool {
        false
    }
}
