//! What must not move: which runs a study plans, under which ids, and what they compute, to the last bit.
//!
//! Each study in `studies/` is planned and run as it is, every run in a fraction of a second. `values/` has a file for
//! each of them that holds, for each run, its specification and id, the hashes of its files, its history and every
//! measure. The last bits depend on the processor; on another one than the values were written on, numbers need only be
//! close, but of a few runs that hang by a last bit, and the test says so.
//!
//! Where something is meant to move, `KD_PINNED=write cargo test -p kd-study --test pinned` writes the values anew: read
//! the difference before you commit it, and raise `SCHEMA` where the same specification now gives other numbers. What a
//! run or a table has beyond the values is not looked at.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

mod columns;
mod machine;
mod results;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use kd_models::Architecture;
use kd_study::plan::PlannedRun;
use kd_study::results::{Comparisons, Measured};
use kd_study::run::Runner;
use kd_study::spec::RunSpec;
use kd_study::store::record::RunRecord;
use kd_study::{Plan, Store, Study};
use serde_json::{Value, json};
use tch::Device;

use crate::values::{Values, flatten};

/// The studies, each of which has a test.
const STUDIES: [&str; 9] = [
    "augmentation",
    "elsewhere",
    "modalities",
    "numbers",
    "objectives",
    "representation",
    "samples",
    "solving",
    "training",
];

#[test]
fn augmentation() {
    pinned("augmentation");
}

#[test]
fn elsewhere() {
    pinned("elsewhere");
}

#[test]
fn modalities() {
    pinned("modalities");
}

#[test]
fn numbers() {
    pinned("numbers");
}

#[test]
fn objectives() {
    pinned("objectives");
}

#[test]
fn representation() {
    pinned("representation");
}

#[test]
fn samples() {
    pinned("samples");
}

#[test]
fn solving() {
    pinned("solving");
}

#[test]
fn training() {
    pinned("training");
}

#[test]
fn every_study_is_pinned() {
    for (folder, extension) in [("studies", "toml"), ("values", "json")] {
        let files = fs_err::read_dir(here().join(folder)).unwrap();
        let mut names: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .map(|name| name.strip_suffix(&format!(".{extension}")).unwrap().to_owned())
            .collect();
        names.sort();
        assert_eq!(names, STUDIES, "{folder}");
    }
}

/// Whoever wrote a specification, and wherever: its id follows from its JSON alone.
#[test]
fn stored_specifications_keep_their_ids() {
    let mut read = 0;
    for study in STUDIES {
        for (name, run) in Values::read(&values_of(study)).runs {
            let spec: RunSpec = serde_json::from_value(run["spec"].clone()).unwrap();
            assert_eq!(spec.id().unwrap().as_str(), run["id"], "{study}: {name}");
            assert_eq!(serde_json::to_value(&spec).unwrap(), run["spec"], "{study}: {name}");
            read += 1;
        }
    }
    assert!(read > 150, "{read} specifications");
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pinned")
}

fn values_of(study: &str) -> PathBuf {
    here().join("values").join(study).with_extension("json")
}

/// How many runs of a study may come to something else where a number changes its last bit: features compared by angles or
/// nearest neighbours, networks of normalised batches. AMD's processors and Intel's differed in so many.
fn hanging(study: &str) -> usize {
    match study {
        "modalities" => 3,
        "objectives" => 2,
        _ => 0,
    }
}

/// Whether the values are to be written anew.
fn writing() -> bool {
    std::env::var_os("KD_PINNED").is_some_and(|asked| asked == "write")
}

/// Runs a study and holds everything that comes of it to what is stored.
fn pinned(name: &str) {
    let text = fs_err::read_to_string(here().join("studies").join(name).with_extension("toml")).unwrap();
    kd_study::modules::run_by(kd_study::modules::Way::Here);
    let study = Study::parse(&text, "study.toml").unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let plan = Plan::new(&study).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let mut runs = BTreeMap::new();
    train(&plan, &store);
    let mut comparisons = Comparisons::of(&store);
    for run in &plan.runs {
        let record = store.record(&run.id).unwrap().unwrap();
        let Measured { fidelity, representation, collapse, shifted } =
            comparisons.measured(run, &record).unwrap();
        let compared = [
            ("fidelity", fidelity),
            ("representation", representation),
            ("collapse", collapse),
            ("shifted", shifted),
        ];
        columns::hold(&record, &compared);
        let place = format!(
            "{} / {} / {} / seed {}",
            run.place.task, run.place.arm, run.place.samples, run.place.seed
        );
        assert!(runs.insert(place, found(run, &record, &compared, &store)).is_none());
    }
    Values { machine: machine::name(), runs }.hold_to(&values_of(name), hanging(name));
}

/// Trains what a plan asks for, as a worker does; says how many runs that is.
fn train(plan: &Plan, store: &Store) -> usize {
    /// Whoever drops out draws from libtorch's generator, which every other run would seed meanwhile.
    static GENERATOR: RwLock<()> = RwLock::new(());
    tch::set_num_threads(1);
    let mut runner = Runner::new(store.clone(), Device::Cpu);
    let mut train = |run: &PlannedRun| {
        let record = if run.spec.model.architecture().is_some_and(Architecture::drops_out) {
            let _alone = GENERATOR.write();
            runner.run(&run.order())
        } else {
            let _together = GENERATOR.read();
            runner.run(&run.order())
        };
        record.unwrap();
    };
    let runs = plan.distinct();
    for run in &runs {
        train(run);
    }
    runs.len()
}

/// All that is pinned of a run, a value for each name: what compares it with others too.
fn found(
    run: &PlannedRun,
    record: &RunRecord,
    compared: &[(&str, Value)],
    store: &Store,
) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::from([
        ("id".to_owned(), json!(run.id.as_str())),
        ("spec".to_owned(), serde_json::to_value(&run.spec).unwrap()),
    ]);
    flatten("outcome", &serde_json::to_value(&record.outcome).unwrap(), &mut found);
    for (name, of_run) in compared.iter().filter(|(_, of_run)| !of_run.is_null()) {
        flatten(&format!("outcome/finished/{name}"), of_run, &mut found);
    }
    for file in fs_err::read_dir(store.run_path(&run.id)).unwrap() {
        let path = file.unwrap().path();
        match path.file_name().unwrap().to_str().unwrap() {
            "record.json" => {}
            "history.csv" => {
                found.insert("history".to_owned(), history(&path, &["step", "loss", "validation_score"]));
                found.insert("gradient_norms".to_owned(), history(&path, &["step", "gradient_norm"]));
            }
            name => {
                let hash = blake3::hash(&fs_err::read(&path).unwrap()).to_hex();
                found.insert(format!("file/{name}"), json!(hash.as_str()));
            }
        }
    }
    found
}

/// The `columns` of every milestone.
fn history(path: &Path, columns: &[&str]) -> Value {
    let text = fs_err::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let place = |column: &&str| names.iter().position(|name| name == column).unwrap();
    let places: Vec<usize> = columns.iter().map(place).collect();
    let number = |cell: &str| (!cell.is_empty()).then(|| cell.parse::<f64>().unwrap());
    let milestone = |line: Vec<&str>| json!(places.iter().map(|&at| number(line[at])).collect::<Vec<_>>());
    lines.map(milestone).collect()
}
