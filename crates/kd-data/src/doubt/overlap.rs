//! Examples that are held out and are in the training split too: who knows them by heart looks better than it is.

mod row;

use std::collections::{HashMap, HashSet};

use kd_doubt::{Doubt, Kind};

use self::row::Key;
use crate::error::Result;
use crate::{Dataset, Examples, Inputs, Sequences, Table, Targets};

/// Below this share of what is held out, an overlap changes no answer by much.
const SMALL: f64 = 0.01;

/// Examples that are met again by chance are fewer than this, or else were copied before the file was divided.
const MOST: f64 = 1.0 / 3.0;

/// What is held out and is in the training split too, of a split for validation and of the test split.
pub(super) fn doubts(dataset: &Dataset) -> Result<Vec<Doubt>> {
    let held_out =
        dataset.validation.iter().map(|examples| ("validation", examples)).chain([("test", &dataset.test)]);
    if let Inputs::Sequences(training) = &dataset.train.inputs {
        // Texts repeat themselves: blocks are compared as a whole.
        let mut doubts = Vec::new();
        for (split, examples) in held_out {
            if let Inputs::Sequences(blocks) = &examples.inputs
                && are_equal(training, blocks)?
            {
                doubts.push(
                    Doubt::refused(
                        Kind::Overlap,
                        &dataset.name,
                        format!("the {split} text is the training text"),
                    )
                    .advise(TAKE_OUT),
                );
            }
        }
        return Ok(doubts);
    }
    let training = row::keys(&dataset.train.inputs)?;
    let habit = Habit::of(&dataset.train.inputs, &training)?;
    let mut doubts = Vec::new();
    for (split, examples) in held_out {
        let overlap = Overlap::of(&dataset.train, &training, examples)?;
        doubts.extend(overlap.doubt(&dataset.name, split, &habit));
    }
    Ok(doubts)
}

/// How often training examples are met again among themselves.
struct Habit {
    /// The share of those that are not alone.
    repeated: f64,
    /// Whether there are few different ones to be met: rows of categories and counts.
    few: bool,
    /// Whether two measurements or texts may well be the same; two photographs are not.
    may_repeat: bool,
}

impl Habit {
    fn of(inputs: &Inputs, keys: &[Key]) -> Result<Self> {
        let mut counts: HashMap<&Key, usize> = HashMap::with_capacity(keys.len());
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
        let alone = counts.values().filter(|&&count| count == 1).count();
        let are_discrete = match inputs {
            Inputs::Table(Table { numbers, .. }) => {
                let numbers = numbers.f_nan_to_num(0.0, None, None)?;
                numbers.f_equal(&numbers.f_floor()?)?
            }
            Inputs::Images(_) | Inputs::Texts(_) | Inputs::Sequences(_) => false,
        };
        Ok(Self {
            repeated: 1.0 - alone as f64 / keys.len().max(1) as f64,
            few: are_discrete && 2 * counts.len() <= keys.len(),
            may_repeat: matches!(inputs, Inputs::Table(_) | Inputs::Texts(_)),
        })
    }

    /// Whether a share of what is held out that is in the training split too is what is to be expected.
    fn explains(&self, share: f64) -> bool {
        self.few || self.may_repeat && share < MOST && share <= 2.0 * self.repeated
    }
}

const AS_EXPECTED: &str = "no more than chance brings, where examples repeat themselves; accept = [\"overlap\"] in the task says that it is right";

const TAKE_OUT: &str =
    "take them out of one of the two: what a model has learnt by heart says nothing of what it can do";

fn are_equal(one: &Sequences, other: &Sequences) -> Result<bool> {
    Ok(one.blocks.size() == other.blocks.size() && one.blocks.f_equal(&other.blocks)?)
}

/// What is held out and is in the training split too.
#[derive(Debug, Default)]
struct Overlap {
    held_out: usize,
    /// Examples that are held out and are training examples too.
    both: usize,
    /// Those of them that no training example has the same target for.
    contradicted: usize,
    /// The first of them, and the training example that it is.
    first: Option<[usize; 2]>,
}

