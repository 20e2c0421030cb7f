use tch::{Device, Kind, Tensor};

use crate::{Input, PassError, Result};

/// What a batch of one looks like; a text has 16 tokens.
pub(crate) fn example(input: Input) -> Result<Tensor> {
    let (shape, kind) = match input {
        Input::Image { channels, height, width } => (vec![1, channels, height, width], Kind::Float),
        Input::Features { width } => (vec![1, width], Kind::Float),
        Input::Table { numeric, categories, .. } => (vec![1, numeric + categories], Kind::Float),
        Input::Tokens { .. } => (vec![1, 16], Kind::Int64),
        Input::Sequence { length, .. } => (vec![1, length], Kind::Int64),
    };
    Ok(Tensor::f_zeros(shape, (kind, Device::Cpu))?)
}

/// That `batch` has the shape that `input` describes.
pub(crate) fn admits(input: Input, batch: &Tensor) -> Result<()> {
    let got = batch.size();
    let (fits, expected) = match input {
        Input::Image { channels, height, width } => {
            (got.len() == 4 && got[1..] == [channels, height, width], "[B, channels, height, width]")
        }
        Input::Features { width } => (got.len() == 2 && got[1] == width, "[B, width]"),
        Input::Table { numeric, categories, .. } => {
            (got.len() == 2 && got[1] == numeric + categories, "[B, numeric + categories]")
        }
        Input::Tokens { .. } => (got.len() == 2 && got[1] > 0, "[B, L]"),
        Input::Sequence { length, .. } => {
            (got.len() == 2 && (1..=length).contains(&got[1]), "[B, L] with L at most that length")
        }
    };
    if fits { Ok(()) } else { Err(PassError::Batch { got, input, expected }.into()) }
}
