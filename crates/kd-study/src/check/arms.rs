//! Whether arms can be had on the tasks of a study.

use std::ops::Range;

use indexmap::IndexMap;
use kd_analysis::Role;
use kd_core::objective::{Features, Objective};
use kd_core::supervision::Supervision;
use kd_models::{Architecture, Input};

use super::factor::Factors;
use super::{role, training, unlabelled};
use crate::file::{ArmFile, Variant};
use crate::problem::Problem;
use crate::spec::{Predictor, TeacherView};
use crate::study::{Arm, TEACHER, Task};

/// The arms of a file. What is wrong goes to `problems`.
pub(super) fn arms(
    file: IndexMap<String, Vec<Variant<ArmFile>>>,
    factors: &Factors,
    tasks: &[Task],
    seeds: &[u64],
    problems: &mut Vec<Problem>,
) -> Vec<Arm> {
    let mut arms: Vec<Arm> = Vec::new();
    let mut spans = Vec::new();
    let variants = file.into_iter().flat_map(|(name, variants)| {
        variants.into_iter().map(move |variant| (name.clone(), factors.levels(&variant.levels), variant.file))
    });
    for (name, levels, arm) in variants {
        let span = arm.objective.span();
        if name == TEACHER {
            problems.push(
                Problem::new(span.clone(), format!("an arm cannot be called `{TEACHER}`"), "of this arm")
                    .help("results list the teachers themselves under that name; choose another"),
            );
        }
        let objective = arm.objective.into_inner();
        if let Some(twin) = arms.iter().find(|earlier| earlier.objective == objective && earlier.name != name)
        {
            problems.push(
                Problem::new(
                    span.clone(),
                    format!("arms `{}` and `{name}` have the same objective", twin.name),
                    "again here",
                )
                .help("remove one of them, or change a parameter"),
            );
        }
        problems.extend(unfit(&objective, tasks, seeds, &span));
        arms.push(Arm { name, levels, role: Role::Other, objective });
        spans.push(span);
    }
    let roles: Vec<Role> = arms.iter().map(|arm| role::role(arm, &arms)).collect();
    for (index, role) in roles.iter().enumerate() {
        let first = arms.iter().position(|arm| arm.name == arms[index].name).unwrap_or(index);
        if role.rank() != roles[first].rank() {
            let what = format!("arm `{}` tunes what it is compared for", arms[index].name);
            problems.push(Problem::new(spans[index].clone(), what, "one value of another kind").help(
                "what is a control, or hears no teacher, is an arm of its own; `tune` chooses settings",
            ));
        }
    }
    std::iter::zip(&mut arms, roles).for_each(|(arm, role)| arm.role = role);
    arms
}

/// What is wrong with an objective, on the first task on which it is.
fn unfit(objective: &Objective, tasks: &[Task], seeds: &[u64], span: &Range<usize>) -> Option<Problem> {
    tasks.iter().find_map(|task| {
        alone(objective, task, tasks, seeds, span)
            .or_else(|| featureless(objective, task, span))
            .or_else(|| unseen(objective, task, span))
            .or_else(|| ill_defined(objective, task, span))
            .or_else(|| training::unsolved(objective, task, span))
            .or_else(|| unlabelled::unasked(objective, task, span))
    })
}

/// An ensemble where there is one teacher, at every level of the factors and in every generation.
fn alone(
    objective: &Objective,
    task: &Task,
    tasks: &[Task],
    seeds: &[u64],
    span: &Range<usize>,
) -> Option<Problem> {
    let several = |task: &Task| task.teacher.members > 1 || (task.student.generations > 1 && seeds.len() > 1);
    if !objective.needs_ensemble() || tasks.iter().any(|other| other.name == task.name && several(other)) {
        return None;
    }
    let what = format!("task `{}` has one teacher, which is no ensemble", task.name);
    let advice = match task.teacher.predictor {
        Predictor::Model(_) => format!("set members = 4 in [tasks.{}.teacher]", task.name),
        Predictor::Pretrained(_) => {
            "an ensemble is made of a `model` with `members`, trained here".to_owned()
        }
    };
    Some(Problem::new(span.clone(), what, "listens to several").help(advice))
}

