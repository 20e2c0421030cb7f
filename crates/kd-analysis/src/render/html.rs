use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figure::{Figure, Point, Series};
use super::markdown::sizes;
use super::sentence::{answer, leading_gain, shortfall, trend};
use super::text::{count, duration, factor, interval, judgement, percent, points, samples};
use super::{by_factor, contrasts, tuning};
use crate::contrast::Difference;
use crate::findings::{Curve, Findings, TaskFindings};
use crate::role::Role;
use crate::table::Outcome;
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
                        p { strong { (task.name()) } " — " (answer(task)) }
                        @for verdict in &task.verdicts { p.small {
                            (verdict.claim) " "
                            span class=(format!("badge {}", judgement(verdict.judgement))) { (judgement(verdict.judgement)) }
                        } }
                    }
                } }
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
    let info = &task.info;
    let percent_level = format!("{:.0} %", 100.0 * findings.study.confidence);
    html! {
        h2 id=(task.name().replace(' ', "-")) { (task.name()) " · " (info.title) }
        p.small {
            (info.modality) ", " @if info.classes > 0 { (info.classes) " classes, " } (count(info.test_examples as f64)) " test examples. "
            "Teacher: " (info.teacher)
            @if let Some(n) = task.teacher_samples { "; N = " (count(n as f64)) }
            @if let Some(teacher) = &task.teacher { "; " (info.score) " " (percent(teacher)) }
            ". Student: " (info.student) "; " (info.budget) "; " (info.sampling) " sampling."
        }
        @if task.curves.iter().all(|curve| curve.cells.is_empty()) {
            p { "No student has finished yet." }
        } @else {
            h3 { "Test " (info.score) " against M" }
            (figure(&accuracy_figure(task), &format!("Mean over seeds, {percent_level} intervals, single seeds as dots.")))
            (accuracy_table(task))
            (tuning::section(task))
            h3 { "Gain over labels, paired by seed" }
            @if let Some(trend) = leading_gain(task).and_then(trend) { p { "Over M, " (trend) "." } }
            (figure(&gain_figure(task), "Intervals hold jointly over the M of a curve. Above the zero line, the arm beats labels."))
            (extremes(task))
            (contrasts::section(task))
            h3 { "How many labels is that worth?" }
            (figure(&efficiency_figure(task), "η(M): labelled samples needed to match the arm, divided by M. Open marks are bounds: the match lies beyond the measured range."))
            (efficiency_table(task))
            h3 { "Theories" }
            @for verdict in &task.verdicts { div.theory {
                p {
                    strong { (verdict.claim) } " "
                    span class=(format!("badge {}", judgement(verdict.judgement))) { (judgement(verdict.judgement)) }
                }
                p { @if let Some(arm) = &verdict.arm { "Tested on " (arm) ": " } (verdict.because) "." }
                @for contrast in &verdict.contrasts { @if let Some(trend) = &contrast.trend {
                    p.small { "Distilled minus " (contrast.control) ": " (points(trend)) " points per doubling of M." }
                } }
                p.small { (verdict.sources) }
            } }
            (figure(&contrast_figure(task), "Distilled minus control. Intervals hold jointly over M and over the arms tested."))
            h3 { "Fidelity and calibration" }
            (figure(&agreement_figure(task), "Share of test examples on which student and teacher name the same class."))
            (fidelity_table(task))
        }
    }
}

/// Position of an arm in the palette, the same in every figure of a task.
fn colour(task: &TaskFindings, arm: &str) -> usize {
    task.curves.iter().position(|curve| curve.arm == arm).unwrap_or(0) % 8
}

/// Labels and distilled arms are drawn solid, what is compared with them dashed.
fn is_dashed(role: &Role) -> bool {
    match role {
        Role::Labels | Role::Distilled => false,
        Role::Teacher | Role::Control { .. } | Role::Other => true,
    }
}

fn series(task: &TaskFindings, arm: &str, dashed: bool, points: Vec<Point>) -> Series {
    Series { name: arm.to_owned(), colour: colour(task, arm), dashed, points }
}

fn of_differences(differences: &[Difference]) -> Vec<Point> {
    differences
        .iter()
        .map(|difference| Point {
            x: difference.samples as f64,
            y: 100.0 * difference.jointly.mean,
            ends: difference
                .jointly
                .low()
                .zip(difference.jointly.high())
                .map(|(a, b)| (100.0 * a, 100.0 * b)),
            dots: Vec::new(),
            censored: false,
        })
        .collect()
}

