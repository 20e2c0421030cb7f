//! The students of a study.

use kd_analysis::Datum;

use super::{PlannedRun, keep, place, teachers};
use crate::error::Result;
use crate::spec::{Draw, Keep, Part, Predictor, RunId, RunSpec, SCHEMA};
use crate::study::{Arm, GENERATION, Study, Task, UNLABELLED};

/// All of them, seed by seed, so that an interrupted study has whole replicates.
pub(super) fn of(study: &Study) -> Result<Vec<PlannedRun>> {
    let mut runs = Vec::new();
    for (index, task) in study.tasks.iter().enumerate() {
        let seeds = study.seeds.iter();
        let teachers = seeds.map(|&seed| teachers::ids(study, task, seed)).collect::<Result<Vec<_>>>()?;
        for &samples in &task.student.samples {
            for (arm_index, arm) in study.arms.iter().enumerate() {
                for &unlabelled in task.student.unlabelled_under(&arm.objective) {
                    let students = Students { study, task, arm, samples, unlabelled };
                    for (generation, of_seeds) in students.generations(&teachers)?.into_iter().enumerate() {
                        let order = |seed| (seed, index, samples, arm_index, unlabelled, generation);
                        runs.extend(of_seeds.into_iter().enumerate().map(|(seed, run)| (order(seed), run)));
                    }
                }
            }
        }
    }
    runs.sort_by_key(|(order, _)| *order);
    Ok(runs.into_iter().map(|(_, run)| run).collect())
}

/// Those of one arm at one M and one U.
struct Students<'a> {
    study: &'a Study,
    task: &'a Task,
    arm: &'a Arm,
    samples: u64,
    unlabelled: u64,
}

impl Students<'_> {
    /// Of each generation, that of each seed. `teachers` are those of each seed, whom the first hears. What hears nobody
    /// has one generation.
    fn generations(&self, teachers: &[Vec<RunId>]) -> Result<Vec<Vec<PlannedRun>>> {
        let count = if self.arm.objective.needs_teacher() { self.task.student.generations } else { 1 };
        let mut generations: Vec<Vec<PlannedRun>> = Vec::new();
        for generation in 0..count {
            let before: Option<Vec<RunId>> =
                generations.last().map(|runs| runs.iter().map(|run| run.id.clone()).collect());
            let of_seed = |(index, &seed): (usize, &u64)| {
                let above = match &before {
                    None if self.arm.objective.needs_ensemble() => teachers[index].clone(),
                    None => teachers[index][..1].to_vec(),
                    Some(all) if self.arm.objective.needs_ensemble() => all.clone(),
                    Some(all) => vec![all[index].clone()],
                };
                self.run(seed, above, generation)
            };
            let runs = self.study.seeds.iter().enumerate().map(of_seed).collect::<Result<Vec<_>>>()?;
            generations.push(runs);
        }
        Ok(generations)
    }

    /// The student of a seed below `teachers`, whom it hears if it hears anyone.
    fn run(&self, seed: u64, teachers: Vec<RunId>, generation: u32) -> Result<PlannedRun> {
        let Self { study, task, arm, samples, unlabelled } = *self;
        let student = &task.student;
        let teacher_seed = teachers::seed_of(study, task, seed);
        let spec = RunSpec {
            schema: SCHEMA,
            data: task.data.clone(),
            // The teacher's labels are its own.
            draws: Draw { samples, seed, ..student.draw.clone() }
                .after(Draw { label_noise: None, ..teachers::draw(task, teacher_seed) }),
            model: Predictor::Model(student.model.clone()),
            weights: student.weights.clone(),
            training: Some(student.training.clone()),
            objective: arm.objective.clone(),
            part: Part::Student {
                teachers: if arm.objective.needs_teacher() { teachers.clone() } else { Vec::new() },
                generation,
            },
            seed,
            augmentation: task.augmentation,
            teacher_view: task.teacher_view_of(&arm.objective),
            unlabelled,
        };
        let mut levels = arm.levels.clone();
        if student.generations > 1 && arm.objective.needs_teacher() {
            levels.insert(GENERATION.to_owned(), Datum::Count(u64::from(generation) + 1));
        }
        if student.unlabelled_under(&arm.objective).len() > 1 {
            levels.insert(UNLABELLED.to_owned(), Datum::Count(unlabelled));
        }
        Ok(PlannedRun {
            id: spec.id()?,
            place: place(task, &arm.name, &levels, &spec, seed),
            role: arm.role.clone(),
            teacher_samples: Some(task.teacher.samples),
            keep: Keep {
                outputs: generation + 1 < student.generations && arm.objective.needs_teacher(),
                ..keep::of(study, task, &spec, &teachers)
            },
            compared: teachers,
            spec,
        })
    }
}
