//! What networks are made of. A network is a list of [`Layer`]s, so that one forward pass serves every architecture
//! and an architecture is only the function that lists them.

mod attention;
mod builder;
mod convolution;
mod cost;
mod embedding;
mod linear;
mod norm;
mod order;
mod perceptron;
mod recurrent;

use tch::Tensor;

pub(crate) use attention::Attention;
pub(crate) use builder::{Builder, Init};
pub(crate) use convolution::{Convolution, Kernel, may_lie_side_by_side};
pub(crate) use embedding::{Columns, Tokens};
pub(crate) use linear::Linear;
pub(crate) use norm::{BatchNorm, LayerNorm};
pub(crate) use order::pooled_first;
pub(crate) use perceptron::perceptron;
pub use recurrent::Cell;
pub(crate) use recurrent::Recurrent;

use crate::Result;
use crate::native::max_pool;
use crate::pass::Pass;

/// One step of a network; `x` is what came out of the step before.
#[derive(Debug)]
pub(crate) enum Layer {
    Linear(Linear),
    Convolution(Convolution),
    BatchNorm(BatchNorm),
    LayerNorm(LayerNorm),
    Attention(Attention),
    Recurrent(Recurrent),
    Relu,
    Relu6,
    Tanh,
    /// The exact form, `x Φ(x)`.
    Gelu,
    /// GPT-2's approximation of it by a hyperbolic tangent.
    GeluTanh,
    /// The first half of the last dimension times the rectified second half (Shazeer 2020, arXiv 2002.05202).
    ReluGated,
    /// Inverted dropout at this rate; the identity when evaluating.
    Dropout(f64),
    MaxPool {
        size: i64,
        stride: i64,
        padding: i64,
    },
    /// Adaptive mean over squares: `[B, C, H, W]` to `[B, C, size, size]`.
    AveragePool {
        size: i64,
    },
    /// `[B, C, ...]` to `[B, C * ...]`.
    Flatten,
    /// Largest value over everything behind the channels: `[B, C, ...]` to `[B, C]`.
    Largest,
    /// Zero where a window of this many tokens reaches beyond its text, but for the first: `[B, C, L - size + 1]`.
    WholeWindows(i64),
    /// `[B, C, H, W]` to `[B, H * W, C]`, or `[B, L, C]` to `[B, C, L]`.
    ChannelsLast,
    ChannelsFirst,
    /// The first of the tokens: `[B, L, D]` to `[B, D]`.
    FirstToken,
    /// The same with its place: `[B, L, D]` to `[B, 1, D]`.
    OnlyFirst,
    /// Mean over the tokens that are not padding: `[B, L, D]` to `[B, D]`.
    MeanToken,
    /// Rows of a table by token id: `[B, L]` to `[B, L, D]`.
    Embedding(Tensor),
    /// Adds the first L rows of `[N, D]` or `[1, N, D]` to `[B, L, D]`.
    Positions(Tensor),
    /// Adds the first row of `[N, D]` to every token.
    Segment(Tensor),
    /// Pads token ids to at least this many, at the end.
    AtLeast(i64),
    /// Puts `[1, 1, D]` in front of the tokens `[B, L, D]`.
    Prepend(Tensor),
    /// A token `[D]` per column of a table (see [`Columns`]).
    Columns(Columns),
    /// Sum of what two lists make of `x`; an empty list is the identity.
    Residual {
        main: Vec<Layer>,
        shortcut: Vec<Layer>,
    },
    /// What several lists make of `x`, side by side in dimension 1.
    Branches(Vec<Vec<Layer>>),
    /// The second half of the channels through a list, behind the first half as it is.
    SecondHalf(Vec<Layer>),
    /// Interleaves this many groups of channels.
    Shuffle(i64),
    /// Keeps `x` as a feature of this name.
    Tap(String),
}

/// `x` through `layers`, one after the other.
pub(crate) fn forward(layers: &[Layer], x: &Tensor, pass: &mut Pass) -> Result<Tensor> {
    let mut x = x.shallow_clone();
    let mut is_fresh = false;
    let mut layers = layers.iter().peekable();
    while let Some(layer) = layers.next() {
        if matches!(layers.peek(), Some(Layer::Relu))
            && let Some(rectified) = layer.rectified(&x, pass)?
        {
            (x, is_fresh) = (rectified, false);
            layers.next();
            continue;
        }
        let size = pass.counts.is_some().then(|| x.size());
        // Memory that was just written is still at hand, and no more is asked for.
        x = if is_fresh && matches!(layer, Layer::Relu) { x.f_relu_()? } else { layer.forward(x, pass)? };
        is_fresh = layer.gives_up();
        if let (Some(size), Some(counts)) = (size, &mut pass.counts) {
            counts.multiply_adds += layer.multiply_adds(&size, &x.size());
            counts.largest = counts.largest.max(x.numel());
        }
    }
    Ok(x)
}

