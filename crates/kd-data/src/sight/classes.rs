//! How many examples each class has.

use serde::Serialize;

use crate::{Dataset, Examples};

/// A class and how many examples it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Its name.
    pub name: String,
    /// To learn from.
    pub train: usize,
    /// For validation.
    pub validation: usize,
    /// For testing.
    pub test: usize,
}

/// The classes in their order; none where classes are not what is predicted.
pub(super) fn counts(dataset: &Dataset, held_out: &[usize]) -> Vec<ClassCount> {
    let Ok(labels) = dataset.train.labels() else { return Vec::new() };
    let of = |labels: &mut dyn Iterator<Item = i64>| {
        let mut counts = vec![0_usize; dataset.classes.len()];
        for label in labels {
            counts[label as usize] += 1;
        }
        counts
    };
    let split = |examples: Option<&Examples>| {
        let labels = examples.and_then(|examples| examples.labels().ok()).unwrap_or_default();
        of(&mut labels.iter().copied())
    };
    let held = if held_out.is_empty() {
        split(dataset.validation.as_ref())
    } else {
        of(&mut held_out.iter().map(|&row| labels[row]))
    };
    let taken = of(&mut held_out.iter().map(|&row| labels[row]));
    let (all, test) = (of(&mut labels.iter().copied()), split(Some(&dataset.test)));
    let classes = dataset.classes.iter().enumerate();
    classes
        .map(|(class, name)| ClassCount {
            name: name.clone(),
            train: all[class] - taken[class],
            validation: held[class],
            test: test[class],
        })
        .collect()
}
