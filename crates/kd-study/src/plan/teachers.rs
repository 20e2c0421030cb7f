//! The teachers of a study.

use std::collections::{BTreeMap, HashSet};

use kd_analysis::Role;
use kd_core::objective::Objective;

use super::{PlannedRun, keep, place};
use crate::error::Result;
use crate::file::Replicates;
use crate::spec::{Draw, Part, RunId, RunSpec, SCHEMA, TeacherView};
use crate::study::{Study, TEACHER, Task};

/// All of them, seed by seed; one that several seeds share once.
pub(super) fn of(study: &Study) -> Result<Vec<PlannedRun>> {
    let mut runs = Vec::new();
    let mut planned = HashSet::new();
    for &seed in &study.seeds {
        for (index, task) in study.tasks.iter().enumerate() {
            for member in members(study, task, seed)? {
                if planned.insert((index, member.id.clone())) {
                    runs.push(member);
                }
            }
        }
    }
    Ok(runs)
}

/// The ids of those that the students of a seed may hear.
pub(super) fn ids(study: &Study, task: &Task, seed: u64) -> Result<Vec<RunId>> {
    Ok(members(study, task, seed)?.into_iter().map(|member| member.id).collect())
}

/// The seed of the teacher of a seed.
pub(super) fn seed_of(study: &Study, task: &Task, seed: u64) -> u64 {
    match task.teacher.replicates {
        Replicates::Once => study.seeds[0],
        Replicates::PerSeed => seed,
    }
}

/// The draw of its samples.
pub(super) fn draw(task: &Task, seed: u64) -> Draw {
    Draw { seed, ..task.teacher.draw.clone() }
}

fn members(study: &Study, task: &Task, seed: u64) -> Result<Vec<PlannedRun>> {
    let seed = seed_of(study, task, seed);
    (0..task.teacher.members).map(|member| run(study, task, seed, member)).collect()
}

fn run(study: &Study, task: &Task, seed: u64, member: u32) -> Result<PlannedRun> {
    let teacher = &task.teacher;
    let spec = RunSpec {
        schema: SCHEMA,
        data: task.data.clone(),
        draws: vec![draw(task, seed)],
        model: teacher.predictor.clone(),
        weights: teacher.weights.clone(),
        training: teacher.training.clone(),
        objective: Objective::without_teacher(task.predicted),
        part: Part::Teacher { member },
        seed,
        // What is not trained sees no views.
        augmentation: teacher.augmentation.filter(|_| teacher.training.is_some()),
        teacher_view: TeacherView::Same,
        unlabelled: 0,
    };
    let arm = if member == 0 { TEACHER.to_owned() } else { format!("{TEACHER} (member {})", member + 1) };
    Ok(PlannedRun {
        id: spec.id()?,
        place: place(task, &arm, &BTreeMap::new(), &spec, seed),
        role: Role::Teacher,
        teacher_samples: Some(teacher.samples),
        compared: Vec::new(),
        keep: keep::of(study, task, &spec, &[]),
        spec,
    })
}
