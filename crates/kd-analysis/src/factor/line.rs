//! Arms at each level of a factor.

use std::collections::{BTreeMap, BTreeSet};

use super::{Factor, FactorKind};
use crate::difference::Difference;
use crate::gain::Gain;
use crate::place::Levels;
use crate::role::Role;
use crate::study::StudyInfo;
use crate::table::RunRow;
use crate::task::{Curve, TaskFindings};

/// What a factor sets apart on one task.
pub(crate) struct Grid<'a> {
    pub(crate) task: &'a str,
    pub(crate) factor: &'a Factor,
    /// By arm, then by the levels of other factors.
    pub(crate) lines: Vec<Line<'a>>,
}

/// An arm at each level of a factor, at one level of every other.
pub(crate) struct Line<'a> {
    /// Its name, without levels.
    pub(crate) arm: String,
    pub(crate) role: &'a Role,
    pub(crate) others: Levels,
    /// In the order of the factor's levels.
    pub(crate) spots: Vec<Option<Spot<'a>>>,
}

/// An arm on a task at one level of every factor.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    task: &'a TaskFindings,
    pub(crate) gain: &'a Gain,
}

impl<'a> Spot<'a> {
    /// The arm's scores.
    pub(crate) fn curve(&self) -> Option<&'a Curve> {
        self.task.curves.iter().find(|curve| curve.arm == self.gain.arm)
    }

    /// Those of labels.
    pub(crate) fn labels(&self) -> Option<&'a Curve> {
        self.task.curves.iter().find(|curve| curve.role == Role::Labels)
    }
}

impl<'a> Line<'a> {
    /// Every M of the line, ascending.
    pub(crate) fn sizes(&self) -> BTreeSet<u64> {
        let gains = self.spots.iter().flatten().map(|spot| spot.gain);
        gains.flat_map(|gain| &gain.points).map(|point| point.samples).collect()
    }

    /// The gain at each level at M.
    pub(crate) fn at(&self, samples: u64) -> Vec<Option<&'a Difference>> {
        let find = |gain: &'a Gain| gain.points.iter().find(|point| point.samples == samples);
        self.gains().map(|gain| gain.and_then(find)).collect()
    }

    /// The gain at each level.
    fn gains(&self) -> impl Iterator<Item = Option<&'a Gain>> + '_ {
        self.spots.iter().map(|spot| spot.map(|spot| spot.gain))
    }

    /// Whether it tells of the factor: gains at two levels that are not the same runs.
    fn tells(&self) -> bool {
        let mut there = self.gains().flatten().map(|gain| &gain.points).filter(|points| !points.is_empty());
        let first = there.next();
        there.any(|points| Some(points) != first)
    }
}

/// A grid for each task and each factor that sets tasks or arms apart and has two levels there, factor by factor.
pub(crate) fn grids<'a>(study: &'a StudyInfo, tasks: &'a [TaskFindings], runs: &[RunRow]) -> Vec<Grid<'a>> {
    let mut names: Vec<&str> = study.tasks.iter().map(|task| task.name.as_str()).collect();
    names.dedup();
    let levels = levels_of_arms(study, runs);
    let each = study.factors.iter().flat_map(|factor| names.iter().map(move |task| (factor, *task)));
    each.filter_map(|(factor, task)| {
        let sections: Vec<&TaskFindings> = tasks.iter().filter(|section| section.info.name == task).collect();
        let mut lines = match factor.kind {
            FactorKind::Task => lines_of_tasks(factor, &sections),
            FactorKind::Arm => lines_of_arms(factor, &sections, &levels),
            FactorKind::Tuned => Vec::new(),
        };
        lines.retain(Line::tells);
        (!lines.is_empty()).then_some(Grid { task, factor, lines })
    })
    .collect()
}

/// The lines of a factor whose levels are sections.
fn lines_of_tasks<'a>(factor: &Factor, sections: &[&'a TaskFindings]) -> Vec<Line<'a>> {
    let mut arms: Vec<(&str, &Role)> = Vec::new();
    let mut others: Vec<Levels> = Vec::new();
    for section in sections {
        let without = without(&section.factors, &factor.name);
        if section.factors.contains_key(&factor.name) && !others.contains(&without) {
            others.push(without);
        }
        for gain in &section.gains {
            if !arms.iter().any(|(arm, _)| *arm == gain.arm) {
                arms.push((&gain.arm, &gain.role));
            }
        }
    }
    let spot = |arm: &str, others: &Levels, level| {
        let is_there = |section: &&&TaskFindings| {
            section.factors.get(&factor.name) == Some(level)
                && without(&section.factors, &factor.name) == *others
        };
        let task: &'a TaskFindings = sections.iter().find(is_there)?;
        Some(Spot { task, gain: task.gains.iter().find(|gain| gain.arm == arm)? })
    };
    let line = |(arm, role): (&str, &'a Role), others: &Levels| Line {
        arm: arm.to_owned(),
        role,
        others: others.clone(),
        spots: factor.levels.iter().map(|level| spot(arm, others, level)).collect(),
    };
    arms.iter().flat_map(|arm| others.iter().map(|others| line(*arm, others))).collect()
}

/// The lines of a factor whose levels are arms, such as `distilled (temperature = 4)`.
fn lines_of_arms<'a>(
    factor: &Factor,
    sections: &[&'a TaskFindings],
    levels: &BTreeMap<String, Levels>,
) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for task in sections {
        for gain in &task.gains {
            let Some(own) = levels.get(&gain.arm) else { continue };
            let position =
                own.get(&factor.name).and_then(|own| factor.levels.iter().position(|level| level == own));
            let Some(position) = position else { continue };
            let arm = gain.arm.rsplit_once(" (").map_or(gain.arm.as_str(), |(arm, _)| arm);
            let mut others = without(own, &factor.name);
            others.extend(task.factors.clone());
            let known = lines.iter().position(|line| line.arm == arm && line.others == others);
            let index = known.unwrap_or_else(|| {
                let spots = vec![None; factor.levels.len()];
                lines.push(Line { arm: arm.to_owned(), role: &gain.role, others, spots });
                lines.len() - 1
            });
            lines[index].spots[position] = Some(Spot { task, gain });
        }
    }
    let mut arms: Vec<String> = lines.iter().map(|line| line.arm.clone()).collect();
    arms.dedup();
    lines.sort_by_key(|line| arms.iter().position(|arm| *arm == line.arm));
    lines
}

/// The levels by which arms differ, by arm.
fn levels_of_arms(study: &StudyInfo, runs: &[RunRow]) -> BTreeMap<String, Levels> {
    let of_arms = |factor: &String| study.kind_of(factor) == Some(FactorKind::Arm);
    let mut levels: BTreeMap<String, Levels> = BTreeMap::new();
    for row in runs {
        let place = row.place();
        if levels.contains_key(&place.arm) {
            continue;
        }
        let own = place.factors.iter().filter(|(factor, _)| of_arms(factor));
        let own: Levels = own.map(|(factor, level)| (factor.clone(), level.clone())).collect();
        if !own.is_empty() {
            levels.insert(place.arm.clone(), own);
        }
    }
    levels
}

fn without(levels: &Levels, factor: &str) -> Levels {
    let mut levels = levels.clone();
    levels.remove(factor);
    levels
}
