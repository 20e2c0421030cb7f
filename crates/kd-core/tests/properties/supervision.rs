//! What each supervision promises for any teacher.

use kd_core::random::{Concern, Stream};
use kd_core::supervision::{
    Asymmetric, Control, Ensemble, Noisy, Permuted, Supervision, TopK, Uniform, WhereRight,
};
use proptest::prelude::*;
use tch::{Kind, Tensor};

use crate::{CLASSES, Rows, batches, entropy, stream, tensor, value};

/// One of each supervision.
const SUPERVISIONS: [&str; 15] = [
    r#"{"full":{}}"#,
    r#"{"permuted":{}}"#,
    r#"{"entropy_matched":{}}"#,
    r#"{"entropy_matched":{"keep":"top_probability"}}"#,
    r#"{"entropy_matched":{"keep":"label_probability"}}"#,
    r#"{"top_k":{"k":2}}"#,
    r#"{"class_mean":{}}"#,
    r#"{"random":{}}"#,
    r#"{"hard":{}}"#,
    r#"{"uniform":{"epsilon":0.1}}"#,
    r#"{"where_right":{"k":2}}"#,
    r#"{"noisy":{"accuracy":0.7}}"#,
    r#"{"asymmetric":{"label_temperature":2.0,"others_temperature":5.0}}"#,
    r#"{"label_magnitude":{}}"#,
    r#"{"ensemble":{}}"#,
];

fn supervised(json: &str, teacher: &Rows, labels: &[i64], temperature: f64, seed: u64) -> Tensor {
    let supervision: Supervision = serde_json::from_str(json).unwrap();
    let mut stream = Stream::new(&[seed], Concern::Intervention);
    supervision.supervise(&tensor(teacher), &Tensor::from_slice(labels), temperature, &mut stream).unwrap()
}

