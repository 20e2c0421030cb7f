//! The answer in words.

use super::text::{factor, interval, judgement, points, samples};
use crate::findings::{Efficiency, Findings, Gain, TaskFindings};
use crate::row::Role;
use crate::theory::Verdict;

/// The answer for one task, in two or three sentences.
pub(super) fn answer(task: &TaskFindings) -> String {
    let Some(gain) = leading_gain(task) else {
        return "Distillation and training on labels have no finished runs in common yet.".to_owned();
    };
    let Some(first) = gain.points.first() else {
        return "Distillation and training on labels have no finished runs in common yet.".to_owned();
    };
    let mut sentences = format!(
        "At M = {}, {} gains {} points of accuracy over labels",
        first.samples,
        gain.arm,
        points(&first.jointly)
    );
    let equivalent = equivalence_of(task, &gain.arm)
        .and_then(|efficiency| efficiency.points.iter().find(|point| point.samples == first.samples));
    if let Some(point) = equivalent {
        sentences.push_str(&format!(
            ", as much as labelling {} examples would ({} times as many)",
            interval(point.labelled, point.interval, samples),
            factor(point.factor())
        ));
    }
    sentences.push('.');
    if let Some(last) = gain.points.last().filter(|last| last.samples > first.samples) {
        sentences.push_str(&format!(" At M = {} the gain is {}.", last.samples, points(&last.jointly)));
    }
    sentences
}

/// The gain that stands for distillation: of the distilled arms, the one with controls of its own, else the one that
/// gains most at the smallest M.
pub(super) fn leading_gain(task: &TaskFindings) -> Option<&Gain> {
    let distilled =
        || task.gains.iter().filter(|gain| gain.role == Role::Distilled && !gain.points.is_empty());
    let tested =
        |gain: &&Gain| task.verdicts.iter().any(|verdict| verdict.arm.as_deref() == Some(gain.arm.as_str()));
    let at_smallest = |gain: &&Gain| gain.points.first().map_or(f64::NEG_INFINITY, |point| point.alone.mean);
    distilled().find(tested).or_else(|| distilled().max_by(|a, b| at_smallest(a).total_cmp(&at_smallest(b))))
}

fn equivalence_of<'a>(task: &'a TaskFindings, arm: &str) -> Option<&'a Efficiency> {
    task.efficiency.iter().find(|efficiency| efficiency.arm == arm)
}

/// `refuted for distilled (temperature = 4): because ...`
pub(super) fn verdict(verdict: &Verdict) -> String {
    let arm = verdict.arm.as_ref().map_or_else(String::new, |arm| format!(" by {arm}"));
    format!("{}{arm}: {}", judgement(verdict.judgement), verdict.because)
}

/// Whether the gain grows as data shrink.
pub(super) fn trend(gain: &Gain) -> Option<String> {
    let trend = gain.trend?;
    let said = if trend.is_below_zero() {
        "the gain is amplified as data shrink"
    } else if trend.is_above_zero() {
        "the gain grows with the data"
    } else {
        "the gain shows no clear trend over M"
    };
    Some(format!("{said}: {} points per doubling of M", points(&trend)))
}

fn seeds(number: usize) -> String {
    format!("{number} seed{}", if number == 1 { "" } else { "s" })
}

/// What is missing from a study, if anything is.
pub(super) fn shortfall(findings: &Findings) -> Vec<String> {
    let mut notes = Vec::new();
    if findings.missing() > 0 {
        notes.push(format!(
            "{} of {} runs are still missing: these are the findings so far.",
            findings.missing(),
            findings.study.planned_runs
        ));
    }
    if findings.has_few_seeds() {
        notes.push(format!(
            "{}: below {} the dots are shown and no verdict is claimed.",
            seeds(findings.study.seeds.len()),
            crate::theory::FEWEST_SEEDS
        ));
    }
    if !findings.failures.is_empty() {
        notes.push(format!("{} runs failed; they are listed with their reasons.", findings.failures.len()));
    }
    notes
}
