//! What students hear of their teachers.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use kd_core::Error;
use kd_core::criterion::{Batch, Criterion};
use kd_core::loss::{Distillation, LogitMse, PredictionMatching};
use kd_core::number::Number;
use kd_core::objective::Objective;
use kd_core::random::{Concern, Stream};
use kd_core::signal::{Heard, Table, Views};
use kd_core::supervision::{
    ClassMean, EntropyMatched, Keep, Permuted, Supervision, WhereRight, ensemble_mean,
};
use tch::{Device, Kind, Tensor};

const EXAMPLES: i64 = 12;
const CLASSES: i64 = 6;

const FRESH: Supervision = Supervision::Permuted(Permuted { fresh: true });

fn normal(shape: &[i64], seed: u64) -> Tensor {
    let mut stream = Stream::new(&[seed], Concern::Examples);
    let numbers: Vec<f64> = (0..shape.iter().product::<i64>()).map(|_| 2.0 * stream.normal()).collect();
    Tensor::from_slice(&numbers).view(shape)
}

fn teacher() -> Tensor {
    normal(&[EXAMPLES, CLASSES], 1)
}

fn labels() -> Tensor {
    Tensor::arange(EXAMPLES, (Kind::Int64, Device::Cpu)).remainder(CLASSES)
}

fn intervention() -> Stream {
    Stream::new(&[5], Concern::Intervention)
}

fn under(supervision: Supervision) -> Objective {
    Objective::Distillation(Distillation { supervision, ..Distillation::at(3.0).unwrap() })
}

fn table(objective: &Objective) -> Table {
    Table::of(objective, &[teacher()], &labels(), &intervention()).unwrap()
}

fn at(table: &mut Table, index: &[i64]) -> Vec<Tensor> {
    let heard = table.at(&Tensor::from_slice(index)).unwrap();
    heard.logits().map(Tensor::copy).collect()
}

fn supervised(supervision: Supervision) -> Tensor {
    supervision.supervise(&teacher(), &labels(), 3.0, &mut intervention()).unwrap()
}

#[test]
fn a_table_is_supervised_once_and_for_all() {
    for supervision in [
        Supervision::FULL,
        Supervision::permuted(),
        Supervision::entropy_matched(),
        Supervision::ClassMean(ClassMean {}),
    ] {
        let mut table = table(&under(supervision));
        let expected = supervised(supervision).index_select(0, &Tensor::from_slice(&[7_i64, 2]));
        for _ in 0..2 {
            assert_eq!(at(&mut table, &[7, 2]), [expected.copy()], "{}", supervision.name());
        }
    }
}

#[test]
fn what_is_fresh_is_drawn_anew_at_every_visit() {
    let mut table = table(&under(FRESH));
    let [first] = &at(&mut table, &[0, 1, 2, 3])[..] else { unreachable!() };
    let [second] = &at(&mut table, &[0, 1, 2, 3])[..] else { unreachable!() };
    assert_ne!(first, second);
    assert_eq!(first.sort(-1, false).0, teacher().narrow(0, 0, 4).sort(-1, false).0);
    assert_eq!(first.sort(-1, false).0, second.sort(-1, false).0);
    let [again] = &at(&mut self::table(&under(FRESH)), &[0, 1, 2, 3])[..] else { unreachable!() };
    assert_eq!(first, again, "but not from run to run");
}

#[test]
fn a_subset_hears_what_the_whole_does() {
    let subset = Tensor::from_slice(&[9_i64, 4, 0]);
    for supervision in [Supervision::permuted(), Supervision::ClassMean(ClassMean {})] {
        let objective = under(supervision);
        let mut own =
            Table::of_subset(&objective, &[teacher()], &labels(), &subset, &intervention()).unwrap();
        assert_eq!(at(&mut own, &[1, 2]), at(&mut table(&objective), &[4, 0]), "{}", supervision.name());
    }
    let fresh = under(FRESH);
    let mut own = Table::of_subset(&fresh, &[teacher()], &labels(), &subset, &intervention()).unwrap();
    let [rows] = &at(&mut own, &[1])[..] else { unreachable!() };
    assert_eq!(rows.sort(-1, false).0, teacher().narrow(0, 4, 1).sort(-1, false).0);
}

