//! Losses of numbers and of tokens, ensembles, and measures of a set in parts.

use kd_core::Error;
use kd_core::loss::{
    TokenAverage, Tokens, cross_entropy, dist, distillation, huber, mse, teacher_bounded, token_mean,
};
use kd_core::metrics::{
    Binning, Cka, CkaMeter, Classification, ClassificationMeter, Fidelity, FidelityMeter, METRICS,
    Regression, RegressionMeter, Reliability, alignment, empirical_ntk, kernel_alignment, linear_cka,
};
use kd_core::supervision::{Ensemble, EnsembleSpace, ensemble_mean};
use proptest::prelude::*;
use tch::{Device, Kind, Tensor};

use super::{CLASSES, Rows, batches, entropy, rows, tensor, value};

/// Lengths of one to six parts, and two tables and labels as long as all together, at least `least`.
fn parts(least: usize) -> impl Strategy<Value = (Vec<i64>, Rows, Rows, Vec<i64>)> {
    prop::collection::vec(1_i64..=5, 1..=6)
        .prop_filter("too few examples", move |lengths| lengths.iter().sum::<i64>() >= least as i64)
        .prop_flat_map(|lengths| {
            let n = lengths.iter().sum::<i64>() as usize;
            (Just(lengths), rows(n), rows(n), prop::collection::vec(0..CLASSES as i64, n))
        })
}

/// Pairs of parts of two tables.
fn split(a: &Tensor, b: &Tensor, lengths: &[i64]) -> impl Iterator<Item = (Tensor, Tensor)> {
    a.split_with_sizes(lengths, 0).into_iter().zip(b.split_with_sizes(lengths, 0))
}

/// Compares two structs of numbers field by field.
fn assert_same(whole: &impl serde::Serialize, parts: &impl serde::Serialize) {
    let [whole, parts] = [serde_json::to_value(whole).unwrap(), serde_json::to_value(parts).unwrap()];
    for (name, number) in whole.as_object().unwrap() {
        match (number.as_f64(), parts[name].as_f64()) {
            (Some(whole), Some(parts)) => {
                assert!((whole - parts).abs() < 1e-12 * whole.abs().max(1.0), "{name}: {whole} and {parts}");
            }
            (whole, parts) => assert_eq!(whole, parts, "{name}"),
        }
    }
}

/// Each loss of numbers against targets, with a teacher.
fn losses_of_numbers(student: &Tensor, targets: &Tensor, teacher: &Tensor) -> [Tensor; 4] {
    [
        mse(student, targets).unwrap(),
        huber(student, targets, 3.0).unwrap(),
        teacher_bounded(student, targets, teacher, 0.0).unwrap(),
        teacher_bounded(student, targets, teacher, 20.0).unwrap(),
    ]
}

