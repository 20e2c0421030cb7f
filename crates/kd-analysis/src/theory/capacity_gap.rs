use super::evidence::{Evidence, Neighbour};
use super::own::{own, told, total};
use super::verdict::{Probabilities, Tested};
use super::{Explains, Test, Theory};
use crate::place::told as levels;
use crate::stat::{Replicates, Total};

/// A better teacher may teach worse.
pub(super) const THEORY: Theory = Theory {
    name: "capacity_gap",
    term: "capacity gap",
    claim: "The best teacher is not the best to learn from",
    sources: "Mirzadeh et al. 2020; Busbridge et al. 2025",
    prediction: "students of some teacher beat those of a teacher that is itself better",
    needs: "teachers of different size, or of different N, for one student",
    test: Test::Own(Explains::Neither, test),
};

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    found(evidence).into_iter().collect()
}

fn found(evidence: &Evidence<'_>) -> Option<Tested> {
    if !evidence.leads {
        return None;
    }
    let mut teachers: Vec<(f64, &Neighbour<'_>)> = evidence
        .all
        .iter()
        .filter(|section| section.info.student == evidence.here.info.student)
        .filter_map(|section| Some((section.teacher?, section)))
        .collect();
    teachers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, others) = teachers.split_first()?;
    let against: Vec<(&Neighbour<'_>, Total)> = others
        .iter()
        .filter(|(_, other)| other.info.teacher != best.1.info.teacher)
        .filter_map(|(_, other)| Some((*other, over(evidence.arm, best.1, other)?)))
        .collect();
    let (rival, strongest) = against.iter().min_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    let sizes = best.1.cells.sizes(evidence.arm).len();
    let because = format!(
        "averaged over M, students of the best teacher ({}) minus those of its strongest rival ({}) are {}",
        levels(best.1.factors),
        levels(rival.factors),
        told(evidence, strongest, sizes)
    );
    let count = against.len() as f64;
    let least = against.iter().map(|(_, total)| total.below_zero()).fold(1.0, f64::min);
    let probabilities = Probabilities {
        supported: (count * least).min(1.0),
        refuted: against.iter().map(|(_, total)| total.above_zero()).fold(0.0, f64::max),
        partly: 1.0,
    };
    Some(own(&THEORY, evidence, probabilities, because))
}

/// How far students of one teacher are above those of another, summed over M.
fn over(arm: &str, one: &Neighbour<'_>, other: &Neighbour<'_>) -> Option<Total> {
    let at: Vec<Replicates> = one
        .cells
        .sizes(arm)
        .into_iter()
        .filter_map(|samples| {
            let (these, those) = (one.cells.scores(arm, samples)?, other.cells.scores(arm, samples)?);
            Some(crate::stat::minus(these, those))
        })
        .collect();
    total(&at.iter().collect::<Vec<_>>(), one.cells.floor())
}
