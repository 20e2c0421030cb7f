//! Several studies side by side: what each says of each claim, and what holds over all of their tasks.

mod claim;
mod over;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::over::Over;
use crate::datum::Datum;
use crate::difference::Difference;
use crate::findings::Findings;
use crate::study::Field;
use crate::task::TaskFindings;

/// Claims, and what studies say of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Atlas {
    /// In the order in which they were given.
    pub studies: Vec<AtlasStudy>,
    /// What they were asked, in the order of reports.
    pub claims: Vec<Claim>,
    /// What holds over the tasks of all of them together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<Over>,
}

/// A study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtlasStudy {
    /// What it is called, such as its folder.
    pub name: String,
    /// Its own name.
    pub study: String,
    /// Its question; may be empty.
    pub question: String,
    /// Where its report is, relative to the atlas.
    pub link: String,
    /// Seeds.
    pub seeds: usize,
    /// Level of its intervals.
    pub confidence: f64,
    /// Runs that have not been tried yet.
    pub missing: u64,
    /// Runs that failed.
    pub failed: usize,
    /// How many things are doubtful of it.
    pub doubts: usize,
    /// Its tasks, one for each combination of the levels of what it varies.
    pub tasks: Vec<AtlasTask>,
    /// What each factor does to the gain of a task, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<String>,
}

/// A task of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtlasTask {
    /// Its name, with the levels of its factors.
    pub name: String,
    /// The levels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub factors: BTreeMap<String, Datum>,
    /// Name of its data set.
    pub title: String,
    /// What it is a task of.
    pub field: Field,
    /// The student, in a line.
    pub student: String,
    /// How many M it has.
    pub sizes: usize,
    /// The distilled arm that the answers are about; absent where there is none.
    pub arm: Option<String>,
}

/// A claim, and what every task of every study says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Its name in data: `gain_at_smallest`, `gain_at_largest`, `amplified`, the name of a theory, or that of a law.
    pub name: String,
    /// The same in words.
    pub title: String,
    /// By study and task, in their order.
    pub answers: Vec<Vec<Answer>>,
}

/// What a task says of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Which way it points.
    pub says: Says,
    /// The finding with its interval, in words; empty where there is none.
    pub words: String,
}

/// Which way an answer points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// For the claim.
    For,
    /// Against it.
    Against,
    /// The data do not tell.
    Open,
    /// A number that is for or against nothing.
    Number,
    /// The study did not ask.
    Absent,
}

impl Says {
    /// Of an interval: above nil for, below nil against.
    fn of(difference: &Difference) -> Self {
        if difference.jointly.is_above_zero() {
            Self::For
        } else if difference.jointly.is_below_zero() {
            Self::Against
        } else {
            Self::Open
        }
    }
}

impl Answer {
    fn absent() -> Self {
        Self { says: Says::Absent, words: String::new() }
    }
}

impl Claim {
    /// How many answers point that way.
    #[must_use]
    pub fn count(&self, says: Says) -> usize {
        self.answers.iter().flatten().filter(|answer| answer.says == says).count()
    }
}

/// A study's findings, with what it is called and where its report is.
type Given<'a> = (String, String, &'a Findings);

