//! What a teacher that was trained elsewhere says.

use tch::Tensor;

use super::examples::Labelled;
use super::kept::{Ended, Predictor};
use super::{Runner, Trial};
use crate::error::Result;
use crate::spec::Pretrained;
use crate::store::record::{Measures, Outcome};
use crate::train::Quality;
use crate::train::outputs::Outputs;
use crate::train::prediction::{distinct, score};
use crate::train::pretrained::Said;

impl Runner {
    /// Publishes what a teacher that was trained elsewhere says of every example, and how good that is.
    pub(super) fn listen(
        &mut self,
        Trial { spec, keep, attempt, .. }: &Trial<'_>,
        teacher: &Pretrained,
    ) -> Result<Outcome> {
        let examples = self.cache.examples(spec)?;
        let encoder = &examples.encoder;
        let dataset = self.cache.dataset(&spec.data)?;
        let official = spec.data.validation.official(&dataset);
        let Said { outputs, validation, parameters } =
            teacher.say(spec.data.source.as_ref(), &dataset, official, encoder, self.device)?;
        let standardised = |table: &Tensor| encoder.standardised(&table.f_to_device(self.device)?);
        let train = standardised(&outputs.train)?;
        let on = |rows: &Tensor| train.f_index_select(0, rows);
        let predictions = Outputs { train: on(&examples.subset)?, test: standardised(&outputs.test)? };
        let predictor = Predictor::Pretrained(&outputs);
        Ended { spec, keep, dataset: &dataset, examples: &examples, predictor, predictions: &predictions }
            .write(attempt)?;
        let validation = match &examples.held_out {
            Some(rows) => Some(on(rows)?),
            None => validation.as_ref().map(standardised).transpose()?,
        };
        let scored = |table: &Tensor, own: &Labelled| score(table, &own.targets);
        let test = Quality::of(&predictions.test, &examples.test.targets, encoder)?;
        let validation_score = validation.map(|table| scored(&table, &examples.validation)).transpose()?;
        Ok(Outcome::Finished(Box::new(Measures {
            test,
            test_score_at_best: test.score(),
            best_step: 0,
            validation_score,
            validation_score_at_best: validation_score,
            train_score: scored(&predictions.train, &examples.train)?,
            distinct_predictions: distinct(&predictions.test)?,
            steps: 0,
            convergence: None,
            parameters,
            subset: examples.subset_hash.clone(),
        })))
    }
}
