use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::factor::{Factor, FactorKind};
use crate::made_up::study;
use crate::place::Place;
use crate::role::Role;
use crate::study::StudyInfo;
use crate::table::{Kind, RunRow};

fn text(text: &str) -> Datum {
    Datum::Text(text.to_owned())
}

/// A place of a study that varies a width, N and whether views are shared.
fn place(arm: &str, samples: u64, levels: &[(&str, Datum)]) -> Place {
    let factors: BTreeMap<String, Datum> =
        levels.iter().map(|(factor, level)| ((*factor).to_owned(), level.clone())).collect();
    Place { task: "digits".to_owned(), arm: arm.to_owned(), factors, samples, seed: 11 }
}

fn subjects() -> Vec<Subject> {
    let factor = |name: &str, levels: &[Datum]| Factor {
        name: name.to_owned(),
        kind: FactorKind::Task,
        levels: levels.to_vec(),
    };
    let varied = StudyInfo {
        factors: vec![
            factor("teacher width", &[Datum::Count(64), Datum::Count(128)]),
            factor("N", &[Datum::Count(500), text("all")]),
            factor("a>b", &[Datum::Flag(true), Datum::Flag(false)]),
            factor("temperature", &[Datum::Number(1.5), Datum::Count(4)]),
        ],
        ..study(&[40, 160], 0)
    };
    let places = [place("labels", 40, &[]), place("distilled", 160, &[])];
    let roles = [Role::Labels, Role::Distilled];
    let mut subjects = Subject::of_places(&varied, places.iter().zip(&roles));
    subjects.extend(Subject::of_columns(&subjects));
    subjects
}

fn filter(conditions: &[&str]) -> Filter {
    let written: Vec<String> = conditions.iter().map(|&condition| condition.to_owned()).collect();
    Filter::read(&written, &subjects()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn numbers_compare_as_numbers_and_texts_as_texts() {
    let at = place("labels", 40, &[("teacher width", Datum::Count(128))]);
    let role = Role::Labels;
    for (condition, expected) in [
        ("M<=160", true),
        ("M<=40", true),
        ("M<40", false),
        ("M < 1.6e2", true),
        ("samples >= 40.0", true),
        ("M>9", true),
        ("M!=40", false),
        ("M=40", true),
        ("seed=11", true),
        ("arm=labels", true),
        ("arm != labels", false),
        ("arm>distilled", true),
        ("task=digits", true),
        ("role=labels", true),
        ("role=distilled", false),
        ("teacher width=128", true),
        ("teacher width<=64.0", false),
    ] {
        assert_eq!(filter(&[condition]).holds(&(&at, &role)), expected, "{condition}");
    }
    assert!(filter(&["M<=160", "arm=labels"]).holds(&(&at, &role)));
    assert!(!filter(&["M<=160", "arm=distilled"]).holds(&(&at, &role)), "all must hold");
    assert!(filter(&[]).holds(&(&at, &role)) && filter(&[]).is_empty());
    assert_eq!(filter(&["M<=160", "arm = labels"]).written(), "M<=160, arm = labels");
}

#[test]
fn levels_of_several_kinds_are_told_apart() {
    let at = |level: Datum| place("labels", 40, &[("N", level)]);
    let holds = |condition: &str| {
        [text("all"), Datum::Count(500), Datum::Number(500.0)]
            .map(|level| filter(&[condition]).holds(&at(level)))
    };
    assert_eq!(holds("N=all"), [true, false, false]);
    assert_eq!(holds("N=500"), [false, true, true]);
    assert_eq!(holds("N<=1000"), [false, true, true], "`all` is no number");
    let flag = |flag| filter(&["a>b=true"]).holds(&place("labels", 40, &[("a>b", Datum::Flag(flag))]));
    assert!(flag(true) && !flag(false));
}

#[test]
fn a_run_that_a_factor_does_not_concern_belongs_to_every_part() {
    let labels = place("labels", 40, &[]);
    assert!(filter(&["teacher width=128", "arm=labels"]).holds(&labels));
    assert!(filter(&["teacher width!=128"]).holds(&labels));
    let width = |width| text_of(width);
    let narrow = filter(&["teacher width<100"]);
    assert!(narrow.allows("teacher width", &width(64)) && !narrow.allows("teacher width", &width(128)));
    assert!(narrow.allows("N", &text("all")));
}

fn text_of(width: u64) -> Datum {
    Datum::Count(width)
}

#[test]
fn rows_are_met_by_their_columns_too() {
    let row = |changes: serde_json::Value| -> RunRow {
        let mut row = json!({"run": "f00", "task": "digits", "arm": "labels", "role": "labels", "samples": 40,
            "seed": 11, "outcome": "finished", "test_accuracy": 0.75, "converged": true, "temperature": 4.0});
        row.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(row).unwrap()
    };
    let finished = row(json!({}));
    let failed = row(json!({"outcome": "failed", "test_accuracy": null, "converged": null}));
    for (condition, expected) in [
        ("test_accuracy>0.7", [true, false]),
        ("test_accuracy<=0.7", [false, false]),
        ("test_accuracy!=0.7", [true, true]),
        ("outcome=failed", [false, true]),
        ("converged=true", [true, false]),
        ("converged!=true", [false, true]),
        ("run=f00", [true, true]),
        ("M<100", [true, true]),
        // The factor, of which this row has no level, and not the column.
        ("temperature=1.5", [true, true]),
    ] {
        let filter = filter(&[condition]);
        assert_eq!([&finished, &failed].map(|row| filter.holds(row)), expected, "{condition}");
    }
    let both = filter(&["arm=labels", "test_accuracy>0.9"]);
    assert!(!both.holds(&finished) && both.may_hold(&finished), "the score may yet be so");
}

#[test]
fn a_teacher_stays_beside_its_students() {
    let teacher = place("teacher", 500, &[("teacher width", Datum::Count(64))]);
    assert!(filter(&["M<=40", "arm=labels", "test_accuracy>0.9"]).holds_of_task(&teacher));
    assert!(!filter(&["teacher width=128"]).holds_of_task(&teacher));
    assert!(!filter(&["task!=digits"]).holds_of_task(&teacher));
    assert!(filter(&["task=digits"]).holds_of_task(&study(&[40], 0).tasks[0]));
}

#[test]
fn what_is_no_condition_is_refused() {
    let mut said = String::new();
    for condition in [
        "M",
        "",
        "width=128",
        "tsak=digits",
        "test_acuracy>0.5",
        "M=many",
        "M=41",
        "arm=lables",
        "arm=",
        "role=student",
        "teacher width=12",
        "teacher width=wide",
        "N=some",
        "a>b=1",
        "converged<true",
    ] {
        let error = Filter::read(&[condition.to_owned()], &subjects()).unwrap_err();
        said.push_str(&format!("{error}\n"));
    }
    insta::assert_snapshot!(said);
    let of_runs = [Subject::of_runs("state", Kind::Text, vec![text("finished"), text("failed")])];
    let error = Filter::read(&["state=done".to_owned()], &of_runs).unwrap_err().to_string();
    assert!(error.contains("there are `finished`, `failed`"), "{error}");
}
