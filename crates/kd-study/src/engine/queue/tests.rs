use super::*;
use crate::engine::tests::record;
use crate::plan::Plan;
use crate::store::record::FailureKind;
use crate::study::tests::study;

/// A store in a folder of its own, and the plan of a study of two tasks, each with a teacher and three students for each
/// of two seeds.
fn scene() -> (tempfile::TempDir, Store, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let plan = Plan::new(&study(&[("samples = [20, 10, \"all\"]", "samples = [10]")])).unwrap();
    (folder, store, plan)
}

/// The next run that is ready, if there is one.
fn next_ready<'a>(queue: &mut Queue<'a>) -> Option<&'a PlannedRun> {
    queue.ready(queue.in_progress.len() + 1).pop()
}

fn ids(runs: &[&PlannedRun]) -> Vec<RunId> {
    runs.iter().map(|run| run.id.clone()).collect()
}

#[test]
fn students_wait_for_their_teacher() {
    let (_folder, store, plan) = scene();
    let mut queue = Queue::new(&plan, &store, false).unwrap();
    assert_eq!((queue.total, queue.waiting.len(), queue.ended()), (14, 14, 0));
    let [near, far] = [next_ready(&mut queue).unwrap(), next_ready(&mut queue).unwrap()];
    assert_eq!((near.place.arm.as_str(), far.place.arm.as_str()), ("teacher", "teacher"));
    for run in queue.ready(100) {
        assert_eq!(run.place.arm, "labels", "no teacher has finished");
        queue.settle(&run.id, &record(run, None));
    }
    queue.settle(&far.id, &record(far, None));
    assert_eq!(queue.ended(), 1 + 4);
    let mut started = Vec::new();
    while let Some(run) = next_ready(&mut queue) {
        started.push(run);
    }
    assert_eq!(started.len(), 4);
    assert!(started.iter().all(|run| run.place.task == "far"));
    assert!(started.is_sorted_by_key(|run| std::cmp::Reverse(run.place.seed)), "in the order of the plan");
    assert_eq!(queue.waiting.len(), 4);
    assert!(queue.blocked().is_empty());
}

/// A study that asks where training takes representations, which compares labels with their teacher too.
fn compared() -> (tempfile::TempDir, Store, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let asked = "question = \"Which?\"\nrepresentation.examples = 8";
    let changes = [("samples = [20, 10, \"all\"]", "samples = [10]"), ("question = \"Which?\"", asked)];
    let plan = Plan::new(&study(&changes)).unwrap();
    (folder, store, plan)
}

/// Keeps something that is found by every measure of a run.
fn measure(store: &Store, run: &PlannedRun) {
    let found = serde_json::json!({ "weight_distance_to_start": 1.0 });
    for asked in &run.keep.measures {
        store.keep_comparison(&run.id, asked, &found).unwrap();
    }
}

#[test]
fn what_is_compared_waits_for_whom_it_is_compared_with() {
    let (_folder, store, plan) = compared();
    let mut queue = Queue::new(&plan, &store, false).unwrap();
    let [near, far] = queue.ready(100)[..] else { panic!("teachers alone are ready") };
    queue.settle(&near.id, &record(near, None));
    queue.settle(&far.id, &record(far, Some(FailureKind::Deterministic)));
    let blocked = queue.blocked();
    assert!(blocked.len() == 4 && blocked.iter().all(|run| run.place.task == "far"), "who hears it");
    let ready = queue.ready(100);
    let of_far: Vec<_> = ready.iter().filter(|run| run.place.task == "far").collect();
    assert_eq!((ready.len(), of_far.len()), (8, 2), "who hears nobody is trained all the same");
}

