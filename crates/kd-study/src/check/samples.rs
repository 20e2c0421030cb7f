//! What a study file says of samples, checked against the data.

use indexmap::IndexMap;
use kd_data::{Dataset, LabelNoise, Sampling, subset};
use toml::Spanned;

use crate::file::{StudentFile, TeacherFile};
use crate::problem::Problem;
use crate::spec::{Amount, Draw, Origin};

/// The draws of the teacher's and the student's samples, but for their numbers and seeds.
pub(super) fn draws(
    teacher: &TeacherFile,
    student: &StudentFile,
    dataset: &Dataset,
    problems: &mut Vec<Problem>,
) -> [Draw; 2] {
    [
        (&teacher.sampling, &teacher.without, &teacher.label_noise, Origin::Teacher),
        (&student.sampling, &student.without, &student.label_noise, student.from),
    ]
    .map(|(sampling, without, noise, from)| Draw {
        samples: 0,
        sampling: sampling.get_ref().clone(),
        seed: 0,
        // A file that cannot be read is complained of where sampling is checked.
        contents: sampling.get_ref().contents().unwrap_or_default(),
        from,
        without: left_out(without, dataset, problems),
        label_noise: label_noise(noise.as_ref(), dataset, problems),
    })
}

/// N: how many of the `pool` the teacher of a task draws; all that are there, if what is asked for cannot be.
pub(super) fn of_teacher(
    task: &str,
    asked: &Spanned<Amount>,
    draw: &Draw,
    dataset: &Dataset,
    [pool, held_out]: [&[usize]; 2],
    problems: &mut Vec<Problem>,
) -> u64 {
    let there = draw.candidates(dataset, pool, pool).len() as u64;
    let count = asked.get_ref().of(there);
    if (1..=there).contains(&count) {
        return count;
    }
    let less = less(held_out.len(), pool.len() - there as usize);
    let what = format!("N = {count} samples for the teacher, but task `{task}` has {there}");
    problems.push(
        Problem::new(asked.span(), what, format!("expected 1 to {there}"))
            .help(format!("{} training examples{less}; \"all\" takes every one", dataset.train.len())),
    );
    there
}

/// What keeps training examples from a teacher, in words.
fn less(held_out: usize, without: usize) -> String {
    let reasons = [(held_out, "held out for validation"), (without, "of classes that are left out")];
    let there = reasons.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = there.map(|(count, why)| format!("{count} {why}")).collect();
    if words.is_empty() { String::new() } else { format!(" less {}", words.join(" and ")) }
}

/// Every M, ascending, of the samples that are `there` for this draw. Where something `varies`, what is a number at one
/// level may be all at another.
pub(super) fn sizes(
    listed: &Spanned<Vec<Spanned<Amount>>>,
    there: u64,
    draw: &Draw,
    varies: bool,
    problems: &mut Vec<Problem>,
) -> Vec<u64> {
    if listed.get_ref().is_empty() {
        problems.push(
            Problem::new(listed.span(), "at least one sample size is needed", "empty")
                .help("a curve needs several: samples = [40, 160, 640, \"all\"]"),
        );
    }
    if there == 0 {
        let what = "there is nothing to draw the student's samples from";
        problems.push(Problem::new(listed.span(), what, "of nothing").help(drawn_from(draw)));
        return Vec::new();
    }
    let mut samples: Vec<u64> = Vec::new();
    for amount in listed.get_ref() {
        let count = amount.get_ref().of(there);
        if count > there || count == 0 {
            problems.push(too_many(amount, count, there, draw));
        } else if samples.contains(&count) {
            if varies && !amount.get_ref().is_count() {
                continue;
            }
            problems.push(
                Problem::new(amount.span(), format!("M = {count} is listed twice"), "again here")
                    .help("remove it"),
            );
        } else {
            samples.push(count);
        }
    }
    samples.sort_unstable();
    samples
}

fn too_many(amount: &Spanned<Amount>, count: u64, there: u64, draw: &Draw) -> Problem {
    let has = match draw.from {
        Origin::Teacher if draw.without.is_empty() => format!("the teacher has N = {there}"),
        _ => format!("there are {there} to draw from"),
    };
    Problem::new(
        amount.span(),
        format!("M = {count} samples for the student, but {has}"),
        format!("expected 1 to {there}"),
    )
    .help(format!("{}; \"all\" takes every one", drawn_from(draw)))
}

