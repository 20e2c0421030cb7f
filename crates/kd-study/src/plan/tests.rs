use std::collections::{BTreeMap, BTreeSet, HashSet};

use kd_analysis::{ControlKind, FactorKind};
use kd_core::objective::Objective;

use super::*;
use crate::spec::Part;
use crate::study::tests::study;

fn plan(changes: &[(&str, &str)]) -> Plan {
    Plan::new(&study(changes)).unwrap()
}

/// Task, arm, M and seed of every run.
fn places(plan: &Plan) -> Vec<(&str, &str, u64, u64)> {
    let place = |run: &'_ PlannedRun| (run.spec.samples(), run.place.seed);
    plan.runs
        .iter()
        .map(|run| (run.place.task.as_str(), run.place.arm.as_str(), place(run).0, place(run).1))
        .collect()
}

#[test]
fn teachers_come_first_then_students_seed_by_seed() {
    let plan = plan(&[("samples = [20, 10, \"all\"]", "samples = [20, 10]")]);
    let students = |seed| {
        let cell =
            move |task, samples| ["labels", "taught", "shuffled"].map(move |arm| (task, arm, samples, seed));
        [cell("near", 10), cell("near", 20), cell("far", 10)].into_iter().flatten()
    };
    let teachers = [("near", "teacher", 90, 7), ("far", "teacher", 90, 7)];
    let expected: Vec<_> = teachers.into_iter().chain(students(7)).chain(students(3)).collect();
    assert_eq!(places(&plan), expected);
    assert_eq!(plan.distinct().len(), plan.runs.len());
    assert!(plan.runs.iter().all(|run| run.id == run.spec.id().unwrap() && run.teacher_samples == Some(90)));
    let of_role = |role| plan.runs.iter().filter(|run| run.role == role).count();
    let shuffled = Role::Control { kind: ControlKind::Permuted, of: Some("taught".to_owned()) };
    assert_eq!([Role::Teacher, shuffled].map(of_role), [2, 6]);
    let controls = |run: &PlannedRun| run.role.control_of() == Some("taught");
    assert!(plan.runs.iter().all(|run| controls(run) == (run.place.arm == "shuffled")));
}

#[test]
fn a_teacher_is_one_for_all_seeds_or_one_for_each() {
    let of = |plan: &Plan| -> Vec<(u64, Vec<RunId>)> {
        let near = plan.runs.iter().filter(|run| run.place.task == "near" && run.place.arm == "taught");
        near.map(|run| (run.place.seed, run.spec.teachers().to_vec())).collect()
    };
    let once = plan(&[]);
    assert_eq!(of(&once).iter().map(|(_, teachers)| teachers).collect::<HashSet<_>>().len(), 1);
    let each = plan(&[("teacher = {", "teacher = { replicates = \"per_seed\",")]);
    assert_eq!(each.runs.iter().filter(|run| run.role == Role::Teacher).count(), 4);
    for (seed, teachers) in of(&each) {
        let teacher = each.runs.iter().find(|run| run.id == teachers[0]).unwrap();
        assert_eq!((teacher.place.seed, teacher.spec.seed, teacher.spec.draws[0].seed), (seed, seed, seed));
        assert_eq!(teacher.spec.part, Part::Teacher { member: 0 });
    }
    for run in each.runs.iter().filter(|run| run.role != Role::Teacher) {
        let seeds: Vec<u64> = run.spec.draws.iter().map(|draw| draw.seed).collect();
        assert_eq!(
            (seeds, run.spec.seed),
            (vec![run.place.seed], run.place.seed),
            "the teacher's decides nothing"
        );
    }
    // Of one seed for all, the first draw is the teacher's, the second the student's own.
    for run in once.runs.iter().filter(|run| run.role != Role::Teacher && run.place.seed == 3) {
        assert_eq!(run.spec.draws.iter().map(|draw| draw.seed).collect::<Vec<_>>(), [7, 3]);
    }
}

