use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kd_study::spec::{Part, RunId};
use kd_study::store::StoreError;
use kd_study::store::record::{Outcome, RunRecord};
use kd_study::{Quality, Result, Store};

use super::{print, print_json};
use crate::arguments::Format;

pub(super) fn run(prefix: &str, dir: &Path, format: Format) -> Result<()> {
    let (store, id) = find(prefix, dir)?;
    let Some(record) = store.record(&id)? else {
        return Err(StoreError::NoSuchRun(format!(
            "run {id} has no record in {}",
            store.run_path(&id).display()
        ))
        .into());
    };
    if format.is_json() {
        return print_json(&record);
    }
    print(&describe(&record, &store)?)
}

/// The rows that a run was trained on.
pub(super) fn subset(prefix: &str, dir: &Path, format: Format) -> Result<()> {
    let (store, id) = find(prefix, dir)?;
    let rows = store.subset(&id)?;
    if format.is_json() {
        return print_json(&rows);
    }
    print(&(rows.iter().map(usize::to_string).collect::<Vec<_>>().join("\n") + "\n"))
}

/// The run in `dir`, or in one of the results folders below it.
pub(super) fn find(prefix: &str, dir: &Path) -> Result<(Store, RunId)> {
    let candidates: Vec<PathBuf> = if Store::open(dir).is_ok() {
        vec![dir.to_owned()]
    } else {
        let mut folders = Vec::new();
        for entry in fs_err::read_dir(dir)? {
            folders.push(entry?.path());
        }
        folders.sort();
        folders
    };
    for folder in candidates {
        if let Ok(store) = Store::open(&folder)
            && let Some(id) = store.find(prefix)?
        {
            return Ok((store, id));
        }
    }
    Err(StoreError::NoSuchRun(format!(
        "no run in {} starts with `{prefix}`; `kd plan STUDY --format json` lists ids, --dir chooses the folder",
        dir.display()
    ))
    .into())
}

fn describe(record: &RunRecord, store: &Store) -> Result<String> {
    let spec = &record.spec;
    let mut text = format!("run {}\n", record.id);
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<12}{value}");
    };
    match &spec.part {
        Part::Teacher { member: 0 } => line("part", "teacher"),
        Part::Teacher { member } => line("part", &format!("teacher, member {} of an ensemble", member + 1)),
        Part::Student { .. } => line("part", "student"),
    }
    for teacher in spec.teachers() {
        line("teacher", teacher.as_str());
    }
    line(
        "data",
        &format!(
            "{} (fingerprint {})",
            spec.data.name,
            &spec.data.fingerprint[..16.min(spec.data.fingerprint.len())]
        ),
    );
    for draw in &spec.draws {
        line("drawn", &format!("{} samples, {}, seed {}", draw.samples, draw.how(), draw.seed));
    }
    line("model", &spec.model.to_string());
    if let Some(training) = &spec.training {
        line("training", &training.to_string());
        line("objective", &serde_json::to_string(&spec.objective)?);
    }
    if let Some(augmentation) = &spec.augmentation {
        line("augmented", &serde_json::to_string(augmentation)?);
    }
    line("seed", &spec.seed.to_string());
    line("device", &format!("{}, {} thread(s)", record.environment.device, record.environment.threads));
    line("took", &format!("{:.1} s", record.seconds));
    match &record.outcome {
        Outcome::Failed(failure) => line("failed", &failure.reason),
        Outcome::Finished(measures) => {
            let percent = |fraction: f64| format!("{:.2} %", 100.0 * fraction);
            line(
                measures.test.score_name(),
                &format!(
                    "test {} (validation-best, step {}: {}){}, train {}",
                    percent(measures.test.score()),
                    measures.best_step,
                    percent(measures.test_score_at_best),
                    measures
                        .validation_score
                        .map_or_else(String::new, |score| format!(", validation {}", percent(score))),
                    percent(measures.train_score)
                ),
            );
            for (name, value) in quality(&measures.test) {
                line(name, &value);
            }
            if let Some(fidelity) = &measures.fidelity {
                line(
                    "fidelity",
                    &format!(
                        "agrees with the teacher on {} of test, {} of train; KL {:.4} nats, Hellinger {:.4}",
                        percent(fidelity.test.agreement),
                        percent(fidelity.train.agreement),
                        fidelity.test.kl,
                        fidelity.test.hellinger
                    ),
                );
            }
            if let Some(of) = &measures.representation {
                let likeness = [
                    ("CKA to teacher", of.cka_to_teacher),
                    ("CKA to start", of.cka_to_start),
                    ("feature alignment to start", of.feature_alignment_to_start),
                    ("NTK alignment to teacher", of.ntk_alignment_to_teacher),
                    ("NTK alignment to start", of.ntk_alignment_to_start),
                    ("weight distance to start", Some(of.weight_distance_to_start)),
                ];
                let told =
                    likeness.iter().filter_map(|(name, number)| Some(format!("{name} {:.4}", (*number)?)));
                line("likeness", &told.collect::<Vec<_>>().join(", "));
            }
            if let Some(convergence) = &measures.convergence {
                line(
                    "loss",
                    &format!(
                        "{:.5} at the end, {} (the last tenth brought {} of its whole fall)",
                        convergence.final_loss,
                        if convergence.converged { "converged" } else { "not converged" },
                        percent(convergence.slope)
                    ),
                );
            }
            line("subset", &measures.subset);
        }
    }
    line("files", &store.run_path(&record.id).display().to_string());
    line("again", &format!("remove that folder, then: {}", store.command()?));
    Ok(text)
}

/// What else is known of predictions on the test split.
fn quality(test: &Quality) -> Vec<(&'static str, String)> {
    match test {
        Quality::Classification(test) => {
            let balanced = 100.0 * test.balanced_accuracy;
            vec![
                ("balanced", format!("{balanced:.2} % over classes, macro-F1 {:.4}", test.macro_f1)),
                (
                    "calibration",
                    format!("NLL {:.4} nats, Brier {:.4}, ECE {:.4}", test.nll, test.brier, test.ece),
                ),
            ]
        }
        Quality::Regression(test) => {
            vec![("errors", format!("root mean square {:.4}, mean absolute {:.4}", test.rmse, test.mae))]
        }
    }
}
