//! Values that published code gives on a fixed example, in float64, each under the name of the convention that yields
//! it.

use std::collections::{BTreeMap, BTreeSet};

use kd_core::feature::{
    attention_transfer, cka, contrastive, correlation_congruence, feature_kernel, mse, neuron_selectivity,
    probabilistic_transfer, relational_angle, relational_distance, similarity_preserving,
};
use serde::Deserialize;
use tch::{Kind, Tensor};

use super::{Table, build, index, load, value};

#[derive(Deserialize)]
struct Published {
    student: Table,
    teacher: Table,
    student_map: Table,
    teacher_map: Table,
    regressor: Table,
    variational: BTreeMap<String, Table>,
    contrastive: BTreeMap<String, Table>,
    chosen: Vec<Vec<i64>>,
    normalisers: [f64; 2],
    values: BTreeMap<String, f64>,
}

/// What this crate does not copy: neighbours in the batch compared with one another, examples of any length under a
/// kernel meant for length 1, and rows of a Gram matrix divided by their sum of absolute values.
const NOT_COPIED: [&str; 4] = [
    "RepDistiller Correlation",
    "torchdistill CCKDLoss gaussian, sum (raw features)",
    "torchdistill SPKDLoss batchmean",
    "torchdistill SPKDLoss sum",
];

/// How far from a published value its convention may be: 10⁻⁷ is added to norms by PKT and to denominators by CRD.
fn tolerance(name: &str) -> f64 {
    if name.contains("PKT") || name.contains("pkt") {
        1e-8
    } else if name.contains("CRD") || name.contains("crd") {
        1e-5
    } else {
        1e-10
    }
}

#[test]
fn every_published_value_is_reproduced_or_named_as_not_copied() {
    let published: Published =
        serde_json::from_str(include_str!("../golden/published_features.json")).unwrap();
    let mut reproduced = BTreeMap::new();
    for part in [on_numbers, on_maps, on_relations, on_learnt_likelihood, on_contrast] {
        reproduced.extend(part(&published));
    }
    for (name, ours) in &reproduced {
        let theirs = published.values[*name];
        assert!((ours - theirs).abs() < tolerance(name), "{name}: {ours} here, {theirs} published");
    }
    let missing: BTreeSet<&str> = published
        .values
        .keys()
        .map(String::as_str)
        .filter(|name| !reproduced.contains_key(name) && !NOT_COPIED.contains(name))
        .collect();
    assert!(missing.is_empty(), "neither reproduced nor named as not copied: {missing:?}");
}