#[test]
fn terms_have_their_own_supervision_and_agree_on_a_permutation() {
    let permuted = |label_weight: f64| {
        Objective::LogitMse(LogitMse {
            supervision: Supervision::permuted(),
            label_weight: Number::new(label_weight).unwrap().into(),
            ..LogitMse::default()
        })
    };
    let sum = Objective::sum([
        ("a", 1.0, permuted(0.0)),
        ("b", 1.0, Objective::cross_entropy()),
        ("c", 1.0, Objective::logit_mse()),
        ("d", 1.0, permuted(0.5)),
    ])
    .unwrap();
    let [a, c, d] = &at(&mut table(&sum), &[3, 8])[..] else { panic!("three terms hear the teacher") };
    assert_eq!(a, d);
    assert_ne!(a, c);
    assert_eq!(*c, teacher().index_select(0, &Tensor::from_slice(&[3_i64, 8])));
}

#[test]
fn tokens_are_rows() {
    let tokens = teacher().view([4, 3, CLASSES]);
    let subset = Tensor::from_slice(&[2_i64, 3]);
    for supervision in [Supervision::FULL, Supervision::permuted(), FRESH] {
        let objective = under(supervision);
        for labels in [labels(), labels().view([4, 3])] {
            let mut table =
                Table::of_subset(&objective, &[tokens.copy()], &labels, &subset, &intervention()).unwrap();
            let [heard] = &at(&mut table, &[1, 0])[..] else { unreachable!() };
            let rows = Tensor::from_slice(&[9_i64, 10, 11, 6, 7, 8]);
            let sorted = |rows: &Tensor| rows.sort(-1, false).0;
            assert_eq!(sorted(heard), sorted(&teacher().index_select(0, &rows)), "{}", supervision.name());
            if !supervision.is_fresh() {
                assert_eq!(*heard, supervised(supervision).index_select(0, &rows), "{}", supervision.name());
            }
        }
    }
}

#[test]
fn an_ensemble_is_heard_where_it_is_asked_for() {
    let members = [teacher(), normal(&[EXAMPLES, CLASSES], 2)];
    let heard = |supervision| {
        let mut table = Table::of(&under(supervision), &members, &labels(), &intervention()).unwrap();
        at(&mut table, &[5]).remove(0)
    };
    let mean = ensemble_mean(&members, kd_core::supervision::EnsembleSpace::Probabilities, 3.0).unwrap();
    assert_eq!(heard(Supervision::ensemble()), mean.narrow(0, 5, 1));
    assert_eq!(heard(Supervision::FULL), members[0].narrow(0, 5, 1));
}

#[test]
fn every_view_is_supervised_as_it_is_said() {
    let view = || normal(&[2, CLASSES], 3);
    let y = Tensor::from_slice(&[1_i64, 4]);
    let hear = |views: &mut Views| views.hear(&[view()], &y).unwrap().logits().next().unwrap().copy();
    for supervision in [Supervision::FULL, Supervision::entropy_matched()] {
        let mut views = Views::of(&under(supervision), &intervention()).unwrap();
        let expected = supervision.supervise(&view(), &y, 3.0, &mut intervention()).unwrap();
        assert_eq!((hear(&mut views), hear(&mut views)), (expected.copy(), expected));
    }
    let mut views = Views::of(&under(FRESH), &intervention()).unwrap();
    assert_ne!(hear(&mut views), hear(&mut views));
    let mut ensemble = Views::of(&under(Supervision::ensemble()), &intervention()).unwrap();
    let both = ensemble.hear(&[view(), -view()], &y).unwrap();
    assert_ne!(both.logits().next().unwrap(), &view());
    let mut right =
        Views::of(&under(Supervision::WhereRight(WhereRight::default())), &intervention()).unwrap();
    let corrected = right.hear(&[view()], &y).unwrap();
    assert_eq!(corrected.logits().next().unwrap().argmax(-1, false), y, "labels are those of the batch");

    let fixed = Views::of(&under(Supervision::permuted()), &intervention()).unwrap_err().to_string();
    assert!(
        fixed.starts_with("`permuted` is made once from the teacher's logits on all examples"),
        "{fixed}"
    );
    assert!(matches!(views.hear(&[], &y), Err(Error::NoTeacher)));
    let broken = view() * f64::NAN;
    let mut full = Views::of(&under(Supervision::FULL), &intervention()).unwrap();
    assert!(matches!(full.hear(&[broken], &y), Err(Error::NotFinite { .. })));
}

