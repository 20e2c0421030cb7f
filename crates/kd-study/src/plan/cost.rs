//! What steps cost in proportion to each other, before any has been seen.

use std::collections::HashMap;

use kd_models::{Architecture, Input};

use super::shape::{Shape, looks, shapes};
use super::{Plan, PlannedRun};
use crate::spec::{RunId, RunSpec};
use crate::study::{Study, Task};

/// What a step is given for itself, whatever is computed in it.
const STEP: f64 = 1e-4;

/// For each weight: it is read, written and averaged.
const WEIGHT: f64 = 3e-9;

/// For each multiply-add of a forward pass and of the pass back, which takes two.
const PRODUCT: f64 = 5e-11;

/// Seconds that a step of each shape would take on some processor or other: only their proportions mean something.
///
/// By default, all steps cost the same.
#[derive(Debug, Clone, Default)]
pub struct Costs(HashMap<Shape, f64>);

impl Costs {
    /// Those of the runs of a study, by the size of its models.
    #[must_use]
    pub fn of(study: &Study, plan: &Plan) -> Self {
        let specs: HashMap<&RunId, &RunSpec> = plan.runs.iter().map(|run| (&run.id, &run.spec)).collect();
        let shapes = shapes(&plan.runs);
        let mut sizes = HashMap::new();
        let mut costs = HashMap::new();
        for run in plan.distinct() {
            let Some(task) = task_of(study, run) else { continue };
            let Some(shape) = shapes.get(&run.id) else { continue };
            let mut size = |spec: &RunSpec| {
                let Some(architecture) = spec.model.architecture() else { return Size::default() };
                let own = || Size::of(architecture, task.input, task.outputs);
                *sizes
                    .entry(format!("{architecture:?} {:?} {}", task.input, task.outputs))
                    .or_insert_with(own)
            };
            costs.entry(shape.clone()).or_insert_with(|| {
                let own = size(&run.spec);
                let teachers = run.spec.teachers().iter().filter(|_| looks(&run.spec));
                let seen: f64 =
                    teachers.filter_map(|id| specs.get(id)).map(|teacher| size(teacher).products).sum();
                let batch = run.spec.training.as_ref().map_or(0, |own| own.batch_of(run.spec.trained_on()));
                STEP + WEIGHT * own.weights + PRODUCT * batch as f64 * (3.0 * own.products + seen)
            });
        }
        Self(costs)
    }

    /// That of a step of this shape.
    pub(crate) fn step(&self, shape: &Shape) -> f64 {
        self.0.get(shape).copied().unwrap_or(1.0)
    }
}

/// The task that a run is of.
pub(crate) fn task_of<'a>(study: &'a Study, run: &PlannedRun) -> Option<&'a Task> {
    let named = || study.tasks.iter().filter(|task| task.name == run.place.task);
    named().find(|task| task.data == run.spec.data).or_else(|| named().next())
}

/// How large a model is.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    weights: f64,
    /// Multiply-adds of a forward pass of one example.
    products: f64,
}

impl Size {
    /// Nothing is known of a model that cannot be built, whose runs fail.
    fn of(architecture: &Architecture, input: Input, outputs: i64) -> Self {
        let weights = architecture.parameters(input, outputs).unwrap_or_default() as f64;
        Self { weights, products: architecture.multiply_adds(input, outputs).unwrap_or_default() as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::tests::study;

    #[test]
    fn a_step_of_a_larger_model_costs_more() {
        let study = study(&[("model.mlp.hidden = [4]", "model.mlp.hidden = [400]")]);
        let plan = Plan::new(&study).unwrap();
        let (costs, shapes) = (Costs::of(&study, &plan), shapes(&plan.runs));
        let cost = |run: &PlannedRun| costs.step(&shapes[&run.id]);
        let (small, large) = (&plan.runs[0], plan.runs.last().unwrap());
        assert!(cost(large) > cost(small) && cost(small) > STEP, "{costs:?}");
        assert!((Costs::default().step(&shapes[&small.id]) - 1.0).abs() < 1e-12);
    }
}
