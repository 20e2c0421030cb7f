//! What a run computes, against the same computed by hand: a softmax classifier that takes all of its samples at every step,
//! with the optimisers, schedules and averages that a study file can name.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::f64::consts::PI;
use std::path::Path;

use kd_core::random::{Concern, Stream};
use kd_data::{Encoder, Targets, catalogue};
use kd_models::{Input, Model};
use kd_study::run::Runner;
use kd_study::store::record::RunRecord;
use kd_study::{Plan, Store, Study};
use tch::{Device, Kind, Tensor};

const STEPS: usize = 40;
const SAMPLES: usize = 50;

/// Trains the teacher of a study on all of its samples at every step.
fn trained(train: &str, folder: &Path) -> RunRecord {
    let text = format!(
        r#"
[study]
name = "descent"
seeds = [3]

[tasks.digits]
data.catalogue.name = "optdigits"

[tasks.digits.teacher]
model.mlp.hidden = []
samples = {SAMPLES}
train = {{ budget.steps = {STEPS}, batch = {SAMPLES}, {train} }}

[tasks.digits.student]
model.mlp.hidden = []
samples = [10]
train = {{ budget.steps = 1, optimizer.sgd.learning_rate = 0.1 }}

[arms.labels]
objective.cross_entropy = {{}}

[arms.distilled]
objective.distillation.temperature = 2.0
"#
    );
    let store = Store::create(folder).unwrap();
    let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap();
    Runner::new(store, Device::Cpu).run(&plan.runs[0].order()).unwrap()
}

/// The weights of a layer, `[classes, inputs]`, and its biases, in float64.
struct Weights([Tensor; 2]);

impl Weights {
    fn of(model: &Model) -> Self {
        let own = |values: &Tensor| values.detach().to_kind(Kind::Double).copy();
        let [weight, bias] = &model.store().trainable_variables()[..] else { panic!("one layer") };
        if weight.dim() == 2 { Self([own(weight), own(bias)]) } else { Self([own(bias), own(weight)]) }
    }

    fn each(&self, of: impl Fn(usize, &Tensor) -> Tensor) -> Self {
        Self([of(0, &self.0[0]), of(1, &self.0[1])])
    }

    /// The largest distance of a weight from that of another.
    fn distance(&self, other: &Self) -> f64 {
        let far = |place: usize| (&self.0[place] - &other.0[place]).abs().max().double_value(&[]);
        far(0).max(far(1))
    }

    /// The gradient of the mean cross-entropy: `(softmax(x Wᵀ + b) − y)ᵀ x / B`.
    fn gradient(&self, inputs: &Tensor, right: &Tensor) -> Self {
        let [weight, bias] = &self.0;
        let wrong = ((inputs.matmul(&weight.tr()) + bias).softmax(-1, Kind::Double) - right)
            / inputs.size()[0] as f64;
        Self([wrong.tr().matmul(inputs), wrong.sum_dim_intlist(0, false, Kind::Double)])
    }
}

/// A run's own samples, and its weights before and after.
struct Run {
    inputs: Tensor,
    right: Tensor,
    start: Weights,
    end: Weights,
}

impl Run {
    fn of(train: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let record = trained(train, folder.path());
        let own = folder.path().join("runs").join(record.id.as_str());
        let encoder: Encoder =
            serde_json::from_slice(&fs_err::read(own.join("encoder.json")).unwrap()).unwrap();
        let rows: Vec<usize> =
            serde_json::from_slice(&fs_err::read(own.join("subset.json")).unwrap()).unwrap();
        assert_eq!(rows.len(), SAMPLES);
        let samples = catalogue::load("optdigits").unwrap().train.select(&rows).unwrap();
        let index = Tensor::arange(SAMPLES as i64, (Kind::Int64, Device::Cpu));
        let mut stream = Stream::new(&record.spec.stream_seeds(), Concern::Initialisation);
        let image = Input::Image { channels: 1, height: 8, width: 8 };
        let architecture = record.spec.model.architecture().unwrap();
        let mut model = Model::new(architecture, image, 10, &mut stream, Device::Cpu).unwrap();
        let start = Weights::of(&model);
        model.load(&own.join("weights.safetensors")).unwrap();
        let images = encoder.encode(&samples.inputs).unwrap().batch(&index).unwrap();
        let Targets::Classes(classes) = &samples.targets else { panic!("classes") };
        Self {
            inputs: images.reshape([SAMPLES as i64, -1]).to_kind(Kind::Double),
            right: Tensor::from_slice(classes).one_hot(10).to_kind(Kind::Double),
            start,
            end: Weights::of(&model),
        }
    }

    /// The weights after all steps of `update(weights, gradient, step)`.
    fn follow(&self, mut update: impl FnMut(&Weights, &Weights, usize) -> Weights) -> Weights {
        let mut weights = self.start.each(|_, values| values.copy());
        for step in 0..STEPS {
            let gradient = weights.gradient(&self.inputs, &self.right);
            weights = update(&weights, &gradient, step);
        }
        weights
    }

    /// That a run is what was computed by hand, and that this says something: its weights moved a hundred times as far as rounding.
    fn is(&self, by_hand: &Weights) -> bool {
        let moved = self.end.distance(&self.start);
        assert!(moved > 0.01, "moved by {moved}");
        self.end.distance(by_hand) < 1e-4 * moved.max(0.1)
    }
}

