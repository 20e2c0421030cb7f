//! Studies of published scale can be planned: on random stand-ins of the same shape, as their data are not here.

use std::path::{Path, PathBuf};

use crate::{folder_with, output, stderr, stdout};

/// What a study's data are like: images of so many pixels, square and coloured, of so many classes; or a text.
enum Like {
    Images { size: usize, classes: usize },
    Text,
}

fn like(name: &str) -> Like {
    match name {
        "cifar-5m" => Like::Images { size: 32, classes: 10 },
        "cifar-100" => Like::Images { size: 32, classes: 100 },
        "imagenet" | "imagenet-vit" => Like::Images { size: 64, classes: 1000 },
        "pet" => Like::Images { size: 128, classes: 37 },
        "food-101" => Like::Images { size: 64, classes: 101 },
        "gpt" => Like::Text,
        other => panic!("what are the data of studies/paper/{other}.toml like?"),
    }
}

/// Bytes that follow from where they stand.
fn bytes(count: usize) -> Vec<u8> {
    (0..count as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// A file of images, `x` and `y`, two for each class but no fewer than 400, of which the last half is for testing.
fn images(folder: &Path, size: usize, classes: usize) -> String {
    let count = (2 * classes).max(400);
    let pixels = bytes(count * 3 * size * size);
    let labels: Vec<u8> = (0..count).flat_map(|at| ((at % classes) as i64).to_le_bytes()).collect();
    let header = format!(
        r#"{{"x":{{"dtype":"U8","shape":[{count},3,{size},{size}],"data_offsets":[0,{}]}},"y":{{"dtype":"I64","shape":[{count}],"data_offsets":[{},{}]}}}}"#,
        pixels.len(),
        pixels.len(),
        pixels.len() + labels.len()
    );
    let whole = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &pixels, &labels].concat();
    fs_err::write(folder.join("images.safetensors"), whole).unwrap();
    r#"data.arrays = { path = "images.safetensors", train = { inputs = "x", targets = "y" }, test.last = 0.5 }"#
        .to_owned()
}

fn text(folder: &Path) -> String {
    let words: Vec<String> = bytes(200_000).iter().map(|byte| format!("w{byte}")).collect();
    fs_err::write(folder.join("text.txt"), words.join(" ")).unwrap();
    r#"data.plain_text = { path = "text.txt", test.last = 0.3, tokens = "words" }"#.to_owned()
}

/// Every line of a study in which it says how many samples there are says shares.
fn shared(study: &str) -> String {
    let line = |line: &str| match line.split_once(" = ") {
        Some(("samples", value)) if value.starts_with('[') => "samples = [0.2, \"all\"]".to_owned(),
        Some(("samples", _)) => "samples = 0.5".to_owned(),
        _ => line.to_owned(),
    };
    study.lines().map(|own| line(own) + "\n").collect()
}

#[test]
fn studies_of_published_scale_plan() {
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../studies/paper");
    let files = fs_err::read_dir(published).unwrap().map(|entry| entry.unwrap().path());
    let studies: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    assert_eq!(studies.len(), 7);
    for path in studies {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let folder = folder_with("");
        let data = match like(name) {
            Like::Images { size, classes } => images(folder.path(), size, classes),
            Like::Text => text(folder.path()),
        };
        let study = shared(&fs_err::read_to_string(&path).unwrap());
        let catalogue = study.lines().find(|line| line.starts_with("data.catalogue")).unwrap();
        fs_err::write(folder.path().join("study.toml"), study.replace(catalogue, &data)).unwrap();
        let planned = output(folder.path(), &["plan", "study.toml", "--no-probe"]);
        assert_eq!(planned.status.code(), Some(0), "{name}: {}", stderr(&planned));
        assert!(stdout(&planned).contains("distilled"), "{name}: {}", stdout(&planned));
        // With KD_SMOKE set, each is run small as well, which takes minutes in all; without, the smallest.
        if std::env::var_os("KD_SMOKE").is_some() || name == "cifar-5m" {
            let smoked = output(folder.path(), &["run", "study.toml", "--smoke"]);
            assert_eq!(smoked.status.code(), Some(0), "{name}: {}", stderr(&smoked));
        }
    }
}
