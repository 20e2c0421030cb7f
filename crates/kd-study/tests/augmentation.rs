//! Training on views: where these change nothing, neither do results, whoever looks at them.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;

use kd_study::run::Runner;
use kd_study::store::record::{Measures, Outcome, RunRecord};
use kd_study::{Plan, Store, Study};
use tch::Device;

const STUDY: &str = r#"
[study]
name = "views"
seeds = [1]

[tasks.digits]
data.catalogue.name = "optdigits"

[tasks.digits.teacher]
model.mlp = { hidden = [24] }
samples = 300
members = 2
train = { budget.steps = 40, evaluations = 1, optimizer.adamw.learning_rate = 1e-2 }

[tasks.digits.student]
model.mlp = { hidden = [16] }
samples = [40]
train = { budget.steps = 20, batch = 16, evaluations = 1, optimizer.adamw.learning_rate = 1e-2 }

[arms.corrected]
objective.distillation = { temperature = 2.0, label_weight = 0.5, supervision.where_right = {} }

[arms.ensemble]
objective.distillation = { temperature = 2.0, supervision.ensemble = {} }

[arms.hint]
objective.features = { student = "hidden0", teacher = "hidden0", loss.hint = {} }
"#;

const TASK: &str = "data.catalogue.name = \"optdigits\"\n";

/// The records of the study with these lines in its task.
fn trained(lines: &str, folder: &Path) -> Vec<RunRecord> {
    let text = STUDY.replace(TASK, &format!("{TASK}{lines}\n"));
    let store = Store::create(folder).unwrap();
    let mut runner = Runner::new(store, Device::Cpu);
    let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap();
    plan.runs.iter().map(|run| runner.run(&run.order()).unwrap()).collect()
}

fn measures(record: &RunRecord) -> &Measures {
    match &record.outcome {
        Outcome::Finished(measures) => measures,
        Outcome::Failed(failure) => panic!("{}", failure.reason),
    }
}

/// The final loss and the score on the test split, which together tell two trainings apart.
fn results(lines: &str) -> Vec<(f64, f64)> {
    let folder = tempfile::tempdir().unwrap();
    let of = |record: &RunRecord| {
        let measures = measures(record);
        (measures.convergence.unwrap().final_loss, measures.test.score())
    };
    trained(lines, folder.path()).iter().map(of).collect()
}

#[test]
fn views_that_change_nothing_change_no_result() {
    let plain = results("");
    assert_eq!(plain.len(), 5);
    let never = "augmentation.flip.probability = 1e-300";
    assert_eq!(results(&format!("{never}\nteacher_view = \"clean\"")), plain);
    // So small an alpha makes every share 0 or 1: a batch stays or comes in another order, its targets with it.
    let mixed = "augmentation.mix.mixup.alpha = 1e-9";
    for (lines, view) in [(never, "same"), (mixed, "same"), (mixed, "clean")] {
        let found = results(&format!("{lines}\nteacher_view = \"{view}\""));
        for ((loss, score), (plain_loss, plain_score)) in found.iter().zip(&plain) {
            assert!((loss - plain_loss).abs() < 1e-3 * plain_loss, "{lines}, {view}: {loss}, {plain_loss}");
            assert!((score - plain_score).abs() < 5e-3, "{lines}, {view}: {score}, {plain_score}");
        }
    }
}

#[test]
fn a_teachers_view_matters_to_its_students_alone() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let augmentation = "augmentation = { crop.padding = 1, cutout.size = 4 }\nteacher_view";
    let [same, clean] = [("same", 0), ("clean", 1)]
        .map(|(view, folder)| trained(&format!("{augmentation} = \"{view}\""), folders[folder].path()));
    for (same, clean) in same.iter().zip(&clean) {
        let heard = same.spec.objective.needs_teacher();
        assert_eq!(same.id != clean.id, heard);
        assert_eq!(measures(same).test != measures(clean).test, heard);
    }
}
