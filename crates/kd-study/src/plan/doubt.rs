//! What a study cannot answer, and what weakens an answer: said before anything is trained.
//!
//! Only what follows from the study itself is said; what comes of the runs is for the report.

use std::collections::HashSet;

use kd_analysis::{CORE_THEORIES, ControlKind, Explains, FEWEST_SEEDS, FactorKind, Role};
use kd_core::objective::Predicted;
use kd_doubt::{Doubt, Kind};

use crate::file::{Replicates, Score};
use crate::spec::{Budget, Validation};
use crate::study::{Study, Task};

/// In a test split that is smaller, one example more or less that is right shows.
const SMALL_TEST: u64 = 200;

/// Of fewer examples for validation, and of fewer of a class, what is best is largely chance.
const SMALL_VALIDATION: u64 = 50;
const FEW_OF_A_CLASS: u64 = 5;

/// Students of budgets in epochs whose steps differ by this factor differ in more than their samples.
const UNDERTRAINED: u64 = 4;

/// The doubts about a study, those with most weight first, each in the order of the study.
#[must_use]
pub fn doubts(study: &Study) -> Vec<Doubt> {
    let mut found = study.doubts.clone();
    found.extend(unanswered(study));
    found.extend(seeds(study));
    found.extend(tuned_by_another(study));
    found.extend(uncontrolled(study));
    found.extend(study.tasks.iter().flat_map(|task| of_task(study, task)));
    // Several tasks of one name, which differ in a factor, give cause for the same.
    let mut told = HashSet::new();
    found.retain(|doubt| told.insert(doubt.clone()));
    found.sort_by_key(|doubt| doubt.weight);
    found
}

/// A choice that goes by something else than what the study is about.
fn tuned_by_another(study: &Study) -> Option<Doubt> {
    let metric = study.metric.as_ref()?;
    study.factors.iter().any(|factor| factor.kind == FactorKind::Tuned).then(|| {
        weak(
            format!("validation chooses by accuracy, or R², of the validation split, and not by `{metric}`"),
            "compare values by `sweep` where that matters, or leave out `metric`".to_owned(),
        )
    })
}

fn unanswered(study: &Study) -> Vec<Doubt> {
    let has = |role: &Role| study.arms.iter().any(|arm| arm.role == *role);
    let doubt = |what: &str, advice: &str| Doubt::unanswered("", what).advise(advice);
    let mut found = Vec::new();
    if !has(&Role::Labels) {
        let numbers = study.tasks.iter().all(|task| task.predicted == Predicted::Numbers);
        let objective = if numbers { "squared_error" } else { "cross_entropy" };
        found.push(doubt(
            "what distillation gains, and how many labels it is worth: no arm is trained on labels alone",
            &format!("add an arm with objective.{objective} = {{}}"),
        ));
    }
    if !has(&Role::Distilled) {
        found.push(doubt(
            "what distillation gains: no arm hears the teacher's full signal",
            "add an arm with objective.distillation = { temperature = 4.0 }",
        ));
        return found;
    }
    for theory in CORE_THEORIES {
        let is_there = |kind: &ControlKind| study.arms.iter().any(|arm| arm.role.control() == Some(*kind));
        let missing: Vec<&ControlKind> = theory.controls().iter().filter(|kind| !is_there(kind)).collect();
        let is_tested = match theory.explains() {
            Explains::Reproduces => missing.len() < theory.controls().len(),
            // Each may refute it alone; to support it takes all.
            Explains::Removes | Explains::Neither => missing.is_empty(),
        };
        if !is_tested {
            let what = format!("whether it is true that \"{}\": no arm is a {}", theory.claim, theory.needs);
            let arms: Vec<&str> = missing.iter().map(|control| arm_of(**control)).collect();
            let together =
                if theory.explains() == Explains::Removes { ", and one with " } else { ", or with " };
            found.push(doubt(&what, &format!("add an arm with {}", arms.join(together))));
        }
    }
    found
}

