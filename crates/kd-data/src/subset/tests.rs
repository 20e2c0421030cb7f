//! What always holds of subsets.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tch::Tensor;

use super::*;
use crate::{Changed, CoreSet, Inputs, LongTailed, Table, Targets};

fn rank(seed: u64, dataset: &str, rows: &[usize], labels: &[i64], sampling: &Sampling) -> Vec<usize> {
    let examples = examples(Targets::Classes(labels.to_vec()), labels.len());
    super::rank(seed, dataset, rows, &examples, sampling, rows.len()).unwrap()
}

/// Points on a spiral, some of them twice.
fn examples(targets: Targets, count: usize) -> Examples {
    let points: Vec<[f32; 2]> = (0..count)
        .map(|row| (row / 2 * 2) as f32)
        .map(|angle| [angle * angle.cos(), angle * angle.sin()])
        .collect();
    let inputs = Inputs::Table(Table::of_numbers(Tensor::from_slice2(&points)).unwrap());
    Examples { inputs, targets }
}

/// Labels of up to 6 classes, some of them rare.
fn label_sets() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![Just(0_i64), Just(0), Just(0), 0_i64..6], 1..120)
}

fn long_tailed(imbalance: u32) -> Sampling {
    Sampling::LongTailed(LongTailed { imbalance: imbalance.try_into().unwrap() })
}

fn samplings() -> impl Strategy<Value = Sampling> {
    prop_oneof![
        Just(Sampling::Uniform),
        Just(Sampling::Stratified),
        Just(Sampling::Balanced),
        (1_u32..1000).prop_map(long_tailed),
        Just(Sampling::KCentre(CoreSet::default())),
        Just(Sampling::Herding(CoreSet::default())),
    ]
}

fn rows(labels: &[i64]) -> Vec<usize> {
    (0..labels.len()).collect()
}

