//! What is left of a task in the small version of its study, so that there is enough to draw from.

use kd_data::{Dataset, Few};

use crate::file::Replicates;
use crate::spec::{Draw, Origin, Predictor, Pretrained, Validation};
use crate::study::{Small, Task};
use crate::train::draw;

/// Multiply-adds that all runs of a study may take: some seconds of two cores.
const WORK: f64 = 3e10;

/// The most examples of a test split, however small the models; and the fewest, however large.
const MOST: u64 = 2000;
const FEWEST: u64 = 8;

/// How often a teacher passes as many examples through, be it to learn, to be scored or to say something of them; and a
/// student.
const BY_TEACHER: f64 = 8.0;
const BY_STUDENT: f64 = 5.0;

/// How many runs there will be at most of a task, of which the study has `tasks`, with so many `arms`: two seeds, and of M
/// and of U two each.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    pub(super) tasks: usize,
    pub(super) arms: usize,
}

/// The small version of `task`, whose runs have these seeds.
pub(super) fn of(task: &Task, dataset: &Dataset, seeds: &[u64], extent: Extent) -> Small {
    let seeds = &seeds[..seeds.len().min(2)];
    let examples = examples(task, seeds.len(), extent);
    let most = examples as usize;
    let few = Few::of(dataset, if is_drawn_by_row(task) { usize::MAX } else { 3 * most }, most, most);
    let is_stored = matches!(task.teacher.predictor, Predictor::Pretrained(Pretrained::Outputs { .. }));
    // What is stored is stored of every row of both splits.
    let may_be_less = few.is_less() && !is_stored;
    let less = may_be_less.then(|| dataset.few(&few)).and_then(Result::ok);
    less.and_then(|less| Some(Small { few: Some(few), ..drawn(task, &less, seeds, examples)? }))
        .or_else(|| drawn(task, dataset, seeds, examples))
        .unwrap_or_else(|| Small {
            examples,
            few: None,
            teacher_samples: task.teacher.samples,
            samples: ends(&task.student.samples),
            unlabelled: ends(&task.student.unlabelled),
        })
}

/// How many examples its models can be passed at once: fewer, the larger they and the study are.
fn examples(task: &Task, seeds: usize, extent: Extent) -> u64 {
    let products = |model: &Predictor| {
        let architecture = model.architecture();
        let counted = architecture.and_then(|own| own.multiply_adds(task.input, task.outputs).ok());
        counted.unwrap_or_default() as f64
    };
    let student = products(&Predictor::Model(task.student.model.clone()));
    let seeds = seeds as f64;
    let teachers = match task.teacher.replicates {
        Replicates::Once => 1.0,
        Replicates::PerSeed => seeds,
    };
    let ends = |counts: &[u64]| counts.len().min(2) as f64;
    let students = seeds * ends(&task.student.samples) * ends(&task.student.unlabelled) * extent.arms as f64;
    let of_one = BY_TEACHER * teachers * products(&task.teacher.predictor) + BY_STUDENT * students * student;
    let most = WORK / extent.tasks.max(1) as f64 / of_one.max(1.0);
    (most as u64).clamp(FEWEST, MOST)
}

/// Whether a file has something of each training example, in the order of the data: then all rows stay.
fn is_drawn_by_row(task: &Task) -> bool {
    [&task.teacher.draw, &task.student.draw].iter().any(|draw| draw.sampling.path().is_some())
}

/// N, M and U that can be drawn from `dataset`; none if one of them cannot.
fn drawn(task: &Task, dataset: &Dataset, seeds: &[u64], examples: u64) -> Option<Small> {
    let (teacher, student) = (&task.teacher, &task.student);
    let (pool, held_out) = draw::pool(dataset, task.data.validation);
    let there = teacher.draw.candidates(dataset, &pool, &pool).len() as u64;
    let to_take = match student.draw.from {
        Origin::Others => there / 2,
        Origin::Teacher | Origin::All => there,
    };
    let fewer = |count| fewer(count, examples, task.about.train_examples);
    let teacher_samples = fewer(teacher.samples).min(to_take);
    let taken = Draw { samples: teacher_samples, ..teacher.draw.clone() };
    let seeds = match teacher.replicates {
        Replicates::Once => &seeds[..seeds.len().min(1)],
        Replicates::PerSeed => seeds,
    };
    let available = student.draw.available(&taken, seeds, dataset, &pool).ok()?;
    let shares = student.unlabelled.iter().any(|&count| count > 0);
    let samples = two(&student.samples, fewer, if shares { available / 2 } else { available });
    let largest = *samples.last()?;
    let unlabelled = if shares {
        two(&student.unlabelled, fewer, available - largest)
    } else {
        student.unlabelled.clone()
    };
    let least = match task.data.validation {
        Validation::Within(_) => 2,
        Validation::Share(_) | Validation::Official => 1,
    };
    let is_validated = match task.data.validation {
        Validation::Share(_) => !held_out.is_empty(),
        Validation::Official | Validation::Within(_) => true,
    };
    let is_enough = is_validated && teacher_samples >= least && samples.iter().all(|&count| count >= least);
    is_enough.then_some(Small { examples, few: None, teacher_samples, samples, unlabelled })
}

/// At most `most` instead of at most `all`: up to half of that as it is, and what is larger still larger, so that what is
/// swept over differs.
fn fewer(count: u64, most: u64, all: u64) -> u64 {
    let half = most / 2;
    if all <= most || count <= half {
        return count.min(most);
    }
    half + ((count - half) * (most - half)).div_ceil(all.max(count) - half)
}