impl Overlap {
    fn of(training: &Examples, keys: &[Key], held_out: &Examples) -> Result<Self> {
        let own = row::keys(&held_out.inputs)?;
        let wanted: HashSet<&Key> = own.iter().collect();
        let mut known: HashMap<&Key, Vec<usize>> = HashMap::new();
        for (row, key) in keys.iter().enumerate().filter(|(_, key)| wanted.contains(key)) {
            let rows = known.entry(key).or_default();
            // Where there are very many, one of each target is enough.
            if rows.iter().all(|&other| !is_same(&training.targets, other, &training.targets, row)) {
                rows.push(row);
            }
        }
        let mut overlap = Self { held_out: own.len(), ..Self::default() };
        for (row, key) in own.iter().enumerate() {
            let Some(rows) = known.get(key) else { continue };
            overlap.both += 1;
            overlap.first = overlap.first.or_else(|| rows.first().map(|&other| [row, other]));
            let is_known = |&other: &usize| is_same(&training.targets, other, &held_out.targets, row);
            overlap.contradicted += usize::from(!rows.iter().any(is_known));
        }
        Ok(overlap)
    }

    /// What there is to say of it.
    fn doubt(&self, place: &str, split: &str, habit: &Habit) -> Option<Doubt> {
        let Self { held_out, both, contradicted, .. } = *self;
        let [row, other] = self.first?;
        let of = match both {
            1 => format!("1 of {held_out} {split} examples is a training example too"),
            _ if both == held_out => format!("all {held_out} {split} examples are training examples too"),
            _ => format!("{both} of {held_out} {split} examples are training examples too"),
        };
        let others = match contradicted {
            0 => String::new(),
            _ if contradicted == both => ", and have another target there".to_owned(),
            _ => format!(", of which {contradicted} have another target there"),
        };
        let what = format!("{of}{others}");
        let share = both as f64 / held_out as f64;
        let is_usual = habit.explains(share);
        let doubt = if is_usual || share < SMALL {
            Doubt::weak(Kind::Overlap, place, what)
        } else if both == held_out {
            Doubt::refused(Kind::Overlap, place, what)
        } else {
            Doubt::mistake(Kind::Overlap, place, what)
        };
        let (row, other) = (row + 1, other + 1);
        let mut seen = format!("the first is {split} example {row}, which is training example {other}");
        if is_usual {
            let percent = 100.0 * habit.repeated;
            seen.push_str(&format!("; {percent:.1} % of training examples are met again among themselves"));
        }
        Some(doubt.seen(seen).advise(if is_usual { AS_EXPECTED } else { TAKE_OUT }))
    }
}

