//! What is asked of examples without a label: what an objective asks of the teacher alone.

use kd_core::criterion::{Batch, Criterion};
use kd_core::objective::Objective;
use kd_core::signal::Heard;
use kd_core::testing::{Example, has_its_gradient, pass};
use kd_core::{Error, Result};
use proptest::prelude::*;
use tch::{Device, Kind, Tensor};

use super::{CLASSES, Rows, batches, example, loss, objectives, parse, tensor, value};

/// The loss of a batch of which the rows at `labelled` alone have a label.
fn partly(objective: &Objective, labelled: &Tensor, progress: f64) -> impl Fn(&Example) -> Result<Tensor> {
    move |Example { student, teacher, labels }| {
        let heard = Heard::in_full(teacher);
        let batch = Batch::new(student, labels).with_teacher(&heard).labelled_at(labelled).at(progress);
        Criterion::new(objective).loss(&batch)
    }
}

/// Logits of student and teacher with labels, and more of that kind.
type PartlyLabelled = ((Rows, Rows, Vec<i64>), Vec<i64>, Vec<i64>);

/// A batch, and which of its rows have a label.
fn partly_labelled() -> impl Strategy<Value = PartlyLabelled> {
    (batches(), any::<u8>()).prop_map(|(batch, mask)| {
        let (labelled, unlabelled) = (0..batch.2.len() as i64).partition(|row| mask >> row & 1 == 1);
        (batch, labelled, unlabelled)
    })
}