fn drawn_from(draw: &Draw) -> String {
    let from = match draw.from {
        Origin::Teacher => "the student's samples are drawn from the teacher's",
        Origin::Others => {
            "the student's samples are drawn from those that the teacher has not: samples = 0.5 of it leaves half"
        }
        Origin::All => "the student's samples are drawn from all that are not held out for validation",
    };
    match draw.without.len() {
        0 => from.to_owned(),
        _ => format!("{from}, without {}", draw.without.join(" and ")),
    }
}

/// The classes that are left out, in the order of the data.
fn left_out(listed: &[Spanned<String>], dataset: &Dataset, problems: &mut Vec<Problem>) -> Vec<String> {
    let task = dataset.train.targets.task();
    if let Some(first) = listed.first()
        && task != kd_data::Task::Classification
    {
        let what = format!("classes are left out, but this is {task}");
        problems.push(Problem::new(first.span(), what, "needs classes").help("remove `without`"));
        return Vec::new();
    }
    let known: Vec<&str> = dataset.classes.iter().map(String::as_str).collect();
    for class in listed {
        if !known.contains(&class.get_ref().as_str()) {
            problems.push(Problem::unknown(class.span(), "class", class.get_ref(), &known));
        }
    }
    let listed = |class: &&String| listed.iter().any(|listed| listed.get_ref() == *class);
    dataset.classes.iter().filter(listed).cloned().collect()
}

/// What is added to the logit of each class, in the order of the data; nothing where no class is named.
pub(super) fn class_bias(
    named: &IndexMap<Spanned<String>, f64>,
    dataset: &Dataset,
    problems: &mut Vec<Problem>,
) -> Vec<f64> {
    let known: Vec<&str> = dataset.classes.iter().map(String::as_str).collect();
    let mut biases = vec![0.0; known.len()];
    for (class, bias) in named {
        match known.iter().position(|known| known == class.get_ref()) {
            _ if !bias.is_finite() => problems.push(
                Problem::new(class.span(), format!("a bias of {bias}"), "of this class")
                    .help("expected a finite number; 3.5 makes a class likelier, -3.5 less likely"),
            ),
            Some(place) => biases[place] = *bias,
            None if known.is_empty() => problems.push(
                Problem::new(
                    class.span(),
                    "there are no classes whose logits could be shifted",
                    "needs classes",
                )
                .help("remove `class_bias`"),
            ),
            None => problems.push(Problem::unknown(class.span(), "class", class.get_ref(), &known)),
        }
    }
    if named.is_empty() { Vec::new() } else { biases }
}

/// Noise that fits the classes.
fn label_noise(
    noise: Option<&Spanned<LabelNoise>>,
    dataset: &Dataset,
    problems: &mut Vec<Problem>,
) -> Option<LabelNoise> {
    let noise = noise?;
    let refused = match dataset.train.targets.task() {
        kd_data::Task::Classification => noise.get_ref().check(dataset.classes.len()).err(),
        task => Some(kd_data::Error::Task { needed: kd_data::Task::Classification, given: task }),
    };
    problems.extend(refused.map(|error| {
        Problem::new(noise.span(), error.to_string(), "does not fit the data").help("remove `label_noise`")
    }));
    Some(noise.get_ref().clone())
}

/// That there is what sampling goes by: classes, distances or a file of numbers.
pub(super) fn unsampled(sampling: &Spanned<Sampling>, dataset: &Dataset) -> Option<Problem> {
    let (how, task) = (sampling.get_ref(), dataset.train.targets.task());
    if how.is_by_class() && task != kd_data::Task::Classification {
        let what = format!("{how} sampling goes by class, but this is {task}");
        return Some(
            Problem::new(sampling.span(), what, "needs classes")
                .help("leave it out: sampling is uniform then"),
        );
    }
    let error = subset::check(&dataset.train, how).err()?;
    Some(Problem::new(sampling.span(), error.to_string(), "cannot be drawn"))
}
