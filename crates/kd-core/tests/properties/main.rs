//! What must hold for any logits.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

mod kit;
mod measures;
mod numerics;
mod objective;
mod supervision;
mod unlabelled;

use kd_core::Error;
use kd_core::criterion::{Batch, Criterion};
use kd_core::loss::{
    Selection, Spread, cross_entropy, decoupled, distillation, jensen_shannon, label_smoothing, logit_mse,
    reverse_kl, soft_cross_entropy, standardise,
};
use kd_core::metrics::{Cka, linear_cka};
use kd_core::objective::Objective;
use kd_core::random::{Concern, Stream};
use kd_core::supervision::Supervision;
use kd_core::testing::{self, Example, has_its_gradient, ignores_order, ignores_shifts, is_mean};
use proptest::prelude::*;
use tch::{Kind, Tensor};

const CLASSES: usize = 5;

type Rows = Vec<[f64; CLASSES]>;

fn rows(count: usize) -> impl Strategy<Value = Rows> {
    prop::collection::vec(prop::array::uniform5(-8.0..8.0), count)
}

/// Student logits, teacher logits and labels of one to six examples.
fn batches() -> impl Strategy<Value = (Rows, Rows, Vec<i64>)> {
    (1_usize..=6).prop_flat_map(|n| (rows(n), rows(n), prop::collection::vec(0..CLASSES as i64, n)))
}

fn tensor(rows: &Rows) -> Tensor {
    Tensor::from_slice2(rows)
}

fn value(tensor: &Tensor) -> f64 {
    tensor.double_value(&[])
}

fn parse(json: &str) -> Objective {
    serde_json::from_str(json).unwrap()
}

/// Each kind of objective, with parameters away from their defaults.
fn objectives() -> Vec<Objective> {
    [
        r#"{"cross_entropy":{}}"#,
        r#"{"cross_entropy":{"temperature":2.5}}"#,
        r#"{"label_smoothing":{"epsilon":0.3}}"#,
        r#"{"label_smoothing":{"epsilon":0.3,"spread":"other_classes"}}"#,
        r#"{"virtual_teacher":{"probability":0.9,"temperature":0.4,"label_weight":0.2}}"#,
        r#"{"distillation":{"temperature":3.0,"label_weight":0.25}}"#,
        r#"{"distillation":{"temperature":0.5}}"#,
        r#"{"distillation":{"temperature":1.5,"teacher_temperature":4.0}}"#,
        r#"{"distillation":{"temperature":2.0,"standardise":true}}"#,
        r#"{"soft_cross_entropy":{"temperature":2.0}}"#,
        r#"{"reverse_kl":{"temperature":2.0,"label_weight":0.5}}"#,
        r#"{"jensen_shannon":{"temperature":2.0,"beta":0.3}}"#,
        r#"{"logit_mse":{"label_weight":0.5}}"#,
        r#"{"logit_mse":{"selection":"centred"}}"#,
        r#"{"logit_mse":{"selection":{"top":2}}}"#,
        r#"{"logit_mse":{"selection":{"top_and_bottom":2}}}"#,
        r#"{"decoupled":{"temperature":2.0,"others_factor":3.0}}"#,
        r#"{"normalised":{"temperature":2.0,"label_weight":0.5}}"#,
        r#"{"dist":{"temperature":2.0,"intra_factor":0.5}}"#,
        r#"{"multi_level":{"temperature":3.0}}"#,
        r#"{"confidence_weighted":{}}"#,
    ]
    .map(parse)
    .into()
}

/// Whether the loss is a mean of losses of single examples; the others compare examples within a batch.
fn compares_no_examples(objective: &Objective) -> bool {
    !matches!(objective, Objective::Dist(_) | Objective::MultiLevel(_) | Objective::ConfidenceWeighted(_))
}

fn example((student, teacher, labels): &(Rows, Rows, Vec<i64>)) -> Example {
    Example { student: tensor(student), teacher: tensor(teacher), labels: Tensor::from_slice(labels) }
}

