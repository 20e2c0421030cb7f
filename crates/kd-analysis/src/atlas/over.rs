//! What holds over the tasks of several studies: each setting is an observation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Given;
use super::claim::leading;
use crate::across::{OfTask, Pooled, differences};
use crate::metric::Metric;
use crate::stat::Replicates;
use crate::study::Field;
use crate::task::TaskFindings;

/// A quantity over every setting: a data set and a student, once each, as the first study has it that varies M and
/// nothing else. Synthetic data are left out, and settings that are scored in another way than by accuracy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Over {
    /// What it is.
    pub title: String,
    /// What was found, as a share of examples.
    pub pooled: Pooled,
}

/// At the smallest M, at the largest, and what the former has more.
pub(super) fn of(studies: &[Given<'_>]) -> Vec<Over> {
    let mut settings: Vec<Setting<'_>> = Vec::new();
    for (name, _, findings) in studies {
        for task in findings.tasks.iter().filter(|task| task.factors.is_empty()) {
            let is_known = |known: &Setting<'_>| {
                let (own, other) = (&task.info, &known.task.info);
                (&own.title, &own.student) == (&other.title, &other.student)
            };
            let metric = task.metric(&findings.study);
            let has_a_curve = task.info.samples.len() > 1;
            if has_a_curve
                && metric.is_accuracy()
                && task.info.field() != Field::Synthetic
                && !settings.iter().any(is_known)
            {
                let confidence = findings.study.confidence;
                settings.push(Setting {
                    name: format!("{name}: {}", task.info.name),
                    task,
                    metric,
                    confidence,
                });
            }
        }
    }
    let all = [
        over(&settings, "gain at the smallest M", |setting| setting.at(|sizes| sizes.first().copied())),
        over(&settings, "gain at the largest M", |setting| setting.at(|sizes| sizes.last().copied())),
        over(&settings, "gain at the smallest M minus that at the largest", Setting::excess),
    ];
    all.into_iter().flatten().collect()
}

fn over<'a>(
    settings: &[Setting<'a>],
    title: &str,
    of: impl Fn(&Setting<'a>) -> Option<OfTask>,
) -> Option<Over> {
    let tasks: Vec<OfTask> = settings.iter().filter_map(of).collect();
    let confidence = settings.first()?.confidence;
    (tasks.len() > 1).then(|| Over { title: title.to_owned(), pooled: Pooled::of(tasks, confidence) })
}

struct Setting<'a> {
    name: String,
    task: &'a TaskFindings,
    metric: Metric,
    confidence: f64,
}

impl Setting<'_> {
    fn gains(&self) -> Option<BTreeMap<u64, Replicates>> {
        differences(self.task, &leading(self.task)?.arm, &self.metric)
    }

    fn at(&self, which: impl Fn(&[u64]) -> Option<u64>) -> Option<OfTask> {
        let gains = self.gains()?;
        let samples = which(&gains.keys().copied().collect::<Vec<_>>())?;
        self.of(samples, &gains[&samples].values().copied().collect::<Vec<_>>())
    }

    fn excess(&self) -> Option<OfTask> {
        let gains = self.gains()?;
        let ((first, at_first), (last, at_last)) = (gains.first_key_value()?, gains.last_key_value()?);
        let pair = |(seed, gain): (&u64, &f64)| Some(gain - at_last.get(seed)?);
        let excess: Vec<f64> = at_first.iter().filter_map(pair).collect();
        (first < last).then(|| self.of(*first, &excess)).flatten()
    }

    fn of(&self, samples: u64, differences: &[f64]) -> Option<OfTask> {
        let kappa = self.task.teacher_samples.filter(|n| *n > 0).map(|n| samples as f64 / n as f64);
        OfTask::of(self.name.clone(), (samples, kappa), differences, self.confidence)
    }
}
