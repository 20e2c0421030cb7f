use super::evidence::Evidence;
use super::own::{own, told, total};
use super::share::Share;
use super::verdict::{Probabilities, Tested, percent};
use super::{Explains, Test, Theory};
use crate::stat::{Replicates, minus};
use crate::table::named;

/// Who agrees more with the teacher need not be better.
pub(super) const THEORY: Theory = Theory {
    name: "fidelity",
    term: "fidelity",
    claim: "Fidelity and accuracy part as M grows",
    sources: "Stanton et al. 2021",
    prediction: "at the largest M distillation still brings students closer to their teacher, but no longer makes them better",
    needs: "agreement with the teacher of arms on labels and of distilled ones",
    test: Test::Own(Explains::Neither, test),
};

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    found(evidence).into_iter().collect()
}

fn found(evidence: &Evidence<'_>) -> Option<Tested> {
    let cells = evidence.cells();
    let largest = *evidence.sizes().last()?;
    let agreement = |arm| evidence.numbers(arm, largest, |row| row.number(const { named("test_agreement") }));
    let closer = total(&[&minus(&agreement(evidence.arm), &agreement(evidence.labels))], cells.floor())?;
    let gains = cells.paired(evidence.arm, evidence.labels, largest);
    let better = total(&[&gains], cells.floor())?;
    let over_margin: Replicates = gains.iter().map(|(seed, gain)| (*seed, gain - evidence.margin)).collect();
    let over_margin = total(&[&over_margin], cells.floor())?;
    let share = Share { value: closer.value, interval: Some(closer.interval(cells.confidence())) };
    let because = format!(
        "at M = {largest} distillation brings agreement with the teacher on {} more of the test examples, and a gain of {}",
        percent(&share),
        told(evidence, &better, 1)
    );
    let probabilities = Probabilities {
        supported: closer.above_zero().max(over_margin.below_zero()),
        refuted: closer.above_zero().max(over_margin.above_zero()),
        partly: 1.0,
    };
    Some(own(&THEORY, evidence, probabilities, because))
}
