use super::evidence::{Evidence, Neighbour};
use super::own::of_share;
use super::share::Explained;
use super::verdict::{Tested, percent};
use super::{Explains, Test, Theory};
use crate::stat::minus;

/// What a teacher has memorised helps those who see it too.
pub(super) const THEORY: Theory = Theory {
    name: "memorisation",
    term: "memorisation",
    claim: "The gain is on samples that the teacher was trained on",
    sources: "Lanzillotta et al. 2025, on whose regimes it rests",
    prediction: "students whose samples are the teacher's gain more than those whose samples it has not seen",
    needs: "student on samples of its teacher beside one on others",
    test: Test::Own(Explains::Removes, test),
};

/// What is said of students whose samples are none of their teacher's.
const FRESH: &str = "from others than the teacher's";

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    found(evidence).into_iter().collect()
}

fn found(evidence: &Evidence<'_>) -> Option<Tested> {
    if !evidence.leads {
        return None;
    }
    let is_fresh = |section: &&Neighbour<'_>| section.info.sampling.contains(FRESH);
    let others = evidence.all.iter().find(is_fresh)?;
    let own = evidence.all.iter().find(|section| !is_fresh(section))?;
    let gain =
        |section: &Neighbour<'_>, samples| section.cells.paired(evidence.arm, evidence.labels, samples);
    let sizes = own.cells.sizes(evidence.arm);
    let cells = own.cells;
    let lost = |samples: u64| minus(&gain(own, samples), &gain(others, samples));
    let explained = Explained::of(cells, &sizes, lost, |samples| gain(own, samples))?;
    let because = |share: &_| {
        format!("over M, {} of the gain is lost on samples that the teacher has not seen", percent(share))
    };
    Some(of_share(&THEORY, evidence, &explained, because))
}
