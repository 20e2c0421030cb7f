//! Ways to write sweeps, tuning and generations wrongly: the place, what was expected, what to do.

use crate::wrong_files::complaint;

const HIDDEN: &str = "model.mlp = { hidden = [16] }";
const RATE: &str = "batch = 16, optimizer.adamw.learning_rate = 3e-3";
const TEMPERATURE: &str = "objective.distillation = { temperature = 4.0 }";

/// `HIDDEN`, `RATE` and so on, with something else written in their place.
macro_rules! wrong {
    ($($name:ident: $right:expr => $written:literal;)+) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(complaint($right, $written));
        }
    )+};
}

wrong! {
    sweep_over_nothing: HIDDEN => "model.mlp = { hidden = { sweep = [] } }";
    sweep_over_one_value_twice: HIDDEN => "model.mlp = { hidden = { sweep = [[16], [32], [16]] } }";
    sweep_over_no_list: HIDDEN => "model.mlp = { hidden = { sweep = 16 } }";
    sweep_of_the_wrong_type: HIDDEN => "model.mlp = { hidden = { sweep = [16, 32] } }";
    sweep_with_a_wrong_value: RATE => "batch = { sweep = [16, 0] }, optimizer.adamw.learning_rate = 3e-3";
    sweep_within_a_sweep: HIDDEN => "model = { sweep = [{ mlp = { hidden = { sweep = [[8], [16]] } } }] }";
    sweep_and_tune: RATE => "batch = 16, optimizer.adamw.learning_rate = { sweep = [1e-3], tune = [3e-3] }";
    sweep_with_a_misspelt_key: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], name = \"width\" } }";
    sweep_without_a_name: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], as = 3 } }";
    sweep_with_too_few_names: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], names = [\"small\"] } }";
    sweep_with_names_that_are_none: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], names = \"small\" } }";
    sweep_with_one_name_for_two_values: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], names = [\"small\", \"small\"] } }";
    sweeps_that_name_their_values_otherwise: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], as = \"size\", names = [\"a\", \"b\"] }, dropout = { sweep = [0.0, 0.1], as = \"size\", names = [\"b\", \"a\"] } }";
    tuned_from_distilled_to_a_control: TEMPERATURE => "objective.distillation = { temperature = 4.0, supervision = { tune = [{ full = {} }, { permuted = {} }] } }";
    sweep_called_as_a_measure: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], as = \"test_nll\" } }";
    sweep_called_as_a_column: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], as = \"seed\" } }";
    sweep_of_m: "samples = [20, 80]" => "samples = { sweep = [20, 80] }";
    sweeps_of_one_name_and_two_lengths: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], as = \"size\" }, dropout = { sweep = [0.0, 0.1, 0.2], as = \"size\" } }";
    swept_here_and_tuned_there: RATE => "batch = { sweep = [8, 16], as = \"pace\" }, optimizer.adamw.learning_rate = { tune = [1e-3, 3e-3], as = \"pace\" }";
    sweeps_of_tasks_and_arms_of_one_name: HIDDEN => "model.mlp = { hidden = { sweep = [[8], [16]], as = \"kind\" } }\n[arms.other]\nobjective.distillation.temperature = { sweep = [2.0, 3.0], as = \"kind\" }\n[tasks.digits.student.x]";
    teacher_that_is_tuned: "train = { budget.epochs = 2, optimizer.adamw.learning_rate = 3e-3 }" => "train = { budget.epochs = 2, optimizer.adamw.learning_rate = { tune = [1e-3, 3e-3] } }";
    model_that_is_tuned: HIDDEN => "model.mlp = { hidden = { tune = [[8], [16]] } }";
    seeds_that_are_swept: "seeds = [1, 2]" => "seeds = { sweep = [[1, 2], [3, 4]] }";
    tuned_over_a_wrong_value: TEMPERATURE => "objective.distillation = { temperature = { tune = [1.0, -4.0] } }";
    more_samples_than_a_swept_teacher_has: "replicates = \"per_seed\"" => "samples = { sweep = [50, 500] }";
    no_generation: "samples = [20, 80]" => "samples = [20, 80]\ngenerations = 0";
    half_a_generation: "samples = [20, 80]" => "samples = [20, 80]\ngenerations = 1.5";
    generations_and_tuning: RATE => "batch = 16, optimizer.adamw.learning_rate = { tune = [1e-3, 3e-3] } }\ngenerations = 2\n#";
    features_that_a_later_generation_lacks: TEMPERATURE => "objective.features = { student = \"hidden0\", teacher = \"hidden1\", loss.hint = {} }";
}
