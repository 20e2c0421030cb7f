//! What a report says about a study and its tasks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kd_doubt::Doubt;
use serde::{Deserialize, Serialize};

use crate::datum::Datum;
use crate::factor::{Factor, FactorKind};
use crate::place::{Levels, Place};

/// What a report says about a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudyInfo {
    /// Name.
    pub name: String,
    /// The question in words; may be empty.
    pub question: String,
    /// Seeds of the replicates.
    pub seeds: Vec<u64>,
    /// Level of intervals, such as 0.95.
    pub confidence: f64,
    /// Largest difference that counts as none, in the unit of what is analysed.
    pub margin: f64,
    /// Which accuracy is analysed.
    pub score: Score,
    /// The column that is analysed instead, one of [`Metric::columns`](crate::Metric::columns).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Tasks, in the order in which they are reported; one for each combination of the levels that its description depends
    /// on.
    pub tasks: Vec<TaskInfo>,
    /// What to type for these results.
    pub command: String,
    /// Versions and hashes, name and value.
    pub provenance: Vec<(String, String)>,
    /// Runs that the study takes.
    pub planned_runs: u64,
    /// What is varied beside M.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
    /// The text of the study file that was run last, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub study_file: Option<String>,
    /// What was doubtful before anything was trained.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

/// What a task is of: how its inputs come, and where what is predicted is no class, that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Classes of images.
    Vision,
    /// Classes of texts.
    Text,
    /// Classes of rows of a table.
    Tables,
    /// Next tokens.
    Language,
    /// Numbers.
    Numbers,
    /// Data that were made up by a rule.
    Synthetic,
    /// Nothing that is known.
    Other,
}

impl TaskInfo {
    /// What it is of.
    #[must_use]
    pub fn field(&self) -> Field {
        match self.modality.as_str() {
            _ if self.synthetic => Field::Synthetic,
            _ if self.score.contains("token") => Field::Language,
            _ if self.score.contains("R²") => Field::Numbers,
            "vision" => Field::Vision,
            "text" => Field::Text,
            "tabular" => Field::Tables,
            _ => Field::Other,
        }
    }
}

/// Which accuracy on the test split is analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// After the last step.
    LastStep,
    /// Of the weights that were best on the validation split.
    ValidationBest,
}

impl Score {
    /// Its name in study files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LastStep => "last_step",
            Self::ValidationBest => "validation_best",
        }
    }
}

/// What a report says about a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskInfo {
    /// Name.
    pub name: String,
    /// Name of the data set.
    pub title: String,
    /// Vision, tabular or text.
    pub modality: String,
    /// What is scored, such as "accuracy".
    pub score: String,
    /// Number of classes; 0 where numbers are predicted.
    pub classes: u64,
    /// Size of the test split.
    pub test_examples: u64,
    /// Licence of the data.
    pub licence: String,
    /// Whom to cite.
    pub citation: String,
    /// Teacher, in a line.
    pub teacher: String,
    /// Student, in a line.
    pub student: String,
    /// The student's budget, in a line.
    pub budget: String,
    /// How samples are drawn.
    pub sampling: String,
    /// Every M that the study asks for, ascending. Claims over the curve are made over all of them.
    pub samples: Vec<u64>,
    /// The levels of factors that this describes; none where it describes all of the task.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub factors: BTreeMap<String, Datum>,
    /// Whether its data were made up by a rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
}

impl StudyInfo {
    /// What the levels of a factor set apart, if the study speaks of it.
    pub(crate) fn kind_of(&self, factor: &str) -> Option<FactorKind> {
        self.factors.iter().find(|known| known.name == factor).map(|known| known.kind)
    }

    /// Those of `levels` that set tasks apart. A factor that the study does not speak of does.
    pub(crate) fn levels_of_tasks(&self, levels: &Levels) -> Levels {
        let mut levels = levels.clone();
        levels.retain(|factor, _| match self.kind_of(factor) {
            None | Some(FactorKind::Task) => true,
            Some(FactorKind::Arm | FactorKind::Tuned) => false,
        });
        levels
    }

    /// What sorts levels as the study does: the first factor's first, those that it does not speak of by themselves.
    pub(crate) fn order_of(&self, levels: &Levels) -> (Vec<usize>, Levels) {
        let position = |factor: &Factor| {
            let level = levels.get(&factor.name)?;
            factor.levels.iter().position(|known| known == level)
        };
        (self.factors.iter().map(|factor| position(factor).unwrap_or(usize::MAX)).collect(), levels.clone())
    }

