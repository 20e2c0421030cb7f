//! Whether a study can be about the column that it names.

use kd_analysis::Metric;
use kd_analysis::table::{Column, find};
use kd_core::objective::Predicted;
use toml::Spanned;

use crate::file::{Header, Score};
use crate::problem::Problem;
use crate::study::Task;

/// What is wrong with the metric of a study of these tasks.
pub(super) fn unfit(header: &Header, tasks: &[Task]) -> Option<Problem> {
    let metric = header.metric.as_ref()?;
    let refused = |what: String, label: &str| Problem::new(metric.span(), what, label);
    let known: Vec<&str> = Metric::columns().map(|column| column.name).collect();
    if !known.contains(&metric.get_ref().as_str()) {
        return Some(Problem::unknown(metric.span(), "metric", metric.get_ref(), &known));
    }
    if header.score == Score::ValidationBest {
        let what = format!("`{}` is measured after the last step", metric.get_ref());
        let advice = "the best weights are scored alone: leave out `metric`, or score = \"validation_best\"";
        return Some(refused(what, "of the last step").help(advice));
    }
    let lacks = tasks.iter().find(|task| !is_of(metric, task.predicted))?;
    let what = match lacks.predicted {
        Predicted::Numbers => {
            format!("`{}` is about classes, but task `{}` predicts numbers", metric.get_ref(), lacks.name)
        }
        Predicted::Classes(_) => {
            format!("`{}` is about numbers, but task `{}` predicts classes", metric.get_ref(), lacks.name)
        }
    };
    Some(
        refused(what, "not of every task")
            .help("choose one that all tasks have, or write a study for each kind"),
    )
}

/// Whether what predicts this has such a metric: by where it is found in a record.
fn is_of(metric: &Spanned<String>, predicted: Predicted) -> bool {
    let pointers = find(metric.get_ref()).map(Column::pointers).unwrap_or_default();
    let within = |part: &str| pointers.iter().any(|pointer| pointer.contains(part));
    let of_both = within("/finished/")
        && !within("/classification/")
        && !within("/regression/")
        && !within("/fidelity/");
    match predicted {
        Predicted::Numbers => of_both || within("/regression/"),
        Predicted::Classes(_) => of_both || !within("/regression/"),
    }
}