/// What makes an arm a control.
fn arm_of(control: ControlKind) -> &'static str {
    match control {
        ControlKind::LabelSmoothing => "objective.label_smoothing = { epsilon = 0.1 }",
        ControlKind::EntropyMatched => {
            "supervision.entropy_matched = {} in the objective of the distilled arm"
        }
        ControlKind::Permuted => "supervision.permuted = {} in the objective of the distilled arm",
        ControlKind::TopK => "supervision.top_k = { k = 3 } in the objective of the distilled arm",
        ControlKind::ClassMeans => "supervision.class_mean = {} in the objective of the distilled arm",
        ControlKind::ImportanceWeighted => "objective.confidence_weighted = {}",
        ControlKind::Hard => "supervision.hard = {} in the objective of the distilled arm",
        ControlKind::Random => "supervision.random = {} in the objective of the distilled arm",
    }
}

fn seeds(study: &Study) -> Option<Doubt> {
    let seeds = study.seeds.len();
    if seeds >= FEWEST_SEEDS {
        return None;
    }
    let what = match seeds {
        1 => format!("how sure anything is: one seed gives no intervals, and a verdict takes {FEWEST_SEEDS}"),
        _ => format!("which theory holds: a verdict takes {FEWEST_SEEDS} seeds, and there are {seeds}"),
    };
    let advice = "five seeds give intervals worth reading: seeds = [11, 13, 21, 33, 55]".to_owned();
    Some(Doubt::unanswered("", what).advise(advice))
}

/// Controls of an arm that is not there.
fn uncontrolled(study: &Study) -> Vec<Doubt> {
    let is_of_none = |role: &Role| match role {
        Role::Control { kind, of } => !kind.is_of_every_arm() && of.is_none(),
        Role::Teacher | Role::Labels | Role::Distilled | Role::Other => false,
    };
    let doubt = |name: &str| {
        let what =
            format!("arm `{name}` is the control of none: no arm differs from it in its supervision alone");
        weak(what, "add an arm of the same objective with full supervision".to_owned())
    };
    study.arms.iter().filter(|arm| is_of_none(&arm.role)).map(|arm| doubt(&arm.name)).collect()
}

fn of_task(study: &Study, task: &Task) -> Vec<Doubt> {
    let about = |doubt: Doubt| doubt.within(&task.name);
    [
        one_size(task),
        one_teacher(study, task),
        unheard(study, task),
        validation(study, task),
        small_validation(study, task),
        small_test(task),
        undertrained(task),
    ]
    .into_iter()
    .flatten()
    .map(about)
    .collect()
}

fn one_size(task: &Task) -> Option<Doubt> {
    let &[samples] = &task.student.samples[..] else { return None };
    let what =
        format!("how a gain depends on M, and how many labels it is worth: there is M = {samples} alone");
    Some(Doubt::unanswered("", what).advise("list several: samples = [40, 160, 640, \"all\"]"))
}

fn unheard(study: &Study, task: &Task) -> Option<Doubt> {
    let is_heard = study.arms.iter().any(|arm| arm.objective.needs_ensemble());
    (task.teacher.members > 1 && !is_heard).then(|| {
        weak(
            format!("{} teachers are trained, and every arm hears the first alone", task.teacher.members),
            "supervision.ensemble = {} in an objective hears all of them".to_owned(),
        )
    })
}

fn one_teacher(study: &Study, task: &Task) -> Option<Doubt> {
    let once = match task.teacher.replicates {
        Replicates::Once => study.seeds.len() > 1 && task.teacher.training.is_some(),
        Replicates::PerSeed => false,
    };
    once.then(|| {
        weak(
            "one teacher teaches the students of all seeds, so intervals are about this teacher alone"
                .to_owned(),
            "replicates = \"per_seed\" of the teacher trains one for each seed".to_owned(),
        )
    })
}

