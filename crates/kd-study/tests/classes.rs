//! Measures of classes, against the same computed by hand from what runs leave behind; and a teacher's own augmentation.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;

use kd_core::metrics::ClassMeans;
use kd_data::{Encoder, catalogue};
use kd_models::{Input, Mode, Model};
use kd_study::results::Comparisons;
use kd_study::run::Runner;
use kd_study::store::record::RunRecord;
use kd_study::{Plan, Store, Study};
use tch::{Device, Kind, Tensor};

/// A student that has never seen a three.
const STUDY: &str = r#"
[study]
name = "classes"
seeds = [1]
keep = ["weights"]
collapse = true

[tasks.digits]
data.catalogue.name = "optdigits"

[tasks.digits.teacher]
model.mlp = { hidden = [24] }
samples = 600
train = { budget.steps = 200, optimizer.adamw.learning_rate = 1e-2 }

[tasks.digits.student]
model.mlp = { hidden = [16] }
samples = [200]
without = ["3"]
class_bias = { "3" = 3.5, "8" = -0.5 }
train = { budget.steps = 100, optimizer.adamw.learning_rate = 1e-2 }

[arms.distilled]
objective.distillation.temperature = 4.0
"#;

fn plan(text: &str) -> Plan {
    Plan::new(&Study::parse(text, "study.toml").unwrap()).unwrap()
}

/// The last features and logits of a run's model on some of its data set's examples.
fn seen(record: &RunRecord, folder: &Path, inputs: &kd_data::Inputs) -> (Model, [Tensor; 2]) {
    let own = folder.join("runs").join(record.id.as_str());
    let encoder: Encoder = serde_json::from_slice(&fs_err::read(own.join("encoder.json")).unwrap()).unwrap();
    let image = Input::Image { channels: 1, height: 8, width: 8 };
    let mut stream = kd_core::random::Stream::new(&[0], kd_core::random::Concern::Initialisation);
    let architecture = record.spec.model.architecture().unwrap();
    let mut model = Model::new(architecture, image, 10, &mut stream, Device::Cpu).unwrap();
    model.load(&own.join("weights.safetensors")).unwrap();
    let encoded = encoder.encode(inputs).unwrap();
    let index = Tensor::arange(encoded.len() as i64, (Kind::Int64, Device::Cpu));
    let mut output = model.forward(&encoded.batch(&index).unwrap(), Mode::Evaluate).unwrap();
    let (_, feature) = output.features.pop().unwrap();
    (model, [feature, output.logits])
}

#[test]
fn what_is_measured_of_classes_is_what_follows_from_weights() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let mut runner = Runner::new(store.clone(), Device::Cpu);
    let plan = plan(STUDY);
    let digits = catalogue::load("optdigits").unwrap();
    let labels = |examples: &kd_data::Examples| Tensor::from_slice(examples.labels().unwrap());
    for run in &plan.runs {
        let record = runner.run(&run.order()).unwrap();
        let rows: Vec<usize> = store.subset(&run.id).unwrap();
        let own = digits.train.select(&rows).unwrap();
        let (model, [features, _]) = seen(&record, folder.path(), &own.inputs);
        let means = ClassMeans::of(&features, &labels(&own)).unwrap().unwrap();
        let (_, [on_test, logits]) = seen(&record, folder.path(), &digits.test.inputs);
        let found = Comparisons::of(&store).collapse(run).unwrap();
        let expected = means.collapse(model.head_weights().as_ref()).unwrap().unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6 * b.abs().max(1.0);
        let train = found.train.unwrap();
        assert!(near(train.within, expected.within) && near(train.norms, expected.norms), "{train:?}");
        assert!(near(train.angles, expected.angles), "{train:?}");
        assert!(near(train.classifier.unwrap(), expected.classifier.unwrap()), "{train:?}");
        let disagreement = means.disagreement(&on_test, &logits).unwrap();
        assert!(near(found.test_disagreement.unwrap(), disagreement), "{found:?}");

        let shifted = Comparisons::of(&store).shifted(run);
        if run.role == kd_analysis::Role::Teacher {
            assert_eq!(shifted, None, "biases are the student's");
            continue;
        }
        let biases = Tensor::from_slice(&[0.0, 0.0, 0.0, 3.5, 0.0, 0.0, 0.0, 0.0, -0.5, 0.0]);
        let right = (logits + biases).argmax(1, false).eq_tensor(&labels(&digits.test));
        let mean = |values: &Tensor| values.to_kind(Kind::Double).mean(Kind::Double).double_value(&[]);
        let shifted = shifted.unwrap();
        assert!(near(shifted.accuracy, mean(&right)), "{shifted:?}");
        let of_both = labels(&digits.test).eq(3).logical_or(&labels(&digits.test).eq(8));
        assert!(near(shifted.shifted_classes.unwrap(), mean(&right.masked_select(&of_both))), "{shifted:?}");
    }
}

#[test]
fn what_is_measured_of_classes_is_no_part_of_what_is_trained() {
    let asking = plan(STUDY);
    let text = STUDY.replace("collapse = true\n", "").replace("class_bias", "# class_bias");
    let ids = |plan: &Plan| plan.runs.iter().map(|run| run.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&asking), ids(&plan(&text)));
}

#[test]
fn a_teacher_may_have_an_augmentation_of_its_own() {
    let shifted = "[tasks.digits.teacher]\naugmentation.crop.padding = 1\n";
    let own = plan(&STUDY.replace("[tasks.digits.teacher]\n", shifted));
    let plain = plan(STUDY);
    let views = |plan: &Plan| plan.runs.iter().map(|run| run.spec.augmentation.is_some()).collect::<Vec<_>>();
    assert_eq!((views(&own), views(&plain)), (vec![true, false], vec![false, false]));
    let of_both = STUDY.replace("[tasks.digits]\n", "[tasks.digits]\naugmentation.crop.padding = 1\n");
    assert_eq!(
        plan(&of_both).runs[0].id,
        own.runs[0].id,
        "the teacher's is that of the task, where it says nothing"
    );
    assert_ne!(own.runs[1].id, plain.runs[1].id, "its teacher is another");
}
