//! What must hold for any features.

use kd_core::Error;
use kd_core::feature::{
    AttentionTransfer, Contrastive, CorrelationCongruence, FeatureCriterion, FeatureKernel, FeatureLoss,
};
use kd_core::random::{Concern, Stream};
use proptest::prelude::*;
use tch::{Kind, Tensor};

use super::{build, furthest, index, parse, value};

/// Each loss, with parameters away from their defaults; all can compare maps of one size.
const LOSSES: [&str; 15] = [
    r#"{"hint":{}}"#,
    r#"{"mse":{}}"#,
    r#"{"cosine":{}}"#,
    r#"{"cosine":{"projection":true}}"#,
    r#"{"attention_transfer":{"power":2}}"#,
    r#"{"neuron_selectivity":{}}"#,
    r#"{"similarity_preserving":{}}"#,
    r#"{"relational_distance":{}}"#,
    r#"{"relational_angle":{}}"#,
    r#"{"probabilistic_transfer":{}}"#,
    r#"{"correlation_congruence":{"gamma":0.7,"order":3}}"#,
    r#"{"feature_kernel":{"regularisation":0.2}}"#,
    r#"{"cka":{}}"#,
    r#"{"variational":{}}"#,
    r#"{"contrastive":{"dimension":4,"negatives":8,"temperature":0.3,"momentum":0.4}}"#,
];

/// Those that are nil where the features are equal, and never negative.
const DISTANCES: [&str; 11] = [
    r#"{"mse":{}}"#,
    r#"{"cosine":{}}"#,
    r#"{"attention_transfer":{}}"#,
    r#"{"neuron_selectivity":{}}"#,
    r#"{"similarity_preserving":{}}"#,
    r#"{"relational_distance":{}}"#,
    r#"{"relational_angle":{}}"#,
    r#"{"probabilistic_transfer":{}}"#,
    r#"{"correlation_congruence":{}}"#,
    r#"{"feature_kernel":{}}"#,
    r#"{"cka":{}}"#,
];

const NUMBERS: usize = 12;

fn maps(examples: usize) -> impl Strategy<Value = Tensor> {
    prop::collection::vec(-3.0..3.0, examples * NUMBERS)
        .prop_map(move |numbers| Tensor::from_slice(&numbers).view([examples as i64, 2, 2, 3]))
}

/// Features of student and teacher of three to six examples.
fn batches() -> impl Strategy<Value = (Tensor, Tensor)> {
    (3_usize..=6).prop_flat_map(|examples| (maps(examples), maps(examples)))
}

fn criterion(loss: &str, student: &Tensor, teacher: &Tensor) -> FeatureCriterion {
    build(loss, &student.size(), &teacher.size(), 7).1
}

fn loss(loss: &str, student: &Tensor, teacher: &Tensor) -> Tensor {
    criterion(loss, student, teacher).loss(student, teacher, &index(student.size()[0])).unwrap()
}

fn unchanged(name: &str, before: (&Tensor, &Tensor), after: (&Tensor, &Tensor)) -> Result<(), TestCaseError> {
    let (before, after) = (value(&loss(name, before.0, before.1)), value(&loss(name, after.0, after.1)));
    prop_assert!((before - after).abs() < 1e-8 * before.abs().max(1.0), "{name}: {before} and {after}");
    Ok(())
}

