//! The fingerprint of examples: the same wherever they are kept and however they are compressed, another when a
//! byte, a separator or a column's role makes them others.

use blake3::Hasher;
use tch::Tensor;

use super::Splits;
use crate::error::Result;
use crate::{About, Dataset, Examples, Images, Inputs, Sequences, Table, Targets};

impl Splits {
    pub(crate) fn into_dataset(self, name: String, about: About) -> Result<Dataset> {
        let mut hasher = Hasher::new_derive_key("kd examples 1");
        strings(&mut hasher, &self.classes);
        for examples in [Some(&self.train), self.validation.as_ref(), Some(&self.test)].into_iter().flatten()
        {
            digest(&mut hasher, examples)?;
        }
        let Self { classes, train, validation, test, doubts } = self;
        Ok(Dataset {
            name,
            modality: train.inputs.modality(),
            classes,
            train,
            validation,
            test,
            fingerprint: hasher.finalize().to_hex().to_string(),
            about,
            doubts,
        })
    }
}

fn digest(hasher: &mut Hasher, examples: &Examples) -> Result<()> {
    match &examples.inputs {
        Inputs::Images(Images { pixels, peak }) => {
            hasher.update(b"images").update(&[*peak]);
            tensor(hasher, pixels)?;
        }
        Inputs::Table(Table { numeric, numbers, categorical }) => {
            hasher.update(b"table");
            strings(hasher, numeric);
            tensor(hasher, numbers)?;
            for column in categorical {
                strings(hasher, std::slice::from_ref(&column.name));
                strings(hasher, &column.categories);
                each(hasher, column.codes.iter().map(|code| code.map_or(-1, i64::from).to_le_bytes()));
            }
        }
        Inputs::Texts(texts) => {
            hasher.update(b"texts");
            strings(hasher, texts);
        }
        Inputs::Sequences(Sequences { blocks, .. }) => {
            hasher.update(b"sequences");
            tensor(hasher, blocks)?;
        }
    }
    match &examples.targets {
        Targets::Classes(labels) => {
            hasher.update(b"classes");
            each(hasher, labels.iter().map(|label| label.to_le_bytes()));
        }
        Targets::Numbers(targets) => {
            hasher.update(b"numbers");
            each(hasher, targets.iter().map(|number| number.to_le_bytes()));
        }
        Targets::NextToken => _ = hasher.update(b"next token"),
    }
    Ok(())
}

fn strings(hasher: &mut Hasher, strings: &[String]) {
    hasher.update(&(strings.len() as u64).to_le_bytes());
    for string in strings {
        hasher.update(&(string.len() as u64).to_le_bytes());
        hasher.update(string.as_bytes());
    }
}

/// Numbers as bytes; hashed one by one, they would take many times as long.
fn each<const N: usize>(hasher: &mut Hasher, numbers: impl Iterator<Item = [u8; N]>) {
    let bytes: Vec<[u8; N]> = numbers.collect();
    hasher.update(bytes.as_flattened());
}

/// So many values are copied at a time.
const TOGETHER: i64 = 1 << 18;

fn tensor(hasher: &mut Hasher, values: &Tensor) -> Result<()> {
    for size in values.size() {
        hasher.update(&size.to_le_bytes());
    }
    let values = values.f_flatten(0, -1)?;
    for part in values.f_split(TOGETHER, 0)? {
        let mut bytes = vec![0_u8; part.numel() * part.kind().elt_size_in_bytes()];
        part.f_contiguous()?.f_copy_data_u8(&mut bytes, part.numel())?;
        hasher.update(&bytes);
    }
    Ok(())
}