/// Objectives, and what each asks of an example without a label: another one, so many times.
const ASKED: [(&str, Option<(f64, &str)>); 12] = [
    (r#"{"cross_entropy":{"temperature":2.5}}"#, None),
    (r#"{"label_smoothing":{"epsilon":0.3}}"#, None),
    (r#"{"virtual_teacher":{"label_weight":0.2}}"#, None),
    (r#"{"distillation":{"temperature":3,"label_weight":1}}"#, None),
    (r#"{"decoupled":{"temperature":3,"label_weight":1}}"#, None),
    (r#"{"distillation":{"temperature":3}}"#, Some((1.0, r#"{"distillation":{"temperature":3}}"#))),
    (
        r#"{"distillation":{"temperature":3,"label_weight":0.25}}"#,
        Some((0.75, r#"{"distillation":{"temperature":3}}"#)),
    ),
    (
        r#"{"distillation":{"temperature":3,"label_weight":{"linear":{"from":1,"to":0}}}}"#,
        Some((0.3, r#"{"distillation":{"temperature":3}}"#)),
    ),
    (
        r#"{"reverse_kl":{"temperature":2,"label_weight":0.5}}"#,
        Some((0.5, r#"{"reverse_kl":{"temperature":2}}"#)),
    ),
    (
        r#"{"logit_mse":{"label_weight":0.9,"selection":{"top":2}}}"#,
        Some((0.1, r#"{"logit_mse":{"selection":{"top":2}}}"#)),
    ),
    (
        r#"{"sum":{"terms":{"a":{"weight":5,"objective":{"cross_entropy":{}}},
            "b":{"weight":2,"objective":{"soft_cross_entropy":{"temperature":4,"label_weight":0.25}}}}}}"#,
        Some((1.5, r#"{"soft_cross_entropy":{"temperature":4}}"#)),
    ),
    (
        r#"{"jensen_shannon":{"temperature":2,"beta":0.3,"label_weight":0.2}}"#,
        Some((0.8, r#"{"jensen_shannon":{"temperature":2,"beta":0.3}}"#)),
    ),
];
/// Where in training that is so.
const PROGRESS: f64 = 0.3;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_row_is_asked_what_it_can_be_and_counts_the_same((batch, labelled, unlabelled) in partly_labelled()) {
        let (s, t, y) = (tensor(&batch.0), tensor(&batch.1), Tensor::from_slice(&batch.2));
        let row = |table: &Tensor, row: i64| table.narrow(0, row, 1);
        for (json, rest) in ASKED {
            let objective = parse(json);
            prop_assert!(objective.check_unlabelled().is_ok(), "{json}");
            let mut expected = 0.0;
            for &own in &labelled {
                let one = Example { student: row(&s, own), teacher: row(&t, own), labels: row(&y, own) };
                expected += value(&partly(&objective, &Tensor::from_slice(&[0_i64]), PROGRESS)(&one).unwrap());
            }
            if let Some((weight, rest)) = rest {
                for &own in &unlabelled {
                    expected += weight * value(&loss(&parse(rest), &row(&s, own), &row(&t, own), &row(&y, own)));
                }
            }
            expected /= batch.2.len() as f64;
            let found = value(&partly(&objective, &Tensor::from_slice(&labelled), PROGRESS)(&example(&batch)).unwrap());
            prop_assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{json}: {found} {expected}");
        }
    }

    #[test]
    fn a_label_that_is_not_known_is_not_looked_at((batch, labelled, unlabelled) in partly_labelled()) {
        let known = Tensor::from_slice(&labelled);
        let own = example(&batch);
        let mut labels = batch.2.clone();
        for &row in &unlabelled {
            // Not even a class.
            labels[row as usize] = -7;
        }
        let masked = Example { labels: Tensor::from_slice(&labels), ..example(&batch) };
        for objective in objectives() {
            let partly = partly(&objective, &known, PROGRESS);
            if objective.check_unlabelled().is_err() {
                prop_assert!(matches!(partly(&own), Err(Error::NeedsLabels)), "{objective:?}");
                continue;
            }
            prop_assert_eq!(pass(&partly, &own).unwrap(), pass(&partly, &masked).unwrap(), "{:?}", objective);
        }
    }

    #[test]
    fn gradients_are_slopes_whoever_has_a_label((batch, labelled, _) in partly_labelled()) {
        let labelled = Tensor::from_slice(&labelled);
        for objective in objectives() {
            let selects = matches!(objective, Objective::LogitMse(_));
            if objective.check_unlabelled().is_ok() && !selects {
                let held = has_its_gradient(partly(&objective, &labelled, PROGRESS), &example(&batch));
                prop_assert!(held.is_ok(), "{objective:?}: {held:?}");
            }
        }
    }

    #[test]
    fn a_batch_that_is_labelled_throughout_is_as_ever((s, t, y) in batches()) {
        let all = Tensor::arange(y.len() as i64, (Kind::Int64, Device::Cpu));
        for objective in objectives().iter().filter(|objective| objective.check_unlabelled().is_ok()) {
            let batch = (s.clone(), t.clone(), y.clone());
            let ever = value(&loss(objective, &tensor(&s), &tensor(&t), &Tensor::from_slice(&y)));
            let found = value(&partly(objective, &all, 0.0)(&example(&batch)).unwrap());
            prop_assert!((found - ever).abs() < 1e-12 * (1.0 + ever.abs()), "{objective:?}: {found} {ever}");
        }
    }
}

#[test]
fn what_compares_examples_compares_all_of_them() {
    let own = Example::drawn(3, 6, CLASSES as i64, 2.0);
    let labelled = Tensor::from_slice(&[0_i64, 3]);
    let of = |json: &str, own: &Example| value(&partly(&parse(json), &labelled, 0.0)(own).unwrap());
    let whole = |json: &str| value(&loss(&parse(json), &own.student, &own.teacher, &own.labels));
    for (name, settings) in [("dist", r#""temperature":2"#), ("multi_level", r#""temperature":3"#)] {
        let mixed = of(&format!(r#"{{"{name}":{{{settings},"label_weight":0.25}}}}"#), &own);
        let labels = of(r#"{"cross_entropy":{}}"#, &own);
        let expected = 0.25 * labels + 0.75 * whole(&format!(r#"{{"{name}":{{{settings}}}}}"#));
        assert!((mixed - expected).abs() < 1e-9, "{name}: {mixed} {expected}");
    }
}

#[test]
fn numbers_without_a_target_are_held_to_the_teacher() {
    let column = |values: &[f64]| Tensor::from_slice(values).view([-1, 1]);
    let own = Example {
        student: column(&[0.5, -2.0, 3.0]),
        teacher: column(&[0.0, 1.0, 1.0]),
        labels: column(&[1.0, f64::NAN, f64::NAN]),
    };
    let labelled = Tensor::from_slice(&[0_i64]);
    let of = |json: &str| value(&partly(&parse(json), &labelled, 0.0)(&own).unwrap());
    let (target, teacher) = (0.25, (0.25 + 9.0 + 4.0) / 3.0);
    for (json, expected) in [
        (r#"{"squared_error":{}}"#, target / 3.0),
        (r#"{"huber":{"delta":10}}"#, target / 6.0),
        (r#"{"prediction_matching":{}}"#, teacher),
        (r#"{"prediction_matching":{"label_weight":1}}"#, target / 3.0),
        (r#"{"prediction_matching":{"label_weight":0.4}}"#, 0.4 * target / 3.0 + 0.6 * teacher),
        (r#"{"prediction_matching":{"label_weight":0.4,"delta":10}}"#, 0.2 * target / 3.0 + 0.3 * teacher),
    ] {
        assert!((of(json) - expected).abs() < 1e-12, "{json}: {} {expected}", of(json));
    }
    let bounded = partly(&parse(r#"{"teacher_bounded":{}}"#), &labelled, 0.0)(&own);
    assert!(matches!(bounded, Err(Error::NeedsLabels)));
}

#[test]
fn without_any_label_a_loss_on_labels_is_nil_and_so_is_its_gradient() {
    let nobody = Tensor::from_slice::<i64>(&[]);
    for (json, nil) in [
        (r#"{"cross_entropy":{}}"#, true),
        (r#"{"distillation":{"temperature":2,"label_weight":0.5}}"#, false),
    ] {
        let (loss, gradient) =
            pass(partly(&parse(json), &nobody, 0.0), &Example::drawn(1, 4, 3, 1.0)).unwrap();
        let size = value(&gradient.abs().max());
        assert_eq!((value(&loss).abs() < 1e-300, size < 1e-300), (nil, nil), "{json}");
    }
}

#[test]
fn what_goes_by_labels_is_told_from_what_does_not() {
    let refused = |json: &str| parse(json).check_unlabelled().unwrap_err().to_string();
    for name in ["decoupled", "normalised"] {
        let json = format!(r#"{{"{name}":{{"temperature":2,"label_weight":0.5}}}}"#);
        assert!(matches!(parse(&json).check_unlabelled(), Err(Error::NeedsLabels)), "{json}");
        let in_sum = format!(r#"{{"sum":{{"terms":{{"a":{{"objective":{json}}}}}}}}}"#);
        assert!(matches!(parse(&in_sum).check_unlabelled(), Err(Error::NeedsLabels)), "{json}");
    }
    assert!(refused(r#"{"confidence_weighted":{}}"#).contains("the label of every example"));
    let through = refused(r#"{"distillation":{"temperature":2,"supervision":{"where_right":{}}}}"#);
    assert!(through.starts_with("`where_right` goes by the label of every example"), "{through}");
    // What is not heard cannot be wrong.
    let unheard = r#"{"distillation":{"temperature":2,"label_weight":1,"supervision":{"where_right":{}}}}"#;
    assert!(parse(unheard).check_unlabelled().is_ok());
    assert!(parse(r#"{"features":{"loss":{"hint":{}}}}"#).check_unlabelled().is_ok());
}