/// Whether a shift of a row is not seen; squared errors of logits tie the rows' means unless they are centred.
fn is_blind_to_shifts(objective: &Objective) -> bool {
    match objective {
        Objective::LogitMse(mse) => mse.selection == Selection::Centred,
        _ => true,
    }
}

fn loss(objective: &Objective, student: &Tensor, teacher: &Tensor, labels: &Tensor) -> Tensor {
    let [student, teacher, labels] = [student, teacher, labels].map(Tensor::shallow_clone);
    testing::of(objective)(&Example { student, teacher, labels }).unwrap()
}

fn entropy(logits: &Tensor, temperature: f64) -> Vec<f64> {
    let log_p = (logits / temperature).log_softmax(-1, Kind::Double);
    Vec::try_from((log_p.exp() * -log_p).sum_dim_intlist(-1, false, Kind::Double)).unwrap()
}

fn stream() -> Stream {
    Stream::new(&[7], Concern::Intervention)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn divergence_is_positive_and_nil_at_equality((s, t, _) in batches(), temperature in 0.3..50.0) {
        let (s, t) = (tensor(&s), tensor(&t));
        prop_assert!(value(&distillation(&s, &t, temperature).unwrap()) > -1e-12);
        prop_assert!(value(&distillation(&s, &s, temperature).unwrap()).abs() < 1e-12);
        prop_assert!(value(&reverse_kl(&s, &t, temperature).unwrap()) > -1e-12);
        prop_assert!(value(&jensen_shannon(&s, &t, temperature, 0.3).unwrap()) > -1e-12);
        prop_assert!(value(&jensen_shannon(&s, &s, temperature, 0.3).unwrap()).abs() < 1e-9);
        prop_assert!(value(&logit_mse(&s, &t, Selection::All, &mut stream()).unwrap()) >= 0.0);
        prop_assert!(value(&logit_mse(&s, &s, Selection::All, &mut stream()).unwrap()).abs() < 1e-300);
    }

    #[test]
    fn softmax_losses_ignore_a_shift_of_a_row(batch in batches(), shift in -20.0..20.0) {
        for objective in objectives().into_iter().filter(is_blind_to_shifts) {
            let held = ignores_shifts(testing::of(&objective), &example(&batch), shift);
            prop_assert!(held.is_ok(), "{objective:?}: {held:?}");
        }
    }

    #[test]
    fn the_order_of_examples_does_not_matter(batch in batches(), seed in 0_u64..1000) {
        for objective in objectives() {
            let held = ignores_order(testing::of(&objective), &example(&batch), seed);
            prop_assert!(held.is_ok(), "{objective:?}: {held:?}");
        }
    }

    #[test]
    fn losses_are_means_over_examples(batch in batches()) {
        for objective in objectives().into_iter().filter(compares_no_examples) {
            let held = is_mean(testing::of(&objective), &example(&batch));
            prop_assert!(held.is_ok(), "{objective:?}: {held:?}");
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences(batch in batches()) {
        for objective in objectives() {
            let held = has_its_gradient(testing::of(&objective), &example(&batch));
            prop_assert!(held.is_ok(), "{objective:?}: {held:?}");
        }
    }

    #[test]
    fn label_weight_is_continuous_at_its_ends((s, t, y) in batches()) {
        let (s, t, y) = (tensor(&s), tensor(&t), Tensor::from_slice(&y));
        for (end, near) in [(0.0, 1e-9), (1.0, 1.0 - 1e-9)] {
            for kind in [r#""temperature":2.0,"#, ""] {
                let name = if kind.is_empty() { "logit_mse" } else { "distillation" };
                let at = |w: f64| {
                    value(&loss(&parse(&format!(r#"{{"{name}":{{{kind}"label_weight":{w}}}}}"#)), &s, &t, &y))
                };
                prop_assert!((at(end) - at(near)).abs() < 1e-5, "{name} at {end}");
            }
        }
    }

    #[test]
    fn hot_distillation_is_half_the_centred_squared_error((s, t, _) in batches()) {
        let (s, t) = (tensor(&s), tensor(&t));
        let limit = 0.5 * value(&logit_mse(&s, &t, Selection::Centred, &mut stream()).unwrap());
        let hot = value(&distillation(&s, &t, 1e4).unwrap());
        prop_assert!((hot - limit).abs() < 1e-2 * limit.max(1e-3), "{hot} against {limit}");
    }

    #[test]
    fn soft_cross_entropy_is_divergence_plus_the_teachers_entropy((s, t, _) in batches(), temperature in 0.3..20.0) {
        let (s, t) = (tensor(&s), tensor(&t));
        let entropy = entropy(&t, temperature);
        let mean = entropy.iter().sum::<f64>() / entropy.len() as f64;
        let apart = value(&soft_cross_entropy(&s, &t, temperature).unwrap())
            - value(&distillation(&s, &t, temperature).unwrap());
        let squared = temperature * temperature;
        prop_assert!((apart - squared * mean).abs() < 1e-9 * squared, "{apart}");
    }

    #[test]
    fn reversing_a_divergence_swaps_its_arguments((s, t, _) in batches(), temperature in 0.3..20.0) {
        let (s, t) = (tensor(&s), tensor(&t));
        let reversed = value(&reverse_kl(&s, &t, temperature).unwrap());
        prop_assert!((reversed - value(&distillation(&t, &s, temperature).unwrap())).abs() < 1e-9);
        let skewed = |a: &Tensor, b: &Tensor, beta| value(&jensen_shannon(a, b, temperature, beta).unwrap());
        prop_assert!((skewed(&s, &t, 0.3) - skewed(&t, &s, 0.7)).abs() < 1e-9, "β and its complement");
        let bound = temperature * temperature * 2.0_f64.ln();
        prop_assert!(skewed(&s, &t, 0.5) <= bound + 1e-9);
    }

    #[test]
    fn jensen_shannon_tends_to_the_divergences((s, t, _) in batches()) {
        // Mild logits: the limit is slow where a class is all but impossible.
        let (s, t) = (tensor(&s) * 0.2, tensor(&t) * 0.2);
        let beta = 1e-5;
        let forward = value(&distillation(&s, &t, 1.0).unwrap());
        let towards_forward = value(&jensen_shannon(&s, &t, 1.0, beta).unwrap()) / beta;
        prop_assert!((towards_forward - forward).abs() < 1e-2 * forward.max(0.01), "{towards_forward} and {forward}");
        let reverse = value(&reverse_kl(&s, &t, 1.0).unwrap());
        let towards_reverse = value(&jensen_shannon(&s, &t, 1.0, 1.0 - beta).unwrap()) / beta;
        prop_assert!((towards_reverse - reverse).abs() < 1e-2 * reverse.max(0.01), "{towards_reverse} and {reverse}");
    }

    #[test]
    fn decoupling_adds_up_to_the_divergence((s, t, y) in batches(), temperature in 0.5..20.0) {
        for ((s, t), y) in s.iter().zip(&t).zip(&y) {
            let (s, t) = (tensor(&vec![*s]), tensor(&vec![*t]));
            let part = |factors| value(&decoupled(&s, &t, &Tensor::from_slice(&[*y]), temperature, factors).unwrap());
            let on_label = (&t / temperature).softmax(-1, Kind::Double).double_value(&[0, *y]);
            let together = part([1.0, 0.0]) + (1.0 - on_label) * part([0.0, 1.0]);
            let whole = value(&distillation(&s, &t, temperature).unwrap());
            prop_assert!((together - whole).abs() < 1e-8 * whole.max(1.0), "{together} and {whole}");
        }
    }

    #[test]
    fn standardised_logits_ignore_scale_and_shift((s, t, y) in batches()) {
        let (s, t, y) = (tensor(&s), tensor(&t), Tensor::from_slice(&y));
        let standardised = parse(r#"{"distillation":{"temperature":2.0,"standardise":true}}"#);
        let before = value(&loss(&standardised, &s, &t, &y));
        let after = value(&loss(&standardised, &(&s * 3.0 + 1.0), &(&t * 0.5), &y));
        prop_assert!((before - after).abs() < 1e-4 * before.max(1.0), "{before} and {after}");
        let row = standardise(&s).unwrap();
        prop_assert!(row.mean_dim(-1, false, Kind::Double).abs().max().double_value(&[]) < 1e-9);
    }

    #[test]
    fn selections_agree_where_they_select_the_same((s, t, _) in batches()) {
        let (s, t) = (tensor(&s), tensor(&t));
        let mse = |selection| value(&logit_mse(&s, &t, selection, &mut stream()).unwrap());
        let k = |k: u32| k.try_into().unwrap();
        prop_assert!((mse(Selection::Top(k(CLASSES as u32))) - mse(Selection::All)).abs() < 1e-9);
        // Top two and bottom two of five: all but the middle one.
        let middle = t.argsort(-1, true).narrow(1, 2, 1);
        let on_middle = (&s - &t).square().gather(1, &middle, false).mean(Kind::Double).double_value(&[]);
        prop_assert!((4.0 * mse(Selection::TopAndBottom(k(2))) + on_middle - 5.0 * mse(Selection::All)).abs() < 1e-8);
    }

    #[test]
    fn random_classes_are_different_ones_and_change((s, t, _) in batches(), seed in 0_u64..1000) {
        let (s, t) = (tensor(&s), tensor(&t));
        let mut draws = Stream::new(&[seed], Concern::Criterion);
        let mut mse = |k: u32| value(&logit_mse(&s, &t, Selection::Random(k.try_into().unwrap()), &mut draws).unwrap());
        let all = value(&logit_mse(&s, &t, Selection::All, &mut stream()).unwrap());
        prop_assert!((mse(CLASSES as u32) - all).abs() < 1e-9 * (1.0 + all), "all of them are chosen once");
        // Every choice of one class of each example lies between the best and the worst of them, and all are met.
        let squares = (&s - &t).square();
        let (least, most) = (squares.min_dim(1, false).0, squares.max_dim(1, false).0);
        let seen: Vec<f64> = (0..400).map(|_| mse(1)).collect();
        let (low, high) = (seen.iter().copied().fold(f64::INFINITY, f64::min), seen.iter().copied().fold(0.0, f64::max));
        let (least, most) = (value(&least.mean(Kind::Double)), value(&most.mean(Kind::Double)));
        prop_assert!(low >= least - 1e-9 && high <= most + 1e-9);
        let mean = seen.iter().sum::<f64>() / 400.0;
        prop_assert!((mean - all).abs() <= 0.35 * (most - least) + 1e-9, "{mean} {all}");
        if s.size()[0] == 1 {
            prop_assert!((low - least).abs() < 1e-9 && (high - most).abs() < 1e-9, "each class is met");
        }
    }

    #[test]
    fn a_teacher_equally_sure_of_everything_weighs_nothing((s, _, y) in batches()) {
        let (s, y) = (tensor(&s), Tensor::from_slice(&y));
        let weighted = value(&loss(&parse(r#"{"confidence_weighted":{}}"#), &s, &s.zeros_like(), &y));
        prop_assert!((weighted - value(&cross_entropy(&s, &y).unwrap())).abs() < 1e-9);
    }

    #[test]
    fn smoothing_mixes_labels_with_the_uniform_target((s, _, y) in batches(), epsilon in 0.0..0.9) {
        let (s, y) = (tensor(&s), Tensor::from_slice(&y));
        let log_p = s.log_softmax(-1, Kind::Double);
        let off = epsilon / (CLASSES as f64 - 1.0);
        let target = |on: f64, off: f64| Tensor::full_like(&log_p, off).scatter_value(1, &y.unsqueeze(1), on);
        for (spread, target) in [
            (Spread::AllClasses, target(1.0 - epsilon + epsilon / CLASSES as f64, epsilon / CLASSES as f64)),
            (Spread::OtherClasses, target(1.0 - epsilon, off)),
        ] {
            let by_hand = -value(&(target * &log_p).sum(Kind::Double)) / y.size()[0] as f64;
            let ours = value(&label_smoothing(&s, &y, epsilon, spread).unwrap());
            prop_assert!((by_hand - ours).abs() < 1e-9, "{spread:?}: {by_hand} and {ours}");
        }
        let none = value(&label_smoothing(&s, &y, 0.0, Spread::AllClasses).unwrap());
        prop_assert!((none - value(&cross_entropy(&s, &y).unwrap())).abs() < 1e-12);
    }

    #[test]
    fn alignment_of_kernels_ignores_rotation_scale_and_shift(
        (a, b) in (4_usize..=8).prop_flat_map(|n| (rows(n), rows(n))),
        scale in 0.1..10.0,
        shift in -5.0..5.0,
    ) {
        let (a, b) = (tensor(&a), tensor(&b));
        let (rotation, _) = Tensor::linalg_qr(&b.transpose(0, 1).matmul(&b), "reduced");
        let moved = a.matmul(&rotation) * scale + shift;
        for estimator in [Cka::Biased, Cka::Unbiased] {
            let before = linear_cka(&a, &b, estimator).unwrap();
            let after = linear_cka(&moved, &b, estimator).unwrap();
            prop_assert!((before - after).abs() < 1e-6, "{estimator:?}: {before} and {after}");
            prop_assert!((linear_cka(&a, &a, estimator).unwrap() - 1.0).abs() < 1e-9);
            prop_assert!((before - linear_cka(&b, &a, estimator).unwrap()).abs() < 1e-9, "symmetric");
        }
    }

    #[test]
    fn huge_logits_stay_finite((s, t, y) in batches()) {
        let y = Tensor::from_slice(&y);
        for kind in [Kind::Float, Kind::Double] {
            let teacher = (tensor(&t) * 1250.0).to_kind(kind);
            for objective in objectives() {
                let student = (tensor(&s) * 1250.0).to_kind(kind).set_requires_grad(true);
                let loss = loss(&objective, &student, &teacher, &y);
                loss.backward();
                prop_assert!(value(&loss).is_finite(), "{objective:?}");
                prop_assert!(student.grad().isfinite().all().int64_value(&[]) == 1, "{objective:?}");
            }
        }
    }
}

#[test]
fn the_teacher_comes_first_in_the_divergence() {
    // KL([0.9, 0.1] ‖ [0.5, 0.5]) = ln 2 - H(0.9).
    let teacher = Tensor::from_slice2(&[[9.0_f64.ln(), 0.0]]);
    let student = Tensor::from_slice2(&[[0.0, 0.0]]);
    let entropy = -(0.9 * 0.9_f64.ln() + 0.1 * 0.1_f64.ln());
    let divergence = value(&distillation(&student, &teacher, 1.0).unwrap());
    assert!((divergence - (2.0_f64.ln() - entropy)).abs() < 1e-12);
}

#[test]
fn float32_is_close_to_float64_at_every_temperature() {
    let student = Tensor::from_slice2(&[[1.0, 2.0, 0.5, -1.0], [0.2, -0.3, 1.5, 0.7]]);
    let teacher = Tensor::from_slice2(&[[2.0, 1.0, 0.1, -0.5], [0.0, -1.0, 2.5, 1.0]]);
    for temperature in [0.1, 1.0, 20.0, 100.0] {
        let exact = value(&distillation(&student, &teacher, temperature).unwrap());
        let single = |tensor: &Tensor| tensor.to_kind(Kind::Float);
        let rounded = value(&distillation(&single(&student), &single(&teacher), temperature).unwrap());
        let bound = 1e-6 * exact.abs().max(1.0) + 3e-7 * temperature * temperature;
        assert!((exact - rounded).abs() < bound, "T = {temperature}: {exact} and {rounded}");
    }
}

#[test]
fn no_gradient_reaches_the_teacher() {
    let student = Tensor::from_slice2(&[[0.5, 0.1]]).set_requires_grad(true);
    let teacher = Tensor::from_slice2(&[[1.0, -1.0]]).set_requires_grad(true);
    (distillation(&student, &teacher, 2.0).unwrap()
        + logit_mse(&student, &teacher, Selection::All, &mut stream()).unwrap())
    .backward();
    assert!(student.grad().defined() && !teacher.grad().defined());
}

#[test]
fn objectives_survive_serialisation_with_defaults_written_out() {
    let supervised = r#"{"distillation":{"temperature":4.0,"supervision":{"entropy_matched":{"keep":"top_probability"}}}}"#;
    for objective in objectives().into_iter().chain([parse(supervised)]) {
        let text = serde_json::to_string(&objective).unwrap();
        assert_eq!(parse(&text), objective);
    }
    assert_eq!(
        serde_json::to_string(&parse(r#"{"distillation":{"temperature":4}}"#)).unwrap(),
        r#"{"distillation":{"temperature":4.0,"label_weight":0.0,"supervision":{"full":{}}}}"#
    );
}

#[test]
fn what_cannot_be_computed_is_refused() {
    let logits = Tensor::from_slice2(&[[0.0, 1.0], [1.0, 0.0]]);
    let labels = Tensor::from_slice(&[0_i64, 1]);
    let one_class = Tensor::from_slice2(&[[0.0], [1.0]]);
    assert!(matches!(cross_entropy(&one_class, &labels), Err(Error::TooFewClasses(1))));
    assert!(matches!(distillation(&one_class, &one_class, 1.0), Err(Error::TooFewClasses(1))));
    assert!(matches!(distillation(&logits, &logits.narrow(0, 0, 1), 1.0), Err(Error::Shape { .. })));
    assert!(matches!(
        logit_mse(&logits, &logits.narrow(0, 0, 1), Selection::All, &mut stream()),
        Err(Error::Shape { .. })
    ));
    assert!(matches!(cross_entropy(&logits, &labels.narrow(0, 0, 1)), Err(Error::Shape { .. })));
    assert!(matches!(cross_entropy(&logits, &Tensor::from_slice(&[0_i64, 7])), Err(Error::Torch(_))));
    let too_many = logit_mse(&logits, &logits, Selection::Top(3.try_into().unwrap()), &mut stream());
    assert!(matches!(too_many, Err(Error::TooManyClasses { chosen: 3, most: 2 })));
    let needs_teacher = parse(r#"{"logit_mse":{}}"#);
    let batch = Batch::new(&logits, &labels);
    assert!(matches!(Criterion::new(&needs_teacher).loss(&batch), Err(Error::NoTeacher)));
    let broken = Tensor::from_slice2(&[[f64::NAN, 0.0]]);
    let permuted = |logits: &Tensor, label: i64| {
        Supervision::permuted().supervise(logits, &Tensor::from_slice(&[label]), 1.0, &mut stream())
    };
    assert!(matches!(permuted(&broken, 0), Err(Error::NotFinite { .. })));
    assert!(matches!(permuted(&logits, 0), Err(Error::Shape { .. })));
    assert!(matches!(permuted(&logits.narrow(0, 0, 1), 2), Err(Error::Label { label: 2, classes: 2 })));
}

#[test]
fn parameters_out_of_range_are_refused_with_the_reason() {
    let message = |json: &str| serde_json::from_str::<Objective>(json).unwrap_err().to_string();
    let cases = [
        (r#"{"distillation":{"temperature":-4}}"#, "temperature must be a positive finite number, got -4"),
        (
            r#"{"distillation":{"temperature":1,"label_weight":1.5}}"#,
            "a weight must be between 0 and 1, got 1.5",
        ),
        (r#"{"label_smoothing":{"epsilon":1}}"#, "epsilon must be at least 0 and below 1, got 1"),
        (r#"{"distillation":{"temperature":1,"weight":1}}"#, "unknown field `weight`"),
    ];
    for (json, expected) in cases {
        let message = message(json);
        assert!(message.contains(expected), "{message}");
    }
}
