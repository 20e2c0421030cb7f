use super::evidence::{Evidence, objective_without};
use super::own::{own, told, total};
use super::verdict::{Probabilities, Tested};
use super::{Explains, Test, Theory};
use crate::stat::minus;
use crate::table::named;

/// Soft objectives are for few samples.
pub(super) const THEORY: Theory = Theory {
    name: "objective",
    term: "objective",
    claim: "High temperatures are best at small M",
    sources: "Kim et al. 2021",
    prediction: "the highest temperature beats the lowest at the smallest M, by more than at the largest",
    needs: "pair of distilled arms that differ in their temperature alone",
    test: Test::Own(Explains::Neither, test),
};

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    found(evidence).into_iter().collect()
}

fn found(evidence: &Evidence<'_>) -> Option<Tested> {
    if !evidence.leads {
        return None;
    }
    let cells = evidence.cells();
    let temperature = |arm| {
        let (_, runs) = cells.runs(arm).next()?;
        runs.values().next()?.number(const { named("temperature") })
    };
    let alike = |arm: &str| objective_without(cells, arm, "temperature");
    let tested = alike(evidence.arm);
    let mut arms: Vec<(f64, &str)> = cells
        .distilled()
        .filter(|arm| alike(arm) == tested)
        .filter_map(|arm| Some((temperature(arm)?, arm)))
        .collect();
    arms.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [(low, cold), .., (high, hot)] = arms[..] else { return None };
    let sizes = cells.sizes(hot);
    let ([smallest, .., largest], true) = (&sizes[..], high > low) else { return None };
    let (small, large) = (cells.paired(hot, cold, *smallest), cells.paired(hot, cold, *largest));
    let here = total(&[&small], cells.floor())?;
    let excess = total(&[&minus(&small, &large)], cells.floor())?;
    let because = format!(
        "{hot} minus {cold} is {} at M = {smallest}, which is {} more than at M = {largest}",
        told(evidence, &here, 1),
        told(evidence, &excess, 1)
    );
    let probabilities = Probabilities {
        supported: here.above_zero().max(excess.above_zero()),
        refuted: here.below_zero(),
        partly: 1.0,
    };
    Some(own(&THEORY, evidence, probabilities, because))
}
