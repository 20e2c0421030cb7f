//! What reports say of a study, once its data need not be there any more.

use kd_analysis::{FactorKind, Score as Reported, StudyInfo, TaskInfo};
use kd_data::Source;
use kd_doubt::Weight;

use super::doubt::doubts;
use crate::file::Score;
use crate::study::{Study, Task};

/// What reports say of a study that takes so many runs.
pub(super) fn info(study: &Study, planned_runs: usize) -> StudyInfo {
    StudyInfo {
        name: study.name.clone(),
        question: study.question.clone(),
        seeds: study.seeds.clone(),
        confidence: study.confidence,
        margin: study.margin,
        score: match study.score {
            Score::LastStep => Reported::LastStep,
            Score::ValidationBest => Reported::ValidationBest,
        },
        metric: study.metric.clone(),
        tasks: task_infos(study),
        command: command(study),
        provenance: provenance(study),
        planned_runs: planned_runs as u64,
        factors: study.factors.clone(),
        study_file: None,
        doubts: doubts(study).into_iter().filter(|doubt| doubt.weight != Weight::Unanswered).collect(),
    }
}

fn provenance(study: &Study) -> Vec<(String, String)> {
    let file = &blake3::hash(study.text.as_bytes()).to_hex()[..16];
    let versions =
        [("kd", env!("CARGO_PKG_VERSION")), ("libtorch", crate::LIBTORCH), ("study file (BLAKE3)", file)];
    let sets = study.sets.iter().map(|set| ("set in it", set.as_str()));
    versions.into_iter().chain(sets).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What follows a line of which another value may be chosen.
const TUNED: &str = ", or as tuned";

/// One for each combination of levels that is not tuned.
fn task_infos(study: &Study) -> Vec<TaskInfo> {
    let mut infos: Vec<TaskInfo> = Vec::new();
    for task in &study.tasks {
        let info = task_info(study, task);
        let same = |known: &&mut TaskInfo| known.name == info.name && known.factors == info.factors;
        match infos.iter_mut().find(same) {
            None => infos.push(info),
            // Of several values, validation chooses.
            Some(known) if known.budget != info.budget && !known.budget.ends_with(TUNED) => {
                known.budget.push_str(TUNED);
            }
            Some(_) => {}
        }
    }
    infos
}

fn task_info(study: &Study, task: &Task) -> TaskInfo {
    let student = &task.student;
    let swept = |name: &str| {
        let kinds = study.factors.iter().filter(|factor| factor.name == name).map(|factor| factor.kind);
        kinds.into_iter().all(|kind| kind != FactorKind::Tuned)
    };
    let levels = task.levels.iter().filter(|(factor, _)| swept(factor));
    let factors = levels.map(|(factor, level)| (factor.clone(), level.clone())).collect();
    TaskInfo {
        name: task.name.clone(),
        title: task.about.title.clone(),
        modality: task.about.modality.clone(),
        score: task.about.score.to_owned(),
        classes: task.about.classes,
        test_examples: task.about.test_examples,
        synthetic: task.data.source.as_ref().is_some_and(Source::is_synthetic),
        licence: task.about.licence.clone(),
        citation: task.about.citation.clone(),
        teacher: task.teacher.to_string(),
        student: student.model.to_string(),
        budget: student.training.to_string(),
        sampling: student.draw.how(),
        samples: student.samples.clone(),
        factors,
    }
}

/// What to type for these results. Where the file lies is nobody's business but its author's.
fn command(study: &Study) -> String {
    let mut invocation = study.invocation();
    if let Some(file) = std::path::Path::new(&study.source).file_name() {
        invocation.source = file.to_string_lossy().into_owned();
    }
    invocation.command()
}
