//! What a study says of itself and its tasks; of a table that somebody brought, that is little, and nothing is said of the
//! rest.

use super::text::count;
use crate::findings::Findings;
use crate::metric::Metric;
use crate::study::{StudyInfo, TaskInfo};
use crate::task::TaskFindings;

/// Whether the runs are of a study that can be trained again: then it is known how arms of one seed are paired.
pub(super) fn is_trained(study: &StudyInfo) -> bool {
    !study.command.is_empty()
}

/// `digits · Optical digits`; the name alone where the data set has none.
pub(super) fn heading(task: &TaskFindings) -> String {
    joined(" · ", &[&task.name(), &task.info.title])
}

/// `vision, 10 classes, 1,797 test examples. Teacher: mlp 512; N = 3,823; accuracy 97.0 %. Student: mlp 64; 1000 steps.`
pub(super) fn about(task: &TaskFindings, metric: &Metric) -> String {
    let info = &task.info;
    let classes = counted(info.classes, "classes");
    let data = joined(", ", &[&info.modality, &classes, &counted(info.test_examples, "test examples")]);
    let n = task.teacher_samples.map_or_else(String::new, |n| format!("N = {}", count(n as f64)));
    let score = task
        .teacher
        .as_ref()
        .map_or_else(String::new, |teacher| format!("{} {}", metric.name(), metric.value(teacher)));
    let teacher = after("Teacher: ", &joined("; ", &[&info.teacher, &n, &score]));
    let sentences = [data, teacher, after("Student: ", &student(info, true))];
    sentences
        .iter()
        .filter(|said| !said.is_empty())
        .map(|said| format!("{said}."))
        .collect::<Vec<_>>()
        .join(" ")
}

/// `Teacher: mlp 512. Student: mlp 64; 1000 steps.`
pub(super) fn models(info: &TaskInfo) -> String {
    let sentences = [after("Teacher: ", &info.teacher), after("Student: ", &student(info, false))];
    sentences
        .iter()
        .filter(|said| !said.is_empty())
        .map(|said| format!("{said}."))
        .collect::<Vec<_>>()
        .join(" ")
}

fn student(info: &TaskInfo, with_sampling: bool) -> String {
    let sampling = if with_sampling && !info.sampling.is_empty() {
        format!("{} sampling", info.sampling)
    } else {
        String::new()
    };
    joined("; ", &[&info.student, &info.budget, &sampling])
}

/// `Optical digits. Someone (1998). Licence of the data: CC BY 4.0.`
pub(super) fn source(info: &TaskInfo) -> String {
    let sentences =
        [info.title.clone(), info.citation.clone(), after("Licence of the data: ", &info.licence)];
    sentences
        .iter()
        .filter(|said| !said.is_empty())
        .map(|said| format!("{said}."))
        .collect::<Vec<_>>()
        .join(" ")
}

/// `, 12 s of training`, where that is known.
pub(super) fn trained_for(findings: &Findings) -> String {
    if findings.seconds > 0.0 || is_trained(&findings.study) {
        format!(", {} of training", super::text::duration(findings.seconds))
    } else {
        String::new()
    }
}

fn counted(number: u64, of: &str) -> String {
    if number > 0 { format!("{} {of}", count(number as f64)) } else { String::new() }
}

fn after(lead: &str, said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("{lead}{said}") }
}

/// Those of `parts` that are not empty.
fn joined(between: &str, parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::{row, study, task};

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        let rows = [row("labels", "labels", 10, 1, 0.5, &serde_json::Value::Null)];
        let known = study(&[10], 1);
        let found = Findings::of(&known, &rows, &[]);
        let metric = found.tasks[0].metric(&known);
        assert_eq!(heading(&found.tasks[0]), "digits · Digits");
        assert_eq!(
            about(&found.tasks[0], &metric),
            "vision, 10 classes, 1,797 test examples. Teacher: mlp 512-512; 40 epochs; N = 1,000. Student: mlp 64; \
             1000 steps; stratified sampling."
        );
        assert_eq!(
            models(&found.tasks[0].info),
            "Teacher: mlp 512-512; 40 epochs. Student: mlp 64; 1000 steps."
        );
        assert_eq!(source(&found.tasks[0].info), "Digits. Someone (1998). Licence of the data: CC BY 4.0.");
        assert_eq!(trained_for(&found), ", 0 s of training");

        let empty = || String::new();
        let info = TaskInfo {
            title: empty(),
            modality: empty(),
            classes: 0,
            test_examples: 0,
            licence: empty(),
            citation: empty(),
            teacher: empty(),
            student: empty(),
            budget: empty(),
            sampling: empty(),
            ..task(&[10])
        };
        let unknown = StudyInfo { tasks: vec![info], command: empty(), ..known };
        let found = Findings::of(&unknown, &rows, &[]);
        let said = [heading(&found.tasks[0]), about(&found.tasks[0], &metric), models(&found.tasks[0].info)];
        assert_eq!(said, ["digits", "Teacher: N = 1,000.", ""]);
        assert_eq!((source(&found.tasks[0].info), trained_for(&found)), (empty(), empty()));
    }
}
