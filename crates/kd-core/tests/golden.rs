//! Values that published code gives on a fixed example, reproduced to 1e-10 in float64, each under the name of the
//! convention that yields it.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::collections::{BTreeMap, BTreeSet};

use kd_core::loss::{
    Selection, Spread, cross_entropy, decoupled, dist, distillation, label_smoothing, logit_mse,
    soft_cross_entropy, standardise, virtual_teacher,
};
use kd_core::metrics::{Cka, Fidelity, alignment, linear_cka};
use kd_core::random::{Concern, Stream};
use serde_json::Value;
use tch::{Kind, Reduction, Tensor};

struct Example {
    student: Tensor,
    teacher: Tensor,
    labels: Tensor,
    published: BTreeMap<String, Value>,
}

fn example() -> Example {
    let file: Value = serde_json::from_str(include_str!("golden/published_losses.json")).unwrap();
    let matrix = |name: &str| {
        let rows: Vec<Vec<f64>> = serde_json::from_value(file[name].clone()).unwrap();
        Tensor::from_slice2(&rows)
    };
    let labels: Vec<i64> = serde_json::from_value(file["labels"].clone()).unwrap();
    Example {
        student: matrix("student"),
        teacher: matrix("teacher"),
        labels: Tensor::from_slice(&labels),
        published: serde_json::from_value(file["values"].clone()).unwrap(),
    }
}

const CLASSES: f64 = 4.0;

/// What this crate does not copy: a target with negative mass.
const NOT_COPIED: [&str; 1] = ["DED LS"];

#[test]
fn every_published_value_is_reproduced_or_named_as_not_copied() {
    let Example { student, teacher, labels, published } = example();
    let value = |tensor: Tensor| tensor.double_value(&[]);
    let ce = |logits: &Tensor| value(cross_entropy(logits, &labels).unwrap());
    let kl = |from: &Tensor, to: &Tensor, t: f64| value(distillation(to, from, t).unwrap());
    let soft = |t: f64| value(soft_cross_entropy(&student, &teacher, t).unwrap());
    let smoothing = |spread| value(label_smoothing(&student, &labels, 0.1, spread).unwrap());
    let mse = |selection| {
        value(logit_mse(&student, &teacher, selection, &mut Stream::new(&[], Concern::Criterion)).unwrap())
    };
    let fidelity = Fidelity::of(&student, &teacher).unwrap();

    let mut reproduced: BTreeMap<String, f64> = BTreeMap::from([
        ("CE(student,y)".to_owned(), ce(&student)),
        ("CE(teacher,y)".to_owned(), ce(&teacher)),
        // Mean over examples and classes.
        ("logit MSE mean".to_owned(), mse(Selection::All)),
        // Half the mean squared distance of the centred logits.
        (
            "limit T->inf of KL*T2 = 0.5*K^-1*||centered diff||^2 batchmean".to_owned(),
            0.5 * mse(Selection::Centred),
        ),
        ("KL*T2 at T=1000".to_owned(), kl(&teacher, &student, 1000.0)),
        // ε over the K - 1 wrong classes, and over all K.
        ("Tf-KD label_smoothing alpha=.1 (off= a/(K-1))".to_owned(), smoothing(Spread::OtherClasses)),
        ("torch CE label_smoothing=.1 (off= e/K)".to_owned(), smoothing(Spread::AllClasses)),
        ("mean Hellinger(p_s,p_t)".to_owned(), fidelity.hellinger),
        ("top1 agreement".to_owned(), fidelity.agreement),
        ("DED CKA(KS,KT) as written".to_owned(), linear_cka(&student, &teacher, Cka::Biased).unwrap()),
        ("DED features_alignment".to_owned(), alignment(&student, &teacher).unwrap()),
    ]);
    for t in [1.0, 4.0, 20.0] {
        let squared = t * t;
        let forward = kl(&teacher, &student, t);
        let mut yields =
            |name: &str, value: f64| reproduced.insert(name.replace("{}", &t.to_string()), value);
        // Forward KL, summed over classes, mean over examples, times T².
        yields("mdistiller.kd_loss T={}", forward);
        yields("RepDistiller.DistillKL T={}", forward);
        // The student as the first argument.
        yields("reverse KL*T2 T={}", kl(&student, &teacher, t));
        // Without T².
        yields("gnosis.TeacherStudentKLLoss (no T2) T={}", forward / squared);
        // Soft cross-entropy with and without T².
        yields("gnosis.FwdCrossEnt (soft CE *T2) T={}", soft(t));
        yields("TextBrewer.kd_ce_loss (no T2) T={}", soft(t) / squared);
        // Squared error on logits divided by T.
        yields("TextBrewer.kd_mse_loss T={}", mse(Selection::All) / squared);
        // Squared error on probabilities, times T²: not a KL at all.
        let softmax = |logits: &Tensor| (logits / t).softmax(-1, Kind::Double);
        let on_probabilities = value(softmax(&student).mse_loss(&softmax(&teacher), Reduction::Mean));
        yields("KD_Lib VanillaKD soft term MSE(softmax)*T2 T={}", squared * on_probabilities);
        // The mean over classes as well (`KLDivLoss()`'s default), mixed with the labels.
        yields(
            "Tf-KD loss_kd a=.9 T={} (KLDivLoss mean over N*K)",
            0.1 * ce(&student) + 0.9 * forward / CLASSES,
        );
        // The virtual teacher at T, the student at 1, the mean over classes as well.
        let regularised = value(virtual_teacher(&student, &labels, 0.99, t).unwrap());
        yields("Tf-KD reg a=.9 T={} mult=1", 0.1 * ce(&student) + 0.9 * regularised / CLASSES);
        // The label's binary distribution, the other classes' own, and α = 1, β = 8 of both.
        let dkd = |factors| value(decoupled(&student, &teacher, &labels, t, factors).unwrap());
        yields("mdistiller TCKD only T={}", dkd([1.0, 0.0]));
        yields("mdistiller NCKD only T={}", dkd([0.0, 1.0]));
        yields("mdistiller.dkd_loss a=1 b=8 T={}", dkd([1.0, 8.0]));
        // Rows of logits brought to mean 0 and deviation 1 (dividing by K - 1), then as usual.
        let [s, t_logits] = [&student, &teacher].map(|logits| standardise(logits).unwrap());
        yields("logit-std kd_loss T={}", kl(&t_logits, &s, t));
        // One minus the mean correlation, times T².
        let correlation = |factors| value(dist(&student, &teacher, t, factors).unwrap());
        yields("DIST inter T={}", correlation([1.0, 0.0]));
        yields("DIST intra T={}", correlation([0.0, 1.0]));
    }
    for (name, ours) in &reproduced {
        let theirs = published[name].as_f64().unwrap();
        assert!((ours - theirs).abs() < 1e-10, "{name}: {ours} here, {theirs} published");
    }

    let missing: BTreeSet<&String> = published
        .keys()
        .filter(|name| !reproduced.contains_key(*name))
        .filter(|name| !NOT_COPIED.iter().any(|other| name.starts_with(other)))
        .collect();
    assert!(missing.is_empty(), "neither reproduced nor named as not copied: {missing:?}");
}