#[test]
fn an_ensemble_is_heard_by_those_who_ask_for_it() {
    let plan = plan(&[
        ("teacher = {", "teacher = { members = 3,"),
        ("supervision.permuted", "supervision.ensemble"),
    ]);
    let teachers: Vec<&PlannedRun> =
        plan.runs.iter().filter(|run| run.role == Role::Teacher && run.place.task == "far").collect();
    let names: Vec<&str> = teachers.iter().map(|run| run.place.arm.as_str()).collect();
    assert_eq!(names, ["teacher", "teacher (member 2)", "teacher (member 3)"]);
    let seeds: HashSet<[u64; 2]> = teachers.iter().map(|run| run.spec.stream_seeds()).collect();
    assert_eq!(seeds.len(), 3, "members start from weights of their own");
    for run in plan.runs.iter().filter(|run| run.place.task == "far" && run.role != Role::Teacher) {
        let compared = if run.place.arm == "shuffled" { 3 } else { 1 };
        let ids: Vec<RunId> = teachers[..compared].iter().map(|teacher| teacher.id.clone()).collect();
        assert_eq!(run.compared, ids);
        assert_eq!(run.spec.teachers(), if run.place.arm == "labels" { &[] } else { &ids[..] });
    }
}

#[test]
fn places_share_a_run_where_it_is_the_same() {
    // Of the same blobs, the two tasks differ in their teachers and M alone.
    let plan = plan(&[("separation = 2.0", "separation = 1.0"), ("budget.steps = 19", "budget.epochs = 50")]);
    let (places, distinct) = (plan.runs.len(), plan.distinct());
    assert_eq!((places, distinct.len()), (2 + 2 * (3 + 1) * 3, 1 + 2 * 3 * 3));
    assert!(distinct.iter().all(|run| run.place.task == "near"), "the first place stands for all");
}

#[test]
fn who_hears_nobody_is_one_run_under_every_teacher() {
    let asked = "question = \"Which?\"\nkeep = [\"weights\"]\nrepresentation.examples = 8";
    // The two tasks differ in M and in the budget of their teachers.
    let plan = plan(&[("separation = 2.0", "separation = 1.0"), ("question = \"Which?\"", asked)]);
    let of = |task: &str, arm: &str| -> Vec<&PlannedRun> {
        let is_it = |run: &&PlannedRun| (run.place.task.as_str(), run.place.arm.as_str()) == (task, arm);
        plan.runs.iter().filter(is_it).filter(|run| [10, 90].contains(&run.place.samples)).collect()
    };
    let [near, far] = [of("near", "teacher")[0], of("far", "teacher")[0]];
    assert_ne!(near.id, far.id);
    for run in of("far", "labels") {
        let twin = of("near", "labels").into_iter().find(|twin| twin.id == run.id).expect("shared");
        let of_place = [run, twin].map(|place| place.compared.as_slice());
        assert_eq!(of_place, [std::slice::from_ref(&far.id), std::slice::from_ref(&near.id)]);
        assert_eq!(run.keep, twin.keep, "each asks for all that is asked of their run");
        assert_eq!((run.keep.measures.len(), run.keep.weights), (2, true));
        assert_eq!(run.keep.compared().collect::<HashSet<_>>(), HashSet::from([&near.id, &far.id]));
    }
    assert!(of("far", "taught").iter().all(|run| of("near", "taught").iter().all(|twin| twin.id != run.id)));
    assert!(!near.keep.weights && near.keep.compared().next().is_none() && near.keep.measures.len() == 1);
}

#[test]
fn what_a_student_does_not_ask_for_is_not_in_its_specification() {
    let augmented = [
        ("dimensions = 2, separation = 1.0 }", "dimensions = 2, separation = 1.0 }\nvalidation = 0.2"),
        (
            "[tasks.near.student]",
            "[tasks.near.student]\nlabel_noise.symmetric = 0.2\nfrom = \"others\"\nwithout = [\"1\"]",
        ),
        (
            "teacher = { model.mlp.hidden = [8], train = { budget.epochs",
            "teacher = { samples = 30, label_noise.pair = 0.5, model.mlp.hidden = [8], train = { budget.epochs",
        ),
    ];
    let plan = plan(&augmented);
    let near = |run: &&PlannedRun| run.place.task == "near";
    let teacher = plan.runs.iter().find(near).unwrap();
    assert!(teacher.spec.draws[0].label_noise.is_some());
    assert_eq!((teacher.teacher_samples, teacher.spec.samples()), (Some(30), 30));
    assert!(matches!(teacher.spec.objective, Objective::CrossEntropy(_)));
    for student in plan.runs.iter().filter(near).skip(1) {
        let [taken, own] = &student.spec.draws[..] else { panic!("two draws expected") };
        assert!(taken.label_noise.is_none(), "the teacher's labels are its own");
        assert!(own.label_noise.is_some() && own.without == ["1"] && own.from == crate::spec::Origin::Others);
    }
}

