//! What always holds of a run's samples.

use kd_data::{About, Examples, Inputs, Modality, Sampling, Targets, catalogue};
use proptest::prelude::*;

use super::*;
use crate::spec::Fraction;

fn share(fraction: f64) -> Validation {
    Validation::Share(Fraction::try_from(fraction).unwrap())
}

fn within(fraction: f64) -> Validation {
    Validation::Within(Fraction::try_from(fraction).unwrap())
}

fn draw(samples: u64, from: Origin, seed: u64) -> Draw {
    Draw {
        samples,
        sampling: Sampling::Stratified,
        seed,
        contents: None,
        from,
        without: Vec::new(),
        label_noise: None,
    }
}

fn is_part(few: &[usize], many: &[usize]) -> bool {
    few.iter().all(|row| many.binary_search(row).is_ok())
}

#[test]
fn a_draw_of_old_is_written_as_of_old() {
    let written = serde_json::to_string(&draw(40, Origin::Teacher, 11)).unwrap();
    assert_eq!(written, r#"{"samples":40,"sampling":"stratified","seed":11}"#);
    assert_eq!(serde_json::from_str::<Draw>(&written).unwrap(), draw(40, Origin::Teacher, 11));
}

#[test]
fn students_get_the_teachers_examples_or_others_or_any() {
    let digits = catalogue::load("optdigits").unwrap();
    let (pool, held_out) = pool(&digits, share(0.1));
    for seed in 0..3 {
        let teacher = draw(1000, Origin::Teacher, seed);
        let of = |from, samples| rows(&[teacher.clone(), draw(samples, from, seed)], &digits, &pool).unwrap();
        let taught = rows(std::slice::from_ref(&teacher), &digits, &pool).unwrap();
        let shared = |rows: &[usize]| rows.iter().filter(|row| taught.binary_search(row).is_ok()).count();
        for from in [Origin::Teacher, Origin::Others, Origin::All] {
            let [few, many] = [30, 300].map(|samples| of(from, samples));
            assert!(few.len() == 30 && many.len() == 300 && is_part(&few, &many));
            assert!(is_part(&many, &pool) && !many.iter().any(|row| held_out.contains(row)));
        }
        assert_eq!(shared(&of(Origin::Teacher, 300)), 300);
        assert_eq!(shared(&of(Origin::Others, 300)), 0);
        // Of 300 drawn whatever the teacher has, 1000 in 3441 are expected, 87 with a deviation of 7.5.
        let chance = shared(&of(Origin::All, 300));
        assert!((57..118).contains(&chance), "{chance}");
    }
    let first = rows(&[draw(1000, Origin::Teacher, 11), draw(30, Origin::All, 11)], &digits, &pool);
    assert_eq!(subset::subset_hash(&first.unwrap()), "a8ece2a412f1d0df709f836a289455ff", "never changes");
}

#[test]
fn classes_are_left_out_and_what_is_there_is_there_for_every_seed() {
    let digits = catalogue::load("optdigits").unwrap();
    let (pool, _) = pool(&digits, share(0.1));
    let labels = digits.train.labels().unwrap();
    let teacher = Draw { sampling: Sampling::Uniform, ..draw(500, Origin::Teacher, 0) };
    for from in [Origin::Teacher, Origin::Others, Origin::All] {
        let student = Draw { without: vec!["3".to_owned(), "8".to_owned()], ..draw(0, from, 0) };
        let samples = student.available(&teacher, &[1, 2, 3], &digits, &pool).unwrap();
        let short = |seed: u64| {
            let draws = [Draw { seed, ..teacher.clone() }, Draw { samples, seed, ..student.clone() }];
            let rows = rows(&draws, &digits, &pool).unwrap();
            assert!(rows.iter().all(|&row| ![3, 8].contains(&labels[row])));
            rows.len() as u64 != samples
        };
        assert!(![1, 2, 3].into_iter().any(short), "{samples} {from:?}");
    }
}

/// A data set of these classes.
fn dataset(labels: &[i64]) -> Dataset {
    let examples = |labels: &[i64]| Examples {
        inputs: Inputs::Texts(vec![String::new(); labels.len()]),
        targets: Targets::Classes(labels.to_vec()),
    };
    Dataset {
        name: "set".to_owned(),
        modality: Modality::Text,
        classes: (0..4).map(|class| class.to_string()).collect(),
        train: examples(labels),
        validation: Some(examples(&[0])),
        test: examples(&[0]),
        fingerprint: String::new(),
        about: About::default(),
        doubts: Vec::new(),
    }
}

fn samplings() -> impl Strategy<Value = Sampling> {
    prop::sample::select(vec![Sampling::Uniform, Sampling::Stratified, Sampling::Balanced])
}

fn validations() -> impl Strategy<Value = Validation> {
    prop_oneof![Just(Validation::Official), (0.05..0.6).prop_map(share), (0.05..0.9).prop_map(within)]
}

/// Some of `count`, at least one.
fn some(count: usize, part: prop::sample::Index) -> u64 {
    1 + part.index(count) as u64
}

proptest! {
    #[test]
    fn nobody_gets_what_is_held_out_and_others_are_others(
        labels in prop::collection::vec(0_i64..4, 8..80),
        validation in validations(),
        how in [samplings(), samplings()],
        seeds in any::<[u64; 2]>(),
        parts in any::<[prop::sample::Index; 3]>(),
        left_out in prop::collection::vec(0..4, 0..2),
    ) {
        let set = dataset(&labels);
        let (pool, held_out) = pool(&set, validation);
        let mut both = [pool.as_slice(), &held_out].concat();
        both.sort_unstable();
        prop_assert_eq!(both, (0..labels.len()).collect::<Vec<_>>());

        let [teacher_how, student_how] = how;
        let teacher = Draw {
            sampling: teacher_how,
            ..draw(some(pool.len(), parts[0]), Origin::Teacher, seeds[0])
        };
        let taught = rows(std::slice::from_ref(&teacher), &set, &pool).unwrap();
        for from in [Origin::Teacher, Origin::Others, Origin::All] {
            let without: Vec<String> = left_out.iter().map(|class: &i32| class.to_string()).collect();
            let student = Draw { sampling: student_how.clone(), without, ..draw(0, from, seeds[1]) };
            let there = student.available(&teacher, &[seeds[0]], &set, &pool).unwrap();
            if there == 0 {
                continue;
            }
            let of = |samples| rows(&[teacher.clone(), Draw { samples, ..student.clone() }], &set, &pool).unwrap();
            let (many, few) = (some(there as usize, parts[1]), some(there as usize, parts[2]));
            let (few, many) = (of(few.min(many)), of(few.max(many)));
            prop_assert!(is_part(&few, &many) && is_part(&many, &pool) && many.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(of(there).len() as u64, there);
            let shared = many.iter().filter(|row| taught.binary_search(row).is_ok()).count();
            match from {
                Origin::Teacher => prop_assert_eq!(shared, many.len()),
                Origin::Others => prop_assert_eq!(shared, 0),
                Origin::All => {}
            }
            prop_assert!(many.iter().all(|&row| !left_out.contains(&(labels[row] as i32))));

            // Those without labels are the next: together they are a larger draw.
            let draws = [teacher.clone(), Draw { samples: few.len() as u64, ..student.clone() }];
            let beside = unlabelled(&draws, &set, &pool, &few, (many.len() - few.len()) as u64).unwrap();
            let mut together = [few.clone(), beside].concat();
            together.sort_unstable();
            prop_assert_eq!(&together, &many);

            let (trained, validated) = divided(many.clone(), &set, validation);
            let taken = validation.taken(many.len() as u64) as usize;
            prop_assert_eq!((trained.len(), validated.len()), (many.len() - taken, taken));
            prop_assert!(trained.is_sorted() && validated.is_sorted());
            let mut both = [trained, validated].concat();
            both.sort_unstable();
            prop_assert_eq!(both, many);
        }
    }

    #[test]
    fn a_draw_that_decides_nothing_is_left_out(
        labels in prop::collection::vec(0_i64..4, 8..80),
        validation in validations(),
        how in [samplings(), samplings()],
        from in prop::sample::select(vec![Origin::Teacher, Origin::Others, Origin::All]),
        seeds in any::<(u64, Option<u64>)>(),
        parts in any::<[prop::sample::Index; 2]>(),
        left_out in [prop::collection::vec(0..4, 0..2), prop::collection::vec(0..4, 0..2)],
    ) {
        let set = dataset(&labels);
        let (pool, _) = pool(&set, validation);
        let [teacher_how, student_how] = how;
        let [teacher_without, without] = left_out
            .map(|classes| classes.iter().map(|class: &i32| class.to_string()).collect::<Vec<_>>());
        let teacher = Draw { sampling: teacher_how, without: teacher_without, ..draw(0, Origin::Teacher, seeds.0) };
        let there = teacher.candidates(&set, &pool, &pool).len();
        prop_assume!(there > 0);
        let teacher = Draw { samples: some(there, parts[0]), ..teacher };
        // Mostly of one seed, as students of a teacher for each seed are.
        let seed = seeds.1.unwrap_or(seeds.0);
        let student = Draw { sampling: student_how, without, ..draw(0, from, seed) };
        let there = student.available(&teacher, &[seeds.0], &set, &pool).unwrap();
        prop_assume!(there > 0);
        let student = Draw { samples: some(there as usize, parts[1]), ..student };

        let whole = [teacher.clone(), student.clone()];
        let reduced = student.clone().after(teacher.clone());
        let uniform = |draw: &Draw| draw.sampling == Sampling::Uniform && draw.without.is_empty();
        let of_one_order = from == Origin::Teacher && seed == seeds.0 && uniform(&teacher) && uniform(&student);
        prop_assert_eq!(reduced.len(), if from == Origin::All || of_one_order { 1 } else { 2 });
        prop_assert_eq!(rows(&reduced, &set, &pool).unwrap(), rows(&whole, &set, &pool).unwrap());
    }

    #[test]
    fn others_are_stratified_within_one_of_what_is_left(
        labels in prop::collection::vec(prop_oneof![Just(0_i64), Just(0), 0_i64..4], 8..80),
        seeds in any::<[u64; 2]>(),
        parts in any::<[prop::sample::Index; 2]>(),
    ) {
        let set = dataset(&labels);
        let (pool, _) = pool(&set, Validation::Official);
        let teacher = draw(some(pool.len() - 1, parts[0]), Origin::Teacher, seeds[0]);
        let taught = rows(std::slice::from_ref(&teacher), &set, &pool).unwrap();
        let left: Vec<i64> =
            pool.iter().filter(|row| taught.binary_search(row).is_err()).map(|&row| labels[row]).collect();
        let student = draw(some(left.len(), parts[1]), Origin::Others, seeds[1]);
        let drawn = rows(&[teacher, student.clone()], &set, &pool).unwrap();
        for class in 0..4 {
            let count = drawn.iter().filter(|&&row| labels[row] == class).count() as f64;
            let there = left.iter().filter(|&&label| label == class).count() as f64;
            let share = student.samples as f64 * there / left.len() as f64;
            prop_assert!((count - share).abs() < 1.0, "class {class}: {count} against {share}");
        }
    }
}

#[test]
fn the_same_examples_validate_whoever_has_them() {
    let digits = catalogue::load("optdigits").unwrap();
    let (pool, held_out) = pool(&digits, within(0.2));
    assert_eq!((pool.len(), held_out.len()), (digits.train.len(), 0));
    let labels = digits.train.labels().unwrap();
    let teacher = draw(1000, Origin::Teacher, 1);
    let of = |draws: &[Draw]| divided(rows(draws, &digits, &pool).unwrap(), &digits, within(0.2));
    let (taught, checked) = of(std::slice::from_ref(&teacher));
    assert_eq!((taught.len(), checked.len()), (800, 200));
    let (trained, validated) = of(&[teacher, draw(100, Origin::Teacher, 2)]);
    assert_eq!((trained.len(), validated.len()), (80, 20));
    for class in 0..10 {
        let share = |rows: &[usize]| rows.iter().filter(|&&row| labels[row] == class).count() as f64;
        assert!((share(&validated) - 0.2 * (share(&validated) + share(&trained))).abs() < 1.0);
    }
    // Of 20 that are independent of the teacher's, 4 are expected and 11 would be one in a thousand.
    let shared = validated.iter().filter(|row| checked.contains(row)).count();
    assert!(shared >= 11, "{shared}");
}

/// Of twelve examples, the teacher's four and the student's four under each of many seeds.
fn fours(from: Origin) -> impl Iterator<Item = [Vec<usize>; 2]> {
    let set = dataset(&[0; 12]);
    let (pool, _) = pool(&set, Validation::Official);
    (0..4000).map(move |seed| {
        let draws = [draw(4, Origin::Teacher, seed), draw(4, from, seed)];
        [&draws[..1], &draws].map(|draws| rows(draws, &set, &pool).unwrap())
    })
}

fn chi_square(found: &[u32], expected: impl Fn(usize) -> f64) -> f64 {
    let term =
        |(place, &count): (usize, &u32)| (f64::from(count) - expected(place)).powi(2) / expected(place);
    found.iter().enumerate().map(term).sum()
}

#[test]
fn a_draw_from_all_is_independent_of_the_teacher_s() {
    let mut shared = [0_u32; 5];
    for [teacher, student] in fours(Origin::All) {
        shared[student.iter().filter(|row| teacher.contains(row)).count()] += 1;
    }
    // Hypergeometric: of 495 ways to draw four of twelve, so many share 0, 1, 2, and 3 or 4 with given four.
    let found = [shared[0], shared[1], shared[2], shared[3] + shared[4]];
    let statistic = chi_square(&found, |place| 4000.0 * [70.0, 224.0, 168.0, 33.0][place] / 495.0);
    assert!(statistic < 16.27, "3 degrees of freedom, 99.9 % point: {statistic} of {shared:?}");
}

#[test]
fn every_other_example_is_equally_likely() {
    let mut drawn = [0_u32; 12];
    let mut place_of = [0_u32; 8];
    for [teacher, student] in fours(Origin::Others) {
        let others: Vec<usize> = (0..12).filter(|row| !teacher.contains(row)).collect();
        for row in student {
            drawn[row] += 1;
            place_of[others.binary_search(&row).unwrap()] += 1;
        }
    }
    // Draws of 4 out of n without replacement vary less than multinomial ones, by (n - 4) / (n - 1).
    let overall = chi_square(&drawn, |_| 16_000.0 / 12.0) / (8.0 / 11.0);
    assert!(overall < 31.26, "11 degrees of freedom, 99.9 % point: {overall}");
    let given_teacher = chi_square(&place_of, |_| 2000.0) / (4.0 / 7.0);
    assert!(given_teacher < 24.32, "7 degrees of freedom, 99.9 % point: {given_teacher}");
}
