//! What is said to those who write what other programs take.

use std::fmt::Write as _;

use crate::file::StudyFile;

const STUDY: &str = "[study]
name = \"s\"
seeds = [1, 2]
[tasks.t]
data.catalogue.name = \"optdigits\"
[tasks.t.teacher]
model.mlp = { hidden = [8] }
train = { budget.steps = 9, optimizer.adamw.learning_rate = 1e-3 }
[tasks.t.student]
model.mlp = { hidden = [4] }
samples = [10]
train = { budget.steps = 5, optimizer.sgd.learning_rate = 0.1 }
[arms.labels]
objective.cross_entropy = {}
[arms.taught]
objective.distillation = { temperature = 4.0 }
";

const DATA: &str = "data.catalogue.name = \"optdigits\"";
const SGD: &str = "optimizer.sgd.learning_rate = 0.1";
const BUDGET: &str = "budget.steps = 5";
const TEACHER: &str = "model.mlp = { hidden = [8] }";
const STUDENT: &str = "hidden = [4]";
const SAMPLES: &str = "samples = [10]";
const LABELS: &str = "objective.cross_entropy = {}";
const TAUGHT: &str = "objective.distillation = { temperature = 4.0 }";
const SEEDS: &str = "seeds = [1, 2]";

/// What is written, and what instead.
const CASES: [(&str, &str); 54] = [
    (DATA, "data = \"iris\""),
    (DATA, "data = 5"),
    (DATA, "data = [\"mnist\", \"cifar-10\"]"),
    (DATA, "dataset = \"mnist\""),
    (DATA, "data = \"catalogue\""),
    (DATA, "data.csv = {}"),
    (SGD, "optimizer = \"adamw\""),
    (SGD, "optimizer = \"Adam\""),
    (SGD, "optimizer = \"SGD\""),
    (SGD, "optimizer.adam.learning_rate = 1e-3"),
    (SGD, "optimizer.sgd.lr = 0.1"),
    (SGD, "optimizer.sgd.learning_rate = [1e-3, 3e-3]"),
    (SGD, "optimizer.sgd.learning_rate = \"0.1\""),
    (SGD, "optimizer.sgd = { learning_rate = 0.1, wd = 5e-4 }"),
    (SGD, "optimizer = { sgd.learning_rate = 0.1, adamw.learning_rate = 0.1 }"),
    (SGD, "optimizer = {}"),
    (SGD, "lr = 0.1"),
    (SGD, "learning_rate = 0.1"),
    (SGD, "optimizer.sgd.learning_rate = 0.1, bs = 64"),
    (SGD, "optimizer.sgd.learning_rate = 0.1, batch_size = 64"),
    (SGD, "optimizer.sgd.learning_rate = 0.1, batch = 64.0"),
    (SGD, "optimizer.sgd.learning_rate = 0.1, schedule = \"cosine\""),
    (SGD, "optimizer.sgd.learning_rate = 0.1, schedule = \"linear\""),
    (SGD, "optimizer.sgd.learning_rate = 0.1, scheduler = \"cosine\""),
    (SGD, "optimizer.sgd.learning_rate = 0.1, schedule.cosine.warmup = 100"),
    (SGD, "optimizer.sgd.learning_rate = 0.1, precision = \"bf16\""),
    (BUDGET, "epochs = 10"),
    (BUDGET, "budget = 10"),
    (BUDGET, "budget = { steps = 5, epochs = 2 }"),
    (BUDGET, "budget.epochs = 0.5"),
    (TEACHER, "model = \"mlp\""),
    (TEACHER, "model = \"resnet18\""),
    (TEACHER, "model = \"efficientnet\""),
    (TEACHER, "model.resnet18 = {}"),
    (TEACHER, "model.mlp = { hidden = [8] }\nepochs = 5"),
    (TEACHER, "model.mlp = { hidden = [8] }\nlabel_noise = 0.1"),
    (STUDENT, "hidden = 4"),
    (STUDENT, "hidden = [[16], [64]]"),
    (STUDENT, "hidden = { sweep = [16, 64] }"),
    (STUDENT, "hidden = [4], dropout = \"0.1\""),
    (SAMPLES, "samples = 100"),
    (SAMPLES, "samples = \"all\""),
    (SAMPLES, ""),
    (SAMPLES, "samples = [10]\nsampling = \"random\""),
    (LABELS, "objective = \"cross_entropy\""),
    (LABELS, "objective = 1"),
    (LABELS, "objective = {}"),
    (LABELS, "loss = \"ce\""),
    (TAUGHT, "objective.distillation = { T = 4.0 }"),
    (TAUGHT, "objective.distillation = { temperature = 4.0, alpha = 0.5 }"),
    (TAUGHT, "objective.distillation = { temperature = 4.0, label_weight = 1e30 }"),
    (TAUGHT, "objective = { distillation.temperature = 4.0, cross_entropy = {} }"),
    (SEEDS, "seed = 1"),
    (SEEDS, "seeds = [1, 2]\ntemperature = 4.0"),
];

#[test]
fn in_the_words_of_what_is_expected() {
    let mut all = String::new();
    for (right, wrong) in CASES {
        assert_eq!(STUDY.matches(right).count(), 1, "{right}");
        let text = STUDY.replace(right, wrong);
        let problem = StudyFile::parse(&text).expect_err(wrong);
        let line = text[..problem.span.start].matches('\n').count() + 1;
        let help = problem.help.as_deref().unwrap_or("-");
        let place = text.get(problem.span.clone()).unwrap_or_default();
        writeln!(all, "{wrong}\n  {line} `{place}`: {}\n    {}\n    {help}", problem.message, problem.label)
            .unwrap();
    }
    insta::assert_snapshot!(all);
}
