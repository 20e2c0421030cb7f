//! Tables as people bring them.

use std::path::Path;

use polars_io::SerWriter;
use serde_json::json;

use super::{Brought, How, read};
use crate::factor::FactorKind;
use crate::findings::Findings;
use crate::made_up;
use crate::role::{ControlKind, Role};
use crate::study::Score;
use crate::table::{Column, Outcome, RunRow, csv, named, parquet, to_frame};
use crate::{Datum, render};

fn at(name: &str, bytes: &[u8], how: &How) -> Result<Brought, String> {
    read(Path::new(name), bytes, how).map_err(|error| error.to_string())
}

fn table(text: &str) -> Brought {
    at("digits.csv", text.as_bytes(), &How::default()).unwrap()
}

fn refused(text: &str, how: &How) -> String {
    at("t.csv", text.as_bytes(), how).unwrap_err()
}

/// Two arms, two M and two seeds.
const SMALL: &str = "arm,M,seed,acc\n\
    labels,40,1,0.5\nlabels,40,2,0.52\nlabels,80,1,0.6\nlabels,80,2,0.61\n\
    distilled,40,1,0.6\ndistilled,40,2,0.61\ndistilled,80,1,0.65\ndistilled,80,2,0.66\n";

fn scores(brought: &Brought) -> Vec<Option<f64>> {
    brought.rows.iter().map(|row| row.score(brought.study.score)).collect()
}

#[test]
fn a_plain_table_becomes_rows_and_says_no_more_than_it_knows() {
    let brought = table(SMALL);
    let first = &brought.rows[0];
    assert_eq!((first.place().task.as_str(), first.place().samples, first.place().seed), ("digits", 40, 1));
    assert_eq!([first.role(), brought.rows[4].role()], [&Role::Labels, &Role::Distilled]);
    assert_eq!(scores(&brought)[..2], [Some(0.5), Some(0.52)]);
    let study = &brought.study;
    assert_eq!((study.name.as_str(), study.planned_runs, study.score), ("digits", 8, Score::LastStep));
    assert_eq!((study.seeds.as_slice(), study.tasks[0].samples.as_slice()), (&[1, 2][..], &[40, 80][..]));
    let task = &study.tasks[0];
    let said = [&task.title, &task.modality, &task.teacher, &task.student, &task.budget, &task.licence];
    assert!(said.iter().all(|said| said.is_empty()), "{task:?}");
    assert_eq!(
        brought.notes,
        ["8 rows; arms: `labels`, `distilled`", "columns: `M` is samples, `acc` is test_accuracy"]
    );
    let findings = Findings::of(study, &brought.rows, &[]);
    assert_eq!(findings.tasks[0].gains[0].points.len(), 2);
}

#[test]
fn names_separators_and_numbers_are_those_of_people() {
    let text = "\u{feff}Method;n_samples;Seed;Test-Acc;N;lr\r\n\
        labels;40,0;1;0,5;3000;0,1\r\n\"distilled\";40.0;1.0;0,61;3000;0,1\r\nteacher;;1;0,97;3000;0,1\r\n";
    let brought = table(text);
    assert_eq!(scores(&brought), [Some(0.5), Some(0.61), Some(0.97)]);
    let samples: Vec<u64> = brought.rows.iter().map(|row| row.place().samples).collect();
    assert_eq!(samples, [40, 40, 3000], "M of a teacher is N");
    let kappa = |row: &RunRow| row.number(const { named("kappa") });
    assert_eq!((kappa(&brought.rows[0]), kappa(&brought.rows[2])), (Some(40.0 / 3000.0), None));
    assert!(brought.notes.iter().any(|note| note.starts_with("passed over: `lr`")), "{:?}", brought.notes);
    let said = How { teacher_samples: Some(400), ..How::default() };
    let brought = at("t.csv", SMALL.as_bytes(), &said).unwrap();
    assert_eq!(kappa(&brought.rows[0]), Some(0.1));
    let findings = Findings::of(&brought.study, &brought.rows, &[]);
    assert!(render::json(&findings).contains("\"teacher_samples\": 400"));
}