fn probabilities(logits: &Tensor, temperature: f64) -> Tensor {
    (logits / temperature).softmax(-1, Kind::Double)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn permutation_keeps_the_top_class_and_every_value((_, t, y) in batches(), seed in 0_u64..1000) {
        let table = tensor(&t);
        let permuted = supervised(r#"{"permuted":{}}"#, &t, &y, 1.0, seed);
        prop_assert_eq!(permuted.argmax(-1, false), table.argmax(-1, false));
        prop_assert_eq!(permuted.max_dim(-1, false).0, table.max_dim(-1, false).0);
        prop_assert_eq!(permuted.sort(-1, false).0, table.sort(-1, false).0);
    }

    #[test]
    fn entropy_is_kept_where_it_is_promised((_, t, y) in batches(), temperature in 0.2..30.0, seed in 0_u64..1000) {
        for supervision in [r#"{"entropy_matched":{}}"#, r#"{"random":{}}"#, r#"{"permuted":{}}"#, r#"{"noisy":{"accuracy":0.5}}"#] {
            let after = entropy(&supervised(supervision, &t, &y, temperature, seed), temperature);
            for (before, after) in entropy(&tensor(&t), temperature).iter().zip(after) {
                prop_assert!((before - after).abs() < 1e-6, "{supervision}: {before} became {after}");
            }
        }
    }

    #[test]
    fn matched_entropy_leaves_the_top_class_and_nothing_of_the_others((_, t, y) in batches(), temperature in 0.2..30.0) {
        let matched = supervised(r#"{"entropy_matched":{}}"#, &t, &y, temperature, 7);
        prop_assert_eq!(matched.argmax(-1, false), tensor(&t).argmax(-1, false));
        let others = matched.sort(-1, false).0.narrow(1, 0, CLASSES as i64 - 1);
        prop_assert!(others.std_dim(&[-1_i64][..], false, false).max().double_value(&[]) < 1e-9, "the rest is even");
    }

    #[test]
    fn the_chosen_probability_is_kept((_, t, y) in batches(), temperature in 0.2..30.0) {
        let before = probabilities(&tensor(&t), temperature);
        let kept = probabilities(&supervised(r#"{"entropy_matched":{"keep":"top_probability"}}"#, &t, &y, temperature, 7), temperature);
        prop_assert!(before.max_dim(-1, false).0.allclose(&kept.max_dim(-1, false).0, 1e-9, 1e-9, false));
        let kept = probabilities(&supervised(r#"{"entropy_matched":{"keep":"label_probability"}}"#, &t, &y, temperature, 7), temperature);
        let at_label = |p: &Tensor| p.gather(1, &Tensor::from_slice(&y).unsqueeze(1), false);
        prop_assert!(at_label(&before).allclose(&at_label(&kept), 1e-9, 1e-9, false));
    }

    #[test]
    fn the_top_k_are_kept((_, t, y) in batches(), temperature in 0.5..10.0, k in 1_i64..5) {
        let before = probabilities(&tensor(&t), temperature);
        let (top, chosen) = before.topk(k, -1, true, true);
        for (remainder, scale) in [("uniform", top.ones_like()), ("renormalised", top.sum_dim_intlist(-1, true, Kind::Double).expand_as(&top))] {
            let json = format!(r#"{{"top_k":{{"k":{k},"remainder":"{remainder}"}}}}"#);
            let after = probabilities(&supervised(&json, &t, &y, temperature, 7), temperature);
            prop_assert!(after.gather(1, &chosen, false).allclose(&(&top / scale), 1e-9, 1e-9, false), "{json}");
            if k < CLASSES as i64 - 1 {
                let others = after.scatter_value(1, &chosen, f64::NAN);
                let spread = others.nan_to_num(Some(-1.0), None::<f64>, None::<f64>).max_dim(-1, false).0
                    - others.nan_to_num(Some(2.0), None::<f64>, None::<f64>).min_dim(-1, false).0;
                prop_assert!(spread.abs().max().double_value(&[]) < 1e-9, "the rest is even");
            }
        }
    }

    #[test]
    fn class_means_are_alike_within_a_class_and_average_to_the_teacher((_, t, y) in batches(), temperature in 0.5..10.0) {
        let before = probabilities(&tensor(&t), temperature);
        let after = probabilities(&supervised(r#"{"class_mean":{}}"#, &t, &y, temperature, 7), temperature);
        let labels = Tensor::from_slice(&y);
        for &label in &y {
            let members = labels.eq(label).nonzero().squeeze_dim(1);
            let mean = before.index_select(0, &members).mean_dim(0, true, Kind::Double);
            let of_class = after.index_select(0, &members);
            prop_assert!(of_class.allclose(&mean.expand_as(&of_class), 1e-9, 1e-9, false));
        }
    }

    #[test]
    fn certainty_falls_on_the_right_class((_, t, y) in batches(), temperature in 0.5..10.0) {
        let (table, labels) = (tensor(&t), Tensor::from_slice(&y));
        let hard = supervised(r#"{"hard":{}}"#, &t, &y, temperature, 7);
        prop_assert_eq!(hard.argmax(-1, false), table.argmax(-1, false));
        prop_assert!(probabilities(&hard, temperature).max_dim(-1, false).0.min().double_value(&[]) > 1.0 - 1e-12);
        let smooth = probabilities(&supervised(r#"{"uniform":{"epsilon":0.2}}"#, &t, &y, temperature, 7), temperature);
        let top = smooth.max_dim(-1, false).0;
        prop_assert!((top.min().double_value(&[]) - (0.8 + 0.2 / CLASSES as f64)).abs() < 1e-9);
        // Right where the teacher is, untouched; where it is not, the label.
        let right = supervised(r#"{"where_right":{}}"#, &t, &y, temperature, 7);
        prop_assert_eq!(right.argmax(-1, false), labels);
        let all = supervised(&format!(r#"{{"where_right":{{"k":{CLASSES}}}}}"#), &t, &y, temperature, 7);
        prop_assert_eq!(all, table);
    }

    #[test]
    fn a_noisy_teacher_has_its_accuracy_and_its_confidence((_, t, y) in batches(), accuracy in 0.0_f64..=1.0, seed in 0_u64..1000) {
        let json = format!(r#"{{"noisy":{{"accuracy":{accuracy}}}}}"#);
        let noisy = supervised(&json, &t, &y, 1.0, seed);
        let right = value(&noisy.argmax(-1, false).eq_tensor(&Tensor::from_slice(&y)).sum(Kind::Double));
        prop_assert!((right - (accuracy * y.len() as f64).round()).abs() < 1e-9, "{right} of {}", y.len());
        prop_assert_eq!(noisy.sort(-1, false).0, tensor(&t).sort(-1, false).0);
    }

    #[test]
    fn an_asymmetric_temperature_is_the_one_that_counts((_, t, y) in batches(), temperature in 0.5..10.0) {
        let json = r#"{"asymmetric":{"label_temperature":2.0,"others_temperature":5.0}}"#;
        let ours = probabilities(&supervised(json, &t, &y, temperature, 7), temperature);
        let by_hand: Rows = t.iter().zip(&y).map(|(row, &label)| {
            std::array::from_fn(|class| row[class] / if class as i64 == label { 2.0 } else { 5.0 })
        }).collect();
        prop_assert!(ours.allclose(&probabilities(&tensor(&by_hand), 1.0), 1e-9, 1e-9, false));
    }

    #[test]
    fn an_ensemble_is_heard_by_those_that_ask_for_it((a, b, y) in batches(), temperature in 0.5..10.0) {
        let members = [tensor(&a), tensor(&b)];
        let choose = |json: &str| {
            serde_json::from_str::<Supervision>(json).unwrap().choose(&members, temperature).unwrap()
        };
        prop_assert_eq!(choose(r#"{"full":{}}"#), tensor(&a));
        prop_assert_eq!(choose(r#"{"permuted":{}}"#), tensor(&a));
        let mean = probabilities(&members[0], temperature) + probabilities(&members[1], temperature);
        let ours = choose(r#"{"ensemble":{}}"#);
        prop_assert!((probabilities(&ours, temperature) * 2.0).allclose(&mean, 1e-9, 1e-9, false));
        let of_logits = choose(r#"{"ensemble":{"space":"logits"}}"#);
        prop_assert!((of_logits * 2.0).allclose(&(&members[0] + &members[1]), 1e-9, 1e-9, false));
        // Supervising an ensemble does nothing further.
        let labels = Tensor::from_slice(&y);
        let ensemble = Supervision::Ensemble(Ensemble::default());
        prop_assert_eq!(ensemble.supervise(&ours, &labels, temperature, &mut stream()).unwrap(), ours);
    }

    #[test]
    fn the_labels_magnitude_is_the_teachers((_, t, y) in batches()) {
        let ours = supervised(r#"{"label_magnitude":{}}"#, &t, &y, 1.0, 7);
        let table = tensor(&t);
        let top = table.max_dim(-1, false).0;
        let others = (table.sum_dim_intlist(-1, false, Kind::Double) - &top) / (CLASSES as f64 - 1.0);
        let magnitude = value(&(top - others).mean(Kind::Double));
        let one_hot = table.zeros_like().scatter_value(1, &Tensor::from_slice(&y).unsqueeze(1), magnitude);
        prop_assert!(ours.allclose(&one_hot, 1e-9, 1e-9, false));
    }

    #[test]
    fn supervised_logits_are_finite_for_teachers_that_are_certain((_, t, y) in batches(), temperature in 0.2..30.0) {
        let sure: Rows = t.iter().map(|row| row.map(|logit| logit * 1250.0)).collect();
        for supervision in SUPERVISIONS {
            let after = supervised(supervision, &sure, &y, temperature, 7);
            prop_assert!(after.isfinite().all().int64_value(&[]) == 1, "{supervision}");
        }
    }
}

#[test]
fn permutation_reaches_every_order_and_differs_between_examples() {
    let table = Tensor::from_slice2(&[[9.0, 1.0, 2.0, 3.0]]).repeat([600, 1]);
    let permuted = Supervision::Permuted(Permuted::default())
        .supervise(&table, &Tensor::zeros([600], (Kind::Int64, tch::Device::Cpu)), 1.0, &mut stream())
        .unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for row in 0..600 {
        let order: Vec<i64> =
            Vec::<f64>::try_from(permuted.get(row)).unwrap().iter().map(|&x| x as i64).collect();
        *counts.entry(order).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6);
    assert!(counts.values().all(|&count| (60..=140).contains(&count)), "{counts:?}");
}

#[test]
fn only_fresh_permutations_are_drawn_anew() {
    let is_fresh = |json: &str| serde_json::from_str::<Supervision>(json).unwrap().is_fresh();
    assert!(is_fresh(r#"{"permuted":{"fresh":true}}"#));
    assert_eq!(SUPERVISIONS.iter().filter(|json| is_fresh(json)).count(), 0);
}

/// Forty examples of which the teacher is sure, one row each.
fn sure() -> (Rows, Vec<i64>) {
    let labels: Vec<i64> = (0..40).map(|row| row % CLASSES as i64).collect();
    let row = |&label: &i64| std::array::from_fn(|class| if class as i64 == label { 6.0 } else { 0.0 });
    (labels.iter().map(row).collect(), labels)
}

#[test]
fn random_targets_say_nothing_of_the_teachers_classes() {
    let (teacher, labels) = sure();
    let random = supervised(r#"{"random":{}}"#, &teacher, &labels, 1.0, 7);
    let agree = random.argmax(-1, false).eq_tensor(&tensor(&teacher).argmax(-1, false));
    let share = agree.to_kind(Kind::Double).mean(Kind::Double).double_value(&[]);
    assert!(share < 3.0 / CLASSES as f64, "{share}");
}

#[test]
fn changed_rows_are_centred() {
    let (teacher, labels) = sure();
    for supervision in [r#"{"entropy_matched":{}}"#, r#"{"random":{}}"#, r#"{"class_mean":{}}"#] {
        let means = supervised(supervision, &teacher, &labels, 2.0, 7).mean_dim(-1, false, Kind::Double);
        assert!(means.abs().max().double_value(&[]) < 1e-9, "{supervision}");
    }
}

#[test]
fn a_teacher_that_is_right_is_left_alone() {
    let (teacher, labels) = sure();
    let (unchanged, others) = (tensor(&teacher), labels.iter().map(|label| (label + 1) % CLASSES as i64));
    assert_eq!(supervised(r#"{"where_right":{}}"#, &teacher, &labels, 1.0, 7), unchanged);
    let others: Vec<i64> = others.collect();
    let mended = supervised(r#"{"where_right":{}}"#, &teacher, &others, 1.0, 7);
    assert_eq!(mended.argmax(-1, false), Tensor::from_slice(&others));
}

#[test]
fn names_are_those_of_study_files() {
    for json in SUPERVISIONS {
        let supervision: Supervision = serde_json::from_str(json).unwrap();
        assert!(
            json.starts_with(&format!(r#"{{"{}":"#, supervision.name())),
            "{json}: {}",
            supervision.name()
        );
        assert_eq!(supervision.is_full(), supervision == Supervision::FULL, "{json}");
        assert_eq!(supervision.needs_ensemble(), json.contains("ensemble"), "{json}");
        let control = match supervision.name() {
            "permuted" => Some(Control::Permuted),
            "entropy_matched" => Some(Control::EntropyMatched),
            "top_k" => Some(Control::TopK),
            "class_mean" => Some(Control::ClassMean),
            "hard" => Some(Control::Hard),
            "random" => Some(Control::Random),
            _ => None,
        };
        assert_eq!(supervision.control(), control, "{json}");
    }
}

#[test]
fn what_is_constructed_is_what_is_written() {
    let constructed = [
        Supervision::FULL,
        Supervision::permuted(),
        Supervision::entropy_matched(),
        Supervision::TopK(TopK::of(2.try_into().unwrap())),
        Supervision::Uniform(Uniform::of(0.1).unwrap()),
        Supervision::WhereRight(WhereRight::default()),
        Supervision::Noisy(Noisy::of(0.7).unwrap()),
        Supervision::Asymmetric(Asymmetric::at(2.0, 5.0).unwrap()),
        Supervision::ensemble(),
    ];
    let written = [
        SUPERVISIONS[0],
        SUPERVISIONS[1],
        SUPERVISIONS[2],
        SUPERVISIONS[5],
        SUPERVISIONS[9],
        r#"{"where_right":{}}"#,
        SUPERVISIONS[11],
        SUPERVISIONS[12],
        SUPERVISIONS[14],
    ];
    for (constructed, json) in constructed.into_iter().zip(written) {
        assert_eq!(constructed, serde_json::from_str(json).unwrap());
    }
    assert!(Uniform::of(1.0).is_err() && Noisy::of(1.5).is_err() && Asymmetric::at(1.0, 0.0).is_err());
}

#[test]
fn what_needs_labels_goes_by_them_and_the_rest_does_not() {
    let teacher: Rows =
        (0..6).map(|row| [0, 1, 2, 3, 4].map(|class| f64::from(class * (row + 2) % 5 - row))).collect();
    for json in SUPERVISIONS {
        let supervision: Supervision = serde_json::from_str(json).unwrap();
        let of = |labels: &[i64]| supervised(json, &teacher, labels, 2.0, 7);
        let differs = of(&[0, 1, 2, 3, 4, 0]) != of(&[4, 4, 0, 0, 3, 2]);
        assert_eq!(supervision.needs_labels(), differs, "{json}");
    }
}
