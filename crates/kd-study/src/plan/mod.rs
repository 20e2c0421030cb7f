//! Which runs a study needs, and what a report says of it: all that a results folder has to know of its study.

mod info;

use std::collections::{BTreeMap, HashSet};

use kd_analysis::{Place, Role, StudyInfo};
use kd_core::objective::Objective;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::file::Replicates;
use crate::spec::{Draw, Part, Predictor, RunId, RunSpec, SCHEMA, TeacherView};
use crate::study::{Arm, Study, TEACHER, Task};

/// Every run of a study, teachers first, then students seed by seed, so that an interrupted study has whole
/// replicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What reports say of the study.
    pub study: StudyInfo,
    /// Runs in the order in which they start.
    pub runs: Vec<PlannedRun>,
}

/// A run and its place in the study. Two places can share a run, and thus an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// Identity.
    pub id: RunId,
    /// Where it stands; the arm of teachers is `teacher`, their M is N.
    pub place: Place,
    /// The arm's role.
    pub role: Role,
    /// N.
    pub teacher_samples: u64,
    /// What it trains.
    pub spec: RunSpec,
}

impl Plan {
    /// The runs of `study`.
    ///
    /// # Errors
    /// If a specification has no canonical form.
    pub fn new(study: &Study) -> Result<Self> {
        let mut teachers = Vec::new();
        let mut students = Vec::new();
        let mut planned = HashSet::new();
        for &seed in &study.seeds {
            for task in &study.tasks {
                let teacher_seed = match task.teacher.replicates {
                    Replicates::Once => study.seeds[0],
                    Replicates::PerSeed => seed,
                };
                let members = (0..task.teacher.members)
                    .map(|member| teacher_run(study, task, teacher_seed, member))
                    .collect::<Result<Vec<_>>>()?;
                let ids: Vec<RunId> = members.iter().map(|teacher| teacher.id.clone()).collect();
                teachers.extend(
                    members.into_iter().filter(|teacher| planned.insert((&task.name, teacher.id.clone()))),
                );
                for &samples in &task.student.samples {
                    for arm in &study.arms {
                        students.push(student_run(study, task, arm, samples, seed, (teacher_seed, &ids))?);
                    }
                }
            }
        }
        teachers.append(&mut students);
        Ok(Self { study: info::info(study, teachers.len()), runs: teachers })
    }

    /// One place for each id: what there is to train.
    #[must_use]
    pub fn distinct(&self) -> Vec<&PlannedRun> {
        let mut seen = HashSet::new();
        self.runs.iter().filter(|run| seen.insert(&run.id)).collect()
    }
}

fn teacher_draw(task: &Task, seed: u64) -> Draw {
    Draw { seed, ..task.teacher.draw.clone() }
}

fn teacher_run(study: &Study, task: &Task, seed: u64, member: u32) -> Result<PlannedRun> {
    let teacher = &task.teacher;
    let spec = RunSpec {
        schema: SCHEMA,
        data: task.data.clone(),
        draws: vec![teacher_draw(task, seed)],
        model: teacher.predictor.clone(),
        weights: teacher.weights.clone(),
        training: teacher.training.clone(),
        objective: Objective::without_teacher(task.predicted),
        part: Part::Teacher { member },
        seed,
        representation: study.representation.filter(|_| teacher.predictor.architecture().is_some()),
        // What is not trained sees no views.
        augmentation: task.augmentation.filter(|_| teacher.training.is_some()),
        teacher_view: TeacherView::Same,
    };
    let arm = if member == 0 { TEACHER.to_owned() } else { format!("{TEACHER} (member {})", member + 1) };
    Ok(PlannedRun {
        id: spec.id()?,
        place: place(task, &arm, &spec, seed),
        role: Role::Teacher,
        teacher_samples: teacher.samples,
        spec,
    })
}

/// The student of an arm at M, of the teachers (or the one that all arms hear, if it needs no more) of that seed.
fn student_run(
    study: &Study,
    task: &Task,
    arm: &Arm,
    samples: u64,
    seed: u64,
    (teacher_seed, teachers): (u64, &[RunId]),
) -> Result<PlannedRun> {
    let student = &task.student;
    let listened = if arm.objective.needs_ensemble() { teachers.len() } else { 1 };
    let spec = RunSpec {
        schema: SCHEMA,
        data: task.data.clone(),
        draws: vec![
            // The teacher's labels are its own.
            Draw { label_noise: None, ..teacher_draw(task, teacher_seed) },
            Draw { samples, seed, ..student.draw.clone() },
        ],
        model: Predictor::Model(student.model.clone()),
        weights: student.weights.clone(),
        training: Some(student.training.clone()),
        objective: arm.objective.clone(),
        part: Part::Student { teachers: teachers[..listened].to_vec() },
        seed,
        representation: study.representation,
        augmentation: task.augmentation,
        teacher_view: task.teacher_view_of(&arm.objective),
    };
    Ok(PlannedRun {
        id: spec.id()?,
        place: place(task, &arm.name, &spec, seed),
        role: arm.role.clone(),
        teacher_samples: task.teacher.samples,
        spec,
    })
}

fn place(task: &Task, arm: &str, spec: &RunSpec, seed: u64) -> Place {
    Place {
        task: task.name.clone(),
        arm: arm.to_owned(),
        factors: BTreeMap::new(),
        samples: spec.samples(),
        seed,
    }
}

#[cfg(test)]
mod tests;