impl Atlas {
    /// Of studies, each with what it is called and the place of its report relative to the atlas.
    #[must_use]
    pub fn of(studies: &[Given<'_>]) -> Self {
        Self {
            over: over::of(studies),
            claims: claim::all(studies),
            studies: studies.iter().map(AtlasStudy::of).collect(),
        }
    }
}

impl Claim {
    fn is_answered(&self) -> bool {
        self.answers.iter().flatten().any(|answer| answer.says != Says::Absent)
    }
}

impl AtlasStudy {
    fn of((name, link, findings): &Given<'_>) -> Self {
        let task = |task: &TaskFindings| AtlasTask {
            name: task.name(),
            factors: task.factors.clone(),
            title: task.info.title.clone(),
            field: task.info.field(),
            student: task.info.student.clone(),
            sizes: task.info.samples.len(),
            arm: claim::leading(task).map(|gain| gain.arm.clone()),
        };
        Self {
            name: name.clone(),
            study: findings.study.name.clone(),
            question: findings.study.question.clone(),
            link: link.clone(),
            seeds: findings.study.seeds.len(),
            confidence: findings.study.confidence,
            missing: findings.missing(),
            failed: findings.failures.len(),
            doubts: findings.doubts.len(),
            tasks: findings.tasks.iter().map(task).collect(),
            factors: crate::render::factor_lines(findings),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up::{row, study};
    use crate::table::RunRow;

    /// A study whose arm gains `gains` at M of 10 and 40, and whose control with permuted classes gains nothing.
    fn found(name: &str, gains: [f64; 2]) -> Findings {
        let mut rows: Vec<RunRow> = Vec::new();
        for (m, gain) in std::iter::zip([10, 40], gains) {
            for seed in 1..=5_u64 {
                let more = 0.001 * seed as f64;
                let of = json!({"control_of": "distilled"});
                rows.push(row("labels", "labels", m, seed, 0.5, &json!({})));
                rows.push(row("distilled", "distilled", m, seed, 0.5 + gain + more, &json!({})));
                rows.push(row("permuted", "permuted", m, seed, 0.5 - more, &of));
                rows.push(row("matched", "entropy_matched", m, seed, 0.5 - more, &of));
            }
        }
        let mut study = study(&[10, 40], 30);
        study.name = name.to_owned();
        Findings::of(&study, &rows, &[])
    }

    #[test]
    fn over_all_settings_each_counts_once() {
        let set = |mut findings: Findings, title: &str| {
            title.clone_into(&mut findings.tasks[0].info.title);
            findings
        };
        let found = [
            set(found("one", [0.2, 0.1]), "digits"),
            set(found("two", [0.3, 0.1]), "letters"),
            set(found("three", [0.4, 0.1]), "clothes"),
            set(found("again", [0.9, 0.1]), "digits"),
        ];
        let given: Vec<Given<'_>> =
            found.iter().map(|found| (found.study.name.clone(), String::new(), found)).collect();
        let over = Atlas::of(&given).over;
        let means: Vec<f64> = over.iter().map(|over| over.pooled.mean.unwrap().mean).collect();
        // Each gain has 0.001 for every seed's number more.
        for (mean, expected) in std::iter::zip(&means, [0.303, 0.103, 0.2]) {
            assert!((mean - expected).abs() < 1e-12, "{means:?}");
        }
        let tasks: Vec<&str> = over[0].pooled.tasks.iter().map(|task| task.task.as_str()).collect();
        assert_eq!(tasks, ["one: digits", "two: digits", "three: digits"]);
        assert_eq!(over[2].pooled.above.len(), 0, "seeds that do not differ establish nothing");
    }

    #[test]
    fn every_study_answers_every_claim_or_says_that_it_did_not_ask() {
        let (up, down) = (found("up", [0.2, 0.1]), found("down", [-0.2, 0.1]));
        let mut unasked = found("unasked", [0.0, 0.0]);
        unasked.tasks[0].verdicts.clear();
        let given = [("a", &up), ("b", &down), ("c", &unasked)]
            .map(|(name, findings)| (name.to_owned(), format!("{name}/report.html"), findings));
        let atlas = Atlas::of(&given);
        let says = |claim: &str| {
            let claim = atlas.claims.iter().find(|known| known.name == claim).unwrap();
            claim.answers.iter().map(|answers| answers[0].says).collect::<Vec<_>>()
        };
        assert_eq!(says("gain_at_smallest")[..2], [Says::For, Says::Against]);
        assert_eq!(says("amplified")[..2], [Says::For, Says::Against]);
        assert_eq!(says("dark_knowledge")[0], Says::For);
        assert_eq!(says("dark_knowledge")[2], Says::Absent);
        let first = &atlas.claims[0];
        assert_eq!(first.count(Says::For) + first.count(Says::Against) + first.count(Says::Open), 3);
        assert!(first.answers[0][0].words.ends_with(" points at M = 10"), "{first:?}");
        assert!(atlas.claims.iter().all(|claim| claim.name != "law_of_labels"), "nobody answers");
        let names: Vec<&str> = atlas.studies.iter().map(|study| study.study.as_str()).collect();
        assert_eq!(names, ["up", "down", "unasked"]);
        assert_eq!(atlas.studies[0].tasks[0].arm.as_deref(), Some("distilled"));
        let json = serde_json::to_string(&atlas).unwrap();
        assert_eq!(serde_json::from_str::<Atlas>(&json).unwrap(), atlas);
    }
}