/// The smallest and the largest of `counts`, which ascend, made `fewer` and neither above `most`: two if there were two.
fn two(counts: &[u64], fewer: impl Fn(u64) -> u64, most: u64) -> Vec<u64> {
    let ends: Vec<u64> = ends(counts).into_iter().map(|count| fewer(count).min(most)).collect();
    match ends[..] {
        [first, last] if first == last && last > 1 => vec![last / 2, last],
        [first, last] if first == last => vec![last],
        _ => ends,
    }
}

fn ends(counts: &[u64]) -> Vec<u64> {
    match counts {
        [first, .., last] => vec![*first, *last],
        _ => counts.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    #[test]
    fn of_several_the_smallest_and_the_largest_remain() {
        for (counts, most, expected) in [
            (&[10, 20, 40][..], 100, &[10, 40][..]),
            (&[10, 20, 400], 100, &[10, 59]),
            (&[1000, 2000, 4000], 30, &[15, 30]),
            (&[1000], 100, &[75]),
            (&[0, 5, 9], 100, &[0, 9]),
            (&[0, 900], 1, &[0, 1]),
            (&[900, 901], 1, &[1]),
            (&[0], 100, &[0]),
            (&[], 100, &[]),
        ] {
            let fewer = |count| fewer(count, 100, 2000);
            assert_eq!(two(counts, fewer, most), expected, "{counts:?}");
        }
    }

    #[test]
    fn larger_counts_stay_larger() {
        let small: Vec<u64> =
            [1, 10, 50, 100, 1000, 20_000, 60_000].map(|count| fewer(count, 100, 60_000)).into();
        assert_eq!(small, [1, 10, 50, 51, 51, 67, 100]);
        assert_eq!([1, 10, 90].map(|count| fewer(count, 100, 90)), [1, 10, 90], "all are few");
    }

    /// The first task of a small version of optdigits with these lines.
    fn small(validation: &str, teacher: &str, student: &str) -> Task {
        let train = "train = { budget.epochs = 1000, optimizer.adamw.learning_rate = 1e-3 }";
        let text = format!(
            "[study]\nname = \"s\"\nseeds = [1, 2, 3]\n[tasks.t]\ndata.catalogue.name = \"optdigits\"\n{validation}\n\
             [tasks.t.teacher]\n{train}\n{teacher}\n[tasks.t.student]\n{train}\n{student}\n\
             [arms.labels]\nobjective.cross_entropy = {{}}\n[arms.a]\nobjective.distillation.temperature = 2.0\n"
        );
        let study = Study::parse(&text, "study.toml").unwrap_or_else(|error| panic!("{error}"));
        study.smoke().tasks.remove(0)
    }

    const SMALL: &str = "model.mlp.hidden = [8]";
    const LARGE: &str = "model.mlp.hidden = [8000, 8000]";

    #[test]
    fn there_is_always_enough_to_draw_from() {
        for (validation, teacher, student, sizes) in [
            ("", "", "samples = [10, 500, \"all\"]", 2),
            ("", "samples = 50", "samples = [10, 50]", 2),
            ("", "", "samples = [\"all\"]", 1),
            ("", "samples = 2000", "samples = [100, 1400]\nfrom = \"others\"", 2),
            ("validation = 0.9", "samples = 300", "samples = [10, 40]\nfrom = \"others\"", 2),
            ("validation.within = 0.5", "", "samples = [2, 100]", 2),
        ] {
            let task = small(validation, &format!("{LARGE}\n{teacher}"), &format!("{SMALL}\n{student}"));
            let (n, m) = (task.teacher.samples, &task.student.samples);
            assert!(n >= 5 && m.len() == sizes && m.is_sorted(), "{validation} {student}: {n}, {m:?}");
            let few = task.data.few.unwrap();
            assert!(few.train.kept < 600 && few.test.kept < 200 && few.test.of == 1797, "{few:?}");
        }
    }

    #[test]
    fn small_models_on_few_examples_get_them_all() {
        let task = small("", SMALL, &format!("{SMALL}\nsamples = [10, 500]"));
        let few = task.data.few;
        assert!(few.is_none(), "{few:?}");
        assert_eq!((task.teacher.samples, &task.student.samples[..]), (1865, &[10, 500][..]));
    }

    #[test]
    fn what_would_leave_nothing_for_validation_leaves_all_rows() {
        let task = small("validation = 0.0007", LARGE, &format!("{SMALL}\nsamples = [100, 1000]"));
        assert_eq!(task.data.few, None);
    }

    #[test]
    fn large_models_get_fewer_examples() {
        let task = small("", LARGE, &format!("{SMALL}\nsamples = [100, 1000]"));
        let few = task.data.few.unwrap();
        assert!(few.test.kept < 200 && few.test.kept as u64 >= FEWEST, "{few:?}");
        let training = task.teacher.training.unwrap();
        assert!(training.steps(task.teacher.samples) <= 10 && training.batch.get() <= 16, "{training}");
    }

    #[test]
    fn where_a_file_speaks_of_training_rows_these_all_stay() {
        let folder = tempfile::tempdir().unwrap();
        let scores = folder.path().join("scores.txt");
        fs_err::write(&scores, "1\n".repeat(3823)).unwrap();
        let sampling = format!("sampling.by_score = {{ path = {scores:?}, order = \"highest\" }}");
        let task = small("", LARGE, &format!("{SMALL}\nsamples = [100, 1000]\n{sampling}"));
        let few = task.data.few.unwrap();
        assert!(few.train.kept == 3823 && few.test.kept < 200, "{few:?}");
        assert_eq!(task.student.samples.len(), 2);
    }
}
