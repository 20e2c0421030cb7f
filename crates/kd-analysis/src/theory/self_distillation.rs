use super::evidence::{Evidence, Neighbour};
use super::own::{own, told, total};
use super::verdict::{Probabilities, Tested};
use super::{Explains, Test, Theory};
use crate::datum::Datum;
use crate::stat::{Replicates, Total, minus};

/// Learning from oneself regularises, too often too much.
pub(super) const THEORY: Theory = Theory {
    name: "self_distillation",
    term: "self-distillation",
    claim: "Repeated self-distillation first helps and then harms",
    sources: "Mobahi et al. 2020",
    prediction: "over generations, the score rises and falls again",
    needs: "three generations of students",
    test: Test::Own(Explains::Neither, test),
};

/// What studies call it.
const FACTOR: &str = "generation";

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    found(evidence).into_iter().collect()
}

fn found(evidence: &Evidence<'_>) -> Option<Tested> {
    if !evidence.leads {
        return None;
    }
    let mut generations: Vec<(f64, &Neighbour<'_>)> = evidence
        .all
        .iter()
        .filter_map(|section| Some((section.factors.get(FACTOR).and_then(Datum::number)?, section)))
        .collect();
    generations.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [(_, first), between @ .., (number, last)] = &generations[..] else { return None };
    let over = |one: &Neighbour<'_>, other: &Neighbour<'_>| -> Option<Total> {
        let at: Vec<Replicates> = one
            .cells
            .sizes(evidence.arm)
            .into_iter()
            .filter_map(|samples| {
                let scores = |of: &Neighbour<'_>| of.cells.scores(evidence.arm, samples).cloned();
                Some(minus(&scores(one)?, &scores(other)?))
            })
            .collect();
        total(&at.iter().collect::<Vec<_>>(), one.cells.floor())
    };
    let humps: Vec<(f64, Total, Total)> = between
        .iter()
        .filter_map(|(number, section)| Some((*number, over(section, first)?, over(section, last)?)))
        .collect();
    let rise = |hump: &(f64, Total, Total)| hump.1.above_zero().max(hump.2.above_zero());
    let best = humps.iter().min_by(|a, b| rise(a).total_cmp(&rise(b)))?;
    let sizes = first.cells.sizes(evidence.arm).len();
    let because = format!(
        "averaged over M, generation {} minus the first is {}, and minus generation {number} {}",
        best.0,
        told(evidence, &best.1, sizes),
        told(evidence, &best.2, sizes)
    );
    let count = humps.len() as f64;
    // It goes on rising, or never rises.
    let rises = humps.iter().map(|(.., over_last)| over_last.below_zero()).fold(0.0, f64::max);
    let falls = humps.iter().map(|(_, over_first, _)| over_first.below_zero()).fold(0.0, f64::max);
    let probabilities = Probabilities {
        supported: (count * rise(best)).min(1.0),
        refuted: (2.0 * rises.min(falls)).min(1.0),
        partly: 1.0,
    };
    Some(own(&THEORY, evidence, probabilities, because))
}
