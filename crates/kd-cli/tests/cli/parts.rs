//! Parts of a study, as `--only` tells them, and the list of its runs.

use std::path::Path;

use serde_json::Value;

use crate::{TINY, folder_with, output, stderr, stdout};

/// What `kd ARGUMENTS` prints, having been right.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "kd {}: {}", arguments.join(" "), stderr(&output));
    stdout(&output)
}

#[test]
fn a_part_is_trained_listed_and_reported_alone() {
    let folder = folder_with(TINY);
    let here = folder.path();
    let run = output(here, &["run", "study.toml", "--only", "M<=20", "--only", "arm!=permuted"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    // Two seeds of two arms, and their teachers, whose N is another M.
    assert!(stderr(&run).contains("Finished 6 runs"), "{}", stderr(&run));
    let status = printed(here, &["status", "results/tiny"]);
    assert_eq!(status, "tiny: 14 runs, 6 finished, 0 failed, 8 missing\n", "the plan is whole");

    let columns = "task,arm,samples,seed,state";
    let listed = printed(here, &["runs", "results/tiny", "--columns", columns, "--only", "seed=1"]);
    let cut = ["--sort", "M", "--descending", "--limit", "3"];
    let most = printed(here, &[&["runs", "results/tiny", "--columns", columns], &cut[..]].concat());
    insta::assert_snapshot!(format!("{listed}\n{most}"));
    assert_eq!(printed(here, &["runs", "results/tiny", "--only", "state=failed"]).lines().count(), 1);

    let usual = printed(here, &["runs", "results/tiny", "--only", "state=finished", "--format", "json"]);
    let usual: Vec<Value> = serde_json::from_str(&usual).unwrap();
    let names: Vec<&str> = usual[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["M", "arm", "run", "score", "seconds", "seed", "state", "task"]);
    assert_eq!(usual.len(), 6);
    let id = usual[5]["run"].as_str().unwrap();
    let scored = printed(
        here,
        &["runs", "results/tiny", "--only", &format!("run={id}"), "--columns", "test_accuracy,run"],
    );
    let accuracy = usual[5]["score"].as_f64().unwrap();
    let expected =
        format!("test_accuracy  run\n{:>13}  {}\n", format!("{:.2} %", 100.0 * accuracy), &id[..8]);
    assert_eq!(scored, expected);

    // The best of those that have a score comes first, and those without one last.
    let best = ["--sort", "score", "--descending", "--format", "json"];
    let best: Vec<Value> =
        serde_json::from_str(&printed(here, &[&["runs", "results/tiny"], &best[..]].concat())).unwrap();
    let scores: Vec<Option<f64>> = best.iter().map(|run| run["score"].as_f64()).collect();
    assert!(scores[..6].is_sorted_by(|a, b| a >= b) && scores[6..].iter().all(Option::is_none), "{scores:?}");
}

#[test]
fn a_report_on_a_part_leaves_that_on_the_whole() {
    let folder = folder_with(TINY);
    let here = folder.path();
    let run = output(here, &["run", "study.toml", "--only", "M=20", "--only", "seed=1"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let whole = fs_err::read(here.join("results/tiny/findings.json")).unwrap();
    let only = ["report", "results/tiny", "--only", "arm!=permuted", "--only", "M=20"];
    let told = printed(here, &only);
    assert!(
        told.ends_with(
            "Part of the study, 6 of 14 runs: arm!=permuted, M=20; no file is written without --out\n"
        ),
        "{told}"
    );
    let out = [&only[..], &["--out", "parts/few"]].concat();
    assert!(printed(here, &out).ends_with("\nReport: parts/few/report.html\n"));
    assert_eq!(fs_err::read(here.join("results/tiny/findings.json")).unwrap(), whole, "as it was");
    let mut names: Vec<String> = fs_err::read_dir(here.join("parts/few"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["findings.json", "report.html", "report.md", "results.csv", "results.parquet", "timings.csv"]
    );
    let findings: Value =
        serde_json::from_slice(&fs_err::read(here.join("parts/few/findings.json")).unwrap()).unwrap();
    assert_eq!(findings["study"]["tasks"][0]["samples"], serde_json::json!([20]));
    let part = serde_json::json!(["part of the study", "arm!=permuted, M=20"]);
    assert!(findings["study"]["provenance"].as_array().unwrap().contains(&part));
    assert!(!fs_err::read_to_string(here.join("parts/few/results.csv")).unwrap().contains("permuted"));

    // The whole, somewhere else.
    printed(here, &["report", "results/tiny", "--out", "copy"]);
    assert_eq!(fs_err::read(here.join("copy/findings.json")).unwrap(), whole);
}
