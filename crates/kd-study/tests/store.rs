//! What a results folder keeps, finds and says, and what it says when it cannot.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;

use kd_study::run::Runner;
use kd_study::spec::{Keep, Order, RunId};
use kd_study::store::Sibling;
use kd_study::store::record::{Failure, FailureKind, Outcome, RunRecord};
use kd_study::store::weights::{export, import};
use kd_study::{Architecture, Error, Input, Plan, Store, Study};
use tch::{Device, Tensor};

const STUDY: &str = r#"
[study]
name = "blobs"
seeds = [1]

[tasks.blobs]
data.gaussian_blobs = { train = 60, test = 20, classes = 3, dimensions = 2, separation = 1.0 }
teacher = { model.mlp.hidden = [4], train = { budget.steps = 40, optimizer.adamw.learning_rate = 1e-2 } }
[tasks.blobs.student]
model.mlp.hidden = [4]
samples = [10]
train = { budget.steps = 40, optimizer.adamw.learning_rate = 1e-2 }

[arms.taught]
objective.distillation = { temperature = 2.0 }
"#;

fn study() -> Study {
    Study::parse(STUDY, "folder/blobs.toml").unwrap()
}

/// A store with the runs of the study: a teacher and its student.
fn trained(folder: &Path) -> (Store, Vec<RunRecord>) {
    let store = Store::create(folder).unwrap();
    let mut runner = Runner::new(store.clone(), Device::Cpu);
    let plan = Plan::new(&study()).unwrap();
    let records = plan.runs.iter().map(|run| runner.run(&run.order()).unwrap()).collect();
    (store, records)
}

#[test]
fn a_study_is_kept_as_it_was_run() {
    for (study, smoke) in [(study(), ""), (study().smoke(), " --smoke")] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        let plan = Plan::new(&study).unwrap();
        store.save(&study, &plan).unwrap();
        assert_eq!(fs_err::read_to_string(store.study_path()).unwrap(), STUDY);
        let root = folder.path().display();
        assert_eq!(store.command().unwrap(), format!("kd run folder/blobs.toml{smoke} --out {root}"));
        assert_eq!(store.plan().unwrap(), plan);
        // Results of the first format keep none.
        fs_err::remove_file(folder.path().join("plan.json")).unwrap();
        assert_eq!(store.plan().unwrap(), plan);
        assert_eq!(Store::open(folder.path()).unwrap().root(), folder.path());
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let study = study();
    store.save(&study, &Plan::new(&study).unwrap()).unwrap();
    let complaint = |name: &str, text: &str| {
        store.write(name, text.as_bytes()).unwrap();
        let error = match name {
            "plan.json" => store.plan().unwrap_err(),
            _ => store.command().unwrap_err(),
        };
        error.to_string().replace(&folder.path().display().to_string(), "")
    };
    let said = complaint("plan.json", "{");
    assert!(said.contains("/plan.json") && said.contains("--out of this folder to write it anew"), "{said}");
    let said = complaint("plan.json", "{\"format\":4}");
    assert!(said.contains("have format 4, and this kd knows formats up to 3"), "{said}");
    let said = complaint("plan.json", "{\"format\":3}");
    assert!(said.contains("missing field `plan`"), "{said}");
    let said = complaint("invocation.json", "{}");
    assert!(said.contains("missing field `source`") && said.contains("--out of this folder"), "{said}");
}