fn accuracy_figure(task: &TaskFindings) -> Figure {
    let line = |curve: &Curve| {
        let at = |cell: &crate::Cell| Point {
            x: cell.samples as f64,
            y: 100.0 * cell.accuracy.mean,
            ends: cell.accuracy.low().zip(cell.accuracy.high()).map(|(a, b)| (100.0 * a, 100.0 * b)),
            dots: cell.scores.values().map(|score| 100.0 * score).collect(),
            censored: false,
        };
        series(task, &curve.arm, is_dashed(&curve.role), curve.cells.iter().map(at).collect())
    };
    Figure {
        title: format!("Test {} against M on {}", task.info.score, task.name()),
        y_label: format!("test {}, %", task.info.score),
        series: task.curves.iter().map(line).collect(),
        level: task.teacher.as_ref().map(|teacher| (100.0 * teacher.mean, "teacher")),
        log: false,
    }
}

fn gain_figure(task: &TaskFindings) -> Figure {
    Figure {
        title: format!("Gain over labels against M on {}", task.name()),
        y_label: "gain over labels, points".to_owned(),
        series: task
            .gains
            .iter()
            .map(|gain| series(task, &gain.arm, is_dashed(&gain.role), of_differences(&gain.points)))
            .collect(),
        level: None,
        log: false,
    }
}

fn efficiency_figure(task: &TaskFindings) -> Figure {
    let line = |efficiency: &crate::Efficiency| {
        let at = |point: &crate::Equivalence| Point {
            x: point.samples as f64,
            y: point.factor().value(),
            ends: point.factor_interval().map(|(low, high)| (low.value(), high.value())),
            dots: Vec::new(),
            censored: !matches!(point.labelled, crate::Bound::Exact(_)),
        };
        series(task, &efficiency.arm, false, efficiency.points.iter().map(at).collect())
    };
    Figure {
        title: format!("Data-efficiency factor against M on {}", task.name()),
        y_label: "η, times M (log scale)".to_owned(),
        series: task.efficiency.iter().map(line).collect(),
        level: Some((1.0, "no saving")),
        log: true,
    }
}

fn contrast_figure(task: &TaskFindings) -> Figure {
    let mut lines: Vec<Series> = Vec::new();
    for contrast in task.verdicts.iter().flat_map(|verdict| &verdict.contrasts) {
        if lines.iter().all(|line| line.name != contrast.control) {
            lines.push(series(task, &contrast.control, true, of_differences(&contrast.differences)));
        }
    }
    Figure {
        title: format!("Distilled minus controls against M on {}", task.name()),
        y_label: "distilled − control, points".to_owned(),
        series: lines,
        level: None,
        log: false,
    }
}

