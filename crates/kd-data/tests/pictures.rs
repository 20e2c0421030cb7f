//! Images in files against Pillow: the same pixels in other sizes. `fixtures/pictures.py` wrote the files.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use kd_data::Inputs;
use kd_data::source::{Damaged, ImageFolder, Source, TestSplit};
use tch::{Kind, Tensor};

/// The one image of a class.
fn read(class: &str, size: Option<[u16; 2]>, grey: bool) -> Tensor {
    let folder = tempfile::tempdir().unwrap();
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pictures");
    fs_err::create_dir(folder.path().join(class)).unwrap();
    for image in fs_err::read_dir(format!("{original}/{class}")).unwrap() {
        let image = image.unwrap();
        for copy in ["a", "b"] {
            let name = format!("{copy}-{}", image.file_name().display());
            fs_err::copy(image.path(), folder.path().join(class).join(name)).unwrap();
        }
    }
    let path = folder.path().to_owned();
    let source =
        ImageFolder { path, test: TestSplit::Last(0.5), size, crop: false, grey, damaged: Damaged::Refuse };
    let Inputs::Images(images) = Source::ImageFolder(source).load().unwrap().train.inputs else {
        panic!("images expected")
    };
    images.pixels.get(0).permute([1, 2, 0]).contiguous()
}

fn golden() -> BTreeMap<String, Tensor> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pictures/pictures.safetensors");
    Tensor::read_safetensors(path).unwrap().into_iter().collect()
}

/// The largest and the mean difference.
fn differences(found: &Tensor, expected: &Tensor) -> [f64; 2] {
    let difference = (found.to_kind(Kind::Double) - expected).abs();
    [difference.max(), difference.mean(Kind::Double)].map(|number| number.double_value(&[]))
}

#[test]
fn sizes_are_pillows_but_for_rounding_and_greys_are_its_own() {
    let mut compared = 0;
    for (name, expected) in golden() {
        let Some((mode, size)) = name.split_once('/') else { continue };
        let (height, width) = size.split_once('x').unwrap();
        let size = [height.parse().unwrap(), width.parse().unwrap()];
        let [largest, _] = differences(&read("colour", Some(size), mode == "L"), &expected);
        let rounding = if size == [37, 53] { 0.0 } else { 1.0 };
        assert!(largest <= rounding, "{name}: {largest}");
        compared += 1;
    }
    assert_eq!(compared, 10);
}

/// Decoders differ in how they interpolate colours, which JPEG keeps at half the size.
#[test]
fn jpeg_is_decoded_as_by_libjpeg_but_for_rounding() {
    let [largest, mean] = differences(&read("jpeg", None, false), &golden()["jpeg"]);
    assert!(largest <= 6.0 && mean < 0.5, "{largest}, on average {mean}");
}
