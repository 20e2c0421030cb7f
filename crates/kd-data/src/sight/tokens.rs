//! How long texts are in tokens, and what is lost of them.

use rayon::prelude::*;
use serde::Serialize;

use crate::error::Result;
use crate::text::{Tokeniser, UNKNOWN};
use crate::{Encoding, Inputs};

/// Texts as tokens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tokens {
    /// The fewest, the median, that of 95 of 100 texts, and the most tokens of a text, before any is cut off.
    pub lengths: [usize; 4],
    /// The most that a model reads of a text, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest: Option<u32>,
    /// Texts that are longer.
    pub cut: usize,
    /// Texts without any token.
    pub empty: usize,
    /// Number of token ids, padding and unknown included.
    pub vocabulary: i64,
    /// Share of the test texts' tokens that are not in the vocabulary.
    pub unknown: f64,
    /// How many texts this was counted over.
    pub texts: usize,
}

/// Enough to see by.
const MOST: usize = 20_000;

/// The tokens of the texts at `rows`, the first so many of them, with a vocabulary fitted on these; `test` tells what such
/// a vocabulary lacks.
pub(super) fn tokens(texts: &[String], rows: &[usize], test: &Inputs, encoding: &Encoding) -> Result<Tokens> {
    let rows = &rows[..rows.len().min(MOST)];
    let tokeniser = Tokeniser::fit(rows.iter().map(|&row| texts[row].as_str()), &encoding.cutting())?;
    let ids = |text: &String| tokeniser.ids(text);
    let counted: Vec<Result<(usize, bool)>> = rows
        .par_iter()
        .map(|&row| ids(&texts[row]).map(|ids| (ids.len(), ids.iter().all(|&id| id == UNKNOWN))))
        .collect();
    let counted: Vec<(usize, bool)> = counted.into_iter().collect::<Result<_>>()?;
    let mut lengths: Vec<usize> = counted.iter().map(|(length, _)| *length).collect();
    lengths.sort_unstable();
    let at =
        |share: f64| lengths.get(((lengths.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or(0);
    let longest = encoding.longest.map(u32::from);
    let is_cut = |length: &&usize| longest.is_some_and(|longest| **length > longest as usize);
    Ok(Tokens {
        lengths: [at(0.0), at(0.5), at(0.95), at(1.0)],
        longest,
        cut: lengths.iter().filter(is_cut).count(),
        empty: counted.iter().filter(|(_, empty)| *empty).count(),
        vocabulary: tokeniser.size(),
        unknown: unknown(&tokeniser, test)?,
        texts: rows.len(),
    })
}

fn unknown(tokeniser: &Tokeniser, test: &Inputs) -> Result<f64> {
    let Inputs::Texts(texts) = test else { return Ok(0.0) };
    let (mut unknown, mut all) = (0_usize, 0_usize);
    for text in texts.iter().take(MOST) {
        let ids = tokeniser.ids(text)?;
        unknown += ids.iter().filter(|&&id| id == UNKNOWN).count();
        all += ids.len();
    }
    Ok(unknown as f64 / all.max(1) as f64)
}