#[test]
fn arms_are_what_is_typed() {
    let text = SMALL.replace("labels", "scratch").replace("distilled", "KD: hot")
        + "mixed,40,1,0.5\nsmooth,40,1,0.5\nlabels,40,1,0.5\n";
    let how = How {
        labels: Some("scratch".to_owned()),
        distilled: vec!["KD: hot".to_owned()],
        controls: vec!["permuted=mixed".to_owned(), "label_smoothing=smooth".to_owned()],
        ..How::default()
    };
    let brought = at("t.csv", text.as_bytes(), &how).unwrap();
    let role = |arm: &str| brought.rows.iter().find(|row| row.place().arm == arm).unwrap().role().clone();
    assert_eq!(
        [role("scratch"), role("KD: hot"), role("labels")],
        [Role::Labels, Role::Distilled, Role::Other]
    );
    let of = Some("KD: hot".to_owned());
    assert_eq!(role("mixed"), Role::Control { kind: ControlKind::Permuted, of });
    assert_eq!(role("smooth"), Role::Control { kind: ControlKind::LabelSmoothing, of: None });

    let said = |how: How| refused(&text, &how);
    let no_labels = text.replace("labels", "other");
    assert!(refused(&no_labels, &How::default()).contains(
        "no arm is trained on labels, with which all others are compared: say which with --labels ARM; the arms are `scratch`, "
    ));
    let scratch = || Some("scratch".to_owned());
    assert!(
        said(How { labels: scratch(), ..How::default() })
            .contains("full signal: say which with --distilled ARM")
    );
    let unknown = said(How { labels: Some("scrath".to_owned()), ..How::default() });
    assert!(
        unknown.contains("--labels names the arm `scrath`, which is not there; did you mean `scratch`?"),
        "{unknown}"
    );
    let typed = |control: &str| How {
        labels: scratch(),
        distilled: vec!["KD: hot".to_owned(), "smooth".to_owned()],
        controls: vec![control.to_owned()],
        ..How::default()
    };
    assert!(said(typed("permutd=mixed")).contains("did you mean `permuted`?"));
    assert!(said(typed("permuted")).contains("expected KIND=ARM or KIND=ARM:OF"));
    assert!(said(typed("permuted=mixed")).contains("say whose control it is: --control permuted=mixed:NAME"));
    assert!(said(typed("permuted=smooth:KD: hot")).contains("`smooth` is both distilled and permuted"));
    assert!(at("t.csv", text.as_bytes(), &typed("permuted=mixed:KD: hot")).is_ok());
}

#[test]
fn a_missing_or_odd_column_is_named() {
    let said = |text: &str| refused(text, &How::default());
    let no_seed = said("arm,M,sed,acc\nlabels,40,1,0.5\n");
    assert!(
        no_seed.starts_with(
            "t.csv: no column for the seed, which pairs the runs of arms: it may be called `seed`,"
        ),
        "{no_seed}"
    );
    assert!(
        no_seed.contains("did you mean `sed`? The table has `arm`, `M`, `sed` and `acc`; --column seed=NAME"),
        "{no_seed}"
    );
    assert!(said("arm,M,seed,x\nlabels,40,1,0.5\n").contains("no column for the score"));
    assert!(
        said("arm,M,seed,acc,accuracy\nlabels,40,1,0.5,1\n")
            .contains("`acc` and `accuracy` may both be `test_accuracy`")
    );
    let odd = said(&SMALL.replace("labels,80,1", "labels,many,1").replace("labels,80,2", "labels,more,2"));
    assert!(
        odd.contains("`M` holds whole numbers of 0 or more, and `many` in rows 3 and 4; correct it"),
        "{odd}"
    );
    assert!(
        said(&SMALL.replace("80,2,0.61", "80,2,oops")).contains("`acc` holds numbers, and `oops` in row 4")
    );
    assert!(
        said(&SMALL.replace("labels,40,1", ",40,1"))
            .contains("`arm` is empty in row 1; every row needs an arm")
    );
    assert!(
        said(&SMALL.replace("labels,40,1", "labels,,1"))
            .contains("`M` is empty in row 1; every row needs an M above 0")
    );
    let outcome = said("arm,M,seed,acc,outcome\nlabels,40,1,0.5,finshed\n");
    assert!(outcome.contains(
        "`finshed` in the column `outcome`, row 1, is none of its words; did you mean `finished`?"
    ));
    let role = said("arm,M,seed,acc,role\nlabels,40,1,0.5,labls\n");
    assert!(
        role.contains("`labls` in the column `role`, row 1") && role.contains("did you mean `labels`?"),
        "{role}"
    );
    let how = How { columns: vec!["seed=sed".to_owned()], ..How::default() };
    assert!(refused("arm,M,seed,acc\nlabels,40,1,0.5\n", &how).contains("--column names the column `sed`"));
    let how = How { columns: vec!["sed=seed".to_owned()], ..How::default() };
    assert!(refused("arm,M,seed,acc\nlabels,40,1,0.5\n", &how).contains("did you mean `seed`?"));
    let how = How { columns: vec!["M=size".to_owned(), "acc=right".to_owned()], ..How::default() };
    assert!(at("t.csv", SMALL.replace("M,seed,acc", "size,seed,right").as_bytes(), &how).is_ok());
}

