//! What a teacher that was trained elsewhere says.

use tch::Tensor;

use super::Runner;
use super::examples::Labelled;
use super::kept::{Ended, Predictor, keep};
use crate::error::Result;
use crate::spec::{Pretrained, RunSpec};
use crate::store::Attempt;
use crate::store::record::{Measures, Outcome};
use crate::train::Quality;
use crate::train::prediction::score;
use crate::train::pretrained::Said;

impl Runner {
    /// Publishes what a teacher that was trained elsewhere says of every example, and how good that is.
    pub(super) fn listen(
        &mut self,
        spec: &RunSpec,
        teacher: &Pretrained,
        attempt: &Attempt,
    ) -> Result<Outcome> {
        let examples = self.cache.examples(spec)?;
        let encoder = &examples.encoder;
        let dataset = self.cache.dataset(&spec.data)?;
        let official = spec.data.validation.official(&dataset);
        let Said { outputs, validation, parameters } =
            teacher.say(&dataset, official, encoder, self.device)?;
        let predictor = Predictor::Pretrained(&outputs);
        keep(&Ended { spec, dataset: &dataset, examples: &examples, predictor }, attempt)?;

        let standardised = |table: &Tensor| encoder.standardised(&table.f_to_device(self.device)?);
        let (train, test) = (standardised(&outputs.train)?, standardised(&outputs.test)?);
        let on = |rows: &Tensor| train.f_index_select(0, rows);
        let validation = match &examples.held_out {
            Some(rows) => Some(on(rows)?),
            None => validation.as_ref().map(standardised).transpose()?,
        };
        let scored = |table: &Tensor, own: &Labelled| score(table, &own.targets);
        let test = Quality::of(&test, &examples.test.targets, encoder)?;
        Ok(Outcome::Finished(Box::new(Measures {
            test,
            test_score_at_best: test.score(),
            best_step: 0,
            validation_score: validation.map(|table| scored(&table, &examples.validation)).transpose()?,
            train_score: scored(&on(&examples.subset)?, &examples.train)?,
            fidelity: None,
            steps: 0,
            convergence: None,
            parameters,
            subset: examples.subset_hash.clone(),
            representation: None,
        })))
    }
}
