//! Whether `converged` means it: runs whose budget was multiplied by ten, from results of `studies/budgets/`.
//!
//! ```text
//! for study in studies/budgets/*.toml; do kd run $study; done
//! cargo run --example convergence -- +results/budgets-digits results/budgets-letter
//! ```
//!
//! Arguments that begin with `+` are results that the rule was fitted on. What is printed is
//! `tests/fixtures/convergence.json`.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::Path;

use kd_analysis::Datum;
use kd_study::store::record::Outcome;
use kd_study::{Result, Store};
use serde_json::{Value, json};

/// A run: test accuracy, losses and validation scores on the way.
struct Seen {
    accuracy: f64,
    loss: Vec<f64>,
    score: Vec<f64>,
    hears_teacher: bool,
}

/// The runs of an arm at one M with one budget, by seed.
type Settings = BTreeMap<(String, u64, u64), BTreeMap<u64, Seen>>;

fn main() -> Result<()> {
    let mut lines = Vec::new();
    for argument in std::env::args().skip(1) {
        let folder = argument.trim_start_matches('+');
        let name = Path::new(folder).file_name().unwrap_or_default().to_string_lossy();
        let histories = histories(&name, &runs(Path::new(folder))?, argument.starts_with('+'));
        lines.extend(histories.iter().map(Value::to_string));
    }
    println!("[\n{}\n]", lines.join(",\n"));
    Ok(())
}

fn runs(folder: &Path) -> Result<Settings> {
    let store = Store::open(folder)?;
    let mut runs = Settings::new();
    for run in &store.plan()?.runs {
        let Some(Datum::Count(budget)) = run.place.factors.get("budget") else { continue };
        let outcome = store.record(&run.id)?.map(|record| record.outcome);
        let Some(Outcome::Finished(measures)) = outcome else { continue };
        let file = folder.join("runs").join(run.id.as_str()).join("history.csv");
        let history = fs_err::read_to_string(file)?;
        let column = |place: usize| -> Vec<f64> {
            history.lines().skip(1).filter_map(|line| line.split(',').nth(place)?.parse().ok()).collect()
        };
        let seen = Seen {
            accuracy: measures.test.score(),
            loss: column(1),
            score: column(3),
            hears_teacher: run.spec.objective.needs_teacher(),
        };
        let setting = (run.place.arm.clone(), run.place.samples, *budget);
        runs.entry(setting).or_default().insert(run.place.seed, seen);
    }
    Ok(runs)
}

/// The histories of runs of which others had ten times the budget.
fn histories(name: &str, runs: &Settings, fitted: bool) -> Vec<Value> {
    let mut histories = Vec::new();
    for ((arm, samples, budget), seeds) in runs {
        let Some(longer) = runs.get(&(arm.clone(), *samples, 10 * budget)) else { continue };
        let gain = |(seed, seen): (&u64, &Seen)| Some(longer.get(seed)?.accuracy - seen.accuracy);
        let gains: Vec<f64> = seeds.iter().filter_map(gain).collect();
        let gain = 100.0 * gains.iter().sum::<f64>() / gains.len().max(1) as f64;
        histories.extend(seeds.values().map(|seen| {
            json!({
                "setting": format!("{name}, {arm}, M = {samples}, {budget} steps"),
                "fitted": fitted,
                "hears_teacher": seen.hears_teacher,
                "steps": budget,
                "gain": rounded(gain),
                "loss": seen.loss.iter().map(|&loss| rounded(loss)).collect::<Vec<f64>>(),
                "score": seen.score.iter().map(|&score| rounded(score)).collect::<Vec<f64>>(),
            })
        }));
    }
    histories
}

/// Four digits of a number.
fn rounded(number: f64) -> f64 {
    format!("{number:.3e}").parse().unwrap_or(number)
}
