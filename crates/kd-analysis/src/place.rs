//! Where a run stands in a study.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::datum::Datum;

/// Levels of factors, by the factor's name.
pub(crate) type Levels = BTreeMap<String, Datum>;

/// `N = 100, width = 64`.
pub(crate) fn told(levels: &Levels) -> String {
    let each: Vec<String> = levels.iter().map(|(factor, level)| format!("{factor} = {level}")).collect();
    each.join(", ")
}

/// The coordinates of a run in its study: of one that is planned, of a row, and but for the seed, of a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Task.
    pub task: String,
    /// Arm; `teacher` for teachers.
    pub arm: String,
    /// The levels here of what the study varies beside M, by the factor's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub factors: BTreeMap<String, Datum>,
    /// M; N for teachers.
    pub samples: u64,
    /// Seed of the replicate.
    pub seed: u64,
}

impl Place {
    /// The task with the levels here: `digits (N = 100)`.
    pub(crate) fn task_there(&self) -> String {
        named(&self.task, &self.factors)
    }
}

/// A task with levels, if it has any: `digits (N = 100)`.
pub(crate) fn named(task: &str, levels: &Levels) -> String {
    if levels.is_empty() { task.to_owned() } else { format!("{task} ({})", told(levels)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_json_and_without_factors_names_none() {
        let mut place = Place {
            task: "digits".to_owned(),
            arm: "labels".to_owned(),
            factors: BTreeMap::new(),
            samples: 40,
            seed: 11,
        };
        let json = serde_json::to_string(&place).unwrap();
        assert_eq!(json, r#"{"task":"digits","arm":"labels","samples":40,"seed":11}"#);
        assert_eq!(serde_json::from_str::<Place>(&json).unwrap(), place);
        place.factors.insert("teacher width".to_owned(), Datum::Count(512));
        place.factors.insert("N".to_owned(), Datum::Text("all".to_owned()));
        let json = serde_json::to_string(&place).unwrap();
        assert!(json.contains(r#""factors":{"N":"all","teacher width":512}"#), "{json}");
        assert_eq!(serde_json::from_str::<Place>(&json).unwrap(), place);
    }
}
