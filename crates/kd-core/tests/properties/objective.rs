//! What must hold for objectives as a whole: sums, schedules, and what each term hears.

use kd_core::Error;
use kd_core::criterion::{Batch, BatchFeatures, Criterion, Learner};
use kd_core::loss::{huber, mse, teacher_bounded};
use kd_core::objective::{Objective, Predicted};
use kd_core::signal::{Heard, Table};
use proptest::prelude::*;
use tch::{Device, Kind, Tensor, nn};

use super::{CLASSES, batches, loss, parse, stream, tensor, value};

fn at(json: &str, progress: f64, student: &Tensor, teacher: &Tensor, labels: &Tensor) -> f64 {
    let heard = Heard::in_full(teacher);
    let batch = Batch::new(student, labels).with_teacher(&heard).at(progress);
    value(&Criterion::new(&parse(json)).loss(&batch).unwrap())
}

proptest! {
    #[test]
    fn a_sum_is_the_weighted_sum_of_its_terms((s, t, y) in batches(), a in 0.0_f64..3.0, b in 0.0_f64..3.0) {
        let (s, t, y) = (tensor(&s), tensor(&t), Tensor::from_slice(&y));
        let sum = format!(
            r#"{{"sum":{{"terms":{{
                "near":{{"weight":{a},"objective":{{"distillation":{{"temperature":2}}}}}},
                "far":{{"weight":{b},"objective":{{"logit_mse":{{"label_weight":0.5}}}}}}}}}}}}"#
        );
        let expected = a * value(&loss(&parse(r#"{"distillation":{"temperature":2}}"#), &s, &t, &y))
            + b * value(&loss(&parse(r#"{"logit_mse":{"label_weight":0.5}}"#), &s, &t, &y));
        prop_assert!((at(&sum, 0.0, &s, &t, &y) - expected).abs() < 1e-9 * (1.0 + expected.abs()));
    }

    #[test]
    fn a_schedule_is_the_constant_of_the_moment((s, t, y) in batches(), progress in 0.0_f64..=1.0) {
        let (s, t, y) = (tensor(&s), tensor(&t), Tensor::from_slice(&y));
        let changing = r#"{"distillation":{
            "temperature":{"linear":{"from":1,"to":5}},
            "label_weight":{"linear":{"from":1,"to":0}}}}"#;
        let constant = format!(
            r#"{{"distillation":{{"temperature":{},"label_weight":{}}}}}"#,
            1.0 + 4.0 * progress,
            1.0 - progress
        );
        let (changing, constant) = (at(changing, progress, &s, &t, &y), at(&constant, 0.0, &s, &t, &y));
        prop_assert!((changing - constant).abs() < 1e-9 * (1.0 + constant.abs()), "{changing} {constant}");
    }

    #[test]
    fn a_warm_up_starts_from_the_other_terms((s, t, y) in batches()) {
        let (s, t, y) = (tensor(&s), tensor(&t), Tensor::from_slice(&y));
        let warm = r#"{"sum":{"terms":{
            "labels":{"objective":{"cross_entropy":{}}},
            "teacher":{"weight":{"linear":{"from":0,"to":1,"until":0.5}},"objective":{"decoupled":{"temperature":4}}}}}}"#;
        let labels = at(r#"{"cross_entropy":{}}"#, 0.0, &s, &t, &y);
        let teacher = at(r#"{"decoupled":{"temperature":4}}"#, 0.0, &s, &t, &y);
        for (progress, share) in [(0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (1.0, 1.0)] {
            let expected = labels + share * teacher;
            prop_assert!((at(warm, progress, &s, &t, &y) - expected).abs() < 1e-9 * (1.0 + expected.abs()));
        }
    }

    #[test]
    fn each_term_hears_its_own_teacher((s, t, y) in batches()) {
        let (s, t, y) = (tensor(&s), tensor(&t), Tensor::from_slice(&y));
        // Equal temperatures for all logits divide them at T = 1.
        let sum = parse(
            r#"{"sum":{"terms":{
                "a":{"objective":{"logit_mse":{}}},
                "b":{"objective":{"cross_entropy":{}}},
                "c":{"objective":{"logit_mse":{"supervision":
                    {"asymmetric":{"label_temperature":2,"others_temperature":2}}}}}}}}"#,
        );
        let mut table = Table::of(&sum, &[t.copy()], &y, &stream()).unwrap();
        let heard = table.at(&Tensor::arange(y.numel() as i64, (Kind::Int64, Device::Cpu))).unwrap();
        let batch = Batch::new(&s, &y).with_teacher(&heard);
        let mse = parse(r#"{"logit_mse":{}}"#);
        let expected = value(&loss(&mse, &s, &t, &y))
            + value(&loss(&parse(r#"{"cross_entropy":{}}"#), &s, &t, &y))
            + value(&loss(&mse, &s, &(&t / 2.0), &y));
        let ours = value(&Criterion::new(&sum).loss(&batch).unwrap());
        prop_assert!((ours - expected).abs() < 1e-9 * (1.0 + expected.abs()));
    }
}

#[test]
fn objectives_that_cannot_be_are_refused() {
    let refused = |json: &str| parse(json).check(Predicted::Classes(CLASSES as i64)).unwrap_err();
    assert!(matches!(refused(r#"{"sum":{"terms":{}}}"#), Error::EmptySum));
    let nested =
        r#"{"sum":{"terms":{"a":{"objective":{"sum":{"terms":{"b":{"objective":{"cross_entropy":{}}}}}}}}}}"#;
    assert!(matches!(refused(nested), Error::NestedSum));
    let changing = |supervision: &str| {
        format!(
            r#"{{"distillation":{{"temperature":{{"linear":{{"from":1,"to":4}}}},"supervision":{{"{supervision}":{{}}}}}}}}"#
        )
    };
    assert!(matches!(refused(&changing("entropy_matched")), Error::ChangingTemperature));
    assert!(matches!(refused(&changing("ensemble")), Error::ChangingTemperature));
    assert!(parse(&changing("permuted")).check(Predicted::Classes(CLASSES as i64)).is_ok());
    assert!(
        parse(&changing("ensemble").replace("{}", r#"{"space":"logits"}"#))
            .check(Predicted::Classes(CLASSES as i64))
            .is_ok()
    );
    assert!(matches!(refused(r#"{"huber":{}}"#), Error::NeedsNumbers));
    let on_numbers = |json: &str| parse(json).check(Predicted::Numbers);
    assert!(matches!(on_numbers(r#"{"cross_entropy":{}}"#), Err(Error::NeedsClasses)));
    assert!(on_numbers(r#"{"teacher_bounded":{}}"#).is_ok());
    let both = |k: u32| parse(&format!(r#"{{"logit_mse":{{"selection":{{"top_and_bottom":{k}}}}}}}"#));
    let check = |k| both(k).check(Predicted::Classes(CLASSES as i64));
    assert!(matches!(check(3), Err(Error::TooManyClasses { chosen: 3, most: 2 })));
    assert!(check(2).is_ok());
    let supervised = |supervision: &str| {
        let json = format!(r#"{{"distillation":{{"temperature":4,"supervision":{supervision}}}}}"#);
        parse(&json).check(Predicted::Classes(CLASSES as i64))
    };
    // A remainder of one class takes another class; the label is among all of them.
    assert!(matches!(supervised(r#"{"top_k":{"k":5}}"#), Err(Error::TooManyClasses { chosen: 5, most: 4 })));
    assert!(supervised(r#"{"top_k":{"k":4}}"#).is_ok() && supervised(r#"{"where_right":{"k":5}}"#).is_ok());
    assert!(matches!(
        supervised(r#"{"where_right":{"k":6}}"#),
        Err(Error::TooManyClasses { chosen: 6, most: 5 })
    ));
    let deep = r#"{"sum":{"terms":{"a":{"objective":{"logit_mse":{"selection":{"top":6}}}}}}}"#;
    assert!(matches!(refused(deep), Error::TooManyClasses { chosen: 6, most: 5 }));
}

#[test]
fn a_sum_of_nothing_yet_has_a_gradient_of_zero() {
    let student = Tensor::from_slice2(&[[1.0, 2.0], [0.0, -1.0]]).set_requires_grad(true);
    let labels = Tensor::from_slice(&[0_i64, 1]);
    let off = parse(r#"{"sum":{"terms":{"a":{"weight":0,"objective":{"cross_entropy":{}}}}}}"#);
    let loss = Criterion::new(&off).loss(&Batch::new(&student, &labels)).unwrap();
    loss.backward();
    assert!(value(&loss).abs() < 1e-300);
    assert!(student.grad().abs().max().double_value(&[]) < 1e-300);
}

#[test]
fn the_temperature_is_that_at_which_the_teacher_is_seen() {
    let seen = |json: &str| parse(json).temperature();
    for (json, expected) in [
        (r#"{"cross_entropy":{"temperature":3}}"#, 1.0),
        (r#"{"logit_mse":{}}"#, 1.0),
        (r#"{"distillation":{"temperature":4}}"#, 4.0),
        (r#"{"distillation":{"temperature":4,"teacher_temperature":2}}"#, 2.0),
        (r#"{"dist":{"temperature":{"linear":{"from":3,"to":1}}}}"#, 3.0),
    ] {
        assert!((seen(json) - expected).abs() < 1e-12, "{json}: {}", seen(json));
    }
}

#[test]
fn who_needs_a_teacher() {
    let sum = |json: &str| {
        parse(&format!(
            r#"{{"sum":{{"terms":{{"a":{{"objective":{json}}},"b":{{"objective":{{"cross_entropy":{{}}}}}}}}}}}}"#
        ))
    };
    assert!(!sum(r#"{"label_smoothing":{"epsilon":0.1}}"#).needs_teacher());
    assert!(!sum(r#"{"distillation":{"temperature":4,"label_weight":1}}"#).needs_teacher());
    assert!(
        sum(r#"{"distillation":{"temperature":4,"label_weight":{"step":{"from":1,"to":0,"at":0.5}}}}"#)
            .needs_teacher()
    );
    assert!(sum(r#"{"confidence_weighted":{}}"#).needs_teacher());
    assert!(!sum(r#"{"distillation":{"temperature":4}}"#).needs_ensemble());
    assert!(sum(r#"{"distillation":{"temperature":4,"supervision":{"ensemble":{}}}}"#).needs_ensemble());
    let permuted = sum(r#"{"logit_mse":{"supervision":{"permuted":{}}}}"#);
    assert_eq!(permuted.with_full_supervision(), sum(r#"{"logit_mse":{}}"#));
}

#[test]
fn a_sum_learns_from_logits_and_features() {
    let sum = parse(
        r#"{"sum":{"terms":{
            "hint":{"weight":2,"objective":{"features":{"student":"hidden0","loss":{"hint":{}}}}},
            "labels":{"objective":{"cross_entropy":{}}}}}}"#,
    );
    assert!(sum.needs_teacher());
    assert_eq!(sum.features().map(|own| own.student.as_deref()).collect::<Vec<_>>(), [Some("hidden0")]);
    assert_eq!(parse(r#"{"cross_entropy":{}}"#).features().count(), 0);
    let shapes = |width: i64| vec![("hidden0".to_owned(), vec![width]), ("hidden1".to_owned(), vec![3])];
    let (of_student, of_teacher) = (shapes(2), shapes(4));
    let learner = Learner { student: &of_student, teacher: &of_teacher, samples: 2 };
    let store = nn::VarStore::new(Device::Cpu);
    let mut criterion = Criterion::with_features(&sum, &learner, &store.root(), stream()).unwrap();
    let named = |width: i64| {
        shapes(width)
            .into_iter()
            .map(|(name, shape)| (name, Tensor::ones([2, shape[0]], (Kind::Float, Device::Cpu))))
            .collect::<Vec<_>>()
    };
    let (student, teacher) = (named(2), named(4));
    let (logits, labels) =
        (Tensor::from_slice2(&[[1.0_f32, 2.0], [0.0, -1.0]]), Tensor::from_slice(&[0_i64, 1]));
    let index = Tensor::from_slice(&[0_i64, 1]);
    let features = BatchFeatures { student: &student, teacher: &teacher, index: &index };
    let batch = Batch { features: Some(features), ..Batch::new(&logits, &labels) };

    // A regressor from the two numbers of `hidden0` to the three of the teacher's last feature, applied by hand.
    let variables: std::collections::BTreeMap<String, Tensor> = store.variables().into_iter().collect();
    let weight = &variables["term0.regressor.weight"];
    assert_eq!(weight.size(), [3, 2]);
    let regressed = student[0].1.linear(weight, variables.get("term0.regressor.bias"));
    let expected = 2.0 * value(&(regressed - &teacher[1].1).square().mean(Kind::Double))
        + value(
            &Criterion::new(&parse(r#"{"cross_entropy":{}}"#)).loss(&Batch::new(&logits, &labels)).unwrap(),
        );
    let loss = criterion.loss(&batch).unwrap();
    assert!((value(&loss) - expected).abs() < 1e-5, "{loss:?} {expected}");
    loss.backward();
    assert!(weight.grad().abs().max().double_value(&[]) > 0.0, "the regressor learns");

    assert!(matches!(criterion.loss(&Batch::new(&logits, &labels)), Err(Error::NoFeatures("batch"))));
    assert!(matches!(Criterion::new(&sum).loss(&batch), Err(Error::NoFeatures("criterion"))));
    let unknown = Learner { student: &of_student[1..], ..learner };
    let refused = Criterion::with_features(&sum, &unknown, &store.root(), stream()).unwrap_err();
    assert_eq!(refused.to_string(), "the student has no feature `hidden0`; it has `hidden1`");
    let none = Learner { teacher: &[], ..learner };
    let refused = Criterion::with_features(&sum, &none, &store.root(), stream()).unwrap_err();
    assert_eq!(refused.to_string(), "this objective compares features, but the teacher has none");
}

/// The parts of a regression objective, each computed by the loss it names.
#[test]
fn regression_objectives_are_their_losses() {
    let predictions = Tensor::from_slice2(&[[0.5], [-2.0], [3.0]]);
    let targets = Tensor::from_slice2(&[[0.0], [1.0], [-1.0]]);
    let teacher = Tensor::from_slice2(&[[0.2], [4.0], [-1.5]]);
    let ours = |json: &str| value(&loss(&parse(json), &predictions, &teacher, &targets));
    let squared = value(&mse(&predictions, &targets).unwrap());
    let to_teacher = value(&mse(&predictions, &teacher).unwrap());
    let by_huber = |other: &Tensor, delta| value(&huber(&predictions, other, delta).unwrap());
    let bounded = value(&teacher_bounded(&predictions, &targets, &teacher, 2.0).unwrap());
    for (json, expected) in [
        (r#"{"squared_error":{}}"#, squared),
        (r#"{"huber":{"delta":0.5}}"#, by_huber(&targets, 0.5)),
        (r#"{"prediction_matching":{}}"#, to_teacher),
        (r#"{"prediction_matching":{"label_weight":1}}"#, squared),
        (r#"{"prediction_matching":{"label_weight":0.25}}"#, 0.25 * squared + 0.75 * to_teacher),
        (r#"{"prediction_matching":{"delta":2}}"#, by_huber(&teacher, 2.0)),
        (r#"{"teacher_bounded":{"margin":2}}"#, squared + 0.5 * bounded),
        (r#"{"teacher_bounded":{"margin":2,"factor":3}}"#, squared + 3.0 * bounded),
    ] {
        assert!((ours(json) - expected).abs() < 1e-12, "{json}: {} {expected}", ours(json));
    }
    assert!(bounded > 0.0 && bounded < 3.0 * squared, "some examples are bounded, some are not");
    for (json, hears) in [
        (r#"{"squared_error":{}}"#, false),
        (r#"{"prediction_matching":{}}"#, true),
        (r#"{"prediction_matching":{"label_weight":1}}"#, false),
        (r#"{"teacher_bounded":{}}"#, true),
    ] {
        assert_eq!(parse(json).needs_teacher(), hears, "{json}");
    }
}

#[test]
fn without_a_teacher_classes_are_learnt_by_cross_entropy_and_numbers_by_squared_error() {
    let without = Objective::without_teacher;
    assert!(matches!(without(Predicted::Classes(3)), Objective::CrossEntropy(_)));
    assert!(matches!(without(Predicted::Numbers), Objective::SquaredError(_)));
}

#[test]
fn what_is_left_out_has_its_default_and_is_not_written() {
    let Objective::TeacherBounded(bounded) = parse(r#"{ "teacher_bounded": {} }"#) else { unreachable!() };
    assert_eq!((bounded.margin.get(), bounded.factor.get()), (0.0, 0.5));
    // Runs are known by this text.
    let plain = serde_json::to_string(&parse(r#"{ "logit_mse": {} }"#)).unwrap();
    assert!(!plain.contains("selection"), "{plain}");
}

#[test]
fn classes_are_not_both_among_the_top_and_the_bottom() {
    let (logits, labels) =
        (Tensor::ones([2, 5], (Kind::Double, Device::Cpu)), Tensor::from_slice(&[0_i64, 1]));
    let loss = |k: u32| {
        let objective =
            parse(&format!(r#"{{ "logit_mse": {{ "selection": {{ "top_and_bottom": {k} }} }} }}"#));
        Criterion::new(&objective).loss(&Batch::new(&logits, &labels).with_teacher(&Heard::in_full(&logits)))
    };
    assert!(loss(2).is_ok());
    assert!(loss(3).is_err());
}
