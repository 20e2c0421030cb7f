//! What is in a data set of the catalogue, in the tasks of a study, or in a file or folder.

use std::path::PathBuf;
use std::rc::Rc;

use kd_data::{Dataset, Encoding, Sight, Source, catalogue};
use kd_doubt::Doubt;
use kd_study::check::{TaskData, task_data};
use kd_study::{Error, Result};
use serde::Serialize;

use super::super::{print, print_json};
use super::{page, text, written};
use crate::arguments::Show;

/// What is looked at.
pub(super) struct Subject {
    /// What it is called above all else.
    pub(super) title: String,
    pub(super) dataset: Rc<Dataset>,
    pub(super) sight: Sight,
    /// Columns that are left out.
    pub(super) ignored: Vec<String>,
    pub(super) doubts: Vec<Doubt>,
    /// What a study file would say of it, where that was guessed.
    pub(super) guess: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    title: &'a str,
    #[serde(flatten)]
    sight: &'a Sight,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    ignored: &'a [String],
    doubts: &'a [Doubt],
    #[serde(skip_serializing_if = "Option::is_none")]
    study_file: Option<&'a str>,
    licence: &'a str,
    citation: &'a str,
    address: &'a str,
    fingerprint: &'a str,
}

pub(in crate::command) fn show(arguments: &Show) -> Result<()> {
    let (subjects, is_one) = subjects(arguments)?;
    if let Some(path) = &arguments.html {
        let pages = subjects.iter().map(page::section).collect::<Result<Vec<_>>>()?;
        fs_err::write(path, page::render(&subjects[0].title, &pages))?;
    }
    if arguments.format.is_json() {
        let shown: Vec<Shown<'_>> = subjects.iter().map(Shown::of).collect();
        return if is_one { print_json(&shown[0]) } else { print_json(&shown) };
    }
    let texts = subjects.iter().map(text::text).collect::<Result<Vec<_>>>()?;
    print(&texts.join("\n"))
}

/// What is looked at, at least one, and whether no more than one was asked for.
fn subjects(arguments: &Show) -> Result<(Vec<Subject>, bool)> {
    let (path, task) = match arguments.what.split_once('#') {
        Some((path, task)) => (PathBuf::from(path), Some(task)),
        None => (PathBuf::from(&arguments.what), None),
    };
    if path.extension().is_some_and(|ending| ending == "toml") {
        let tasks = task_data(&path, &arguments.sets.sets, task)?;
        let subjects = tasks.into_iter().map(of_task).collect::<Result<Vec<_>>>()?;
        if subjects.is_empty() {
            return Err(Error::StudyFile {
                path,
                source: std::io::Error::other("it has no tasks to look at"),
            });
        }
        return Ok((subjects, task.is_some()));
    }
    let is_named = catalogue::entry(&arguments.what).is_ok();
    if is_named || !path.exists() {
        let dataset = catalogue::load(&arguments.what)?.examined()?;
        return Ok((vec![plain(dataset, None)?], true));
    }
    let source = Source::guess(&path)?;
    let dataset = source.load()?.examined()?;
    Ok((vec![plain(dataset, Some(written::task(&path, &source)))?], true))
}

fn of_task(task: TaskData) -> Result<Subject> {
    let TaskData { task, source, dataset, encoding, held_out, doubts } = task;
    Ok(Subject {
        title: format!("{task} · {}", dataset.about.title),
        sight: Sight::of(&dataset, &encoding, &held_out)?,
        ignored: source.columns().map(|columns| columns.ignore.clone()).unwrap_or_default(),
        dataset,
        doubts,
        guess: None,
    })
}

fn plain(mut dataset: Dataset, guess: Option<String>) -> Result<Subject> {
    Ok(Subject {
        title: dataset.about.title.clone(),
        sight: Sight::of(&dataset, &Encoding::default(), &[])?,
        ignored: Vec::new(),
        doubts: std::mem::take(&mut dataset.doubts),
        dataset: Rc::new(dataset),
        guess,
    })
}

impl<'a> Shown<'a> {
    fn of(subject: &'a Subject) -> Self {
        let dataset = &subject.dataset;
        Self {
            title: &subject.title,
            sight: &subject.sight,
            ignored: &subject.ignored,
            doubts: &subject.doubts,
            study_file: subject.guess.as_deref(),
            licence: &dataset.about.licence,
            citation: &dataset.about.citation,
            address: &dataset.about.address,
            fingerprint: &dataset.fingerprint,
        }
    }
}
