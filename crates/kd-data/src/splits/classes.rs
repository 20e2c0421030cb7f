//! What is doubtful of classes: numbers that are none, names of one class, and classes that nobody learns.

use std::collections::BTreeMap;

use kd_doubt::{Doubt, Kind};

use super::{Answers, Raw};
use crate::{Examples, Targets};

/// So many are shown.
const SHOWN: usize = 3;

/// More different numbers than this are hardly classes, if there is another sign of it.
const NUMBERS: usize = 20;

/// What there is to say of the classes of a training file, which are what its examples are called.
pub(super) fn doubts(raw: &Raw) -> Vec<Doubt> {
    let Answers::Names(names) = &raw.answers else { return Vec::new() };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    // Of what are no classes at all, there is nothing else to say.
    let none = numbers(&raw.file, &counts).or_else(|| rare(&raw.file, &counts, names.len()));
    none.or_else(|| similar(&raw.file, &counts)).into_iter().collect()
}

/// What there is to say of classes of which most have one example: names, or the first words of texts.
fn rare(file: &str, counts: &BTreeMap<&str, usize>, examples: usize) -> Option<Doubt> {
    let alone = counts.values().filter(|&&count| count == 1).count();
    if counts.len() <= NUMBERS || 2 * counts.len() <= examples || 2 * alone <= counts.len() {
        return None;
    }
    let shown = counts.keys().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let what =
        format!("{} different classes for {examples} examples, most with one example each", counts.len());
    Some(
        Doubt::refused(Kind::RareClasses, file, what)
            .seen(format!("such as {shown}"))
            .advise("check that every example has its label, and that it is the label which is read"),
    )
}

/// What there is to say of numbers that are taken for classes, if all are numbers.
fn numbers(file: &str, counts: &BTreeMap<&str, usize>) -> Option<Doubt> {
    if counts.len() <= NUMBERS {
        return None;
    }
    let mut numbers: Vec<f64> = counts.keys().map(|name| finite(name)).collect::<Option<_>>()?;
    numbers.sort_by(f64::total_cmp);
    let rare = counts.values().filter(|&&count| count <= 2).count();
    let are_rare = 2 * rare > counts.len();
    let are_whole = numbers.iter().all(|number| number.fract() == 0.0);
    // Classes that somebody numbered begin at 0 or 1 and leave none out; counts, ages and years do not.
    let (first, last) = (numbers.first()?, numbers.last()?);
    let are_numbered = are_whole && (0.0..=1.0).contains(first) && last - first < numbers.len() as f64;
    let is_measured = are_whole && !are_numbered && counts.len() > 2 * NUMBERS && rare > 0;
    if are_whole && !are_rare && !is_measured {
        return None;
    }
    let count = counts.len();
    let rarely = if are_rare { ", most of which occur once or twice," } else { "" };
    let what = format!("{count} different numbers{rarely} are taken for as many classes");
    let doubt = if are_whole || !are_rare {
        Doubt::mistake(Kind::NumbersAsClasses, file, what)
    } else {
        Doubt::refused(Kind::NumbersAsClasses, file, what)
    };
    Some(
        doubt
            .seen(format!("they go from {first} to {last}"))
            .advise("columns.predict = \"number\" has them predicted as numbers"),
    )
}

fn finite(name: &str) -> Option<f64> {
    name.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A name without what people overlook: blanks, case, and how a number is written.
fn plain(name: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    match finite(&name) {
        Some(number) => number.to_string(),
        None => name,
    }
}

/// Whether two classes have one name but for what people overlook. Letters in capitals are classes of their own.
fn are_near(one: &str, other: &str) -> bool {
    let is_letter = |name: &str| name.chars().count() == 1;
    one != other && plain(one) == plain(other) && !(is_letter(one) && is_letter(other))
}

/// The class that somebody may have meant.
pub(super) fn near<'a>(name: &str, classes: &'a [String]) -> Option<&'a String> {
    classes.iter().find(|class| are_near(name, class))
}

/// What there is to say of classes that differ in what people overlook.
fn similar(file: &str, counts: &BTreeMap<&str, usize>) -> Option<Doubt> {
    let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for &name in counts.keys() {
        alike.entry(plain(name)).or_default().push(name);
    }
    alike.retain(|_, names| names[1..].iter().any(|name| are_near(names[0], name)));
    let groups: Vec<&Vec<&str>> = alike.values().collect();
    let shown = groups.iter().take(SHOWN).map(|names| {
        let counted = names.iter().map(|name| format!("`{name}` ({})", counts[name]));
        counted.collect::<Vec<_>>().join(" and ")
    });
    let shown = shown.collect::<Vec<_>>().join("; ");
    let more = groups.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let are_padded = groups.iter().flat_map(|names| names.iter()).any(|name| name.trim() != *name);
    let advice = if are_padded {
        "in a file of separated values, trim = true takes blanks off; otherwise, spell each class in one way"
    } else {
        "spell each class in one way, or list them as columns.classes if they are right"
    };
    (!groups.is_empty()).then(|| {
        let what = "classes differ by blanks, case or how a number is written, and by nothing else";
        Doubt::mistake(Kind::SimilarClasses, file, what).seen(format!("{shown}{more}")).advise(advice)
    })
}

