//! A network with its weights.

#[cfg(test)]
mod cases;
mod forward;
mod layout;
mod start;
mod weights;

use kd_core::random::Stream;
use tch::{Device, Kind, Tensor, nn};

use crate::layer::{Builder, Layer, pooled_first};
use crate::{Architecture, Input, Result};
use layout::Layout;
pub use start::Head;

/// A network and its named weights.
#[derive(Debug)]
pub struct Model {
    layers: Vec<Layer>,
    input: Input,
    head: Option<String>,
    /// Whether only the head learns.
    frozen: bool,
    /// How its images and kernels lie in memory.
    layout: Layout,
    store: nn::VarStore,
}

impl Model {
    /// A model of `outputs` classes or numbers that starts as its architecture's authors (or PyTorch, where they say
    /// nothing) have it start, drawn from `stream`.
    ///
    /// # Errors
    /// If the architecture cannot read `input`, if `outputs` does not fit, or if libtorch refuses (out of memory).
    pub fn new(
        architecture: &Architecture,
        input: Input,
        outputs: i64,
        stream: &mut Stream,
        device: Device,
    ) -> Result<Self> {
        let store = nn::VarStore::new(device);
        let place = Some((store.root(), stream));
        let mut builder = Builder::new(architecture.name(), input, outputs, place);
        let layers = pooled_first(architecture.build(&mut builder)?);
        let head = builder.head;
        let layout = Layout::of_weights(store.variables().values());
        for mut variable in store.variables().into_values() {
            variable.f_set_data(&layout.of(&variable)?)?;
        }
        Ok(Self { layers, input, head, frozen: false, layout, store })
    }

    /// Makes every weight a number of this kind, such as [`Kind::Double`]; batches of numbers must be of it too.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn set_kind(&mut self, kind: Kind) -> Result<()> {
        for variable in self.store.variables().values_mut().filter(|variable| variable.is_floating_point()) {
            variable.f_set_data(&variable.f_to_kind(kind)?)?;
        }
        Ok(())
    }

    /// The weights, for an optimiser.
    #[must_use]
    pub fn store(&self) -> &nn::VarStore {
        &self.store
    }

    /// Number of trainable numbers.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.trainable().iter().map(|tensor| tensor.numel() as u64).sum()
    }

    /// The weights that learn.
    #[must_use]
    pub fn trainable(&self) -> Vec<Tensor> {
        self.store.trainable_variables().into_iter().filter(Tensor::requires_grad).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mode;
    use crate::model::cases::{built, cases, stream};

    #[test]
    fn logits_features_and_parameter_counts() {
        for (architecture, input, batch, parameters, features) in cases() {
            let model = Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap();
            assert_eq!(model.parameters(), parameters, "{architecture}");
            let output = model.forward(&batch, Mode::Evaluate).unwrap();
            assert_eq!(output.logits.size(), [3, 4]);
            assert_eq!(output.features.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), features);
        }
    }

    /// Deviations are within 5 % where a weight has some thousand numbers.
    #[test]
    fn initial_weights_are_spread_as_their_authors_say() {
        let image = Input::Image { channels: 3, height: 32, width: 32 };
        let words = Input::Sequence { vocabulary: 500, length: 4 };
        let cases = [
            (
                built(r#"{"mlp": {"hidden": [90]}}"#, image, 10),
                "hidden0.weight",
                1.0 / (3.0 * 3072_f64).sqrt(),
            ),
            (
                built(r#"{"resnet": {"width": 16}}"#, image, 10),
                "layer4.0.conv1.weight",
                (2.0 / (9.0 * 128_f64)).sqrt(),
            ),
            (built(r#"{"vgg": {"width": 16}}"#, image, 100), "classifier.weight", 0.01),
            (built(r#"{"gpt": {"layers": 2, "dimension": 60}}"#, words, 500), "h.0.attn.c_attn.weight", 0.02),
            (built(r#"{"gpt": {"layers": 2, "dimension": 60}}"#, words, 500), "h.1.mlp.c_proj.weight", 0.01),
            (
                built(r#"{"vit": {"layers": 1, "dimension": 60}}"#, image, 10),
                "encoder.layers.encoder_layer_0.mlp.0.weight",
                (2.0 / 3132_f64).sqrt(),
            ),
            (built(r#"{"vit": {"layers": 1, "dimension": 60}}"#, image, 10), "heads.head.weight", 0.0),
        ];
        for (model, name, deviation) in cases {
            let got = model.weights()[name].std(true).double_value(&[]);
            assert!((got - deviation).abs() <= 0.05 * deviation, "{name}: {got}, expected {deviation}");
        }
    }

    #[test]
    fn initial_weights_fill_pytorch_bounds() {
        let architecture = Architecture::mlp([100]).unwrap();
        let model =
            Model::new(&architecture, Input::Features { width: 25 }, 4, &mut stream(), Device::Cpu).unwrap();
        let largest = model.weights()["hidden0.weight"].abs().max().double_value(&[]);
        assert!((0.19..=0.2).contains(&largest), "uniform in ±1/sqrt(25), largest {largest}");
    }

    #[test]
    fn misfits_are_refused_with_the_reason() {
        let refused = |architecture: Architecture, input| {
            Model::new(&architecture, input, 4, &mut stream(), Device::Cpu).unwrap_err().to_string()
        };
        let cnn = |stages: usize| Architecture::cnn(vec![4; stages], 4).unwrap();
        assert_eq!(
            refused(cnn(2), Input::Features { width: 16 }),
            "model `cnn` reads images, but the task gives 16 numeric features"
        );
        let message = refused(cnn(4), Input::Image { channels: 1, height: 8, width: 8 });
        assert!(message.contains("4 stages are too many for 8x8 pixels, at most 3 fit"), "{message}");
    }
}
