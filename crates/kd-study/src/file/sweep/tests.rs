use kd_analysis::Datum;

use crate::file::{ArmFile, StudyFile, Variant};

/// The names of the arms that `arms` becomes, and their objectives.
fn arms(arms: &str) -> Vec<(String, String)> {
    let text = format!(
        "[study]\nname = \"s\"\nseeds = [1]\n[tasks.t]\ndata.catalogue.name = \"d\"\n\
         [tasks.t.teacher]\n[tasks.t.student]\nmodel.lenet = {{}}\nsamples = [1]\n\
         train.optimizer.least_squares = {{}}\n{arms}"
    );
    let file = StudyFile::parse(&text).unwrap();
    let objective =
        |variant: Variant<ArmFile>| serde_json::to_string(variant.file.objective.get_ref()).unwrap();
    let arm = |(name, variants): (String, Vec<Variant<ArmFile>>)| {
        variants.into_iter().map(move |variant| (name.clone(), objective(variant)))
    };
    file.arms.into_iter().flat_map(arm).collect()
}

fn names(text: &str) -> Vec<String> {
    arms(text).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn a_list_makes_an_arm_of_each_value_in_its_place() {
    let text = "[arms.b]\nobjective.distillation = { temperature = [4, 1.50], label_weight = [0.0, 0.5] }\n\
                [arms.a]\nobjective.cross_entropy = {}\n";
    let found = arms(text);
    assert_eq!(
        found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        [
            "b (temperature = 4, label_weight = 0)",
            "b (temperature = 4, label_weight = 0.5)",
            "b (temperature = 1.5, label_weight = 0)",
            "b (temperature = 1.5, label_weight = 0.5)",
            "a",
        ]
    );
    let expected = r#"{"distillation":{"temperature":1.5,"label_weight":0.5,"supervision":{"full":{}}}}"#;
    assert_eq!(found[3].1, expected);
}

#[test]
fn values_of_any_kind_are_named() {
    let of = |objective: &str| names(&format!("[arms.a]\nobjective.{objective}\n"));
    assert_eq!(
        of(
            "distillation = { temperature = 1.0, supervision = [{ permuted = {} }, { top_k = { k = 2, remainder = \"uniform\" } }] }"
        ),
        ["a (supervision = permuted)", "a (supervision = top_k k = 2, remainder = uniform)"]
    );
    assert_eq!(
        of("distillation = { temperature = 1.0, standardise = [true, false] }"),
        ["a (standardise = true)", "a (standardise = false)"]
    );
    assert_eq!(
        of(
            "distillation = { temperature = 1.0, supervision.entropy_matched.keep = [\"entropy\", \"top_probability\"] }"
        ),
        ["a (keep = entropy)", "a (keep = top_probability)"]
    );
}

#[test]
fn lists_of_an_objective_in_a_sum_are_swept_too() {
    let text = "[arms.a.objective.sum.terms]\n\
                one = { weight = [1.0, 2.0], objective.cross_entropy = {} }\n\
                two = { objective.distillation = { temperature = [3.0] } }\n";
    assert_eq!(names(text), ["a (weight = 1, temperature = 3)", "a (weight = 2, temperature = 3)"]);
}

/// A file whose only task has these lines for its student.
fn file(student: &str) -> Result<StudyFile, crate::Problem> {
    let lines: Vec<&str> = student.lines().map(str::trim).collect();
    StudyFile::parse(&format!(
        "[study]\nname = \"s\"\nseeds = [1]\n[arms.a]\nobjective.cross_entropy = {{}}\n[tasks.t]\n\
         data.catalogue.name = \"d\"\n[tasks.t.student]\n{}\n",
        lines.join("\n")
    ))
}

/// The levels of each variant of that task, in words.
fn levels(student: &str) -> Vec<String> {
    let mut file = file(student).unwrap();
    let variants = file.tasks.shift_remove_index(0).unwrap().1;
    let told = |variant: &Variant<_>| {
        let levels = variant.levels.iter();
        levels.map(|level| format!("{} = {}", level.factor, level.level)).collect::<Vec<_>>().join(", ")
    };
    variants.iter().map(told).collect()
}

const TEACHER: &str = "[tasks.t.teacher]\nmodel.mlp.hidden = [4]\n";

#[test]
fn several_sweeps_of_a_task_cross_and_those_of_one_name_move_together() {
    let crossed = "samples = [1]\ntrain.optimizer.least_squares = {}
        model.mlp.hidden = { sweep = [[16], [64]] }
        [tasks.t.teacher]
        model.mlp.hidden = { sweep = [[128], [512, 512]], as = \"width\" }
        samples = { sweep = [0.5, \"all\"] }";
    assert_eq!(
        levels(crossed),
        [
            "student hidden = 16, width = [128], N = 0.5",
            "student hidden = 16, width = [128], N = all",
            "student hidden = 16, width = [512, 512], N = 0.5",
            "student hidden = 16, width = [512, 512], N = all",
            "student hidden = 64, width = [128], N = 0.5",
            "student hidden = 64, width = [128], N = all",
            "student hidden = 64, width = [512, 512], N = 0.5",
            "student hidden = 64, width = [512, 512], N = all",
        ]
    );
    let together = "samples = [1]\ntrain.optimizer.least_squares = {}
        model.mlp.hidden = { sweep = [[16], [64]], as = \"size\", names = [\"small\", \"large\"] }
        [tasks.t.teacher]
        model.mlp.hidden = { sweep = [[128], [512]], as = \"size\" }";
    assert_eq!(levels(together), ["size = small", "size = large"]);
    assert_eq!(
        levels(&format!(
            "samples = [1]\nmodel.lenet = {{}}\ntrain.optimizer.least_squares = {{}}\n{TEACHER}"
        )),
        [""]
    );
}

#[test]
fn each_variant_is_as_if_its_values_had_been_written_alone() {
    let mut file = file(&format!(
        "samples = [1]\nmodel.mlp.hidden = [3]\ntrain.budget.steps = {{ sweep = [5, 7] }}
         train.optimizer.adamw.learning_rate = {{ tune = [1e-3, 1] }}\n{TEACHER}"
    ))
    .unwrap();
    let variants = file.tasks.shift_remove_index(0).unwrap().1;
    let found: Vec<(String, Vec<bool>)> = variants
        .iter()
        .map(|variant| {
            let training = variant.file.student.train.get_ref();
            (training.to_string(), variant.levels.iter().map(|level| level.tuned).collect())
        })
        .collect();
    let expected =
        |steps, rate| (format!("{steps} steps of batches of 64, AdamW at {rate}"), vec![false, true]);
    assert_eq!(found, [expected(5, "0.001"), expected(5, "1"), expected(7, "0.001"), expected(7, "1")]);
    let first = &variants[0].levels;
    assert_eq!((first[0].factor.as_str(), &first[0].level), ("student steps", &Datum::Count(5)));
    assert_eq!((first[1].factor.as_str(), &first[1].level), ("student learning_rate", &Datum::Number(1e-3)));
}

#[test]
fn what_is_tuned_is_one_arm() {
    let text = "[arms.a]\nobjective.distillation = { temperature = { tune = [1.0, 4.0] }, label_weight = [0.0, 0.5] }\n";
    assert_eq!(
        names(text),
        ["a (label_weight = 0)", "a (label_weight = 0)", "a (label_weight = 0.5)", "a (label_weight = 0.5)"]
    );
    let named = "[arms.a]\nobjective.distillation.temperature = { sweep = [1.0, 4.0], as = \"T\" }\n";
    assert_eq!(names(named), ["a (T = 1)", "a (T = 4)"]);
}

#[test]
fn lists_of_one_key_are_told_apart() {
    let text = "[arms.a.objective.sum.terms]\n\
                one = { weight = [1.0, 2.0], objective.cross_entropy = {} }\n\
                two = { weight = [3.0], objective.distillation.temperature = 2.0 }\n";
    assert_eq!(names(text)[0], "a (sum.terms.one.weight = 1, sum.terms.two.weight = 3)");
}
