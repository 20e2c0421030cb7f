//! What a table says of its study, which is little: what it does not say is left empty.

use std::collections::BTreeMap;

use super::how::How;
use super::layout::Layout;
use super::scores::Scored;
use crate::factor::Factor;
use crate::role::Role;
use crate::study::{StudyInfo, TaskInfo};
use crate::table::{Column, RunRow, named};

/// The level of intervals, and the largest difference that counts as none, as in studies that do not say them.
const CONFIDENCE: f64 = 0.95;
const MARGIN: f64 = 0.01;

pub(super) fn study(
    stem: &str,
    rows: &[RunRow],
    factors: Vec<Factor>,
    scored: &Scored,
    layout: &Layout,
    how: &How,
) -> StudyInfo {
    let students = || rows.iter().filter(|row| *row.role() != Role::Teacher);
    let mut tasks: Vec<(&str, Vec<&RunRow>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let name = row.place().task.as_str();
        let index = *places.entry(name).or_insert_with(|| {
            tasks.push((name, Vec::new()));
            tasks.len() - 1
        });
        tasks[index].1.push(row);
    }
    let mut provenance = vec![("table".to_owned(), format!("{stem}, {} rows", rows.len()))];
    if !how.command.is_empty() {
        provenance.push(("report".to_owned(), how.command.clone()));
    }
    if !layout.passed.is_empty() {
        provenance.push(("columns not read".to_owned(), layout.passed.join(", ")));
    }
    StudyInfo {
        name: stem.to_owned(),
        question: String::new(),
        seeds: distinct(students().map(|row| row.place().seed)),
        confidence: CONFIDENCE,
        margin: MARGIN,
        score: scored.score,
        metric: scored.metric.clone(),
        tasks: tasks.iter().map(|(name, rows)| task(name, rows, scored)).collect(),
        command: String::new(),
        provenance,
        planned_runs: rows.len() as u64,
        factors,
        doubts: Vec::new(),
        study_file: None,
    }
}

fn task(name: &str, rows: &[&RunRow], scored: &Scored) -> TaskInfo {
    let students = || rows.iter().filter(|row| *row.role() != Role::Teacher);
    // What all rows say alike.
    let common = |column: &'static Column| {
        let mut said = rows.iter().filter_map(|row| row.text(column));
        let first = said.next().unwrap_or_default();
        if said.all(|other| other == first) { first.to_owned() } else { String::new() }
    };
    let has_numbers = students().any(|row| row.number(const { named("test_r2") }).is_some());
    TaskInfo {
        name: name.to_owned(),
        title: common(const { named("data_set") }),
        modality: common(const { named("modality") }),
        score: if has_numbers { "R²" } else { scored.name() }.to_owned(),
        classes: 0,
        test_examples: 0,
        licence: String::new(),
        citation: String::new(),
        teacher: common(const { named("teacher_model") }),
        student: common(const { named("student") }),
        budget: String::new(),
        sampling: String::new(),
        samples: distinct(students().map(|row| row.place().samples)),
        factors: BTreeMap::new(),
        synthetic: false,
    }
}

fn distinct(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
