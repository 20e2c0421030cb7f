use super::*;
use crate::{Examples, Inputs};

fn counts(examples: &Examples, classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    examples.labels().unwrap().iter().for_each(|&label| counts[label as usize] += 1);
    counts
}

#[test]
fn what_the_catalogue_says_is_so() {
    for entry in entries().filter(|entry| entry.is_embedded()) {
        let dataset = load(entry.name).unwrap();
        assert_eq!((dataset.train.len(), dataset.test.len()), (entry.train, entry.test), "{}", entry.name);
        assert_eq!(dataset.classes.len(), entry.classes, "{}", entry.name);
    }
    assert!(matches!(load("mnits"), Err(Error::Catalogue(CatalogueError::Unknown { .. }))));
}

#[test]
fn digits_are_the_official_ones() {
    let digits = load("optdigits").unwrap();
    assert_eq!(counts(&digits.train, 10), [376, 389, 380, 389, 387, 376, 377, 387, 380, 382]);
    assert_eq!(counts(&digits.test, 10), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    let Inputs::Images(images) = &digits.train.inputs else { panic!("images expected") };
    let first_row: Vec<u8> = Vec::try_from(images.pixels.get(0).get(0).get(0)).unwrap();
    assert_eq!(first_row, [0, 1, 6, 15, 12, 1, 0, 0]);
    assert_eq!(digits.fingerprint, "0741f497c06c2151199393a3aaf5735ec6cb027188a0340f6ae326b7d210cf19");
}

#[test]
fn letters_are_the_official_ones() {
    let letters = load("letter").unwrap();
    let both: Vec<usize> = std::iter::zip(counts(&letters.train, 26), counts(&letters.test, 26))
        .map(|(train, test)| train + test)
        .collect();
    assert_eq!(both[..4], [789, 766, 736, 805]);
    assert_eq!(both[25], 734);
    assert_eq!(letters.classes[letters.train.labels().unwrap()[0] as usize], "T");
    let Inputs::Table(table) = &letters.train.inputs else { panic!("a table expected") };
    let first: Vec<f32> = Vec::try_from(table.numbers.get(0)).unwrap();
    assert_eq!(first[..4], [2.0, 8.0, 3.0, 5.0]);
}

#[test]
fn intents_are_the_official_ones() {
    let banking = load("banking77").unwrap();
    assert_eq!(counts(&banking.test, 77), [40; 77]);
    let train = counts(&banking.train, 77);
    assert_eq!((train.iter().min(), train.iter().max()), (Some(&35), Some(&187)));
    let Inputs::Texts(texts) = &banking.train.inputs else { panic!("texts expected") };
    assert_eq!(texts[0], "I am still waiting on my card?");
    assert_eq!(banking.classes[banking.train.labels().unwrap()[0] as usize], "card_arrival");
    let listed = embedded::original(Path::new("banking77/categories.json")).unwrap();
    assert_eq!(banking.classes, serde_json::from_slice::<Vec<String>>(&listed.bytes).unwrap());
    assert!(texts.iter().any(|text| text.contains('\n')), "quoted line feeds belong to the text");
}

/// The folder of original files, if this machine has it.
#[allow(clippy::print_stderr)]
fn originals() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = PathBuf::from(std::env::var("KD_DATA").unwrap_or_else(|_| default.to_owned()));
    if !folder.is_dir() {
        eprintln!("skipped: no folder of original data sets; set KD_DATA to it");
        return None;
    }
    Some(folder)
}

#[test]
fn embedded_bytes_equal_the_originals() {
    let Some(folder) = originals() else { return };
    for file in entries().filter(|entry| entry.is_embedded()).flat_map(|entry| entry.files) {
        let original = fs_err::read(folder.join(file.path)).unwrap();
        assert!(embedded::original(Path::new(file.path)).unwrap().bytes == original, "{}", file.path);
    }
}