#[test]
fn runs_are_found_by_their_first_digits() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let ids = ["aa0", "ab0", "b00"].map(|start| format!("{start:0<32}").parse::<RunId>().unwrap());
    for id in &ids {
        fs_err::create_dir(store.run_path(id)).unwrap();
    }
    fs_err::create_dir(folder.path().join("runs/bystander")).unwrap();
    assert_eq!(store.find("b").unwrap(), Some(ids[2].clone()));
    assert_eq!(store.find("ab").unwrap(), Some(ids[1].clone()));
    assert_eq!(store.find("c").unwrap(), None);
    let said = store.find("a").unwrap_err().to_string();
    assert_eq!(said, "2 runs start with `a`; give more digits");
    assert_eq!(ids[2].short(), "b0000000");
    for wrong in ["", "b00", &"g".repeat(32), &"A".repeat(32), &"0".repeat(33)] {
        let said = wrong.parse::<RunId>().unwrap_err();
        assert_eq!(said, format!("expected a run id of 32 hexadecimal digits, found `{wrong}`"));
    }
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (store, records) = trained(folder.path());
    for record in &records {
        assert_eq!(store.record(&record.id).unwrap().as_ref(), Some(record));
        let rows = store.subset(&record.id).unwrap();
        assert_eq!(rows.len() as u64, record.spec.samples());
        assert!(rows.is_sorted_by(|a, b| a < b) && rows.last().is_some_and(|&row| row < 60));
        assert!(!record.is_failure() && !record.is_worth_retrying());
    }
    let [teacher, student] = &records[..] else { panic!("two runs expected") };

    let failed = |kind| RunRecord {
        outcome: Outcome::Failed(Failure { kind, reason: "for a test".to_owned() }),
        ..teacher.clone()
    };
    assert!(!failed(FailureKind::Deterministic).is_worth_retrying());
    assert!(
        failed(FailureKind::Environment).is_failure() && failed(FailureKind::Environment).is_worth_retrying()
    );
    // Whoever publishes first wins.
    store.publish_record(&failed(FailureKind::Deterministic)).unwrap();
    assert_eq!(store.record(&teacher.id).unwrap().as_ref(), Some(teacher));
    store.forget(&teacher.id).unwrap();
    assert_eq!(store.record(&teacher.id).unwrap(), None);
    store.publish_record(&failed(FailureKind::Deterministic)).unwrap();
    assert!(store.subset(&teacher.id).unwrap_err().to_string().contains("subset.json"));

    fs_err::write(store.run_path(&student.id).join("record.json"), "{").unwrap();
    let said = store.record(&student.id).unwrap_err().to_string();
    assert!(said.contains("record.json") && said.contains("remove this run's folder"), "{said}");
}

/// The bytes of `path` with one bit flipped.
fn flipped(path: &Path, byte: usize) -> Vec<u8> {
    let mut bytes = fs_err::read(path).unwrap();
    bytes[byte] ^= 1 << (byte % 8);
    bytes
}

#[test]
fn a_flipped_bit_of_a_record_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, records) = trained(folder.path());
    let [teacher, _] = &records[..] else { panic!("two runs expected") };
    let files: Vec<&str> = teacher.files.keys().map(String::as_str).collect();
    let kept = [
        "encoder.json",
        "history.csv",
        "outputs.safetensors",
        "predictions.safetensors",
        "subset.json",
        "weights.safetensors",
    ];
    assert!(files == kept && teacher.seal.is_some());
    let path = store.run_path(&teacher.id).join("record.json");
    let whole = fs_err::read(&path).unwrap();
    for byte in (0..whole.len()).step_by(3) {
        fs_err::write(&path, flipped(&path, byte)).unwrap();
        match store.record(&teacher.id) {
            // The last digit of a number may be another without making another number of it.
            Ok(record) => assert!(record.as_ref() == Some(teacher) && whole[byte].is_ascii_digit(), "{byte}"),
            Err(error) => {
                let said = error.to_string();
                assert!(said.contains("record.json") && said.contains("remove this run's folder"), "{said}");
            }
        }
        fs_err::write(&path, &whole).unwrap();
    }
    // Spaces and the order of keys say nothing.
    let said: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    fs_err::write(&path, said.to_string()).unwrap();
    assert_eq!(store.record(&teacher.id).unwrap().as_ref(), Some(teacher));
    // What this program knows nothing of is sealed too.
    let mut more = said;
    more["outcome"]["finished"]["more"] = 1.into();
    fs_err::write(&path, more.to_string()).unwrap();
    let said = store.record(&teacher.id).unwrap_err().to_string();
    assert!(said.contains("its seal is broken: it is not what was published"), "{said}");
}