#[test]
fn a_report_says_what_to_type_but_not_where_the_file_lies() {
    let mut study = study(&[]);
    study.source = "somewhere/else/blobs.toml".to_owned();
    let command = |study: &Study| Plan::new(study).unwrap().study.command;
    assert_eq!(command(&study), "kd run blobs.toml");
    assert_eq!(command(&study.smoke()), "kd run blobs.toml --smoke");
}

const NEAR: &str = "separation = 1.0 }\nteacher = { model.mlp.hidden = [8]";

/// How many distinct runs each arm of the task near takes, and at how many places.
fn counted(plan: &Plan) -> BTreeMap<&str, (usize, usize)> {
    let mut arms: BTreeMap<&str, (HashSet<&RunId>, usize)> = BTreeMap::new();
    for run in plan.runs.iter().filter(|run| run.place.task == "near") {
        let (ids, places) = arms.entry(&run.place.arm).or_default();
        ids.insert(&run.id);
        *places += 1;
    }
    arms.into_iter().map(|(arm, (ids, places))| (arm, (ids.len(), places))).collect()
}

/// The names of the factors of each arm of the task near.
fn factors(plan: &Plan) -> BTreeMap<&str, BTreeSet<Vec<&str>>> {
    let mut arms: BTreeMap<&str, BTreeSet<Vec<&str>>> = BTreeMap::new();
    for run in plan.runs.iter().filter(|run| run.place.task == "near") {
        let names = run.place.factors.keys().map(String::as_str).collect();
        arms.entry(&run.place.arm).or_default().insert(names);
    }
    arms
}

#[test]
fn who_stands_for_places_of_several_teachers_is_compared_with_none() {
    let asked = "question = \"Which?\"\nrepresentation.examples = 8";
    let plan = plan(&[
        (NEAR, &NEAR.replace("[8]", "{ sweep = [[8], [16]], as = \"teacher width\" }")),
        ("samples = [20, 10, \"all\"]", "samples = [10]"),
        ("question = \"Which?\"", asked),
    ]);
    let of = |arm: &'static str| {
        plan.runs.iter().filter(move |run| run.place.task == "near" && run.place.arm == arm)
    };
    assert_eq!((of("labels").count(), of("taught").count()), (2, 4));
    for run in of("labels") {
        assert!(run.compared.is_empty() && run.keep.compared().next().is_none());
        assert_eq!(run.keep.measures.len(), 1, "its own start is there to compare it with");
    }
    assert!(of("taught").all(|run| run.keep.compared().eq(&run.compared) && run.compared.len() == 1));
}

#[test]
fn both_widths_cross_and_teachers_have_none_of_their_students() {
    let plan = plan(&[
        (NEAR, &NEAR.replace("[8]", "{ sweep = [[8], [16]], as = \"teacher width\" }")),
        (
            "[tasks.near.student]\nmodel.mlp.hidden = [4]",
            "[tasks.near.student]\nmodel.mlp.hidden = { sweep = [[2], [3], [4]], as = \"width\" }",
        ),
        ("samples = [20, 10, \"all\"]", "samples = [10]"),
    ]);
    let expected = [("labels", (6, 6)), ("shuffled", (12, 12)), ("taught", (12, 12)), ("teacher", (2, 2))];
    assert_eq!(counted(&plan), expected.into());
    assert_eq!(factors(&plan)["labels"], [vec!["width"]].into());
    assert_eq!(factors(&plan)["teacher"], [vec!["teacher width"]].into());
    assert_eq!(factors(&plan)["taught"], [vec!["teacher width", "width"]].into());
}

