//! Training that reads all samples at once, in float64: least squares, and L-BFGS.

use std::path::Path;

use kd_core::objective::{Objective, Predicted, SquaredErrors};
use kd_data::Dataset;
use kd_models::{Architecture, Mode, Model, Output};
use tch::{Kind, Tensor};

use crate::error::{Error, Result};
use crate::task::Task;
use crate::train::{Ending, Held, History, Learning, Milestone, Samples, ends_part};
use crate::training::{Lbfgs, LeastSquares, Optimizer, Training};

/// Why a model cannot be trained so, and what to do, if so.
pub(crate) fn refusal(
    training: &Training,
    model: &Architecture,
    dataset: &Dataset,
    is_augmented: bool,
) -> Option<(String, &'static str)> {
    let (optimizer, task) = (&training.optimizer, dataset.train.targets.task());
    let needs = match optimizer {
        Optimizer::Adamw(_) | Optimizer::Sgd(_) => return None,
        Optimizer::LeastSquares(_) if task != kd_data::Task::Regression => {
            let why = format!("least squares predicts numbers, but this is {task}");
            return Some((why, "optimizer.lbfgs = {} with a budget finds the minimum of other losses"));
        }
        Optimizer::LeastSquares(_) if !model.is_linear() => {
            let why = format!("least squares solves linear models, but this is `{model}`");
            let advice =
                "model.mlp = { hidden = [] } is linear; optimizer.lbfgs = {} with a budget trains any model";
            return Some((why, advice));
        }
        Optimizer::LeastSquares(_) | Optimizer::Lbfgs(_) => {
            format!("{optimizer} needs a loss that stays the same")
        }
    };
    if is_augmented {
        Some((format!("{needs}, but examples are augmented"), "leave out `augmentation`"))
    } else if model.drops_out() {
        Some((format!("{needs}, but this model drops activations at random"), "set its dropout to 0"))
    } else {
        None
    }
}

/// Why students of a task cannot be trained under an objective, and what to do, if so.
pub(crate) fn unsolved(objective: &Objective, task: &Task) -> Option<(String, &'static str)> {
    let solved = |errors: SquaredErrors| errors.weight() > 0.0;
    match &task.student.training.optimizer {
        // Of classes, the task itself has been complained of.
        Optimizer::LeastSquares(_) if task.predicted != Predicted::Numbers => None,
        Optimizer::LeastSquares(_) if !objective.squared_errors().is_some_and(solved) => Some((
            format!(
                "students of task `{}` are solved by least squares, but this is no squared error that stays the same",
                task.name
            ),
            "`squared_error` is, and `prediction_matching` without `delta` and schedules, and sums of them; \
             optimizer.lbfgs = {} with a budget minimises others",
        )),
        Optimizer::Lbfgs(_) if !objective.is_fixed() => Some((
            format!("L-BFGS, by which task `{}` trains, needs a loss that stays the same", task.name),
            "leave out schedules and what is drawn anew at every step, or train with optimizer.adamw",
        )),
        _ => None,
    }
}

/// All samples, in float64.
struct Whole {
    inputs: Tensor,
    held: Held,
}

impl Whole {
    fn of(samples: &mut Samples<'_>) -> Result<Self> {
        let (count, device) = (samples.targets.size()[0], samples.targets.device());
        let index = Tensor::f_arange(count, (Kind::Int64, device))?;
        let seen = samples.seen(0, &[], &index)?;
        let Held { labels, heard, features, index } = samples.held(&index, &seen)?;
        let heard = heard.iter().map(|heard| heard.as_ref().map(widened).transpose());
        let feature = |(name, feature): (String, Tensor)| Ok((name, widened(&feature)?));
        let held = Held {
            labels: widened(&labels)?,
            heard: heard.collect::<Result<_>>()?,
            features: features.into_iter().map(feature).collect::<Result<_>>()?,
            index,
        };
        Ok(Self { inputs: widened(&seen.inputs)?, held })
    }
}

/// Numbers in float64; classes and tokens as they are.
fn widened(tensor: &Tensor) -> Result<Tensor> {
    Ok(if tensor.is_floating_point() { tensor.f_to_kind(Kind::Double)? } else { tensor.shallow_clone() })
}

/// Solves for the weights of a linear model, and tells of it as of a single step.
///
/// `a MSE(y) + b MSE(teacher)` is, but for what no weight changes, `(a + b) MSE` with the mean of both, weighted so.
pub(crate) fn least_squares(
    learning: Learning<'_>,
    mut samples: Samples<'_>,
    settings: &LeastSquares,
    mut score: impl FnMut(&Model, u64) -> Result<f64>,
) -> Result<Ending> {
    let Learning { model, objective, criterion, .. } = learning;
    let Some(errors) = objective.squared_errors() else {
        return Err(Error::Run(
            "least squares minimises squared errors alone; plan the study anew".to_owned(),
        ));
    };
    let Whole { inputs, held } = Whole::of(&mut samples)?;
    let (inputs, share) = (inputs.f_flatten(1, -1)?, errors.teacher / errors.weight());
    let targets = match held.heard.iter().flatten().next() {
        Some(teacher) if share > 0.0 => held.labels.f_lerp(teacher, share)?,
        _ => held.labels.shallow_clone(),
    };
    // The criterion takes the mean over outputs, the solver their sum.
    let ridge = settings.ridge.get() * targets.size()[1] as f64 / errors.weight();
    let weights = kd_models::least_squares(&inputs, &targets, ridge)?;
    model.set_weights(&weights, Path::new("least squares"))?;

    let (weight, bias) = (&weights["head.weight"], &weights["head.bias"]);
    let output = Output { logits: inputs.f_linear(weight, Some(bias))?, features: Vec::new() };
    let penalty = settings.ridge.get() * weight.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?;
    let loss = held.loss(criterion, &output, 0.0)?.f_double_value(&[])? + penalty;
    if !loss.is_finite() {
        return Ok(Ending::NotFinite { step: 1 });
    }
    let milestone = Milestone { step: 1, loss: Some(loss), validation_score: Some(score(model, 1)?) };
    Ok(Ending::Finished(History { milestones: vec![milestone], arrived: Some(true) }))
}

