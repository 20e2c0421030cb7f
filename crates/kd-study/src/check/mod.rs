//! From a study file to a study. Everything that can be wrong is said here, as [`Problem`]s with their places.

mod arms;
mod data;
mod doubts;
mod elsewhere;
mod factor;
mod input;
mod metric;
mod missing_class;
mod representation;
mod role;
mod samples;
mod seen;
mod size;
mod small;
mod task;
mod teacher;
mod training;
mod unlabelled;
mod weights;

use std::collections::HashSet;
use std::path::Path;

use toml::Spanned;

use self::data::Datasets;
use self::doubts::Judge;
use self::factor::Factors;
pub use self::seen::{TaskData, task_data};
use crate::error::{Error, InvalidStudy, Result};
use crate::file::{Header, Kept, Score, StudyFile};
use crate::problem::Problem;
use crate::spec::EVALUATIONS;
use crate::study::{Study, Task};

impl Study {
    /// Reads and checks a study file. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// If it cannot be read, or with everything that is wrong in it.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_with(path, &[])
    }

    /// The same once each of `sets`, `PATH=VALUE`, is put into the file: VALUE, which is TOML or a word, at the keys PATH.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_with(path: &Path, sets: &[String]) -> Result<Self> {
        // Not fs_err's: the error names the file itself.
        #[expect(clippy::disallowed_methods)]
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::StudyFile { path: path.to_owned(), source })?;
        Self::of(&text, &path.display().to_string(), folder(path), sets)
    }

    /// Checks a study file's text. `source` names it in errors, and tells in which folder paths begin.
    ///
    /// # Errors
    /// With everything that is wrong in it.
    pub fn parse(text: &str, source: &str) -> Result<Self> {
        Self::parse_with(text, source, &[])
    }

    /// The same once each of `sets` is put into it.
    pub(crate) fn parse_with(text: &str, source: &str, sets: &[String]) -> Result<Self> {
        Self::of(text, source, folder(Path::new(source)), sets)
    }

    /// Checks a study file's text, whose paths are relative to `folder`.
    fn of(text: &str, source: &str, folder: &Path, sets: &[String]) -> Result<Self> {
        let invalid = |problems| invalid(text, source, sets, problems);
        let file = StudyFile::parse_with(text, sets).map_err(|problem| invalid(vec![problem]))?;
        let mut study = check(file.in_folder(folder), text, source).map_err(invalid)?;
        sets.clone_into(&mut study.sets);
        Ok(study)
    }
}

/// What is wrong in a study file's text.
fn invalid(text: &str, source: &str, sets: &[String], problems: Vec<Problem>) -> Error {
    Error::InvalidStudy(Box::new(InvalidStudy {
        source_name: source.to_owned(),
        text: text.to_owned(),
        sets: sets.to_owned(),
        problems,
    }))
}

/// The folder of a file; empty for the working folder.
fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

fn check(file: StudyFile, text: &str, source: &str) -> std::result::Result<Study, Vec<Problem>> {
    // Said before anything is looked at for each of them.
    if let Some(problem) = size::too_large(&file) {
        return Err(vec![problem]);
    }
    let mut problems = Vec::new();
    let header = file.study;
    problems.extend(unseeded(&header));
    problems.extend(kept_twice(&header));
    if file.tasks.is_empty() {
        problems.push(nothing(text, "a study needs at least one task", "add a table [tasks.NAME]"));
    }
    if file.arms.is_empty() {
        problems.push(nothing(text, "a study needs at least one arm", "add a table [arms.NAME]"));
    }

    let seeds: Vec<u64> = header.seeds.get_ref().iter().map(|seed| *seed.get_ref()).collect();
    let factors = Factors::of(&file.tasks, &file.arms);
    let mut datasets = Datasets::default();
    let extent = small::Extent {
        tasks: file.tasks.values().map(Vec::len).sum(),
        arms: file.arms.values().map(Vec::len).sum(),
    };
    let mut tasks = Vec::new();
    let mut doubts = Vec::new();
    for (name, variants) in file.tasks {
        for variant in variants {
            problems.extend(factors.untunable(&variant.file.student.generations));
            let levels = factors.levels(&variant.levels);
            let Some(dataset) = datasets.get(&variant.file.data, &mut problems) else { continue };
            let judge = Judge::of(name.as_str(), &variant.file);
            let checked = task::task(name.as_str(), levels, variant.file, &dataset, &seeds, &mut problems);
            let Some((mut task, found)) = checked else { continue };
            task.small = small::of(&task, &dataset, &seeds, extent);
            judge.sort(dataset.doubts.iter().cloned().chain(found), &mut doubts, &mut problems);
            tasks.push(task);
        }
    }
    problems.extend(metric::unfit(&header, &tasks));
    problems.extend(header.representation.as_ref().and_then(|asked| representation::unfit(asked, &tasks)));
    let arms = arms::arms(file.arms, &factors, &tasks, &seeds, &mut problems);
    if header.score == Score::ValidationBest || factors.are_tuned() {
        tasks.iter_mut().for_each(validated_whole);
    }

    if !problems.is_empty() {
        return Err(once(problems));
    }
    Ok(Study {
        text: text.to_owned(),
        source: source.to_owned(),
        sets: Vec::new(),
        smoke: false,
        name: header.name.into(),
        question: header.question,
        seeds,
        confidence: header.confidence.get(),
        margin: header.margin.get(),
        score: header.score,
        metric: header.metric.map(Spanned::into_inner),
        representation: header.representation.map(Spanned::into_inner),
        collapse: header.collapse,
        factors: factors.listed(&tasks),
        keeps_weights: header.keep.iter().any(|kept| *kept.get_ref() == Kept::Weights),
        tasks,
        arms,
        doubts,
    })
}

/// What is chosen by the validation split reads all of it.
fn validated_whole(task: &mut Task) {
    task.student.training.evaluations.get_or_insert(EVALUATIONS);
}

/// What is wrong whatever is swept over is said once.
fn once(problems: Vec<Problem>) -> Vec<Problem> {
    let mut said: Vec<Problem> = Vec::new();
    for problem in problems {
        if !said.contains(&problem) {
            said.push(problem);
        }
    }
    said
}

/// Seeds that there are not, or that are there twice.
fn unseeded(header: &Header) -> Vec<Problem> {
    let seeds = header.seeds.get_ref();
    if seeds.is_empty() {
        return vec![
            Problem::new(header.seeds.span(), "at least one seed is needed", "empty")
                .help("five seeds give intervals worth reading: seeds = [11, 13, 21, 33, 55]"),
        ];
    }
    let mut known = HashSet::new();
    let again = |seed: &Spanned<u64>| {
        let is_new = known.insert(*seed.get_ref());
        (!is_new).then(|| {
            Problem::new(seed.span(), format!("seed {} is listed twice", seed.get_ref()), "again here")
                .help("a repeated seed repeats the same runs and makes intervals too narrow; remove it")
        })
    };
    seeds.iter().filter_map(again).collect()
}

/// What is to be kept twice.
fn kept_twice(header: &Header) -> Option<Problem> {
    let repeats = |(index, kept): &(usize, &Spanned<Kept>)| {
        header.keep[..*index].iter().any(|earlier| earlier.get_ref() == kept.get_ref())
    };
    let (_, again) = header.keep.iter().enumerate().find(repeats)?;
    Some(Problem::new(again.span(), "this is kept already", "again here").help("remove it"))
}

/// What is missing at the end of a file.
fn nothing(text: &str, what: &str, advice: &str) -> Problem {
    Problem::new(text.len()..text.len(), what, "").help(advice)
}