proptest! {
    #[test]
    fn every_stratified_prefix_is_within_one_of_its_shares(labels in label_sets(), seed in any::<u64>()) {
        let order = rank(seed, "set", &rows(&labels), &labels, &Sampling::Stratified);
        let mut counts = [0.0; 6];
        for (taken, &row) in order.iter().enumerate() {
            counts[labels[row] as usize] += 1.0;
            for (class, &count) in counts.iter().enumerate() {
                let size = labels.iter().filter(|&&label| label == class as i64).count() as f64;
                let share = (taken + 1) as f64 * size / labels.len() as f64;
                prop_assert!((count - share).abs() < 1.0, "class {class}: {count} against {share}");
            }
        }
    }

    #[test]
    fn weighted_prefixes_are_within_one_of_their_shares(imbalance in 1_u32..200, seed in any::<u64>()) {
        let labels: Vec<i64> = (0..1200).map(|row| row % 4).collect();
        let order = rank(seed, "set", &rows(&labels), &labels, &long_tailed(imbalance));
        let weights = [0.0, 1.0, 2.0, 3.0].map(|k: f64| f64::from(imbalance).powf(-k / 3.0));
        let mut counts = [0.0; 4];
        for (taken, &row) in order.iter().take(300).enumerate() {
            counts[labels[row] as usize] += 1.0;
            for (count, weight) in counts.iter().zip(weights) {
                let share = (taken + 1) as f64 * weight / weights.iter().sum::<f64>();
                prop_assert!((count - share).abs() < 1.0 + 1e-6, "{count} against {share}");
            }
        }
    }

    #[test]
    fn balanced_prefixes_are_even_until_a_class_runs_out(labels in label_sets(), seed in any::<u64>()) {
        let order = rank(seed, "set", &rows(&labels), &labels, &Sampling::Balanced);
        let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
        for &label in &labels {
            *sizes.entry(label).or_default() += 1;
        }
        let smallest = sizes.values().min().copied().unwrap_or(0);
        let mut counts: BTreeMap<i64, usize> = sizes.keys().map(|&label| (label, 0)).collect();
        for &row in &order[..smallest * sizes.len()] {
            *counts.entry(labels[row]).or_default() += 1;
            let (least, most) = (counts.values().min(), counts.values().max());
            prop_assert!(most.unwrap() - least.unwrap() <= 1, "{counts:?}");
        }
    }

    #[test]
    fn an_order_holds_every_candidate_once_however_they_are_listed(
        labels in label_sets(), seed in any::<u64>(), sampling in samplings(),
    ) {
        let order = rank(seed, "set", &rows(&labels), &labels, &sampling);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        prop_assert_eq!(&sorted, &rows(&labels));
        let backwards: Vec<usize> = rows(&labels).into_iter().rev().collect();
        prop_assert_eq!(order, rank(seed, "set", &backwards, &labels, &sampling));
    }

    #[test]
    fn smaller_subsets_are_part_of_larger_ones(
        labels in label_sets(), seed in any::<u64>(), sampling in samplings(), samples in 0_usize..120,
    ) {
        let order = rank(seed, "set", &rows(&labels), &labels, &sampling);
        let examples = examples(Targets::Classes(labels.clone()), labels.len());
        let few = super::rank(seed, "set", &rows(&labels), &examples, &sampling, samples).unwrap();
        prop_assert_eq!(&few, &order[..samples.min(labels.len())]);
    }

    #[test]
    fn scores_come_in_order_and_equal_ones_as_the_seed_decides(
        labels in label_sets(), seed in any::<u64>(), highest in any::<bool>(),
    ) {
        // Labels serve as scores: there are many equal ones.
        let scores: Vec<f64> = labels.iter().map(|&label| label as f64).collect();
        let order = rank(seed, "set", &rows(&labels), &labels, &by_score(&scores, highest, false).0);
        let by_hash = rank(seed, "set", &rows(&labels), &labels, &Sampling::Uniform);
        let place = |row: usize| by_hash.iter().position(|&other| other == row);
        for pair in order.windows(2) {
            let (a, b) = if highest { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
            prop_assert!(labels[a] < labels[b] || labels[a] == labels[b] && place(pair[0]) < place(pair[1]));
        }
    }

    #[test]
    fn holding_out_splits_and_keeps_shares(labels in label_sets(), fraction in 0.0..1.0) {
        let (pool, held_out) = holdout(0, "set", &examples(Targets::Classes(labels.clone()), labels.len()), fraction);
        prop_assert_eq!(held_out.len(), (fraction * labels.len() as f64).round() as usize);
        for class in 0..6 {
            let count = |rows: &[usize]| rows.iter().filter(|&&row| labels[row] == class).count() as f64;
            let share = held_out.len() as f64 * count(&rows(&labels)) / labels.len() as f64;
            prop_assert!((count(&held_out) - share).abs() < 1.0, "class {class}: {} against {share}", count(&held_out));
        }
        let mut both = [pool, held_out].concat();
        both.sort_unstable();
        prop_assert_eq!(both, rows(&labels));
    }

    #[test]
    fn some_rows_are_held_out_of_as_all_are(
        labels in label_sets(),
        chosen in any::<u128>(),
        count in 0_usize..130,
    ) {
        let chosen: Vec<usize> = rows(&labels).into_iter().filter(|row| chosen >> row & 1 == 1).collect();
        let of = |labels: Vec<i64>, rows: &[usize]| {
            let count_of_labels = labels.len();
            holdout_of(0, "set", &examples(Targets::Classes(labels), count_of_labels), rows, count)
        };
        let (pool, held_out) = of(labels.clone(), &chosen);
        prop_assert_eq!(held_out.len(), count.min(chosen.len()));
        let mut both = [pool, held_out.clone()].concat();
        both.sort_unstable();
        prop_assert_eq!(&both, &chosen);
        // Labels of other rows are not looked at.
        let masked = (0..).zip(&labels).map(|(row, &label)| if chosen.contains(&row) { label } else { 0 });
        prop_assert_eq!(of(masked.collect(), &chosen).1, held_out);
        let all = holdout(0, "set", &examples(Targets::Classes(labels.clone()), labels.len()), 0.3);
        let third = (0.3 * labels.len() as f64).round() as usize;
        let whole = examples(Targets::Classes(labels.clone()), labels.len());
        prop_assert_eq!(holdout_of(0, "set", &whole, &rows(&labels), third), all);
    }
}

#[test]
fn orders_never_change() {
    let labels: Vec<i64> = (0..12).map(|row| row % 3).collect();
    assert_eq!(rank(11, "golden", &rows(&labels), &labels, &Sampling::Uniform), GOLDEN_UNIFORM);
    assert_eq!(rank(11, "golden", &rows(&labels), &labels, &Sampling::Stratified), GOLDEN_STRATIFIED);
    assert_eq!(rank(11, "golden", &rows(&labels), &labels, &long_tailed(9)), GOLDEN_LONG_TAILED);
    assert_eq!(rank(u64::MAX, "golden", &rows(&labels), &labels, &Sampling::Balanced), GOLDEN_BALANCED);
    let scores: Vec<f64> = (0..12).map(|row| f64::from(row / 4)).collect();
    for (stratified, golden) in [(false, GOLDEN_BY_SCORE), (true, GOLDEN_STRATIFIED_BY_SCORE)] {
        let (sampling, _folder) = by_score(&scores, true, stratified);
        assert_eq!(rank(11, "golden", &rows(&labels), &labels, &sampling), golden);
    }
    for (core_set, golden) in
        [(Sampling::KCentre as fn(_) -> _, GOLDEN_K_CENTRE), (Sampling::Herding, GOLDEN_HERDING)]
    {
        assert_eq!(rank(11, "golden", &rows(&labels), &labels, &core_set(CoreSet::default())), golden);
    }
    let held_out = holdout(0, "golden", &examples(Targets::Classes(labels.clone()), 12), 0.4).1;
    assert_eq!(held_out, GOLDEN_HELD_OUT);
    assert_eq!(subset_hash(&[3, 1, 2]), "405c11b6a62db10166f98200bba625f6");
    assert_eq!(subset_hash(&[1, 2, 3]), "405c11b6a62db10166f98200bba625f6");
}

const GOLDEN_UNIFORM: [usize; 12] = [9, 5, 0, 4, 11, 6, 10, 3, 2, 8, 7, 1];
const GOLDEN_STRATIFIED: [usize; 12] = [9, 5, 4, 0, 11, 10, 6, 2, 7, 3, 8, 1];

const GOLDEN_LONG_TAILED: [usize; 12] = [9, 0, 6, 4, 3, 10, 5, 7, 1, 11, 2, 8];

const GOLDEN_BALANCED: [usize; 12] = [10, 8, 6, 4, 11, 0, 7, 2, 9, 1, 5, 3];

const GOLDEN_BY_SCORE: [usize; 12] = [9, 11, 10, 8, 5, 4, 6, 7, 0, 3, 2, 1];
const GOLDEN_STRATIFIED_BY_SCORE: [usize; 12] = [9, 11, 10, 6, 8, 4, 0, 5, 7, 3, 2, 1];

const GOLDEN_K_CENTRE: [usize; 12] = [9, 11, 6, 5, 3, 0, 4, 10, 2, 8, 7, 1];
const GOLDEN_HERDING: [usize; 12] = [9, 5, 4, 0, 1, 3, 2, 11, 6, 8, 10, 7];

const GOLDEN_HELD_OUT: [usize; 5] = [1, 6, 8, 9, 11];

#[test]
fn numbers_are_held_out_uniformly_and_cannot_be_stratified() {
    let numbers = Targets::Numbers(vec![0.5; 10]);
    let refused = super::rank(0, "set", &[0, 1], &examples(numbers.clone(), 10), &Sampling::Stratified, 2);
    assert!(matches!(refused, Err(Error::Task { .. })), "{refused:?}");
    let (pool, held_out) = holdout(0, "set", &examples(numbers, 10), 0.3);
    assert_eq!((pool.len(), held_out.len()), (7, 3));
}

#[test]
fn every_example_is_equally_likely() {
    let labels = vec![0; 20];
    let mut drawn = [0_u32; 20];
    for seed in 0..4000 {
        for &row in &rank(seed, "set", &rows(&labels), &labels, &Sampling::Uniform)[..5] {
            drawn[row] += 1;
        }
    }
    // Counts of draws without replacement vary less than multinomial ones, by (1 - 5/20).
    let chi_square: f64 =
        drawn.iter().map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0).sum::<f64>() / 0.75;
    assert!(
        chi_square < 43.82,
        "chi-square with 19 degrees of freedom exceeds its 99.9 % point: {chi_square}"
    );
}