#[test]
fn numbers_are_heard_as_they_are() {
    let objective = Objective::PredictionMatching(PredictionMatching::default());
    let (predictions, targets) = (normal(&[EXAMPLES, 1], 1), normal(&[EXAMPLES, 1], 2));
    let mut table = Table::of(&objective, &[predictions.copy()], &targets, &intervention()).unwrap();
    assert_eq!(at(&mut table, &[3]), [predictions.narrow(0, 3, 1)]);
    let mut views = Views::of(&objective, &intervention()).unwrap();
    let heard = views.hear(&[predictions.copy()], &targets).unwrap();
    assert_eq!(heard.logits().next().unwrap(), &predictions);
}

#[test]
fn logits_that_were_supervised_in_another_way_are_refused() {
    let (student, y) = (normal(&[EXAMPLES, CLASSES], 7), labels());
    let loss = |objective: &Objective, heard: &Heard| {
        Criterion::new(objective).loss(&Batch::new(&student, &y).with_teacher(heard))
    };
    let all = Tensor::arange(EXAMPLES, (Kind::Int64, Device::Cpu));
    let (full, permuted) = (under(Supervision::FULL), under(Supervision::permuted()));
    let refused = loss(&permuted, &Heard::in_full(&teacher())).unwrap_err().to_string();
    assert!(
        refused.starts_with(
            "this objective hears its teacher through `permuted`, but these logits went through `full`"
        ),
        "{refused}"
    );
    let heard = table(&permuted).at(&all).unwrap();
    assert!(matches!(loss(&full, &heard), Err(Error::HeardOtherwise { asked: "full", heard: "permuted" })));
    assert!(loss(&permuted, &heard).is_ok() && loss(&full, &Heard::in_full(&teacher())).is_ok());

    // Of the same supervision at another temperature, where that matters.
    let at_other =
        |supervision| Objective::Distillation(Distillation { supervision, ..Distillation::at(2.0).unwrap() });
    assert!(loss(&at_other(Supervision::permuted()), &heard).is_ok());
    let matched = table(&under(Supervision::entropy_matched())).at(&all).unwrap();
    assert!(loss(&under(Supervision::entropy_matched()), &matched).is_ok());
    let refused = loss(&at_other(Supervision::entropy_matched()), &matched);
    assert!(matches!(refused, Err(Error::HeardOtherwise { .. })));
    let other = Supervision::EntropyMatched(EntropyMatched { keep: Keep::TopProbability });
    assert!(matches!(loss(&under(other), &matched), Err(Error::HeardOtherwise { .. })));

    // What hears no teacher does not mind.
    assert!(loss(&Objective::cross_entropy(), &matched).is_ok());
}

#[test]
fn what_was_heard_can_be_had_in_another_precision() {
    let heard = table(&under(Supervision::permuted())).at(&Tensor::from_slice(&[0_i64, 1])).unwrap();
    for heard in
        [heard.to_kind(Kind::Float).unwrap(), Heard::in_full(&teacher()).to_kind(Kind::Float).unwrap()]
    {
        assert!(heard.logits().all(|logits| logits.kind() == Kind::Float) && heard.logits().count() == 1);
    }
}
