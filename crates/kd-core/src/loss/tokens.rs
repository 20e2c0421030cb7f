use tch::{Kind, Tensor};

use crate::error::{Error, Result};

/// What a mean over the tokens of several sequences counts the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenAverage {
    /// Every token (`token-mean`), as PyTorch's cross-entropy with `ignore_index`: long sequences weigh more.
    #[default]
    Token,
    /// Every sequence (`seq-mean-token-mean`): the mean over its tokens first, then over sequences. Sequences of
    /// nothing but padding do not count.
    Sequence,
}

/// Tokens of a batch of sequences `[B, L]`.
#[derive(Debug)]
pub struct Tokens {
    /// B and L.
    shape: [i64; 2],
    /// `[n]`: their places, counted through the whole batch.
    places: Tensor,
}

impl Tokens {
    /// All tokens of a batch. The `mask` `[B, L]` is boolean or of numbers, and nil on padding.
    ///
    /// Labels that are -100 on padding make the mask `labels.ne(-100)`. For a language model logits and labels are to
    /// be shifted against each other first.
    ///
    /// # Errors
    /// On another shape, or a mask that leaves no token.
    pub fn unpadded(mask: &Tensor) -> Result<Self> {
        let places = mask.f_flatten(0, -1)?.f_nonzero()?.f_flatten(0, -1)?;
        let tokens = Self { shape: batch_and_length(mask)?, places };
        if tokens.places.numel() == 0 { Err(Error::Empty) } else { Ok(tokens) }
    }

    /// The tokens of each sequence that has any; `mask` as for [`unpadded`](Self::unpadded).
    ///
    /// # Errors
    /// As [`unpadded`](Self::unpadded).
    pub fn by_sequence(mask: &Tensor) -> Result<Vec<Self>> {
        let shape @ [batch, length] = batch_and_length(mask)?;
        let mut sequences = Vec::new();
        for sequence in 0..batch {
            let within = mask.f_select(0, sequence)?.f_nonzero()?.f_flatten(0, -1)?;
            if within.numel() > 0 {
                sequences.push(Self { shape, places: within.f_add_scalar(sequence * length)? });
            }
        }
        if sequences.is_empty() { Err(Error::Empty) } else { Ok(sequences) }
    }

    /// What a `table` `[B, L, ..]` holds of these n tokens, `[n, ..]`: rows of logits, or labels.
    ///
    /// # Errors
    /// On another B or L.
    pub fn of(&self, table: &Tensor) -> Result<Tensor> {
        let [batch, length] = self.shape;
        if table.size().get(..2) != Some(&self.shape) {
            let expected = format!("[{batch}, {length}, ..] like the mask");
            return Err(Error::Shape { what: "tokens", expected, got: table.size() });
        }
        Ok(table.f_flatten(0, 1)?.f_index_select(0, &self.places)?)
    }
}

/// Any loss of rows as one of tokens: averaged over those that are not padding. What is on padding does not matter, not
/// even NaN, and gets no gradient.
///
/// `loss` is given tokens and takes of its tables what belongs to them; a loss that compares examples of a batch, such as
/// [`dist`](super::dist), compares the tokens of the whole batch or of one sequence, as `average` says. The `mask` is as
/// for [`Tokens::unpadded`].
///
/// Both averages are those of one batch: means of parts of unequal numbers of tokens do not average to that of the whole.
///
/// # Errors
/// As [`Tokens::unpadded`] and `loss`.
///
/// ```
/// use kd_core::loss::{TokenAverage, distillation, token_mean};
/// use tch::{Kind, Tensor};
///
/// # fn main() -> Result<(), kd_core::Error> {
/// let student = Tensor::zeros([2, 3, 5], (Kind::Double, tch::Device::Cpu));
/// let (teacher, mask) = (student.ones_like(), Tensor::from_slice2(&[[1, 1, 1], [1, 0, 0]]));
/// let loss = token_mean(&mask, TokenAverage::Sequence, |tokens| {
///     distillation(&tokens.of(&student)?, &tokens.of(&teacher)?, 2.0)
/// })?;
/// assert!(loss.double_value(&[]).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
pub fn token_mean(
    mask: &Tensor,
    average: TokenAverage,
    loss: impl Fn(&Tokens) -> Result<Tensor>,
) -> Result<Tensor> {
    match average {
        TokenAverage::Token => loss(&Tokens::unpadded(mask)?),
        TokenAverage::Sequence => {
            let losses = Tokens::by_sequence(mask)?.iter().map(loss).collect::<Result<Vec<_>>>()?;
            Ok(Tensor::f_stack(&losses, 0)?.f_mean(None::<Kind>)?)
        }
    }
}

fn batch_and_length(mask: &Tensor) -> Result<[i64; 2]> {
    mask.size().try_into().map_err(|got| Error::Shape {
        what: "masks",
        expected: "[sequences, tokens]".to_owned(),
        got,
    })
}
