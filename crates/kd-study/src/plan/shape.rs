//! What decides how long a step takes.

use std::collections::HashMap;

use kd_models::Input;
use serde_json::{Value, json};

use super::PlannedRun;
use crate::spec::{Part, Predictor, Pretrained, RunId, RunSpec, TeacherView};

/// What decides how long a step takes: runs of one shape make theirs at one rate. How many steps there are, seeds and
/// rates of learning are not in it, and M only where a batch or a vocabulary depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    family: String,
    text: String,
}

/// The shape of every run of a plan.
pub(crate) fn shapes(plan: &[PlannedRun]) -> HashMap<&RunId, Shape> {
    let specs: HashMap<&RunId, &RunSpec> = plan.iter().map(|run| (&run.id, &run.spec)).collect();
    let shape = |run| Shape::of(run, |id| specs.get(id).copied());
    specs.iter().map(|(&id, &spec)| (id, shape(spec))).collect()
}

impl Shape {
    /// That of a run; `find` knows the runs it may hear.
    pub(crate) fn of<'a>(spec: &RunSpec, find: impl Fn(&RunId) -> Option<&'a RunSpec>) -> Self {
        let samples = spec.trained_on();
        let batch = spec.training.as_ref().map(|training| training.batch_of(samples));
        let teachers: Vec<Value> = if compares_at_each_step(spec) {
            let model = |teacher| find(teacher).map_or(Value::Null, |teacher| model(&teacher.model));
            spec.teachers().iter().map(model).collect()
        } else {
            Vec::new()
        };
        let mut shape = json!({
            "data": [spec.data.name, spec.data.fingerprint],
            "encoding": spec.data.encoding,
            "model": model(&spec.model),
            "trainable": spec.weights.as_ref().map(|weights| weights.trainable),
            "training": spec.training,
            "batch": batch,
            "samples": learns_a_vocabulary(spec).then_some(samples),
            "objective": spec.objective,
            "augmentation": spec.augmentation,
            "teachers": teachers,
            "teaches": teaches(spec),
        });
        if let Some(Value::Object(training)) = shape.get_mut("training") {
            training.remove("budget");
        }
        without_fractions(&mut shape);
        Self { family: family(&spec.model), text: shape.to_string() }
    }

    /// The name of the architecture: shapes that share it are alike in how much of a processor they use.
    pub(crate) fn family(&self) -> &str {
        &self.family
    }
}

/// What teaches says something of every example at its end.
fn teaches(spec: &RunSpec) -> bool {
    match spec.part {
        Part::Teacher { .. } => true,
        Part::Student { .. } => false,
    }
}

/// Whether teachers, or their features, are there while a student learns.
fn compares_at_each_step(spec: &RunSpec) -> bool {
    looks(spec) || spec.objective.features().next().is_some()
}

/// Whether teachers see every view that the student learns from.
pub(crate) fn looks(spec: &RunSpec) -> bool {
    let same = match spec.teacher_view {
        TeacherView::Same => true,
        TeacherView::Clean => false,
    };
    same && spec.augmentation.is_some() && spec.objective.needs_teacher()
}

/// Whether the model has a vector for every token of its own samples.
fn learns_a_vocabulary(spec: &RunSpec) -> bool {
    spec.model.architecture().is_some_and(|own| own.check(Input::Tokens { vocabulary: 1000 }).is_ok())
}

fn family(model: &Predictor) -> String {
    match model {
        Predictor::Model(architecture) => architecture.name(),
        Predictor::Pretrained(Pretrained::TorchScript { .. }) => "torch_script".to_owned(),
        Predictor::Pretrained(Pretrained::Outputs { .. }) => "outputs".to_owned(),
        Predictor::Pretrained(Pretrained::Bayes {}) => "bayes".to_owned(),
    }
}

fn model(model: &Predictor) -> Value {
    match model.architecture() {
        Some(architecture) => json!(architecture),
        None => json!(family(model)),
    }
}

/// Numbers that are not whole, such as rates and temperatures, do not change what is computed.
fn without_fractions(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => *value = Value::Null,
        Value::Array(values) => values.iter_mut().for_each(without_fractions),
        Value::Object(values) => values.values_mut().for_each(without_fractions),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::study::tests::study;

    fn shape(spec: &RunSpec) -> Shape {
        Shape::of(spec, |_| None)
    }

    #[test]
    fn what_changes_no_step_is_not_in_it() {
        let plan = Plan::new(&study(&[])).unwrap();
        let student = plan.runs.iter().rfind(|run| run.spec.samples() == 90);
        let student = student.unwrap().spec.clone();
        let changed = |change: &dyn Fn(&mut RunSpec)| {
            let mut other = student.clone();
            change(&mut other);
            shape(&other) == shape(&student)
        };
        assert!(changed(&|other| other.seed = 99));
        assert!(changed(&|other| other.draws.iter_mut().for_each(|draw| draw.seed = 99)));
        assert!(changed(&|other| other.draws.last_mut().unwrap().samples += 1000));
        assert!(!changed(&|other| other.draws.last_mut().unwrap().samples = 3), "a smaller batch");
        let own = |budget: u32, batch: u32, rate: f64| {
            let optimizer = format!(r#"{{"sgd":{{"learning_rate":{rate:?}}}}}"#);
            let json =
                format!(r#"{{"budget":{{"steps":{budget}}},"batch":{batch},"optimizer":{optimizer}}}"#);
            Some(serde_json::from_str(&json).unwrap())
        };
        let with = |training| shape(&RunSpec { training, ..student.clone() });
        let same = |training| with(training) == with(own(10, 8, 0.1));
        assert!(same(own(1000, 8, 0.5)) && !same(own(10, 16, 0.1)));
        assert!(!changed(&|other| other.model = serde_json::from_str(r#"{"mlp":{"hidden":[99]}}"#).unwrap()));
        assert_eq!(shape(&student).family(), "mlp");
    }

    #[test]
    fn the_number_of_texts_decides_how_large_a_vocabulary_is() {
        let plan = Plan::new(&study(&[])).unwrap();
        let mut text = plan.runs[0].spec.clone();
        text.model = serde_json::from_str(r#"{"bag_of_embeddings":{"dimension":8}}"#).unwrap();
        let mut more = text.clone();
        more.draws[0].samples += 1000;
        assert_ne!(shape(&text), shape(&more));
    }
}