#[test]
fn what_has_finished_waits_for_what_is_missing_of_it() {
    let (_folder, store, plan) = compared();
    let [whole, part] = [&plan.runs[0], &plan.runs[1]];
    for run in [whole, part] {
        store.publish_record(&record(run, None)).unwrap();
        fs_err::write(store.run_path(&run.id).join("weights.safetensors"), "").unwrap();
    }
    measure(&store, whole);
    let queue = Queue::new(&plan, &store, false).unwrap();
    assert_eq!((queue.ended(), queue.waiting.len()), (1, 13));
    assert_eq!(queue.waiting[0].id, part.id);
    measure(&store, part);
    assert_eq!(Queue::new(&plan, &store, false).unwrap().ended(), 2);

    // Whoever teaches has its outputs and weights.
    let mut plan = plan;
    plan.runs[1].keep.outputs = true;
    assert_eq!(Queue::new(&plan, &store, false).unwrap().ended(), 1);
    fs_err::write(store.run_path(&plan.runs[1].id).join("outputs.safetensors"), "").unwrap();
    assert_eq!(Queue::new(&plan, &store, false).unwrap().ended(), 2);
    fs_err::remove_file(store.run_path(&plan.runs[1].id).join("weights.safetensors")).unwrap();
    assert_eq!(Queue::new(&plan, &store, false).unwrap().ended(), 1);
}

#[test]
fn no_more_are_ready_than_there_is_room_for() {
    let (_folder, store, plan) = scene();
    let mut queue = Queue::new(&plan, &store, false).unwrap();
    let [near] = queue.ready(1)[..] else { panic!() };
    assert!(queue.ready(1).is_empty(), "the first is in progress");
    assert_eq!(queue.in_progress(&near.id).map(|run| &run.id), Some(&near.id));
    queue.settle(&near.id, &record(near, None));
    assert!(queue.in_progress(&near.id).is_none() && queue.is_idle());
    assert_eq!(queue.ready(5).len(), 5, "a teacher and students");

    let living = [queue.waiting[7].id.clone()];
    queue.attach(&living);
    assert!(queue.in_progress(&living[0]).is_some());
    assert_eq!((queue.waiting.len(), queue.ready(6).len()), (14 - 7, 0));
}

#[test]
fn students_of_a_failed_teacher_are_blocked_once() {
    let (_folder, store, plan) = scene();
    let mut queue = Queue::new(&plan, &store, false).unwrap();
    let near = next_ready(&mut queue).unwrap();
    queue.settle(&near.id, &record(near, Some(FailureKind::Deterministic)));
    let blocked = queue.blocked();
    assert_eq!(blocked.len(), 4);
    assert!(blocked.iter().all(|run| run.place.task == "near" && run.place.arm != "labels"));
    assert!(queue.blocked().is_empty());
    assert_eq!((queue.ended(), queue.failed.len(), queue.waiting.len()), (5, 5, 9));
}

#[test]
fn what_has_ended_is_not_run_again_unless_that_may_help() {
    let (_folder, store, plan) = scene();
    let [near, far] = [&plan.runs[0], &plan.runs[1]];
    let [finished, failed, lost] = [&plan.runs[2], &plan.runs[3], &plan.runs[4]];
    for (run, failure) in [
        (near, None),
        (far, None),
        (finished, None),
        (failed, Some(FailureKind::Deterministic)),
        (lost, Some(FailureKind::Environment)),
    ] {
        store.publish_record(&record(run, failure)).unwrap();
    }
    let queue = Queue::new(&plan, &store, false).unwrap();
    assert_eq!((queue.total, queue.ended(), queue.failed.len(), queue.waiting.len()), (14, 4, 1, 10));
    assert_eq!(queue.waiting[0].id, lost.id);
    assert!(store.record(&lost.id).unwrap().is_none(), "it is out of the way");
    assert!(store.record(&failed.id).unwrap().is_some());

    store.publish_record(&record(lost, Some(FailureKind::Environment))).unwrap();
    let queue = Queue::new(&plan, &store, true).unwrap();
    assert_eq!((queue.ended(), queue.failed.len()), (3, 0));
    let waiting: Vec<&PlannedRun> = queue.waiting.iter().copied().collect();
    assert_eq!(ids(&waiting)[..2], ids(&[failed, lost]));
    assert!(store.record(&failed.id).unwrap().is_none());
}
