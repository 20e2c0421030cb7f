//! Measures of representation, against the same computed by hand from what runs leave behind.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;

use kd_core::metrics::{Cka, alignment, empirical_ntk, kernel_alignment, linear_cka, parameter_distance};
use kd_core::random::{Concern, Stream};
use kd_data::{Encoder, Sampling, catalogue, subset};
use kd_models::{Input, Mode, Model};
use kd_study::plan::PlannedRun;
use kd_study::results::Comparisons;
use kd_study::run::Runner;
use kd_study::store::comparison::Representation;
use kd_study::store::record::RunRecord;
use kd_study::{Plan, Store, Study};
use tch::{Device, Kind, Tensor};

/// A teacher, and a student whose objective learns a part of its own, so that its weights are kept as well.
const STUDY: &str = r#"
[study]
name = "represent"
seeds = [1]
representation = { examples = 50, tangent_examples = 6 }

[tasks.digits]
data.catalogue.name = "optdigits"

[tasks.digits.teacher]
model.mlp = { hidden = [24] }
samples = 300
train = { budget.steps = 60, optimizer.adamw.learning_rate = 1e-2 }

[tasks.digits.student]
model.mlp = { hidden = [16] }
samples = [40]
train = { budget.steps = 30, optimizer.adamw.learning_rate = 1e-2 }

[arms.hint]
objective.features = { student = "hidden0", teacher = "hidden0", loss.hint = {} }
"#;

/// The records of a study's teacher and student, and what was measured.
fn trained(text: &str, folder: &Path) -> Vec<(RunRecord, Representation)> {
    let store = Store::create(folder).unwrap();
    let mut runner = Runner::new(store.clone(), Device::Cpu);
    let plan = Plan::new(&Study::parse(text, "study.toml").unwrap()).unwrap();
    let train = |run: &PlannedRun| {
        let record = runner.run(&run.order()).unwrap();
        (record, Comparisons::of(&store).representation(run).unwrap())
    };
    plan.runs.iter().map(train).collect()
}

/// What a model makes of the first 50 test examples by rank: its feature, and the tangent kernel of 6 of them.
struct Seen {
    feature: Tensor,
    kernel: Tensor,
    weights: Vec<Tensor>,
}

impl Seen {
    fn at_start(record: &RunRecord, folder: &Path) -> Self {
        let (model, encoder) = start(record, folder);
        Self::of(&model, &encoder)
    }

    fn at_end(record: &RunRecord, folder: &Path) -> Self {
        let (mut model, encoder) = start(record, folder);
        model.load(&run_folder(record, folder).join("weights.safetensors")).unwrap();
        Self::of(&model, &encoder)
    }

    fn of(model: &Model, encoder: &Encoder) -> Self {
        let test = catalogue::load("optdigits").unwrap().test;
        let rows: Vec<usize> = (0..test.len()).collect();
        let ranked = subset::rank(0, "optdigits test", &rows, &test, &Sampling::Uniform, 50).unwrap();
        let inputs = encoder.encode(&test.select(&ranked).unwrap().inputs).unwrap();
        let output = |count| {
            let index = Tensor::arange(count, (Kind::Int64, Device::Cpu));
            model.forward(&inputs.batch(&index).unwrap(), Mode::Evaluate).unwrap()
        };
        let weights = model.store().trainable_variables();
        Self {
            feature: output(50).feature("hidden0").unwrap().shallow_clone(),
            kernel: empirical_ntk(&output(6).logits, &weights).unwrap(),
            weights,
        }
    }

    fn cka(&self, other: &Self) -> f64 {
        linear_cka(&self.feature, &other.feature, Cka::Unbiased).unwrap()
    }

    fn ntk_alignment(&self, other: &Self) -> f64 {
        kernel_alignment(&self.kernel, &other.kernel, Cka::Unbiased).unwrap()
    }
}

fn run_folder(record: &RunRecord, folder: &Path) -> std::path::PathBuf {
    folder.join("runs").join(record.id.as_str())
}

/// The model as its run started it.
fn start(record: &RunRecord, folder: &Path) -> (Model, Encoder) {
    let encoder = fs_err::read(run_folder(record, folder).join("encoder.json")).unwrap();
    let mut stream = Stream::new(&record.spec.stream_seeds(), Concern::Initialisation);
    let image = Input::Image { channels: 1, height: 8, width: 8 };
    let model =
        Model::new(record.spec.model.architecture().unwrap(), image, 10, &mut stream, Device::Cpu).unwrap();
    (model, serde_json::from_slice(&encoder).unwrap())
}

