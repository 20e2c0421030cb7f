//! What teachers that were trained elsewhere say of every example.

use kd_data::source::numbers;
use kd_data::{Dataset, Encoded, Encoder, Examples, Inputs, Sequences, Source};
use tch::{Device, Kind, Tensor};

use super::error::TrainError;
use super::evaluate::module_logits;
use super::modules::Module;
use super::outputs::Outputs;
use super::prediction::outputs;
use crate::error::Result;
use crate::spec::{InputFile, Pretrained, Reading, Scaling};

/// What such a teacher says, on the CPU.
pub(crate) struct Said {
    pub(crate) outputs: Outputs,
    /// On the official validation examples, where it can be asked.
    pub(crate) validation: Option<Tensor>,
    /// Trainable numbers of the teacher, as far as it is here.
    pub(crate) parameters: u64,
}

impl Pretrained {
    /// What it says of every training and test example of `dataset`, and of those of an `official` validation split:
    /// logits, or numbers in the units of the data.
    ///
    /// `source` is where the data set comes from.
    pub(crate) fn say(
        &self,
        source: Option<&Source>,
        dataset: &Dataset,
        official: Option<&Examples>,
        encoder: &Encoder,
        device: Device,
    ) -> Result<Said> {
        match self {
            Self::TorchScript { file, inputs, limits, reading } => {
                let mut module = Module::start(file, file.read()?, *limits, device)?;
                let mut on = |examples| {
                    predicted(&mut module, encoded(*inputs, encoder, examples)?, reading, dataset, examples)
                };
                let outputs = Outputs { train: on(&dataset.train)?, test: on(&dataset.test)? };
                let validation = official.map(on).transpose()?;
                Ok(Said { outputs, validation, parameters: module.parameters()? })
            }
            Self::Outputs { train, test, reading } => {
                let on = |file: &InputFile, split, examples| {
                    stored(file, file.read()?, split, reading, dataset, examples)
                };
                let train = on(train, "train", &dataset.train)?;
                let outputs = Outputs { train, test: on(test, "test", &dataset.test)? };
                Ok(Said { outputs, validation: None, parameters: 0 })
            }
            Self::Bayes {} => {
                let on = |examples: &Examples| truth(source, examples);
                let outputs = Outputs { train: on(&dataset.train)?, test: on(&dataset.test)? };
                Ok(Said { outputs, validation: official.map(on).transpose()?, parameters: 0 })
            }
        }
    }
}

/// What the truth of synthetic data says of `examples`.
pub(crate) fn truth(source: Option<&Source>, examples: &Examples) -> Result<Tensor> {
    let known = source.map(|source| source.truth(&examples.inputs)).transpose()?.flatten();
    known.ok_or_else(|| {
        let problem = "is known of synthetic data alone".to_owned();
        TrainError::Outputs { what: "the truth of the data".to_owned(), problem }.into()
    })
}

/// What a module reads of `examples`; `encoder` is that of the teacher's samples.
pub(crate) fn encoded(inputs: Scaling, encoder: &Encoder, examples: &Examples) -> Result<Encoded> {
    Ok(match inputs {
        Scaling::Standardised if !matches!(examples.inputs, Inputs::Texts(_)) => {
            encoder.encode(&examples.inputs)?
        }
        _ => Encoded::as_read(&examples.inputs)?,
    })
}

/// A module's outputs on `examples` of `dataset`, of which it reads `inputs`.
pub(crate) fn predicted(
    module: &mut Module,
    inputs: Encoded,
    reading: &Reading,
    dataset: &Dataset,
    examples: &Examples,
) -> Result<Tensor> {
    let table = module_logits(module, &inputs.to_device(module.device())?)?;
    checked("the module's outputs", &table, &shape(dataset, examples), reading)
}

/// Stored outputs on `examples` of `dataset`: the array that is called as their `split` in `bytes`.
pub(crate) fn stored(
    file: &InputFile,
    bytes: Vec<u8>,
    split: &str,
    reading: &Reading,
    dataset: &Dataset,
    examples: &Examples,
) -> Result<Tensor> {
    let what = format!("outputs on the {split} examples, in {file},");
    if let Some(problem) = no_numbers(&bytes) {
        return Err(TrainError::Outputs { what, problem: problem.to_owned() }.into());
    }
    let table = numbers(&file.to_string(), bytes, split)?;
    let shape = shape(dataset, examples);
    // A list of numbers is as good as a column of them.
    let table = if shape[1..] == [1] && table.dim() == 1 { table.f_unsqueeze(1)? } else { table };
    checked(&what, &table, &shape, reading)
}

