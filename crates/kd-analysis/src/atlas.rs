//! Several studies side by side: what each says of each claim.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::datum::Datum;
use crate::difference::Difference;
use crate::findings::Findings;
use crate::gain::{Form, Gain};
use crate::law::{Law, Quantity};
use crate::metric::Metric;
use crate::role::Role;
use crate::task::TaskFindings;
use crate::theory::{Judgement, Verdict};

/// Claims, and what studies say of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Atlas {
    /// In the order in which they were given.
    pub studies: Vec<AtlasStudy>,
    /// What they were asked, in the order of reports.
    pub claims: Vec<Claim>,
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
        let claims = numbers().into_iter().chain(theories(studies)).chain(laws());
        let claims = claims.map(|asked| asked.claim(studies)).filter(Claim::is_answered).collect();
        Self { studies: studies.iter().map(AtlasStudy::of).collect(), claims }
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
            arm: leading(task).map(|gain| gain.arm.clone()),
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
        }
    }
}

/// The gain that stands for distillation: of the distilled arms the first with controls of its own, else the first.
fn leading(task: &TaskFindings) -> Option<&Gain> {
    let distilled =
        || task.gains.iter().filter(|gain| gain.role == Role::Distilled && !gain.points.is_empty());
    distilled().find(|gain| !gain.controls.is_empty()).or_else(|| distilled().next())
}

/// A claim that is yet to be answered.
struct Asked {
    name: String,
    title: String,
    answer: Answers,
}

/// What a task says of a claim, if it was asked.
type Answers = Box<dyn Fn(&TaskFindings, &Metric) -> Option<Answer>>;

impl Asked {
    fn new(
        name: &str,
        title: &str,
        answer: impl Fn(&TaskFindings, &Metric) -> Option<Answer> + 'static,
    ) -> Self {
        Self { name: name.to_owned(), title: title.to_owned(), answer: Box::new(answer) }
    }

    fn claim(self, studies: &[Given<'_>]) -> Claim {
        let of_study = |(.., findings): &Given<'_>| {
            let of = |task: &TaskFindings| {
                (self.answer)(task, &task.metric(&findings.study)).unwrap_or_else(Answer::absent)
            };
            findings.tasks.iter().map(of).collect()
        };
        Claim { answers: studies.iter().map(of_study).collect(), name: self.name, title: self.title }
    }
}

/// What is asked of gains.
fn numbers() -> [Asked; 3] {
    let at = |point: &Difference, metric: &Metric| Answer {
        says: Says::of(point),
        words: format!("{} at M = {}", metric.difference_with_unit(&point.jointly), point.samples),
    };
    [
        Asked::new("gain_at_smallest", "distillation beats labels at the smallest M", move |task, metric| {
            leading(task)?.points.first().map(|point| at(point, metric))
        }),
        Asked::new("gain_at_largest", "distillation beats labels at the largest M", move |task, metric| {
            leading(task)?.points.last().map(|point| at(point, metric))
        }),
        Asked::new("amplified", "the gain is amplified as data shrink", |task, metric| {
            amplified(leading(task)?, metric)
        }),
    ]
}

fn amplified(gain: &Gain, metric: &Metric) -> Option<Answer> {
    let shape = gain.shape.as_ref()?;
    let says = match shape.form {
        Form::Amplified => Says::For,
        Form::Peaks { .. } => Says::Against,
        Form::NotAmplified if shape.difference.is_below_zero() => Says::Against,
        Form::NotAmplified => Says::Open,
    };
    let peaks = match shape.form {
        Form::Peaks { at } => format!("peaks at M = {at}; "),
        Form::Amplified | Form::NotAmplified => String::new(),
    };
    let excess = metric.difference_with_unit(&shape.difference);
    let words = format!("{peaks}{excess} at M = {} minus at M = {}", shape.smallest, shape.largest);
    Some(Answer { says, words })
}

/// Every theory that some study has a verdict on, in the order in which studies list them.
fn theories(studies: &[Given<'_>]) -> Vec<Asked> {
    let mut known: Vec<&Verdict> = Vec::new();
    let all = studies.iter().flat_map(|(.., findings)| &findings.tasks).flat_map(|task| &task.verdicts);
    for verdict in all {
        if known.iter().all(|other| other.theory != verdict.theory) {
            known.push(verdict);
        }
    }
    let asked = |verdict: &Verdict| {
        let theory = verdict.theory.clone();
        Asked::new(&verdict.theory, &verdict.claim, move |task, _| of_theory(task, &theory))
    };
    known.into_iter().map(asked).collect()
}

/// The verdict on the arm that stands for distillation, else the first; none where the theory was not tested.
fn of_theory(task: &TaskFindings, theory: &str) -> Option<Answer> {
    let tested = || task.verdicts.iter().filter(|verdict| verdict.theory == theory && verdict.arm.is_some());
    let arm = leading(task).map(|gain| &gain.arm);
    let verdict = tested().find(|verdict| verdict.arm.as_ref() == arm).or_else(|| tested().next())?;
    let says = match verdict.judgement {
        Judgement::Supported => Says::For,
        Judgement::Refuted => Says::Against,
        Judgement::Partly => Says::Number,
        Judgement::Undecided => Says::Open,
    };
    Some(Answer { says, words: verdict.because.clone() })
}

/// Exponents of laws.
fn laws() -> [Asked; 4] {
    let of = |task: &TaskFindings, quantity: Quantity, arm: Option<&str>| {
        let is_it = |law: &&Law| law.quantity == quantity && Some(law.arm.as_str()) == arm;
        task.laws.iter().find(is_it).map(exponent)
    };
    let labels = |task: &TaskFindings| {
        task.curves.iter().find(|curve| curve.role == Role::Labels).map(|curve| curve.arm.clone())
    };
    let distilled = |task: &TaskFindings| leading(task).map(|gain| gain.arm.clone());
    [
        Asked::new("law_of_labels", "the error of labels falls as M^−b: b", move |task, _| {
            of(task, Quantity::Error, labels(task).as_deref())
        }),
        Asked::new("law_of_distilled", "the error of distillation falls as M^−b: b", move |task, _| {
            of(task, Quantity::Error, distilled(task).as_deref())
        }),
        Asked::new("fidelity_gap", "the fidelity gap falls as κ^−b: b (theory: ½)", move |task, _| {
            of(task, Quantity::FidelityGap, distilled(task).as_deref())
        }),
        Asked::new("efficiency", "η falls as κ^−b: b", move |task, _| {
            of(task, Quantity::Efficiency, distilled(task).as_deref())
        }),
    ]
}

fn exponent(law: &Law) -> Answer {
    let Some(fitted) = law.fitted.filter(|fitted| fitted.fits) else {
        return Answer { says: Says::Number, words: "no such law".to_owned() };
    };
    let end = |end: Option<f64>| end.map_or_else(|| "open".to_owned(), |end| format!("{end:.2}"));
    let span = fitted.exponent;
    let words = format!("{:.2} [{}, {}]", span.value, end(span.low), end(span.high)).replace('-', "−");
    Answer { says: Says::Number, words }
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