#[test]
fn a_damaged_file_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let (store, records) = trained(folder.path());
    let [teacher, student] = &records[..] else { panic!("two runs expected") };
    let is_damaged = |name: &str, error: &Error| {
        let said = error.to_string();
        let kept = &teacher.files[name];
        assert!(
            error.may_pass() && said.contains(name) && said.contains(&format!(", not {kept}; ")),
            "{said}"
        );
    };
    let out = folder.path().join("out.safetensors");
    for name in ["encoder.json", "outputs.safetensors", "weights.safetensors"] {
        let path = store.verified(&teacher.id, name).unwrap();
        assert_eq!(path, store.run_path(&teacher.id).join(name));
        let whole = fs_err::read(&path).unwrap();
        fs_err::write(&path, flipped(&path, whole.len() / 2)).unwrap();
        assert!(store.clone().verified(&teacher.id, name).is_ok(), "a process looks once");
        let fresh = Store::create(folder.path()).unwrap();
        is_damaged(name, &fresh.verified(&teacher.id, name).unwrap_err());
        match name {
            "outputs.safetensors" => {
                fresh.forget(&student.id).unwrap();
                let order = Order { spec: student.spec.clone(), keep: Keep::default() };
                let record = Runner::new(fresh.clone(), Device::Cpu).run(&order).unwrap();
                let Outcome::Failed(failure) = &record.outcome else { panic!("it heard what is damaged") };
                assert_eq!(failure.kind, FailureKind::Environment);
                assert!(failure.reason.contains("is not what was published"), "{}", failure.reason);
            }
            "weights.safetensors" => {
                is_damaged(name, &export(&fresh, &teacher.id, &out).unwrap_err());
                assert!(!out.exists());
            }
            _ => {}
        }
        fs_err::remove_file(&path).unwrap();
        let said = fresh.verified(&teacher.id, name).unwrap_err().to_string();
        assert!(said.contains(name) && said.contains("the file is gone; remove this run's folder"), "{said}");
        fs_err::write(&path, whole).unwrap();
        fresh.verified(&teacher.id, name).unwrap();
    }
    let said = store.verified(&student.id, "outputs.safetensors").unwrap_err().to_string();
    assert!(said.contains("its run has published no such file"), "{said}");
    store.forget(&student.id).unwrap();
    let said = store.verified(&student.id, "subset.json").unwrap_err().to_string();
    assert!(said.contains("its run has not been published"), "{said}");
}

#[test]
fn what_is_completed_is_sealed_anew_and_nothing_that_was_damaged_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, records) = trained(folder.path());
    let [_, student] = &records[..] else { panic!("two runs expected") };
    let mut runner = Runner::new(store.clone(), Device::Cpu);
    let mut order = Order { spec: student.spec.clone(), keep: Keep { weights: true, ..Keep::default() } };
    let record = runner.run(&order).unwrap();
    assert!(!student.files.contains_key("weights.safetensors"));
    store.verified(&student.id, "weights.safetensors").unwrap();
    assert_eq!(store.record(&student.id).unwrap(), Some(record));
    let history = store.run_path(&student.id).join("history.csv");
    let whole = fs_err::read(&history).unwrap();
    fs_err::write(&history, flipped(&history, 10)).unwrap();
    order.keep.outputs = true;
    let said = runner.run(&order).unwrap_err().to_string();
    assert!(said.contains("history.csv is not what was published"), "{said}");
    fs_err::write(&history, whole).unwrap();
    let record = runner.run(&order).unwrap();
    assert!(record.files.contains_key("outputs.safetensors"));
    store.verified(&student.id, "outputs.safetensors").unwrap();
}

