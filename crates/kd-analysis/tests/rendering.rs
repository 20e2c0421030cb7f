//! What people see of findings, from synthetic results whose truth is known: distillation gains less as M grows,
//! label smoothing and matched entropy gain nothing, permuting loses.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kd_analysis::{
    Comparison, Datum, Decomposition, Factor, FactorKind, Findings, Judgement, Results, RunRow, Score,
    StudyInfo, TaskInfo, Timing, compare, render, table,
};
use proptest::prelude::{Strategy, prop_assert, proptest};
use serde_json::{Value, json};

const SIZES: [u64; 5] = [40, 160, 640, 2560, 3441];
/// Arms and their roles.
const ARMS: [(&str, &str); 5] = [
    ("labels", "labels"),
    ("distilled", "distilled"),
    ("smoothed", "label_smoothing"),
    ("matched", "entropy_matched"),
    ("permuted", "permuted"),
];

fn study(seeds: u64) -> StudyInfo {
    let task = |name: &str| TaskInfo {
        name: name.to_owned(),
        title: format!("Data set of {name}"),
        modality: "vision".to_owned(),
        score: "accuracy".to_owned(),
        classes: 10,
        test_examples: 1797,
        licence: "CC BY 4.0".to_owned(),
        citation: "Someone (1998)".to_owned(),
        teacher: "mlp 512-512; 40 epochs".to_owned(),
        student: "mlp 64".to_owned(),
        budget: "1000 steps".to_owned(),
        sampling: "stratified".to_owned(),
        samples: SIZES.to_vec(),
        factors: BTreeMap::new(),
        synthetic: false,
    };
    StudyInfo {
        name: "synthetic".to_owned(),
        question: "Is <distillation> worth it & why?".to_owned(),
        seeds: (1..=seeds).collect(),
        confidence: 0.95,
        margin: 0.01,
        score: Score::LastStep,
        metric: None,
        tasks: vec![task("digits")],
        command: "kd run synthetic.toml".to_owned(),
        provenance: vec![("kd".to_owned(), "0.0.0".to_owned())],
        planned_runs: seeds * (1 + (ARMS.len() * SIZES.len()) as u64),
        factors: Vec::new(),
        study_file: None,
        doubts: Vec::new(),
    }
}

/// Results of every run, the teacher's first. Seeds differ by fixed amounts that have nothing to do with the arm,
/// and by small ones that have.
fn rows(seeds: u64) -> Vec<RunRow> {
    let mut rows = Vec::new();
    for seed in 1..=seeds {
        let common = 0.004 * ((seed * 7 % 5) as f64 - 2.0);
        rows.push(row("teacher", "teacher", 3441, seed, 0.97 + common / 4.0));
        for (index, (arm, role)) in ARMS.into_iter().enumerate() {
            for (size, samples) in SIZES.into_iter().enumerate() {
                let labels = 0.70 + 0.06 * size as f64;
                let share = 1.0 - size as f64 / 4.0;
                let gain = share
                    * match role {
                        "distilled" => 0.06,
                        "permuted" => -0.02,
                        "entropy_matched" => 0.002,
                        _ => 0.0,
                    };
                let own = 0.002 * (((seed + 3) * (index as u64 + 2) + samples) % 7) as f64 - 0.006;
                rows.push(row(arm, role, samples, seed, labels + gain + common + own));
            }
        }
    }
    rows
}

fn row(arm: &str, role: &str, samples: u64, seed: u64, accuracy: f64) -> RunRow {
    let student = role != "teacher";
    let of_student = |value: f64| student.then_some(value);
    serde_json::from_value(json!({
        "run": format!("{:0>8}-{arm}-{samples}-{seed}", seed * 1000 + samples),
        "task": "digits",
        "arm": arm,
        "role": role,
        "control_of": matches!(role, "entropy_matched" | "permuted").then_some("distilled"),
        "teacher": student.then(|| format!("teacher-{seed}")),
        "samples": samples,
        "teacher_samples": 3441,
        "seed": seed,
        "outcome": "finished",
        "test_accuracy": accuracy,
        "test_score_at_best": accuracy + 0.001,
        "test_nll": 1.0 - accuracy,
        "test_ece": 0.05,
        "test_agreement": of_student(accuracy),
        "train_agreement": of_student(1.0),
        "test_hellinger": of_student(0.2),
        "steps": 1000,
        "converged": true,
    }))
    .unwrap()
}