#[test]
fn a_generation_hears_the_one_before_it() {
    let generations = ("[tasks.near.student]", "[tasks.near.student]\ngenerations = 3");
    let plan = plan(&[
        generations,
        ("supervision.permuted", "supervision.ensemble"),
        (
            "budget.steps = 19, optimizer.adamw.learning_rate = 1e-2 }",
            "budget.steps = 19, optimizer.adamw.learning_rate = 1e-2 }, members = 2",
        ),
        ("samples = [20, 10, \"all\"]", "samples = [10]"),
    ]);
    assert_eq!(counted(&plan)["labels"], (2, 2), "which hear nobody, have no generations");
    assert_eq!(counted(&plan)["taught"], (6, 6));
    let of = |arm: &str, generation: u64, seed: u64| {
        let level = Some(&Datum::Count(generation));
        let found = plan.runs.iter().find(|run| {
            (run.place.arm.as_str(), run.place.seed) == (arm, seed)
                && run.place.factors.get("generation") == level
        });
        found.unwrap()
    };
    let teacher = plan.runs.iter().find(|run| run.role == Role::Teacher).unwrap();
    assert_eq!(of("taught", 1, 7).spec.teachers(), std::slice::from_ref(&teacher.id));
    for (generation, seed) in [(2, 7), (3, 7), (2, 3), (3, 3)] {
        let run = of("taught", generation, seed);
        assert_eq!(run.spec.teachers(), std::slice::from_ref(&of("taught", generation - 1, seed).id));
        assert_eq!((run.teacher_samples, &run.compared), (Some(90), &run.spec.teachers().to_vec()));
        let all = [7, 3].map(|seed| of("shuffled", generation - 1, seed).id.clone());
        assert_eq!(of("shuffled", generation, seed).spec.teachers(), all, "an ensemble of all seeds");
    }
    let seeds: HashSet<[u64; 2]> =
        (1..=3).map(|generation| of("taught", generation, 7).spec.stream_seeds()).collect();
    assert_eq!(seeds.len(), 3, "none starts from the weights of its teacher");
    let position = |id: &RunId| plan.runs.iter().position(|run| run.id == *id).unwrap();
    assert!(position(&of("taught", 3, 7).id) < position(&of("taught", 1, 3).id), "seed by seed");
}

#[test]
fn what_hears_no_teacher_is_trained_once_for_all_teachers() {
    let three = NEAR.replace("[8]", "{ sweep = [[8], [16], [32]], as = \"teacher width\" }");
    let smoothed = "[arms.labels]\nobjective.cross_entropy = {}\n[arms.smoothed]\nobjective.label_smoothing.epsilon = 0.1";
    let plan = plan(&[
        (NEAR, &three),
        ("[arms.labels]\nobjective.cross_entropy = {}", smoothed),
        ("temperature = 2.0 }", "temperature = [2.0, 4.0] }"),
        ("[arms.shuffled]\nobjective.distillation = { temperature = 2.0, supervision.permuted = {} }", ""),
        ("samples = [20, 10, \"all\"]", "samples = [10, 20]"),
    ]);
    // Of each M and seed, two students that are shared and two of each teacher.
    let expected = [
        ("labels", (4, 4)),
        ("smoothed", (4, 4)),
        ("taught (temperature = 2)", (12, 12)),
        ("taught (temperature = 4)", (12, 12)),
        ("teacher", (3, 3)),
    ];
    assert_eq!(counted(&plan), expected.into());
    let near = |run: &&PlannedRun| run.place.task == "near";
    let students = plan.runs.iter().filter(near).filter(|run| run.role != Role::Teacher).count();
    assert_eq!(students, 2 * 2 * (2 + 2 * 3));
    let both = BTreeSet::from([vec!["teacher width", "temperature"]]);
    let expected = [
        ("labels", BTreeSet::from([vec![]])),
        ("smoothed", BTreeSet::from([vec![]])),
        ("taught (temperature = 2)", both.clone()),
        ("taught (temperature = 4)", both),
        ("teacher", BTreeSet::from([vec!["teacher width"]])),
    ];
    assert_eq!(factors(&plan), expected.into());
    let labels = plan.runs.iter().find(|run| run.place.arm == "labels").unwrap();
    assert!(labels.compared.is_empty() && labels.spec.teachers().is_empty());
    assert_eq!(labels.teacher_samples, Some(90), "which all of them have");
    let taught = plan.runs.iter().find(|run| run.place.arm.starts_with("taught")).unwrap();
    assert_eq!(taught.compared, taught.spec.teachers());
    let kinds: Vec<_> = plan.study.factors.iter().map(|factor| (factor.name.as_str(), factor.kind)).collect();
    assert_eq!(kinds, [("teacher width", FactorKind::Task), ("temperature", FactorKind::Arm)]);
    let infos: Vec<_> =
        plan.study.tasks.iter().map(|task| (task.name.as_str(), task.factors.len())).collect();
    assert_eq!(infos, [("near", 1), ("near", 1), ("near", 1), ("far", 0)]);
}