/// Linear warm-up over a share of the budget, then half a cosine to 0.
fn cosine(warmup: f64) -> impl Fn(usize) -> f64 {
    move |step| {
        let (done, rising) = (step as f64, warmup * STEPS as f64);
        if done + 1.0 <= rising {
            (done + 1.0) / rising
        } else {
            f64::midpoint(1.0, (PI * (done - rising) / (STEPS as f64 - rising)).cos())
        }
    }
}

fn constant(_: usize) -> f64 {
    1.0
}

/// SGD as PyTorch has it.
fn sgd(
    run: &Run,
    (rate, momentum, decay, nesterov): (f64, f64, f64, bool),
    schedule: impl Fn(usize) -> f64,
) -> Weights {
    let mut velocity = run.start.each(|_, values| values.zeros_like());
    run.follow(|weights, gradient, step| {
        let pull = gradient.each(|place, values| values + decay * &weights.0[place]);
        velocity = velocity.each(|place, values| momentum * values + &pull.0[place]);
        weights.each(|place, values| {
            let along = if nesterov {
                &pull.0[place] + momentum * &velocity.0[place]
            } else {
                velocity.0[place].copy()
            };
            values - rate * schedule(step) * along
        })
    })
}

#[test]
fn gradient_descent_is_that_of_the_textbook() {
    let run = Run::of("optimizer.sgd.learning_rate = 0.05");
    assert!(run.is(&sgd(&run, (0.05, 0.0, 0.0, false), constant)));
    assert!(!run.is(&sgd(&run, (0.051, 0.0, 0.0, false), constant)));
}

#[test]
fn momentum_and_decay_are_pytorchs() {
    for nesterov in [false, true] {
        let train = format!(
            "optimizer.sgd = {{ learning_rate = 0.02, momentum = 0.9, weight_decay = 0.05, nesterov = {nesterov} }}"
        );
        let run = Run::of(&train);
        assert!(run.is(&sgd(&run, (0.02, 0.9, 0.05, nesterov), constant)));
        assert!(!run.is(&sgd(&run, (0.02, 0.9, 0.05, !nesterov), constant)));
        assert!(!run.is(&sgd(&run, (0.02, 0.9, 0.0, nesterov), constant)));
    }
}

#[test]
fn weights_into_a_unit_are_no_longer_than_the_longest_that_is_allowed() {
    let run = Run::of("optimizer.sgd.learning_rate = 0.5, max_norm = 0.4");
    let by_hand = |most: f64| {
        run.follow(|weights, gradient, _| {
            let moved = weights.each(|place, values| values - 0.5 * &gradient.0[place]);
            moved.each(|place, values| match place {
                0 => {
                    let norms = values.square().sum_dim_intlist(1, true, Kind::Double).sqrt();
                    values * (most / norms).clamp_max(1.0)
                }
                _ => values.copy(),
            })
        })
    };
    assert!(run.is(&by_hand(0.4)));
    assert!(!run.is(&by_hand(0.5)), "the limit shows");
    assert!(!run.is(&by_hand(f64::INFINITY)), "it shortens");
}

#[test]
fn the_learning_rate_follows_its_schedule() {
    let run = Run::of("schedule.cosine = {}, optimizer.sgd.learning_rate = 0.05");
    assert!(run.is(&sgd(&run, (0.05, 0.0, 0.0, false), cosine(0.0))));
    assert!(!run.is(&sgd(&run, (0.05, 0.0, 0.0, false), constant)), "the schedule shows");
    let run = Run::of("schedule.cosine.warmup = 0.25, optimizer.sgd.learning_rate = 0.05");
    assert!(run.is(&sgd(&run, (0.05, 0.0, 0.0, false), cosine(0.25))));
    assert!(!run.is(&sgd(&run, (0.05, 0.0, 0.0, false), cosine(0.0))), "the warm-up shows");
}

#[test]
fn adam_with_decoupled_decay_follows_its_schedule_too() {
    let run = Run::of("schedule.cosine = {}, optimizer.adamw = { learning_rate = 0.01, weight_decay = 0.1 }");
    let by_hand = |schedule: &dyn Fn(usize) -> f64| {
        let nil = || run.start.each(|_, values| values.zeros_like());
        let (mut mean, mut square) = (nil(), nil());
        run.follow(|weights, gradient, step| {
            let (beta1, beta2, rate) = (0.9_f64, 0.999_f64, 0.01 * schedule(step));
            let count = step as i32 + 1;
            mean = mean.each(|place, values| beta1 * values + (1.0 - beta1) * &gradient.0[place]);
            square = square.each(|place, values| beta2 * values + (1.0 - beta2) * gradient.0[place].square());
            weights.each(|place, values| {
                let direction = (&mean.0[place] / (1.0 - beta1.powi(count)))
                    / ((&square.0[place] / (1.0 - beta2.powi(count))).sqrt() + 1e-8);
                values * (1.0 - rate * 0.1) - rate * direction
            })
        })
    };
    assert!(run.is(&by_hand(&cosine(0.0))));
    assert!(!run.is(&by_hand(&constant)));
}

#[test]
fn what_is_kept_is_the_average_of_weights_where_one_is_asked_for() {
    let run = Run::of("average = 0.8, optimizer.sgd.learning_rate = 0.05");
    let mut average = run.start.each(|_, values| values.copy());
    let last = run.follow(|weights, gradient, step| {
        let moved = weights.each(|place, values| values - 0.05 * &gradient.0[place]);
        let count = step as f64 + 1.0;
        let decay = ((1.0 + count) / (10.0 + count)).min(0.8);
        average = average.each(|place, values| decay * values + (1.0 - decay) * &moved.0[place]);
        moved
    });
    assert!(run.is(&average));
    assert!(!run.is(&last));
}
