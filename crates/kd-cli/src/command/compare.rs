use std::path::Path;

use kd_analysis::{Comparison, Results, RunRow, StudyInfo, compare, compare_arms, render};
use kd_study::{Result, Store, results};

use super::{print, print_json};
use crate::arguments::{Compare, ComparisonFormat};

pub(super) fn run(arguments: &Compare) -> Result<()> {
    let mut arms = arguments.arms.iter().flatten();
    let comparison = match (arms.next(), arms.next()) {
        (Some(first), Some(second)) => arms_of(&arguments.a, first, second)?,
        // Without arms, there is a second folder.
        _ => folders(&arguments.a, arguments.b.as_ref().unwrap_or(&arguments.a))?,
    };
    match arguments.format {
        ComparisonFormat::Text => print(&render::comparison_terminal(&comparison, true)),
        ComparisonFormat::Markdown => print(&render::comparison_markdown(&comparison)),
        ComparisonFormat::Json => print_json(&comparison),
    }
}

/// The second folder minus the first.
fn folders(a: &Path, b: &Path) -> Result<Comparison> {
    let ((study_a, rows_a), (study_b, rows_b)) = (read(a)?, read(b)?);
    let (name_a, name_b) = (a.display().to_string(), b.display().to_string());
    Ok(compare(
        Results { name: &name_a, study: &study_a, rows: &rows_a },
        Results { name: &name_b, study: &study_b, rows: &rows_b },
    ))
}

/// The second arm minus the first.
fn arms_of(dir: &Path, first: &str, second: &str) -> Result<Comparison> {
    let (study, rows) = read(dir)?;
    let name = dir.display().to_string();
    Ok(compare_arms(Results { name: &name, study: &study, rows: &rows }, first, second)?)
}

fn read(dir: &Path) -> Result<(StudyInfo, Vec<RunRow>)> {
    let store = Store::open(dir)?;
    results::table(&store.plan()?, &store)
}