/// `row` with other values in some columns.
fn changed(row: &RunRow, changes: &[(&str, Value)]) -> RunRow {
    let mut json = serde_json::to_value(row).unwrap();
    for (column, value) in changes {
        json[*column] = value.clone();
    }
    serde_json::from_value(json).unwrap()
}

fn findings(seeds: u64) -> Findings {
    let rows = rows(seeds);
    let timings: Vec<Timing> =
        rows.iter().map(|row| Timing { run: row.run().to_owned(), seconds: 1.5 }).collect();
    Findings::of(&study(seeds), &rows, &timings)
}

#[test]
fn the_truth_is_found() {
    let found = findings(5);
    let task = &found.tasks[0];
    let verdict = |theory| task.verdicts.iter().find(|verdict| verdict.theory == theory).unwrap().judgement;
    assert_eq!(verdict("label_smoothing"), Judgement::Refuted);
    assert_eq!(verdict("dark_knowledge"), Judgement::Supported);
    let gain = task.gains.iter().find(|gain| gain.arm == "distilled").unwrap();
    assert!((gain.points[0].alone.mean - 0.06).abs() < 0.005);
    assert_eq!(gain.shape.as_ref().unwrap().form, kd_analysis::Form::Amplified);
    assert_eq!(gain.controls, ["matched", "permuted"]);
}

#[test]
fn terminal() {
    insta::assert_snapshot!(render::terminal(&findings(5), false));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(render::markdown(&findings(5)));
}

/// One run that failed, so that everything a report can have is in it.
fn with_a_failure() -> Findings {
    let mut rows = rows(5);
    let failed =
        rows.iter_mut().find(|row| row.place().arm == "smoothed" && row.place().samples == 640).unwrap();
    let reason = json!("the loss was NaN at step 312 | <b>");
    *failed =
        changed(failed, &[("outcome", json!("failed")), ("test_accuracy", Value::Null), ("reason", reason)]);
    let timings: Vec<Timing> =
        rows.iter().map(|row| Timing { run: row.run().to_owned(), seconds: 1.5 }).collect();
    let mut study = study(5);
    study.planned_runs += 7;
    Findings::of(&study, &rows, &timings)
}