impl Layer {
    pub(crate) fn tap(name: impl Into<String>) -> Self {
        Self::Tap(name.into())
    }

    /// What this layer and a `ReLU` behind it make of `x` at once, if they are made for it and nobody counts.
    fn rectified(&self, x: &Tensor, pass: &mut Pass) -> Result<Option<Tensor>> {
        let (norm, x, added) = match self {
            _ if pass.counts.is_some() => return Ok(None),
            Self::BatchNorm(norm) => (norm, x.shallow_clone(), None),
            Self::Residual { main, shortcut } => match &main[..] {
                [before @ .., Self::BatchNorm(norm)] => {
                    (norm, forward(before, x, pass)?, Some(forward(shortcut, x, pass)?))
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(norm.rectified(&x, added.as_ref(), pass)?))
    }

    /// Whether what comes out is needed by nobody but the layer behind: it is neither what went in nor kept for the gradient.
    fn gives_up(&self) -> bool {
        matches!(
            self,
            Self::Convolution(_) | Self::BatchNorm(_) | Self::MaxPool { .. } | Self::Residual { .. }
        )
    }

    fn forward(&self, x: Tensor, pass: &mut Pass) -> Result<Tensor> {
        Ok(match self {
            Self::Linear(linear) => linear.forward(&x)?,
            Self::Convolution(convolution) => convolution.forward(&x)?,
            Self::BatchNorm(norm) => norm.forward(&x, pass)?,
            Self::LayerNorm(norm) => norm.forward(&x)?,
            Self::Attention(attention) => attention.forward(&x, pass)?,
            Self::Recurrent(recurrent) => recurrent.forward(&x, pass)?,
            Self::Relu => x.f_relu()?,
            Self::Relu6 => x.f_clamp(0.0, 6.0)?,
            Self::Tanh => x.f_tanh()?,
            Self::Gelu => x.f_gelu("none")?,
            Self::GeluTanh => x.f_gelu("tanh")?,
            Self::ReluGated => {
                let halves = x.f_chunk(2, -1)?;
                halves[0].f_mul(&halves[1].f_relu()?)?
            }
            Self::Dropout(rate) if *rate > 0.0 && pass.trains() => x.f_dropout(*rate, true)?,
            Self::Dropout(_) => x,
            Self::MaxPool { size, stride, padding } => max_pool(&x, *size, *stride, *padding)?,
            Self::AveragePool { size } => x.f_adaptive_avg_pool2d([*size; 2])?,
            Self::Flatten => x.f_flatten(1, -1)?,
            Self::WholeWindows(size) => embedding::whole_windows(x, *size, pass)?,
            Self::Largest => x.f_flatten(2, -1)?.f_amax([2], false)?,
            Self::ChannelsLast => x.f_flatten(2, -1)?.f_transpose(1, 2)?,
            Self::ChannelsFirst => x.f_transpose(1, 2)?,
            Self::FirstToken => x.f_select(1, 0)?,
            Self::OnlyFirst => x.f_narrow(1, 0, 1)?,
            Self::MeanToken => embedding::mean_token(&x, pass)?,
            Self::Embedding(table) => Tensor::f_embedding(table, &x, -1, false, false)?,
            Self::Positions(table) => embedding::add_positions(&x, table)?,
            Self::Segment(table) => x.f_add(&table.f_select(0, 0)?)?,
            Self::AtLeast(length) => x.f_constant_pad_nd([0, (length - x.size()[1]).max(0)])?,
            Self::Prepend(token) => Tensor::f_cat(&[token.f_expand([x.size()[0], -1, -1], false)?, x], 1)?,
            Self::Columns(columns) => columns.forward(&x)?,
            Self::Residual { main, shortcut } => {
                forward(main, &x, pass)?.f_add(&forward(shortcut, &x, pass)?)?
            }
            Self::Branches(branches) => {
                let parts: Result<Vec<Tensor>> =
                    branches.iter().map(|layers| forward(layers, &x, pass)).collect();
                Tensor::f_cat(&parts?, 1)?
            }
            Self::SecondHalf(layers) => {
                let halves = x.f_chunk(2, 1)?;
                Tensor::f_cat(&[halves[0].shallow_clone(), forward(layers, &halves[1], pass)?], 1)?
            }
            Self::Shuffle(groups) => x.f_channel_shuffle(*groups)?,
            Self::Tap(name) => {
                if let Some(features) = &mut pass.features {
                    features.push((name.clone(), x.shallow_clone()));
                }
                x
            }
        })
    }
}