/// What there is to say of classes without a training example.
pub(super) fn untaught(file: &str, classes: &[String], train: &Examples, test: &Examples) -> Option<Doubt> {
    let counts = |examples: &Examples| {
        let mut counts = vec![0_usize; classes.len()];
        if let Targets::Classes(labels) = &examples.targets {
            labels
                .iter()
                .filter_map(|&label| usize::try_from(label).ok())
                .for_each(|label| counts[label] += 1);
        }
        counts
    };
    if !matches!(train.targets, Targets::Classes(_)) {
        return None;
    }
    let (taught, tested) = (counts(train), counts(test));
    let untaught: Vec<usize> = (0..classes.len()).filter(|&class| taught[class] == 0).collect();
    let lost: usize = untaught.iter().map(|&class| tested[class]).sum();
    let first = untaught.first()?;
    let what = match untaught.len() {
        1 => format!("class `{}` has no training example", classes[*first]),
        count => format!("{count} of {} classes have no training example", classes.len()),
    };
    let doubt = if 2 * lost > test.len() {
        Doubt::mistake(Kind::MissingClass, file, what)
    } else {
        Doubt::weak(Kind::MissingClass, file, what)
    };
    let shown =
        untaught.iter().take(2 * SHOWN).map(|&class| classes[class].as_str()).collect::<Vec<_>>().join(", ");
    let more = if untaught.len() > 2 * SHOWN { ", ..." } else { "" };
    Some(
        doubt
            .seen(format!("{shown}{more}; {lost} of {} test examples are of such a class", test.len()))
            .advise("if the file is in the order of its classes, draw the test examples with test.fraction"),
    )
}

#[cfg(test)]
mod tests {
    use kd_doubt::Weight;

    use super::*;
    use crate::Inputs;

    fn raw(names: &[String]) -> Raw {
        Raw {
            file: "a.csv".into(),
            first_row: 2,
            inputs: Inputs::Texts(names.to_vec()),
            answers: Answers::Names(names.to_vec()),
            doubts: Vec::new(),
        }
    }

    fn said(names: impl IntoIterator<Item = String>) -> Option<(Weight, Kind)> {
        let doubts = doubts(&raw(&names.into_iter().collect::<Vec<_>>()));
        doubts.first().map(|doubt| (doubt.weight, doubt.kind))
    }

    /// So many of each of these.
    fn each(copies: usize, names: impl Iterator<Item = String>) -> Vec<String> {
        let names: Vec<String> = names.collect();
        (0..copies).flat_map(|_| names.iter().cloned()).collect()
    }

    #[test]
    fn numbers_are_told_from_numbered_classes() {
        let refused = Some((Weight::Refused, Kind::NumbersAsClasses));
        let mistake = Some((Weight::Mistake, Kind::NumbersAsClasses));
        let whole = |range: std::ops::Range<i32>| range.map(|number| number.to_string());
        for (classes, names, expected) in [
            ("measurements", each(1, (0..50).map(|number| format!("{}", f64::from(number) / 7.0))), refused),
            ("prices", each(5, (0..50).map(|number| format!("{number}.99"))), mistake),
            ("half stars", each(5, (0..11).map(|number| format!("{}", f64::from(number) / 2.0))), None),
            ("digits", each(5, whole(0..10)), None),
            ("CIFAR-100", each(5, whole(0..100)), None),
            ("ImageNet from 1", each(5, whole(1..1001)), None),
            ("as decimals", each(5, (0..30).map(|number| format!("{number}.0"))), None),
            ("numbers that occur once", each(1, whole(0..300)), mistake),
            ("ages", [each(5, whole(17..80)), each(1, whole(80..91))].concat(), mistake),
            ("codes, often", each(5, whole(100..160)), None),
            ("names", each(2, (0..300).map(|number| format!("class {number}"))), None),
            (
                "names of examples",
                each(1, (0..300).map(|number| format!("class {number}"))),
                Some((Weight::Refused, Kind::RareClasses)),
            ),
            ("few names", each(1, (0..20).map(|number| format!("class {number}"))), None),
        ] {
            assert_eq!(said(names), expected, "{classes}");
        }
    }

    #[test]
    fn names_of_one_class_are_told() {
        let told = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            doubts(&raw(&names)).first().map(|doubt| doubt.evidence.clone())
        };
        for (names, evidence) in [
            (&["k0", "k0 ", "k0", "k1"][..], Some("`k0` (2) and `k0 ` (1)")),
            (&["Cat", "cat", "dog"], Some("`Cat` (1) and `cat` (1)")),
            (&["1", "1.0", "2"], Some("`1` (1) and `1.0` (1)")),
            (&["new  york", "New York\t"], Some("`New York\t` (1) and `new  york` (1)")),
            (&["A", "a", "b"], None),
            (&["1", "2", "10"], None),
        ] {
            assert_eq!(told(names).as_deref(), evidence, "{names:?}");
        }
        let classes = ["k0".to_owned(), "k1".to_owned()];
        assert_eq!(near("K0 ", &classes), Some(&classes[0]));
        assert_eq!(near("k2", &classes), None);
    }

    #[test]
    fn classes_without_a_training_example_are_told() {
        let examples = |labels: &[i64]| Examples {
            inputs: Inputs::Texts(vec![String::new(); labels.len()]),
            targets: Targets::Classes(labels.to_vec()),
        };
        let classes = ["a", "b", "c"].map(str::to_owned);
        let told = |train: &[i64], test: &[i64]| {
            let doubt = untaught("a.csv", &classes, &examples(train), &examples(test))?;
            Some((doubt.weight, format!("{}; {}", doubt.what, doubt.evidence)))
        };
        assert_eq!(told(&[0, 1, 2], &[0]), None);
        let expected = "class `c` has no training example; c; 1 of 3 test examples are of such a class";
        assert_eq!(told(&[0, 1], &[0, 1, 2]), Some((Weight::Weak, expected.to_owned())));
        let expected =
            "2 of 3 classes have no training example; b, c; 2 of 2 test examples are of such a class";
        assert_eq!(told(&[0], &[1, 2]), Some((Weight::Mistake, expected.to_owned())));
    }
}