fn assert_close(got: Option<f64>, expected: f64) {
    assert!(got.is_some_and(|got| (got - expected).abs() < 1e-9), "{got:?}, by hand {expected}");
}

#[test]
fn workers_measure_what_the_published_models_give_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let [teacher, student] = &trained(STUDY, folder.path())[..] else { panic!("a teacher and a student") };
    let teacher_end = Seen::at_end(&teacher.0, folder.path());
    for (record, found) in [teacher, student] {
        let (start, end) = (Seen::at_start(record, folder.path()), Seen::at_end(record, folder.path()));
        assert_close(found.cka_to_start, end.cka(&start));
        assert_close(found.feature_alignment_to_start, alignment(&end.feature, &start.feature).unwrap());
        assert_close(found.ntk_alignment_to_start, end.ntk_alignment(&start));
        let moved = parameter_distance(&end.weights, &start.weights).unwrap();
        assert_close(Some(found.weight_distance_to_start), moved);
        assert!(moved > 0.1 && found.cka_to_start < Some(0.999), "it learnt something: {found:?}");
    }
    let (student, found) = student;
    let end = Seen::at_end(student, folder.path());
    assert_close(found.cka_to_teacher, end.cka(&teacher_end));
    assert_close(found.ntk_alignment_to_teacher, end.ntk_alignment(&teacher_end));
    let (_, found) = teacher;
    assert_eq!((found.cka_to_teacher, found.ntk_alignment_to_teacher), (None, None), "it has no teacher");
}

#[test]
fn who_does_not_move_is_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    // Too small to change any weight in float32.
    let text = STUDY.replace("learning_rate = 1e-2", "learning_rate = 1e-30");
    for (_, found) in trained(&text, folder.path()) {
        assert!(found.weight_distance_to_start.abs() < f64::MIN_POSITIVE, "{found:?}");
        assert_close(found.cka_to_start, 1.0);
        assert_close(found.feature_alignment_to_start, 1.0);
        assert_close(found.ntk_alignment_to_start, 1.0);
    }
}

#[test]
fn a_linear_model_has_a_kernel_but_no_feature() {
    let folder = tempfile::tempdir().unwrap();
    let (text, _) = STUDY.split_once("[arms.hint]").unwrap();
    let linear = text.replace("hidden = [16]", "hidden = []");
    let trained = trained(&format!("{linear}[arms.labels]\nobjective.cross_entropy = {{}}\n"), folder.path());
    let (_, found) = trained[1];
    assert_eq!(
        (found.cka_to_start, found.cka_to_teacher, found.feature_alignment_to_start),
        (None, None, None)
    );
    // The kernel of a linear model is that of its inputs, whatever its weights.
    assert_close(found.ntk_alignment_to_start, 1.0);
    assert!(found.ntk_alignment_to_teacher.is_some() && found.weight_distance_to_start > 0.0, "{found:?}");
}

#[test]
fn kernels_are_left_out_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for (_, found) in trained(&STUDY.replace(", tangent_examples = 6", ""), folder.path()) {
        assert!(found.cka_to_start.is_some() && found.ntk_alignment_to_start.is_none(), "{found:?}");
    }
}

#[test]
fn what_was_measured_is_adopted_with_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let of_there = trained(STUDY, &folder.path().join("there"));
    let here = Store::create(&folder.path().join("here")).unwrap();
    let [there] = &here.siblings().unwrap()[..] else { panic!("one folder expected") };
    let plan = Plan::new(&Study::parse(STUDY, "study.toml").unwrap()).unwrap();
    for (run, (record, measured)) in plan.runs.iter().zip(&of_there) {
        let adopted = here.adopt(&run.id, &run.keep, there, |_| true).unwrap();
        assert_eq!(adopted.as_ref(), Some(record));
        assert!(here.missing(&run.id, &run.spec, &run.keep).unwrap().is_nothing());
        assert_eq!(Comparisons::of(&here).representation(run).as_ref(), Some(measured));
    }
    // What was never measured there would be missing here.
    here.forget(&plan.runs[1].id).unwrap();
    let text = STUDY.replace("examples = 50", "examples = 40");
    let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap();
    let run = &plan.runs[1];
    assert_eq!(here.adopt(&run.id, &run.keep, there, |_| true).unwrap(), None);
}