#[test]
fn the_folders_beside_one_are_found_whatever_it_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["b", "a", "here"] {
        Store::create(&at(name)).unwrap();
    }
    fs_err::write(at("file"), "").unwrap();
    fs_err::create_dir(at("bystander")).unwrap();
    std::os::unix::fs::symlink(at("here"), at("again")).unwrap();
    for name in ["here", "here/", "here/.", "again", "here/runs/.."] {
        let store = Store::create(&at(name)).unwrap();
        let siblings = store.siblings().unwrap();
        let found: Vec<&Path> = siblings.iter().map(Sibling::root).collect();
        assert_eq!(found, [at("a"), at("b")], "{name}");
    }
}

#[test]
fn what_another_folder_has_of_a_run_is_copied_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (there, records) = trained(&folder.path().join("there"));
    let [teacher, student] = &records[..] else { panic!("two runs expected") };
    let here = Store::create(&folder.path().join("here")).unwrap();
    let [sibling] = &here.siblings().unwrap()[..] else { panic!("one folder expected") };
    let id = &teacher.id;
    let adopt = || here.adopt(id, &Keep::default(), sibling, |_| true);
    let file = |store: &Store, name: &str| store.run_path(id).join(name);
    let bytes = |store: &Store, name: &str| fs_err::read(file(store, name)).unwrap();

    assert_eq!(here.adopt(id, &Keep::default(), sibling, |_| false).unwrap(), None);
    let absent = "0".repeat(32).parse().unwrap();
    assert_eq!(here.adopt(&absent, &Keep::default(), sibling, |_| true).unwrap(), None);
    let whole = bytes(&there, "record.json");
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut record = serde_json::from_slice(&whole).unwrap();
        change(&mut record);
        fs_err::write(file(&there, "record.json"), record.to_string()).unwrap();
        let said = adopt().unwrap_err().to_string();
        fs_err::write(file(&there, "record.json"), &whole).unwrap();
        said
    };
    let said = changed(&|record| record["seconds"] = 0.into());
    assert!(said.contains("its seal is broken"), "{said}");
    let said =
        changed(&|record| record.as_object_mut().unwrap().retain(|key, _| key != "files" && key != "seal"));
    assert!(said.contains("record.json: it has no checksums"), "{said}");
    for name in teacher.files.keys() {
        let kept = bytes(&there, name);
        fs_err::write(file(&there, name), flipped(&file(&there, name), kept.len() / 2)).unwrap();
        let said = adopt().unwrap_err().to_string();
        let path = file(&there, name).display().to_string();
        assert!(said.starts_with(&path) && said.contains("is not what was published"), "{said}");
        fs_err::remove_file(file(&there, name)).unwrap();
        let said = adopt().unwrap_err().to_string();
        assert!(said.starts_with(&path) && said.contains("the file is gone"), "{said}");
        fs_err::write(file(&there, name), kept).unwrap();
    }
    assert!(here.published().unwrap().is_empty());
    assert_eq!(fs_err::read_dir(here.root().join("attempts")).unwrap().count(), 0);

    // A student's weights are not kept unless that is asked for.
    let more = Keep { weights: true, ..Keep::default() };
    assert_eq!(here.adopt(&student.id, &more, sibling, |_| true).unwrap(), None);
    assert_eq!(here.adopt(&student.id, &Keep::default(), sibling, |_| true).unwrap().as_ref(), Some(student));
    assert_eq!(here.adopt(&student.id, &Keep::default(), sibling, |_| true).unwrap(), None, "it is here");
    here.forget(&student.id).unwrap();

    assert_eq!(adopt().unwrap().as_ref(), Some(teacher));
    for name in teacher.files.keys().map(String::as_str).chain(["record.json"]) {
        assert!(bytes(&here, name) == bytes(&there, name), "{name}");
        assert!(name == "record.json" || here.verified(id, name).is_ok());
    }
    // A run under the name of another.
    fs_err::rename(there.run_path(id), there.run_path(&absent)).unwrap();
    let [sibling] = &here.siblings().unwrap()[..] else { panic!("one folder expected") };
    let said = here.adopt(&absent, &Keep::default(), sibling, |_| true).unwrap_err().to_string();
    assert!(said.contains("record.json: it is of another run"), "{said}");
}

