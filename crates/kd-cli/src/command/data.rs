use std::fmt::Write as _;

use kd_data::{Dataset, Inputs, catalogue};
use kd_study::Result;
use serde::Serialize;

use super::{print, print_json};
use crate::arguments::Format;
use crate::style;

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    modality: String,
    title: &'static str,
    train: usize,
    test: usize,
    classes: usize,
    licence: &'static str,
}

pub(super) fn list(format: Format) -> Result<()> {
    let listed: Vec<Listed> = catalogue::entries()
        .iter()
        .map(|entry| Listed {
            name: entry.name,
            modality: entry.modality.to_string(),
            title: entry.title,
            train: entry.train,
            test: entry.test,
            classes: entry.classes,
            licence: entry.licence,
        })
        .collect();
    if format.is_json() {
        return print_json(&listed);
    }
    let mut text = format!(
        "{:<12} {:<8} {:>8} {:>7} {:>8}  {:<10} {}\n",
        "NAME", "MODALITY", "TRAIN", "TEST", "CLASSES", "LICENCE", "TITLE"
    );
    for entry in listed {
        let _ = writeln!(
            text,
            "{:<12} {:<8} {:>8} {:>7} {:>8}  {:<10} {}",
            entry.name,
            entry.modality,
            style::count(entry.train as u64),
            style::count(entry.test as u64),
            entry.classes,
            entry.licence,
            entry.title
        );
    }
    print(&text)
}

#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    title: &'a str,
    modality: String,
    train: usize,
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

pub(super) fn show(name: &str, format: Format) -> Result<()> {
    let dataset = catalogue::load(name)?;
    let count = |labels: &[i64], class: usize| labels.iter().filter(|&&label| label == class as i64).count();
    let shown = Shown {
        name: &dataset.name,
        title: &dataset.about.title,
        modality: dataset.modality.to_string(),
        train: dataset.train.len(),
        test: dataset.test.len(),
        classes: dataset
            .classes
            .iter()
            .enumerate()
            .map(|(class, name)| Class {
                name,
                train: count(&dataset.train.labels, class),
                test: count(&dataset.test.labels, class),
            })
            .collect(),
        licence: &dataset.about.licence,
        citation: &dataset.about.citation,
        address: &dataset.about.address,
        fingerprint: &dataset.fingerprint,
    };
    if format.is_json() {
        return print_json(&shown);
    }
    let mut text = format!("{}\n", shown.title);
    for (name, value) in [
        ("modality", shown.modality.as_str()),
        ("inputs", &inputs(&dataset)),
        ("train", &style::count(shown.train as u64)),
        ("test", &style::count(shown.test as u64)),
        ("licence", shown.licence),
        ("cite", shown.citation),
        ("address", shown.address),
        ("BLAKE3", shown.fingerprint),
    ] {
        let _ = writeln!(text, "  {name:<10}{value}");
    }
    let _ = writeln!(text, "\n{:>7} {:>7}  CLASS", "TRAIN", "TEST");
    for class in &shown.classes {
        let _ = writeln!(text, "{:>7} {:>7}  {}", class.train, class.test, class.name);
    }
    print(&text)
}

fn inputs(dataset: &Dataset) -> String {
    match &dataset.train.inputs {
        Inputs::Images(images) => {
            let size = images.pixels.size();
            format!("images of {}x{}x{}, values 0 to {}", size[1], size[2], size[3], images.peak)
        }
        Inputs::Table(columns) => format!("{} numeric columns", columns.size()[1]),
        Inputs::Texts(texts) => format!("texts, such as \"{}\"", texts.first().map_or("", String::as_str)),
    }
}