fn chi_square(found: &[u32], expected: impl Fn(usize) -> f64) -> f64 {
    let term =
        |(place, &count): (usize, &u32)| (f64::from(count) - expected(place)).powi(2) / expected(place);
    found.iter().enumerate().map(term).sum()
}

#[test]
fn every_order_is_equally_likely() {
    let labels = vec![0; 4];
    let mut found: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
    for seed in 0..6000 {
        *found.entry(rank(seed, "set", &rows(&labels), &labels, &Sampling::Uniform)).or_default() += 1;
    }
    let counts: Vec<u32> = found.into_values().collect();
    assert_eq!(counts.len(), 24);
    let statistic = chi_square(&counts, |_| 250.0);
    assert!(statistic < 49.73, "23 degrees of freedom, 99.9 % point: {statistic}");
}

#[test]
fn seeds_and_data_sets_are_independent_of_each_other() {
    let labels = vec![0; 12];
    let four = |seed, set: &str| {
        let mut order = rank(seed, set, &rows(&labels), &labels, &Sampling::Uniform);
        order.truncate(4);
        order
    };
    for other in [|seed: u64| (seed + 1, "set"), |seed| (seed + (1 << 32), "set"), |seed| (seed, "set2")] {
        let mut shared = [0_u32; 5];
        for seed in 0..4000 {
            let (other_seed, other_set) = other(seed);
            let others = four(other_seed, other_set);
            shared[four(seed, "set").iter().filter(|row| others.contains(row)).count()] += 1;
        }
        // Hypergeometric: of 495 ways to draw four of twelve, so many share 0, 1, 2, and 3 or 4 with given four.
        let found = [shared[0], shared[1], shared[2], shared[3] + shared[4]];
        let statistic = chi_square(&found, |place| 4000.0 * [70.0, 224.0, 168.0, 33.0][place] / 495.0);
        assert!(statistic < 16.27, "3 degrees of freedom, 99.9 % point: {statistic} of {shared:?}");
    }
}

