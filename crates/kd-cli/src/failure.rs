//! Errors, as people see them.

use kd_study::{Error, InvalidStudy, Passage};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};

use crate::style::BAD;
use crate::terminal::tell;

/// Writes an error to standard error.
pub(crate) fn show(error: &Error) {
    match error {
        Error::InvalidStudy(study) => tell(&problems(study)),
        error => tell(&format!("{BAD}error{BAD:#}: {error}\n")),
    }
}

/// Every problem with the lines it is about.
fn problems(study: &InvalidStudy) -> String {
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(100).with_context_lines(1);
    let mut text = String::new();
    for problem in &study.problems {
        let Passage { name, text: passage, start } = study.passage(problem);
        let span = problem.span.start - start..problem.span.end - start;
        let label = LabeledSpan::new_with_span(Some(problem.label.clone()), span);
        let mut diagnostic = MietteDiagnostic::new(problem.message.clone()).with_label(label);
        diagnostic.help.clone_from(&problem.help);
        let report = Report::new(diagnostic).with_source_code(NamedSource::new(name, passage.to_owned()));
        if handler.render_report(&mut text, report.as_ref()).is_err() {
            text.push_str(&problem.message);
        }
    }
    text
}
