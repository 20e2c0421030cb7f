//! Runs that a study does not ask for any more.

use std::path::Path;

use kd_study::Store;
use serde_json::Value;

use crate::{TINY, folder_with, output, stderr, stdout, without_hashes};

/// A folder in which the tiny study was trained, and once more after it had lost its control, as `study.toml`; the
/// first is `first.toml`.
fn scene() -> tempfile::TempDir {
    let folder = folder_with(TINY);
    let first = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    fs_err::write(folder.path().join("first.toml"), TINY).unwrap();
    let (changed, _) = TINY.split_once("[arms.permuted]").unwrap();
    fs_err::write(folder.path().join("study.toml"), changed).unwrap();
    let again = output(folder.path(), &["run", "study.toml"]);
    assert!(stderr(&again).contains("10 runs (10 done, 0 to train)"), "{}", stderr(&again));
    folder
}

fn prune(folder: &Path, more: &[&str]) -> String {
    let pruned = output(folder, &[&["prune", "results/tiny"], more].concat());
    assert_eq!(pruned.status.code(), Some(0), "{}", stderr(&pruned));
    stdout(&pruned)
}

/// The text with every size in it as `SIZE`, whatever room it takes: how long a run took is in its record, to a varying
/// number of digits.
fn without_sizes(text: &str) -> String {
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        for unit in 1..words.len() {
            if words[unit] == "kB" {
                words[unit - 1] = "SIZE";
            }
        }
        words.join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn runs(folder: &Path) -> usize {
    fs_err::read_dir(folder.join("results/tiny/runs")).unwrap().count()
}

#[test]
fn what_no_study_asks_for_is_listed_and_removed() {
    let folder = scene();
    let listed: Value =
        serde_json::from_str(&prune(folder.path(), &["--dry-run", "--format", "json"])).unwrap();
    assert_eq!(listed["removed"], false);
    let run = &listed["runs"][0];
    assert_eq!(
        (&run["data"], &run["part"], &run["samples"]),
        (&"optdigits".into(), &"student".into(), &20.into())
    );
    assert!(run.pointer("/objective/distillation/supervision/permuted").is_some(), "{run}");
    let sizes = listed["runs"].as_array().unwrap().iter().map(|run| run["bytes"].as_u64().unwrap());
    assert_eq!(listed["bytes"], sizes.sum::<u64>());

    let told = prune(folder.path(), &["--dry-run"]);
    insta::assert_snapshot!(without_sizes(&without_hashes(&told)));
    assert_eq!(runs(folder.path()), 14);
    assert_eq!(prune(folder.path(), &["--keep", "first.toml"]), "Every run here is asked for.\n");

    // What is known of a comparison goes with its run.
    let comparisons = folder.path().join("results/tiny/comparisons");
    fs_err::create_dir_all(&comparisons).unwrap();
    for (name, of) in [("gone", run["id"].as_str().unwrap()), ("stays", &"0".repeat(32))] {
        fs_err::write(comparisons.join(name), format!("{{\"run\":\"{of}\"}}")).unwrap();
    }
    let told = prune(folder.path(), &[]);
    assert!(told.lines().last().unwrap().starts_with("Removed 4 runs, "), "{told}");
    assert_eq!(runs(folder.path()), 10);
    assert!(comparisons.join("stays").is_file() && !comparisons.join("gone").exists());
    assert_eq!(fs_err::read_dir(folder.path().join("results/tiny/attempts")).unwrap().count(), 0);
    let status = output(folder.path(), &["status", "results/tiny"]);
    assert!(stdout(&status).starts_with("tiny: 10 runs, 10 finished, "), "{}", stdout(&status));
    assert_eq!(prune(folder.path(), &[]), "Every run here is asked for.\n");
}

#[test]
fn a_run_that_cannot_be_read_is_removed_like_others() {
    let folder = scene();
    let listed: Value =
        serde_json::from_str(&prune(folder.path(), &["--dry-run", "--format", "json"])).unwrap();
    let run = listed["runs"][0]["id"].as_str().unwrap();
    let record = folder.path().join("results/tiny/runs").join(run).join("record.json");
    fs_err::write(record, "{").unwrap();
    let told = prune(folder.path(), &[]);
    assert!(told.lines().next().unwrap().ends_with("  its record cannot be read"), "{told}");
    assert_eq!(runs(folder.path()), 10);
}

#[test]
fn nothing_is_removed_while_a_study_runs_or_where_nothing_is_known() {
    let folder = scene();
    let results = folder.path().join("results/tiny");
    let refused = |expected: &str| {
        let pruned = output(folder.path(), &["prune", "results/tiny"]);
        assert_eq!(pruned.status.code(), Some(2));
        assert!(stderr(&pruned).contains(expected), "{}", stderr(&pruned));
        assert_eq!(runs(folder.path()), 14);
    };
    let lock = Store::open(&results).unwrap().lock().unwrap();
    refused("results/tiny is in use by another `kd run` or `kd prune`");
    prune(folder.path(), &["--dry-run"]);
    drop(lock);
    fs_err::remove_file(results.join("plan.json")).unwrap();
    refused("plan.json: is not there, so that nothing tells which runs are asked for");
}
