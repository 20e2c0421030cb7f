//! Results of the first format, which kept no plan: planned anew, their runs would have other names today.

use std::collections::HashMap;

use super::Store;
use super::record::RunRecord;
use crate::error::Result;
use crate::plan::Plan;
use crate::spec::{EVALUATIONS, Part, RunId, RunSpec, SCHEMA};

impl Store {
    /// `plan` with its runs as they are called and specified here, where they are here.
    pub(super) fn as_called_here(&self, mut plan: Plan) -> Result<Plan> {
        let records = self.all_records()?;
        // A student was of its teacher then, also where it did not hear it.
        let mut here: HashMap<(RunId, Vec<RunId>), &RunRecord> = HashMap::new();
        for teachers_said in [true, false] {
            let mut today: HashMap<&RunId, RunId> = HashMap::new();
            for record in records.iter().filter(|record| is_teacher(&record.spec)) {
                today.insert(&record.id, specified_today(&record.spec, &[], teachers_said).id()?);
            }
            for (record, said) in records.iter().flat_map(|record| [(record, true), (record, false)]) {
                let teachers: Vec<RunId> =
                    record.spec.teachers().iter().filter_map(|teacher| today.get(teacher)).cloned().collect();
                here.insert((specified_today(&record.spec, &teachers, said).id()?, teachers), record);
            }
        }
        for run in &mut plan.runs {
            if let Some(record) = here.get(&(run.id.clone(), run.compared.clone())) {
                (run.id, run.spec) = (record.id.clone(), record.spec.clone());
            }
        }
        Ok(plan)
    }

    /// Those of all published runs.
    fn all_records(&self) -> Result<Vec<RunRecord>> {
        let mut records = Vec::new();
        for entry in fs_err::read_dir(self.runs())? {
            let name = entry?.file_name();
            if let Some(id) = name.to_str().and_then(|name| name.parse().ok()) {
                records.extend(self.record(&id)?);
            }
        }
        Ok(records)
    }
}

fn is_teacher(spec: &RunSpec) -> bool {
    match spec.part {
        Part::Teacher { .. } => true,
        Part::Student { .. } => false,
    }
}

/// What was trained then, as it is specified today; its teachers are called so now. How often it was validated was always
/// written: ten times is also what nobody has `said`.
fn specified_today(spec: &RunSpec, teachers: &[RunId], said: bool) -> RunSpec {
    let mut spec = RunSpec { schema: SCHEMA, ..spec.clone() };
    if let Some(training) = spec.training.as_mut().filter(|_| !said) {
        training.evaluations.take_if(|evaluations| *evaluations == EVALUATIONS);
    }
    if let Part::Student { teachers: heard, .. } = &mut spec.part {
        *heard = if spec.objective.needs_teacher() { teachers.to_vec() } else { Vec::new() };
        if let [teacher, own] = &spec.draws[..] {
            spec.draws = own.clone().after(teacher.clone());
        }
    }
    spec
}
