//! The columns: what each is, and where in a run's document it is found. To add one is to add it here.

use serde_json::Value;

use super::column::{Column, FRACTION, Group, TARGETS_UNIT, lookup};
use crate::datum::Datum;

/// Every column, group by group, in the order of the table.
pub const GROUPS: &[Group] = &[
    Group {
        title: "place",
        columns: &[
            Column::text("run", "id of the run, in hexadecimal").at(&["/run"]),
            Column::text("task", "task").at(&["/place/task"]),
            Column::text("arm", "arm; `teacher` for teachers, `teacher (member 2)` for others of an ensemble").at(&["/place/arm"]),
            Column::text(
                "role",
                "what the arm is for: `teacher`, `labels`, `distilled`, a control (`label_smoothing`, `entropy_matched`, \
                 `permuted`) or `other`",
            )
            .at(&["/role/control/kind", "/role"]),
            Column::text("control_of", "the distilled arm that a control differs from by full supervision only")
                .at(&["/role/control/of"]),
            Column::text("teacher", "id of the run of the teacher that it hears, the first of several")
                .at(&["/record/spec/part/student/teachers/0"]),
            Column::count("samples", "M; of a teacher, N").unit("samples").at(&["/place/samples"]),
            Column::count("teacher_samples", "N; 0 where a run stands for several").unit("samples").at(&["/teacher_samples"]),
            Column::number("kappa", "κ = M/N, of students").by(kappa),
            Column::count("seed", "seed of the replicate").at(&["/place/seed"]),
        ],
    },
    Group {
        title: "setting",
        columns: &[
            Column::text("data_set", "name of the data set").at(&["/record/spec/data/name"]),
            Column::text("modality", "`vision`, `tabular` or `text`").at(&["/task/modality"]),
            Column::text("student", "the task's student, in a line").at(&["/task/student"]),
            Column::text("teacher_model", "the task's teacher and its training, in a line").at(&["/task/teacher"]),
            Column::text("objective", "name of the objective").at(&["/record/spec/objective/*"]),
            Column::text("objective_settings", "all settings of the objective, as JSON; those of a sum's terms are here alone").by(objective_settings),
            Column::text("supervision", "what is done to the teacher's signal first").at(&[
                "/record/spec/objective/*/supervision/*",
            ]),
            Column::number("k", "k of `top_k` or `where_right`").at(&["/record/spec/objective/*/supervision/*/k"]),
            Column::number("temperature", "T, if it stays the same").at(&["/record/spec/objective/*/temperature"]),
            Column::number("teacher_temperature", "T of the teacher, where it is another")
                .at(&["/record/spec/objective/*/teacher_temperature"]),
            Column::number("label_weight", "weight of the labels, if it stays the same")
                .at(&["/record/spec/objective/*/label_weight"]),
            Column::number("epsilon", "ε, what label smoothing takes from the true class")
                .at(&["/record/spec/objective/*/epsilon"]),
            Column::text("spread", "over which classes label smoothing spreads ε")
                .at(&["/record/spec/objective/*/spread"]),
            Column::number("probability", "what a virtual teacher puts on the true class")
                .at(&["/record/spec/objective/*/probability"]),
            Column::number("beta", "β of `jensen_shannon`").at(&["/record/spec/objective/*/beta"]),
            Column::number("gamma", "γ of `normalised`").at(&["/record/spec/objective/*/gamma"]),
            Column::number("target_factor", "α of `decoupled`").at(&["/record/spec/objective/*/target_factor"]),
            Column::number("others_factor", "β of `decoupled`").at(&["/record/spec/objective/*/others_factor"]),
            Column::number("inter_factor", "β of `dist`").at(&["/record/spec/objective/*/inter_factor"]),
            Column::number("intra_factor", "γ of `dist`").at(&["/record/spec/objective/*/intra_factor"]),
            Column::number("delta", "δ of Huber's loss").at(&["/record/spec/objective/*/delta"]),
            Column::number("margin", "m of `teacher_bounded`").at(&["/record/spec/objective/*/margin"]),
            Column::number("factor", "ν of `teacher_bounded`").at(&["/record/spec/objective/*/factor"]),
            Column::flag("standardise", "whether logits are brought to mean 0 and deviation 1 first")
                .at(&["/record/spec/objective/*/standardise"]),
            Column::text("selection", "which logits `logit_mse` meets, if not all")
                .at(&["/record/spec/objective/*/selection/*"]),
            Column::text("feature_loss", "how features are compared").at(&["/record/spec/objective/*/loss/*"]),
            Column::flag("chosen", "whether validation chose its levels of what is tuned; empty where nothing is"),
        ],
    },
    Group {
        title: "outcome",
        columns: &[
            Column::text("outcome", "`finished` or `failed`").at(&["/record/outcome/*"]),
            Column::text("failure", "`deterministic` if the same would happen again, else `environment`; empty of a run whose teacher failed")
                .at(&["/record/outcome/failed/kind"]),
            Column::text("reason", "why it failed").at(&["/record/outcome/failed/reason"]),
        ],
    },
    Group {
        title: "scores",
        columns: &[
            Column::number("test_accuracy", "accuracy on the test split after the last step, of classes or next tokens")
                .unit(FRACTION)
                .higher()
                .at(&["/record/outcome/finished/test/classification/accuracy"]),
            Column::number(
                "test_r2",
                "R², the share of the variance of test targets that predicted numbers explain after the last step",
            )
            .unit(FRACTION)
            .higher()
            .at(&["/record/outcome/finished/test/regression/r2"]),
            Column::number("test_rmse", "root of the mean squared error on the test split")
                .unit(TARGETS_UNIT)
                .lower()
                .at(&["/record/outcome/finished/test/regression/rmse"]),
            Column::number("test_mae", "mean absolute error on the test split")
                .unit(TARGETS_UNIT)
                .lower()
                .at(&["/record/outcome/finished/test/regression/mae"]),
            Column::number(
                "test_score_at_best",
                "test score, which is accuracy or R², of the weights that were best on what is read of the validation split",
            )
            .unit(FRACTION)
            .higher()
            .at(&["/record/outcome/finished/test_score_at_best"]),
            Column::number("validation_score", "score after the last step on what is read of the validation split, a part of it where nothing is chosen by it")
                .unit(FRACTION)
                .higher()
                .at(&["/record/outcome/finished/validation_score"]),
            Column::number("validation_score_at_best", "best of those scores, that of the weights after `best_step`")
                .unit(FRACTION)
                .higher()
                .at(&["/record/outcome/finished/validation_score_at_best"]),
            Column::number("train_score", "score on the run's own samples after the last step")
                .unit(FRACTION)
                .higher()
                .at(&["/record/outcome/finished/train_score"]),
            Column::number("test_top5_accuracy", "share of test examples whose class is among the five most probable")
                .unit(FRACTION)
                .higher()
                .at(&["/record/outcome/finished/test/classification/top5_accuracy"]),
            Column::number("test_accuracy_shifted", "accuracy on the test split with the `class_bias` of the student added to its logits")
                .unit(FRACTION)
                .higher()
                .at(&["/shifted/accuracy"]),
            Column::number("test_shifted_classes", "the same on test examples of the classes of `class_bias` alone")
                .unit(FRACTION)
                .higher()
                .at(&["/shifted/shifted_classes"]),
        ],
    },
    Group {
        title: "classes and calibration",
        columns: &[
            Column::count("distinct_predictions", "how many classes are said of all test examples together; 1 of a model that says one of everything, 0 where it was not counted")
                .at(&["/record/outcome/finished/distinct_predictions"]),
            Column::number("test_nll", "negative log-likelihood on the test split")
                .unit("nats")
                .lower()
                .at(&["/record/outcome/finished/test/classification/nll"]),
            Column::number("test_perplexity", "exponential of the negative log-likelihood on the test split")
                .lower()
                .from(&["/record/outcome/finished/test/classification/nll"], f64::exp),
            Column::number("test_ece", "expected calibration error on the test split, in bins of equal width")
                .unit(FRACTION)
                .lower()
                .at(&["/record/outcome/finished/test/classification/ece"]),
            Column::number("test_ece_equal_mass", "expected calibration error on the test split, in bins of equal counts")
                .unit(FRACTION)
                .lower()
                .at(&["/record/outcome/finished/test/classification/ece_equal_mass"]),
            Column::number("test_balanced_accuracy", "mean over classes of the accuracy on their test examples")
                .unit(FRACTION)
                .higher()
                .at(&["/record/outcome/finished/test/classification/balanced_accuracy"]),
            Column::number("test_macro_f1", "mean over classes of F1 on the test split")
                .higher()
                .at(&["/record/outcome/finished/test/classification/macro_f1"]),
            Column::number("test_brier", "Brier score on the test split, summed over classes")
                .lower()
                .at(&["/record/outcome/finished/test/classification/brier"]),
            Column::number("test_entropy", "mean entropy of the predictions on the test split")
                .unit("nats")
                .at(&["/record/outcome/finished/test/classification/entropy"]),
        ],
    },
    Group {
        title: "fidelity to the teacher",
        columns: &[
            Column::number("test_agreement", "share of test examples on which the teacher has the same top class")
                .unit(FRACTION)
                .higher()
                .at(&["/fidelity/test/agreement", "/record/outcome/finished/fidelity/test/agreement"]),
            Column::number("train_agreement", "share of the run's own samples on which the teacher has the same top class")
                .unit(FRACTION)
                .higher()
                .at(&["/fidelity/train/agreement", "/record/outcome/finished/fidelity/train/agreement"]),
            Column::number("test_hellinger", "mean Hellinger distance to the teacher on the test split")
                .lower()
                .at(&["/fidelity/test/hellinger", "/record/outcome/finished/fidelity/test/hellinger"]),
            Column::number("train_hellinger", "mean Hellinger distance to the teacher on the run's own samples")
                .lower()
                .at(&["/fidelity/train/hellinger", "/record/outcome/finished/fidelity/train/hellinger"]),
            Column::number("test_kl", "mean KL divergence from the teacher on the test split")
                .unit("nats")
                .lower()
                .at(&["/fidelity/test/kl", "/record/outcome/finished/fidelity/test/kl"]),
            Column::number("train_kl", "mean KL divergence from the teacher on the run's own samples")
                .unit("nats")
                .lower()
                .at(&["/fidelity/train/kl", "/record/outcome/finished/fidelity/train/kl"]),
            Column::number("test_total_variation", "mean total variation to the teacher on the test split")
                .lower()
                .at(&["/fidelity/test/total_variation", "/record/outcome/finished/fidelity/test/total_variation"]),
            Column::number("train_total_variation", "mean total variation to the teacher on the run's own samples")
                .lower()
                .at(&["/fidelity/train/total_variation", "/record/outcome/finished/fidelity/train/total_variation"]),
            Column::number(
                "exaggeration_slope",
                "slope of the student's log-odds of the teacher's top class against the teacher's own, on the test split",
            )
            .at(&["/fidelity/test/exaggeration_slope", "/record/outcome/finished/fidelity/test/exaggeration_slope"]),
            Column::number("train_exaggeration_slope", "`exaggeration_slope` on the run's own samples")
                .at(&["/fidelity/train/exaggeration_slope", "/record/outcome/finished/fidelity/train/exaggeration_slope"]),
        ],
    },
    Group {
        title: "training",
        columns: &[
            Column::count("steps", "updates made").unit("steps").at(&["/record/outcome/finished/steps"]),
            Column::count("best_step", "step after which the weights were best on the validation split")
                .unit("steps")
                .at(&["/record/outcome/finished/best_step"]),
            Column::number("final_loss", "mean training loss over the last tenth of the budget")
                .lower()
                .at(&["/record/outcome/finished/convergence/final_loss"]),
            Column::number("loss_slope", "fall of the loss over the last tenth, as a share of its whole fall")
                .unit(FRACTION)
                .at(&["/record/outcome/finished/convergence/slope"]),
            Column::flag("converged", "whether ten times the steps would probably bring no more")
                .at(&["/record/outcome/finished/convergence/converged"]),
            Column::count("parameters", "trainable numbers").at(&["/record/outcome/finished/parameters"]),
            Column::text("subset", "hash of the run's own samples").at(&["/record/outcome/finished/subset"]),
        ],
    },
    Group {
        title: "representation",
        columns: &[
            Column::number(
                "test_cka_to_teacher",
                "linear CKA of the last features before the head and those of the teacher, unbiased estimator",
            )
            .at(&["/representation/cka_to_teacher", "/record/outcome/finished/representation/cka_to_teacher"]),
            Column::number("test_cka_to_start", "linear CKA of the last features and what they were before training, unbiased estimator")
                .at(&["/representation/cka_to_start", "/record/outcome/finished/representation/cka_to_start"]),
            Column::number("test_feature_alignment_to_start", "cosine between the last features and what they were before training")
                .at(&["/representation/feature_alignment_to_start", "/record/outcome/finished/representation/feature_alignment_to_start"]),
            Column::number(
                "test_ntk_alignment_to_teacher",
                "centred alignment of the empirical tangent kernel and the teacher's, unbiased estimator",
            )
            .at(&["/representation/ntk_alignment_to_teacher", "/record/outcome/finished/representation/ntk_alignment_to_teacher"]),
            Column::number("test_ntk_alignment_to_start", "centred alignment of the empirical tangent kernel and what it was before training, unbiased estimator")
                .at(&["/representation/ntk_alignment_to_start", "/record/outcome/finished/representation/ntk_alignment_to_start"]),
            Column::number(
                "weight_distance_to_start",
                "Euclidean distance of the weights from where they started",
            )
            .at(&["/representation/weight_distance_to_start", "/record/outcome/finished/representation/weight_distance_to_start"]),
        ],
    },
    Group {
        title: "neural collapse",
        columns: &[
            Column::number("nc1_within", "NC1: spread of the last features of its own samples around their class's mean, as a share of that of the means")
                .at(&["/collapse/train/within"]),
            Column::number("nc2_norms", "NC2: how much the distances of classes' means from their centre differ, as a share of the mean distance")
                .at(&["/collapse/train/norms"]),
            Column::number("nc2_angles", "NC2: mean difference of the cosines between classes' means from those of a simplex")
                .at(&["/collapse/train/angles"]),
            Column::number("nc3_classifier", "NC3: squared distance of the classifier's weights from the centred means, both of length 1")
                .at(&["/collapse/train/classifier"]),
            Column::number("nc4_disagreement", "NC4: share of test examples on which another class is said than that of the nearest mean")
                .unit(FRACTION)
                .at(&["/collapse/test_disagreement"]),
        ],
    },
];

fn kappa(document: &Value) -> Option<Datum> {
    let count = |pointer| lookup(document, pointer)?.as_u64();
    let (samples, of) = (count("/place/samples")?, count("/teacher_samples")?);
    let is_student = lookup(document, "/role")?.as_str() != Some("teacher");
    (is_student && of > 0).then(|| Datum::Number(samples as f64 / of as f64))
}

fn objective_settings(document: &Value) -> Option<Datum> {
    Some(Datum::Text(lookup(document, "/record/spec/objective")?.to_string()))
}
