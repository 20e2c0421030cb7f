//! Studies of which the truth is known.

use kd_analysis::table::find;
use kd_analysis::{Datum, Factor, FactorKind, Findings, RunRow, Score, StudyInfo, TaskInfo};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use serde_json::Value;

/// A study: what is true, and how much seeds vary.
#[derive(Clone)]
pub(crate) struct World {
    /// Every M.
    pub(crate) sizes: Vec<u64>,
    /// N.
    pub(crate) teacher_samples: u64,
    /// True score of labels by M.
    pub(crate) labels: Vec<f64>,
    /// Standard deviation of paired differences by M.
    pub(crate) deviations: Vec<f64>,
    /// Correlation between the M of a seed.
    pub(crate) correlation: f64,
    /// All arms but labels.
    pub(crate) arms: Vec<Arm>,
    /// Tasks that are alike.
    pub(crate) tasks: usize,
    /// Share of runs that fail.
    pub(crate) failures: f64,
    /// Test examples; 0 leaves scores as they are.
    pub(crate) test_examples: u64,
    /// How much what a seed's samples are worth varies, in standard deviations of differences.
    pub(crate) shared: f64,
    /// By how much the noise of labels differs from that of others.
    pub(crate) labels_spread: f64,
    /// Other columns of labels, given the score of a run and the gain of the first arm there.
    pub(crate) labels_more: fn(f64, f64) -> Value,
    /// Teachers at levels of a factor, with their scores.
    pub(crate) teachers: Vec<(&'static str, f64, f64)>,
    /// The level at which students have other samples than their teacher.
    pub(crate) fresh: Option<(&'static str, f64)>,
}

/// An arm: its true gain over labels by M.
#[derive(Clone)]
pub(crate) struct Arm {
    pub(crate) name: &'static str,
    pub(crate) role: &'static str,
    pub(crate) of: Option<&'static str>,
    pub(crate) gains: Vec<f64>,
    /// By how much its own noise differs from that of others.
    pub(crate) spread: f64,
    /// Other columns, given the score of the run.
    pub(crate) more: fn(f64) -> Value,
    /// Levels of factors that set tasks apart.
    pub(crate) levels: Vec<(&'static str, f64)>,
}

impl Arm {
    pub(crate) fn new(name: &'static str, role: &'static str, gains: Vec<f64>) -> Self {
        let of = (role != "labels"
            && role != "distilled"
            && role != "label_smoothing"
            && role != "importance_weighted"
            && role != "teacher")
            .then_some("distilled");
        Self { name, role, of, gains, spread: 1.0, more: |_| Value::Null, levels: Vec::new() }
    }
}

/// Seven sizes, each twice the one before, as the quickstart has them.
pub(crate) const SIZES: [u64; 7] = [40, 80, 160, 320, 640, 1280, 2560];

/// Gains that shrink as data grow.
pub(crate) fn shrinking() -> Vec<f64> {
    vec![0.06, 0.05, 0.035, 0.02, 0.01, 0.005, 0.0]
}

pub(crate) fn times(gains: &[f64], factor: f64) -> Vec<f64> {
    gains.iter().map(|gain| gain * factor).collect()
}

impl World {
    /// Noise as the quickstart's: 1.2 points at the smallest M and 0.3 at the largest, for a single task.
    pub(crate) fn of(arms: Vec<Arm>) -> Self {
        Self {
            sizes: SIZES.to_vec(),
            teacher_samples: 2560,
            labels: SIZES.iter().map(|&m| 1.0 - 1.6 * (m as f64).powf(-0.5) - 0.02).collect(),
            deviations: (0..7).map(|index| 0.012 * 0.25_f64.powf(f64::from(index) / 6.0)).collect(),
            correlation: 0.2,
            arms,
            tasks: 1,
            failures: 0.0,
            test_examples: 0,
            shared: 2.0,
            labels_spread: 1.0,
            labels_more: |_, _| Value::Null,
            teachers: Vec::new(),
            fresh: None,
        }
    }

    /// The findings of one study of `seeds` seeds; the same for the same `number`.
    pub(crate) fn findings(&self, seeds: usize, number: u64) -> Findings {
        let (study, rows) = self.study(seeds, number);
        Findings::of(&study, &rows, &[])
    }

    pub(crate) fn study(&self, seeds: usize, number: u64) -> (StudyInfo, Vec<RunRow>) {
        let mut generator = ChaCha8Rng::seed_from_u64(number);
        let mut rows = Vec::new();
        for task in 0..self.tasks {
            for seed in 0..seeds {
                self.add(&mut rows, &format!("task {task}"), seed as u64, &mut generator);
            }
        }
        (self.info(seeds), rows)
    }

    fn add(&self, rows: &mut Vec<RunRow>, task: &str, seed: u64, generator: &mut ChaCha8Rng) {
        let mut normal = || -> f64 { StandardNormal.sample(generator) };
        // What a seed's samples are worth is the same for all arms, and drops out of paired differences.
        let samples: Vec<f64> = self.sizes.iter().map(|_| normal()).collect();
        let labels =
            Arm { spread: self.labels_spread, ..Arm::new("labels", "labels", vec![0.0; self.sizes.len()]) };
        for (factor, level, score) in &self.teachers {
            let teacher =
                Arm { levels: vec![(*factor, *level)], ..Arm::new("teacher", "teacher", Vec::new()) };
            rows.push(row(
                task,
                &teacher,
                self.teacher_samples,
                self.teacher_samples,
                seed,
                *score,
                &Value::Null,
            ));
        }
        for arm in std::iter::once(&labels).chain(&self.arms) {
            let shared = normal();
            for (index, &size) in self.sizes.iter().enumerate() {
                let own = self.correlation.sqrt() * shared + (1.0 - self.correlation).sqrt() * normal();
                let deviation = self.deviations[index];
                let score = self.labels[index]
                    + arm.gains[index]
                    + self.shared * deviation * samples[index]
                    + deviation * own * arm.spread * std::f64::consts::FRAC_1_SQRT_2;
                let score = match self.test_examples {
                    0 => score,
                    examples => (score * examples as f64).round().min(examples as f64) / examples as f64,
                };
                let failed = self.failures > 0.0 && uniform(normal()) < self.failures;
                let more = match arm.role {
                    "labels" => (self.labels_more)(score, self.arms[0].gains[index]),
                    _ => (arm.more)(score),
                };
                if !failed {
                    rows.push(row(task, arm, size, self.teacher_samples, seed, score, &more));
                }
            }
        }
    }

    fn info(&self, seeds: usize) -> StudyInfo {
        let text = str::to_owned;
        let task = |number: usize, levels: &[(&'static str, f64)]| TaskInfo {
            name: format!("task {number}"),
            title: text("made up"),
            modality: text("tabular"),
            score: text("accuracy"),
            classes: 10,
            test_examples: self.test_examples,
            licence: String::new(),
            citation: String::new(),
            teacher: if self.teachers.is_empty() { String::new() } else { format!("{levels:?}") },
            student: String::new(),
            budget: String::new(),
            sampling: match self.fresh {
                Some(fresh) if levels.contains(&fresh) => text("from others than the teacher's, uniform"),
                Some(_) | None => text("uniform"),
            },
            samples: self.sizes.clone(),
            factors: levels
                .iter()
                .map(|(factor, level)| ((*factor).to_owned(), Datum::Number(*level)))
                .collect(),
            synthetic: false,
        };
        let mut levels: Vec<&[(&'static str, f64)]> = self.arms.iter().map(|arm| &arm.levels[..]).collect();
        levels.dedup();
        let names: Option<&str> = self.arms[0].levels.first().map(|(factor, _)| *factor);
        let factor = |name: &str| Factor {
            name: name.to_owned(),
            kind: FactorKind::Task,
            levels: self.arms.iter().map(|arm| Datum::Number(arm.levels[0].1)).collect(),
        };
        let tasks = (0..self.tasks).flat_map(|number| levels.iter().map(move |levels| (number, levels)));
        StudyInfo {
            name: text("made up"),
            question: String::new(),
            seeds: (0..seeds as u64).collect(),
            confidence: 0.95,
            margin: 0.01,
            score: Score::LastStep,
            metric: None,
            tasks: tasks.map(|(number, levels)| task(number, levels)).collect(),
            command: String::new(),
            provenance: Vec::new(),
            planned_runs: 0,
            factors: names.map(factor).into_iter().collect(),
            doubts: Vec::new(),
            study_file: None,
        }
    }
}

/// A uniform number of a normal one, roughly.
fn uniform(normal: f64) -> f64 {
    1.0 / (1.0 + (-1.702 * normal).exp())
}

fn row(
    task: &str,
    arm: &Arm,
    samples: u64,
    teacher_samples: u64,
    seed: u64,
    score: f64,
    more: &Value,
) -> RunRow {
    let text = |text: &str| Datum::Text(text.to_owned());
    let mut values = vec![
        ("run", Datum::Text(format!("{task} {} {:?} {samples} {seed}", arm.name, arm.levels))),
        ("task", text(task)),
        ("arm", text(arm.name)),
        ("role", text(arm.role)),
        ("samples", Datum::Count(samples)),
        ("teacher_samples", Datum::Count(teacher_samples)),
        ("seed", Datum::Count(seed)),
        ("outcome", text("finished")),
        ("test_accuracy", Datum::Number(score)),
    ];
    values.extend(arm.of.map(|of| ("control_of", text(of))));
    for (column, value) in more.as_object().into_iter().flatten() {
        let value = value.as_f64().map_or_else(|| text(value.as_str().unwrap_or_default()), Datum::Number);
        values.push((column, value));
    }
    let levels = arm.levels.iter().map(|(factor, level)| ((*factor).to_owned(), Datum::Number(*level)));
    let values = values.into_iter().filter_map(|(column, value)| Some((find(column)?, value)));
    // What is made here is a row.
    RunRow::of_values(values, levels.collect()).unwrap_or_else(|error| unreachable!("{error}"))
}

/// What is found of each of as many studies, on two threads.
pub(crate) fn each<T: Send>(
    world: &World,
    seeds: usize,
    studies: usize,
    of: impl Fn(&Findings) -> T + Sync,
) -> Vec<T> {
    let half = studies / 2;
    let part = |range: std::ops::Range<usize>| -> Vec<T> {
        range.map(|number| of(&world.findings(seeds, number as u64))).collect()
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| part(0..half));
        let second = part(half..studies);
        first.join().into_iter().flatten().chain(second).collect()
    })
}
