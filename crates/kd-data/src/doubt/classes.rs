//! Classes of which a split holds no example.

use kd_doubt::{Doubt, Kind};

use crate::{Dataset, Examples, Targets};

/// What is doubtful of the classes of a data set's splits.
pub(super) fn doubts(dataset: &Dataset) -> Vec<Doubt> {
    let Some(train) = counts(dataset, &dataset.train) else { return Vec::new() };
    let place = dataset.name.as_str();
    let there: Vec<usize> = (0..train.len()).filter(|&class| train[class] > 0).collect();
    if let &[alone] = &there[..] {
        let what = format!("all training examples are of one class, `{}`", dataset.classes[alone]);
        let advice = "give it the examples of other classes too: of one alone, everybody is right";
        return vec![Doubt::mistake(Kind::MissingClass, place, what).advise(advice)];
    }
    let mut found = Vec::new();
    let absent: Vec<usize> = (0..train.len()).filter(|&class| train[class] == 0).collect();
    found.extend(missing(dataset, "training", &absent, "take it out of `classes`, or give it examples"));
    for (split, examples) in [("validation", dataset.validation.as_ref()), ("test", Some(&dataset.test))] {
        let Some(counts) = examples.and_then(|examples| counts(dataset, examples)) else { continue };
        let absent: Vec<usize> = there.iter().copied().filter(|&class| counts[class] == 0).collect();
        let advice = "its scores say nothing of these; test.fraction and validation = 0.1 draw of every class its share";
        found.extend(missing(dataset, split, &absent, advice));
    }
    found
}

/// How many examples there are of each class; none where there are no classes.
fn counts(dataset: &Dataset, examples: &Examples) -> Option<Vec<usize>> {
    let Targets::Classes(labels) = &examples.targets else { return None };
    let mut counts = vec![0; dataset.classes.len()];
    for &label in labels {
        *counts.get_mut(usize::try_from(label).ok()?)? += 1;
    }
    Some(counts)
}

fn missing(dataset: &Dataset, split: &str, absent: &[usize], advice: &str) -> Option<Doubt> {
    const SHOWN: usize = 5;
    let (count, of) = (absent.len(), dataset.classes.len());
    let names: Vec<String> =
        absent.iter().take(SHOWN).map(|&class| format!("`{}`", dataset.classes[class])).collect();
    let more = if count > SHOWN { format!(" and {} more", count - SHOWN) } else { String::new() };
    (count > 0).then(|| {
        let what = format!("the {split} split has no example of {count} of {of} classes");
        Doubt::weak(Kind::MissingClass, &dataset.name, what)
            .seen(format!("{}{more}", names.join(", ")))
            .advise(advice)
    })
}

#[cfg(test)]
mod tests {
    use kd_doubt::Weight;

    use super::*;
    use crate::{About, Inputs, Modality};

    fn examples(labels: &[i64]) -> Examples {
        let inputs = Inputs::Texts(labels.iter().map(i64::to_string).collect());
        Examples { inputs, targets: Targets::Classes(labels.to_vec()) }
    }

    fn told(train: &[i64], validation: Option<&[i64]>, test: &[i64]) -> Vec<(Weight, String, String)> {
        let dataset = Dataset {
            name: "pets".to_owned(),
            modality: Modality::Text,
            classes: ["cat", "dog", "hen"].map(str::to_owned).to_vec(),
            train: examples(train),
            validation: validation.map(examples),
            test: examples(test),
            fingerprint: String::new(),
            about: About::default(),
            doubts: Vec::new(),
        };
        doubts(&dataset).into_iter().map(|doubt| (doubt.weight, doubt.to_string(), doubt.evidence)).collect()
    }

    #[test]
    fn a_split_without_a_class_is_told() {
        let text = str::to_owned;
        assert_eq!(told(&[0, 1, 2], Some(&[2, 1, 0]), &[0, 1, 2]), []);
        assert_eq!(told(&[0, 1, 2], None, &[0, 1, 2, 2]), []);
        let of =
            |split: &str, count| format!("pets: the {split} split has no example of {count} of 3 classes");
        assert_eq!(
            told(&[0, 1, 2], Some(&[0, 1]), &[0]),
            [
                (Weight::Weak, of("validation", 1), text("`hen`")),
                (Weight::Weak, of("test", 2), text("`dog`, `hen`"))
            ]
        );
        assert_eq!(told(&[0, 1], None, &[0, 1, 2]), [(Weight::Weak, of("training", 1), text("`hen`"))]);
        let alone = text("pets: all training examples are of one class, `dog`");
        assert_eq!(told(&[1, 1], None, &[1]), [(Weight::Mistake, alone, String::new())]);
    }
}
