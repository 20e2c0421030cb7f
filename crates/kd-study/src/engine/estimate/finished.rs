//! What runs took that have finished.

use std::collections::HashMap;
use std::path::Path;

use tch::Device;

use super::super::pace::steps;
use crate::plan::PlannedRun;
use crate::plan::shape::Shape;
use crate::store::Store;
use crate::store::record::{Outcome, RunRecord};

/// The most records that are read for it.
const RECORDS: usize = 2000;

/// What runs of each shape took: their steps, and seconds.
#[derive(Debug, Default)]
pub(super) struct Finished(HashMap<Shape, Vec<(f64, f64)>>);

impl Finished {
    /// In the results folder at `root` and those beside it, on such a device.
    pub(super) fn read(root: &Path, device: Device) -> Self {
        let mut finished = Self::default();
        let folder = root.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = fs_err::read_dir(folder).into_iter().flatten();
        let mut beside: Vec<_> = beside.filter_map(|entry| Some(entry.ok()?.path())).collect();
        beside.retain(|path| path.file_name() != root.file_name());
        beside.sort();
        let mut left = RECORDS;
        for path in std::iter::once(root.to_owned()).chain(beside) {
            if let Ok(store) = Store::open(&path) {
                let records = store.records(left);
                left -= records.len();
                finished.learn(&records, device);
            }
        }
        finished
    }

    fn learn(&mut self, records: &HashMap<crate::spec::RunId, RunRecord>, device: Device) {
        for record in records.values() {
            let has_finished = match record.outcome {
                Outcome::Finished(_) => true,
                Outcome::Failed(_) => false,
            };
            if has_finished && record.environment.device.starts_with("cuda") == device.is_cuda() {
                let shape = Shape::of(&record.spec, |id| records.get(id).map(|record| &record.spec));
                self.see(shape, record.spec.steps().max(1) as f64, record.seconds);
            }
        }
    }

    pub(super) fn see(&mut self, shape: Shape, steps: f64, seconds: f64) {
        self.0.entry(shape).or_default().push((steps, seconds));
    }

    /// Seconds of a run, and from how many they are: those that were not so much shorter that what comes before the first
    /// step is most of them.
    pub(super) fn seconds(&self, run: &PlannedRun, shape: &Shape) -> Option<(f64, usize)> {
        let own = steps(run);
        let like = || self.0.get(shape).into_iter().flatten().filter(|(steps, _)| 2.0 * steps >= own);
        let (steps, seconds) = like().fold((0.0, 0.0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
        (steps > 0.0).then(|| (own * seconds / steps, like().count()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::{plan, record};
    use crate::plan::shape::shapes;
    use crate::store::record::FailureKind;

    #[test]
    fn what_finished_here_and_beside_tells_of_its_like() {
        let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
        let at = |name: &str| folder.path().join(name);
        let publish = |name: &str, record: &RunRecord| {
            let store = Store::create(&at(name)).unwrap();
            fs_err::write(store.study_path(), "").unwrap();
            store.publish_record(record).unwrap();
        };
        let [teacher, other, labels, ..] = &plan.runs[..] else { panic!() };
        let shapes = shapes(&plan.runs);
        let found = |device| Finished::read(&at("own"), device).seconds(other, &shapes[&other.id]);
        assert_eq!(found(Device::Cpu), None, "no folder is there");
        publish("own", &record(teacher, None));
        publish("own", &record(labels, Some(FailureKind::Deterministic)));
        assert_eq!(found(Device::Cpu), Some((1.0, 1)));
        assert_eq!(found(Device::Cuda(0)), None);
        let mut beside = record(teacher, None);
        beside.seconds = 4.0;
        publish("beside", &beside);
        assert_eq!(found(Device::Cpu), Some((2.5, 2)));
        let failed = Finished::read(&at("own"), Device::Cpu).seconds(labels, &shapes[&labels.id]);
        assert_eq!(failed, None, "what failed may have stopped anywhere");
    }

    #[test]
    fn short_runs_do_not_speak_for_long_ones() {
        let plan = plan();
        let teacher = &plan.runs[0];
        let shape = &shapes(&plan.runs)[&teacher.id];
        let mut finished = Finished::default();
        finished.see(shape.clone(), 5.0, 5.0);
        assert_eq!(finished.seconds(teacher, shape), None);
        finished.see(shape.clone(), 50.0, 5.0);
        finished.see(shape.clone(), 150.0, 5.0);
        assert_eq!(finished.seconds(teacher, shape), Some((5.0, 2)));
    }
}
