//! What is asked of every task: gains, theories and laws.

use super::{Answer, Claim, Given, Says};
use crate::difference::Difference;
use crate::efficiency::Bound;
use crate::gain::{Form, Gain};
use crate::law::{Law, Quantity};
use crate::metric::Metric;
use crate::role::Role;
use crate::task::TaskFindings;
use crate::theory::{Judgement, Verdict};

/// Everything that some task answers, in the order of reports.
pub(super) fn all(studies: &[Given<'_>]) -> Vec<Claim> {
    let claims = numbers().into_iter().chain(theories(studies)).chain(laws());
    claims.map(|asked| asked.claim(studies)).filter(Claim::is_answered).collect()
}

/// The gain that stands for distillation: of the distilled arms the first with controls of its own, else the first.
pub(super) fn leading(task: &TaskFindings) -> Option<&Gain> {
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
fn numbers() -> [Asked; 4] {
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
        Asked::new(
            "worth_at_smallest",
            "the labels that distillation is worth at the smallest M, times M: η",
            |task, _| {
                let arm = &leading(task)?.arm;
                let first =
                    task.efficiency.iter().find(|efficiency| efficiency.arm == *arm)?.points.first()?;
                let interval = first
                    .factor_interval()
                    .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", times(low), times(high)));
                Some(Answer { says: Says::Number, words: format!("{}{interval}", times(first.factor())) })
            },
        ),
    ]
}

fn times(bound: Bound) -> String {
    match bound {
        Bound::Exact(value) => format!("{value:.1}"),
        Bound::AtLeast(value) => format!("≥ {value:.1}"),
        Bound::AtMost(value) => format!("≤ {value:.1}"),
    }
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
