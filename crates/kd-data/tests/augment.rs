//! Augmentation against torchvision: the same pixels under the same parameters. `fixtures/augment.py` wrote the file. And
//! views on a GPU against those on a CPU.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use kd_data::augment::{
    Augmentation, Change, Crop, Magnitude, Mixing, Operation, Region, flip, rand_augment,
};
use kd_data::{Encoder, Encoding, Examples, Images, Inputs, Targets};
use tch::{Cuda, Device, Kind, Tensor};

struct Golden(BTreeMap<String, Tensor>);

impl Golden {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/augment.safetensors");
        Self(Tensor::read_safetensors(path).unwrap().into_iter().collect())
    }

    fn get(&self, name: &str) -> &Tensor {
        &self.0[name]
    }

    fn numbers<T>(&self, name: &str) -> Vec<T>
    where
        Vec<T>: TryFrom<Tensor, Error: std::fmt::Debug>,
    {
        Vec::try_from(self.get(name).flatten(0, -1)).unwrap()
    }

    /// The colour images standardised with the given moments, by the arithmetic of an encoder.
    fn standardised(&self) -> Tensor {
        let moments = self.get("normalise/moments").to_kind(Kind::Float);
        let of = |row: i64| moments.get(row).view([1, -1, 1, 1]);
        (self.get("colour").to_kind(Kind::Float) - of(0)) / of(1)
    }
}

fn assert_close(found: &Tensor, expected: &Tensor) {
    let difference = (found - expected).abs().max().double_value(&[]);
    assert!(difference < 1e-6, "differs by {difference}");
}

#[test]
fn windows_and_mirror_images_are_torchvisions() {
    let golden = Golden::read();
    let corners: Vec<[i64; 2]> =
        golden.numbers::<i64>("crop/corners").chunks(2).map(|pair| [pair[0], pair[1]]).collect();
    let crop: Crop = serde_json::from_str(r#"{ "padding": 3 }"#).unwrap();
    assert_eq!(&crop.apply(golden.get("colour"), &corners).unwrap(), golden.get("crop/output"));
    let flipped = golden.numbers::<bool>("flip/flipped");
    assert_eq!(&flip(golden.get("colour"), &flipped).unwrap(), golden.get("flip/output"));
}

#[test]
fn standardised_images_are_torchvisions_before_and_after_erasing() {
    let golden = Golden::read();
    let standardised = golden.standardised();
    assert_close(&standardised, golden.get("normalise/output"));
    let region = |own: &[i64]| Region { top: own[0], left: own[1], height: own[2], width: own[3] };
    let regions: Vec<Region> = golden.numbers::<i64>("erase/regions").chunks(4).map(region).collect();
    let mask = Region::mask(&regions, [17, 20], Device::Cpu).unwrap();
    assert_close(&standardised.masked_fill(&mask, 0.0), golden.get("erase/output"));
}

#[test]
fn mixtures_are_torchvisions() {
    let golden = Golden::read();
    // torchvision mixes each image with the one before.
    let mixup = Mixing { partners: vec![1, 0], share: 0.3, region: None };
    assert_close(&mixup.apply(&golden.standardised()).unwrap(), golden.get("mixup/output"));
    let region = Region { top: 2, left: 4, height: 10, width: 9 };
    let cutmix = Mixing { partners: vec![1, 0], share: 1.0 - 90.0 / 340.0, region: Some(region) };
    assert_close(&cutmix.apply(&golden.standardised()).unwrap(), golden.get("cutmix/output"));
}

#[test]
fn operations_are_torchvisions_to_the_bit() {
    let golden = Golden::read();
    let mut seen = [false; Operation::ALL.len()];
    for (name, expected) in &golden.0 {
        let Some(path) = name.strip_prefix("rand_augment/") else { continue };
        let [images, operation, amount] = path.split('/').collect::<Vec<_>>()[..] else { panic!("{name}") };
        let index: usize = operation.parse().unwrap();
        let change = Change { operation: Operation::ALL[index], amount: amount.parse().unwrap() };
        let images = golden.get(images);
        let found = rand_augment(images, &vec![change; images.size()[0] as usize]).unwrap();
        let wrong = found.ne_tensor(expected).sum(Kind::Int64).int64_value(&[]);
        assert_eq!(wrong, 0, "pixels of {change:?}");
        seen[index] = true;
    }
    assert_eq!(seen, [true; Operation::ALL.len()]);
}

#[test]
fn amounts_are_torchvisions() {
    let golden = Golden::read();
    let expected = golden.get("amounts/17x20");
    for (row, operation) in Operation::ALL.into_iter().enumerate() {
        for magnitude in 0..=30 {
            let found = operation.amount(Magnitude::try_from(magnitude).unwrap(), [17, 20]);
            let expected = expected.double_value(&[row as i64, i64::from(magnitude)]);
            assert!((found - expected).abs() < 1e-4, "{operation:?} at {magnitude}: {found}, not {expected}");
        }
    }
}

#[test]
#[allow(clippy::print_stdout)] // a test that is skipped says so
fn views_are_the_same_on_a_gpu() {
    if !Cuda::is_available() {
        println!("skipped: no CUDA device");
        return;
    }
    let images = |device: Device| {
        let numbers = Tensor::arange(64 * 3 * 12 * 9, (Kind::Int64, Device::Cpu));
        let pixels = (numbers * 37).remainder(251).to_kind(Kind::Uint8).view([64, 3, 12, 9]);
        Inputs::Images(Images { pixels: pixels.to_device(device), peak: u8::MAX })
    };
    let rows: Vec<usize> = (0..64).collect();
    let examples = Examples { inputs: images(Device::Cpu), targets: Targets::Classes(vec![0; 64]) };
    let encoder = Encoder::fit(&examples, &rows, &Encoding::default()).unwrap();
    for json in [
        r#"{ "crop": { "padding": 2 }, "flip": {} }"#,
        r#"{ "rand_augment": {} }"#,
        r#"{ "cutout": { "size": 4 }, "erasing": {}, "mix": { "mixup": { "alpha": 0.4 } } }"#,
        r#"{ "flip": {}, "mix": { "cutmix": {} } }"#,
    ] {
        let augmentation: Augmentation = serde_json::from_str(json).unwrap();
        let seen = |device: Device| {
            augmentation.view(&images(device), &rows, &[5]).unwrap().encode(&encoder, device).unwrap()
        };
        let found = seen(Device::Cuda(0));
        assert_eq!(found.device(), Device::Cuda(0));
        assert_close(&found.to_device(Device::Cpu), &seen(Device::Cpu));
    }
}
