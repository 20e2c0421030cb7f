use tch::{Kind, Tensor};

use crate::pass::Pass;
use crate::{PassError, Result};

/// Mean of `[B, L, D]` over the tokens that are not padding.
pub(super) fn mean_token(x: &Tensor, pass: &Pass) -> Result<Tensor> {
    let Some(present) = &pass.present else { return Ok(x.f_mean_dim([1_i64].as_slice(), false, x.kind())?) };
    let present = present.f_to_kind(x.kind())?;
    let weights = &present / present.f_sum_dim_intlist(1, true, x.kind())?.f_clamp_min(1.0)?;
    Ok(weights.f_unsqueeze(1)?.f_matmul(x)?.f_squeeze_dim(1)?)
}

/// What windows of `size` tokens hold, `[B, C, L - size + 1]`, zero where they reach into padding. The first stays, since
/// a text shorter than it has no other.
pub(super) fn whole_windows(x: Tensor, size: i64, pass: &Pass) -> Result<Tensor> {
    let Some(present) = &pass.present else { return Ok(x) };
    let last = present.f_sum_dim_intlist(1, true, Kind::Int64)?.f_sub_scalar(size)?.f_clamp_min(0)?;
    let places = Tensor::f_arange(x.size()[2], (Kind::Int64, x.device()))?;
    Ok(x.f_mul(&places.f_less_equal_tensor(&last)?.f_unsqueeze(1)?)?)
}

/// `x` `[B, L, D]` and the first L rows of `table`.
pub(super) fn add_positions(x: &Tensor, table: &Tensor) -> Result<Tensor> {
    let (length, positions) = (x.size()[1], table.size()[table.dim() - 2]);
    if length > positions {
        return Err(PassError::TooLong { length, positions }.into());
    }
    Ok(x.f_add(&table.f_narrow(-2, 0, length)?)?)
}

/// The columns of a table `[B, numeric + categories]`, numbers first, levels of categories behind them.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) numeric: i64,
    /// `[levels, D]`, a row for each level of each category.
    pub(crate) levels: Option<Tensor>,
    pub(crate) tokens: Tokens,
}

/// What becomes of the columns.
#[derive(Debug)]
pub(crate) enum Tokens {
    /// Numbers stay, levels become their rows, all in one vector: `[B, numeric + categories * D]`.
    Joined,
    /// Each column becomes a vector, in front of them one to read the answer from: `[B, 1 + columns, D]` (Gorishniy
    /// et al. 2021, arXiv 2106.11959). `weight` is `[1 + numeric, D]`, `bias` `[columns, D]`.
    Apart { weight: Tensor, bias: Tensor },
}

impl Columns {
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let numbers = x.f_narrow(1, 0, self.numeric)?;
        let rows = match &self.levels {
            Some(table) => {
                let ids = x.f_narrow(1, self.numeric, x.size()[1] - self.numeric)?.f_to_kind(Kind::Int64)?;
                Some(Tensor::f_embedding(table, &ids, -1, false, false)?)
            }
            None => None,
        };
        let mut parts = Vec::with_capacity(3);
        match &self.tokens {
            Tokens::Joined => {
                parts.push(numbers);
                parts.extend(rows.map(|rows| rows.f_flatten(1, -1)).transpose()?);
                Ok(Tensor::f_cat(&parts, 1)?)
            }
            Tokens::Apart { weight, bias } => {
                let one = numbers.f_new_ones([x.size()[0], 1], (x.kind(), x.device()))?;
                parts.push(Tensor::f_cat(&[one, numbers], 1)?.f_unsqueeze(2)?.f_mul(weight)?);
                parts.extend(rows);
                Ok(Tensor::f_cat(&parts, 1)?.f_add(&bias.f_constant_pad_nd([0, 0, 1, 0])?)?)
            }
        }
    }
}
