//! Vision, text and tabular architectures on libtorch.
//!
//! An [`Architecture`] is configuration; [`Model::new`] turns it into weights for a given [`Input`] and number of
//! classes. [`Model::forward`] returns the logits *and* the named intermediate [`Output::features`], which is what
//! feature distillation and representation measures need. Weights are drawn from a
//! [`kd_core::random::Stream`], never from libtorch's global generator, so equal streams give equal models.
//!
//! Parameters have the names of torchvision, Hugging Face's transformers or the paper's own code, so a state dict
//! saved as safetensors is read by [`Model::load`] as it is. [`Architecture::check`], [`Architecture::parameters`]
//! and [`Architecture::taps`] tell what a model would be without building it.
//!
//! ```
//! use kd_core::random::{Concern, Stream};
//! use kd_models::{Architecture, Input, Mode, Model};
//! use tch::{Device, Kind, Tensor};
//!
//! # fn main() -> Result<(), kd_models::Error> {
//! let architecture = Architecture::mlp([32])?;
//! let mut stream = Stream::new(&[11], Concern::Initialisation);
//! let model = Model::new(&architecture, Input::Features { width: 16 }, 26, &mut stream, Device::Cpu)?;
//!
//! let output = model.forward(&Tensor::zeros([4, 16], (Kind::Float, Device::Cpu)), Mode::Evaluate)?;
//! assert_eq!(output.logits.size(), [4, 26]);
//! assert_eq!(output.feature("hidden0").unwrap().size(), [4, 32]);
//! assert_eq!(model.parameters(), 16 * 32 + 32 + 32 * 26 + 26);
//! # Ok(())
//! # }
//! ```
//!
//! Published architectures have the settings of their papers; what differs is said beside them.
//!
//! ```
//! use kd_models::{Architecture, Bert, Input, Layout, ResNet};
//!
//! # fn main() -> Result<(), kd_models::Error> {
//! let small_images = Input::Image { channels: 3, height: 32, width: 32 };
//! let resnet = Architecture::ResNet(ResNet { stem: Layout::Cifar, ..ResNet::new(18) });
//! assert_eq!(resnet.parameters(small_images, 10)?, 11_173_962);
//!
//! let bert = Architecture::Bert(Bert::default());
//! let refusal = bert.check(small_images).unwrap_err();
//! assert_eq!(refusal.to_string(), "model `bert` reads token ids, but the task gives images of 3x32x32");
//! # Ok(())
//! # }
//! ```
//!
//! # Sizes
//!
//! Trainable numbers of models as published, which the tests hold the crate to:
//!
#![doc = include_str!("../sizes.md")]

mod architecture;
mod autocast;
mod average;
mod batch;
mod error;
mod layer;
mod lbfgs;
mod model;
mod native;
mod network;
mod optimizer;
mod pass;
mod process;
mod settings;
mod table;
mod text;
mod torch_script;
mod vision;

pub use architecture::{Architecture, Tap};
pub use autocast::Autocast;
pub use average::Average;
pub use error::{BuildError, Error, Misfit, PassError, Result, TorchScriptError, WeightsError};
pub use kd_core::Input;
pub use layer::Cell;
pub use lbfgs::Lbfgs;
pub use model::{Head, Model};
pub use optimizer::{Optimizer, Rule};
pub use pass::{Mode, Output};
pub use process::{compute_reproducibly, gpus, keep_freed_memory};
pub use settings::Dropout;
pub use table::*;
pub use text::*;
pub use torch_script::TorchScript;
pub use vision::*;
