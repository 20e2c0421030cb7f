//! Whether weights fit the model that is to start from them.

use kd_core::random::{Concern, Stream};
use kd_doubt::{Doubt, Kind};
use kd_models::{Architecture, Input, Model};
use tch::Device;
use toml::Spanned;

use crate::error::Result;
use crate::file::WeightsFile;
use crate::problem::Problem;
use crate::spec::{InputFile, Weights};

/// The weights in `file`, if they fit a model of `architecture`. How they are made to is told among `doubts`.
pub(super) fn weights(
    file: &Spanned<WeightsFile>,
    architecture: &Architecture,
    input: Input,
    outputs: i64,
    doubts: &mut Vec<Doubt>,
) -> std::result::Result<Weights, Problem> {
    let WeightsFile { path, head, trainable } = file.get_ref().clone();
    let fitted = || -> Result<Weights> {
        let weights = Weights { file: InputFile::open(path)?.0, head, trainable };
        let mut stream = Stream::new(&[], Concern::Initialisation);
        let wrapped_in =
            weights.start(&mut Model::new(architecture, input, outputs, &mut stream, Device::Cpu)?)?;
        doubts.extend(wrapped_in.map(|prefix| {
            let what = format!("weights are read without the `{prefix}` that all their names begin with");
            Doubt::weak(Kind::RenamedWeights, weights.file.to_string(), what)
                .advise("nothing, if the file is that of a model that was compiled or wrapped")
        }));
        Ok(weights)
    };
    fitted().map_err(|error| {
        let advice =
            "safetensors with PyTorch's names are read; head = \"new\" leaves out the last layer of another task";
        Problem::new(file.span(), error.to_string(), "do not fit `model`").help(advice)
    })
}