#[test]
fn runs_of_before_there_were_checksums_are_read() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/results-1");
    let store = Store::open(&old).unwrap();
    let teacher = store.find("0052eff5").unwrap().unwrap();
    let record = store.record(&teacher).unwrap().unwrap();
    assert!(record.files.is_empty() && record.seal.is_none());
    assert!(store.verified(&teacher, "outputs.safetensors").unwrap().is_file());
    let folder = tempfile::tempdir().unwrap();
    export(&store, &teacher, &folder.path().join("out.safetensors")).unwrap();
}

#[test]
fn weights_leave_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let (store, records) = trained(folder.path());
    let [teacher, student] = &records[..] else { panic!("two runs expected") };
    let out = folder.path().join("out.safetensors");
    let said = export(&store, &student.id, &out).unwrap_err().to_string();
    assert!(said.starts_with(&format!("run {} keeps no weights", student.id)), "{said}");
    assert!(!out.exists());
    export(&store, &teacher.id, &out).unwrap();
    let kept = store.run_path(&teacher.id).join("weights.safetensors");
    assert_eq!(fs_err::read(&out).unwrap(), fs_err::read(kept).unwrap());

    let architecture = |text: &str| -> Architecture { serde_json::from_str(text).unwrap() };
    let own = architecture(r#"{"mlp":{"hidden":[4]}}"#);
    let again = folder.path().join("again.safetensors");
    let features = Input::Features { width: 2 };
    import(&out, &own, features, 3, &again).unwrap();
    let sorted = |path: &Path| {
        let mut tensors = Tensor::read_safetensors(path).unwrap();
        tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
        tensors
    };
    let (before, after) = (sorted(&out), sorted(&again));
    assert!(before.len() == 4 && before == after);
    let wider = architecture(r#"{"mlp":{"hidden":[5]}}"#);
    fs_err::remove_file(&again).unwrap();
    assert!(import(&out, &wider, features, 3, &again).unwrap_err().to_string().contains("hidden0.weight"));
    assert!(!again.exists(), "nothing is written");
}

/// A run that meets a file or data that changed since it was planned.
#[test]
fn what_changed_since_planning_fails_the_run_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.csv");
    let points = |shift: usize| {
        let row = |row: usize| format!("{},{}\n", row % 7 + shift, ["a", "b"][row % 2]);
        format!("x,class\n{}", (0..40).map(row).collect::<String>())
    };
    fs_err::write(&path, points(0)).unwrap();
    let data =
        format!("data.csv = {{ path = '{}', test.last = 0.25, columns.target = \"class\" }}", path.display());
    let blobs =
        "data.gaussian_blobs = { train = 60, test = 20, classes = 3, dimensions = 2, separation = 1.0 }";
    let text = STUDY.replace(blobs, &data);
    let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap();
    fs_err::write(&path, points(1)).unwrap();
    let store = Store::create(&folder.path().join("results")).unwrap();
    let record = Runner::new(store.clone(), Device::Cpu).run(&plan.runs[0].order()).unwrap();
    let Outcome::Failed(failure) = &record.outcome else { panic!("it cannot be trained") };
    assert_eq!(failure.kind, FailureKind::Deterministic);
    assert!(failure.reason.starts_with("data set `points.csv` has changed"), "{}", failure.reason);
    // Its student fails for want of its outputs, which may be there another time.
    fs_err::write(&path, points(0)).unwrap();
    let record = Runner::new(store.clone(), Device::Cpu).run(&plan.runs[1].order()).unwrap();
    let Outcome::Failed(failure) = &record.outcome else { panic!("it has no teacher") };
    assert_eq!(failure.kind, FailureKind::Environment);
    assert!(record.is_worth_retrying());
}
