//! Figures and tables by name, as papers take them.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

mod made_up;

use kd_analysis::render::{FigureFormat, NamedFigure, figure, figures};
use kd_analysis::{Findings, StudyInfo, render};

fn all() -> Vec<NamedFigure> {
    figures(&made_up::findings(5))
}

fn text(figure: &NamedFigure, format: FigureFormat) -> String {
    String::from_utf8(figure.write(format).unwrap()).unwrap()
}

#[test]
fn every_figure_has_a_name_and_its_numbers() {
    let all = all();
    let names: Vec<&str> = all.iter().map(NamedFigure::name).collect();
    let parts = [
        "accuracy",
        "gain",
        "efficiency",
        "controls",
        "agreement",
        "reliability",
        "validation",
        "loss",
        "law",
        "law-of-fidelity-gap",
        "law-of-efficiency",
        "theories",
        "bias-and-variance",
    ];
    let expected: Vec<String> =
        ["digits", "letters"].iter().flat_map(|task| parts.map(|part| format!("{task}/{part}"))).collect();
    let (of_tasks, of_study) = names.split_at(expected.len());
    assert_eq!(of_tasks, expected);
    assert!(of_study.iter().all(|name| name.starts_with("over-tasks/") || name.starts_with("factors/")));
    assert!(
        of_study.contains(&"over-tasks/gain-of-distilled-temperature-4-at-the-smallest-m"),
        "{of_study:?}"
    );
    for figure in &all {
        let csv = text(figure, FigureFormat::Csv);
        let columns = |line: &str| line.split(',').count();
        assert!(
            csv.lines().count() > 1 && columns(csv.lines().next().unwrap()) > 4,
            "{}: {csv}",
            figure.name()
        );
    }
}

#[test]
fn drawings_stand_alone() {
    for figure in all().iter().filter(|figure| figure.formats().contains(&FigureFormat::Svg)) {
        let svg = text(figure, FigureFormat::Svg);
        let options = resvg::usvg::Options::default();
        let tree = resvg::usvg::Tree::from_str(&svg, &options).unwrap();
        assert!(
            figure.name().contains('/') && tree.size().width() > 200.0 && tree.size().height() > 60.0,
            "{}",
            figure.name()
        );
        assert!(svg.contains("font-family:'DejaVu Sans'") && !svg.contains("href") && !svg.contains("NaN"));
        if ["digits/gain", "letters/loss"].contains(&figure.name()) {
            assert!(figure.write(FigureFormat::Pdf).unwrap().starts_with(b"%PDF-"));
            assert!(figure.write(FigureFormat::Png).unwrap().starts_with(b"\x89PNG"));
        }
    }
}

#[test]
fn no_interval_leaves_the_range_of_a_score() {
    let found = made_up::findings(5);
    // Two seeds far apart: an interval of hundreds of points.
    let wide = Findings::of(
        &StudyInfo { seeds: vec![1, 2], ..found.study.clone() },
        &found.runs.iter().filter(|row| row.place().seed < 3).cloned().collect::<Vec<_>>(),
        &[],
    );
    let high = wide.tasks.iter().flat_map(|task| &task.curves).flat_map(|curve| &curve.cells);
    assert!(high.clone().any(|cell| cell.accuracy.high().unwrap() > 1.0), "or this shows nothing");
    for named in figures(&wide).iter().filter(|named| named.name().ends_with("/accuracy")) {
        for line in text(named, FigureFormat::Csv).lines().skip(1) {
            let fields: Vec<&str> = line.rsplit(',').collect();
            let [low, high] = [fields[3], fields[2]].map(|end| end.parse::<f64>().unwrap());
            assert!((0.0..=100.0).contains(&low) && (0.0..=100.0).contains(&high), "{line}");
        }
    }
}

#[test]
fn what_is_not_there_is_said() {
    let all = all();
    let unknown = figure(&all, "digits/gian").unwrap_err().to_string();
    assert_eq!(
        unknown,
        "the report has no figure `digits/gian`; did you mean `digits/gain`? `kd figure DIR` lists all"
    );
    let theories = figure(&all, "digits/theories").unwrap();
    assert_eq!(
        theories.write(FigureFormat::Pdf).unwrap_err().to_string(),
        "`digits/theories` cannot be written as pdf; choose one of `csv` and `tex`"
    );
    assert!(figures(&Findings::of(&made_up::findings(5).study, &[], &[])).is_empty());
}

#[test]
fn tables_for_latex() {
    let all = all();
    let of = |name: &str| text(figure(&all, name).unwrap(), FigureFormat::Tex);
    insta::assert_snapshot!([of("digits/accuracy"), of("digits/gain"), of("digits/theories")].join("\n"));
}

#[test]
fn every_figure_of_the_page_can_be_had_alone() {
    let found = made_up::findings(5);
    let page = render::html(&found);
    let drawn = page.matches("<figure").count();
    let alone = all().iter().filter(|figure| figure.formats().contains(&FigureFormat::Svg)).count();
    assert_eq!(drawn, alone);
}

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let page = render::html(&made_up::findings(5));
    let anchors: Vec<&str> =
        page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(anchors.len() > 20, "{anchors:?}");
    for anchor in anchors {
        assert_eq!(page.matches(&format!("id=\"{anchor}\"")).count(), 1, "{anchor}");
    }
}

#[test]
fn arms_are_defined_and_the_study_file_is_in_the_page() {
    let page = render::html(&made_up::findings(5));
    for said in [
        "distillation: label weight 0, supervision entropy matched, temperature 4",
        "Control of distilled (temperature = 4): the teacher&apos;s confidence alone",
        "label smoothing: epsilon 0.1, spread uniform",
        "[arms.labels]",
    ] {
        assert!(page.contains(said) || page.contains(&said.replace("&apos;", "'")), "{said}");
    }
}

#[test]
fn gains_over_two_factors_are_a_map() {
    let found = made_up::by_factors(5);
    let all = figures(&found);
    let map = figure(&all, "factors/width-and-temperature-distilled").unwrap();
    let csv = text(map, FigureFormat::Csv);
    assert_eq!(csv.lines().count(), 1 + 2 * 9, "{csv}");
    assert!(csv.starts_with("measure,M,down,across,value,low,high\n\"gain over labels, points\",40,16,1,"));
    let svg = text(map, FigureFormat::Svg);
    assert_eq!(svg.matches("class=\"heat\"").count(), 18);
    let page = render::html(&found);
    assert!(page.contains("id=\"two-factors\"") && page.contains("href=\"#two-factors\""));
}

#[test]
fn what_a_factor_does_is_said() {
    let terminal = render::terminal(&made_up::by_factors(5), false);
    let said = &terminal[terminal.find("By factor").unwrap()..];
    assert!(
        said.contains(
            "temperature, digits: distilled (width = 16) gains most at temperature = 16 for M = 40"
        ),
        "{said}"
    );
    assert!(said.contains("and at 1 for M = 3441"), "{said}");
    assert!(said.contains("it depends on M: these differ by +"), "{said}");
    assert!(said.contains("width, digits: distilled (temperature = 4)"), "{said}");
}
