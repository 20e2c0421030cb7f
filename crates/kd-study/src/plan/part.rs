//! Parts of a plan, as conditions tell them.

use std::collections::HashSet;

use kd_analysis::{Datum, Error, Facts, Filter, Role, Subject};

use super::{Plan, PlannedRun};
use crate::error::Result;
use crate::spec::RunId;

impl Facts for PlannedRun {
    fn level(&self, factor: &str) -> Option<&Datum> {
        self.place.level(factor)
    }

    fn fact(&self, name: &str) -> Option<Datum> {
        (&self.place, &self.role).fact(name)
    }
}

impl Plan {
    /// What conditions on its runs may be about before they are trained.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        Subject::of_places(&self.study, self.runs.iter().map(|run| (&run.place, &run.role)))
    }

    /// The runs that meet `filter`, and those that they hear or are compared with as they are trained, to be trained alone.
    ///
    /// # Errors
    /// If none does.
    pub fn only(&self, filter: &Filter) -> Result<Self> {
        self.met(filter)?;
        let wanted = self.runs.iter().filter(|run| filter.may_hold(*run)).map(|run| &run.id);
        let mut needed: HashSet<&RunId> = wanted.collect();
        // Who is heard may hear others.
        let mut known = 0;
        while known < needed.len() {
            known = needed.len();
            for run in &self.runs {
                if needed.contains(&run.id) {
                    needed.extend(run.spec.teachers().iter().chain(run.keep.compared()));
                }
            }
        }
        let runs = self.runs.iter().filter(|run| needed.contains(&run.id)).cloned().collect();
        Ok(Self { study: self.study.clone(), runs })
    }

    /// The students that meet `filter` as far as their places tell, beside all teachers of their tasks, as a study of its
    /// own to be analysed.
    ///
    /// # Errors
    /// If no run meets it.
    pub fn part(&self, filter: &Filter) -> Result<Self> {
        self.met(filter)?;
        let stays = |run: &&PlannedRun| match run.role {
            Role::Teacher => filter.holds_of_task(*run) && self.teaches(run, filter),
            Role::Labels | Role::Distilled | Role::Control { .. } | Role::Other => filter.may_hold(*run),
        };
        let runs: Vec<PlannedRun> = self.runs.iter().filter(stays).cloned().collect();
        let students = || runs.iter().filter(|run| run.role != Role::Teacher);
        let mut study = self.study.clone();
        study
            .tasks
            .retain(|task| filter.holds_of_task(task) && runs.iter().any(|run| run.place.task == task.name));
        for task in &mut study.tasks {
            let is_there =
                |samples| students().any(|run| run.place.task == task.name && run.place.samples == samples);
            task.samples.retain(|&samples| is_there(samples));
        }
        study.seeds.retain(|&seed| students().any(|run| run.place.seed == seed));
        for factor in &mut study.factors {
            factor.levels.retain(|level| filter.allows(&factor.name, level));
        }
        study.planned_runs = runs.len() as u64;
        if !filter.is_empty() {
            study.provenance.push(("part of the study".to_owned(), filter.written()));
        }
        Ok(Self { study, runs })
    }

    /// Whether a student that may meet `filter` is compared with this teacher, or hears it; or none says whom.
    fn teaches(&self, teacher: &PlannedRun, filter: &Filter) -> bool {
        let students = || self.runs.iter().filter(|run| run.role != Role::Teacher && filter.may_hold(*run));
        let of_teacher = |run: &PlannedRun| {
            run.compared.contains(&teacher.id) || run.spec.teachers().contains(&teacher.id)
        };
        students().any(of_teacher) || students().all(|run| run.compared.is_empty())
    }

    /// That some run meets `filter`, as far as its place tells.
    fn met(&self, filter: &Filter) -> Result<()> {
        if self.runs.iter().any(|run| filter.may_hold(run)) {
            return Ok(());
        }
        Err(Error::NothingMatches(filter.written()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::tests::study;

    fn plan() -> Plan {
        let changes =
            [("seeds = [7, 3]", "seeds = [7, 3]\nmargin = 0.02"), ("[20, 10, \"all\"]", "[20, 10]")];
        Plan::new(&study(&changes)).unwrap()
    }

    fn filter(plan: &Plan, conditions: &[&str]) -> Filter {
        let written: Vec<String> = conditions.iter().map(|&condition| condition.to_owned()).collect();
        Filter::read(&written, &plan.subjects()).unwrap()
    }

    /// Task, arm, M and seed of every run.
    fn places(plan: &Plan) -> Vec<String> {
        let place = |run: &PlannedRun| {
            let kd_analysis::Place { task, arm, samples, seed, .. } = &run.place;
            format!("{task} {arm} {samples} {seed}")
        };
        plan.runs.iter().map(place).collect()
    }

    #[test]
    fn what_is_heard_is_trained_too() {
        let plan = plan();
        let only = |conditions: &[&str]| places(&plan.only(&filter(&plan, conditions)).unwrap());
        assert_eq!(
            only(&["M=20", "arm!=shuffled", "seed=3"]),
            ["near teacher 90 7", "near labels 20 3", "near taught 20 3"]
        );
        assert_eq!(only(&["role=teacher"]), ["near teacher 90 7", "far teacher 90 7"]);
        assert_eq!(only(&[]), places(&plan));
        let none = plan.only(&filter(&plan, &["task=far", "M=20"])).unwrap_err().to_string();
        assert_eq!(none, "no run meets all of these conditions: task=far, M=20");
    }

    #[test]
    fn a_part_is_a_study_of_its_own() {
        let plan = plan();
        let part = plan.part(&filter(&plan, &["task=near", "M<20", "seed=3", "role!=permuted"])).unwrap();
        assert_eq!(places(&part), ["near teacher 90 7", "near labels 10 3", "near taught 10 3"]);
        let [near] = &part.study.tasks[..] else { panic!("one task expected") };
        assert_eq!((near.name.as_str(), &near.samples[..]), ("near", &[10][..]));
        assert_eq!((&part.study.seeds[..], part.study.planned_runs), (&[3][..], 3));
        let told = ("part of the study".to_owned(), "task=near, M<20, seed=3, role!=permuted".to_owned());
        assert_eq!(part.study.provenance.last(), Some(&told));
        assert_eq!(plan.part(&filter(&plan, &[])).unwrap(), plan);
        assert!(plan.part(&filter(&plan, &["task=far", "M=20"])).is_err());
    }
}
