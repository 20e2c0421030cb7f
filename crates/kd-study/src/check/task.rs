//! Whether a task can be had: its data, its teacher and its student.

use std::collections::BTreeMap;

use kd_analysis::Datum;
use kd_data::augment::Augmentation;
use kd_data::{Dataset, Examples};
use kd_doubt::Doubt;
use kd_models::Architecture;
use toml::Spanned;

use super::missing_class::Drawn;
use super::teacher::Setting;
use super::{data, elsewhere, input, samples, teacher, training, unlabelled, weights};
use crate::file::{Replicates, StudentFile, TaskFile, TeacherFile, WeightsFile};
use crate::problem::Problem;
use crate::spec::{DataSpec, Draw, Predictor};
use crate::study::{About, Small, Student, Task, Teacher};
use crate::train::{draw, prediction};

/// The task that a file describes at these levels, and what is doubtful of it beside its data; none if there are no data
/// to learn from. What is wrong goes to `problems`.
pub(super) fn task(
    name: &str,
    levels: BTreeMap<String, Datum>,
    file: TaskFile,
    dataset: &Dataset,
    seeds: &[u64],
    problems: &mut Vec<Problem>,
) -> Option<(Task, Vec<Doubt>)> {
    let (teacher_place, teacher) = (file.teacher.span(), file.teacher.into_inner());
    let student = file.student;
    let validation = *file.validation.get_ref();
    let (pool, held_out) = draw::pool(dataset, validation);
    problems.extend(data::unheld(&file.validation, dataset, held_out.len()));
    if pool.is_empty() {
        // All else would be wrong for this reason.
        return None;
    }
    let view = file.teacher_view.as_ref();
    let [of_teacher, augmentation] =
        data::augmentations(&teacher, file.augmentation.as_ref(), view, dataset, problems);
    problems.extend(untrained(&teacher, &student, dataset, [of_teacher, augmentation]));

    let [mut teacher_draw, student_draw] = samples::draws(&teacher, &student, dataset, problems);
    let rows = [&pool[..], &held_out[..]];
    teacher_draw.samples =
        samples::of_teacher(name, &teacher.samples, &teacher_draw, dataset, rows, problems);

    problems.extend(input::unembedded(&file.encoding, dataset));
    let (encoding, vocabulary) = input::pinned(file.encoding, problems)?;
    let input = input::of(dataset, vocabulary, encoding.categories);
    let models = teacher.model.iter().chain([&student.model]);
    problems.extend(models.filter_map(|model| input::unread(model, input)));

    let outputs = prediction::outputs(dataset);
    let samplings = [&teacher.sampling, &student.sampling];
    problems.extend(samplings.into_iter().filter_map(|sampling| samples::unsampled(sampling, dataset)));
    problems.extend(data::too_large(dataset, outputs, file.data.span()));
    let teacher_seeds = seeds_of(&teacher, seeds);
    let there = student_draw.available(&teacher_draw, teacher_seeds, dataset, &pool);
    // What the teacher's samples cannot be drawn by has been complained of.
    let there = there.unwrap_or(teacher_draw.samples);
    let varies = !levels.is_empty();
    let samples = samples::sizes(&student.samples, there, &student_draw, varies, problems);
    let drawn = Drawn {
        draws: [&student_draw, &teacher_draw],
        sizes: &samples,
        seeds: [seeds, teacher_seeds],
        dataset,
        pool: &pool,
    };
    let mut doubts: Vec<Doubt> = drawn.doubt().into_iter().collect();
    let listed = student.unlabelled.as_ref();
    let unlabelled = unlabelled::sizes(listed, &samples, there, varies, problems);
    problems.extend(unlabelled::unfit(
        listed,
        dataset.train.targets.task(),
        augmentation.as_ref(),
        student.train.get_ref(),
    ));
    let counts = student.samples.get_ref().iter().map(|amount| (amount, amount.get_ref().of(there)));
    let counts = counts.chain([(&teacher.samples, teacher_draw.samples)]);
    problems.extend(counts.filter_map(|(amount, count)| data::undivided(validation, amount, count)));
    let setting =
        Setting { source: file.data.get_ref(), dataset, validation, encoding: &encoding, input, outputs };
    let predictor = teacher::predictor(&teacher, teacher_place, &setting, &mut doubts, problems)?;
    let mut weights = |file: &Option<Spanned<WeightsFile>>, model: Option<&Architecture>| {
        let checked = weights::weights(file.as_ref()?, model?, input, outputs, &mut doubts);
        checked.map_err(|problem| problems.push(problem)).ok()
    };
    let teacher_weights = weights(&teacher.weights, predictor.architecture());
    let student_weights = weights(&student.weights, Some(student.model.get_ref()));
    if let (Some(weights), Some(model), None) = (&teacher_weights, predictor.architecture(), &teacher.train) {
        // What cannot be tried here is tried by its run.
        doubts.extend(teacher::as_it_is(weights, model, &setting).unwrap_or_default());
    }
    doubts.extend(elsewhere::of_unknown_samples(&teacher, teacher_draw.samples));
    let task = Task {
        name: name.to_owned(),
        levels,
        about: about(dataset, validation.official(dataset), &held_out),
        input,
        outputs,
        predicted: prediction::predicted(dataset.train.targets.task(), outputs),
        augmentation,
        teacher_view: file.teacher_view.map(Spanned::into_inner).unwrap_or_default(),
        data: DataSpec {
            source: Some(file.data.into_inner()),
            name: dataset.name.clone(),
            fingerprint: dataset.fingerprint.clone(),
            validation,
            encoding,
            few: None,
        },
        teacher: Teacher {
            weights: teacher_weights,
            augmentation: of_teacher,
            ..checked_teacher(teacher, predictor, teacher_draw, dataset)
        },
        student: Student {
            model: student.model.into_inner(),
            weights: student_weights,
            samples,
            unlabelled,
            class_bias: samples::class_bias(&student.class_bias, dataset, problems),
            draw: student_draw,
            training: student.train.into_inner(),
            generations: student.generations.into_inner().get(),
        },
        small: Small::default(),
    };
    Some((task, doubts))
}