#[test]
fn a_run_without_a_score_has_failed_and_is_told() {
    let text = SMALL.replace("40,1,0.5\n", "40,1,nan\n").replace("0.52", "").replace("0.65", "inf");
    let brought = table(&text);
    let failed: Vec<&str> = brought.rows.iter().filter_map(RunRow::reason).collect();
    assert_eq!(
        failed,
        [
            "`acc` is `nan` in row 1 of the table",
            "`acc` is empty in row 2 of the table",
            "`acc` is `inf` in row 7 of the table"
        ]
    );
    assert!(brought.notes.contains(
        &"3 runs have no score and count as failed: rows 1, 2 and 7; the report says why of each".to_owned()
    ));
    let findings = Findings::of(&brought.study, &brought.rows, &[]);
    assert_eq!(findings.failures.len(), 3);
    assert_eq!(findings.tasks[0].curves[0].cells.len(), 1, "of labels, M = 80 is left");
    // What a run says that is said to have failed is no result.
    let brought = table("arm,M,seed,acc,outcome\nlabels,40,1,0.5,failed\ndistilled,40,1,0.5,\n");
    assert_eq!((brought.rows[0].outcome(), scores(&brought)[0]), (Outcome::Failed, None));
    assert_eq!(brought.rows[1].outcome(), Outcome::Finished);
}

#[test]
fn two_rows_of_one_run_are_refused_and_told_apart() {
    let twice = refused(&(SMALL.to_owned() + "labels,40,2,0.7\n"), &How::default());
    assert!(
        twice.contains("rows 2 and 9 are all of task digits")
            || twice.contains("rows 2 and 9 are all of task t, arm labels, M 40, seed 2"),
        "{twice}"
    );
    let widths = "arm,M,seed,acc,width\nlabels,40,1,0.5,16\nlabels,40,1,0.6,64\ndistilled,40,1,0.6,16\n";
    let twice = refused(widths, &How::default());
    assert!(twice.contains("they differ in `width`, which --factor width makes a factor"), "{twice}");
    let how = How { factors: vec!["width".to_owned()], ..How::default() };
    let brought = at("t.csv", widths.as_bytes(), &how).unwrap();
    assert_eq!(brought.rows[1].place().factors["width"], Datum::Count(64));
    assert_eq!((brought.study.factors[0].kind, brought.study.factors[0].levels.len()), (FactorKind::Task, 2));
    let findings = Findings::of(&brought.study, &brought.rows, &[]);
    assert_eq!(
        findings.tasks.iter().map(crate::TaskFindings::name).collect::<Vec<_>>(),
        ["t (width = 16)", "t (width = 64)"]
    );
    let how = How { factors: vec!["widht".to_owned()], ..How::default() };
    assert!(refused(widths, &how).contains("did you mean `width`?"));
    let how = How { factors: vec!["width=arms".to_owned()], ..How::default() };
    assert!(refused(widths, &how).contains("NAME=KIND with one of task, arm and tuned"));
}

#[test]
fn a_factor_of_arms_is_known_by_them() {
    let text = "arm,M,seed,acc,temperature\nlabels,40,1,0.5,\ndistilled,40,1,0.6,1\nhot,40,1,0.6,4\n";
    let how = How { factors: vec!["temperature".to_owned()], ..How::default() };
    let brought = at("t.csv", text.as_bytes(), &how).unwrap();
    assert_eq!(brought.study.factors[0].kind, FactorKind::Arm);
    assert_eq!(
        brought.rows[2].number(const { named("temperature") }),
        Some(4.0),
        "the column stays what it is"
    );
    let how = How { factors: vec!["temperature=task".to_owned()], ..How::default() };
    assert_eq!(at("t.csv", text.as_bytes(), &how).unwrap().study.factors[0].kind, FactorKind::Task);
}