/// Whether the targets of two examples are the same.
fn is_same(ones: &Targets, one: usize, others: &Targets, other: usize) -> bool {
    match (ones, others) {
        (Targets::Classes(ones), Targets::Classes(others)) => ones[one] == others[other],
        (Targets::Numbers(ones), Targets::Numbers(others)) => ones[one].to_bits() == others[other].to_bits(),
        (Targets::NextToken, Targets::NextToken) => true,
        (Targets::Classes(_) | Targets::Numbers(_) | Targets::NextToken, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use kd_doubt::Weight;
    use tch::Tensor;

    use super::*;
    use crate::{About, Categorical, Images, Modality};

    fn dataset(train: Examples, test: Examples) -> Dataset {
        Dataset {
            name: "a.csv".to_owned(),
            modality: Modality::Tabular,
            classes: Vec::new(),
            train,
            validation: None,
            test,
            fingerprint: String::new(),
            about: About::default(),
            doubts: Vec::new(),
        }
    }

    fn said(train: Examples, test: Examples) -> Vec<(Weight, String)> {
        let doubts = dataset(train, test).examined().unwrap().doubts;
        doubts
            .into_iter()
            .map(|doubt| (doubt.weight, format!("{}; {}", doubt.what, doubt.evidence)))
            .collect()
    }

    fn texts(texts: &[&str], labels: &[i64]) -> Examples {
        let inputs = Inputs::Texts(texts.iter().map(|&text| text.to_owned()).collect());
        Examples { inputs, targets: Targets::Classes(labels.to_vec()) }
    }

    /// Rows of one number, missing where it is none, and a category of these.
    fn rows(numbers: &[f32], categories: &[&str], codes: &[u32]) -> Examples {
        let numbers = Tensor::from_slice(numbers).view([-1, 1]);
        let count = numbers.size()[0] as usize;
        let column = Categorical {
            name: "b".to_owned(),
            categories: categories.iter().map(|&category| category.to_owned()).collect(),
            codes: codes.iter().map(|&code| Some(code).filter(|&code| code < 9)).collect(),
        };
        let table = Table { numeric: vec!["a".to_owned()], numbers, categorical: vec![column] };
        Examples { inputs: Inputs::Table(table), targets: Targets::Numbers(vec![0.5; count]) }
    }

    #[test]
    fn what_is_met_in_both_is_counted() {
        let training = || texts(&["a", "b", "c", "b"], &[0, 1, 0, 0]);
        for (test, labels, expected) in [
            (&["x", "y"][..], &[0, 1][..], None),
            (
                &["x", "b", "b", "a"],
                &[0, 1, 0, 1],
                Some((
                    Weight::Mistake,
                    "3 of 4 test examples are training examples too, of which 1 have another target there; \
                     the first is test example 2, which is training example 2",
                )),
            ),
            (
                &["c", "b"],
                &[0, 1],
                Some((
                    Weight::Refused,
                    "all 2 test examples are training examples too; the first is test example 1, which is \
                     training example 3",
                )),
            ),
        ] {
            let said = said(training(), texts(test, labels));
            let said: Vec<_> = said.iter().map(|(weight, text)| (*weight, text.as_str())).collect();
            assert_eq!(said, expected.into_iter().collect::<Vec<_>>(), "{test:?}");
        }
    }

    #[test]
    fn few_of_many_are_a_weak_doubt() {
        let many: Vec<String> = (0..200).map(|number| number.to_string()).collect();
        let test: Vec<&str> = many.iter().map(String::as_str).collect();
        let said = said(texts(&["7"], &[0]), texts(&test, &[0; 200]));
        assert_eq!(said[0].0, Weight::Weak);
        assert!(said[0].1.starts_with("1 of 200 test examples is a training example too; "), "{said:?}");
    }

    #[test]
    fn tables_are_compared_by_what_they_hold() {
        let (nan, none) = (f32::NAN, 9);
        let training = || rows(&[1.0, nan, 0.0, 4.0], &["x", "y"], &[0, 1, none, 1]);
        // Categories have other codes in another file.
        let test = rows(&[1.0, nan, -0.0, 4.0, 5.0], &["y", "x"], &[1, 0, none, 1, none]);
        let said = said(training(), test);
        assert!(said[0].1.starts_with("3 of 5 test examples are"), "{said:?}");
    }

    #[test]
    fn what_repeats_itself_is_met_again() {
        let numbers = |numbers: &[f32]| rows(numbers, &["x"], &vec![0; numbers.len()]);
        let copied: Vec<f32> = (0..20).map(|number| f32::from(number as u8 / 2) + 0.5).collect();
        let fresh: Vec<f32> = (100..117).map(|number| number as f32).collect();
        for (why, training, test, weight) in [
            ("few rows differ", &[1.0, 1.0, 2.0, 2.0][..], &[1.0, 2.0][..], Weight::Weak),
            (
                "every row twice, and three of twenty",
                &copied,
                &[&fresh[..], &copied[..3]].concat(),
                Weight::Weak,
            ),
            (
                "every row twice, and ten of twenty",
                &copied,
                &[&fresh[..10], &copied[..10]].concat(),
                Weight::Mistake,
            ),
            ("every row twice, and all of them", &copied, &copied, Weight::Refused),
            ("each row once", &copied[..1], &[&fresh[..], &copied[..3]].concat(), Weight::Mistake),
        ] {
            assert_eq!(said(numbers(training), numbers(test))[0].0, weight, "{why}");
        }
    }

    #[test]
    fn images_are_compared_by_their_pixels() {
        let images = |pixels: &[u8]| Examples {
            inputs: Inputs::Images(Images {
                pixels: Tensor::from_slice(pixels).view([-1, 1, 2, 2]),
                peak: 255,
            }),
            targets: Targets::Classes(vec![0; pixels.len() / 4]),
        };
        let said = said(images(&[1, 2, 3, 4, 5, 6, 7, 8]), images(&[2, 3, 4, 5, 5, 6, 7, 8, 0, 0, 0, 0]));
        let expected = "1 of 3 test examples is a training example too; the first is test example 2, which is \
                        training example 2";
        assert_eq!(said, [(Weight::Mistake, expected.to_owned())]);
    }

    #[test]
    fn texts_of_language_models_repeat_themselves() {
        let blocks = |ids: &[i64]| Examples {
            inputs: Inputs::Sequences(Sequences {
                blocks: Tensor::from_slice(ids).view([-1, 2]),
                vocabulary: 9,
            }),
            targets: Targets::NextToken,
        };
        assert_eq!(said(blocks(&[1, 2, 3, 4]), blocks(&[1, 2])), []);
        let said = said(blocks(&[1, 2, 3, 4]), blocks(&[1, 2, 3, 4]));
        assert_eq!(said, [(Weight::Refused, "the test text is the training text; ".to_owned())]);
    }
}
