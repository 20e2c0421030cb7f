//! TorchScript modules of any code, made of the fixture `digits.pt` by putting other code into it.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Where that is flattened, its code is this.
const FLATTEN: &str = "code/__torch__/torch/nn/modules/flatten.py";

/// The fixture whose first layer does `body`, TorchScript that returns what its `input` becomes. Lines of it are indented
/// by four blanks.
pub(crate) fn module(body: &str) -> Vec<u8> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kd-models/tests/fixtures/digits.pt");
    let mut archive = ZipArchive::new(fs_err::File::open(fixture).unwrap()).unwrap();
    let mut changed = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if name.ends_with(".debug_pkl") {
            continue;
        }
        if name.ends_with(FLATTEN) {
            let text = String::from_utf8(bytes).unwrap();
            let (head, _) = text.split_once("    return torch.flatten").unwrap();
            bytes = format!("{head}{body}").into_bytes();
        }
        changed.start_file(name, stored).unwrap();
        changed.write_all(&bytes).unwrap();
    }
    changed.finish().unwrap().into_inner()
}