#[test]
fn per_cent_are_recognised_and_asked_for() {
    let text =
        SMALL.replace("0.", "").replace("acc", "score").replace(",5\n", ",50\n").replace(",6\n", ",60\n");
    let said = refused(&text, &How::default());
    assert!(
        said.contains("`score` is 66 in row 8, above 1: if its values are in per cent, say --percent"),
        "{said}"
    );
    let percent = How { percent: true, ..How::default() };
    let brought = at("t.csv", text.as_bytes(), &percent).unwrap();
    assert_eq!(scores(&brought)[..2], [Some(0.5), Some(0.52)]);
    assert_eq!(brought.study.tasks[0].score, "score", "the table's own word");
    assert!(refused(SMALL, &percent).contains("no value of the column `acc` is above 1"));
    assert!(
        refused(&text.replace("66", "660"), &percent)
            .contains("`score` is 660 in row 8; per cent are 100 at most")
    );
    assert!(refused(&SMALL.replace("0.66", "-0.1"), &How::default()).contains("`acc` is -0.1 in row 8"));
}

#[test]
fn losses_are_analysed_where_asked_or_alone() {
    let text = SMALL.replace("acc", "nll");
    let brought = table(&text);
    assert_eq!(brought.study.metric.as_deref(), Some("test_nll"));
    let gain = &Findings::of(&brought.study, &brought.rows, &[]).tasks[0].gains[0];
    assert!(gain.points[0].alone.mean < 0.0, "the higher loss is the worse");
    let both = "arm,M,seed,acc,loss,ece\nlabels,40,1,0.5,1.5,0.1\ndistilled,40,1,0.6,1.2,0.1\n";
    let how = |metric: &str| How {
        metric: Some(metric.to_owned()),
        columns: vec!["test_nll=loss".to_owned()],
        ..How::default()
    };
    assert_eq!(at("t.csv", both.as_bytes(), &how("nll")).unwrap().study.metric.as_deref(), Some("test_nll"));
    assert_eq!(at("t.csv", both.as_bytes(), &how("accuracy")).unwrap().study.metric, None);
    assert!(refused(both, &how("brier")).contains("no column for Brier score"));
    assert!(refused(both, &how("nnl")).contains("--metric `nnl` is none"));
    let several = refused("arm,M,seed,nll,ece\nlabels,40,1,0.5,0.1\n", &How::default());
    assert!(
        several.contains("say which column is analysed: --metric test_nll, --metric test_ece"),
        "{several}"
    );
}

#[test]
fn other_files_say_what_they_are() {
    let said = |bytes: &[u8]| at("t", bytes, &How::default()).unwrap_err();
    for (bytes, expected) in [
        (&b"PK\x03\x04..."[..], "t: this is a ZIP archive or a workbook; save the table as CSV or Parquet"),
        (b"\x1f\x8b..", "packed with gzip"),
        (b"<html>", "a page of the web"),
        (b"{\"a\": 1}", "this is JSON"),
        (b"PAR1 and nothing", "could not be read as Parquet"),
        (b"ARROW1 and nothing", "could not be read as Arrow"),
        (b"", "an empty file"),
    ] {
        assert!(said(bytes).contains(expected), "{}", said(bytes));
    }
}

/// Rows as `kd` has them, with factors of every kind.
fn ours() -> Vec<RunRow> {
    let mut rows = Vec::new();
    for (arm, role, temperature) in
        [("labels", "labels", None), ("kd 1", "distilled", Some(1.0)), ("kd 4", "distilled", Some(4.0))]
    {
        for (width, rate, seed) in [
            (16, 0.1, 1),
            (16, 0.01, 1),
            (64, 0.1, 1),
            (64, 0.01, 1),
            (16, 0.1, 2),
            (16, 0.01, 2),
            (64, 0.1, 2),
            (64, 0.01, 2),
        ] {
            let mut factors = json!({ "width": width, "rate": rate });
            if let Some(temperature) = temperature {
                factors["temperature"] = json!(temperature);
            }
            let more = json!({
                "factors": factors, "chosen": rate > 0.05, "temperature": temperature, "converged": true, "steps": 7,
                "run": format!("{arm}{width}{rate}{seed}"), "test_nll": 0.5, "validation_score": rate, "objective_settings": "{\"a\":[1,\"b\"]}",
            });
            rows.push(made_up::row(arm, role, 40, seed, 0.5 + f64::from(width) / 1e3, &more));
        }
    }
    let failed = json!({ "outcome": "failed", "test_accuracy": null, "reason": "NaN, at step 3", "run": "x", "factors": { "width": 16, "rate": 0.1 } });
    rows.push(made_up::row("labels", "labels", 80, 1, 0.0, &failed));
    rows
}

