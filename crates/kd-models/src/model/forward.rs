//! What a model says of a batch.

use tch::Tensor;

use super::Model;
use crate::batch::admits;
use crate::layer::forward;
use crate::pass::{Mode, Output, Pass};
use crate::{Input, Result};

impl Model {
    /// Logits and features of a batch of the shape that [`Input`] describes.
    ///
    /// # Errors
    /// If the batch has another shape, kind or device than the model.
    pub fn forward(&self, batch: &Tensor, mode: Mode) -> Result<Output> {
        let mut pass = Pass::new(self.mode(mode), self.present(batch)?);
        let logits = self.pass(batch, &mut pass)?;
        Ok(Output { logits, features: pass.features.unwrap_or_default() })
    }

    /// The logits of an evaluation, which takes less without features.
    ///
    /// # Errors
    /// As for [`Self::forward`].
    pub fn logits(&self, batch: &Tensor) -> Result<Tensor> {
        self.pass(batch, &mut Pass::plain(Mode::Evaluate, self.present(batch)?))
    }

    /// How many numbers the largest activation of an evaluation of this batch has, the batch itself and its logits
    /// included.
    ///
    /// # Errors
    /// As for [`Self::forward`].
    pub fn largest_activation(&self, batch: &Tensor) -> Result<usize> {
        let mut pass = Pass::plain(Mode::Evaluate, self.present(batch)?).counting();
        drop(self.pass(batch, &mut pass)?);
        Ok(pass.counts.map_or(0, |counts| counts.largest).max(batch.numel()))
    }

    fn pass(&self, batch: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        admits(self.input, batch)?;
        forward(&self.layers, &self.layout.of(batch)?, pass)
    }

    fn mode(&self, asked: Mode) -> Mode {
        if self.frozen { Mode::Evaluate } else { asked }
    }

    /// Which tokens are not padding, of texts.
    fn present(&self, batch: &Tensor) -> Result<Option<Tensor>> {
        Ok(match self.input {
            Input::Tokens { .. } => Some(batch.f_ne(0)?),
            Input::Image { .. } | Input::Features { .. } | Input::Table { .. } | Input::Sequence { .. } => {
                None
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;
    use crate::model::cases::{built, cases, stream};
    use crate::{Error, PassError};

    #[test]
    fn equal_streams_give_equal_models_and_dropout_acts_in_training_only() {
        for (architecture, input, batch, ..) in cases() {
            let new = || Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
            let logits = |model: &Model, mode| model.forward(&batch, mode).unwrap().logits;
            assert_eq!(logits(&new(), Mode::Evaluate), logits(&new(), Mode::Evaluate));
            assert_ne!(logits(&new(), Mode::Train), logits(&new(), Mode::Evaluate));
        }
    }

    #[test]
    fn evaluation_leaves_running_statistics_alone_and_training_moves_them() {
        let model = built(r#"{"cnn5": {"width": 2}}"#, Input::Image { channels: 1, height: 8, width: 8 }, 4);
        let batch = cases().remove(0).2;
        let before = model.weights();
        model.forward(&batch, Mode::Evaluate).unwrap();
        assert_eq!(before, model.weights());
        model.forward(&batch, Mode::Train).unwrap();
        let after = model.weights();
        assert_ne!(before["1.running_mean"], after["1.running_mean"]);
        assert_eq!(after["1.num_batches_tracked"].int64_value(&[]), 1);
    }

    #[test]
    fn one_value_of_a_channel_cannot_be_normalised() {
        let model = built(r#"{"tabular_resnet": {}}"#, Input::Features { width: 2 }, 4);
        let one = Tensor::ones([1, 2], (Kind::Float, Device::Cpu));
        assert!(matches!(model.forward(&one, Mode::Train), Err(Error::Pass(PassError::SingleValue))));
        assert!(model.forward(&one, Mode::Evaluate).is_ok());
    }

    #[test]
    fn batches_of_another_shape_are_refused() {
        let model = built(r#"{"mlp": {"hidden": []}}"#, Input::Features { width: 2 }, 4);
        let message = model.forward(&Tensor::ones([1, 3], (Kind::Float, Device::Cpu)), Mode::Evaluate);
        assert_eq!(
            message.unwrap_err().to_string(),
            "a batch has shape [1, 3], but the model reads 2 numeric features, [B, width]"
        );
        let model = built(r#"{"transformer": {"positions": 3}}"#, Input::Tokens { vocabulary: 4 }, 2);
        let message = model.forward(&Tensor::ones([1, 5], (Kind::Int64, Device::Cpu)), Mode::Evaluate);
        assert!(message.unwrap_err().to_string().contains("5 tokens"));
    }

    #[test]
    fn padding_and_texts_of_nothing_else_change_nothing() {
        let words = Input::Tokens { vocabulary: 9 };
        for json in [
            r#"{"bag_of_embeddings": {"dimension": 6}}"#,
            r#"{"recurrent": {}}"#,
            r#"{"transformer": {}}"#,
            r#"{"bert": {"layers": 2, "dimension": 12}}"#,
        ] {
            let model = built(json, words, 4);
            let logits = |tokens: &[i64]| {
                let batch = Tensor::from_slice(tokens).unsqueeze(0);
                model.forward(&batch, Mode::Evaluate).unwrap().logits
            };
            assert!(logits(&[3, 4]).allclose(&logits(&[3, 4, 0, 0, 0]), 1e-4, 1e-5, false), "{json}");
            assert!(bool::try_from(logits(&[0, 0]).isfinite().all()).unwrap(), "{json}");
        }
    }

    #[test]
    fn a_decoder_does_not_see_what_follows() {
        let model = built(
            r#"{"gpt": {"layers": 2, "heads": 2, "dimension": 8}}"#,
            Input::Sequence { vocabulary: 9, length: 4 },
            9,
        );
        let logits = |tokens: &[i64]| {
            let batch = Tensor::from_slice(tokens).unsqueeze(0);
            model.forward(&batch, Mode::Evaluate).unwrap().logits.narrow(1, 0, 3)
        };
        assert!(logits(&[1, 2, 3, 4]).allclose(&logits(&[1, 2, 3, 8]), 1e-5, 1e-7, false));
        assert!(!logits(&[1, 2, 3, 4]).allclose(&logits(&[8, 2, 3, 4]), 1e-5, 1e-7, false));
    }
}