#[test]
fn within_a_class_every_example_is_equally_likely() {
    let labels = [0, 0, 0, 1, 0, 2, 1, 0, 1, 2, 0, 1];
    // The 99.9 % points of as many degrees of freedom as there are others of the class.
    let limits = BTreeMap::from([(0, 20.52), (1, 16.27), (2, 10.83)]);
    for sampling in [Sampling::Stratified, Sampling::Balanced, long_tailed(4)] {
        for (&class, limit) in &limits {
            let own: Vec<usize> = (0..12).filter(|&row| labels[row] == class).collect();
            let size = own.len() as f64;
            let mut drawn = vec![0_u32; own.len()];
            let (mut expected, mut variance) = (0.0, 0.0);
            for seed in 0..3000 {
                let order = rank(seed, "set", &rows(&labels), &labels, &sampling);
                let taken: Vec<usize> =
                    order[..5].iter().filter_map(|row| own.iter().position(|other| other == row)).collect();
                let share = taken.len() as f64 / size;
                expected += share;
                variance += share * (1.0 - share);
                for place in taken {
                    drawn[place] += 1;
                }
            }
            // Less varies without replacement than in a multinomial draw.
            let statistic = chi_square(&drawn, |_| expected) / (variance / expected * size / (size - 1.0));
            assert!(statistic < *limit, "{sampling}, class {class}: {statistic} of {drawn:?}");
        }
    }
}

#[test]
fn small_stratified_subsets_favour_no_class() {
    let labels: Vec<i64> = (0..40).map(|row| row % 4).collect();
    let mut first = [0_u32; 4];
    for seed in 0..2000 {
        let order = rank(seed, "set", &rows(&labels), &labels, &Sampling::Stratified);
        first[labels[order[0]] as usize] += 1;
    }
    assert!(first.iter().all(|&count| (400..600).contains(&count)), "{first:?}");
}

/// Sampling by these scores, and the folder that holds them while the test lasts.
fn by_score(scores: &[f64], highest: bool, stratified: bool) -> (Sampling, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.npy");
    Tensor::from_slice(scores).write_npy(&path).unwrap();
    let order = if highest { Order::Highest } else { Order::Lowest };
    (Sampling::ByScore(ByScore { path, order, stratified }), folder)
}

#[test]
fn scores_within_classes_keep_their_shares() {
    let labels: Vec<i64> = (0..40).map(|row| i64::from(row % 4 == 0)).collect();
    let scores: Vec<f64> = (0..40).map(f64::from).collect();
    let order = rank(1, "set", &rows(&labels), &labels, &by_score(&scores, true, true).0);
    assert_eq!(order[..4].iter().filter(|&&row| labels[row] == 1).count(), 1);
    for class in [0, 1] {
        let own: Vec<usize> = order.iter().copied().filter(|&row| labels[row] == class).collect();
        assert!(own.is_sorted_by(|a, b| a > b), "{own:?}");
    }
}