/// Minimises the criterion, and a penalty on the model's weights, until no derivative is above the tolerance, the
/// budget is spent or no step leads further down. Every step is a milestone, with the loss behind it.
pub(crate) fn by_lbfgs(
    learning: Learning<'_>,
    mut samples: Samples<'_>,
    training: &Training,
    settings: &Lbfgs,
    mut score: impl FnMut(&Model, u64) -> Result<f64>,
) -> Result<Ending> {
    let steps = training.steps(samples.targets.size()[0] as u64);
    let evaluations = u64::from(training.evaluations.get());
    let whole = Whole::of(&mut samples)?;
    let mut function = Function::new(learning, whole, settings.ridge.get());
    let start = function.start()?;
    let mut search = kd_models::Lbfgs::new(start, settings.memory.get() as usize, &mut |point: &Tensor| {
        function.at(point)
    })?;
    let mut milestones: Vec<Milestone> = Vec::new();
    let (mut step, mut moved) = (0, true);
    loop {
        if !search.value().is_finite() {
            return Ok(Ending::NotFinite { step });
        }
        let arrived = search.largest_derivative()? <= settings.tolerance.get();
        let ended = arrived || !moved || step == steps;
        let scored = ended || (step > 0 && ends_part(step, steps, evaluations));
        if step > 0 || ended {
            let mut milestone = Milestone { step, loss: Some(search.value()), validation_score: None };
            if scored {
                function.rounded(search.point())?;
                milestone.validation_score = Some(score(function.learning.model, step)?);
            }
            milestones.pop_if(|last| last.step == step);
            milestones.push(milestone);
        }
        if ended {
            return Ok(Ending::Finished(History { milestones, arrived: Some(arrived) }));
        }
        moved = search.step(&mut |point: &Tensor| function.at(point))?;
        step += u64::from(moved);
    }
}

/// The loss on all samples, as a function of all weights in one vector.
struct Function<'a> {
    learning: Learning<'a>,
    whole: Whole,
    ridge: f64,
    /// Those that move, of the model and of the criterion.
    weights: Vec<Tensor>,
    /// Those of them that are penalised: the model's but for biases and scales.
    penalised: Vec<Tensor>,
}

impl<'a> Function<'a> {
    fn new(learning: Learning<'a>, whole: Whole, ridge: f64) -> Self {
        let mut weights = learning.model.trainable();
        let penalised = weights.iter().filter(|weight| weight.dim() > 1).map(Tensor::shallow_clone).collect();
        weights.extend(learning.learnt.trainable_variables());
        Self { learning, whole, ridge, weights, penalised }
    }

    /// Where the weights are.
    fn start(&self) -> Result<Tensor> {
        let flat = |weight: &Tensor| Ok(weight.f_detach()?.f_to_kind(Kind::Double)?.f_reshape([-1])?);
        Ok(Tensor::f_cat(&self.weights.iter().map(flat).collect::<Result<Vec<_>>>()?, 0)?)
    }

    /// The loss at a point, and its gradient.
    fn at(&mut self, point: &Tensor) -> Result<(f64, Tensor)> {
        self.learning.model.set_kind(Kind::Double)?;
        self.learning.learnt.double();
        self.write(point)?;
        let output = self.learning.model.forward(&self.whole.inputs, Mode::Train)?;
        let mut loss = self.whole.held.loss(self.learning.criterion, &output, 0.0)?;
        for weight in self.penalised.iter().filter(|_| self.ridge > 0.0) {
            loss = loss.f_add(&weight.f_square()?.f_sum(Kind::Double)?.f_mul_scalar(self.ridge)?)?;
        }
        let gradients = Tensor::f_run_backward(&[&loss], &self.weights, false, false)?;
        let flat = |(gradient, weight): (&Tensor, &Tensor)| {
            // What the loss does not depend on has none.
            let gradient =
                if gradient.defined() { gradient.shallow_clone() } else { weight.f_zeros_like()? };
            Ok(gradient.f_reshape([-1])?)
        };
        let gradient = gradients.iter().zip(&self.weights).map(flat).collect::<Result<Vec<_>>>()?;
        Ok((loss.f_double_value(&[])?, Tensor::f_cat(&gradient, 0)?))
    }

    /// Leaves the weights at a point, in float32.
    fn rounded(&mut self, point: &Tensor) -> Result<()> {
        self.learning.model.set_kind(Kind::Float)?;
        self.learning.learnt.float();
        self.write(point)
    }

    fn write(&mut self, point: &Tensor) -> Result<()> {
        let _no_grad = tch::no_grad_guard();
        let mut place = 0;
        for weight in &mut self.weights {
            let count = weight.numel() as i64;
            weight.f_copy_(&point.f_narrow(0, place, count)?.f_reshape(weight.size())?)?;
            place += count;
        }
        Ok(())
    }
}
