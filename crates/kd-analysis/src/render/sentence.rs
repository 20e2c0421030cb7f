//! The answer in words.

use super::text::{factor, interval, judgement, samples};
use crate::difference::Difference;
use crate::efficiency::Efficiency;
use crate::findings::Findings;
use crate::gain::{Form, Gain};
use crate::interval::Estimate;
use crate::metric::Metric;
use crate::role::Role;
use crate::task::TaskFindings;
use crate::theory::{FEWEST_SEEDS, Verdict, at_sizes};

/// The answer for one task, in two or three sentences.
pub(super) fn answer(task: &TaskFindings, metric: &Metric) -> String {
    let has = |role: &Role| task.curves.iter().any(|curve| curve.role == *role);
    let (gain, first) = match leading_gain(task).map(|gain| (gain, gain.points.first())) {
        Some((gain, Some(first))) => (gain, first),
        _ if task.curves.is_empty() => return "No run of an arm has ended yet.".to_owned(),
        _ if !has(&Role::Labels) => return "There is no arm trained on labels to compare with.".to_owned(),
        _ if !has(&Role::Distilled) => {
            return "There is no arm trained on the teacher's full signal.".to_owned();
        }
        _ => return "Distillation and training on labels have no finished runs in common yet.".to_owned(),
    };
    let mut sentences = format!("At M = {}, {} {}", first.samples, gain.arm, metric.gains(&first.jointly));
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
        sentences.push_str(&format!(
            " At M = {} the gain is {}.",
            last.samples,
            metric.difference(&last.jointly)
        ));
    }
    sentences
}

/// The gain that stands for distillation: of the distilled arms the first with controls of its own, else the first. Not
/// the one that gained most: to choose by the result would make it look better than it is.
pub(super) fn leading_gain(task: &TaskFindings) -> Option<&Gain> {
    let distilled =
        || task.gains.iter().filter(|gain| gain.role == Role::Distilled && !gain.points.is_empty());
    distilled().find(|gain| !gain.controls.is_empty()).or_else(|| distilled().next())
}

fn equivalence_of<'a>(task: &'a TaskFindings, arm: &str) -> Option<&'a Efficiency> {
    task.efficiency.iter().find(|efficiency| efficiency.arm == arm)
}

/// `refuted, tested on distilled (temperature = 4): at M = 40, ...`
pub(super) fn verdict(verdict: &Verdict) -> String {
    let arm = verdict.arm.as_ref().map_or_else(String::new, |arm| format!(", tested on {arm}"));
    let settle = verdict.settle.as_ref().map_or_else(String::new, |settle| format!("; {settle}"));
    format!("{}{arm}: {}{settle}", judgement(verdict.judgement), verdict.because)
}

/// Whether the gain grows as data shrink.
pub(super) fn shape(gain: &Gain, metric: &Metric) -> Option<String> {
    let shape = gain.shape.as_ref()?;
    let (smallest, largest) = (shape.smallest, shape.largest);
    let excess = metric.difference_with_unit(&shape.difference);
    Some(match shape.form {
        Form::Amplified => format!(
            "the gain is amplified as data shrink: at M = {smallest} it is larger than at M = {largest} by {excess}"
        ),
        Form::Peaks { at } => {
            let sizes = match gain.peak.as_ref().and_then(|peak| peak.interval) {
                Some((low, high)) if low != high => {
                    format!(
                        " (from M = {} to {} it cannot be told from the largest)",
                        samples(low),
                        samples(high)
                    )
                }
                Some(_) | None => String::new(),
            };
            format!(
                "the gain peaks between, at M = {at}{sizes}: it is larger there than at M = {smallest} and at M = {largest}"
            )
        }
        Form::NotAmplified if shape.difference.n < FEWEST_SEEDS => format!(
            "nothing is claimed with fewer than {FEWEST_SEEDS} seeds; at M = {smallest} minus at M = {largest}, the gain is {excess}"
        ),
        Form::NotAmplified => {
            let more = shape.more_seeds.map_or_else(String::new, |more| {
                format!(
                    "; if it is, about {more} more seed{} would show it",
                    if more == 1 { "" } else { "s" }
                )
            });
            format!(
                "the gain is not amplified, as far as these seeds tell: at M = {smallest} minus at M = {largest}, it is {excess}{more}"
            )
        }
    })
}

/// What every other arm gains over labels, at the ends of its M.
pub(super) fn others(task: &TaskFindings, metric: &Metric) -> Vec<String> {
    let leading = leading_gain(task).map(|gain| gain.arm.as_str());
    let others = task.gains.iter().filter(|gain| Some(gain.arm.as_str()) != leading);
    let said = |gain: &Gain| {
        let (first, last) = (gain.points.first()?, gain.points.last()?);
        let at =
            |point: &Difference| format!("{} at M = {}", metric.difference(&point.jointly), point.samples);
        let last = if last.samples > first.samples { format!(", {}", at(last)) } else { String::new() };
        Some(format!("{} {}{last}", gain.arm, at(first)))
    };
    others.filter_map(said).collect()
}

/// Where the arm that stands for distillation is beaten, beyond doubt among all such claims of the study: by labels, and by what hears
/// less of the teacher than it does.
pub(super) fn beaten(task: &TaskFindings, metric: &Metric) -> Option<String> {
    let gain = leading_gain(task)?;
    let by_labels = gain.points.iter().filter(|point| point.is_loss()).map(|point| ("labels", point, -1.0));
    let by_others = task.contrasts.iter().flat_map(|contrast| {
        let (other, sign) = if contrast.other == gain.arm {
            (contrast.arm.as_str(), 1.0)
        } else if contrast.arm == gain.arm {
            (contrast.other.as_str(), -1.0)
        } else {
            return Vec::new();
        };
        let found =
            contrast.differences.iter().filter(|point| point.established && sign * point.alone.mean > 0.0);
        found.map(|point| (other, point, sign)).collect()
    });
    let mut by_arm: Vec<(&str, Vec<(&Difference, f64)>)> = Vec::new();
    for (other, point, sign) in by_labels.chain(by_others) {
        match by_arm.iter_mut().find(|(known, _)| *known == other) {
            Some((_, points)) => points.push((point, sign)),
            None => by_arm.push((other, vec![(point, sign)])),
        }
    }
    let each: Vec<String> =
        by_arm.iter().filter_map(|(other, points)| beaten_by(other, points, metric)).collect();
    (!each.is_empty()).then(|| format!("{} is beaten {}", gain.arm, each.join("; ")))
}

/// `by smoothed at M = 640, by 1.5 [0.9, 2.1] points`, or at several M, by what it is most of all.
fn beaten_by(other: &str, points: &[(&Difference, f64)], metric: &Metric) -> Option<String> {
    let by = |(point, sign): &(&Difference, f64)| sign * point.jointly.mean;
    let (most, sign) = points.iter().max_by(|a, b| by(a).total_cmp(&by(b)))?;
    let jointly = Estimate { mean: sign * most.jointly.mean, ..most.jointly };
    let sizes: Vec<u64> = points.iter().map(|(point, _)| point.samples).collect();
    let most_at = if sizes.len() > 1 { format!("most at M = {}, ", most.samples) } else { String::new() };
    Some(format!("by {other} at {}, {most_at}{}", at_sizes(&sizes), metric.difference_with_unit(&jointly)))
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
            FEWEST_SEEDS
        ));
    }
    if !findings.failures.is_empty() {
        notes.push(format!("{} runs failed; they are listed with their reasons.", findings.failures.len()));
    }
    notes
}
