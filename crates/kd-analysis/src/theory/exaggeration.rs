use super::evidence::Evidence;
use super::own::{own, total};
use super::verdict::{Probabilities, Tested};
use super::{Explains, Test, Theory};
use crate::stat::Replicates;
use crate::table::{Column, named};

/// Students are surer than their teachers where these are sure.
pub(super) const THEORY: Theory = Theory {
    name: "exaggeration",
    term: "exaggeration",
    claim: "Students exaggerate their teacher's confidence",
    sources: "Nagarajan et al. 2023",
    prediction: "the slope of a student's log-odds against its teacher's is above 1 on its own samples, over all M",
    needs: "slope of the student's confidence against the teacher's",
    test: Test::Own(Explains::Neither, test),
};

const SLOPE: &Column = named("train_exaggeration_slope");

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    let excess: Vec<Replicates> = evidence
        .sizes()
        .into_iter()
        .map(|samples| {
            evidence.numbers(evidence.arm, samples, |row| row.number(SLOPE).map(|slope| slope - 1.0))
        })
        .filter(|slopes| !slopes.is_empty())
        .collect();
    let places: Vec<&Replicates> = excess.iter().collect();
    let Some(sum) = total(&places, 0.0) else { return Vec::new() };
    let count = places.len() as f64;
    let because = format!(
        "the mean slope over M is {:.2} ± {:.2}",
        1.0 + sum.value / count,
        sum.half_width(evidence.cells().confidence()) / count
    );
    let probabilities = Probabilities { supported: sum.above_zero(), refuted: sum.below_zero(), partly: 1.0 };
    vec![own(&THEORY, evidence, probabilities, because)]
}
