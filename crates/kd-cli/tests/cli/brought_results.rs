//! A report on a table of results that somebody brought.

use std::path::Path;

use crate::{TINY, folder_with, output, stderr, stdout};

const TABLE: &str = include_str!("../../../../examples/pytorch/results.csv");

fn with(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join(name), text).unwrap();
    folder
}

fn written(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn one_command_gives_a_report_beside_the_table() {
    let folder = with("digits.csv", TABLE);
    let report = output(folder.path(), &["report", "digits.csv"]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    assert!(stdout(&report).contains("At M = 30, distilled gains +"), "{}", stdout(&report));
    assert!(stdout(&report).ends_with("Report: digits-report/report.html\n"), "{}", stdout(&report));
    assert!(stderr(&report).contains("table 200 rows; arms: `teacher`, `labels`"), "{}", stderr(&report));
    let there = folder.path().join("digits-report");
    assert_eq!(written(&there), ["findings.json", "report.html", "report.md"]);
    let again = output(folder.path(), &["report", "digits.csv", "--metric", "nll"]);
    assert_eq!(
        again.status.code(),
        Some(0),
        "the report on the same table is written again: {}",
        stderr(&again)
    );
    assert!(fs_err::read_to_string(there.join("report.md")).unwrap().contains("lowers NLL"));
}

#[test]
fn arms_and_columns_are_named_by_options() {
    let text = TABLE
        .replace("labels,", "from scratch,")
        .replace("distilled,", "KD,")
        .replace("permuted,", "shuffled,")
        .replace("arm,M,N,", "method,images,teacher_images,");
    let folder = with("runs.csv", &text);
    let options = [
        "report",
        "runs.csv",
        "--labels",
        "from scratch",
        "--distilled",
        "KD",
        "--control",
        "permuted=shuffled",
        "--column",
        "samples=images",
        "--teacher-samples",
        "3823",
        "--factor",
        "teacher_images",
        "--out",
        "a/b",
    ];
    let report = output(folder.path(), &options);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let page = fs_err::read_to_string(folder.path().join("a/b/report.html")).unwrap();
    let command = "kd report runs.csv --labels 'from scratch' --distilled KD --control permuted=shuffled";
    assert!(page.contains(command), "what was typed is kept");
    assert!(stdout(&report).contains("KD gains +"), "{}", stdout(&report));
    let refused = output(folder.path(), &["report", "runs.csv", "--labels", "scratch"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("no column for M"), "{}", stderr(&refused));
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let folder = folder_with(TINY);
    let place = |name: &str| folder.path().join(name);
    fs_err::write(place("good.csv"), "arm,M,seed,acc\nlabels,40,1,0.5\ndistilled,40,1,0.6\n").unwrap();
    fs_err::write(
        place("twice.csv"),
        "arm,M,seed,acc\nlabels,40,1,0.5\nlabels,40,1,0.6\ndistilled,40,1,0.6\n",
    )
    .unwrap();
    fs_err::write(place("percent.csv"), "arm,M,seed,acc\nlabels,40,1,50\ndistilled,40,1,60\n").unwrap();
    fs_err::write(place("book.csv"), b"PK\x03\x04").unwrap();
    fs_err::create_dir(place("other")).unwrap();
    fs_err::write(place("other/report.html"), "mine").unwrap();
    let mut said = String::new();
    for arguments in [
        &["report", "study.toml"][..],
        &["report", "twice.csv"],
        &["report", "percent.csv"],
        &["report", "book.csv"],
        &["report", "good.csv", "--labels", "label"],
        &["report", "good.csv", "--control", "permuted"],
        &["report", "good.csv", "--factor", "width"],
        &["report", "good.csv", "--metric", "accurracy"],
        &["report", "good.csv", "--only", "M=40"],
        &["report", "good.csv", "--out", "other"],
        &["report", "other", "--percent"],
    ] {
        let refused = output(folder.path(), arguments);
        assert_eq!(refused.status.code(), Some(2), "kd {}", arguments.join(" "));
        assert!(refused.stdout.is_empty());
        said.push_str(&format!("$ kd {}\n{}\n", arguments.join(" "), stderr(&refused)));
    }
    assert_eq!(fs_err::read_to_string(place("other/report.html")).unwrap(), "mine");
    insta::assert_snapshot!(said);
}

#[test]
fn what_a_study_wrote_is_read_as_a_table_too() {
    let folder = folder_with(TINY);
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let line = |text: &str| text.lines().find(|line| line.contains("At M = ")).map(str::to_owned);
    let whole = output(folder.path(), &["report", "results/tiny"]);
    for name in ["results.parquet", "results.csv"] {
        let table = format!("results/tiny/{name}");
        let refused = output(folder.path(), &["report", &table, "--out", "results/tiny"]);
        assert!(stderr(&refused).contains("holds the results of a study"), "{}", stderr(&refused));
        let report = output(folder.path(), &["report", &table, "--out", name]);
        assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
        assert!(line(&stdout(&whole)).is_some());
        assert_eq!(line(&stdout(&report)), line(&stdout(&whole)));
    }
}
