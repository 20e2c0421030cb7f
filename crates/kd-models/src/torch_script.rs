use std::path::{Path, PathBuf};

use tch::{CModule, Device, Tensor, jit};

use crate::{Output, Result, TorchScriptError};

/// A network of any program, code and weights in one file, as `torch.jit.trace(...).save(...)` or
/// `torch.jit.script(...).save(...)` writes it.
#[derive(Debug)]
pub struct TorchScript {
    module: CModule,
    path: PathBuf,
    device: Device,
}

impl TorchScript {
    /// The module in `bytes`, which were read from `path`, on `device` and in evaluation mode.
    ///
    /// # Errors
    /// If it is none, with what it is instead where that can be told.
    pub fn read(path: &Path, bytes: &[u8], device: Device) -> Result<Self> {
        let unreadable = |problem: String| TorchScriptError::Unreadable { path: path.to_owned(), problem };
        // Optimisation rewrites a module after its first batches, which then differ from later ones in their last bits.
        jit::f_set_graph_executor_optimize(false)?;
        let mut module = CModule::load_data_on_device(&mut &*bytes, device).map_err(|error| {
            unreadable(known(bytes).map_or_else(|| reason(&error.to_string()), str::to_owned))
        })?;
        module.f_set_eval()?;
        Ok(Self { module, path: path.to_owned(), device })
    }

    /// Logits of a batch on the module's device, without features. Wrap it in [`tch::no_grad_guard`].
    ///
    /// # Errors
    /// What libtorch says where the module fails.
    pub fn forward(&self, batch: &Tensor) -> Result<Output> {
        let logits = self.module.forward_ts(&[batch]).map_err(|error| TorchScriptError::Failed {
            path: self.path.clone(),
            batch: batch.size(),
            problem: reason(&error.to_string()),
        })?;
        Ok(Output { logits, features: Vec::new() })
    }

    /// Number of trainable numbers.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn parameters(&self) -> Result<u64> {
        Ok(self.module.named_parameters()?.iter().map(|(_, tensor)| tensor.numel() as u64).sum())
    }

    /// Where it is.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device
    }
}

/// What bytes are that libtorch does not read as a module, if they are something else that people take for one.
fn known(bytes: &[u8]) -> Option<&'static str> {
    // Names of the parts of an archive stand in it as they are.
    let holds = |name: &str| bytes.windows(name.len()).any(|part| part == name.as_bytes());
    let is_archive = bytes.starts_with(b"PK\x03\x04");
    if bytes.is_empty() {
        Some("it is empty")
    } else if is_archive && !holds("PK\x05\x06") {
        Some("it is cut short: the end of its archive is missing; copy it again, whole")
    } else if is_archive && (holds("archive_format") || holds("models/model.json")) {
        Some(EXPORTED)
    } else if bytes.starts_with(&[0x80, 0x02]) || (is_archive && holds("data.pkl") && !holds("constants.pkl"))
    {
        Some(STATE_DICT)
    } else if bytes.get(8) == Some(&b'{') {
        Some(SAFETENSORS)
    } else if bytes.starts_with(b"\x89HDF") {
        Some(
            "it is a file of Keras (HDF5), whose outputs can be given instead: outputs = { train = ..., test = ... }",
        )
    } else if is_archive {
        None
    } else {
        Some("it is not whole, or another kind of file")
    }
}

const EXPORTED: &str = "it is a program of torch.export (.pt2), which is no TorchScript; write the module in Python: \
                        torch.jit.trace(model.eval(), example).save(\"teacher.pt\")";

const STATE_DICT: &str = "it holds weights without the code that uses them (torch.save); export the module in Python: \
                          torch.jit.trace(model.eval(), example).save(\"teacher.pt\")";

const SAFETENSORS: &str = "it holds weights without the code that uses them (safetensors), which go with a model: model = ..., \
                           weights = { path = ... }; or export the module in Python: torch.jit.trace(model.eval(), \
                           example).save(\"teacher.pt\")";

/// The line of libtorch's message that says what went wrong; a traceback is before it, and a stack behind.
fn reason(message: &str) -> String {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let raised = lines.clone().find_map(|line| line.split_once("Error: ").map(|(_, reason)| reason));
    raised.or_else(|| lines.next()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;

    fn fixture(name: &str) -> (PathBuf, Vec<u8>) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        let bytes = fs_err::read(&path).unwrap();
        (PathBuf::from(name), bytes)
    }

    fn read((path, bytes): &(PathBuf, Vec<u8>)) -> Result<TorchScript> {
        TorchScript::read(path, bytes, Device::Cpu)
    }

    #[test]
    fn a_module_saved_in_training_mode_does_not_drop_activations() {
        let module = read(&fixture("digits.pt")).unwrap();
        assert_eq!(module.parameters().unwrap(), 64 * 10 + 10);
        let batch = Tensor::ones([3, 1, 8, 8], (Kind::Float, Device::Cpu));
        let logits = || module.forward(&batch).unwrap().logits;
        assert_eq!(logits().size(), [3, 10]);
        assert_eq!(logits(), logits());
    }

    #[test]
    fn what_is_no_module_is_told_apart() {
        let message = |file| read(&file).unwrap_err().to_string();
        assert!(message(fixture("digits-state-dict.pt")).contains("weights without the code"));
        assert!(message(("old.pt".into(), b"\x80\x02}q\x00.".to_vec())).contains("weights without the code"));
        let (path, mut bytes) = fixture("digits.pt");
        bytes.truncate(bytes.len() - 100);
        let (exported, weights) =
            (b"PK\x03\x04exported/archive_formatPK\x05\x06", b"\x09\0\0\0\0\0\0\0{\"a\": 1}");
        for (bytes, expected) in [
            (&bytes[..], "it is cut short: the end of its archive is missing; copy it again, whole"),
            (&[], "it is empty"),
            (&exported[..], EXPORTED),
            (&weights[..], SAFETENSORS),
            (&b"a text"[..], "it is not whole, or another kind of file"),
        ] {
            let message = message((path.clone(), bytes.to_vec()));
            assert!(message.ends_with(&format!("cannot be read as TorchScript: {expected}")), "{message}");
        }
    }

    #[test]
    fn a_batch_of_another_shape_is_refused_with_the_reason() {
        let module = read(&fixture("digits.pt")).unwrap();
        let batch = Tensor::ones([2, 16], (Kind::Float, Device::Cpu));
        let message = module.forward(&batch).unwrap_err().to_string();
        assert_eq!(
            message,
            "TorchScript module digits.pt fails on a batch of shape [2, 16]: mat1 and mat2 shapes cannot be multiplied \
             (2x16 and 64x10)"
        );
    }
}
