//! A study that nobody can have meant.

use crate::file::{StudyFile, TaskFile};
use crate::problem::Problem;

/// More runs are a slip of the pen: a thousand take a night.
const MOST_RUNS: u128 = 1_000_000;

/// That a study takes more runs than that, told at the number that makes most of them.
pub(super) fn too_large(file: &StudyFile) -> Option<Problem> {
    let arms: usize = file.arms.values().map(Vec::len).sum();
    let seeds = file.study.seeds.get_ref().len() as u128;
    let tasks: Vec<&TaskFile> = file.tasks.values().flatten().map(|variant| &variant.file).collect();
    let members = |task: &TaskFile| u128::from(task.teacher.get_ref().members.get_ref().get());
    let students = |task: &TaskFile| {
        let student = &task.student;
        let samples = student.samples.get_ref().len() as u128 * unlabelled(task);
        u128::from(student.generations.get_ref().get()) * samples * arms as u128
    };
    let runs: u128 = tasks.iter().map(|task| seeds * (members(task) + students(task))).sum();
    if runs <= MOST_RUNS {
        return None;
    }
    let numbers = |task: &TaskFile| {
        let (teacher, student) = (task.teacher.get_ref(), &task.student);
        [
            (members(task), teacher.members.span(), "members"),
            (u128::from(student.generations.get_ref().get()), student.generations.span(), "generations"),
            (student.samples.get_ref().len() as u128, student.samples.span(), "samples"),
        ]
    };
    let all = tasks.iter().flat_map(|task| numbers(task));
    let most = all.chain([(seeds, file.study.seeds.span(), "seeds")]).max_by_key(|(count, ..)| *count);
    let (count, span, what) = most?;
    let message = format!("this study takes {runs} runs, more than {MOST_RUNS}");
    Some(Problem::new(span, message, format!("{count} {what}")).help(
        "runs are seeds × (members of the teacher + arms × samples × generations), for each task and each combination of what \
         is swept; ask less, or make several studies of it",
    ))
}

fn unlabelled(task: &TaskFile) -> u128 {
    task.student.unlabelled.as_ref().map_or(1, |listed| listed.get_ref().len().max(1) as u128)
}

#[cfg(test)]
mod tests {
    use crate::{Error, Study};

    fn problem(seeds: &str, teacher: &str) -> Option<(String, String)> {
        let text = format!(
            "[study]\nname = \"s\"\nseeds = {seeds}\n[tasks.t]\n\
             data.gaussian_blobs = {{ train = 50, test = 20, classes = 4, dimensions = 2, separation = 1.0 }}\n\
             [tasks.t.teacher]\nmodel.mlp.hidden = [8]\n{teacher}\n\
             train = {{ budget.steps = 9, optimizer.adamw.learning_rate = 1e-2 }}\n\
             [tasks.t.student]\nmodel.mlp.hidden = [8]\nsamples = [10]\n\
             train = {{ budget.steps = 9, optimizer.adamw.learning_rate = 1e-2 }}\n\
             [arms.labels]\nobjective.cross_entropy = {{}}\n"
        );
        match Study::parse(&text, "study.toml") {
            Err(Error::InvalidStudy(invalid)) => {
                let first = invalid.problems.first()?;
                Some((first.message.clone(), first.label.clone()))
            }
            Err(_) | Ok(_) => None,
        }
    }

    #[test]
    fn what_nobody_can_mean_is_said_at_once() {
        assert_eq!(problem("[1, 2]", "members = 3"), None);
        let (message, label) = problem("[1, 2]", "members = 4294967295").unwrap();
        assert_eq!(message, "this study takes 8589934592 runs, more than 1000000");
        assert_eq!(label, "4294967295 members");
        let seeds: Vec<String> = (0..600_000).map(|seed| seed.to_string()).collect();
        let (_, label) = problem(&format!("[{}]", seeds.join(", ")), "").unwrap();
        assert_eq!(label, "600000 seeds");
    }
}
