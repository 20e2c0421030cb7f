//! Studies of one file each that ask about widths, fresh samples, generations, ensembles and tuned arms: planned, tried and
//! reported.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::{folder_with, output, stderr, stdout};

/// What comes of a study that is planned and tried with these settings.
struct Asked {
    /// What `kd plan` says.
    plan: String,
    findings: Value,
    html: String,
    markdown: String,
    /// What the run left behind.
    folder: tempfile::TempDir,
}

fn ask(name: &str, sets: &[&str]) -> Asked {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/asked").join(name).with_extension("toml");
    let text = fs_err::read_to_string(path).unwrap();
    assert!(text.lines().count() <= 40, "{name} takes {} lines", text.lines().count());
    let folder = folder_with(&text);
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", *set]).collect();
    let run = |arguments: &[&str]| {
        let output = output(folder.path(), &[arguments, &sets[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        stdout(&output)
    };
    let plan = run(&["plan", "study.toml", "--no-probe"]);
    run(&["run", "study.toml", "--smoke", "--out", "results"]);
    let read = |file: &str| fs_err::read_to_string(folder.path().join("results").join(file)).unwrap();
    let findings = serde_json::from_str(&read("findings.json")).unwrap();
    Asked { plan, findings, html: read("report.html"), markdown: read("report.md"), folder }
}

impl Asked {
    /// The levels of each section, in words.
    fn sections(&self) -> Vec<String> {
        let told = |task: &Value| {
            let levels = task["factors"].as_object().into_iter().flatten();
            levels.map(|(factor, level)| format!("{factor} = {level}")).collect::<Vec<_>>().join(", ")
        };
        self.findings["tasks"].as_array().unwrap().iter().map(told).collect()
    }

    /// The ids of an arm's runs, and at how many places they are.
    fn runs(&self, arm: &str) -> (usize, usize) {
        let rows = self.findings["runs"].as_array().unwrap();
        let own: Vec<&str> =
            rows.iter().filter(|row| row["arm"] == arm).map(|row| row["run"].as_str().unwrap()).collect();
        (own.iter().collect::<BTreeSet<_>>().len(), own.len())
    }

    fn says(&self, what: &str) {
        assert!(self.html.contains(what), "the page lacks {what}");
        assert!(self.markdown.contains(what), "the Markdown lacks {what}:\n{}", self.markdown);
    }
}

#[test]
fn widths_of_teachers_and_students_cross() {
    let asked = ask("widths", &["tasks.digits.teacher.train.budget.epochs=20"]);
    insta::assert_snapshot!(asked.plan);
    assert_eq!(asked.sections().len(), 9, "{:?}", asked.sections());
    assert!(asked.sections().contains(&"student width = 64, teacher width = 512".to_owned()));
    // Two seeds, two sizes, three widths of students, which hear three teachers or none.
    assert_eq!(
        (asked.runs("labels"), asked.runs("distilled"), asked.runs("teacher")),
        ((12, 12), (36, 36), (6, 6))
    );
    asked.says("By teacher width");
    asked.says("By student width");
}

#[test]
fn n_is_swept_and_m_goes_beyond_it_on_fresh_samples() {
    let asked = ask(
        "fresh",
        &["tasks.letter.student.train.budget.steps=200", "tasks.letter.student.model.mlp.hidden=[16]"],
    );
    insta::assert_snapshot!(asked.plan);
    assert_eq!(asked.sections(), ["N = 500", "N = 1000", "N = 2000"]);
    let rows = asked.findings["runs"].as_array().unwrap();
    let kappa: Vec<f64> = rows.iter().filter_map(|row| row["kappa"].as_f64()).collect();
    assert!(kappa.iter().any(|&kappa| kappa < 1.0) && kappa.iter().any(|&kappa| kappa > 1.0), "{kappa:?}");
    asked.says("By N");
}

#[test]
fn five_generations_teach_each_other() {
    let asked = ask("generations", &["tasks.digits.teacher.train.budget.epochs=20"]);
    insta::assert_snapshot!(asked.plan);
    assert_eq!(asked.sections(), ["generation = 1", "generation = 2"], "a trial goes no further");
    assert_eq!(
        (asked.runs("labels"), asked.runs("born-again"), asked.runs("ensemble")),
        ((4, 4), (8, 8), (8, 8))
    );
    let rows = asked.findings["runs"].as_array().unwrap();
    let second =
        rows.iter().find(|row| row["arm"] == "born-again" && row["factors"]["generation"] == 2).unwrap();
    let teacher = rows.iter().find(|row| row["run"] == second["teacher"]).unwrap();
    assert_eq!(
        (&teacher["arm"], &teacher["seed"], &teacher["samples"]),
        (&second["arm"], &second["seed"], &second["samples"])
    );
    let first = rows.iter().find(|row| row["arm"] == "teacher").unwrap();
    assert_eq!(second["teacher_samples"], first["samples"], "N is the first teacher's");
    asked.says("By generation");
}

#[test]
fn an_ensemble_of_one_is_set_against_one_of_five() {
    let asked = ask("ensemble", &["tasks.digits.teacher.train.budget.epochs=20"]);
    insta::assert_snapshot!(asked.plan);
    assert_eq!(asked.sections(), ["members = 1", "members = 5"]);
    assert_eq!((asked.runs("labels"), asked.runs("distilled")), ((4, 4), (8, 8)));
    asked.says("By members");
}

#[test]
fn every_arm_has_the_learning_rate_that_validation_chooses() {
    let asked = ask("tuned", &["tasks.digits.teacher.train.budget.epochs=20"]);
    insta::assert_snapshot!(asked.plan);
    assert_eq!(asked.sections(), [""]);
    let rows = asked.findings["runs"].as_array().unwrap();
    let count = |arm: &str, chosen: bool| {
        rows.iter().filter(|row| row["arm"] == arm && row["chosen"] == chosen).count()
    };
    assert_eq!(
        (count("labels", true), count("labels", false)),
        (4, 12),
        "one of four, of two sizes and seeds"
    );
    assert_eq!((count("distilled", true), count("distilled", false)), (4, 28));
    assert!(asked.html.contains("edge was hit") && asked.markdown.contains("| at an edge |"));

    // What was kept of every run tells the same as its record.
    let task = &asked.findings["tasks"][0];
    let test_examples = &asked.findings["study"]["tasks"][0]["test_examples"];
    let curve = &task["curves"][0];
    assert_eq!(curve["arm"], "labels");
    for cell in curve["cells"].as_array().unwrap() {
        let found = &cell["decomposition"];
        assert_eq!((&found["runs"], &found["examples"]), (&Value::from(2), test_examples));
        let error = 1.0 - cell["accuracy"]["mean"].as_f64().unwrap();
        assert!((found["zero_one"]["loss"].as_f64().unwrap() - error).abs() < 1e-9);
        assert!((found["log_loss"]["loss"].as_f64().unwrap() - cell["nll"].as_f64().unwrap()).abs() < 1e-5);
    }
    let here = asked.folder.path();
    let out =
        output(here, &["export", "predictions", "results", "--only", "arm=labels", "--out", "said.parquet"]);
    assert_eq!(
        (out.status.code(), stdout(&out)),
        (Some(0), "Predictions of 16 runs: said.parquet\n".to_owned())
    );
    assert!(fs_err::metadata(here.join("said.parquet")).unwrap().len() > 100_000);
    let listed = output(here, &["runs", "results", "--only", "arm=labels", "--only", "chosen=true"]);
    assert_eq!(stdout(&listed).lines().count(), 1 + 4, "{}", stdout(&listed));
    let none =
        output(here, &["export", "predictions", "results", "--only", "seed=99", "--out", "none.parquet"]);
    assert_eq!(none.status.code(), Some(2), "{}", stdout(&none));
    assert!(!here.join("none.parquet").exists());
}
