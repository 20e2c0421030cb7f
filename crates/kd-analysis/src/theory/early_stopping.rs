use super::evidence::{Evidence, at_sizes};
use super::own::of_share;
use super::share::Explained;
use super::verdict::{Tested, percent};
use super::{Explains, Test, Theory};
use crate::stat::minus;
use crate::table::named;

/// Distillation does what stopping early does.
pub(super) const THEORY: Theory = Theory {
    name: "early_stopping",
    term: "early stopping",
    claim: "Early stopping explains the gain",
    sources: "Dong et al. 2019",
    prediction: "training on labels that stops where the validation score is best gains what distillation gains",
    needs: "test score of the weights that were best on a validation split, beside that after the last step",
    test: Test::Own(Explains::Reproduces, test),
};

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    let cells = evidence.cells();
    if !cells.metric().is_last_score() {
        return Vec::new();
    }
    let best = |samples| {
        evidence.numbers(evidence.labels, samples, |row| row.number(const { named("test_score_at_best") }))
    };
    let part = |samples| cells.scores(evidence.labels, samples).map(|last| minus(&best(samples), last));
    let whole = |samples| cells.paired(evidence.arm, evidence.labels, samples);
    let explained =
        Explained::of(cells, evidence.established, |samples| part(samples).unwrap_or_default(), whole);
    let because = |share: &_| {
        format!(
            "at {}, where there is a gain, {} of it is reproduced by labels stopped at their best validation score",
            at_sizes(evidence.established),
            percent(share)
        )
    };
    explained.map(|explained| of_share(&THEORY, evidence, &explained, because)).into_iter().collect()
}
