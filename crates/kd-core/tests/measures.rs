//! Losses of numbers and of tokens, ensembles, CKA and neural tangent kernels against PyTorch in float64: values to
//! 1e-10, gradients to 1e-8. `golden/measures.py` writes the file from formulas of its own.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use kd_core::loss::{
    TokenAverage, Tokens, cross_entropy, distillation, huber, mse, teacher_bounded, token_mean,
};
use kd_core::metrics::{
    Cka, CkaMeter, ClassificationMeter, Regression, bits, empirical_ntk, kernel_alignment, linear_cka,
    perplexity,
};
use kd_core::supervision::{EnsembleSpace, ensemble_mean};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tch::{Kind, Tensor};

#[derive(Deserialize)]
struct Case {
    name: String,
    value: f64,
    gradient: Value,
}

impl Case {
    /// Compares a loss of `student` and its gradient.
    fn hold(&self, loss: &Tensor, student: &Tensor) {
        let ours = loss.double_value(&[]);
        let (name, theirs) = (&self.name, self.value);
        assert!((ours - theirs).abs() < 1e-10 * theirs.abs().max(1.0), "{name}: {ours}, PyTorch {theirs}");
        loss.backward();
        assert_close(&student.grad(), &tensor(&self.gradient), 1e-8, name);
    }
}

fn file(part: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("golden/measures.json")).unwrap();
    file[part].as_array().unwrap().clone()
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

/// Nested lists as a tensor of float64.
fn tensor(nested: &Value) -> Tensor {
    match nested.as_array().unwrap() {
        numbers if numbers[0].is_number() => Tensor::from_slice(&read::<Vec<f64>>(nested)),
        rows => Tensor::stack(&rows.iter().map(tensor).collect::<Vec<_>>(), 0),
    }
}

fn assert_close(ours: &Tensor, theirs: &Tensor, tolerance: f64, what: &str) {
    assert_eq!(ours.size(), theirs.size(), "{what}");
    let difference = (ours - theirs).abs().max().double_value(&[]);
    assert!(difference < tolerance, "{what}: {difference} apart");
}

#[test]
fn losses_of_numbers_agree() {
    for example in file("regression") {
        let (targets, teacher) = (tensor(&example["targets"]), tensor(&example["teacher"]));
        for case in read::<Vec<Case>>(&example["cases"]) {
            let student = tensor(&example["student"]).set_requires_grad(true);
            let (name, number) = case.name.split_once(' ').unwrap_or((&case.name, ""));
            let number = || number.parse::<f64>().unwrap();
            let loss = match name {
                "mse" => mse(&student, &targets),
                "mse_to_teacher" => mse(&student, &teacher),
                "huber" => huber(&student, &targets, number()),
                "smooth_l1" => huber(&student, &targets, 2.0),
                "teacher_bounded" => teacher_bounded(&student, &targets, &teacher, number()),
                other => panic!("{other} is not compared"),
            };
            case.hold(&loss.unwrap(), &student);
        }
    }
}

#[test]
fn measures_of_numbers_agree() {
    for example in file("regression") {
        let ours = Regression::of(&tensor(&example["student"]), &tensor(&example["targets"])).unwrap();
        let theirs: Regression = read(&example["metrics"]);
        assert!((ours.rmse - theirs.rmse).abs() < 1e-10 && (ours.mae - theirs.mae).abs() < 1e-10);
        assert_eq!(ours.r2.is_some(), theirs.r2.is_some());
        assert!((ours.r2.unwrap_or(0.0) - theirs.r2.unwrap_or(0.0)).abs() < 1e-10);
    }
}

#[test]
fn losses_of_tokens_agree_whatever_is_on_padding() {
    for example in file("tokens") {
        let labels = tensor(&example["labels"]).to_kind(Kind::Int64);
        let mask = labels.not_equal(-100);
        let padding = mask.logical_not().unsqueeze(-1);
        for case in read::<Vec<Case>>(&example["cases"]) {
            for filler in [0.0, f64::NAN] {
                let filled = |name: &str| tensor(&example[name]).masked_fill(&padding, filler);
                let (student, teacher) = (filled("student").set_requires_grad(true), filled("teacher"));
                let (name, average) = case.name.split_once(' ').unwrap();
                let average = match average {
                    "token" => TokenAverage::Token,
                    _ => TokenAverage::Sequence,
                };
                let loss = token_mean(&mask, average, |tokens| match name {
                    "cross_entropy" => cross_entropy(&tokens.of(&student)?, &tokens.of(&labels)?),
                    _ => distillation(&tokens.of(&student)?, &tokens.of(&teacher)?, 2.0),
                });
                case.hold(&loss.unwrap(), &student);
            }
        }
    }
}

