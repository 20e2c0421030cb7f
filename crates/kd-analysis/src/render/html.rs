use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::contents::{Part, anchors, contents};
use super::sentence::{answer, beaten, leading_gain, others, shape, shortfall};
use super::task_section::task_section;
use super::text::{capital, count, judgement};
use super::{about, across, arms, by_factor, caveats, doubts, heat, runs, shares};
use crate::findings::Findings;
use crate::metric::Metric;
use crate::table::Outcome;
use crate::theory::{THEORIES, thresholds};

/// A report as one HTML page: no request to any network, light and dark, on paper too. A small script sorts the table of
/// runs and opens folds for print; nothing needs it.
#[must_use]
pub fn html(findings: &Findings) -> String {
    let study = &findings.study;
    let anchors = anchors(findings);
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
                div.answers { @for (task, anchor) in findings.tasks.iter().zip(&anchors) {
                    div.answer {
                        p { strong { a href=(format!("#{anchor}")) { (task.name()) } } " — " (answer(task, &task.metric(study))) }
                        @if let Some(shape) = leading_gain(task).and_then(|gain| shape(gain, &task.metric(study))) { p { "Over M, " (shape) "." } }
                        @if let Some(beaten) = beaten(task, &task.metric(study)) { p { (beaten) "." } }
                        @let others = others(task, &task.metric(&findings.study));
                        @if !others.is_empty() { p.small { (capital(&task.metric(&findings.study).differences("gain over labels"))) ": " (others.join("; ")) "." } }
                        @if let Some(caveat) = caveats::of_task(task, findings) { p.caveat { (caveat) "." } }
                        @for verdict in &task.verdicts { p.small {
                            (verdict.claim) " "
                            span class=(format!("badge {}", judgement(verdict.judgement))) { (judgement(verdict.judgement)) }
                        } }
                    }
                } }
                (doubts::section(&findings.doubts))
                (contents(findings, &factors(findings), &parts(findings)))
                (across::section(findings))
                (shares::section(findings))
                (by_factor::section(findings))
                (heat::section(findings))
                @for (task, anchor) in findings.tasks.iter().zip(&anchors) { (task_section(task, anchor, findings)) }
                (arms::section(findings))
                (cost(findings))
                (runs::failures(findings))
                (runs::runs(findings))
                (how_to_read(findings))
                (provenance(findings))
            } (runs::script()) }
        }
    };
    page.into_string()
}

/// What simulations of studies whose truth is known say (`examples/simulate`, `examples/simulate_laws`), where it is not simply
/// that 95 of 100 intervals hold the truth and at most 5 of 100 studies have a false verdict.
const CALIBRATION: &str = "Intervals and verdicts were tried on simulated studies whose truth is known, 2,000 for each row of a table that \
    comes with the program. Intervals of a gain, joint ones, those of η and of where a gain turns hold the truth in 94 to 98 of 100 studies. \
    More often than they say, so with room to spare: where a gain is largest, best levels, and intervals near a ceiling, where many runs \
    have the same score. Less sure: with five seeds, 5.6 of 100 fidelity gaps that do fall as κ^−½ are said not to, and the interval of the share that is \
    variance holds it in 91 to 93 of 100 where that share is small (no verdict was false).";

/// What comes before the tasks.
fn factors(findings: &Findings) -> Vec<Part> {
    let part = |anchor: &str, title: &str| Part { anchor: anchor.to_owned(), title: title.to_owned() };
    let mut parts = Vec::new();
    if !findings.across.is_empty() {
        parts.push(part("over-tasks", "over tasks"));
    }
    if !findings.shares.is_empty() {
        parts.push(part("theories-over-tasks", "theories over tasks"));
    }
    for factor in by_factor::factors(findings) {
        parts.push(part(&by_factor::anchor(&factor), &format!("by {factor}")));
    }
    if heat::is_there(findings) {
        parts.push(part("two-factors", "by two factors"));
    }
    parts
}

/// What follows the tasks.
fn parts(findings: &Findings) -> Vec<Part> {
    let part = |anchor: &str, title: &str| Part { anchor: anchor.to_owned(), title: title.to_owned() };
    let mut parts = Vec::new();
    if !findings.runs.is_empty() {
        parts.push(part("arms", "arms"));
    }
    parts.push(part("cost", "cost"));
    if !findings.failures.is_empty() {
        parts.push(part("failed-runs", "failed runs"));
    }
    parts.extend([
        part("runs", "runs"),
        part("how-to-read", "how to read this"),
        part("provenance", "provenance"),
    ]);
    parts
}

