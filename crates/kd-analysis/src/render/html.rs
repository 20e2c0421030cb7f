use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figure::Figure;
use super::markdown::sizes;
use super::sentence::{answer, leading_gain, shortfall, trend};
use super::task_figures::{
    accuracy_figure, agreement_figure, contrast_figure, efficiency_figure, gain_figure,
};
use super::text::{count, factor, interval, judgement, samples};
use super::{about, by_factor, contrasts, decomposition, doubts, tuning};
use crate::contrast::Difference;
use crate::findings::{Findings, TaskFindings};
use crate::metric::Metric;
use crate::table::{Outcome, RunRow};
use crate::theory::THEORIES;

/// A report as one HTML page: no script, no request to any network, light and dark.
#[must_use]
pub fn html(findings: &Findings) -> String {
    let study = &findings.study;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (study.name) " · distillation report" }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body { main {
                h1 { (study.name) }
                @if !study.question.is_empty() { p.question { (study.question) } }
                @for note in shortfall(findings) { p.note { (note) } }
                div.answers { @for task in &findings.tasks {
                    div.answer {
                        p { strong { (task.name()) } " — " (answer(task, &task.metric(study))) }
                        @for verdict in &task.verdicts { p.small {
                            (verdict.claim) " "
                            span class=(format!("badge {}", judgement(verdict.judgement))) { (judgement(verdict.judgement)) }
                        } }
                    }
                } }
                (doubts::section(&findings.doubts))
                (by_factor::section(findings))
                @for task in &findings.tasks { (task_section(task, findings)) }
                (cost(findings))
                (failures(findings))
                (runs(findings))
                (how_to_read(findings))
                (provenance(findings))
            } }
        }
    };
    page.into_string()
}

fn task_section(task: &TaskFindings, findings: &Findings) -> Markup {
    let metric = &task.metric(&findings.study);
    let percent_level = format!("{:.0} %", 100.0 * findings.study.confidence);
    html! {
        h2 id=(task.name().replace(' ', "-")) { (about::heading(task)) }
        @let said = about::about(task, metric);
        @if !said.is_empty() { p.small { (said) } }
        @if task.curves.iter().all(|curve| curve.cells.is_empty()) {
            p { "No student has finished yet." }
        } @else {
            h3 { (metric.title()) " against M" }
            (figure(&accuracy_figure(task, metric), &format!("Mean over seeds, {percent_level} intervals, single seeds as dots.")))
            (accuracy_table(task, metric))
            (tuning::section(task))
            h3 { "Gain over labels, paired by seed" }
            @if let Some(trend) = leading_gain(task).and_then(|gain| trend(gain, metric)) { p { "Over M, " (trend) "." } }
            (figure(&gain_figure(task, metric), "Intervals hold jointly over the M of a curve. Above the zero line, the arm beats labels."))
            (extremes(task, metric))
            (contrasts::section(task, metric))
            h3 { "How many labels is that worth?" }
            (figure(&efficiency_figure(task), "η(M): labelled samples needed to match the arm, divided by M. Open marks are bounds: the match lies beyond the measured range."))
            (efficiency_table(task, metric))
            h3 { "Theories" }
            @for verdict in &task.verdicts { div.theory {
                p {
                    strong { (verdict.claim) } " "
                    span class=(format!("badge {}", judgement(verdict.judgement))) { (judgement(verdict.judgement)) }
                }
                p { @if let Some(arm) = &verdict.arm { "Tested on " (arm) ": " } (verdict.because) "." }
                @for contrast in &verdict.contrasts { @if let Some(trend) = &contrast.trend {
                    p.small { "Distilled minus " (contrast.control) ": " (metric.difference_with_unit(trend)) " per doubling of M." }
                } }
                p.small { (verdict.sources) }
            } }
            (figure(&contrast_figure(task, metric), "Distilled minus control. Intervals hold jointly over M and over the arms tested."))
            h3 { "Fidelity and calibration" }
            (figure(&agreement_figure(task), "Share of test examples on which student and teacher name the same class."))
            (fidelity_table(task))
            (decomposition::section(task))
        }
    }
}

fn figure(figure: &Figure, caption: &str) -> Markup {
    let svg = figure.svg();
    html! {
        @if !svg.is_empty() {
            figure {
                ul.legend { @for line in &figure.series {
                    li class=(format!("c{}{}", line.colour, if line.dashed { " dashed" } else { "" })) { i {} b { (line.name) } }
                } }
                div.scroll { (PreEscaped(svg)) }
                figcaption { (caption) }
            }
        }
    }
}

