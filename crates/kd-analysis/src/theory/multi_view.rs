use super::evidence::{Evidence, at_sizes, objective_without};
use super::own::of_share;
use super::share::Explained;
use super::verdict::{Tested, percent};
use super::{Explains, Test, Theory};
use crate::stat::Replicates;
use crate::table::named;

/// The gain is that of an ensemble.
pub(super) const THEORY: Theory = Theory {
    name: "multi_view",
    term: "multiple views",
    claim: "The gain needs an ensemble",
    sources: "Allen-Zhu and Li 2020",
    prediction: "one teacher gains little of what an ensemble of teachers gains",
    needs: "ensemble of teachers beside one teacher alone",
    test: Test::Own(Explains::Removes, test),
};

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    found(evidence).into_iter().collect()
}

fn found(evidence: &Evidence<'_>) -> Option<Tested> {
    if !evidence.leads {
        return None;
    }
    let (single, ensemble) = two_arms(evidence).or_else(|| two_levels(evidence))?;
    let cells = evidence.cells();
    let labels = |samples| cells.scores(evidence.labels, samples).cloned().unwrap_or_default();
    let lost = |samples: u64| crate::stat::minus(&ensemble(samples), &single(samples));
    let whole = |samples: u64| crate::stat::minus(&ensemble(samples), &labels(samples));
    let explained = Explained::of(cells, evidence.established, lost, whole)?;
    let because = |share: &_| {
        format!(
            "at {}, where there is a gain, {} of an ensemble's is lost with one teacher",
            at_sizes(evidence.established),
            percent(share)
        )
    };
    Some(of_share(&THEORY, evidence, &explained, because))
}

/// Scores by M of one arm and of another.
type Scores<'a> = Box<dyn Fn(u64) -> Replicates + 'a>;

/// An arm that hears all members beside one that hears the first, and is like it in all else.
fn two_arms<'a>(evidence: &'a Evidence<'_>) -> Option<(Scores<'a>, Scores<'a>)> {
    let cells = evidence.cells();
    let hears_all = |arm: &&str| {
        let first = cells.runs(arm).next().and_then(|(_, runs)| runs.values().next().copied());
        first.and_then(|row| row.text(const { named("supervision") })) == Some("ensemble")
    };
    let ensemble = cells.distilled().find(hears_all)?;
    let alike = |arm: &str| objective_without(cells, arm, "supervision");
    let single = cells.distilled().find(|arm| !hears_all(arm) && alike(arm) == alike(ensemble))?;
    let of = |arm: &'a str| -> Scores<'a> {
        Box::new(move |samples| cells.scores(arm, samples).cloned().unwrap_or_default())
    };
    Some((of(single), of(ensemble)))
}

/// One arm at the fewest and at the most members.
fn two_levels<'a>(evidence: &'a Evidence<'_>) -> Option<(Scores<'a>, Scores<'a>)> {
    let mut sections: Vec<(f64, &crate::theory::Neighbour<'_>)> = evidence
        .all
        .iter()
        .filter_map(|section| Some((section.factors.get("members")?.number()?, section)))
        .collect();
    sections.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [(_, fewest), .., (_, most)] = sections[..] else { return None };
    let of = |section: &'a crate::theory::Neighbour<'_>| -> Scores<'a> {
        Box::new(move |samples| section.cells.scores(evidence.arm, samples).cloned().unwrap_or_default())
    };
    Some((of(fewest), of(most)))
}
