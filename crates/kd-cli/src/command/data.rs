use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kd_data::catalogue::{Condition, Entry};
use kd_data::{Dataset, Examples, Inputs, Targets, catalogue};
use kd_study::Result;
use serde::Serialize;

use super::{contact_sheet, examples, print, print_json};
use crate::arguments::{Format, OriginalFiles};
use crate::exit::Status;
use crate::style;

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    modality: String,
    task: String,
    title: &'static str,
    train: usize,
    test: usize,
    classes: usize,
    licence: &'static str,
    embedded: bool,
}

pub(super) fn list(format: Format) -> Result<()> {
    let listed: Vec<Listed> = catalogue::entries()
        .map(|entry| Listed {
            name: entry.name,
            modality: entry.modality.to_string(),
            task: entry.task.to_string(),
            title: entry.title,
            train: entry.train,
            test: entry.test,
            classes: entry.classes,
            licence: entry.licence,
            embedded: entry.is_embedded(),
        })
        .collect();
    if format.is_json() {
        return print_json(&listed);
    }
    let mut text = format!(
        "{:<21} {:<8} {:<18} {:>10} {:>7} {:>8}  {:<8} {:<14} {}\n",
        "NAME", "MODALITY", "TASK", "TRAIN", "TEST", "CLASSES", "FILES", "LICENCE", "TITLE"
    );
    for entry in listed {
        let _ = writeln!(
            text,
            "{:<21} {:<8} {:<18} {:>10} {:>7} {:>8}  {:<8} {:<14} {}",
            entry.name,
            entry.modality,
            entry.task,
            style::count(entry.train as u64),
            style::count(entry.test as u64),
            style::count(entry.classes as u64),
            if entry.embedded { "embedded" } else { "folder" },
            entry.licence,
            entry.title
        );
    }
    text.push_str(
        "\nThose of a folder are read from the one that the environment variable KD_DATA names; `kd data fetch NAME` \
         brings them.\n",
    );
    print(&text)
}

#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    title: &'a str,
    modality: String,
    task: String,
    train: usize,
    validation: usize,
    test: usize,
    classes: Vec<Class<'a>>,
    licence: &'a str,
    citation: &'a str,
    address: &'a str,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct Class<'a> {
    name: &'a str,
    train: usize,
    test: usize,
}

pub(super) fn show(name: &str, html: Option<&Path>, format: Format) -> Result<()> {
    let dataset = catalogue::load(name)?;
    if let Some(path) = html {
        fs_err::write(path, contact_sheet::render(&dataset)?)?;
    }
    let shown = Shown {
        name: &dataset.name,
        title: &dataset.about.title,
        modality: dataset.modality.to_string(),
        task: dataset.train.targets.task().to_string(),
        train: dataset.train.len(),
        validation: dataset.validation.as_ref().map_or(0, Examples::len),
        test: dataset.test.len(),
        classes: classes(&dataset),
        licence: &dataset.about.licence,
        citation: &dataset.about.citation,
        address: &dataset.about.address,
        fingerprint: &dataset.fingerprint,
    };
    if format.is_json() {
        return print_json(&shown);
    }
    let official = match shown.validation {
        0 => "none that is official".to_owned(),
        count => style::count(count as u64),
    };
    let mut text = format!("{}\n", shown.title);
    for (name, value) in [
        ("modality", shown.modality.as_str()),
        ("task", &shown.task),
        ("inputs", &inputs(&dataset)),
        ("train", &style::count(shown.train as u64)),
        ("validation", &official),
        ("test", &style::count(shown.test as u64)),
        ("licence", shown.licence),
        ("cite", shown.citation),
        ("address", shown.address),
        ("BLAKE3", shown.fingerprint),
    ] {
        let _ = writeln!(text, "  {name:<12}{value}");
    }
    if !shown.classes.is_empty() {
        let _ = writeln!(text, "\n{:>7} {:>7}  CLASS", "TRAIN", "TEST");
    }
    for class in &shown.classes {
        let _ = writeln!(text, "{:>7} {:>7}  {}", class.train, class.test, class.name);
    }
    print(&(text + &examples::shown(&dataset)?))
}

/// How many examples each class has; none where classes are not what is predicted.
fn classes(dataset: &Dataset) -> Vec<Class<'_>> {
    let Targets::Classes(_) = dataset.train.targets else { return Vec::new() };
    let count = |examples: &Examples, class: usize| {
        examples.labels().map_or(0, |labels| labels.iter().filter(|&&label| label == class as i64).count())
    };
    let names = dataset.classes.iter().enumerate();
    names
        .map(|(class, name)| Class {
            name,
            train: count(&dataset.train, class),
            test: count(&dataset.test, class),
        })
        .collect()
}

fn inputs(dataset: &Dataset) -> String {
    match &dataset.train.inputs {
        Inputs::Images(images) => {
            let size = images.pixels.size();
            format!("images of {}x{}x{}, values 0 to {}", size[1], size[2], size[3], images.peak)
        }
        Inputs::Table(table) => match table.categorical.len() {
            0 => format!("{} numeric columns", table.numeric.len()),
            categorical => format!("{} numeric and {categorical} categorical columns", table.numeric.len()),
        },
        Inputs::Texts(_) => "texts".to_owned(),
        Inputs::Sequences(sequences) => format!(
            "blocks of {} tokens from a vocabulary of {}",
            sequences.blocks.size()[1] - 1,
            style::count(sequences.vocabulary as u64)
        ),
    }
}

#[derive(Serialize)]
struct Checked {
    name: &'static str,
    file: &'static str,
    condition: &'static str,
    reason: Option<String>,
}

/// Shows the condition of every original file; bad input if one is missing or wrong.
pub(super) fn check(files: &OriginalFiles, format: Format) -> Result<Status> {
    let (entries, folder) = (files.entries()?, files.folder());
    let mut checked = Vec::new();
    for entry in &entries {
        for file in entry.files {
            let (condition, reason) = match file.condition(&folder)? {
                _ if entry.is_embedded() => ("embedded", None),
                Condition::Right => ("right", None),
                Condition::Unverified => ("unverified", Some("no checksum is known".to_owned())),
                Condition::Missing => ("missing", None),
                Condition::Wrong(reason) => ("wrong", Some(reason)),
            };
            checked.push(Checked { name: entry.name, file: file.path, condition, reason });
        }
    }
    let bad = |entry: &Entry| {
        let mut own = checked.iter().filter(|file| file.name == entry.name);
        own.any(|file| matches!(file.condition, "missing" | "wrong"))
    };
    let bad: Vec<&str> = entries.iter().filter(|entry| bad(entry)).map(|entry| entry.name).collect();
    let status = if bad.is_empty() { Status::Done } else { Status::BadInput };
    if format.is_json() {
        print_json(&checked)?;
        return Ok(status);
    }
    let mut text = String::new();
    for Checked { file, condition, reason, .. } in &checked {
        let reason = reason.as_ref().map_or_else(String::new, |reason| format!("  ({reason})"));
        let _ = writeln!(text, "{condition:<10}  {file}{reason}");
    }
    if !bad.is_empty() {
        let (names, folder) = (bad.join(" "), folder.display());
        let _ =
            writeln!(text, "\n`kd data fetch {names} --folder {folder}` brings what is missing or wrong.");
    }
    print(&text)?;
    Ok(status)
}

impl OriginalFiles {
    pub(super) fn entries(&self) -> Result<Vec<&'static Entry>> {
        Ok(self.names.iter().map(|name| catalogue::entry(name)).collect::<kd_data::Result<_>>()?)
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(catalogue::default_folder)
    }
}