/// `[B, L]`: as many tokens as each length says, then padding.
fn mask(lengths: &[i64], most: i64) -> Tensor {
    Tensor::arange(most, (Kind::Int64, Device::Cpu)).lt_tensor(&Tensor::from_slice(lengths).unsqueeze(1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parts_make_the_whole((lengths, s, t, y) in parts(1)) {
        let (s, t, y) = (tensor(&s), tensor(&t), Tensor::from_slice(&y));
        let (mut classification, mut fidelity, mut regression) =
            (ClassificationMeter::new(CLASSES as i64), FidelityMeter::default(), RegressionMeter::default());
        for (s, y) in split(&s, &y, &lengths) {
            classification.add(&s, &y).unwrap();
        }
        for (s, t) in split(&s, &t, &lengths) {
            fidelity.add(&s, &t).unwrap();
            regression.add(&s, &t).unwrap();
        }
        assert_same(&Classification::of(&s, &y).unwrap(), &classification.measure().unwrap());
        assert_same(&Fidelity::of(&s, &t).unwrap(), &fidelity.measure().unwrap());
        assert_same(&Regression::of(&s, &t).unwrap(), &regression.measure().unwrap());
        let (confidence, predicted) = s.softmax(-1, Kind::Double).max_dim(-1, false);
        let confidence: Vec<f64> = confidence.try_into().unwrap();
        let right: Vec<bool> = predicted.eq_tensor(&y).try_into().unwrap();
        let predictions: Vec<(f64, bool)> = confidence.into_iter().zip(right).collect();
        for binning in [Binning::EqualWidth(4), Binning::EqualMass(3)] {
            let whole = Reliability::of(&predictions, binning);
            let parts = classification.reliability(binning).unwrap();
            prop_assert_eq!(whole.bins.len(), parts.bins.len());
            for (whole, parts) in whole.bins.iter().zip(&parts.bins) {
                prop_assert_eq!(whole.count, parts.count);
                prop_assert!((whole.confidence - parts.confidence).abs() < 1e-12);
                prop_assert!((whole.accuracy - parts.accuracy).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn parts_make_the_whole_alignment((lengths, a, noise, _) in parts(8)) {
        let a = tensor(&a);
        let b = &a.narrow(1, 0, 3) + tensor(&noise).narrow(1, 0, 3) * 0.3;
        let meter = |a: &Tensor, b: &Tensor, lengths: &[i64]| {
            let mut meter = CkaMeter::default();
            for (a, b) in split(a, b, lengths) {
                meter.add(&a, &b).unwrap();
            }
            meter
        };
        let (parts, whole) = (meter(&a, &b, &lengths), meter(&a, &b, &[a.size()[0]]));
        let far = meter(&(&a + 1e6), &(&b - 1e6), &lengths);
        for estimator in [Cka::Biased, Cka::Unbiased] {
            let ours = parts.measure(estimator).unwrap();
            prop_assert!((ours - whole.measure(estimator).unwrap()).abs() < 1e-12, "{estimator:?}");
            prop_assert!((ours - linear_cka(&a, &b, estimator).unwrap()).abs() < 1e-12, "{estimator:?}");
            prop_assert!((ours - far.measure(estimator).unwrap()).abs() < 1e-8, "{estimator:?}");
        }
    }

    #[test]
    fn losses_of_numbers_ignore_a_common_shift_and_the_order_of_examples(
        (s, y, t) in (1_usize..=6).prop_flat_map(|n| (rows(n), rows(n), rows(n))),
        shift in -50.0..50.0,
    ) {
        let [s, y, t] = [s, y, t].map(|rows| tensor(&rows));
        let before = losses_of_numbers(&s, &y, &t);
        let moved = losses_of_numbers(&(&s + shift), &(&y + shift), &(&t + shift));
        let flipped = losses_of_numbers(&s.flip([0]), &y.flip([0]), &t.flip([0]));
        for ((before, moved), flipped) in before.iter().zip(&moved).zip(&flipped) {
            prop_assert!((value(before) - value(moved)).abs() < 1e-9 * value(before).max(1.0));
            prop_assert!((value(before) - value(flipped)).abs() < 1e-9 * value(before).max(1.0));
        }
        let negated = losses_of_numbers(&-&s, &-&y, &-&t);
        prop_assert!((value(&before[1]) - value(&negated[1])).abs() < 1e-9 * value(&before[1]).max(1.0));
    }

    #[test]
    fn gradients_of_losses_of_numbers_agree_with_finite_differences((s, y, _) in batches(), scale in 0.5..2.0) {
        let targets = tensor(&y);
        let teacher = &targets + (tensor(&s) - &targets) * scale;
        for index in 0..4 {
            let student = tensor(&s).set_requires_grad(true);
            losses_of_numbers(&student, &targets, &teacher)[index].backward();
            let step = 1e-6;
            let at = |offset: f64| {
                let mut moved = s.clone();
                moved[0][2] += offset;
                value(&losses_of_numbers(&tensor(&moved), &targets, &teacher)[index])
            };
            let estimate = (at(step) - at(-step)) / (2.0 * step);
            let exact = student.grad().double_value(&[0, 2]);
            // A step across the bound jumps by a whole squared error.
            let jumps = estimate.abs() > 1e4;
            prop_assert!(jumps || (estimate - exact).abs() < 1e-5 * exact.abs().max(1.0), "{index}: {estimate} {exact}");
        }
    }

    #[test]
    fn the_bound_lies_between_nothing_and_the_squared_error((s, y, _) in batches(), scale in 0.0..2.0_f64, margin in -9.0..9.0_f64) {
        let (student, targets) = (tensor(&s), tensor(&y));
        // The teacher's squared errors are the student's times scale².
        let teacher = &targets + (&student - &targets) * scale;
        let squared = (&student - &targets).square().sum_dim_intlist(-1, false, Kind::Double);
        let bounded = squared.where_scalarother(&(&squared * (1.0 - scale * scale) + margin).greater(0.0), 0.0);
        let by_hand = value(&bounded.mean(Kind::Double));
        let ours = value(&teacher_bounded(&student, &targets, &teacher, margin).unwrap());
        prop_assert!((ours - by_hand).abs() < 1e-9 * by_hand.max(1.0), "{ours} and {by_hand}");
        let all = value(&teacher_bounded(&student, &targets, &teacher, f64::INFINITY).unwrap());
        let unbounded = CLASSES as f64 * value(&mse(&student, &targets).unwrap());
        prop_assert!((all - unbounded).abs() < 1e-9 * all.max(1.0));
    }

    #[test]
    fn huber_is_half_the_squared_error_within_and_grows_linearly_beyond((s, y, _) in batches()) {
        let (s, y) = (tensor(&s), tensor(&y));
        let within = value(&huber(&s, &y, 1e3).unwrap());
        prop_assert!((2.0 * within - value(&mse(&s, &y).unwrap())).abs() < 1e-9 * within.max(1.0));
        let beyond = value(&huber(&s, &y, 1e-6).unwrap()) / 1e-6;
        let absolute = Regression::of(&s, &y).unwrap().mae;
        prop_assert!((beyond - absolute).abs() < 1e-5);
    }

    #[test]
    fn tokens_weigh_the_same_or_sequences_do((lengths, s, t, y) in parts(1)) {
        // Rows become sequences of their lengths in a padded table.
        let most = lengths.iter().max().unwrap() + 1;
        let mask = mask(&lengths, most);
        let padded = |rows: &Tensor| {
            let shape = [&mask.size()[..], &rows.size()[1..]].concat();
            let table = Tensor::full(shape, 3, (rows.kind(), Device::Cpu));
            table.index_put(&mask.nonzero_numpy().into_iter().map(Some).collect::<Vec<_>>(), rows, false)
        };
        let (s, t, y) = (tensor(&s), tensor(&t), Tensor::from_slice(&y));
        let (padded_s, padded_t, padded_y) = (padded(&s), padded(&t), padded(&y));
        let everything = Tokens::unpadded(&mask).unwrap();
        prop_assert_eq!(everything.of(&padded_s).unwrap(), s.shallow_clone());
        prop_assert_eq!(everything.of(&padded_y).unwrap(), y.shallow_clone());

        let ours = |average, which: usize| {
            let loss = token_mean(&mask, average, |tokens| {
                let (s, t) = (tokens.of(&padded_s)?, tokens.of(&padded_t)?);
                match which {
                    0 => cross_entropy(&s, &tokens.of(&padded_y)?),
                    1 => distillation(&s, &t, 2.0),
                    _ => dist(&s, &t, 2.0, [0.0, 1.0]),
                }
            });
            value(&loss.unwrap())
        };
        let alone = |s: &Tensor, t: &Tensor, y: &Tensor, which: usize| {
            let loss = match which {
                0 => cross_entropy(s, y),
                1 => distillation(s, t, 2.0),
                _ => dist(s, t, 2.0, [0.0, 1.0]),
            };
            value(&loss.unwrap())
        };
        for which in 0..3 {
            let sequences: Vec<f64> = split(&s, &t, &lengths)
                .zip(y.split_with_sizes(&lengths[..], 0))
                .map(|((s, t), y)| alone(&s, &t, &y, which))
                .collect();
            let mean = sequences.iter().sum::<f64>() / lengths.len() as f64;
            prop_assert!((ours(TokenAverage::Sequence, which) - mean).abs() < 1e-9 * mean.max(1.0), "{which}");
            let pooled = alone(&s, &t, &y, which);
            prop_assert!((ours(TokenAverage::Token, which) - pooled).abs() < 1e-9 * pooled.max(1.0), "{which}");
        }
    }

    #[test]
    fn an_ensemble_is_the_mean_of_its_members((a, b, _) in batches(), temperature in 0.3..20.0, shift in -50.0..50.0) {
        let (a, b) = (tensor(&a), tensor(&b));
        let mean = |members: &[&Tensor], space| {
            let members: Vec<Tensor> = members.iter().map(|member| member.shallow_clone()).collect();
            ensemble_mean(&members, space, temperature).unwrap()
        };
        let distribution = |logits: &Tensor| (logits / temperature).softmax(-1, Kind::Double);
        for space in [EnsembleSpace::Probabilities, EnsembleSpace::Logits] {
            prop_assert!(mean(&[&a], space).allclose(&a, 1e-9, 1e-9, false), "one member is itself");
            prop_assert!(mean(&[&a, &a, &a], space).allclose(&a, 1e-9, 1e-9, false), "equal members too");
            let both = mean(&[&a, &b], space);
            prop_assert!(both.allclose(&mean(&[&b, &a], space), 1e-9, 1e-9, false), "in any order");
            let row_mean = |logits: &Tensor| logits.mean_dim(-1, false, Kind::Double);
            prop_assert!((row_mean(&both) * 2.0).allclose(&(row_mean(&a) + row_mean(&b)), 1e-9, 1e-9, false));
            let moved = mean(&[&(&a + shift), &b], space);
            prop_assert!(distribution(&moved).allclose(&distribution(&both), 1e-9, 1e-9, false), "a row may shift");
        }
        let mixed = mean(&[&a, &b], EnsembleSpace::Probabilities);
        let by_hand = (distribution(&a) + distribution(&b)) / 2.0;
        prop_assert!(distribution(&mixed).allclose(&by_hand, 1e-9, 1e-9, false));
        // Entropy is concave.
        let entropies = [&mixed, &a, &b].map(|logits| entropy(logits, temperature));
        for ((mixed, a), b) in entropies[0].iter().zip(&entropies[1]).zip(&entropies[2]) {
            prop_assert!(*mixed > f64::midpoint(*a, *b) - 1e-9);
        }
    }

    #[test]
    fn ensembles_of_certain_members_are_finite((a, b, _) in batches(), temperature in 0.3..20.0) {
        for kind in [Kind::Float, Kind::Double] {
            let members = [&a, &b].map(|rows| (tensor(rows) * 1250.0).to_kind(kind));
            for space in [EnsembleSpace::Probabilities, EnsembleSpace::Logits] {
                let ensemble = ensemble_mean(&members, space, temperature).unwrap();
                prop_assert!(ensemble.isfinite().all().int64_value(&[]) == 1);
                prop_assert_eq!(ensemble.kind(), kind);
            }
        }
    }

    #[test]
    fn the_tangent_kernel_of_a_linear_network_is_known((x, _, _) in batches(), w in (2_usize..=4).prop_flat_map(rows)) {
        let (x, classes) = (tensor(&x), w.len() as i64);
        let bias = Tensor::zeros([classes], (Kind::Double, Device::Cpu));
        let parameters = [tensor(&w), bias].map(|parameter| parameter.set_requires_grad(true));
        let kernel = empirical_ntk(&(x.matmul(&parameters[0].tr()) + &parameters[1]), &parameters).unwrap();
        // ∂z_ik/∂w_l = [k = l] x_i and ∂z_ik/∂b_l = [k = l].
        let by_hand = (x.matmul(&x.tr()) + 1.0) * classes;
        prop_assert!(kernel.allclose(&by_hand, 1e-9, 1e-9, false));
    }

    #[test]
    fn alignment_of_kernels_ignores_scale_and_the_order_of_examples(
        (a, b) in (4_usize..=8).prop_flat_map(|n| (rows(n), rows(n))),
        scale in 0.1..10.0,
    ) {
        let [k, l] = [a, b].map(|rows| tensor(&rows).matmul(&tensor(&rows).tr()));
        let reordered = |kernel: &Tensor| kernel.roll([1, 1], [0, 1]);
        for estimator in [Cka::Biased, Cka::Unbiased] {
            let aligned = |k: &Tensor, l: &Tensor| kernel_alignment(k, l, estimator).unwrap();
            let ours = aligned(&k, &l);
            prop_assert!((aligned(&k, &(&k * scale)) - 1.0).abs() < 1e-9);
            prop_assert!((ours - aligned(&l, &k)).abs() < 1e-9);
            prop_assert!((ours - aligned(&reordered(&k), &reordered(&l))).abs() < 1e-9);
            prop_assert!(ours.abs() < 1.0 + 1e-9);
        }
    }
}

#[test]
#[allow(clippy::float_cmp)] // exact by construction
fn the_bound_is_strict() {
    // Squared errors of 4 and 9: surpassed by exactly 5.
    let [student, targets, teacher] =
        [[2.0, 0.0], [0.0, 0.0], [0.0, -3.0]].map(|row| Tensor::from_slice2(&[row]));
    let bounded = |margin| value(&teacher_bounded(&student, &targets, &teacher, margin).unwrap());
    assert_eq!([bounded(4.9), bounded(5.0), bounded(5.1)], [0.0, 0.0, 4.0]);
}

#[test]
fn losses_of_numbers_stay_nan() {
    let (number, nan) = (Tensor::from_slice2(&[[1.0]]), Tensor::from_slice2(&[[f64::NAN]]));
    for [student, targets, teacher] in
        [[&nan, &number, &number], [&number, &nan, &number], [&number, &number, &nan]]
    {
        let losses = losses_of_numbers(student, targets, teacher);
        // The first two know no teacher.
        assert!(
            losses.iter().skip(if teacher.equal(&number) { 0 } else { 2 }).all(|loss| value(loss).is_nan())
        );
    }
}

#[test]
fn no_gradient_reaches_targets_teachers_or_members() {
    let leaf = |x: f64| Tensor::from_slice2(&[[x, 0.0]]).set_requires_grad(true);
    let (student, targets, teacher) = (leaf(1.0), leaf(3.0), leaf(5.0));
    for loss in losses_of_numbers(&student, &targets, &teacher) {
        loss.backward();
    }
    assert!(student.grad().defined() && !targets.grad().defined() && !teacher.grad().defined());
    for space in [EnsembleSpace::Probabilities, EnsembleSpace::Logits] {
        let ensemble = ensemble_mean(&[student.shallow_clone(), leaf(2.0)], space, 1.0).unwrap();
        assert!(!ensemble.requires_grad());
    }
}

#[test]
fn what_cannot_be_lost_is_refused() {
    let (two, three) = (Tensor::from_slice2(&[[0.0, 1.0]]), Tensor::from_slice2(&[[0.0, 1.0, 2.0]]));
    let flat = Tensor::from_slice(&[0.0, 1.0]);
    assert!(matches!(mse(&two, &three), Err(Error::Shape { what: "targets", .. })));
    assert!(matches!(mse(&flat, &flat), Err(Error::Shape { what: "predictions", .. })));
    assert!(matches!(huber(&two, &three, 1.0), Err(Error::Shape { what: "targets", .. })));
    assert!(matches!(huber(&two, &two, 0.0), Err(Error::Torch(_))));
    assert!(matches!(teacher_bounded(&two, &three, &two, 0.0), Err(Error::Shape { what: "targets", .. })));
    let teacher = teacher_bounded(&two, &two, &three, 0.0);
    assert!(matches!(teacher, Err(Error::Shape { what: "teacher predictions", .. })));

    let none = mask(&[0, 0], 3);
    assert!(matches!(Tokens::unpadded(&none), Err(Error::Empty)));
    assert!(matches!(Tokens::by_sequence(&none), Err(Error::Empty)));
    assert!(matches!(Tokens::unpadded(&flat), Err(Error::Shape { what: "masks", .. })));
    let tokens = Tokens::unpadded(&mask(&[1, 2], 3)).unwrap();
    let transposed = Tensor::zeros([3, 2, 4], (Kind::Double, Device::Cpu));
    assert!(matches!(tokens.of(&transposed), Err(Error::Shape { what: "tokens", .. })));

    let mean = |members: &[Tensor]| ensemble_mean(members, EnsembleSpace::default(), 1.0);
    let [one, two, nan] = [Tensor::from_slice2(&[[1.0]]), two, Tensor::from_slice2(&[[f64::NAN, 0.0]])];
    assert!(matches!(mean(&[]), Err(Error::Shape { what: "members of an ensemble", .. })));
    assert!(matches!(mean(&[one]), Err(Error::TooFewClasses(1))));
    assert!(matches!(mean(&[two.shallow_clone(), three]), Err(Error::Shape { .. })));
    assert!(matches!(mean(&[two, nan]), Err(Error::NotFinite { what: "logits of a member" })));
}

#[test]
fn what_cannot_be_measured_is_refused_and_leaves_the_meter_as_it_was() {
    let rows = Tensor::from_slice2(&[[0.0, 1.0], [2.0, -1.0], [0.5, 0.0], [3.0, 1.0], [1.0, 1.5]]);
    let other = rows.flip([0]);
    let nan = rows.full_like(f64::NAN);
    let none = rows.narrow(0, 0, 0);
    let (mut fidelity, mut regression, mut cka) =
        (FidelityMeter::default(), RegressionMeter::default(), CkaMeter::default());
    assert!(matches!(fidelity.measure(), Err(Error::Empty)));
    assert!(matches!(regression.measure(), Err(Error::Empty)));
    assert!(matches!(cka.measure(Cka::Biased), Err(Error::Empty)));
    assert!(matches!(ClassificationMeter::new(2).reliability(Binning::EqualMass(3)), Err(Error::Empty)));
    fidelity.add(&rows, &other).unwrap();
    regression.add(&rows, &other).unwrap();
    cka.add(&rows, &other).unwrap();
    let before = cka.measure(Cka::Unbiased).unwrap();

    assert!(matches!(fidelity.add(&rows, &nan), Err(Error::NotFinite { what: "teacher logits" })));
    assert!(matches!(fidelity.add(&nan, &rows), Err(Error::NotFinite { what: "logits" })));
    assert!(matches!(fidelity.add(&none, &none), Err(Error::Empty)));
    assert!(matches!(regression.add(&nan, &rows), Err(Error::NotFinite { what: "predictions" })));
    assert!(matches!(regression.add(&rows, &nan), Err(Error::NotFinite { what: "targets" })));
    assert!(matches!(regression.add(&rows, &none), Err(Error::Shape { .. })));
    assert!(matches!(regression.add(&none, &none), Err(Error::Empty)));
    assert!(matches!(cka.add(&rows, &nan), Err(Error::NotFinite { what: "features" })));
    assert!(matches!(cka.add(&rows, &none), Err(Error::Shape { .. })));
    assert!(matches!(cka.add(&rows.narrow(1, 0, 1), &rows), Err(Error::Shape { .. })));
    assert!(matches!(cka.add(&rows, &rows.narrow(1, 0, 1)), Err(Error::Shape { .. })));
    assert!(matches!(cka.add(&none, &none), Err(Error::Empty)));

    assert_same(&Fidelity::of(&rows, &other).unwrap(), &fidelity.measure().unwrap());
    assert_same(&Regression::of(&rows, &other).unwrap(), &regression.measure().unwrap());
    assert!((cka.measure(Cka::Unbiased).unwrap() - before).abs() < 1e-300);
}

#[test]
fn alignments_need_enough_of_a_square() {
    let rows = Tensor::from_slice2(&[[0.0, 1.0], [2.0, -1.0], [0.5, 0.0], [3.0, 1.0]]);
    let three = rows.narrow(0, 0, 3);
    let kernel = rows.matmul(&rows.tr());
    let mut meter = CkaMeter::default();
    meter.add(&three, &three).unwrap();
    for refused in [meter.measure(Cka::Unbiased), linear_cka(&three, &three, Cka::Unbiased)] {
        assert!(matches!(refused, Err(Error::Shape { what: "examples", .. })));
    }
    assert!(meter.measure(Cka::Biased).is_ok() && linear_cka(&three, &three, Cka::Biased).is_ok());
    assert!(linear_cka(&rows, &rows, Cka::Unbiased).is_ok());
    assert!(matches!(kernel_alignment(&rows, &rows, Cka::Biased), Err(Error::Shape { what: "kernels", .. })));
    let smaller = kernel.narrow(0, 0, 3).narrow(1, 0, 3);
    assert!(matches!(kernel_alignment(&kernel, &smaller, Cka::Biased), Err(Error::Shape { .. })));
    let nan = kernel.full_like(f64::NAN);
    assert!(matches!(
        kernel_alignment(&kernel, &nan, Cka::Biased),
        Err(Error::NotFinite { what: "kernels" })
    ));
    assert!(matches!(alignment(&rows, &three), Err(Error::Shape { what: "features", .. })));
    // One that does not vary is aligned with nothing.
    let mut meter = CkaMeter::default();
    meter.add(&rows, &rows.full_like(0.1)).unwrap();
    assert!(meter.measure(Cka::Biased).unwrap().is_nan());
}

#[test]
fn tangent_kernels_need_a_graph_to_their_parameters() {
    let weights = Tensor::from_slice2(&[[1.0, 2.0], [0.0, -1.0]]).set_requires_grad(true);
    let unused = Tensor::from_slice(&[1.0]).set_requires_grad(true);
    let x = Tensor::from_slice2(&[[1.0, 0.5]]);
    let logits = x.matmul(&weights);
    let kernel = |logits: &Tensor, parameters: &[&Tensor]| {
        let parameters: Vec<Tensor> = parameters.iter().map(|parameter| parameter.shallow_clone()).collect();
        empirical_ntk(logits, &parameters)
    };
    let with_unused = value(&kernel(&logits, &[&unused, &weights]).unwrap());
    assert!((with_unused - 2.0 * 1.25).abs() < 1e-12, "one example, and parameters that play no part");
    assert!(matches!(kernel(&logits, &[]), Err(Error::NoGraph)));
    assert!(matches!(kernel(&logits, &[&unused]), Err(Error::NoGraph)));
    assert!(matches!(kernel(&logits.detach(), &[&weights]), Err(Error::NoGraph)));
    assert!(matches!(kernel(&logits, &[&weights.detach()]), Err(Error::Torch(_))));
    let of_one_number = value(&kernel(&logits.narrow(1, 0, 1), &[&weights]).unwrap());
    assert!((of_one_number - 1.25).abs() < 1e-12, "what a regression predicts");
    assert!(matches!(kernel(&logits.narrow(0, 0, 0), &[&weights]), Err(Error::Empty)));
    assert!(matches!(kernel(&logits.flatten(0, -1), &[&weights]), Err(Error::Shape { .. })));
    assert!(matches!(kernel(&(&logits * f64::NAN), &[&weights]), Err(Error::NotFinite { .. })));
    assert!(!weights.grad().defined(), "no gradient is left behind");
}

#[test]
fn ranges_are_those_of_the_definitions() {
    let below_zero: Vec<(&str, f64)> =
        METRICS.iter().filter(|metric| metric.low < 0.0).map(|metric| (metric.name, metric.low)).collect();
    let unbounded = f64::NEG_INFINITY;
    let expected = [
        ("exaggeration_slope", unbounded),
        ("linear_cka", -1.0),
        ("kernel_alignment", -1.0),
        ("alignment", -1.0),
        ("r2", unbounded),
    ];
    assert_eq!(below_zero, expected);
}

#[test]
fn ensembles_are_configured_strictly() {
    let parse = |json: &str| serde_json::from_str::<Ensemble>(json);
    assert_eq!(parse("{}").unwrap(), Ensemble { space: EnsembleSpace::Probabilities });
    assert_eq!(parse(r#"{"space":"logits"}"#).unwrap(), Ensemble { space: EnsembleSpace::Logits });
    assert!(parse(r#"{"spaces":"logits"}"#).unwrap_err().to_string().contains("unknown field `spaces`"));
}