fn accuracy_table(task: &TaskFindings, metric: &Metric) -> Markup {
    html! { details { summary { "The same as a table" } div.scroll { table {
        thead { tr { th { "M" } @for curve in &task.curves { th { (curve.arm) } } } }
        tbody { @for m in sizes(task) { tr {
            td { (count(m as f64)) }
            @for curve in &task.curves {
                td { @if let Some(cell) = curve.cells.iter().find(|cell| cell.samples == m) {
                    (metric.value(&cell.accuracy))
                    @if cell.accuracy.n < crate::FEWEST_SEEDS { " (n = " (cell.accuracy.n) ")" }
                } }
            }
        } } }
    } } } }
}

fn extremes(task: &TaskFindings, metric: &Metric) -> Markup {
    let ends = |landmark: &crate::Landmark| {
        landmark
            .interval
            .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", samples(low), samples(high)))
    };
    html! { div.scroll { table {
        thead { tr { th { "arm" } th { "largest gain at M" } th { "κ = M/N there" } th { "turns negative at M" } th { (metric.differences("change per doubling of M")) } } }
        tbody { @for gain in &task.gains { tr {
            td { (gain.arm) }
            td { @if let Some(peak) = &gain.peak { (count(peak.samples)) (ends(peak)) } }
            td { @if let (Some(peak), Some(n)) = (&gain.peak, task.teacher_samples) { (format!("{:.3}", peak.samples / n as f64)) } }
            td { @if let Some(crossing) = &gain.crossing { (count(crossing.samples)) (ends(crossing)) } @else { "nowhere" } }
            td { @if let Some(trend) = &gain.trend { (metric.difference(trend)) } }
        } } }
    } } }
}

fn efficiency_table(task: &TaskFindings, metric: &Metric) -> Markup {
    html! { @for efficiency in &task.efficiency { div.scroll { table {
        thead { tr { th { (efficiency.arm) " at M" } th { "matches labels at" } th { "η" } th { (metric.differences("gain")) } } }
        tbody { @for point in &efficiency.points { tr {
            td { (count(point.samples as f64)) }
            td { (interval(point.labelled, point.interval, samples)) }
            td { (interval(point.factor(), point.factor_interval(), factor)) }
            td { @if let Some(gain) = gain_at(task, &efficiency.arm, point.samples) { (metric.difference(&gain.jointly)) } }
        } } }
    } } } }
}

fn gain_at<'a>(task: &'a TaskFindings, arm: &str, samples: u64) -> Option<&'a Difference> {
    task.gains.iter().find(|gain| gain.arm == arm)?.points.iter().find(|point| point.samples == samples)
}

fn fidelity_table(task: &TaskFindings) -> Markup {
    let number = |value: Option<f64>, scale: f64, decimals: usize| {
        value.map_or_else(String::new, |value| format!("{:.decimals$}", scale * value))
    };
    html! { details { summary { "Fidelity, calibration and convergence as a table" } div.scroll { table {
        thead { tr {
            th { "arm" } th { "M" } th { "agreement, %" } th { "on own samples, %" } th { "Hellinger" } th { "NLL, nats" } th { "ECE" } th { "not converged" }
        } }
        tbody { @for curve in &task.curves { @for cell in &curve.cells { tr {
            td { (curve.arm) }
            td { (count(cell.samples as f64)) }
            td { (number(cell.agreement, 100.0, 1)) }
            td { (number(cell.train_agreement, 100.0, 1)) }
            td { (number(cell.hellinger, 1.0, 3)) }
            td { (number(cell.nll, 1.0, 3)) }
            td { (number(cell.ece, 1.0, 3)) }
            td { (cell.not_converged) " of " (cell.accuracy.n) }
        } } } }
    } } } }
}

fn cost(findings: &Findings) -> Markup {
    let finished = findings.runs.iter().filter(|row| row.outcome() == Outcome::Finished).count();
    html! {
        h2 { "Cost" }
        p { (count(finished as f64)) " finished runs of " (count(findings.study.planned_runs as f64))
            @let trained = about::trained_for(findings);
            @if trained.is_empty() { "." } @else { (trained) " in all, counted over every worker." } }
    }
}

fn failures(findings: &Findings) -> Markup {
    html! { @if !findings.failures.is_empty() {
        h2 { "Failed runs" }
        div.scroll { table {
            thead { tr { th { "run" } th.words { "task" } th.words { "arm" } th { "M" } th { "seed" } th.words { "reason" } } }
            tbody { @for row in &findings.failures { tr {
                td { @if !row.run().is_empty() { code { (short(row.run())) } } } td.words { (row.place().task_there()) } td.words { (row.place().arm) } td { (row.place().samples) } td { (row.place().seed) }
                td.words { (row.reason().unwrap_or_default()) }
            } } }
        } }
    } }
}

