//! Models that start from weights of another training.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::Model;
use super::weights::read;
use crate::{Error, Result, WeightsError};

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
    /// What all names begin with, as wrappers put it there (`_orig_mod.` of `torch.compile`, `module.`, `model.net.`), is left
    /// out if more of them fit then, and told. A new head stays as it is, whatever the file says of the old one.
    ///
    /// # Errors
    /// As [`Model::load`]; and [`WeightsError::NoHead`] for a new head where the model has none.
    pub fn start_from(&mut self, path: &Path, head: Head) -> Result<Option<String>> {
        let own = self.weights();
        let given = read(path)?;
        let wrapped = wrapped_in(&own, &given);
        let mut weights = named_as(&own, without(given, wrapped.as_deref()));
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
        self.set_weights(&weights, path).map_err(|error| match (error, &wrapped) {
            (Error::Weights(WeightsError::Misfit { path, mut problem }), Some(prefix)) => {
                problem.wrapped_in = Some(prefix.clone());
                WeightsError::Misfit { path, problem }.into()
            }
            (error, _) => error,
        })?;
        Ok(wrapped)
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

    /// The weights of the last layer, `[outputs, p]`, where it is a layer of its own and linear.
    #[must_use]
    pub fn head_weights(&self) -> Option<Tensor> {
        let name = format!("{}.weight", self.head.as_ref()?);
        let (_, weights) = self.store.variables().into_iter().find(|(known, _)| *known == name)?;
        (weights.dim() == 2).then_some(weights)
    }

    /// Tells the names of the head's weights.
    fn is_head(&self) -> Result<impl Fn(&str) -> bool + use<>> {
        let prefix = format!("{}.", self.head.as_ref().ok_or(WeightsError::NoHead)?);
        Ok(move |name: &str| name.starts_with(&prefix))
    }
}

/// What wrappers of PyTorch put before all names.
const WRAPPERS: [&str; 2] = ["_orig_mod.", "module."];

/// What published state dicts have before a name or lack.
const PUBLISHED: [&str; 3] = ["bert.", "transformer.", "vit."];

/// What all names in `given` begin with, up to a dot, if more of them fit the model without it; or if it is a wrapper's.
fn wrapped_in(own: &BTreeMap<String, Tensor>, given: &BTreeMap<String, Tensor>) -> Option<String> {
    let (first, last) = (given.keys().next()?, given.keys().next_back()?);
    // Of names in their order, the first and the last differ most.
    let is_common = |prefix: &&str| last.starts_with(prefix);
    let prefixes = first.match_indices('.').map(|(dot, _)| &first[..=dot]).take_while(is_common);
    // How many names fit if they are adapted, and how many as they are.
    let fit = |prefix: &str| {
        let bare = || given.keys().map(|name| name.strip_prefix(prefix).unwrap_or(name));
        let adapted = bare().filter(|name| own.contains_key(&renamed(own, (*name).to_owned())));
        (adapted.count(), bare().filter(|name| own.contains_key(*name)).count())
    };
    // What published state dicts differ in is no wrapper's.
    let is_published = |prefix: &&str| PUBLISHED.iter().any(|part| prefix.ends_with(part));
    let mut best = (fit(""), "");
    for prefix in prefixes.filter(|prefix| !is_published(prefix)) {
        let fitting = fit(prefix);
        let is_of_wrappers = |prefix: &str| {
            let mut rest = prefix;
            while let Some(inner) = WRAPPERS.iter().find_map(|wrapper| rest.strip_prefix(wrapper)) {
                rest = inner;
            }
            rest.is_empty()
        };
        if fitting > best.0 || (fitting.0 == 0 && best.0.0 == 0 && is_of_wrappers(prefix)) {
            best = (fitting, prefix);
        }
    }
    (!best.1.is_empty()).then(|| best.1.to_owned())
}

/// `weights` with names that lack `prefix`.
fn without(weights: BTreeMap<String, Tensor>, prefix: Option<&str>) -> BTreeMap<String, Tensor> {
    let Some(prefix) = prefix else { return weights };
    let named = |name: String| name.strip_prefix(prefix).map_or_else(|| name.clone(), str::to_owned);
    weights.into_iter().map(|(name, tensor)| (named(name), tensor)).collect()
}

/// The name that the model has for what is called `name`, if it has one.
fn renamed(own: &BTreeMap<String, Tensor>, name: String) -> String {
    let prefixes = || PUBLISHED.iter().chain(&["module."]);
    let without = prefixes().filter_map(|prefix| name.strip_prefix(prefix).map(str::to_owned));
    let with = prefixes().map(|prefix| format!("{prefix}{name}"));
    let known = std::iter::once(name.clone()).chain(without).chain(with).find(|name| own.contains_key(name));
    known.unwrap_or(name)
}

/// `weights` under the names that the model has for them.
fn named_as(own: &BTreeMap<String, Tensor>, weights: BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
    // Counters and masks, and the output layer that GPT-2 shares with its embedding.
    const PASSED_OVER: [&str; 4] = ["position_ids", ".attn.bias", ".attn.masked_bias", "lm_head.weight"];
    let weights = weights.into_iter().map(|(name, tensor)| (renamed(own, name), tensor));
    let is_weight = |name: &str| own.contains_key(name) || !PASSED_OVER.iter().any(|end| name.ends_with(end));
    weights.filter(|(name, _)| is_weight(name)).collect()
}

#[cfg(test)]
mod tests {
    use kd_core::random::{Concern, Stream};
    use tch::{Device, Kind, nn};

    use super::*;
    use crate::model::cases::{built, cases, stream};
    use crate::{Input, Mode};

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
    fn what_wrappers_put_before_all_names_is_left_out_and_told() {
        let input = Input::Features { width: 2 };
        let mut model = built(r#"{"mlp":{"hidden":[4]}}"#, input, 3);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let own = model.weights();
        let mut start = |prefix: &str, own: &BTreeMap<String, Tensor>| {
            let named = |(name, tensor): (&String, &Tensor)| (format!("{prefix}{name}"), tensor.copy());
            let tensors: Vec<(String, Tensor)> = own.iter().map(named).collect();
            Tensor::write_safetensors(&tensors, &path).unwrap();
            model.start_from(&path, Head::Keep).map_err(|error| error.to_string())
        };
        for prefix in ["_orig_mod.", "model.", "net.", "_orig_mod.module.", "model.net.0."] {
            assert_eq!(start(prefix, &own).unwrap().as_deref(), Some(prefix));
        }
        assert_eq!(start("", &own).unwrap(), None);
        let numbered: BTreeMap<String, Tensor> =
            own.iter().map(|(name, tensor)| (name.replace("hidden", ""), tensor.copy())).collect();
        let told = start("_orig_mod.", &numbered).unwrap_err();
        assert!(
            told.contains("without the `_orig_mod.` that all names begin with: missing: `hidden0"),
            "{told}"
        );
        let told = start("other.", &BTreeMap::from([("a".to_owned(), own["head.bias"].copy())])).unwrap_err();
        assert!(told.contains("unexpected: `other.a`"), "{told}");
    }

    #[test]
    fn a_model_without_a_head_of_its_own_keeps_what_it_has() {
        let input = Input::Sequence { vocabulary: 5, length: 4 };
        let mut gpt = built(r#"{"gpt":{"layers":1,"heads":1,"dimension":4,"positions":8}}"#, input, 5);
        assert!(matches!(gpt.freeze_backbone(), Err(Error::Weights(WeightsError::NoHead))));
    }
}
