use kd_data::{Dataset, Source};
use kd_doubt::{Doubt, Kind as Doubtful};
use tch::{Device, Kind, Tensor};

use super::{Sample, Tried};
use crate::spec::Validation;
use crate::train::prediction;

const BLOBS: &str = r#"{"gaussian_blobs":{"train":400,"test":2,"classes":4,"dimensions":2,"separation":1}}"#;
const LINE: &str = r#"{"linear_regression":{"train":200,"test":2,"dimensions":2,"informative":1,"noise":1}}"#;
const CHAIN: &str = r#"{"markov_text":{"train":200,"test":2,"vocabulary":5,"block":4,"concentration":1}}"#;

fn loaded(source: &str) -> Dataset {
    serde_json::from_str::<Source>(source).unwrap().load().unwrap()
}

/// What is doubtful of a teacher that says this of the training examples.
fn doubts(dataset: &Dataset, said: &Tensor) -> Vec<Doubt> {
    let (place, setting) = ("said.npy".to_owned(), Some("outputs"));
    let said = said.to_kind(Kind::Float);
    let columns = &[];
    Tried { place, dataset, said, examples: &dataset.train, setting, columns }.doubts().unwrap()
}

fn kinds(dataset: &Dataset, said: &Tensor) -> Vec<Doubtful> {
    doubts(dataset, said).into_iter().map(|doubt| doubt.kind).collect()
}

/// Logits that are always right.
fn right(dataset: &Dataset) -> Tensor {
    let targets = match &dataset.train.inputs {
        kd_data::Inputs::Sequences(sequences) => {
            sequences.blocks.narrow(1, 1, sequences.blocks.size()[1] - 1)
        }
        _ => Tensor::from_slice(dataset.train.labels().unwrap()),
    };
    targets.onehot(prediction::outputs(dataset)) * 4.0 - 1.0
}

/// The same with the rows in another order.
fn turned(said: &Tensor) -> Tensor {
    said.roll([37_i64], [0])
}

#[test]
fn a_good_teacher_gives_no_cause() {
    for source in [BLOBS, CHAIN] {
        let dataset = loaded(source);
        assert!(doubts(&dataset, &right(&dataset)).is_empty());
        assert!(doubts(&dataset, &right(&dataset).log_softmax(-1, Kind::Float)).is_empty());
    }
    let line = loaded(LINE);
    let kd_data::Targets::Numbers(numbers) = &line.train.targets else { panic!() };
    let numbers = Tensor::from_slice(numbers).unsqueeze(1);
    assert!(doubts(&line, &numbers).is_empty());
    assert!(doubts(&line, &(&numbers + turned(&numbers) * 0.5)).is_empty(), "half noise");
}

#[test]
fn rows_in_another_order_are_chance() {
    for source in [BLOBS, CHAIN] {
        let dataset = loaded(source);
        assert_eq!(kinds(&dataset, &turned(&right(&dataset))), [Doubtful::TeacherAtChance], "{source}");
        assert_eq!(kinds(&dataset, &right(&dataset).zeros_like()), [Doubtful::TeacherAtChance], "{source}");
    }
}

#[test]
fn numbers_in_other_units_are_told_from_others() {
    let line = loaded(LINE);
    let kd_data::Targets::Numbers(numbers) = &line.train.targets else { panic!() };
    let numbers = Tensor::from_slice(numbers).unsqueeze(1);
    let said = |table: Tensor| doubts(&line, &table).remove(0);
    let scaled = said(&numbers * 0.01 + 30.0);
    assert!(scaled.kind == Doubtful::TeacherAtChance && scaled.what.contains("in other units"), "{scaled:?}");
    let others = said(turned(&numbers));
    assert!(others.what.contains("explains nothing") && others.setting.contains("rows"), "{others:?}");
    let constant = said(numbers.zeros_like());
    assert!(constant.what.contains("explains nothing"), "{constant:?}");
}

#[test]
fn classes_in_another_order_are_named_in_theirs() {
    let dataset = loaded(BLOBS);
    // Its first column is the class 1 of the data, and so on.
    let said = right(&dataset).index_select(-1, &Tensor::from_slice(&[1_i64, 2, 3, 0]));
    let doubt = doubts(&dataset, &said).remove(0);
    assert_eq!(doubt.kind, Doubtful::TeacherClasses);
    assert!(doubt.what.contains("is right on 0.0 %, and on 100.0 % if they are 1, 2, 3, 0"), "{doubt:?}");
    assert!(doubt.setting.ends_with(r#"outputs = { ..., classes = ["1", "2", "3", "0"] }"#), "{doubt:?}");
}

#[test]
fn an_order_that_is_told_wrongly_is_mended() {
    let dataset = loaded(BLOBS);
    // The file holds the classes 1, 2, 3, 0; the study says 3, 0, 1, 2 and reads them so.
    let held = right(&dataset).index_select(-1, &Tensor::from_slice(&[1_i64, 2, 3, 0]));
    let columns = [1_i64, 2, 3, 0];
    let said = held.index_select(-1, &Tensor::from_slice(&columns)).to_kind(Kind::Float);
    let (place, setting) = ("said.npy".to_owned(), Some("outputs"));
    let tried =
        Tried { place, dataset: &dataset, said, examples: &dataset.train, setting, columns: &columns };
    let doubt = tried.doubts().unwrap().remove(0);
    assert!(doubt.setting.ends_with(r#"classes = ["1", "2", "3", "0"] }"#), "{doubt:?}");
}

#[test]
fn teachers_that_confuse_classes_are_in_order_all_the_same() {
    let dataset = loaded(BLOBS);
    let right = right(&dataset);
    // Of two classes it knows only that it is one of them.
    let halves = right.shallow_clone();
    halves.select(1, 0).copy_(&(right.select(1, 0).maximum(&right.select(1, 1)) + 1.0));
    assert!(doubts(&dataset, &halves).is_empty());
    // A third of what it says is anything.
    let rows = Tensor::arange(right.size()[0], (Kind::Int64, Device::Cpu)).remainder(3).eq(0).unsqueeze(1);
    assert!(doubts(&dataset, &turned(&right).where_self(&rows, &right)).is_empty());
}

#[test]
fn probabilities_are_told() {
    let dataset = loaded(BLOBS);
    let doubt = doubts(&dataset, &right(&dataset).softmax(-1, Kind::Float)).remove(0);
    assert_eq!(doubt.kind, Doubtful::Probabilities);
    assert!(doubt.setting.contains("as = \"probabilities\""), "{doubt:?}");
    let shares = (right(&dataset) + 1.0) / 4.0;
    assert_eq!(kinds(&dataset, &shares), [Doubtful::Probabilities], "one class, and nothing of the others");
}

#[test]
fn a_sample_is_held_out_first_and_then_of_everywhere() {
    let dataset = loaded(BLOBS);
    let share = serde_json::from_str("0.1").unwrap();
    let sample = Sample::of(&dataset, Validation::Share(share)).unwrap();
    let mut rows = sample.rows.clone();
    rows.sort_unstable();
    assert_eq!(rows, (0..400).collect::<Vec<_>>(), "each once");
    let (said, examples) = sample.said(|examples| Ok(Tensor::from_slice(examples.labels()?))).unwrap();
    assert_eq!(said, Tensor::from_slice(examples.labels().unwrap()));
    assert_eq!(examples.len(), 400);
}