fn agreement_figure(task: &TaskFindings) -> Figure {
    let line = |curve: &Curve| {
        let at = |cell: &crate::Cell| {
            let y = 100.0 * cell.agreement?;
            Some(Point { x: cell.samples as f64, y, ends: None, dots: Vec::new(), censored: false })
        };
        series(task, &curve.arm, is_dashed(&curve.role), curve.cells.iter().filter_map(at).collect())
    };
    Figure {
        title: format!("Agreement with the teacher against M on {}", task.name()),
        y_label: "agreement on test, %".to_owned(),
        series: task.curves.iter().map(line).collect(),
        level: None,
        log: false,
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

fn accuracy_table(task: &TaskFindings) -> Markup {
    html! { details { summary { "Accuracies as a table" } div.scroll { table {
        thead { tr { th { "M" } @for curve in &task.curves { th { (curve.arm) } } } }
        tbody { @for m in sizes(task) { tr {
            td { (count(m as f64)) }
            @for curve in &task.curves {
                td { @if let Some(cell) = curve.cells.iter().find(|cell| cell.samples == m) {
                    (percent(&cell.accuracy))
                    @if cell.accuracy.n < crate::FEWEST_SEEDS { " (n = " (cell.accuracy.n) ")" }
                } }
            }
        } } }
    } } } }
}

fn extremes(task: &TaskFindings) -> Markup {
    let ends = |landmark: &crate::Landmark| {
        landmark
            .interval
            .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", samples(low), samples(high)))
    };
    html! { div.scroll { table {
        thead { tr { th { "arm" } th { "largest gain at M" } th { "κ = M/N there" } th { "turns negative at M" } th { "points per doubling of M" } } }
        tbody { @for gain in &task.gains { tr {
            td { (gain.arm) }
            td { @if let Some(peak) = &gain.peak { (count(peak.samples)) (ends(peak)) } }
            td { @if let (Some(peak), Some(n)) = (&gain.peak, task.teacher_samples) { (format!("{:.3}", peak.samples / n as f64)) } }
            td { @if let Some(crossing) = &gain.crossing { (count(crossing.samples)) (ends(crossing)) } @else { "nowhere" } }
            td { @if let Some(trend) = &gain.trend { (points(trend)) } }
        } } }
    } } }
}

fn efficiency_table(task: &TaskFindings) -> Markup {
    html! { @for efficiency in &task.efficiency { div.scroll { table {
        thead { tr { th { (efficiency.arm) " at M" } th { "matches labels at" } th { "η" } th { "gain, points" } } }
        tbody { @for point in &efficiency.points { tr {
            td { (count(point.samples as f64)) }
            td { (interval(point.labelled, point.interval, samples)) }
            td { (interval(point.factor(), point.factor_interval(), factor)) }
            td { @if let Some(gain) = gain_at(task, &efficiency.arm, point.samples) { (points(&gain.jointly)) } }
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
        p { (count(finished as f64)) " finished runs of " (count(findings.study.planned_runs as f64)) ", "
            (duration(findings.seconds)) " of training in all, counted over every worker." }
    }
}

fn failures(findings: &Findings) -> Markup {
    html! { @if !findings.failures.is_empty() {
        h2 { "Failed runs" }
        div.scroll { table {
            thead { tr { th { "run" } th.words { "task" } th.words { "arm" } th { "M" } th { "seed" } th.words { "reason" } } }
            tbody { @for row in &findings.failures { tr {
                td { code { (short(row.run())) } } td.words { (row.place().task_there()) } td.words { (row.place().arm) } td { (row.place().samples) } td { (row.place().seed) }
                td.words { (row.reason().unwrap_or_default()) }
            } } }
        } }
    } }
}

fn short(run: &str) -> &str {
    run.get(..8).unwrap_or(run)
}

fn runs(findings: &Findings) -> Markup {
    html! {
        h2 { "Runs" }
        p.small { code { "kd explain ID" } " tells everything about one of them; " code { (findings.study.command) } " trains them all." }
        details { summary { "All " (count(findings.runs.len() as f64)) " runs" } div.scroll { table {
            thead { tr { th { "run" } th.words { "task" } th.words { "arm" } th { "M" } th { "seed" } th { "score, %" } } }
            tbody { @for row in &findings.runs { tr {
                td { code { (short(row.run())) } } td.words { (row.place().task_there()) } td.words { (row.place().arm) } td { (row.place().samples) } td { (row.place().seed) }
                td { @if let Some(score) = row.score(findings.study.score) { (format!("{:.1}", 100.0 * score)) } @else { "failed" } }
            } } }
        } } }
    }
}

fn how_to_read(findings: &Findings) -> Markup {
    let level = format!("{:.0} %", 100.0 * findings.study.confidence);
    html! {
        h2 { "How to read this" }
        dl {
            dt { "N, M, κ" } dd { "Samples the teacher was trained on, samples the student gets, and their ratio M/N. The student's samples are drawn from the teacher's." }
            dt { "gain(M)" } dd { "Score (accuracy; of numbers the explained variance, R²) of an arm minus that of training on labels, both at M. Arms of one seed share their samples, their first weights and their order of batches, so the difference is taken seed by seed." }
            dt { "η(M)" } dd { "How many labelled samples reach what the arm reaches with M, divided by M. The label curve is made monotone and read between its points on a logarithmic scale. \"≥\" and \"≤\" mean that the answer lies beyond the measured range." }
            dt { "intervals" } dd { "At " (level) ". For means and differences, Student's t over seeds; where they are said to hold jointly, widened so that all M of the curve are covered at once (Bonferroni). For η, peak and crossing, percentiles over resampled seeds, widened for few as Student's t is (Hesterberg 2015), each for itself. They cover the choice of samples, first weights and batches, and of the teacher where there is one for each seed; not the choice of data set or hyper-parameters." }
            @for theory in THEORIES { dt { (theory.term()) } dd { (theory.how_to_read(findings.study.margin)) } }
            dt { "undecided" } dd { "The intervals allow for both answers. More seeds narrow them. A verdict takes " (crate::FEWEST_SEEDS) " finished seeds of every arm in it at every M." }
            dt { "not converged" } dd { "The last tenth of the budget still brought at least 2 % of the whole fall of the training loss; with L-BFGS, the gradient had not vanished. Such an arm may be undertrained rather than worse." }
        }
    }
}

fn provenance(findings: &Findings) -> Markup {
    html! {
        h2 { "Provenance" }
        dl {
            dt { "command" } dd { code { (findings.study.command) } }
            @for (name, value) in &findings.study.provenance { dt { (name) } dd { (value) } }
            @for task in &findings.study.tasks { dt { (task.name) } dd { (task.title) ". " (task.citation) ". Licence of the data: " (task.licence) "." } }
        }
    }
}
