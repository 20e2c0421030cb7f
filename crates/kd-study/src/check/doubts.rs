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
        let is_of_teacher = matches!(
            doubt.kind,
            Kind::TeacherAtChance | Kind::TeacherClasses | Kind::Probabilities | Kind::RandomTeacher
        );
        let span = if is_of_teacher { self.teacher.clone() } else { self.data.clone() };
        let seen = if doubt.evidence.is_empty() { String::new() } else { format!(" ({})", doubt.evidence) };
        let (task, kind) = (self.task, doubt.kind.name());
        let way_out = format!("if it is right as it is, accept = [\"{kind}\"] in [tasks.{task}]");
        let help = if doubt.setting.is_empty() { way_out } else { format!("{}; {way_out}", doubt.setting) };
        Problem::new(span, format!("{doubt}{seen}"), "probably a mistake").help(help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::StudyFile;

    /// A study whose task accepts this.
    fn text(accept: &str) -> String {
        format!(
            "[study]\nname = \"s\"\nseeds = [1]\n[tasks.t]\ndata.catalogue.name = \"optdigits\"\naccept = {accept}\n\
             [tasks.t.teacher]\nmodel.lenet = {{}}\n[tasks.t.student]\nmodel.lenet = {{}}\nsamples = [1]\n\
             train.optimizer.least_squares = {{}}\n[arms.a]\nobjective.cross_entropy = {{}}\n"
        )
    }

    /// What becomes of `found` where this is accepted: what is told, and what is wrong, with the text at its place.
    fn sorted(accept: &str, found: &[Doubt]) -> (Vec<Doubt>, Vec<(String, String)>) {
        let text = text(accept);
        let file = StudyFile::parse(&text).unwrap();
        let judge = Judge::of("t", &file.tasks[0][0].file);
        let (mut doubts, mut problems) = (Vec::new(), Vec::new());
        judge.sort(found.iter().cloned(), &mut doubts, &mut problems);
        let said = problems.into_iter().map(|problem| {
            let place = text[problem.span.clone()].to_owned();
            (place, format!("{} | {}", problem.message, problem.help.unwrap_or_default()))
        });
        (doubts, said.collect())
    }

    fn overlap() -> Doubt {
        Doubt::refused(Kind::Overlap, "a.csv", "17 test examples are training examples too")
            .seen("row 3")
            .advise("take them out")
    }

    fn index() -> Doubt {
        Doubt::mistake(Kind::IndexColumn, "a.csv", "column `id` numbers the rows").advise("ignore it")
    }

    #[test]
    fn what_is_refused_says_how_to_accept_it() {
        let (doubts, problems) = sorted("[]", &[overlap(), index()]);
        let [(_, said)] = &problems[..] else { panic!("{problems:?}") };
        let expected = "a.csv: 17 test examples are training examples too (row 3) | take them out; if it is right as it is, \
                        accept = [\"overlap\"] in [tasks.t]";
        assert_eq!(said, expected);
        assert_eq!(doubts, [index().within("t")], "what is probably a mistake is told, and no error");
    }

    #[test]
    fn what_is_accepted_is_used_and_told_or_silent() {
        let (doubts, problems) = sorted("[\"overlap\", \"index_column\"]", &[overlap(), index(), overlap()]);
        assert_eq!(problems, []);
        let [told] = &doubts[..] else { panic!("once, and nothing of the index: {doubts:?}") };
        assert_eq!((told.weight, told.setting.as_str()), (Weight::Mistake, "accepted by the study"));
        assert_eq!(told.place, "t: a.csv");
        let (doubts, problems) = sorted("[\"index_column\"]", &[overlap()]);
        assert_eq!((doubts.len(), problems.len()), (0, 1), "another kind accepts nothing of it");
    }

    #[test]
    fn a_doubt_about_a_teacher_is_placed_there() {
        let chance = Doubt::refused(Kind::TeacherAtChance, "", "the teacher is right of 1 in 10");
        let (_, problems) = sorted("[]", &[chance, overlap()]);
        assert!(problems[0].0.contains("teacher") && problems[1].0.contains("data"), "{problems:?}");
    }

    #[test]
    fn an_unknown_kind_is_told_with_those_that_are_known() {
        for (accept, expected) in [
            ("[\"overlp\"]", "did you mean `overlap`? known here: `mixed_column`, `index_column`"),
            ("[\"everything\"]", "known here: `mixed_column`"),
        ] {
            let problem = StudyFile::parse(&text(accept)).unwrap_err();
            assert!(problem.help.clone().unwrap().contains(expected), "{problem:?}");
            assert!(problem.message.starts_with("unknown "), "{problem:?}");
        }
        assert!(StudyFile::parse(&text("\"overlap\"")).unwrap_err().message.contains("a list"));
    }
}
