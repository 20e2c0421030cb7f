//! Studies that share runs: what one has trained, another copies once it is sure that nothing is damaged.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{TINY, folder_with, output, planned, stderr, without_hashes};

/// The tiny study under another name, with an arm in place of the control.
fn second() -> String {
    let (head, _) = TINY.split_once("[arms.permuted]").unwrap();
    head.replace("\"tiny\"", "\"second\"") + "[arms.smooth]\nobjective.label_smoothing = { epsilon = 0.1 }\n"
}

/// A folder in which the tiny study has been trained, and where the second waits beside it.
fn scene() -> tempfile::TempDir {
    let folder = folder_with(TINY);
    let first = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    fs_err::write(folder.path().join("second.toml"), second()).unwrap();
    folder
}

fn run_second(folder: &Path, more: &[&str]) -> String {
    let run = output(folder, &[&["run", "second.toml"], more].concat());
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    stderr(&run)
}

/// The folder of the first run of the tiny study that is so.
fn run_of(folder: &Path, is_so: impl Fn(&Value) -> bool) -> PathBuf {
    let plan = output(folder, &["plan", "study.toml", "--format", "json"]);
    let plan = planned(&plan);
    let run = plan.iter().find(|run| is_so(run)).unwrap();
    folder.join("results/tiny/runs").join(run["id"].as_str().unwrap())
}

/// Flips a bit of the byte at `place`.
fn flip(path: &Path, place: usize) {
    let mut bytes = fs_err::read(path).unwrap();
    bytes[place] ^= 4;
    fs_err::write(path, bytes).unwrap();
}

fn table(folder: &Path) -> Vec<u8> {
    fs_err::read(folder.join("results/second/results.parquet")).unwrap()
}

#[test]
fn what_a_study_beside_it_has_trained_is_adopted() {
    let folder = scene();
    let said = run_second(folder.path(), &[]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "     Adopted 10 runs from results/tiny");
    assert!(lines[1].contains("Planned 14 runs (10 done, 4 to train)"), "{said}");
    assert_eq!(said.matches("DONE").count(), 4, "{said}");
    assert!(
        lines.iter().filter(|line| line.contains("DONE")).all(|line| line.contains("· smooth ·")),
        "{said}"
    );

    // Alone, it comes to the same.
    let alone = folder_with("");
    fs_err::write(alone.path().join("second.toml"), second()).unwrap();
    assert!(!run_second(alone.path(), &[]).contains("Adopted"));
    assert!(table(folder.path()) == table(alone.path()));
    // What has been adopted needs its source no more, and may be adopted in turn.
    fs_err::remove_dir_all(folder.path().join("results/tiny")).unwrap();
    let first = output(folder.path(), &["run", "study.toml"]);
    assert!(stderr(&first).starts_with("     Adopted 10 runs from results/second\n"), "{}", stderr(&first));
}

#[test]
fn nothing_is_adopted_that_was_not_asked_for_or_is_of_another_environment() {
    let folder = scene();
    let said = run_second(folder.path(), &["--no-adopt"]);
    assert!(said.contains("(0 done, 14 to train)") && !said.contains("dopted"), "{said}");
    fs_err::remove_dir_all(folder.path().join("results/second")).unwrap();
    for run in fs_err::read_dir(folder.path().join("results/tiny/runs")).unwrap() {
        // As an older version would have left it, which knew no seals either.
        let path = run.unwrap().path().join("record.json");
        let mut record: Value = serde_json::from_slice(&fs_err::read(&path).unwrap()).unwrap();
        record["environment"]["version"] = "0.0.1".into();
        record.as_object_mut().unwrap().retain(|key, _| key != "files" && key != "seal");
        fs_err::write(&path, record.to_string()).unwrap();
    }
    let said = run_second(folder.path(), &[]);
    assert!(said.contains("(0 done, 14 to train)") && !said.contains("ADOPTED"), "{said}");
}

#[test]
fn what_is_damaged_is_trained_anew() {
    let folder = scene();
    let teacher = run_of(folder.path(), |run| run["arm"] == "teacher");
    let student = run_of(folder.path(), |run| run["arm"] == "labels");
    let other = run_of(folder.path(), |run| run["arm"] == "distilled");
    flip(&teacher.join("outputs.safetensors"), 1000);
    let record = student.join("record.json");
    flip(&record, fs_err::read_to_string(&record).unwrap().find("cpu").unwrap());
    fs_err::remove_file(other.join("subset.json")).unwrap();
    let said = run_second(folder.path(), &[]);
    let told: Vec<&str> = said.lines().take_while(|line| !line.contains("Planned")).collect();
    insta::assert_snapshot!(without_hashes(&told.join("\n")));
    assert!(said.contains("(7 done, 7 to train)"), "{said}");

    let alone = folder_with("");
    fs_err::write(alone.path().join("second.toml"), second()).unwrap();
    run_second(alone.path(), &[]);
    assert!(table(folder.path()) == table(alone.path()));
    let left = fs_err::read_dir(folder.path().join("results/second/attempts")).unwrap();
    assert_eq!(left.count(), 0, "nothing half-copied is left");
}

#[test]
fn one_whole_copy_is_enough() {
    let folder = scene();
    run_second(folder.path(), &[]);
    flip(&run_of(folder.path(), |run| run["arm"] == "teacher").join("weights.safetensors"), 1000);
    let third = output(folder.path(), &["run", "second.toml", "--out", "results/third"]);
    let said = stderr(&third);
    let adopted = "     Adopted 14 runs from results/second\n";
    assert!(said.starts_with(adopted) && said.contains("(14 done, 0 to train)"), "{said}");
}
