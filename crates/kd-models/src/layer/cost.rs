//! What a layer costs.

use super::{Layer, Linear};

impl Layer {
    /// Multiplications that are added up in products with weights, and in attention among tokens, from an input of size
    /// `x` to an output of size `y`. What goes number by number, such as normalisation, does not count, nor does
    /// what the lists inside a layer cost, which are counted on their own.
    pub(super) fn multiply_adds(&self, x: &[i64], y: &[i64]) -> u64 {
        let numbers = |size: &[i64]| size.iter().product::<i64>();
        // A weight is used once for every row of numbers that passes it.
        let rows = |size: &[i64]| numbers(&size[..size.len() - 1]);
        let weight = |linear: &Linear| numbers(&linear.weight.size());
        let count = match self {
            Self::Linear(linear) => rows(x) * weight(linear),
            Self::Convolution(convolution) => numbers(y) * numbers(&convolution.weight.size()[1..]),
            Self::Attention(attention) => {
                // Those who ask are as many as come out; all are asked.
                let (asking, asked) = (rows(y), rows(x));
                let weights = |linears: &[Linear]| linears.iter().map(weight).sum::<i64>();
                let projected = match &attention.projections[..] {
                    [query, others @ ..] if attention.first_asks => {
                        asking * weight(query) + asked * weights(others)
                    }
                    all => asked * weights(all),
                };
                // Each token's query with each key, and its mixture of values.
                projected + asking * weight(&attention.output) + 2 * numbers(y) * x[1]
            }
            Self::Recurrent(recurrent) => rows(x) * recurrent.weights(),
            Self::BatchNorm(_)
            | Self::LayerNorm(_)
            | Self::Relu
            | Self::Relu6
            | Self::Tanh
            | Self::Gelu
            | Self::GeluTanh
            | Self::ReluGated
            | Self::Dropout(_)
            | Self::MaxPool { .. }
            | Self::AveragePool { .. }
            | Self::Flatten
            | Self::Largest
            | Self::WholeWindows(_)
            | Self::ChannelsLast
            | Self::ChannelsFirst
            | Self::FirstToken
            | Self::OnlyFirst
            | Self::MeanToken
            | Self::Embedding(_)
            | Self::Positions(_)
            | Self::Segment(_)
            | Self::AtLeast(_)
            | Self::Prepend(_)
            | Self::Columns(_)
            | Self::Residual { .. }
            | Self::Branches(_)
            | Self::SecondHalf(_)
            | Self::Shuffle(_)
            | Self::Tap(_) => 0,
        };
        count.unsigned_abs()
    }
}