#[test]
fn what_we_write_is_read_back() {
    let rows = ours();
    let sorted = |rows: &[RunRow]| {
        let mut rows: Vec<serde_json::Value> =
            rows.iter().map(|row| serde_json::to_value(row).unwrap()).collect();
        for row in &mut rows {
            row["kappa"] = json!(null);
        }
        rows.sort_by_key(ToString::to_string);
        rows
    };
    let mut arrow = Vec::new();
    polars_io::ipc::IpcWriter::new(&mut arrow).finish(&mut to_frame(&rows).unwrap()).unwrap();
    for bytes in [csv(&rows).unwrap(), parquet(&rows).unwrap(), arrow] {
        let brought = at("results", &bytes, &How::default()).unwrap();
        let floats = |rows: &[RunRow]| {
            sorted(rows)
                .iter()
                .map(|row| {
                    row.to_string()
                        .replace(":16.0", ":16")
                        .replace(":64.0", ":64")
                        .replace(":1.0", ":1")
                        .replace(":4.0", ":4")
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(floats(&brought.rows), floats(&rows));
        let kinds: Vec<(&str, FactorKind)> =
            brought.study.factors.iter().map(|factor| (factor.name.as_str(), factor.kind)).collect();
        let expected =
            [("rate", FactorKind::Tuned), ("temperature", FactorKind::Arm), ("width", FactorKind::Task)];
        assert_eq!(kinds, expected);
        let names = ["width = 16", "width = 64"].map(|level| format!("digits ({level})"));
        let findings = Findings::of(&brought.study, &brought.rows, &[]);
        assert_eq!(findings.tasks.iter().map(crate::TaskFindings::name).collect::<Vec<_>>(), names);
        assert_eq!(findings.failures.len(), 1);
    }
}

#[test]
fn a_column_called_run_that_has_no_ids_of_runs_is_none() {
    let with = |column: &str| {
        let mut text = String::new();
        for (index, line) in SMALL.lines().enumerate() {
            let run = if index == 0 { "run" } else { column };
            text.push_str(&format!("{run},{line}\n"));
        }
        table(&text)
    };
    assert!(with("5").rows.iter().all(|row| row.run().is_empty()), "a run has one score");
    let findings = |brought: &Brought| {
        Findings::of(&brought.study, &brought.rows, &[]).tasks[0].gains[0].points[0].alone.n
    };
    assert_eq!(findings(&with("5")), 2);
}

#[test]
fn categories_and_odd_types_of_parquet_are_taken_or_named() {
    use polars::prelude::{Categories, Column as Stored, DataFrame, DataType, IntoColumn, NamedFrom, Series};

    let number = |name: &str, values: [f64; 2]| Series::new(name.into(), values).into_column();
    let arms = Series::new("arm".into(), ["labels", "distilled"]);
    let categories = arms.cast(&DataType::from_categories(Categories::global())).unwrap().into_column();
    let lists: Vec<Series> = vec![Series::new("".into(), [1.0]), Series::new("".into(), [2.0])];
    let lists = |name: &str| Series::new(name.into(), lists.clone()).into_column();
    let written = |columns: Vec<Stored>| {
        let mut bytes = Vec::new();
        let mut frame = DataFrame::new(2, columns).unwrap();
        polars_io::parquet::write::ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        bytes
    };
    let rest = || vec![number("M", [40.0, 40.0]), number("seed", [1.0, 1.0]), number("acc", [0.5, 0.6])];
    let whole = written([vec![categories, lists("student"), lists("curve")], rest()].concat());
    let brought = at("t.parquet", &whole, &How::default()).unwrap();
    assert_eq!(brought.rows[1].place().arm, "distilled");
    assert!(
        brought.notes.iter().any(|note| note.starts_with("passed over: `student`, `curve`;")),
        "{:?}",
        brought.notes
    );
    let odd = at("t.parquet", &written([vec![lists("arm")], rest()].concat()), &How::default()).unwrap_err();
    assert!(odd.contains("the column `arm` is stored as ") && odd.contains("write it as text"), "{odd}");
}

#[test]
fn what_is_measured_and_odd_is_left_empty_and_told() {
    let brought = table("arm,M,seed,acc,nll\nlabels,40,1,0.5,high\ndistilled,40,1,0.6,nan\n");
    let nll: fn(&RunRow) -> Option<f64> = |row| row.number(const { named("test_nll") });
    assert!(brought.rows.iter().all(|row| nll(row).is_none()));
    assert!(
        brought
            .notes
            .contains(&"`nll` holds a number, and `high` in rows 1 and 2: left empty there".to_owned()),
        "{:?}",
        brought.notes
    );
    let column: &Column = const { named("test_nll") };
    assert!(column.is_measure());
}