#[test]
fn page() {
    // A tag on each line, so that a difference can be read.
    let page = render::html(&with_a_failure()).replace("><", ">\n<");
    let (_, body) = page.split_once("</style>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    // What is drawn again for narrow pages is the same.
    let (mut kept, mut rest) = (String::new(), body);
    while let Some((before, narrow)) = rest.split_once("<div class=\"drawing narrow\">") {
        kept.push_str(before);
        rest = narrow.split_once("</svg>\n</div>\n").unwrap().1;
    }
    let body = kept + rest;
    insta::assert_snapshot!(body);
}

#[test]
fn terminal_in_colour() {
    let text = render::terminal(&with_a_failure(), true).replace('\x1b', "ESC");
    insta::assert_snapshot!(text.lines().take(12).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_is_missing_is_said() {
    let of = |kept: &dyn Fn(&RunRow) -> bool| {
        let kept: Vec<RunRow> = rows(5).into_iter().filter(kept).collect();
        render::terminal(&Findings::of(&study(5), &kept, &[]), false)
    };
    assert!(of(&|_| false).contains("\n  No run of an arm has ended yet.\n"));
    let no_labels = of(&|row| row.place().arm != "labels");
    assert!(no_labels.contains("There is no arm trained on labels to compare with."), "{no_labels}");
    let no_distilled = of(&|row| row.place().arm != "distilled");
    assert!(no_distilled.contains("There is no arm trained on the teacher's full signal."), "{no_distilled}");
    let apart = of(&|row| (row.place().arm == "labels") == (row.place().seed == 1));
    assert!(apart.contains("have no finished runs in common yet."), "{apart}");
    assert!(apart.contains("runs are still missing: these are the findings so far."), "{apart}");
    let one = of(&|row| row.place().samples == 40);
    assert!(one.contains("At M = 40, distilled gains") && !one.contains("At M = 3441"), "{one}");
    let whole = of(&|_| true);
    assert!(!whole.contains("missing") && !whole.contains("failed"), "{whole}");
    let mut few = study(5);
    few.seeds.truncate(1);
    few.question.clear();
    let few = Findings::of(&few, &[], &[]);
    assert!(render::terminal(&few, false).contains("\n1 seed: below 5 the dots"));
    assert!(!render::markdown(&few).contains("\n\n\n"), "no empty question");
    assert!(render::markdown(&few).contains("No run of an arm has ended yet."));
    assert!(!render::markdown(&few).contains("Test accuracy:"));
}

#[test]
fn the_arm_with_controls_leads_whatever_gains_most() {
    let mut rows = rows(5);
    for row in rows.clone().iter().filter(|row| row.place().arm == "distilled") {
        let better = row.score(Score::LastStep).unwrap() + 0.05;
        rows.insert(0, changed(row, &[("arm", json!("a better one")), ("test_accuracy", json!(better))]));
    }
    let found = Findings::of(&study(5), &rows, &[]);
    let text = render::terminal(&found, false);
    assert!(text.contains("At M = 40, distilled gains"), "{text}");
    let arms: Vec<&str> = found.tasks[0].curves.iter().map(|curve| curve.arm.as_str()).collect();
    assert_eq!(arms[..3], ["labels", "a better one", "distilled"], "in the order of the study within a role");
}

#[test]
fn below_five_seeds_nothing_is_claimed() {
    let text = render::terminal(&findings(3), false);
    assert!(text.contains("no verdict is claimed"), "{text}");
    assert!(!text.contains("refuted") && !text.contains("supported"), "{text}");
}

#[test]
fn a_failed_run_is_listed_and_its_seed_left_out_of_the_pair() {
    let mut rows = rows(5);
    let failed =
        rows.iter_mut().find(|row| row.place().arm == "distilled" && row.place().samples == 40).unwrap();
    let reason = json!("the loss was NaN at step 312 | <b>");
    *failed =
        changed(failed, &[("outcome", json!("failed")), ("test_accuracy", Value::Null), ("reason", reason)]);
    let found = Findings::of(&study(5), &rows, &[]);
    let gain = found.tasks[0].gains.iter().find(|gain| gain.arm == "distilled").unwrap();
    assert_eq!([gain.points[0].alone.n, gain.points[1].alone.n], [4, 5]);
    assert!(render::markdown(&found).contains("the loss was NaN at step 312 \\|"));
    assert!(render::html(&found).contains("NaN at step 312 | &lt;b&gt;"));
}

#[test]
fn the_page_stands_alone() {
    let page = render::html(&findings(5));
    // Only the names of XML namespaces may look like addresses.
    let page = page.replace("http://www.w3.org/", "");
    for reach in ["http:", "https:", "src=", "url(", "@import", "<link", "fetch("] {
        assert!(!page.contains(reach), "{reach}");
    }
    assert!(page.contains("Is &lt;distillation&gt; worth it &amp; why?"), "text is escaped");
    assert!(page.contains("prefers-color-scheme:dark"));
    assert_eq!(page.matches("<figure").count(), 8);
    // A table of runs is whole without its script, which only sorts it.
    let without = page.split("<script>").next().unwrap();
    assert!(without.contains("</table>") && without.trim_end().ends_with("</main>"));
}

#[test]
fn findings_come_back_from_json() {
    for seeds in [5, 3] {
        let mut found = findings(seeds);
        let again: Findings = serde_json::from_str(&render::json(&found)).unwrap();
        assert!(again == found, "{seeds} seeds");
        found.tasks[0].verdicts.clear();
        assert!(again != found);
    }
}

#[test]
fn findings_from_before_are_read() {
    let found = findings(5);
    let mut json = serde_json::to_value(&found).unwrap();
    assert!(json["study"].get("metric").is_none() && json["study"].get("factors").is_none());
    let task = json["tasks"][0].as_object_mut().unwrap();
    assert!(task.get("tuning").is_none() && task.get("factors").is_none());
    task.remove("contrasts").unwrap();
    for row in json["runs"].as_array_mut().unwrap() {
        let row = row.as_object_mut().unwrap();
        row.remove("chosen").unwrap();
        row.remove("test_perplexity").unwrap();
    }
    let before: Findings = serde_json::from_value(json).unwrap();
    assert_eq!((&before.study, &before.tasks[0].gains), (&found.study, &found.tasks[0].gains));
    assert_eq!(render::terminal(&before, false), render::terminal(&found, false));
}

#[test]
fn each_level_of_a_factor_is_analysed_by_itself() {
    let mut both = rows(5);
    for row in rows(5) {
        let score = row.score(Score::LastStep).unwrap();
        // Labels and teachers have no temperature of their own and stand with both.
        if row.place().arm == "distilled" {
            let hotter = [("factors", json!({"T": 8})), ("test_accuracy", json!(score - 0.03))];
            both.push(changed(&row, &hotter));
        }
    }
    for row in both.iter_mut().filter(|row| row.place().arm == "distilled") {
        if row.place().factors.is_empty() {
            *row = changed(row, &[("factors", json!({"T": 4}))]);
        }
    }
    let found = Findings::of(&study(5), &both, &[]);
    let names: Vec<String> = found.tasks.iter().map(kd_analysis::TaskFindings::name).collect();
    assert_eq!(names, ["digits (T = 4)", "digits (T = 8)"]);
    let alone = findings(5);
    let expected = &alone.tasks[0];
    assert_eq!((&found.tasks[0].gains, &found.tasks[0].verdicts), (&expected.gains, &expected.verdicts));
    assert_eq!(found.tasks[1].curves[0], expected.curves[0], "labels");
    assert_eq!(found.tasks[1].teacher, expected.teacher);
    let gain = |task: usize| found.tasks[task].gains[0].points[0].alone.mean;
    assert!((gain(0) - gain(1) - 0.03).abs() < 1e-12);
    assert_eq!(found.tasks[1].factors["T"], Datum::Count(8));
    assert!(render::html(&found).contains("id=\"task-digits-t-8\""));
    let header = String::from_utf8(table::csv(&both).unwrap()).unwrap();
    assert!(header.lines().next().unwrap().ends_with(",nc4_disagreement,T"), "{header}");
    let again: Findings = serde_json::from_str(&render::json(&found)).unwrap();
    assert!(again == found);
}

#[test]
fn the_table_keeps_every_row_and_equal_rows_give_equal_bytes() {
    let mut rows = rows(5);
    let bytes = table::parquet(&rows).unwrap();
    rows.reverse();
    assert!(table::parquet(&rows).unwrap() == bytes, "whatever their order");
    assert_eq!(table::to_frame(&rows).unwrap().height(), rows.len());
    let frame = table::to_frame(&rows).unwrap();
    let first = |column: &str| frame.column(column).unwrap().get(0).unwrap().to_string();
    let expected = ["\"digits\"", "\"teacher\"", "3441", "1"];
    assert_eq!(["task", "role", "samples", "seed"].map(first), expected, "teachers first");
    let csv = String::from_utf8(table::csv(&rows).unwrap()).unwrap();
    assert_eq!(csv.lines().count(), rows.len() + 1);
    assert!(csv.starts_with("run,task,arm,role,"), "{csv}");
}

static ROWS: LazyLock<Vec<RunRow>> = LazyLock::new(|| rows(5));

proptest! {
    /// Whatever part of a study is there, in whatever order, it can be analysed and shown.
    #[test]
    fn any_part_of_a_study_can_be_shown(kept in proptest::collection::vec(0_usize..130, 0..40).prop_shuffle()) {
        let all = &*ROWS;
        let mut part = Vec::new();
        for index in kept {
            let row = &all[index % all.len()];
            if !part.contains(row) {
                part.push(row.clone());
            }
        }
        let found = Findings::of(&study(5), &part, &[]);
        prop_assert!(render::html(&found).ends_with("</html>"));
        prop_assert!(!render::terminal(&found, true).is_empty());
        prop_assert!(!render::markdown(&found).contains("NaN"));
        prop_assert!(!render::json(&found).is_empty());
    }
}

#[test]
fn levels_of_factors_are_columns_of_their_kind() {
    let row = &rows(1)[1];
    let at = |factors: Value| changed(row, &[("factors", factors)]);
    let rows = [
        at(json!({"width": 512, "T": 4.0, "augmented": true, "N": 100, "seed": 1})),
        at(json!({"width": 64, "T": 0.5, "augmented": false, "N": "all", "seed": 1})),
        at(json!({})),
    ];
    let frame = table::to_frame(&rows).unwrap();
    let told = |column: &str| {
        let column = frame.column(column).unwrap();
        let cells: Vec<String> = (0..3).map(|row| column.get(row).unwrap().to_string()).collect();
        format!("{}: {}", column.dtype(), cells.join(" "))
    };
    assert_eq!(told("width"), "f64: null 512.0 64.0");
    assert_eq!(told("T"), "f64: null 4.0 0.5");
    assert_eq!(told("augmented"), "bool: null true false");
    assert_eq!(told("N"), "str: null \"100\" \"all\"");
    assert_eq!(told("seed (factor)"), "f64: null 1.0 1.0");
}

/// The study of [`rows`] with two rates of the distilled arm to choose from.
fn tuned() -> Findings {
    let mut both = Vec::new();
    for row in rows(5) {
        let (place, score) = (row.place(), row.score(Score::LastStep).unwrap());
        if place.arm != "distilled" {
            both.push(row);
            continue;
        }
        for (rate, better) in
            [(0.001, 0.0), (0.01, 0.02), (0.1, if place.samples > 100 { 0.03 } else { 0.01 })]
        {
            let run = json!(format!("{}-{rate}", row.run()));
            let levels = json!({ "rate": rate });
            let validation = json!(score - 0.05 + better);
            both.push(changed(&row, &[("run", run), ("factors", levels), ("validation_score", validation)]));
        }
    }
    // A rate that never finished is no candidate.
    both.retain(|row| !row.run().ends_with("distilled-3441-5-0.1"));
    let levels = [0.001, 0.01, 0.1].map(Datum::Number).to_vec();
    let rate = Factor { name: "rate".to_owned(), kind: FactorKind::Tuned, levels };
    Findings::of(&StudyInfo { factors: vec![rate], ..study(5) }, &both, &[])
}

#[test]
fn what_validation_chose_is_told() {
    let found = tuned();
    let again: Findings = serde_json::from_str(&render::json(&found)).unwrap();
    assert!(again == found);
    let terminal = render::terminal(&found, false);
    let markdown = render::markdown(&found);
    let start = markdown.find("\nChosen on validation").unwrap();
    let end = markdown.find("\ndistilled:").unwrap();
    let page = render::html(&found);
    let page = &page
        [page.find("<h3>What validation chose").unwrap()..page.find("<h3 id=\"task-digits-gain\"").unwrap()];
    insta::assert_snapshot!(format!(
        "{terminal}\n---\n{}\n---\n{}",
        &markdown[start..end],
        page.replace("><", ">\n<")
    ));
}

/// A study of three widths of the student and two N, and of two temperatures of the distilled arm.
fn varied() -> Findings {
    let factor = |name: &str, kind, levels: &[u64]| Factor {
        name: name.to_owned(),
        kind,
        levels: levels.iter().map(|&level| Datum::Count(level)).collect(),
    };
    let factors = vec![
        factor("width", FactorKind::Task, &[16, 64, 256]),
        factor("N", FactorKind::Task, &[900, 100]),
        factor("temperature", FactorKind::Arm, &[1, 4]),
    ];
    let mut rows = Vec::new();
    for row in self::rows(5).iter().filter(|row| [3441, 40].contains(&row.place().samples)) {
        let score = row.score(Score::LastStep).unwrap();
        let mut put = |arm: &str, levels: Value, more: f64| {
            let changes = [("arm", json!(arm)), ("factors", levels), ("test_accuracy", json!(score + more))];
            rows.push(changed(row, &changes));
        };
        for (index, n) in [900, 100].into_iter().enumerate() {
            let less = -0.01 * index as f64;
            match row.place().arm.as_str() {
                "teacher" => put("teacher", json!({ "N": n }), less),
                "distilled" => {
                    for (width, more) in [(16, 0.0), (64, 0.01), (256, 0.02)] {
                        let levels = |t: u64| json!({ "width": width, "N": n, "temperature": t });
                        put("distilled (temperature = 1)", levels(1), less + 2.0 * more);
                        put("distilled (temperature = 4)", levels(4), less + 0.01 + 3.0 * more);
                    }
                }
                _ => {}
            }
        }
        for (width, more) in [(16, 0.0), (64, 0.01), (256, 0.02)] {
            if ["labels", "smoothed"].contains(&row.place().arm.as_str()) {
                put(&row.place().arm, json!({ "width": width }), more);
            }
        }
    }
    let described = |width: u64| TaskInfo {
        factors: BTreeMap::from([("width".to_owned(), Datum::Count(width))]),
        samples: vec![40, 3441],
        student: format!("mlp {width}"),
        ..study(5).tasks.remove(0)
    };
    let tasks = [16, 64, 256].map(described).to_vec();
    Findings::of(&StudyInfo { factors, tasks, planned_runs: rows.len() as u64, ..study(5) }, &rows, &[])
}

#[test]
fn gains_stand_side_by_side_at_the_levels_of_a_factor() {
    let found = varied();
    let names: Vec<String> = found.tasks.iter().map(kd_analysis::TaskFindings::name).collect();
    assert_eq!(names.len(), 6);
    assert_eq!(names[..2], ["digits (N = 900, width = 16)", "digits (N = 100, width = 16)"]);
    assert_eq!(found.tasks[3].info.student, "mlp 64");
    let markdown = render::markdown(&found);
    let (start, end) = (markdown.find("## By").unwrap(), markdown.find("## digits").unwrap());
    let page = render::html(&found);
    let page = &page[page.find("<h2 id=\"by-").unwrap()..page.find("<h2 class=\"task\"").unwrap()]
        .replace("><", ">\n<");
    assert!(
        render::html(&found)
            .contains("<td class=\"words\">digits (N = 900, temperature = 4, width = 256)</td>")
    );
    insta::assert_snapshot!(format!("{}\n---\n{page}", &markdown[start..end]));
}

/// The negative log-likelihood of [`rows`] is one minus their accuracy, so everything but signs and units is the same.
#[test]
fn a_loss_can_be_what_a_study_is_about() {
    let nats = Findings::of(&StudyInfo { metric: Some("test_nll".to_owned()), ..study(5) }, &rows(5), &[]);
    let accuracy = findings(5);
    let (task, expected) = (&nats.tasks[0], &accuracy.tasks[0]);
    for (gain, expected) in task.gains.iter().zip(&expected.gains) {
        assert_eq!(gain.arm, expected.arm);
        for (point, expected) in gain.points.iter().zip(&expected.points) {
            assert!((point.jointly.mean - expected.jointly.mean).abs() < 1e-9);
            assert_eq!(point.jointly.n, expected.jointly.n);
        }
    }
    for (efficiency, expected) in task.efficiency.iter().zip(&expected.efficiency) {
        for (point, expected) in efficiency.points.iter().zip(&expected.points) {
            assert!((point.labelled.value() - expected.labelled.value()).abs() < 1e-6);
        }
    }
    let judged = |task: &kd_analysis::TaskFindings| -> Vec<Judgement> {
        // Of a loss there is no score of the weights that were best.
        let both = task.verdicts.iter().filter(|verdict| verdict.theory != "early_stopping");
        both.map(|verdict| verdict.judgement).collect()
    };
    assert_eq!(judged(task), judged(expected));
    let (cell, expected) = (&task.curves[0].cells[0], &expected.curves[0].cells[0]);
    assert!((cell.accuracy.mean - (1.0 - expected.accuracy.mean)).abs() < 1e-9, "in its own unit");
    let page = render::html(&nats);
    for said in [
        "Test NLL against M</h3>",
        ">test NLL, nats</text>",
        ">gain over labels, nats</text>",
        ">distilled − control, nats</text>",
        "<th>gain, nats</th>",
        "<th>NLL, nats</th>",
        "Test NLL of training on labels minus that of an arm, both at M.",
    ] {
        assert!(page.contains(said), "{said}");
    }
    insta::assert_snapshot!(format!("{}\n---\n{}", render::terminal(&nats, false), render::markdown(&nats)));
}

#[test]
fn a_comparison_is_told() {
    let (older, newer) = (rows(3), rows(4));
    let (study_of_older, mut study_of_newer) = (study(3), study(4));
    study_of_newer.tasks[0].student = "mlp 128".to_owned();
    let better = |row: &RunRow| {
        let score = row.score(Score::LastStep).unwrap() + 0.001 * (row.place().seed as f64);
        changed(row, &[("run", json!(format!("new-{}", row.run()))), ("test_accuracy", json!(score))])
    };
    let mut newer: Vec<RunRow> = newer
        .iter()
        .map(|row| if row.place().arm == "distilled" { better(row) } else { row.clone() })
        .collect();
    newer[2] = changed(&newer[2], &[("outcome", json!("failed")), ("test_accuracy", Value::Null)]);
    newer.retain(|row| !["matched", "permuted", "smoothed"].contains(&row.place().arm.as_str()));
    let found = compare(
        Results { name: "older", study: &study_of_older, rows: &older },
        Results { name: "newer", study: &study_of_newer, rows: &newer },
    );
    let again: Comparison = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
    assert!(again == found);
    let (terminal, markdown) =
        (render::comparison_terminal(&found, false), render::comparison_markdown(&found));
    insta::assert_snapshot!(format!("{terminal}\n---\n{markdown}"));
}

#[test]
fn bias_and_variance_are_told_where_predictions_were_handed_over() {
    let mut found = findings(3);
    let labels = [0, 1, 1];
    let mut cells = 0;
    found.decompose(|runs| {
        cells += 1;
        assert_eq!(runs.len(), 3);
        let place = runs[0].place();
        assert!(
            runs.iter().all(|run| (&run.place().arm, run.place().samples) == (&place.arm, place.samples))
        );
        // The third run is wrong on one example.
        let logits: [&[f32]; 3] = [
            &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0],
            &[1.0, 0.0, 0.0, 1.0, 0.0, 2.0],
            &[1.0, 0.0, 0.0, 1.0, 1.0, 0.5],
        ];
        (place.arm == "distilled" && place.samples < 200).then(|| Decomposition::of(&logits, &labels, 2))?
    });
    assert_eq!(cells, ARMS.len() * SIZES.len());
    let again: Findings = serde_json::from_str(&render::json(&found)).unwrap();
    assert!(again == found);
    let markdown = render::markdown(&found);
    let (start, end) =
        (markdown.find("Bias and variance").unwrap(), markdown.find("80 runs, ").unwrap_or(markdown.len()));
    let page = render::html(&found);
    let page = &page[page.find("Bias and variance</h3>").unwrap()..page.find("<h2 id=\"arms\"").unwrap()]
        .replace("><", ">\n<");
    insta::assert_snapshot!(format!("{}\n---\n{page}", &markdown[start..end]));
}