#[test]
fn a_file_is_known_by_its_contents() {
    let [(here, _a), (there, _b)] = [1.0, 1.0].map(|score| by_score(&[score, 2.0], true, false));
    assert_ne!(here, there);
    assert_eq!(here.contents().unwrap(), there.contents().unwrap());
    assert_eq!(here.anywhere(), there.anywhere());
    let (other, _c) = by_score(&[1.5, 2.0], true, false);
    let noted = here.contents().unwrap();
    there.unchanged(noted.as_deref()).unwrap();
    assert!(matches!(other.unchanged(noted.as_deref()), Err(Error::Changed(Changed::File(_)))));
    assert!(matches!(here.unchanged(None), Err(Error::Changed(Changed::File(_)))));
    assert_eq!(Sampling::Stratified.contents().unwrap(), None);
    Sampling::Stratified.unchanged(None).unwrap();
}

#[test]
fn core_sets_of_features_in_a_file_are_those_of_the_same_numbers() {
    let examples = examples(Targets::Numbers(vec![0.0; 30]), 30);
    let Inputs::Table(table) = &examples.inputs else { panic!("a table") };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("features.npy");
    // Standardised, they would be the inputs; a common factor and offset changes no order.
    table
        .numbers
        .f_sub(&table.numbers.mean_dim([0_i64].as_slice(), false, Kind::Float))
        .unwrap()
        .f_div(&table.numbers.std_dim([0_i64].as_slice(), false, false))
        .unwrap()
        .write_npy(&path)
        .unwrap();
    let all: Vec<usize> = (0..30).collect();
    for core_set in [Sampling::KCentre, Sampling::Herding] {
        let order =
            |features| super::rank(3, "set", &all, &examples, &core_set(CoreSet { features }), 10).unwrap();
        assert_eq!(order(None), order(Some(path.clone())));
    }
}

#[test]
fn herding_is_nearer_the_mean_than_chance() {
    let examples = examples(Targets::Numbers(vec![0.0; 100]), 100);
    let Inputs::Table(table) = &examples.inputs else { panic!("a table") };
    let points: Vec<Vec<f64>> = Vec::try_from(&table.numbers).unwrap();
    let all: Vec<usize> = (0..100).collect();
    let mean = |rows: &[usize], axis: usize| {
        rows.iter().map(|&row| points[row][axis]).sum::<f64>() / rows.len() as f64
    };
    let gap = |rows: &[usize]| (mean(rows, 0) - mean(&all, 0)).hypot(mean(rows, 1) - mean(&all, 1));
    let gaps = |sampling: &Sampling, samples: usize| -> f64 {
        (0..20).map(|seed| gap(&super::rank(seed, "set", &all, &examples, sampling, samples).unwrap())).sum()
    };
    for samples in [5, 10, 20, 40] {
        let (herded, drawn) =
            (gaps(&Sampling::Herding(CoreSet::default()), samples), gaps(&Sampling::Uniform, samples));
        assert!(herded < drawn / 4.0, "{samples} samples: {herded} against {drawn}");
    }
}

#[test]
fn what_cannot_be_drawn_from_is_refused() {
    let texts =
        Examples { inputs: Inputs::Texts(vec!["a".to_owned(); 3]), targets: Targets::Classes(vec![0; 3]) };
    let message = check(&texts, &Sampling::KCentre(CoreSet::default())).unwrap_err().to_string();
    assert!(message.contains("as `features`"), "{message}");
    assert!(check(&texts, &by_score(&[1.0, 2.0, 3.0], true, true).0).is_ok());
    let numbers = examples(Targets::Numbers(vec![0.0; 3]), 3);
    assert!(matches!(check(&numbers, &by_score(&[1.0, 2.0, 3.0], true, true).0), Err(Error::Task { .. })));
    let (wide, folder) = by_score(&[1.0, 2.0, 3.0], true, false);
    Tensor::from_slice2(&[[1.0, 2.0]; 3]).write_npy(folder.path().join("scores.npy")).unwrap();
    let message = check(&numbers, &wide).unwrap_err().to_string();
    assert!(message.ends_with("has 2 numbers for each example, but a score is one"), "{message}");
}
