//! The share of a gain that something explains.

use serde::{Deserialize, Serialize};

use super::{CARRIES, NO_PART};
use crate::cells::{Cells, FEWEST_PAIRS};
use crate::stat::{Ratio, Replicates, more_seeds};

/// A share of a gain: 1 is all of it. It may be beyond: what costs more than all of a gain does harm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The ratio of means, or of sums of means over M.
    pub value: f64,
    /// Its interval, by itself (Fieller 1954); none where the gain itself cannot be told from none.
    pub interval: Option<(f64, f64)>,
}

/// A share at one M.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShareAt {
    /// M.
    pub samples: u64,
    /// The share there.
    pub share: Share,
}

/// What an arm explains of a gain.
#[derive(Debug, Clone)]
pub(crate) struct Explained {
    /// At every M at which the gain is established.
    pub(crate) at: Vec<ShareAt>,
    /// Over all of them.
    pub(crate) overall: Share,
    /// The probability of as much were it [`CARRIES`] or less.
    pub(crate) carries: f64,
    /// Of as little were it [`NO_PART`] or more.
    pub(crate) no_part: f64,
    /// Of the worse of the two that put it between.
    pub(crate) between: f64,
    /// How many more seeds would probably tell.
    pub(crate) more_seeds: Option<usize>,
}

impl Explained {
    /// What is explained of `whole` by `part`, both by M, over those M of which both have three seeds at least; none without any.
    pub(crate) fn of(
        cells: &Cells<'_>,
        established: &[u64],
        part: impl Fn(u64) -> Replicates,
        whole: impl Fn(u64) -> Replicates,
    ) -> Option<Self> {
        let there: Vec<(u64, Replicates, Replicates)> = established
            .iter()
            .map(|&samples| (samples, part(samples), whole(samples)))
            .filter(|(_, part, whole)| part.len() >= FEWEST_PAIRS && whole.len() >= FEWEST_PAIRS)
            .collect();
        let (floor, confidence) = (cells.floor(), cells.confidence());
        let parts: Vec<&Replicates> = there.iter().map(|(_, part, _)| part).collect();
        let wholes: Vec<&Replicates> = there.iter().map(|(.., whole)| whole).collect();
        let ratio = Ratio::of(&parts, &wholes, floor)?;
        let share = |ratio: &Ratio| Share { value: ratio.value(), interval: ratio.interval(confidence) };
        let at = there.iter().filter_map(|(samples, part, whole)| {
            Some(ShareAt { samples: *samples, share: share(&Ratio::of(&[part], &[whole], floor)?) })
        });
        let seeds = parts.iter().map(|part| part.len()).min()?;
        let (carries, no_part) = (ratio.above(CARRIES), ratio.below(NO_PART));
        let nearest = if ratio.value() > f64::midpoint(CARRIES, NO_PART) { CARRIES } else { NO_PART };
        Some(Self {
            at: at.collect(),
            overall: share(&ratio),
            carries,
            no_part,
            between: ratio.above(NO_PART).max(ratio.below(CARRIES)),
            more_seeds: more_seeds(ratio.distance(nearest), seeds, (1.0 - confidence) / 2.0),
        })
    }
}