type Values = Vec<(&'static str, f64)>;

fn on_numbers(published: &Published) -> Values {
    let (student, teacher) = (published.student.tensor(), published.teacher.tensor());
    let error = value(&mse(&student, &teacher.narrow(1, 0, 3)).unwrap());
    // A regressor without bias.
    let (variables, mut hint) = build(r#"{"hint":{}}"#, &student.size(), &teacher.size(), 4);
    let bias = Table { shape: vec![4], values: vec![0.0; 4] };
    let weight = Table { shape: vec![4, 3], values: published.regressor.values.clone() };
    load(&variables, &BTreeMap::from([("regressor.weight".into(), weight), ("regressor.bias".into(), bias)]));
    let hint = value(&hint.loss(&student, &teacher, &index(4)).unwrap());
    vec![("RepDistiller HintLoss", error), ("DED features_mse", error), ("RKD FitNet (no bias)", hint)]
}

fn on_maps(published: &Published) -> Values {
    let (student, teacher) = (published.student_map.tensor(), published.teacher_map.tensor());
    let attention = |student: &Tensor, teacher: &Tensor, power: u32| {
        value(&attention_transfer(student, teacher, power.try_into().unwrap()).unwrap())
    };
    // The mean square, over examples and positions.
    let squared = attention(&student, &teacher, 2);
    // The distance of each example's maps, not squared and summed over their 2 × 2 positions.
    let distance = |i| (4.0 * attention(&student.narrow(0, i, 1), &teacher.narrow(0, i, 1), 2)).sqrt();
    // All pairs of channels, the teacher's among themselves included.
    let selectivity = value(&neuron_selectivity(&student, &teacher).unwrap());
    vec![
        ("RepDistiller Attention p=2", squared),
        ("mdistiller at_loss p=2", squared),
        ("RKD AttentionTransfer (pooled)", squared),
        ("torchdistill ATLoss mode=code (pooled)", squared),
        ("torchdistill ATLoss mode=paper (pooled)", f64::midpoint(distance(0), distance(1))),
        ("mdistiller at_loss p=4", attention(&student, &teacher, 4)),
        ("RepDistiller NSTLoss", selectivity),
        ("mdistiller nst_loss", selectivity),
    ]
}

fn on_relations(published: &Published) -> Values {
    let (student, teacher) = (published.student.tensor(), published.teacher.tensor());
    let of =
        |loss: fn(&Tensor, &Tensor) -> kd_core::Result<Tensor>| value(&loss(&student, &teacher).unwrap());
    // Rows of the Gram matrix of length 1, squared differences over B².
    let similarity = of(similarity_preserving);
    // Means over all B² pairs and B³ triples.
    let (distance, angle) = (of(relational_distance), of(relational_angle));
    // The mean over all B² pairs.
    let neighbours = of(probabilistic_transfer);
    // The norm itself over B², or not divided.
    let order = 2.try_into().unwrap();
    let squared = value(&correlation_congruence(&student, &teacher, 0.4, order).unwrap());
    let norm = (16.0 * squared).sqrt();
    // The lengths of the student's features, not squared.
    let kernels = value(&feature_kernel(&student, &teacher, 0.0).unwrap());
    let lengths = value(&student.norm_scalaropt_dim(2, [1], false).mean(Kind::Double));
    vec![
        ("RepDistiller Similarity", similarity),
        ("mdistiller sp_loss", similarity),
        ("RKD RkdDistance", distance),
        ("RKD RKdAngle", angle),
        ("RepDistiller RKDLoss 25, 50", 25.0 * distance + 50.0 * angle),
        ("mdistiller rkd_loss 25, 50", 25.0 * distance + 50.0 * angle),
        ("torchdistill RKDLoss 1, 2", distance + 2.0 * angle),
        ("PKT cosine_similarity_loss", neighbours),
        ("RepDistiller PKT", neighbours),
        ("mdistiller pkt_loss", neighbours),
        ("torchdistill PKTLoss", neighbours),
        ("torchdistill CCKDLoss gaussian, batchmean (unit features)", norm / 16.0),
        ("torchdistill CCKDLoss gaussian, sum (unit features)", norm),
        ("DED fkd kernel_loss", kernels),
        ("DED fkd regulariser", lengths),
        ("DED fkd total 300, 0.01", 300.0 * kernels + 0.01 * lengths),
        ("DED cka_loss", of(cka)),
    ]
}

fn on_learnt_likelihood(published: &Published) -> Values {
    let (student, teacher) = (published.student_map.tensor(), published.teacher_map.tensor());
    let (variables, mut criterion) = build(r#"{"variational":{}}"#, &student.size(), &teacher.size(), 2);
    let start = variables.variables()["raw_variance"].copy();
    load(&variables, &published.variational);
    let learnt = value(&criterion.loss(&student, &teacher, &index(2)).unwrap());
    tch::no_grad(|| variables.variables()["raw_variance"].shallow_clone().copy_(&start));
    let initial = value(&criterion.loss(&student, &teacher, &index(2)).unwrap());
    vec![
        ("RepDistiller VIDLoss", learnt),
        ("mdistiller vid_loss", learnt),
        ("torchdistill VIDLoss", learnt),
        ("RepDistiller VIDLoss (initial variance)", initial),
    ]
}

fn on_contrast(published: &Published) -> Values {
    let (student, teacher) = (published.student.tensor(), published.teacher.tensor());
    let learnt = |name: &str| published.contrastive[name].tensor();
    let chosen = Tensor::from_slice2(&published.chosen);
    let side = |feature: &Tensor, own: &str, other: &str, normaliser: f64| {
        let [weight, bias] = ["weight", "bias"].map(|leaf| learnt(&format!("{own}.embedding.{leaf}")));
        let embedding = feature.linear(&weight, Some(bias));
        let embedding = &embedding / embedding.norm_scalaropt_dim(2, [1], true);
        let memory = learnt(&format!("{other}.memory"));
        value(&contrastive(&embedding, &memory, &chosen, 0.07, normaliser.ln()).unwrap())
    };
    // The student's anchors and the teacher's, summed.
    let [of_student, of_teacher] = published.normalisers;
    let first =
        side(&student, "student", "teacher", of_student) + side(&teacher, "teacher", "student", of_teacher);

    // Of two training examples, an example is told from the other, whatever is drawn. The first batch sets Z and
    // changes the memories that the second sees.
    let config = r#"{"contrastive":{"dimension":2,"negatives":3}}"#;
    let (variables, mut criterion) = build(config, &student.size(), &teacher.size(), 2);
    let two = |name: &String, table: &Table| {
        let rows = if name.ends_with("memory") { 2 } else { table.shape[0] };
        let tensor = table.tensor().narrow(0, 0, rows);
        Table { shape: tensor.size(), values: Vec::try_from(tensor.flatten(0, -1)).unwrap() }
    };
    load(
        &variables,
        &published.contrastive.iter().map(|(name, table)| (name.clone(), two(name, table))).collect(),
    );
    let (student, teacher) = (student.narrow(0, 0, 2), teacher.narrow(0, 0, 2));
    let mut batch = || value(&criterion.loss(&student, &teacher, &index(2)).unwrap());
    vec![
        ("RepDistiller CRDLoss, first batch", first),
        ("mdistiller crd_loss, first batch", first),
        ("RepDistiller CRDLoss of two examples, first batch", batch()),
        ("RepDistiller CRDLoss of two examples, second batch", batch()),
    ]
}