fn cost(findings: &Findings) -> Markup {
    let finished = findings.runs.iter().filter(|row| row.outcome() == Outcome::Finished).count();
    html! {
        h2 id="cost" { "Cost" }
        p { (count(finished as f64)) " finished runs of " (count(findings.study.planned_runs as f64))
            @let trained = about::trained_for(findings);
            @if trained.is_empty() { "." } @else { (trained) " in all, counted over every worker." } }
    }
}

fn how_to_read(findings: &Findings) -> Markup {
    let level = format!("{:.0} %", 100.0 * findings.study.confidence);
    let is_trained = about::is_trained(&findings.study);
    let metric = findings.study.tasks.first().map(|task| Metric::of(&findings.study, task));
    let gains = metric.as_ref().map_or_else(String::new, Metric::meaning_of_gains);
    html! {
        h2 id="how-to-read" { "How to read this" }
        dl {
            dt { "N, M, κ" } dd { "Samples the teacher was trained on, samples the student gets, and their ratio M/N."
                @if is_trained { " The student's samples are drawn from the teacher's." } }
            dt { "gain(M)" } dd { (gains) ", both at M. "
                @if is_trained { "Arms of one seed share their samples, their first weights and their order of batches, so the difference is taken seed by seed." }
                @else { "The difference is taken seed by seed. What arms of one seed share (samples, first weights, batches), the table does not say: the less it is, the wider are intervals." } }
            dt { "η(M)" } dd { "How many labelled samples reach what the arm reaches with M, divided by M. The label curve is made monotone and read between its points on a logarithmic scale. \"≥\" and \"≤\" mean that the answer lies beyond the measured range." }
            dt { "intervals" } dd { "At " (level) ". For means and differences, Student's t over seeds; where they are said to hold jointly, moderated t: the variances of a curve lend each other strength along a trend in log M (Smyth 2004; Law et al. 2014), and the critical value, which a bootstrap of the whole fit gives, covers all M of the curve at once. Of fewer than four M, Student's t and Bonferroni. η: every number of labels whose score cannot be told from the arm's by a paired t-test, on a curve that is monotone between points (Fieller 1954; Fritsch and Butland 1984). Largest gain: every M that is not established to be below another (Hsu 1981), which covers more often than it says. Where a gain turns: every M between a gain and a loss, both beyond doubt, at which it cannot be told from 0. They cover the choice of samples, first weights and batches, and of the teacher where there is one for each seed; not the choice of data set or hyper-parameters." }
            dt { "theories" } dd { "For each, the share of the gain that it explains, a ratio of sums over every M at which there is a gain (Fieller 1954). " (thresholds()) " All verdicts of the study are settled together (Holm 1979): one study in twenty has a wrong one." }
            @if !findings.effects.is_empty() { dt { "factors" } dd { "What a step of a factor changes is a slope over its levels, taken seed by seed by least squares: of twice the level where levels are far apart, else of a level larger by one. The best level is that with the largest mean gain; those named beside it are not established to gain less (Hsu 1981), which covers more often than it says. That a slope depends on M, larger at one end than at the other, is settled over all distilled arms of the study together (Holm 1979)." } }
            @for theory in THEORIES.iter().filter(|theory| findings.tests(theory)) { dt { (theory.term) } dd { "Predicts that " (theory.prediction) "." } }
            dt { "errors of this analysis" } dd { (CALIBRATION) }
            dt { "figures" } dd { "Lines are means over seeds; upright lines and bands are intervals, small dots single seeds, and an open mark is only a bound. Lines at the same M stand a little apart. No interval is drawn beyond what a score can be. " code { "kd figure DIR" } " writes any of them as SVG, PDF, PNG, CSV or a LaTeX table." }
            dt { "undecided" } dd { "The intervals allow for both answers. More seeds narrow them. A verdict takes " (crate::FEWEST_SEEDS) " finished seeds of every arm in it at every M." }
            dt { "not converged" } dd { "Ten times the steps would probably bring more than half a point, as the last losses and the rise of the validation score tell: a rule fitted on runs whose budget was multiplied by ten, and right of nine in ten others. With L-BFGS, the gradient had not vanished. Such an arm may be undertrained rather than worse." }
        }
    }
}

fn provenance(findings: &Findings) -> Markup {
    html! {
        h2 id="provenance" { "Provenance" }
        dl {
            @if about::is_trained(&findings.study) { dt { "command" } dd { code { (findings.study.command) } } }
            @for (name, value) in &findings.study.provenance { dt { (name) } dd { (value) } }
            @for task in &findings.study.tasks {
                @let said = about::source(task);
                @if !said.is_empty() { dt { (task.name) } dd { (said) } }
            }
        }
        @if let Some(file) = &findings.study.study_file {
            details.file { summary { "The study file" @if findings.study.provenance.iter().any(|(name, _)| name == "set in it") { ", as it was written; what was set in it is said above" } } pre { code { (file) } } }
        }
    }
}
