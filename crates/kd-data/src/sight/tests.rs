use std::num::NonZeroU32;

use tch::Tensor;

use super::*;
use crate::{About, Categorical, Modality, Table};

fn examples(inputs: Inputs, targets: Targets) -> Examples {
    Examples { inputs, targets }
}

fn dataset(classes: &[&str], train: Examples, test: Examples) -> Dataset {
    Dataset {
        name: "set".to_owned(),
        modality: Modality::Tabular,
        classes: classes.iter().map(|&name| name.to_owned()).collect(),
        train,
        validation: None,
        test,
        fingerprint: String::new(),
        about: About::default(),
        doubts: Vec::new(),
    }
}

/// Four rows: a number of which one is missing, one that never changes, and a category of which one is missing.
fn table() -> Inputs {
    let numbers = [[1.0, 7.0], [f32::NAN, 7.0], [3.0, 7.0], [8.0, 7.0]];
    Inputs::Table(Table {
        numeric: vec!["age".into(), "year".into()],
        numbers: Tensor::from_slice2(&numbers),
        categorical: vec![Categorical {
            name: "work".into(),
            categories: vec!["state".into(), "private".into()],
            codes: vec![Some(1), Some(1), None, Some(0)],
        }],
    })
}

fn told(encoding: &Encoding, held_out: &[usize]) -> Sight {
    let of = |labels: &[i64]| examples(table(), Targets::Classes(labels.to_vec()));
    Sight::of(&dataset(&["no", "yes"], of(&[0, 1, 1, 1]), of(&[0, 0, 0, 1])), encoding, held_out).unwrap()
}

#[test]
fn columns_are_told_over_what_there_is_to_learn_from() {
    let sight = told(&Encoding::default(), &[3]);
    let Seen::Table { columns, width } = &sight.inputs else { panic!("{sight:?}") };
    let told: Vec<String> = columns
        .iter()
        .map(|column| format!("{} {} {} {}", column.name, column.missing, column.distinct, column.becomes))
        .collect();
    assert_eq!(told, ["age 1 2 number + missing", "year 0 1 nothing: constant", "work 1 1 2 one-hot"]);
    assert_eq!((*width, columns[0].numbers), (2 + 1 + 2, Some(Range { least: 1.0, mean: 2.0, most: 3.0 })));
    assert_eq!(columns[2].commonest, [("private".to_owned(), 2)]);
    assert_eq!((sight.train, sight.validation, sight.test), (3, 1, 4));
    let counts: Vec<[usize; 3]> =
        sight.classes.iter().map(|class| [class.train, class.validation, class.test]).collect();
    assert_eq!(counts, [[1, 0, 3], [2, 1, 1]]);

    let embedded = Encoding { categories: crate::Categories::Embedded, ..Encoding::default() };
    let Seen::Table { columns, width } = told_inputs(&embedded) else { panic!() };
    assert_eq!((columns[2].becomes, width), (Becomes::Embedded(3), 2 + 1 + 1));
}

fn told_inputs(encoding: &Encoding) -> Seen {
    told(encoding, &[]).inputs
}

#[test]
fn texts_are_told_in_tokens() {
    let texts = |texts: &[&str]| Inputs::Texts(texts.iter().map(|&text| text.to_owned()).collect());
    let train = examples(texts(&["a b c d", "a", "", "a b"]), Targets::Classes(vec![0; 4]));
    let test = examples(texts(&["a z"]), Targets::Classes(vec![0]));
    let longest = NonZeroU32::new(3);
    let encoding = Encoding { bigrams: false, longest, ..Encoding::default() };
    let sight = Sight::of(&dataset(&["one"], train, test), &encoding, &[]).unwrap();
    let Seen::Texts(tokens) = sight.inputs else { panic!("{sight:?}") };
    assert_eq!((tokens.lengths, tokens.cut, tokens.empty), ([1, 1, 2, 4], 1, 1));
    assert_eq!((tokens.unknown, tokens.vocabulary, tokens.texts), (0.5, 2 + 4, 4));
}

#[test]
fn a_data_set_in_short() {
    let numbers = |count: usize| Targets::Numbers((0..count).map(|number| number as f32).collect());
    let regression = dataset(&[], examples(table(), numbers(4)), examples(table(), numbers(4)));
    assert_eq!(
        regression.in_short(&[0]),
        [
            "3 + 1 + 4 rows of 2 numbers and 1 category, 2 values missing",
            "a number from 0 to 3, on average 1.5000"
        ]
    );
    let labels = |labels: &[i64]| Targets::Classes(labels.to_vec());
    let names = ["a", "b", "c", "d", "e"];
    let many = dataset(&names, examples(table(), labels(&[0, 0, 1, 4])), examples(table(), labels(&[0; 4])));
    assert_eq!(many.in_short(&[])[1], "5 classes: a 2, b 1, c 0, d 0, …; 0 to 2 of each");
}
