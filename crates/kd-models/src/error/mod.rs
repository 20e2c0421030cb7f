//! What can go wrong with a model, an enum for each stage.

mod building;
mod pass;
mod torch_script;
mod weights;

use kd_core::memory;

pub use building::BuildError;
pub use pass::PassError;
pub use torch_script::TorchScriptError;
pub use weights::{Misfit, WeightsError};

/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An architecture, or what it was to read or to tell, does not make a model.
    #[error(transparent)]
    Building(#[from] BuildError),
    /// A batch does not pass through a model.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// Weights do not fit a model, or are none.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A TorchScript module is none, or fails.
    #[error(transparent)]
    TorchScript(#[from] TorchScriptError),
    /// A file could not be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

impl Error {
    /// Whether memory ran out, which may be there next time; all else would be refused again.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        match self {
            Self::Building(_) | Self::Pass(_) => false,
            Self::Weights(error) => error.is_out_of_memory(),
            Self::TorchScript(error) => error.is_out_of_memory(),
            Self::Io(error) => error.kind() == std::io::ErrorKind::OutOfMemory,
            Self::Torch(error) => memory::ran_out(&error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tch::TchError;

    use super::*;

    #[test]
    fn memory_that_ran_out_is_told_from_what_is_refused_for_good() {
        let torch = |said: &str| Error::Torch(TchError::Torch(said.to_owned()));
        let module = |problem: &str| {
            let (path, problem) = ("teacher.pt".into(), problem.to_owned());
            Error::from(TorchScriptError::Failed { path, batch: vec![64, 3, 32, 32], problem })
        };
        let file = |problem: &str| {
            let (path, problem) = ("weights.safetensors".into(), problem.to_owned());
            Error::from(WeightsError::Unreadable { path, problem })
        };
        for wrap in [torch, module, file] {
            assert!(wrap("CUDA out of memory. Tried to allocate 20.00 MiB").is_out_of_memory());
            assert!(!wrap("mat1 and mat2 shapes cannot be multiplied").is_out_of_memory());
        }
        assert!(Error::Io(std::io::ErrorKind::OutOfMemory.into()).is_out_of_memory());
        assert!(!Error::Io(std::io::ErrorKind::NotFound.into()).is_out_of_memory());
        assert!(!Error::from(BuildError::TooLarge { architecture: "mlp".to_owned() }).is_out_of_memory());
        assert!(!Error::from(WeightsError::NoHead).is_out_of_memory());
    }
}