#[test]
fn likelihoods_of_tokens_agree() {
    for example in file("tokens") {
        let (student, labels) =
            (tensor(&example["student"]), tensor(&example["labels"]).to_kind(Kind::Int64));
        let mut meter = ClassificationMeter::new(student.size()[2]);
        for tokens in Tokens::by_sequence(&labels.not_equal(-100)).unwrap() {
            meter.add(&tokens.of(&student).unwrap(), &tokens.of(&labels).unwrap()).unwrap();
        }
        let nll = meter.measure().unwrap().nll;
        assert!((perplexity(nll) - example["perplexity"].as_f64().unwrap()).abs() < 1e-10);
        assert!((bits(nll) - example["bits"].as_f64().unwrap()).abs() < 1e-10);
    }
}

#[test]
fn ensembles_agree() {
    for example in file("ensembles") {
        let members: Vec<Tensor> = example["members"].as_array().unwrap().iter().map(tensor).collect();
        let temperature = example["temperature"].as_f64().unwrap();
        let mean = |space| ensemble_mean(&members, space, temperature).unwrap();
        let probabilities = (mean(EnsembleSpace::Probabilities) / temperature).softmax(-1, Kind::Double);
        assert_close(&probabilities, &tensor(&example["probabilities"]), 1e-10, "probabilities");
        assert_close(&mean(EnsembleSpace::Logits), &tensor(&example["logits"]), 1e-10, "logits");
    }
}

#[test]
fn alignments_of_representations_agree() {
    for example in file("representations") {
        let (a, b) = (tensor(&example["a"]), tensor(&example["b"]));
        let mut meter = CkaMeter::default();
        for (a, b) in a.split(5, 0).iter().zip(b.split(5, 0)) {
            meter.add(a, &b).unwrap();
        }
        for (estimator, theirs) in
            [Cka::Biased, Cka::Unbiased].into_iter().zip(read::<[f64; 2]>(&example["cka"]))
        {
            let (whole, parts) = (linear_cka(&a, &b, estimator).unwrap(), meter.measure(estimator).unwrap());
            assert!((whole - theirs).abs() < 1e-10, "{estimator:?}: {whole}, PyTorch {theirs}");
            assert!((parts - theirs).abs() < 1e-10, "{estimator:?} in parts: {parts}, PyTorch {theirs}");
        }
    }
}

#[test]
fn tangent_kernels_agree() {
    for example in file("networks") {
        let x = tensor(&example["x"]);
        let [hidden, classes] = ["hidden", "classes"].map(|name| example[name].as_i64().unwrap());
        let shapes = [vec![hidden, x.size()[1]], vec![hidden], vec![classes, hidden], vec![classes]];
        let mut kernels = Vec::new();
        for (weights, theirs) in
            example["weights"].as_array().unwrap().iter().zip(example["kernels"].as_array().unwrap())
        {
            let weights = weights.as_array().unwrap();
            let parameters: Vec<Tensor> = weights
                .iter()
                .zip(&shapes)
                .map(|(flat, shape)| tensor(flat).view(&shape[..]).set_requires_grad(true))
                .collect();
            let [w1, b1, w2, b2] = &parameters[..] else { panic!("{} parameters", parameters.len()) };
            let logits = (x.matmul(&w1.tr()) + b1).tanh().matmul(&w2.tr()) + b2;
            let kernel = empirical_ntk(&logits, &parameters).unwrap();
            assert_close(&kernel, &tensor(theirs), 1e-9, "kernel");
            assert!(
                parameters.iter().all(|parameter| !parameter.grad().defined()),
                "no gradient is left behind"
            );
            kernels.push(kernel);
        }
        if let Some([biased, unbiased]) = read::<Option<[f64; 2]>>(&example["alignment"]) {
            let ours = |estimator| kernel_alignment(&kernels[0], &kernels[1], estimator).unwrap();
            assert!((ours(Cka::Biased) - biased).abs() < 1e-10);
            assert!((ours(Cka::Unbiased) - unbiased).abs() < 1e-10);
        }
    }
}
