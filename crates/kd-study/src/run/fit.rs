//! Training a model of ours.

use std::collections::BTreeMap;

use kd_core::random::{Concern, Stream};
use kd_core::signal;
use kd_models::{Architecture, Model};

use super::examples::Examples;
use super::kept::{Ended, Predictor};
use super::measure::{Best, measure};
use super::take::Measured;
use super::teacher::teacher_model;
use super::{Attempted, Runner, Stopwatch, Trial};
use crate::error::Result;
use crate::spec::{Part, RunSpec, TeacherView};
use crate::store::record::{Failure, FailureKind, Outcome};
use crate::train::comparison::{criterion, teacher_features};
use crate::train::evaluate::Features;
use crate::train::prediction::row_targets;
use crate::train::signal::Signal;
use crate::train::view::Views;
use crate::train::{Ending, History, Learning, Milestone, Samples, Watch, train};

impl Runner {
    pub(super) fn fit(
        &mut self,
        Trial { id, spec, keep, attempt }: &Trial<'_>,
        architecture: &Architecture,
        tell: &mut dyn FnMut(&Milestone),
    ) -> Result<Attempted> {
        let examples = self.cache.examples(spec)?;
        let teachers = self.cache.outputs(spec.teachers())?;
        let seeds = spec.stream_seeds();
        let stream = |concern| Stream::new(&seeds, concern);
        let mut model = self.initial(spec, architecture, &examples)?;
        let starts = self.starts(&keep.measures, spec, &examples, &model);
        // Dropout is the only thing that draws from libtorch's generator; it belongs to this process and this run.
        tch::manual_seed(stream(Concern::Dropout).next_u64() as i64);

        let learnt = examples.learnt();
        let labels = row_targets(&examples.targets)?;
        let heard = teachers
            .iter()
            .map(|teacher| Ok(examples.encoder.standardised(&teacher.train)?))
            .collect::<Result<Vec<_>>>()?;
        let intervention = stream(Concern::Intervention);
        let views = self.views(spec, &examples)?;
        let teacher_looks = views.as_ref().is_some_and(|views| !views.teachers.is_empty());
        let signal = if teacher_looks {
            Signal::Views(signal::Views::of(&spec.objective, &intervention)?)
        } else {
            let subset = learnt.subset;
            Signal::Table(signal::Table::of_subset(&spec.objective, &heard, &labels, subset, &intervention)?)
        };
        let features = self.teacher_features(spec, &examples, teacher_looks)?;
        let (mut criterion, mut parameters) = criterion(
            &spec.objective,
            &model,
            &learnt.samples.inputs,
            &features,
            stream(Concern::Criterion),
        )?;
        let samples = Samples {
            inputs: &learnt.samples.inputs,
            targets: &learnt.samples.targets,
            labelled: learnt.labelled,
            teacher: signal,
            teacher_features: if teacher_looks { Vec::new() } else { features },
            views,
        };
        let mut best = Best { score: f64::NEG_INFINITY, step: 0, weights: BTreeMap::new() };
        let mut order = stream(Concern::BatchOrder);
        let mut evaluating = Stopwatch::default();
        let part = examples.validation.spread(spec)?;
        let validation = part.as_ref().unwrap_or(&examples.validation);
        let mut score = |model: &Model, step| {
            let score = evaluating.time(|| validation.score(model))?;
            // Of equals the last, which has learnt longest and is often the end.
            if score >= best.score {
                best = Best { score, step, weights: model.weights() };
            }
            Ok(score)
        };
        let ending = if let Some(training) = &spec.training {
            let objective = &spec.objective;
            let learning =
                Learning { model: &mut model, objective, criterion: &mut criterion, learnt: &mut parameters };
            train(learning, samples, training, &mut order, Watch { score: &mut score, tell })?
        } else {
            score(&model, 0)?;
            Ending::Finished(History::default())
        };
        let history = match ending {
            Ending::Finished(history) => history,
            Ending::NotFinite { step } => {
                return Ok(Attempted::of(Outcome::Failed(Failure {
                    kind: FailureKind::Deterministic,
                    reason: format!(
                        "the training loss stopped being a finite number by step {step}; a lower learning rate may help"
                    ),
                })));
            }
        };
        let dataset = self.cache.dataset(&spec.data)?;
        let teaches = match spec.part {
            Part::Teacher { .. } => Some(examples.said_of(&model, &dataset.train)?),
            Part::Student { .. } => None,
        };
        let predictions = &evaluating.time(|| examples.predicted_by(&model, teaches.as_ref()))?;
        let predictor = Predictor::Model {
            model: &model,
            learnt: &parameters,
            history: &history,
            teaches: teaches.as_ref(),
        };
        Ended { spec, keep, dataset: &dataset, examples: &examples, predictor, predictions }
            .write(attempt)?;
        let measured = starts.and_then(|starts| {
            let ended = Measured { run: id, spec, examples: &examples, model: &model };
            self.take(&keep.measures, &starts, &ended)
        });
        let hears_teacher = spec.objective.needs_teacher();
        let measures = evaluating
            .time(|| measure(&mut model, &examples, predictions, &best, &history, hears_teacher))?;
        let outcome = Outcome::Finished(Box::new(measures));
        Ok(Attempted { outcome, evaluating: Some(evaluating.0), measured })
    }

    /// The model of a run before its first step.
    pub(super) fn initial(
        &self,
        spec: &RunSpec,
        architecture: &Architecture,
        examples: &Examples,
    ) -> Result<Model> {
        let mut stream = Stream::new(&spec.stream_seeds(), Concern::Initialisation);
        let mut model =
            Model::new(architecture, examples.encoder.input(), examples.outputs, &mut stream, self.device)?;
        if let Some(weights) = &spec.weights {
            weights.start(&mut model)?;
        }
        Ok(model)
    }

    /// The teacher's features that a student compares its own with, on its own samples; if the teacher will look at
    /// views of them, only on the first, whose shapes are those of all.
    fn teacher_features(
        &mut self,
        spec: &RunSpec,
        examples: &Examples,
        teacher_looks: bool,
    ) -> Result<Features> {
        let (Some(teacher), Some(_)) = (spec.teachers().first(), spec.objective.features().next()) else {
            return Ok(Vec::new());
        };
        let rows = examples.learnt().rows;
        let rows = &rows[..if teacher_looks { 1 } else { rows.len() }];
        let own = self.cache.dataset(&spec.data)?.train.inputs.select(rows)?;
        let Some(teacher) = teacher_model(&self.store, teacher, examples.outputs, self.device)? else {
            return Ok(Vec::new());
        };
        teacher_features(&teacher, &spec.objective, &own)
    }

    /// The views that a run learns from, if its samples are augmented.
    fn views<'a>(&mut self, spec: &RunSpec, examples: &'a Examples) -> Result<Option<Views<'a>>> {
        let Some(augmentation) = spec.augmentation else { return Ok(None) };
        let looks = spec.teacher_view == TeacherView::Same && spec.objective.needs_teacher();
        let teachers = spec.teachers().iter().filter(|_| looks);
        // One that was trained elsewhere is refused while planning.
        let load = |teacher| teacher_model(&self.store, teacher, examples.outputs, self.device).transpose();
        let teachers = teachers.filter_map(load).collect::<Result<Vec<_>>>()?;
        let rows = examples.learnt().rows;
        Ok(Some(Views {
            augmentation,
            samples: self.cache.dataset(&spec.data)?.train.inputs.select(rows)?.to_device(self.device)?,
            rows,
            seeds: spec.stream_seeds(),
            encoder: &examples.encoder,
            teachers,
            device: self.device,
        }))
    }
}