/// A comparison of features with a teacher that has none.
fn featureless(objective: &Objective, task: &Task, span: &Range<usize>) -> Option<Problem> {
    let Predictor::Pretrained(teacher) = &task.teacher.predictor else { return None };
    objective.features().next()?;
    let what = format!("the teacher of task `{}`, {teacher}, has no features to compare with", task.name);
    Some(
        Problem::new(span.clone(), what, "compares features")
            .help("compare its outputs, as `distillation` does, or train a `model` as teacher"),
    )
}

/// What cannot be had on a task's views.
fn unseen(objective: &Objective, task: &Task, span: &Range<usize>) -> Option<Problem> {
    let augmentation = task.augmentation?;
    let refused = |what: String, advice: String| {
        Some(Problem::new(span.clone(), what, "does not go by view").help(advice))
    };
    let contrasts = |features: &Features| features.loss.remembers();
    if augmentation.mix.is_some() && objective.features().any(contrasts) {
        let what = format!("`contrastive` tells examples apart, but task `{}` mixes them", task.name);
        return refused(what, "leave out `mix`, or compare features in another way".to_owned());
    }
    if task.teacher_view == TeacherView::Clean {
        return None;
    }
    let clean = format!("set teacher_view = \"clean\" in [tasks.{}]", task.name);
    if let (Predictor::Pretrained(teacher), true) = (&task.teacher.predictor, objective.needs_teacher()) {
        let what =
            format!("{teacher} is asked once about every example, but task `{}` augments them", task.name);
        return refused(what, clean);
    }
    let fixed = |term: &Objective| term.supervision().is_some_and(Supervision::needs_table);
    if !objective.terms().into_iter().any(fixed) {
        return None;
    }
    let what = format!(
        "this supervision is made once from the teacher's outputs on all examples, but with the augmentation of task \
         `{}` the teacher is asked anew about every view",
        task.name
    );
    refused(what, format!("{clean}, or, for `permuted`, draw it anew too: supervision.permuted.fresh = true"))
}

/// What makes no sense of what a task predicts, or of the features of its models.
fn ill_defined(objective: &Objective, task: &Task, span: &Range<usize>) -> Option<Problem> {
    let comparable = || objective.features().try_for_each(|features| comparable(features, task));
    let error = objective.check(task.predicted).and_then(|()| comparable()).err()?;
    if let kd_core::Error::TooManyClasses { .. } = error {
        let advice = format!("task `{}` has {} classes", task.name, task.about.classes);
        return Some(Problem::new(span.clone(), error.to_string(), "too many").help(advice));
    }
    let problem = Problem::new(span.clone(), error.to_string(), "here");
    Some(if objective.features().next().is_some() { problem.help(OF_FEATURES) } else { problem })
}

/// What helps where features cannot be compared.
const OF_FEATURES: &str = "loss.hint = {} and loss.cosine = { projection = true } learn a projection between features of two widths; \
                           `student` and `teacher` beside `loss` choose others, which `kd models show` lists with their shapes";

/// That a task's models have the features that are compared, and that these can be.
fn comparable(features: &Features, task: &Task) -> kd_core::Result<()> {
    let taps = |model: &Architecture| -> Option<Vec<(String, Vec<i64>)>> {
        let taps = model.taps(task.input, task.outputs).ok()?;
        // Those of a language model are compared token by token.
        let leading = usize::from(matches!(task.input, Input::Sequence { .. }));
        Some(taps.into_iter().map(|tap| (tap.name, tap.shape[leading..].to_vec())).collect())
    };
    // Of a later generation, a student is the teacher.
    let student_teaches = (task.student.generations > 1).then_some(&task.student.model);
    for teacher in task.teacher.predictor.architecture().into_iter().chain(student_teaches) {
        // A model that does not fit the data has been complained of already.
        let (Some(student), Some(teacher)) = (taps(&task.student.model), taps(teacher)) else { continue };
        let (_, student) = features.of_student(&student)?;
        let (_, teacher) = features.of_teacher(&teacher)?;
        features.loss.check(student, teacher)?;
    }
    Ok(())
}