/// An orthogonal map of all numbers of an example, drawn from a seed.
fn rotated(feature: &Tensor, seed: u64) -> Tensor {
    let mut stream = Stream::new(&[seed], Concern::Intervention);
    let draws: Vec<f64> = (0..NUMBERS * NUMBERS).map(|_| stream.normal()).collect();
    let (rotation, _) = Tensor::linalg_qr(&Tensor::from_slice(&draws).view([12, 12]), "reduced");
    feature.flatten(1, -1).matmul(&rotation).view_as(feature)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn gradients_are_those_of_finite_differences((student, teacher) in batches(), seed in 0_u64..1000) {
        let mut stream = Stream::new(&[seed], Concern::Intervention);
        let direction: Vec<f64> = (0..student.numel()).map(|_| stream.normal()).collect();
        let direction = Tensor::from_slice(&direction).view_as(&student);
        for name in LOSSES {
            // A first batch sets what a contrastive loss keeps from then on.
            let second = |student: &Tensor, moved: &Tensor| {
                let mut criterion = criterion(name, student, &teacher);
                let _ = criterion.loss(student, &teacher, &index(student.size()[0])).unwrap();
                criterion.loss(moved, &teacher, &index(student.size()[0])).unwrap()
            };
            let moving = student.copy().set_requires_grad(true);
            second(&student, &moving).backward();
            let ours = value(&(moving.grad() * &direction).sum(Kind::Double));
            // Small, so that few units of a learnt regressor change sign on the way.
            let step = 1e-7;
            let at = |step: f64| value(&second(&student, &(&student + &direction * step)));
            let slope = (at(step) - at(-step)) / (2.0 * step);
            prop_assert!((ours - slope).abs() < 1e-4 * slope.abs().max(1.0), "{name}: {ours}, slope {slope}");
        }
    }

    #[test]
    fn the_order_of_examples_does_not_matter((student, teacher) in batches(), seed in 0_u64..1000) {
        let order = Stream::new(&[seed], Concern::BatchOrder).permutation(student.size()[0] as usize);
        let order = Tensor::from_slice(&order);
        let (moved, with) = (student.index_select(0, &order), teacher.index_select(0, &order));
        // A contrastive loss draws others for every place in the batch.
        for name in LOSSES.into_iter().filter(|name| !name.contains("contrastive")) {
            unchanged(name, (&student, &teacher), (&moved, &with))?;
        }
    }

    #[test]
    fn distances_are_positive_and_nil_at_equality((student, teacher) in batches()) {
        for name in DISTANCES {
            let apart = value(&loss(name, &student, &teacher));
            prop_assert!(apart > 0.0, "{name}: {apart}");
            let together = value(&loss(name, &student, &student));
            prop_assert!(together.abs() < 1e-9, "{name}: {together}");
        }
        for (name, most) in [(r#"{"cka":{}}"#, 1.0), (r#"{"cosine":{}}"#, 2.0)] {
            prop_assert!(value(&loss(name, &student, &teacher)) <= most);
        }
    }

    #[test]
    fn a_common_scale_of_either_does_not_matter((student, teacher) in batches(), scale in 1e-3..1e3) {
        for name in DISTANCES.into_iter().filter(|name| !name.contains("mse")) {
            unchanged(name, (&student, &teacher), (&(&student * scale), &teacher))?;
            unchanged(name, (&student, &teacher), (&student, &(&teacher * scale)))?;
        }
    }

    #[test]
    fn a_scale_of_each_example_does_not_matter((student, teacher) in batches(), scales in maps(6)) {
        let scales = scales.abs().flatten(1, -1).narrow(1, 0, 1).narrow(0, 0, student.size()[0]) + 0.1;
        let scaled = &student * scales.view([-1, 1, 1, 1]);
        let ignore = ["cosine", "attention", "neuron", "probabilistic", "congruence", "kernel"];
        for name in DISTANCES.into_iter().filter(|name| ignore.iter().any(|part| name.contains(part))) {
            unchanged(name, (&student, &teacher), (&scaled, &teacher))?;
        }
    }

    #[test]
    fn a_rotation_of_either_does_not_matter((student, teacher) in batches(), seed in 0_u64..1000) {
        let ignore = ["similarity", "relational", "probabilistic", "congruence", "kernel", "cka"];
        for name in DISTANCES.into_iter().filter(|name| ignore.iter().any(|part| name.contains(part))) {
            unchanged(name, (&student, &teacher), (&rotated(&student, seed), &teacher))?;
            unchanged(name, (&student, &teacher), (&student, &rotated(&teacher, seed)))?;
        }
    }

    #[test]
    fn a_shift_of_all_examples_does_not_matter((student, teacher) in batches(), shift in maps(1)) {
        let ignore = ["relational", "cka"];
        for name in DISTANCES.into_iter().filter(|name| ignore.iter().any(|part| name.contains(part))) {
            unchanged(name, (&student, &teacher), (&(&student + &shift), &teacher))?;
        }
    }

    #[test]
    fn the_order_of_channels_does_not_matter((student, teacher) in batches()) {
        for name in [r#"{"attention_transfer":{"power":3}}"#, r#"{"neuron_selectivity":{}}"#] {
            unchanged(name, (&student, &teacher), (&student.flip([1]), &teacher))?;
            unchanged(name, (&student, &teacher), (&student, &-teacher.flip([1])))?;
        }
    }

    #[test]
    fn half_precision_is_compared_in_float32((student, teacher) in batches()) {
        let half = |feature: &Tensor| feature.to_kind(Kind::BFloat16);
        let (student, teacher) = (half(&student), half(&teacher));
        let single = |feature: &Tensor| feature.to_kind(Kind::Float);
        for name in LOSSES {
            let moving = student.copy().set_requires_grad(true);
            let ours = loss(name, &moving, &teacher);
            prop_assert_eq!(ours.kind(), Kind::Float);
            let expected = value(&loss(name, &single(&student), &single(&teacher)));
            prop_assert!((value(&ours) - expected).abs() < 1e-6 * expected.abs().max(1.0), "{name}");
            ours.backward();
            prop_assert_eq!(moving.grad().kind(), Kind::BFloat16);
        }
    }

    #[test]
    fn float32_is_close_to_float64((student, teacher) in batches()) {
        let single = |feature: &Tensor| feature.to_kind(Kind::Float);
        for name in LOSSES {
            let exact = value(&loss(name, &student, &teacher));
            let rounded = value(&loss(name, &single(&student), &single(&teacher)));
            prop_assert!((exact - rounded).abs() < 1e-4 * exact.abs().max(1.0), "{name}: {exact} and {rounded}");
        }
    }

    #[test]
    fn not_a_number_stays((student, teacher) in batches(), place in 0..NUMBERS as i64) {
        let broken = |feature: &Tensor| {
            let feature = feature.copy();
            let _ = feature.view(-1).get(place).fill_(f64::NAN);
            feature
        };
        for name in LOSSES {
            prop_assert!(value(&loss(name, &broken(&student), &teacher)).is_nan(), "{name}, student");
            prop_assert!(value(&loss(name, &student, &broken(&teacher))).is_nan(), "{name}, teacher");
        }
    }
}

#[test]
fn extremes_give_finite_values_and_gradients() {
    let some = rotated(&Tensor::arange(48, (Kind::Double, tch::Device::Cpu)).view([4, 2, 2, 3]), 1);
    let huge = some.sign() * 1e4;
    let alike = some.narrow(0, 0, 1).repeat([4, 1, 1, 1]);
    let cases = [&some, &huge, &(&some * 1e-12), &alike, &some.zeros_like(), &-&some];
    for kind in [Kind::Float, Kind::Double, Kind::BFloat16] {
        for (i, student) in cases.iter().enumerate() {
            for (j, teacher) in cases.iter().enumerate() {
                for name in LOSSES {
                    let student = student.to_kind(kind).copy().set_requires_grad(true);
                    let loss = loss(name, &student, &teacher.to_kind(kind));
                    loss.backward();
                    assert!(value(&loss).is_finite(), "{name} in {kind:?}, cases {i} and {j}");
                    let finite = student.grad().isfinite().all().int64_value(&[]) == 1;
                    assert!(finite, "{name} in {kind:?}, cases {i} and {j}: gradient");
                }
            }
        }
    }
}

#[test]
fn a_single_example_is_compared_or_refused() {
    let one = Tensor::arange(12, (Kind::Double, tch::Device::Cpu)).view([1, 2, 2, 3]);
    let pairs = ["similarity", "probabilistic", "congruence", "kernel"];
    let triples = ["relational", "cka"];
    let least = |name: &str| {
        let compares = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        if compares(&triples) {
            3
        } else if compares(&pairs) {
            2
        } else {
            1
        }
    };
    for name in LOSSES {
        for examples in 1..=3 {
            let batch = one.repeat([examples, 1, 1, 1]);
            let outcome = criterion(name, &batch, &batch).loss(&batch, &batch, &index(examples));
            match outcome {
                Ok(loss) => assert!(examples >= least(name) && value(&loss).is_finite(), "{name}"),
                Err(Error::TooFewExamples { .. }) => assert!(examples < least(name), "{name}"),
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
}

#[test]
fn only_shapes_that_can_be_compared_are_built() {
    let [vector, wider, map, other]: [&[i64]; 4] = [&[3], &[4], &[2, 2, 3], &[3, 4, 2]];
    let accepts = |name: &str, student: &[i64], teacher: &[i64]| parse(name).check(student, teacher).is_ok();
    for name in LOSSES {
        let maps_only = name.contains("attention") || name.contains("neuron");
        let one_shape = name.contains("mse") || name == r#"{"cosine":{}}"#;
        let learns = ["hint", "projection", "variational"].iter().any(|part| name.contains(part));
        assert!(accepts(name, map, map), "{name}");
        assert_eq!(accepts(name, vector, vector), !maps_only, "{name}");
        assert_eq!(accepts(name, map, other), !one_shape, "{name}");
        assert_eq!(accepts(name, vector, wider), !maps_only && !one_shape, "{name}");
        assert_eq!(accepts(name, vector, map), !maps_only && !one_shape && !learns, "{name}");
        assert!(!accepts(name, &[], vector) && !accepts(name, map, &[2, 0, 3]), "{name}");
    }
    let mut stream = Stream::new(&[1], Concern::Initialisation);
    let variables = tch::nn::VarStore::new(tch::Device::Cpu);
    let mut outcome = |name: &str, samples| {
        parse(name).build(vector, wider, samples, &variables.root(), &mut stream).map(|_| ()).unwrap_err()
    };
    assert!(matches!(outcome(r#"{"mse":{}}"#, 9), Error::Shape { .. }));
    assert!(matches!(outcome(r#"{"contrastive":{}}"#, 1), Error::TooFewExamples { examples: 1, least: 2 }));
}

#[test]
fn features_that_a_loss_was_not_built_for_are_refused() {
    let of = |shape: &[i64]| Tensor::ones(shape, (Kind::Double, tch::Device::Cpu));
    let (map, vector, wider) = (of(&[4, 2, 2, 3]), of(&[4, 2]), of(&[4, 5, 2, 3]));
    for name in LOSSES.into_iter().filter(|name| parse(name).check(&[2, 2, 3], &[2]).is_err()) {
        let loss = |student, teacher| criterion(name, &map, &map).loss(student, teacher, &index(4));
        assert!(loss(&map, &vector).is_err() && loss(&vector, &map).is_err(), "{name}");
        if !name.contains("attention") && !name.contains("neuron") {
            assert!(loss(&map, &wider).is_err() && loss(&wider, &map).is_err(), "{name}");
        }
    }
}

#[test]
fn losses_survive_serialisation_with_defaults_written_out() {
    for loss in LOSSES.map(parse) {
        assert_eq!(parse(&serde_json::to_string(&loss).unwrap()), loss);
    }
    let written = |json: &str| serde_json::to_string(&parse(json)).unwrap();
    for (short, long) in [
        ("attention_transfer", r#"{"power":2}"#),
        ("correlation_congruence", r#"{"gamma":0.4,"order":2}"#),
        ("feature_kernel", r#"{"regularisation":0.0}"#),
        ("contrastive", r#"{"dimension":128,"negatives":16384,"temperature":0.07,"momentum":0.5}"#),
    ] {
        assert_eq!(written(&format!(r#"{{"{short}":{{}}}}"#)), format!(r#"{{"{short}":{long}}}"#));
    }
    for refused in
        [r#"{"mse":{"projection":true}}"#, r#"{"contrastive":{"momentum":1}}"#, r#"{"cka":{"x":1}}"#]
    {
        assert!(serde_json::from_str::<FeatureLoss>(refused).is_err(), "{refused}");
    }
}

#[test]
fn what_is_constructed_is_what_is_written() {
    for (constructed, json) in [
        (FeatureLoss::AttentionTransfer(AttentionTransfer::default()), r#"{"attention_transfer":{}}"#),
        (
            FeatureLoss::CorrelationCongruence(CorrelationCongruence::default()),
            r#"{"correlation_congruence":{}}"#,
        ),
        (FeatureLoss::FeatureKernel(FeatureKernel::default()), r#"{"feature_kernel":{}}"#),
        (FeatureLoss::Contrastive(Contrastive::default()), r#"{"contrastive":{}}"#),
    ] {
        assert_eq!(constructed, parse(json));
    }
}

#[test]
fn what_is_learnt_is_drawn_from_the_stream_and_remembered_with_it() {
    let of = |seed: u64, name: &str| {
        let variables = tch::nn::VarStore::new(tch::Device::Cpu);
        let mut stream = Stream::new(&[seed], Concern::Initialisation);
        let path = variables.root() / "feature";
        let mut criterion = parse(name).build(&[5], &[3], 9, &path, &mut stream).unwrap();
        let feature = |width: i64| {
            Tensor::linspace(-1.0, 1.0, 2 * width, (Kind::Float, tch::Device::Cpu)).view([2, width])
        };
        let loss = value(&criterion.loss(&feature(5), &feature(3), &index(2)).unwrap());
        (loss, variables.variables())
    };
    for name in LOSSES
        .into_iter()
        .filter(|name| ["hint", "true", "variational", "contrastive"].iter().any(|part| name.contains(part)))
    {
        let ((loss, variables), (again, same), (other, _)) = (of(1, name), of(1, name), of(2, name));
        assert!(loss.to_bits() == again.to_bits() && loss.to_bits() != other.to_bits(), "{name}");
        for (path, tensor) in variables {
            assert!(path.starts_with("feature."), "{path}");
            assert!(furthest(&tensor, &same[&path]) == 0.0, "{path}");
        }
    }
}