#[test]
fn where_n_is_swept_students_of_the_same_samples_are_shared() {
    let changes = |from: &str| {
        let teacher = format!(
            "separation = 1.0 }}\nteacher = {{ {from} samples = {{ sweep = [30, 60] }}, model.mlp.hidden = [8]"
        );
        [
            (NEAR.to_owned(), teacher),
            ("samples = [20, 10, \"all\"]".to_owned(), "from = \"all\"\nsamples = [10, \"all\"]".to_owned()),
        ]
    };
    let plan_of = |changes: &[(String, String)]| {
        plan(&changes.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect::<Vec<_>>())
    };
    let fresh = plan_of(&changes(""));
    assert_eq!(counted(&fresh)["labels"], (4, 4), "each M and seed once");
    assert_eq!(counted(&fresh)["taught"], (8, 8));
    let labels = fresh.runs.iter().find(|run| run.place.arm == "labels").unwrap();
    assert_eq!(labels.teacher_samples, None);
    assert_eq!(factors(&fresh)["teacher"], [vec!["N"]].into(), "N is what a teacher's samples are");
    // Of the teacher's own samples, all are 30 of one and 60 of the other.
    let [teacher, _] = changes("replicates = \"per_seed\",");
    let own =
        plan_of(&[teacher, ("samples = [20, 10, \"all\"]".to_owned(), "samples = [10, \"all\"]".to_owned())]);
    assert_eq!(counted(&own)["labels"], (2 + 4, 4 + 4));
    let shared: Vec<_> = own
        .runs
        .iter()
        .filter(|run| {
            (run.place.task.as_str(), run.place.arm.as_str(), run.place.samples) == ("near", "labels", 10)
        })
        .collect();
    assert!(shared.iter().all(|run| run.place.factors.contains_key("N") && run.compared.len() == 1));
}

#[test]
fn a_generation_has_samples_without_labels_as_the_one_before_it() {
    let plan = plan(&[
        ("[tasks.near.student]", "[tasks.near.student]\ngenerations = 2\nunlabelled = [\"all\", 0, 10]"),
        ("samples = [20, 10, \"all\"]", "samples = [20, 10]"),
    ]);
    let arms = counted(&plan);
    // Of two seeds, at each of two M; of those who hear somebody also at each U and generation.
    assert_eq!((arms["labels"], arms["taught"], arms["teacher"]), ((4, 4), (24, 24), (1, 1)));
    let known = factors(&plan);
    assert_eq!(
        (&known["labels"], &known["taught"]),
        (&[vec![]].into(), &[vec!["generation", "unlabelled"]].into())
    );
    let factor = plan.study.factors.iter().find(|factor| factor.name == "unlabelled").unwrap();
    assert_eq!(factor.levels, [0, 10, 70].map(Datum::Count));
    for run in plan.runs.iter().filter(|run| run.place.factors.get("generation") == Some(&Datum::Count(2))) {
        let [teacher] = run.spec.teachers() else { panic!("one teacher expected") };
        let teacher = plan.runs.iter().find(|run| run.id == *teacher).unwrap();
        assert_eq!(teacher.spec.unlabelled, run.spec.unlabelled);
        assert_eq!(run.place.factors["unlabelled"], Datum::Count(run.spec.unlabelled));
    }
}