/// A teacher that starts from random weights.
fn checked_teacher(file: TeacherFile, predictor: Predictor, draw: Draw, dataset: &Dataset) -> Teacher {
    Teacher {
        weights: None,
        augmentation: None,
        samples: draw.samples,
        draw,
        replicates: file.replicates.into_inner(),
        members: file.members.into_inner().get(),
        classes: match file.train {
            None => elsewhere::own_classes(&predictor, dataset),
            Some(_) => Vec::new(),
        },
        training: file.train.map(Spanned::into_inner),
        predictor,
    }
}

/// What cannot be trained so.
fn untrained(
    teacher: &TeacherFile,
    student: &StudentFile,
    dataset: &Dataset,
    augmentations: [Option<Augmentation>; 2],
) -> Vec<Problem> {
    let trained =
        [teacher.train.as_ref().zip(teacher.model.as_ref()), Some((&student.train, &student.model))];
    let unfit = std::iter::zip(trained, augmentations).filter_map(|(trained, augmentation)| {
        let (training, model) = trained?;
        training::unfit(training, model.get_ref(), dataset, augmentation.is_some())
    });
    unfit.collect()
}

/// The seeds of which each has a teacher.
fn seeds_of<'a>(teacher: &TeacherFile, seeds: &'a [u64]) -> &'a [u64] {
    match teacher.replicates.get_ref() {
        Replicates::Once => &seeds[..seeds.len().min(1)],
        Replicates::PerSeed => seeds,
    }
}

/// What is said of the data.
fn about(dataset: &Dataset, official: Option<&Examples>, held_out: &[usize]) -> About {
    let examples = official.map_or(held_out.len(), Examples::len);
    About { fewest_validated: fewest(dataset, official, held_out), ..About::of(dataset, examples, held_out) }
}

/// The class with the fewest examples for validation, and how many; none where there are no classes, or no such examples.
fn fewest(dataset: &Dataset, official: Option<&Examples>, held_out: &[usize]) -> Option<(String, u64)> {
    let train = dataset.train.labels().ok()?;
    let mut counts = vec![0; dataset.classes.len()];
    let mut count = |label: i64| counts[label as usize] += 1_u64;
    match official {
        Some(examples) => examples.labels().ok()?.iter().for_each(|&label| count(label)),
        None if held_out.is_empty() => return None,
        None => held_out.iter().for_each(|&row| count(train[row])),
    }
    // Of a class that nobody learns there need be none.
    let is_learnt = |class: &usize| train.contains(&(*class as i64));
    let (class, fewest) =
        counts.iter().enumerate().filter(|(class, _)| is_learnt(class)).min_by_key(|(_, count)| **count)?;
    Some((dataset.classes[class].clone(), *fewest))
}