fn short(run: &str) -> &str {
    run.get(..8).unwrap_or(run)
}

fn runs(findings: &Findings) -> Markup {
    let metric_of = |row: &RunRow| {
        let task = findings.study.tasks.iter().find(|task| task.name == row.place().task);
        task.map(|task| Metric::of(&findings.study, task))
    };
    let score = |row: &RunRow| metric_of(row).and_then(|metric| Some(metric.bare(metric.read(row)?)));
    let heading = findings.study.tasks.first().map(|task| Metric::of(&findings.study, task));
    let heading = heading.map_or_else(String::new, |metric| {
        metric.values(if findings.study.metric.is_some() { metric.name() } else { "score" })
    });
    html! {
        h2 { "Runs" }
        @if about::is_trained(&findings.study) { p.small { code { "kd explain ID" } " tells everything about one of them; " code { (findings.study.command) } " trains them all." } }
        details { summary { "All " (count(findings.runs.len() as f64)) " runs" } div.scroll { table {
            thead { tr { th { "run" } th.words { "task" } th.words { "arm" } th { "M" } th { "seed" } th { (heading) } } }
            tbody { @for row in &findings.runs { tr {
                td { @if !row.run().is_empty() { code { (short(row.run())) } } } td.words { (row.place().task_there()) } td.words { (row.place().arm) } td { (row.place().samples) } td { (row.place().seed) }
                td { @if row.outcome() == Outcome::Failed { "failed" } @else if let Some(score) = score(row) { (score) } }
            } } }
        } } }
    }
}

fn how_to_read(findings: &Findings) -> Markup {
    let level = format!("{:.0} %", 100.0 * findings.study.confidence);
    let is_trained = about::is_trained(&findings.study);
    let metric = findings.study.tasks.first().map(|task| Metric::of(&findings.study, task));
    let gains = metric.as_ref().map_or_else(String::new, Metric::meaning_of_gains);
    html! {
        h2 { "How to read this" }
        dl {
            dt { "N, M, κ" } dd { "Samples the teacher was trained on, samples the student gets, and their ratio M/N."
                @if is_trained { " The student's samples are drawn from the teacher's." } }
            dt { "gain(M)" } dd { (gains) ", both at M. "
                @if is_trained { "Arms of one seed share their samples, their first weights and their order of batches, so the difference is taken seed by seed." }
                @else { "The difference is taken seed by seed. What arms of one seed share (samples, first weights, batches), the table does not say: the less it is, the wider are intervals." } }
            dt { "η(M)" } dd { "How many labelled samples reach what the arm reaches with M, divided by M. The label curve is made monotone and read between its points on a logarithmic scale. \"≥\" and \"≤\" mean that the answer lies beyond the measured range." }
            dt { "intervals" } dd { "At " (level) ". For means and differences, Student's t over seeds; where they are said to hold jointly, widened so that all M of the curve are covered at once (Bonferroni). For η, peak and crossing, percentiles over resampled seeds, widened for few as Student's t is (Hesterberg 2015), each for itself. They cover the choice of samples, first weights and batches, and of the teacher where there is one for each seed; not the choice of data set or hyper-parameters." }
            @if let Some(metric) = &metric { @for theory in THEORIES { dt { (theory.term()) } dd { (theory.how_to_read(metric, findings.study.margin)) } } }
            dt { "undecided" } dd { "The intervals allow for both answers. More seeds narrow them. A verdict takes " (crate::FEWEST_SEEDS) " finished seeds of every arm in it at every M." }
            dt { "not converged" } dd { "Ten times the steps would probably bring more than half a point, as the last losses and the rise of the validation score tell: a rule fitted on runs whose budget was multiplied by ten, and right of nine in ten others. With L-BFGS, the gradient had not vanished. Such an arm may be undertrained rather than worse." }
        }
    }
}

fn provenance(findings: &Findings) -> Markup {
    html! {
        h2 { "Provenance" }
        dl {
            @if about::is_trained(&findings.study) { dt { "command" } dd { code { (findings.study.command) } } }
            @for (name, value) in &findings.study.provenance { dt { (name) } dd { (value) } }
            @for task in &findings.study.tasks {
                @let said = about::source(task);
                @if !said.is_empty() { dt { (task.name) } dd { (said) } }
            }
        }
    }
}
