//! What will not be trained, as whom it would have heard has failed.

use std::collections::HashMap;

use crate::error::Result;
use crate::plan::Plan;
use crate::spec::RunId;
use crate::store::Store;

/// The runs of `plan` that have not been tried and wait for one that failed, or for others that do, each with that one.
///
/// # Errors
/// If a record cannot be read.
pub fn blocked(plan: &Plan, store: &Store) -> Result<HashMap<RunId, RunId>> {
    let mut failed: HashMap<&RunId, &RunId> = HashMap::new();
    let mut untried = Vec::new();
    for run in plan.distinct() {
        match store.record(&run.id)? {
            Some(record) if record.is_failure() => drop(failed.insert(&run.id, &run.id)),
            Some(_) => {}
            None => untried.push(run),
        }
    }
    let mut blocked: HashMap<RunId, RunId> = HashMap::new();
    loop {
        let known = blocked.len();
        for run in &untried {
            let cause = run.spec.teachers().iter().find_map(|teacher| failed.get(teacher).copied());
            if let Some(cause) = cause.filter(|_| !failed.contains_key(&run.id)) {
                failed.insert(&run.id, cause);
                blocked.insert(run.id.clone(), cause.clone());
            }
        }
        if blocked.len() == known {
            return Ok(blocked);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kd_analysis::Role;

    use super::*;
    use crate::store::record::{Environment, Failure, FailureKind, Outcome, RunRecord};
    use crate::study::tests::study;

    #[test]
    fn every_generation_behind_a_failure_waits_for_it() {
        let plan =
            Plan::new(&study(&[("[tasks.near.student]", "[tasks.near.student]\ngenerations = 3")])).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        assert!(blocked(&plan, &store).unwrap().is_empty());
        let teacher =
            plan.runs.iter().find(|run| run.role == Role::Teacher && run.place.task == "near").unwrap();
        let failure = Failure { kind: FailureKind::Deterministic, reason: "for a test".to_owned() };
        let record = RunRecord {
            id: teacher.id.clone(),
            spec: teacher.spec.clone(),
            outcome: Outcome::Failed(failure),
            seconds: 1.0,
            evaluating: None,
            memory: None,
            environment: Environment { device: "cpu".to_owned(), threads: 1, version: "0".to_owned() },
            files: BTreeMap::new(),
            seal: None,
        };
        store.publish_record(&record).unwrap();
        let found = blocked(&plan, &store).unwrap();
        let hears =
            |run: &&crate::plan::PlannedRun| run.place.task == "near" && !run.spec.teachers().is_empty();
        assert_eq!(found.len(), plan.runs.iter().filter(hears).count());
        assert!(plan.runs.iter().filter(hears).all(|run| found.get(&run.id) == Some(&teacher.id)));
    }
}