/// Whether anything is chosen by validation.
fn chooses(study: &Study) -> bool {
    let is_best = match study.score {
        Score::LastStep => false,
        Score::ValidationBest => true,
    };
    is_best || study.factors.iter().any(|factor| factor.kind == FactorKind::Tuned)
}

/// A choice by so few examples is one by chance.
fn small_validation(study: &Study, task: &Task) -> Option<Doubt> {
    let own = task.student.samples.first().map_or(0, |&samples| task.data.validation.taken(samples));
    let (examples, at, more) = match task.data.validation {
        Validation::Within(_) => {
            let at = format!(" at M = {}", task.student.samples.first()?);
            (own, at, "hold examples out for all runs, validation = 0.1 of the task")
        }
        Validation::Share(_) | Validation::Official => (
            task.about.validation_examples,
            String::new(),
            "hold out more, such as validation = 0.2 of the task",
        ),
    };
    let rare = task.about.fewest_validated.as_ref().filter(|(_, count)| *count < FEW_OF_A_CLASS);
    let of_a_class = rare.map(|(class, count)| format!("of class `{class}` there are {count}"));
    let is_small = examples < SMALL_VALIDATION;
    (chooses(study) && (is_small || of_a_class.is_some())).then(|| {
        let what = format!("a choice by validation goes by {examples} examples{at}");
        Doubt::weak(Kind::SmallValidation, "", what)
            .seen(of_a_class.unwrap_or_default())
            .advise(format!("{more}, or leave nothing to choose: score = \"last_step\" and no `tune`"))
    })
}

/// Labels that a choice uses and its student does not have.
fn validation(study: &Study, task: &Task) -> Option<Doubt> {
    let labels = task.about.validation_examples;
    let few: Vec<String> =
        task.student.samples.iter().filter(|&&samples| samples < labels).map(u64::to_string).collect();
    (chooses(study) && !few.is_empty()).then(|| {
        let samples = few.join(", ");
        weak(
            format!("a choice by validation uses {labels} labels, more than a student has at M = {samples}"),
            "validation = { within = 0.2 } of the task takes them from the student's own samples".to_owned(),
        )
    })
}

fn small_test(task: &Task) -> Option<Doubt> {
    let examples = task.about.test_examples;
    let steps = match task.predicted {
        Predicted::Classes(_) => {
            format!("its accuracy moves in steps of {:.1} points", 100.0 / examples.max(1) as f64)
        }
        Predicted::Numbers => "few of them decide the score".to_owned(),
    };
    (examples < SMALL_TEST).then(|| {
        weak(
            format!("the test split has {examples} examples, so {steps}"),
            "more of the data for the test split, or more seeds".to_owned(),
        )
    })
}

/// In epochs, fewer samples are fewer steps.
fn undertrained(task: &Task) -> Option<Doubt> {
    let training = &task.student.training;
    let in_epochs = match training.budget {
        Some(Budget::Epochs(_)) => !training.reads_all(),
        Some(Budget::Steps(_)) | None => false,
    };
    let (few, many) = (*task.student.samples.first()?, *task.student.samples.last()?);
    let (fewest, most) = (training.steps(few), training.steps(many));
    (in_epochs && most >= UNDERTRAINED * fewest).then(|| {
        weak(
            format!(
                "a budget in epochs is {fewest} steps at M = {few} and {most} at M = {many}; what hears softer targets may be undertrained where it looks bad"
            ),
            format!("budget.steps = {most} gives every M as many"),
        )
    })
}

fn weak(what: String, advice: String) -> Doubt {
    Doubt::weak(Kind::Design, "", what).advise(advice)
}

#[cfg(test)]
mod tests {
    use kd_doubt::Weight;

    use super::*;
    use crate::study::tests::study;

    fn told(changes: &[(&str, &str)]) -> Vec<String> {
        doubts(&study(changes)).into_iter().map(|doubt| doubt.to_string()).collect()
    }

