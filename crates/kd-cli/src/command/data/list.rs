//! The data sets that have a name.

use std::fmt::Write as _;

use kd_data::catalogue;
use kd_study::Result;
use serde::Serialize;

use super::super::{print, print_json};
use crate::arguments::Format;
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

pub(in crate::command) fn list(format: Format) -> Result<()> {
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
