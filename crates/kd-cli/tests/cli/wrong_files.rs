//! Every way to write a study file wrongly: the place, what was expected, what to do.

use crate::{TINY, folder_with, output, stderr};

/// What `kd plan` says of the tiny study with `written` in place of `right`.
pub(crate) fn complaint(right: &str, written: &str) -> String {
    assert_eq!(TINY.matches(right).count(), 1, "`{right}` should be there once");
    complaint_about(&TINY.replace(right, written))
}

fn complaint_about(text: &str) -> String {
    let folder = folder_with(text);
    // `kd run` and `kd plan` read files the same way; running must refuse before it writes anything.
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(2), "{}", stderr(&run));
    assert!(!folder.path().join("results").exists(), "nothing is written for a wrong file");
    let plan = output(folder.path(), &["plan", "study.toml"]);
    assert_eq!(plan.status.code(), Some(2));
    assert_eq!(plan.stderr, run.stderr);
    assert!(plan.stdout.is_empty());
    stderr(&plan)
}

macro_rules! wrong {
    ($($name:ident: $right:literal => $written:literal;)+) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(complaint($right, $written));
        }
    )+};
}

wrong! {
    misspelt_key: "sampling = \"stratified\"" => "samplng = \"stratified\"";
    misspelt_table: "[tasks.digits.student]" => "[tasks.digits.studnet]";
    misspelt_section: "[arms.labels]" => "[amrs.labels]";
    misspelt_objective: "objective.cross_entropy = {}" => "objective.cross_entrpy = {}";
    misspelt_parameter: "{ temperature = 4.0 }" => "{ temprature = 4.0 }";
    misspelt_supervision: "supervision.permuted = {}" => "supervision.permutated = {}";
    misspelt_model: "model.mlp = { hidden = [16] }" => "model.mpl = { hidden = [16] }";
    misspelt_optimizer: "train = { budget.epochs = 2, optimizer.adamw" => "train = { budget.epochs = 2, optimizer.adam";
    unknown_sampling: "\"stratified\"" => "\"weighted\"";
    unknown_data_set: "\"optdigits\"" => "\"optdigit\"";
    key_of_another_objective: "objective.cross_entropy = {}" => "objective.cross_entropy = { label_weight = 0.5 }";
    two_objectives_in_one_arm: "objective.cross_entropy = {}" => "objective.cross_entropy = {}\nobjective.label_smoothing = { epsilon = 0.1 }";
    two_budgets: "budget.steps = 40" => "budget.steps = 40, budget.epochs = 3";
    no_objective: "objective.cross_entropy = {}" => "";
    same_objective_twice: "objective.cross_entropy = {}" => "objective.distillation = { temperature = 4.0 }";
    wrong_type_seeds: "seeds = [1, 2]" => "seeds = 5";
    wrong_type_hidden: "hidden = [32]" => "hidden = \"32\"";
    wrong_type_learning_rate: "train = { budget.epochs = 2, optimizer.adamw.learning_rate = 3e-3 }" => "train = { budget.epochs = 2, optimizer.adamw.learning_rate = \"3e-3\" }";
    seed_with_a_point: "seeds = [1, 2]" => "seeds = [1, 2.5]";
    negative_temperature: "{ temperature = 4.0 }" => "{ temperature = -4.0 }";
    negative_temperature_in_a_sweep: "{ temperature = 4.0 }" => "{ temperature = [1.0, -4.0] }";
    schedule_to_nowhere: "{ temperature = 4.0 }" => "{ temperature.linear = { from = 1.0 } }";
    schedule_that_leaves_the_range: "{ temperature = 4.0 }" => "{ temperature.linear = { from = 1.0, to = -4.0 } }";
    unknown_schedule: "{ temperature = 4.0 }" => "{ temperature.linaer = { from = 1.0, to = 4.0 } }";
    temperature_in_words: "{ temperature = 4.0 }" => "{ temperature = \"hot\" }";
    changing_temperature_of_a_fixed_supervision: "{ temperature = 4.0 }" => "{ temperature.linear = { from = 1.0, to = 4.0 }, supervision.entropy_matched = {} }";
    ensemble_of_one: "{ temperature = 4.0 }" => "{ temperature = 4.0, supervision.ensemble = {} }";
    no_members: "replicates = \"per_seed\"" => "members = 0";
    unknown_feature: "objective.cross_entropy = {}" => "objective.features = { student = \"hiden0\", loss.hint = {} }";
    features_that_cannot_be_compared: "objective.cross_entropy = {}" => "objective.features.loss.attention_transfer = {}";
    features_of_other_shapes: "objective.cross_entropy = {}" => "objective.features.loss.mse = {}";
    misspelt_feature_loss: "objective.cross_entropy = {}" => "objective.features.loss.attention = {}";
    sum_of_nothing: "objective.cross_entropy = {}" => "objective.sum.terms = {}";
    sum_within_a_sum: "objective.cross_entropy = {}" => "objective.sum.terms.a.objective.sum.terms.b.objective.cross_entropy = {}";
    label_weight_above_one: "{ temperature = 4.0 }" => "{ temperature = 4.0, label_weight = 1.5 }";
    more_classes_than_there_are: "objective.cross_entropy = {}" => "objective.logit_mse.selection.top = 11";
    nothing_held_out: "data.catalogue.name = \"optdigits\"" => "data.catalogue.name = \"optdigits\"\nvalidation = 0.0001";
    no_official_validation: "data.catalogue.name = \"optdigits\"" => "data.catalogue.name = \"optdigits\"\nvalidation = \"official\"";
    validation_in_words: "data.catalogue.name = \"optdigits\"" => "data.catalogue.name = \"optdigits\"\nvalidation = \"dev\"";
    nesterov_without_momentum: "train = { budget.steps = 40, batch = 16, optimizer.adamw.learning_rate = 3e-3 }" => "train = { budget.steps = 40, optimizer.sgd = { learning_rate = 0.1, nesterov = true } }";
    arm_called_teacher: "[arms.labels]" => "[arms.teacher]";
    empty_sweep: "{ temperature = 4.0 }" => "{ temperature = [] }";
    sweep_that_repeats: "{ temperature = 4.0 }" => "{ temperature = [2.0, 2] }";
    more_samples_than_the_teacher_has: "samples = [20, 80]" => "samples = [20, 5000]";
    teacher_with_too_many_samples: "replicates = \"per_seed\"" => "samples = 4000";
    misspelt_origin: "samples = [20, 80]" => "samples = [20, 80]\nfrom = \"other\"";
    others_of_a_teacher_that_has_all: "samples = [20, 80]" => "samples = [20, 80]\nfrom = \"others\"";
    unknown_class: "samples = [20, 80]" => "samples = [20, 80]\nwithout = [\"33\"]";
    more_samples_than_classes_leave: "samples = [20, 80]" => "samples = [20, 3400]\nwithout = [\"3\"]";
    teacher_with_more_samples_than_classes_leave: "replicates = \"per_seed\"" => "samples = 3400\nwithout = [\"3\", \"5\"]";
    noise_rate_above_one: "samples = [20, 80]" => "samples = [20, 80]\nlabel_noise.symmetric = 1.5";
    noise_that_is_no_distribution: "samples = [20, 80]" => "samples = [20, 80]\nlabel_noise.matrix = [[0.5, 0.4], [0, 1]]";
    noise_of_other_classes: "replicates = \"per_seed\"" => "label_noise.matrix = [[0.5, 0.5], [0, 1]]";
    unknown_order: "\"stratified\"" => "{ by_score = { path = \"scores.csv\", order = \"hardest\" } }";
    scores_that_are_not_there: "\"stratified\"" => "{ by_score = { path = \"scores.csv\", order = \"highest\" } }";
    misspelt_features: "\"stratified\"" => "{ k_centre = { feature = \"features.npy\" } }";
    no_samples: "samples = [20, 80]" => "samples = []";
    zero_samples: "samples = [20, 80]" => "samples = [0, 80]";
    samples_twice: "samples = [20, 80]" => "samples = [20, 20]";
    fraction_above_one: "samples = [20, 80]" => "samples = [20, 1.5]";
    seed_twice: "seeds = [1, 2]" => "seeds = [1, 1]";
    no_seeds: "seeds = [1, 2]" => "seeds = []";
    representation_of_too_few_examples: "seeds = [1, 2]" => "seeds = [1, 2]\nrepresentation = { examples = 3 }";
    representation_of_more_examples_than_there_are: "seeds = [1, 2]" => "seeds = [1, 2]\nrepresentation = { examples = 100_000 }";
    tangents_of_more_examples_than_features: "seeds = [1, 2]" => "seeds = [1, 2]\nrepresentation = { examples = 64, tangent_examples = 65 }";
    misspelt_representation: "seeds = [1, 2]" => "seeds = [1, 2]\nrepresentation = { examples = 64, tangent_example = 8 }";
    unknown_thing_to_keep: "seeds = [1, 2]" => "seeds = [1, 2]\nkeep = [\"predictions\"]";
    zero_steps: "budget.steps = 40" => "budget.steps = 0";
    negative_learning_rate: "batch = 16, optimizer.adamw.learning_rate = 3e-3" => "batch = 16, optimizer.adamw.learning_rate = -1";
    model_that_does_not_fit_the_data: "model.mlp = { hidden = [16] }" => "model.bag_of_embeddings = { dimension = 8 }";
    name_with_a_slash: "name = \"tiny\"" => "name = \"a/b\"";
    key_twice: "seeds = [1, 2]" => "seeds = [1, 2]\nseeds = [3]";
    unclosed_bracket: "seeds = [1, 2]" => "seeds = [1, 2";
    missing_teacher_training: "train = { budget.epochs = 2, optimizer.adamw.learning_rate = 3e-3 }" => "";
}

#[test]
fn the_readme_shows_what_is_really_said() {
    let readme = include_str!("../../../../README.md");
    assert!(readme.contains(complaint("{ temperature = 4.0 }", "{ temprature = 4.0 }").trim_end()));
}

#[test]
fn several_problems_are_told_at_once() {
    let text = TINY.replace("seeds = [1, 2]", "seeds = [1, 1]").replace("[20, 80]", "[20, 9999]");
    insta::assert_snapshot!(complaint_about(&text));
}

#[test]
fn no_arms() {
    let (text, _) = TINY.split_once("[arms.labels]").unwrap();
    insta::assert_snapshot!(complaint_about(text));
}

#[test]
fn empty_file() {
    insta::assert_snapshot!(complaint_about(""));
}

#[test]
fn wide_characters_before_the_mistake() {
    let text = TINY.replace("seeds = [1, 2]", "seeds = [1, 2] # 蒸留\nseed = 3");
    insta::assert_snapshot!(complaint_about(&text));
}