    /// Changes of that study after which nothing is in doubt.
    const SOUND: [(&str, &str); 6] = [
        ("seeds = [7, 3]", "seeds = [7, 3, 5, 9, 2]"),
        ("test = 20", "test = 200"),
        ("samples = [10]", "sampling = \"balanced\"\nsamples = [10, 20]"),
        ("samples = [20, 10, \"all\"]", "sampling = \"balanced\"\nsamples = [20, 10, \"all\"]"),
        ("teacher = {", "teacher = { replicates = \"per_seed\","),
        (
            "[arms.taught]",
            "[arms.smoothed]\nobjective.label_smoothing = { epsilon = 0.1 }\n\
             [arms.matched]\nobjective.distillation = { temperature = 2.0, supervision.entropy_matched = {} }\n\
             [arms.taught]",
        ),
    ];

    fn with(change: (&'static str, &'static str)) -> Vec<String> {
        told(&SOUND.into_iter().chain([change]).collect::<Vec<_>>())
    }

    #[test]
    fn a_sound_study_has_none() {
        assert_eq!(told(&SOUND), [""; 0]);
    }

    #[test]
    fn each_fault_is_told_and_no_other() {
        for (change, expected) in [
            (("seeds = [7, 3, 5, 9, 2]", "seeds = [7, 3, 5, 9]"), "a verdict takes 5 seeds, and there are 4"),
            (("seeds = [7, 3, 5, 9, 2]", "seeds = [7]"), "one seed gives no intervals"),
            (
                ("objective.cross_entropy = {}", "objective.confidence_weighted = {}"),
                "no arm is trained on labels",
            ),
            (("supervision.permuted", "supervision.hard"), "Dark knowledge carries the gain"),
            (("supervision.entropy_matched", "supervision.hard"), "Dark knowledge carries the gain"),
            (
                ("supervision.entropy_matched", "label_weight = 0.3, supervision.entropy_matched"),
                "arm `matched` is the control of none",
            ),
        ] {
            let found = with(change);
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
        }
    }

    #[test]
    fn tasks_are_told_of_one_by_one() {
        let found = |change, expected: &[&str]| {
            let found = with(change);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.contains(expected), "{expected}: {found}");
            }
        };
        found(("samples = [10, 20]", "samples = [10]"), &["far: how a gain depends on M"]);
        found(
            ("replicates = \"per_seed\"", "replicates = \"once\""),
            &["near: one teacher", "far: one teacher"],
        );
        found(
            (
                "test = 200, classes = 4, dimensions = 2, separation = 2.0",
                "test = 199, classes = 4, dimensions = 2, separation = 2.0",
            ),
            &["far: the test split has 199 examples, so its accuracy moves in steps of 0.5 points"],
        );
        found(
            ("budget.steps = 90", "budget.epochs = 9"),
            &["near: a budget in epochs is 9 steps at M = 10 and 13 at M = 90"; 0],
        );
        found(
            ("train = { budget.steps = 90,", "train = { batch = 10, budget.epochs = 9,"),
            &["near: a budget in epochs is 9 steps at M = 10 and 81 at M = 90"],
        );
        let few = |task: &str| format!("{task}: a choice by validation goes by 10 examples");
        found(("question", "score = \"validation_best\"\nquestion"), &[&few("near"), &few("far")]);
        let held_out = [
            ("question", "score = \"validation_best\"\nquestion"),
            ("samples = [10, 20]", "samples = [5, 10]"),
        ];
        let found = told(&SOUND.into_iter().chain(held_out).collect::<Vec<_>>());
        let uses = "far: a choice by validation uses 10 labels, more than a student has at M = 5";
        assert!(found.iter().any(|doubt| doubt.starts_with(uses)), "{found:?}");
    }

    #[test]
    fn what_has_no_answer_comes_first() {
        let all = doubts(&study(&[]));
        let weights: Vec<Weight> = all.iter().map(|doubt| doubt.weight).collect();
        assert!(weights.contains(&Weight::Unanswered) && weights.contains(&Weight::Weak), "{all:?}");
        assert!(weights.is_sorted(), "{all:?}");
    }
}
