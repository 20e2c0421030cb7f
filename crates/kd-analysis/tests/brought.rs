//! The table that `examples/pytorch/train.py` wrote, and what its report says.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;

use kd_analysis::table::{Brought, How, read};
use kd_analysis::{Findings, Role, render};

const TABLE: &[u8] = include_bytes!("../../../examples/pytorch/results.csv");

fn brought(how: &How) -> Brought {
    read(Path::new("examples/pytorch/results.csv"), TABLE, how).unwrap()
}

#[test]
fn a_script_of_somebody_gives_a_whole_report() {
    let how = How { command: "kd report examples/pytorch/results.csv".to_owned(), ..How::default() };
    let Brought { study, rows, notes } = brought(&how);
    assert_eq!((rows.len(), study.seeds.len(), study.tasks[0].samples.len()), (200, 8, 8));
    assert_eq!(
        notes,
        [
            "200 rows; arms: `teacher`, `labels`, `distilled`, `permuted` (of `distilled`)",
            "columns: `M` is samples, `N` is teacher_samples, `acc` is test_accuracy, `nll` is test_nll",
        ]
    );
    let findings = Findings::of(&study, &rows, &[]);
    let task = &findings.tasks[0];
    assert_eq!((task.teacher_samples, task.teacher.unwrap().n), (Some(3823), 8));
    let gain = &task.gains[0];
    assert_eq!(
        (gain.role.clone(), gain.controls.as_slice()),
        (Role::Distilled, &["permuted".to_owned()][..])
    );
    assert!(gain.points[0].jointly.is_above_zero(), "{:?}", gain.points[0]);

    let terminal = render::terminal(&findings, false);
    assert!(terminal.contains("At M = 30, distilled gains +"), "{terminal}");
    let html = render::html(&findings);
    assert!(html.contains("<dt>report</dt><dd>kd report examples/pytorch/results.csv</dd>"));
    let markdown = render::markdown(&findings);
    // Nothing is known of models, data and training, and nothing is said of them.
    for text in [&html, &markdown, &terminal] {
        for clause in [
            " · <",
            "Student: ;",
            "Student: .",
            "; .",
            "0 classes",
            "0 test examples",
            "Licence",
            "kd explain",
            "Reproduce",
            "<code></code>",
            "``",
            " s of training",
        ] {
            assert!(!text.contains(clause), "{clause}");
        }
    }
    assert!(markdown.starts_with("# results\n\n## results\n\nAt M = 30"), "{}", &markdown[..200]);
}

#[test]
fn its_losses_are_analysed_where_asked() {
    let Brought { study, rows, .. } = brought(&How { metric: Some("nll".to_owned()), ..How::default() });
    let terminal = render::terminal(&Findings::of(&study, &rows, &[]), false);
    assert!(terminal.contains("lowers NLL by"), "{terminal}");
}