/// What bytes are instead of numbers, if PyTorch wrote them.
fn no_numbers(bytes: &[u8]) -> Option<&'static str> {
    // Names of the parts of an archive stand in it as they are.
    let holds = |name: &str| {
        bytes.starts_with(b"PK\x03\x04") && bytes.windows(name.len()).any(|part| part == name.as_bytes())
    };
    if holds("constants.pkl") {
        Some("are no numbers but a TorchScript module: torch_script = { path = ... } runs it")
    } else if holds("data.pkl") || bytes.starts_with(&[0x80, 0x02]) {
        Some(
            "are in a file of torch.save, which only Python reads; write them in Python: numpy.save(\"train.npy\", \
             logits.detach().cpu().numpy())",
        )
    } else {
        None
    }
}

/// What outputs on `examples` look like: `[n, K]`, of language models `[n, L, K]`.
fn shape(dataset: &Dataset, examples: &Examples) -> Vec<i64> {
    let mut shape = vec![examples.len() as i64];
    if let Inputs::Sequences(Sequences { blocks, .. }) = &examples.inputs {
        shape.push(blocks.size()[1] - 1);
    }
    shape.push(outputs(dataset));
    shape
}

fn checked(what: &str, table: &Tensor, shape: &[i64], reading: &Reading) -> Result<Tensor> {
    let wrong = |problem| Err(TrainError::Outputs { what: what.to_owned(), problem }.into());
    if table.size() != shape {
        return wrong(format!("have shape {:?}, expected {shape:?}", table.size()));
    }
    let infinite = table.f_isfinite()?.f_logical_not()?.f_flatten(1, -1)?.f_any_dim(1, false)?.f_nonzero()?;
    if infinite.size()[0] > 0 {
        let row = infinite.f_int64_value(&[0, 0])?;
        return wrong(format!("are not finite in row {row}, counted from 0"));
    }
    reading.logits(what, &table.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?)
}

#[cfg(test)]
mod tests {
    use kd_data::Source;

    use super::*;

    /// What becomes of outputs of this shape on the training examples of a source.
    fn read(source: &str, size: &[i64], at: Option<f32>) -> std::result::Result<Vec<i64>, String> {
        let dataset = serde_json::from_str::<Source>(source).unwrap().load().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("said.safetensors");
        let table = Tensor::zeros(size, (Kind::Float, Device::Cpu));
        let mut last = table.view([-1]).narrow(0, table.numel() as i64 - 1, 1);
        let _ = at.map(|number| last.fill_(f64::from(number)));
        Tensor::write_safetensors(&[("train", &table)], &path).unwrap();
        let (file, bytes) = InputFile::open(path).unwrap();
        let read = stored(&file, bytes, "train", &Reading::default(), &dataset, &dataset.train);
        read.map(|table| table.size()).map_err(|error| error.to_string())
    }

    const LINE: &str =
        r#"{"linear_regression":{"train":6,"test":2,"dimensions":2,"informative":1,"noise":1}}"#;
    const BLOBS: &str =
        r#"{"gaussian_blobs":{"train":6,"test":2,"classes":3,"dimensions":2,"separation":1}}"#;
    const CHAIN: &str = r#"{"markov_text":{"train":6,"test":2,"vocabulary":5,"block":4,"concentration":1}}"#;

    #[test]
    fn outputs_have_a_row_for_each_example_and_a_place_for_each_token() {
        assert_eq!(read(BLOBS, &[6, 3], None).unwrap(), [6, 3]);
        assert_eq!(read(CHAIN, &[6, 4, 5], None).unwrap(), [6, 4, 5]);
        assert_eq!(read(LINE, &[6, 1], None).unwrap(), [6, 1]);
        assert_eq!(read(LINE, &[6], None).unwrap(), [6, 1], "a list of numbers is as good as a column");
        for (source, size, expected) in [
            (BLOBS, &[6][..], "have shape [6], expected [6, 3]"),
            (BLOBS, &[5, 3], "have shape [5, 3], expected [6, 3]"),
            (LINE, &[6, 2], "have shape [6, 2], expected [6, 1]"),
            (LINE, &[5], "have shape [5, 1], expected [6, 1]"),
            (CHAIN, &[6, 5], "have shape [6, 5], expected [6, 4, 5]"),
        ] {
            let said = read(source, size, None).unwrap_err();
            assert!(said.ends_with(expected), "{said}");
        }
    }

    #[test]
    fn numbers_that_are_none_are_refused_with_their_row() {
        for number in [f32::NAN, f32::INFINITY] {
            let said = read(CHAIN, &[6, 4, 5], Some(number)).unwrap_err();
            assert!(said.ends_with("are not finite in row 5, counted from 0"), "{said}");
        }
    }
}
