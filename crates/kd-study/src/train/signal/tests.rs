use kd_core::random::Concern;
use tch::Kind;

use super::*;

fn objective(json: &str) -> Objective {
    serde_json::from_str(json).unwrap()
}

/// What a distillation with this supervision is.
fn distillation(supervision: &str) -> Objective {
    objective(&format!(r#"{{"distillation":{{"temperature":2.0,"supervision":{supervision}}}}}"#))
}

/// A teacher's logits on 6 examples of 4 classes; `shift` moves all of class 0.
fn teacher(shift: f64) -> Tensor {
    let logits = Tensor::arange(24, (Kind::Float, tch::Device::Cpu)).view([6, 4]).sin() * 3.0;
    logits + Tensor::from_slice(&[shift as f32, 0.0, 0.0, 0.0])
}

fn labels() -> Tensor {
    Tensor::from_slice(&[0_i64, 1, 2, 3, 0, 1])
}

fn stream() -> Stream {
    Stream::new(&[1, 0], Concern::Intervention)
}

fn index(rows: &[i64]) -> Tensor {
    Tensor::from_slice(rows)
}

/// What each term hears of the samples at `batch`, of a student who has the examples at `subset`.
fn heard(objective: &Objective, subset: &[i64], batch: &[i64], visits: usize) -> Vec<Option<Vec<f32>>> {
    let own = index(subset);
    let mut signals = signals(objective, &[teacher(0.0), teacher(4.0)], &labels(), &own, &stream()).unwrap();
    let labels = labels().index_select(0, &own).index_select(0, &index(batch));
    let mut heard = Vec::new();
    for _ in 0..visits {
        let hear = |signal: &mut Signal<'_>| numbers(&signal.batch(&index(batch), &labels, &[]).unwrap());
        heard = signals.iter_mut().map(|signal| signal.as_mut().map(hear)).collect();
    }
    heard
}

fn numbers(table: &Tensor) -> Vec<f32> {
    Vec::try_from(table.flatten(0, -1)).unwrap()
}

fn rows(table: &Tensor, rows: &[i64]) -> Vec<f32> {
    numbers(&table.index_select(0, &index(rows)))
}

#[test]
fn a_student_hears_the_first_teacher_on_its_own_samples() {
    let full = distillation(r#"{"full":{}}"#);
    assert_eq!(heard(&full, &[1, 3, 4], &[2, 0], 1), [Some(rows(&teacher(0.0), &[4, 1]))]);
    assert_eq!(heard(&objective(r#"{"cross_entropy":{}}"#), &[1, 3], &[0], 1), [None]);
    let mean = heard(&distillation(r#"{"ensemble":{"space":"logits"}}"#), &[1, 3, 4], &[2, 0], 1);
    let expected = rows(&teacher(2.0), &[4, 1]);
    let close = |a: &Vec<f32>| a.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(mean[0].as_ref().is_some_and(close), "{mean:?}, not {expected:?}");
}

#[test]
fn what_happens_to_an_example_depends_on_no_other() {
    let permuted = distillation(r#"{"permuted":{}}"#);
    let all = heard(&permuted, &[0, 1, 2, 3, 4, 5], &[3, 4], 1);
    assert_eq!(heard(&permuted, &[3, 4], &[0, 1], 1), all);
    assert_eq!(heard(&permuted, &[0, 1, 2, 3, 4, 5], &[3, 4], 3), all, "nor on the visit");
    let sorted = |mut row: Vec<f32>| {
        row.sort_by(f32::total_cmp);
        row
    };
    let row = all[0].clone().unwrap()[..4].to_vec();
    assert_ne!(row, rows(&teacher(0.0), &[3]));
    assert_eq!(sorted(row), sorted(rows(&teacher(0.0), &[3])));
}

#[test]
fn fresh_supervision_differs_from_visit_to_visit() {
    let fresh = distillation(r#"{"permuted":{"fresh":true}}"#);
    let batch = [0, 1, 2, 3, 4, 5];
    let visits: Vec<_> = (1..4).map(|visits| heard(&fresh, &batch, &batch, visits)).collect();
    assert!(visits[0] != visits[1] && visits[1] != visits[2], "{visits:?}");
    assert_eq!(visits[0], heard(&fresh, &batch, &batch, 1), "but not from run to run");
}

#[test]
fn terms_of_a_sum_agree_and_have_a_signal_each() {
    let sum = objective(
        r#"{"sum":{"terms":{
            "a":{"objective":{"cross_entropy":{}}},
            "b":{"objective":{"distillation":{"temperature":2.0,"supervision":{"permuted":{}}}}},
            "c":{"objective":{"logit_mse":{"supervision":{"permuted":{}}}}},
            "d":{"objective":{"distillation":{"temperature":1.0}}}}}}"#,
    );
    let heard = heard(&sum, &[1, 2, 5], &[0, 1, 2], 1);
    assert!(heard[0].is_none());
    assert_eq!(heard[1], heard[2]);
    assert_eq!(heard[3], Some(rows(&teacher(0.0), &[1, 2, 5])));
    let seen = seen_signals(&sum, &stream());
    let there: Vec<bool> = seen.iter().map(Option::is_some).collect();
    assert_eq!(there, [false, true, true, true]);
}

#[test]
fn what_teachers_say_of_a_view_is_supervised_at_every_step() {
    let said = [teacher(0.0).narrow(0, 0, 2), teacher(4.0).narrow(0, 0, 2)];
    let labels = index(&[3, 3]);
    let seen = |supervision: &str, temperature: f64| {
        let text =
            format!(r#"{{"distillation":{{"temperature":{temperature:?},"supervision":{supervision}}}}}"#);
        let objective = objective(&text);
        let mut signals = seen_signals(&objective, &stream());
        let signal = signals[0].as_mut().unwrap();
        [0, 1].map(|_| numbers(&signal.batch(&index(&[9, 9]), &labels, &said).unwrap()))
    };
    let own = rows(&teacher(0.0), &[0, 1]);
    assert_eq!(seen(r#"{"full":{}}"#, 2.0), [own.clone(), own.clone()]);
    let [first, second] = seen(r#"{"permuted":{"fresh":true}}"#, 2.0);
    assert!(first != second && first != own);
    let hardened = |temperature| seen(r#"{"hard":{}}"#, temperature)[0].clone();
    assert_ne!(hardened(1.0), hardened(2.0), "it depends on the temperature");
    assert_ne!(seen(r#"{"where_right":{}}"#, 2.0)[0], own, "labels are those of the batch");
}

#[test]
fn tokens_have_rows_of_their_own() {
    let teacher = teacher(0.0).view([3, 2, 4]);
    let full = distillation(r#"{"full":{}}"#);
    let hard = distillation(r#"{"hard":{}}"#);
    for objective in [&full, &hard] {
        let own = index(&[2, 0]);
        let said = [teacher.shallow_clone()];
        let mut signals = signals(objective, &said, &labels(), &own, &stream()).unwrap();
        let Some(Signal::Fixed(table)) = &signals[0] else { panic!("once and for all") };
        assert_eq!(table.size(), [2, 2, 4]);
        let heard = signals[0].as_mut().unwrap().batch(&index(&[1]), &index(&[0, 1]), &[]).unwrap();
        assert_eq!(heard.size(), [2, 4]);
        let tops: Vec<i64> = Vec::try_from(heard.argmax(-1, false)).unwrap();
        let expected: Vec<i64> = Vec::try_from(teacher.get(0).argmax(-1, false)).unwrap();
        assert_eq!(tops, expected, "the student's second sample is the first example");
    }
}
