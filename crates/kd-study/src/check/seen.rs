//! The data of a study's tasks, to be looked at whatever else the study gets wrong.

use std::path::Path;
use std::rc::Rc;

use kd_data::{Dataset, Encoding, Source};
use kd_doubt::Doubt;

use super::data::Datasets;
use super::{folder, invalid};
use crate::error::{Error, Result};
use crate::file::StudyFile;
use crate::problem::Problem;
use crate::spec::Name;
use crate::train::draw;

/// A task's data.
pub struct TaskData {
    /// The task's name.
    pub task: String,
    /// Where the examples come from.
    pub source: Source,
    /// The examples.
    pub dataset: Rc<Dataset>,
    /// How they are encoded.
    pub encoding: Encoding,
    /// The training rows that are held out for validation, ascending.
    pub held_out: Vec<usize>,
    /// What is doubtful of them, and not accepted.
    pub doubts: Vec<Doubt>,
}

/// The data of the task of that name in a study file, or of all of its tasks. Of one that varies with a factor, those of
/// its first level.
///
/// # Errors
/// If the file cannot be read or is none, there is no such task, or data cannot be read.
pub fn task_data(path: &Path, sets: &[String], task: Option<&str>) -> Result<Vec<TaskData>> {
    // Not fs_err's: the error names the file itself.
    #[expect(clippy::disallowed_methods)]
    let text =
        std::fs::read_to_string(path).map_err(|source| Error::StudyFile { path: path.to_owned(), source })?;
    let source = path.display().to_string();
    let invalid = |problems| invalid(&text, &source, sets, problems);
    let file = StudyFile::parse_with(&text, sets).map_err(|problem| invalid(vec![problem]))?;
    let file = file.in_folder(folder(path));
    if let Some(name) = task
        && !file.tasks.keys().any(|known| known.as_str() == name)
    {
        let known: Vec<&str> = file.tasks.keys().map(Name::as_str).collect();
        return Err(invalid(vec![Problem::unknown(0..0, "task", name, &known)]));
    }
    let mut problems = Vec::new();
    let mut datasets = Datasets::default();
    let mut seen = Vec::new();
    for (name, variants) in file.tasks {
        let wanted = task.is_none_or(|task| task == name.as_str());
        let Some(variant) = variants.into_iter().next().filter(|_| wanted) else { continue };
        let file = variant.file;
        let Some(dataset) = datasets.get(&file.data, &mut problems) else { continue };
        let accepted = |doubt: &Doubt| file.accept.iter().any(|kind| *kind.get_ref() == doubt.kind);
        let told = dataset.doubts.iter().cloned();
        let doubts = told.filter_map(|doubt| if accepted(&doubt) { doubt.accepted() } else { Some(doubt) });
        seen.push(TaskData {
            task: name.into(),
            held_out: draw::pool(&dataset, *file.validation.get_ref()).1,
            doubts: doubts.collect(),
            dataset,
            encoding: file.encoding.into_inner(),
            source: file.data.into_inner(),
        });
    }
    if problems.is_empty() { Ok(seen) } else { Err(invalid(problems)) }
}
