//! Where things are in a page.

use maud::{Markup, html};

use super::small_multiples::reliability_figure;
use super::text::slug;
use crate::findings::Findings;
use crate::task::TaskFindings;

/// A part of a page that can be linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) anchor: String,
    pub(super) title: String,
}

/// What a task's section has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskPart {
    Scores,
    Gain,
    Labels,
    Theories,
    Fidelity,
    Reliability,
    Learning,
    Variance,
}

impl TaskPart {
    const ALL: [Self; 8] = [
        Self::Scores,
        Self::Gain,
        Self::Labels,
        Self::Theories,
        Self::Fidelity,
        Self::Reliability,
        Self::Learning,
        Self::Variance,
    ];

    /// In a list of contents.
    fn title(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::Gain => "gain",
            Self::Labels => "worth in labels",
            Self::Theories => "theories",
            Self::Fidelity => "fidelity",
            Self::Reliability => "reliability",
            Self::Learning => "learning curves",
            Self::Variance => "bias and variance",
        }
    }

    /// Under the anchor of its task.
    pub(super) fn anchor(self, task: &str) -> String {
        format!("{task}-{}", slug(self.title()))
    }

    pub(super) fn is_of(self, task: &TaskFindings) -> bool {
        let cells = || task.curves.iter().flat_map(|curve| &curve.cells);
        match self {
            Self::Scores | Self::Gain | Self::Labels | Self::Theories | Self::Fidelity => {
                cells().next().is_some()
            }
            Self::Reliability => !reliability_figure(task).is_empty(),
            Self::Learning => !task.histories.is_empty(),
            Self::Variance => cells().any(|cell| cell.decomposition.is_some()),
        }
    }
}

/// The anchor of each task, in the order of findings; no two are the same.
pub(super) fn anchors(findings: &Findings) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for task in &findings.tasks {
        let slug = format!("task-{}", slug(&task.name()));
        let known = anchors.iter().filter(|known| **known == slug).count();
        anchors.push(if known == 0 { slug } else { format!("{slug}-{}", anchors.len() + 1) });
    }
    anchors
}

/// Links to what comes before the tasks, to every task with its parts, and to what follows.
pub(super) fn contents(findings: &Findings, before: &[Part], rest: &[Part]) -> Markup {
    let tasks = findings.tasks.iter().zip(anchors(findings));
    html! {
        nav.contents aria-label="Contents" { ul {
            @for part in before { li { a href=(format!("#{}", part.anchor)) { (part.title) } } }
            @for (task, anchor) in tasks { li {
                a href=(format!("#{anchor}")) { (task.name()) }
                ul { @for part in TaskPart::ALL.into_iter().filter(|part| part.is_of(task)) {
                    li { a href=(format!("#{}", part.anchor(&anchor))) { (part.title()) } }
                } }
            } }
            @for part in rest { li { a href=(format!("#{}", part.anchor)) { (part.title) } } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::study;

    #[test]
    fn tasks_whose_names_are_spelt_alike_have_anchors_of_their_own() {
        let mut study = study(&[10], 0);
        let task = |name: &str| crate::TaskInfo { name: name.to_owned(), ..study.tasks[0].clone() };
        study.tasks = vec![task("Digits!"), task("digits"), task("letters")];
        let rows: Vec<crate::RunRow> = ["Digits!", "digits", "letters"]
            .iter()
            .map(|task| {
                serde_json::from_value(serde_json::json!({
                    "task": task, "arm": "labels", "role": "labels", "samples": 10, "seed": 1, "outcome": "finished",
                    "test_accuracy": 0.5,
                }))
                .unwrap()
            })
            .collect();
        let findings = Findings::of(&study, &rows, &[]);
        assert_eq!(anchors(&findings), ["task-digits", "task-digits-2", "task-letters"]);
        let page = contents(&findings, &[], &[]).into_string();
        assert!(page.contains("href=\"#task-digits-2-worth-in-labels\""), "{page}");
    }
}
