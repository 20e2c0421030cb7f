//! What is doubtful of a task's data and teacher: what is refused, what is told, and what the study accepts.

use std::ops::Range;

use kd_doubt::{Doubt, Kind, Weight};

use crate::file::TaskFile;
use crate::problem::Problem;

/// Who decides on the doubts of one task.
pub(super) struct Judge<'a> {
    task: &'a str,
    data: Range<usize>,
    teacher: Range<usize>,
    accepted: Vec<Kind>,
}

impl<'a> Judge<'a> {
    pub(super) fn of(task: &'a str, file: &TaskFile) -> Self {
        let accepted = file.accept.iter().map(|kind| *kind.get_ref()).collect();
        Self { task, data: file.data.span(), teacher: file.teacher.span(), accepted }
    }

    /// Puts each of what was found among `doubts`, each once, or among `problems`.
    pub(super) fn sort(
        &self,
        found: impl Iterator<Item = Doubt>,
        doubts: &mut Vec<Doubt>,
        problems: &mut Vec<Problem>,
    ) {
        for doubt in found {
            let is_accepted = self.accepted.contains(&doubt.kind);
            let doubt = if is_accepted { doubt.accepted() } else { Some(doubt) };
            match doubt {
                Some(doubt) if doubt.weight == Weight::Refused => problems.push(self.refusal(&doubt)),
                Some(doubt) => {
                    let doubt = doubt.within(self.task);
                    if !doubts.contains(&doubt) {
                        doubts.push(doubt);
                    }
                }
                None => {}
            }
        }
    }

    fn refusal(&self, doubt: &Doubt) -> Problem {
        let span = match doubt.kind {
            Kind::TeacherAtChance | Kind::TeacherClasses | Kind::Probabilities | Kind::RandomTeacher => {
                self.teacher.clone()
            }
            _ => self.data.clone(),
        };
        let seen = if doubt.evidence.is_empty() { String::new() } else { format!(" ({})", doubt.evidence) };
        let (task, kind) = (self.task, doubt.kind.name());
        let way_out = format!("if it is right as it is, accept = [\"{kind}\"] in [tasks.{task}]");
        let help = if doubt.setting.is_empty() { way_out } else { format!("{}; {way_out}", doubt.setting) };
        Problem::new(span, format!("{doubt}{seen}"), "probably a mistake").help(help)
    }
}
