//! What people write who come from elsewhere.

/// Names as other programs have them, each with what they are here, the likeliest first.
const NAMES: [(&str, &[&str]); 51] = [
    ("t", &["temperature"]),
    ("temp", &["temperature"]),
    ("tau", &["temperature"]),
    ("kd_temperature", &["temperature"]),
    ("alpha", &["label_weight"]),
    ("kd_alpha", &["label_weight"]),
    ("lambda", &["label_weight", "weight"]),
    ("hard_weight", &["label_weight"]),
    ("ce_weight", &["label_weight"]),
    ("lr", &["learning_rate"]),
    ("eta", &["learning_rate"]),
    ("rate", &["learning_rate"]),
    ("step_size", &["learning_rate"]),
    ("bs", &["batch"]),
    ("batch_size", &["batch"]),
    ("batchsize", &["batch"]),
    ("wd", &["weight_decay"]),
    ("decay", &["weight_decay"]),
    ("l2", &["weight_decay", "ridge"]),
    ("mom", &["momentum"]),
    ("epoch", &["epochs"]),
    ("n_epochs", &["epochs"]),
    ("num_epochs", &["epochs"]),
    ("max_epochs", &["epochs"]),
    ("iterations", &["steps"]),
    ("iters", &["steps"]),
    ("max_steps", &["steps"]),
    ("num_steps", &["steps"]),
    ("betas", &["beta1"]),
    ("optim", &["optimizer"]),
    ("optimiser", &["optimizer"]),
    ("opt", &["optimizer"]),
    ("scheduler", &["schedule"]),
    ("lr_scheduler", &["schedule"]),
    ("warmup_steps", &["warmup"]),
    ("warm_up", &["warmup"]),
    ("ema", &["average"]),
    ("dtype", &["precision"]),
    ("amp", &["precision"]),
    ("loss", &["objective"]),
    ("criterion", &["objective"]),
    ("seed", &["seeds"]),
    ("random_state", &["seeds"]),
    ("dataset", &["data"]),
    ("val", &["validation"]),
    ("val_split", &["validation"]),
    ("augment", &["augmentation"]),
    ("augmentations", &["augmentation"]),
    ("arch", &["model"]),
    ("architecture", &["model"]),
    ("network", &["model"]),
];

/// Names of choices as other programs have them.
const CHOICES: [(&str, &[&str]); 15] = [
    ("adam", &["adamw"]),
    ("ce", &["cross_entropy"]),
    ("crossentropy", &["cross_entropy"]),
    ("crossentropyloss", &["cross_entropy"]),
    ("kd", &["distillation"]),
    ("kl", &["distillation"]),
    ("kldivloss", &["distillation"]),
    ("mse", &["squared_error", "logit_mse"]),
    ("mseloss", &["squared_error", "logit_mse"]),
    ("l1", &["huber"]),
    ("bfgs", &["lbfgs"]),
    ("bf16", &["bfloat16"]),
    ("resnet18", &["resnet"]),
    ("fp32", &["float32"]),
    ("random", &["uniform"]),
];

/// What `found` may mean, itself first; small letters and underscores are as good as others.
pub(super) fn meant(found: &str) -> Vec<&str> {
    let plain = found.to_lowercase().replace(['-', ' '], "_");
    let mut names = vec![found];
    for (name, meant) in NAMES.iter().chain(&CHOICES) {
        if *name == plain {
            names.extend(meant.iter().copied());
        }
    }
    names
}
