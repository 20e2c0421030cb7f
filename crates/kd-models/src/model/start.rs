//! Models that start from weights of another training.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::Model;
use super::weights::read;
use crate::{Result, WeightsError};

/// What becomes of the last layer of a model that starts from weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// It starts from the weights too.
    #[default]
    Keep,
    /// It starts anew, for as many classes as the task has.
    New,
}

impl Model {
    /// Starts from weights of another training: as [`Model::load`], but names may have or lack the prefixes that published
    /// state dicts differ in (`bert.`, `transformer.`, `vit.`, `module.`), and buffers that are no weights are passed over.
    /// A new head stays as it is, whatever the file says of the old one.
    ///
    /// # Errors
    /// As [`Model::load`]; and [`WeightsError::NoHead`] for a new head where the model has none.
    pub fn start_from(&mut self, path: &Path, head: Head) -> Result<()> {
        let own = self.weights();
        let mut weights = named_as(&own, read(path)?);
        if head == Head::New {
            let is_head = self.is_head()?;
            // What belongs to no part of this model belonged to the old head.
            let parts: Vec<&str> =
                own.keys().filter(|name| !is_head(name)).filter_map(|name| name.split('.').next()).collect();
            weights.retain(|name, _| {
                !is_head(name) && name.split('.').next().is_some_and(|part| parts.contains(&part))
            });
            weights.extend(
                own.iter().filter(|(name, _)| is_head(name)).map(|(name, own)| (name.clone(), own.copy())),
            );
        }
        self.set_weights(&weights, path)
    }

    /// Lets the head alone learn: all else computes as in [`crate::Mode::Evaluate`] from now on.
    ///
    /// # Errors
    /// [`WeightsError::NoHead`].
    pub fn freeze_backbone(&mut self) -> Result<()> {
        let is_head = self.is_head()?;
        for (_, mut variable) in self.store.variables().into_iter().filter(|(name, _)| !is_head(name)) {
            let _ = variable.f_requires_grad_(false)?;
        }
        self.frozen = true;
        Ok(())
    }

    /// Tells the names of the head's weights.
    fn is_head(&self) -> Result<impl Fn(&str) -> bool + use<>> {
        let prefix = format!("{}.", self.head.as_ref().ok_or(WeightsError::NoHead)?);
        Ok(move |name: &str| name.starts_with(&prefix))
    }
}

/// `weights` under the names that the model has for them.
fn named_as(own: &BTreeMap<String, Tensor>, weights: BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
    const PREFIXES: [&str; 4] = ["bert.", "transformer.", "vit.", "module."];
    // Counters and masks, and the output layer that GPT-2 shares with its embedding.
    const PASSED_OVER: [&str; 4] = ["position_ids", ".attn.bias", ".attn.masked_bias", "lm_head.weight"];
    let renamed = |name: String| {
        let without = PREFIXES.iter().filter_map(|prefix| name.strip_prefix(prefix).map(str::to_owned));
        let with = PREFIXES.iter().map(|prefix| format!("{prefix}{name}"));
        let known =
            std::iter::once(name.clone()).chain(without).chain(with).find(|name| own.contains_key(name));
        known.unwrap_or(name)
    };
    let weights = weights.into_iter().map(|(name, tensor)| (renamed(name), tensor));
    let is_weight = |name: &str| own.contains_key(name) || !PASSED_OVER.iter().any(|end| name.ends_with(end));
    weights.filter(|(name, _)| is_weight(name)).collect()
}

#[cfg(test)]
mod tests {
    use kd_core::random::{Concern, Stream};
    use tch::{Device, Kind, nn};

    use super::*;
    use crate::model::cases::{built, cases, stream};
    use crate::{Error, Input, Mode};

    #[test]
    fn a_backbone_is_kept_under_a_new_head_and_can_be_frozen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        for (architecture, input, batch, ..) in cases() {
            let model = Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
            let published =
                model.weights().into_iter().map(|(name, tensor)| (format!("module.{name}"), tensor));
            Tensor::write_safetensors(&published.collect::<Vec<_>>(), &path).unwrap();
            let mut other = Model::new(
                &architecture,
                input,
                7,
                &mut Stream::new(&[6], Concern::Initialisation),
                Device::Cpu,
            )
            .unwrap();
            let start = other.weights();
            assert!(other.start_from(&path, Head::Keep).unwrap_err().to_string().contains("`head.bias`"));
            other.start_from(&path, Head::New).unwrap();
            let (given, kept) = (model.weights(), other.weights());
            for (name, tensor) in &kept {
                let from = if name.starts_with("head.") { &start } else { &given };
                assert_eq!(*tensor, from[name], "{name}");
            }
            other.freeze_backbone().unwrap();
            assert_eq!(other.trainable().len(), 2);
            let logits = |mode| other.forward(&batch, mode).unwrap().logits;
            assert_eq!(logits(Mode::Train), logits(Mode::Evaluate), "nothing is dropped");
            let mut optimizer = nn::OptimizerConfig::build(nn::AdamW::default(), other.store(), 0.1).unwrap();
            optimizer.backward_step(&logits(Mode::Train).sum(Kind::Float));
            let learnt: Vec<String> = other
                .weights()
                .into_iter()
                .filter(|(name, tensor)| *tensor != kept[name])
                .map(|(name, _)| name)
                .collect();
            assert_eq!(learnt, ["head.bias", "head.weight"]);
        }
    }

    #[test]
    fn published_prefixes_and_buffers_are_seen_through() {
        let input = Input::Tokens { vocabulary: 5 };
        let mut bert =
            built(r#"{"bert":{"layers":1,"heads":1,"dimension":4,"hidden":4,"positions":8}}"#, input, 3);
        let zeros = || Tensor::zeros([2], (Kind::Float, Device::Cpu));
        let strip = |name: &String| name.strip_prefix("bert.").unwrap_or(name).to_owned();
        let mut published: BTreeMap<String, Tensor> =
            bert.weights().iter().map(|(name, tensor)| (strip(name), tensor.copy())).collect();
        published.insert("embeddings.position_ids".to_owned(), zeros());
        published.insert("cls.predictions.bias".to_owned(), zeros());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let mut start = |published: &BTreeMap<String, Tensor>, head| {
            let tensors: Vec<(&String, &Tensor)> = published.iter().collect();
            Tensor::write_safetensors(&tensors, &path).unwrap();
            bert.start_from(&path, head).map_err(|error| error.to_string())
        };
        start(&published, Head::New).unwrap();
        assert!(start(&published, Head::Keep).unwrap_err().ends_with("unexpected: `cls.predictions.bias`"));
        published.insert("bert.encoder.layer.1.output.dense.bias".to_owned(), zeros());
        assert!(
            start(&published, Head::New).unwrap_err().ends_with("`bert.encoder.layer.1.output.dense.bias`")
        );
    }

    #[test]
    fn a_model_without_a_head_of_its_own_keeps_what_it_has() {
        let input = Input::Sequence { vocabulary: 5, length: 4 };
        let mut gpt = built(r#"{"gpt":{"layers":1,"heads":1,"dimension":4,"positions":8}}"#, input, 5);
        assert!(matches!(gpt.freeze_backbone(), Err(Error::Weights(WeightsError::NoHead))));
    }
}
