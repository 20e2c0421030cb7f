//! What is doubtful of a study: what was known before anything was trained, and what its runs show.

use kd_doubt::{Doubt, Weight};

use crate::study::StudyInfo;
use crate::table::RunRow;

/// The doubts about a study and its runs, those with most weight first. What a study cannot answer is not among them:
/// the answers themselves say so.
#[must_use]
pub(crate) fn doubts(study: &StudyInfo, _rows: &[RunRow]) -> Vec<Doubt> {
    let mut found: Vec<Doubt> =
        study.doubts.iter().filter(|doubt| doubt.weight != Weight::Unanswered).cloned().collect();
    found.sort_by_key(|doubt| doubt.weight);
    found
}