    /// What is said of the task of a place: at its levels, where the study varies the task. A run that a factor does not
    /// concern has no level of it, and what differs between those levels (teacher, student, budget, sampling) is left empty.
    #[must_use]
    pub fn task_of(&self, place: &Place) -> Option<Cow<'_, TaskInfo>> {
        let mut of_place = self.tasks.iter().filter(|task| task.may_be_of(place));
        let mut task = Cow::Borrowed(of_place.next()?);
        for other in of_place {
            leave_common(&mut task, other);
        }
        Some(task)
    }
}

impl TaskInfo {
    /// Whether a place of this name is at none but these levels, as far as it has any.
    pub(crate) fn may_be_of(&self, place: &Place) -> bool {
        let agrees = |(factor, level): (&String, &Datum)| {
            place.factors.get(factor).is_none_or(|levels| levels == level)
        };
        self.name == place.task && self.factors.iter().all(agrees)
    }
}

/// Leaves of `task` what `other`, which describes it at other levels, says too.
fn leave_common(task: &mut Cow<'_, TaskInfo>, other: &TaskInfo) {
    let lines: [fn(&mut TaskInfo) -> &mut String; 4] = [
        |task| &mut task.teacher,
        |task| &mut task.student,
        |task| &mut task.budget,
        |task| &mut task.sampling,
    ];
    let mut others = other.clone();
    let task = task.to_mut();
    for line in lines {
        if line(task) != line(&mut others) {
            line(task).clear();
        }
    }
    task.factors.retain(|factor, level| other.factors.get(factor) == Some(level));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::{study, task};

    fn place(factors: &[(&str, Datum)]) -> Place {
        let factors = factors.iter().map(|(factor, level)| ((*factor).to_owned(), level.clone())).collect();
        Place { task: "digits".to_owned(), arm: "labels".to_owned(), factors, samples: 40, seed: 1 }
    }

    fn varied() -> StudyInfo {
        let mut varied = study(&[40], 0);
        varied.tasks.clear();
        for width in [16, 64] {
            for teacher in ["small", "large"] {
                let factors = BTreeMap::from([
                    ("width".to_owned(), Datum::Count(width)),
                    ("teacher".to_owned(), Datum::Text(teacher.to_owned())),
                ]);
                let student = format!("mlp {width}");
                varied.tasks.push(TaskInfo { factors, student, teacher: teacher.to_owned(), ..task(&[40]) });
            }
        }
        varied
    }

    #[test]
    fn a_place_finds_its_task_at_its_levels() {
        let varied = varied();
        let text = |text: &str| Datum::Text(text.to_owned());
        let there =
            [("width", Datum::Count(64)), ("teacher", text("large")), ("generation", Datum::Count(2))];
        let found = varied.task_of(&place(&there)).unwrap();
        assert_eq!((found.student.as_str(), found.teacher.as_str()), ("mlp 64", "large"));
        assert!(matches!(found, Cow::Borrowed(_)));
        assert_eq!(varied.task_of(&place(&[("width", Datum::Count(32))])), None);
        assert_eq!(study(&[40], 0).task_of(&place(&there)).unwrap().student, "mlp 64", "of all levels");
        assert_eq!(varied.task_of(&Place { task: "letters".to_owned(), ..place(&there) }), None);
    }

    #[test]
    fn what_a_run_does_not_depend_on_is_left_empty() {
        let varied = varied();
        let found = varied.task_of(&place(&[("width", Datum::Count(16))])).unwrap();
        assert_eq!((found.student.as_str(), found.teacher.as_str()), ("mlp 16", ""));
        assert_eq!(found.factors, BTreeMap::from([("width".to_owned(), Datum::Count(16))]));
        assert_eq!((found.title.as_str(), found.budget.as_str()), ("Digits", "1000 steps"));
        assert_eq!(varied.task_of(&place(&[])).unwrap().student, "");
    }

    #[test]
    fn what_was_written_without_factors_is_read_and_written_as_before() {
        let json = serde_json::to_value(study(&[40], 3)).unwrap();
        assert!(json.get("factors").is_none() && json["tasks"][0].get("factors").is_none());
        assert_eq!(serde_json::from_value::<StudyInfo>(json).unwrap(), study(&[40], 3));
        let varied = StudyInfo { factors: crate::made_up::factors(), ..varied() };
        let json = serde_json::to_value(&varied).unwrap();
        assert_eq!(serde_json::from_value::<StudyInfo>(json).unwrap(), varied);
    }
}
