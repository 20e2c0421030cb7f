//! What is drawn, and what views do whatever is drawn.

use kd_core::parameter::{Chance, Positive};
use proptest::prelude::*;

use tch::Kind;

use super::*;
use crate::{Encoding, Examples, Targets};

fn augmentation(json: &str) -> Augmentation {
    serde_json::from_str(json).unwrap()
}

fn images(count: i64, channels: i64, [height, width]: [i64; 2]) -> Inputs {
    let numbers = Tensor::arange(count * channels * height * width, (Kind::Int64, Device::Cpu));
    let pixels = (numbers * 37).remainder(251).to_kind(Kind::Uint8).view([count, channels, height, width]);
    Inputs::Images(Images { pixels, peak: u8::MAX })
}

fn pixels(inputs: &Inputs) -> &Tensor {
    let Inputs::Images(images) = inputs else { panic!("images expected") };
    &images.pixels
}

fn encoder(inputs: &Inputs) -> Encoder {
    let rows: Vec<usize> = (0..inputs.len()).collect();
    let inputs = inputs.select(&rows).unwrap();
    let targets = Targets::Classes(vec![0; rows.len()]);
    Encoder::fit(&Examples { inputs, targets }, &rows, &Encoding::default()).unwrap()
}

fn streams(count: u64) -> impl Iterator<Item = Stream> {
    (0..count).map(|example| Stream::new(&[5, example], Concern::Augmentation))
}

/// That counts are of equally likely things, at the 99.9 % point of chi-square (Wilson and Hilferty's approximation).
fn assert_uniform(counts: &[u32]) {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    let found: f64 = counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    let point = freedom * (1.0 - spread + 3.09 * spread.sqrt()).powi(3);
    assert!(found < point, "chi-square {found} exceeds {point}: {counts:?}");
}

#[test]
fn windows_are_equally_likely_everywhere() {
    let crop: Crop = serde_json::from_str(r#"{ "padding": 1 }"#).unwrap();
    let mut counts = [0; 9];
    for mut stream in streams(9000) {
        let [top, left] = crop.draw(&mut stream);
        counts[(3 * top + left) as usize] += 1;
    }
    assert_uniform(&counts);
}

#[test]
fn operations_and_directions_are_equally_likely() {
    let rand_augment: RandAugment = serde_json::from_str("{}").unwrap();
    let (mut counts, mut directions) = ([0; 14], [0; 2]);
    for mut stream in streams(14_000) {
        let Change { operation, amount } = rand_augment.draw([32, 32], &mut stream);
        counts[Operation::ALL.iter().position(|&known| known == operation).unwrap()] += 1;
        if operation.has_direction() {
            directions[usize::from(amount < 0.0)] += 1;
        }
    }
    assert_uniform(&counts);
    assert_uniform(&directions);
}

#[test]
fn squares_are_centred_anywhere() {
    let cutout: Cutout = serde_json::from_str(r#"{ "size": 4 }"#).unwrap();
    let mut counts = [0; 15];
    for mut stream in streams(15_000) {
        let region = cutout.draw([3, 5], &mut stream);
        assert_eq!((region.height, region.width), (4, 4));
        counts[(5 * (region.top + 2) + region.left + 2) as usize] += 1;
    }
    assert_uniform(&counts);
}

#[test]
fn erased_rectangles_are_as_asked() {
    let erasing: Erasing = serde_json::from_str(r#"{ "probability": 0.25 }"#).unwrap();
    let regions: Vec<Region> = streams(8000).map(|mut stream| erasing.draw([60, 60], &mut stream)).collect();
    let erased: Vec<&Region> = regions.iter().filter(|region| region.height > 0).collect();
    assert!((erased.len() as f64 / 8000.0 - 0.25).abs() < 0.02, "{} of 8000", erased.len());
    let mut areas = [0; 4];
    for region in erased {
        assert_eq!(region.within([60, 60]), *region);
        let area = (region.height * region.width) as f64 / 3600.0;
        // Sides are rounded to whole pixels.
        assert!(area > 0.015 && area < 0.35, "{area}");
        let aspect = region.height as f64 / region.width as f64;
        assert!(aspect > 0.25 && aspect < 4.0, "{aspect}");
        areas[(((area - 0.02) / (1.0 / 3.0 - 0.02) * 4.0).max(0.0) as usize).min(3)] += 1;
    }
    assert_uniform(&areas);
}

#[test]
fn words_are_dropped_at_their_rate_and_never_all() {
    let of = |probability: f64| WordDrop { probability: Chance::try_from(probability).unwrap() };
    let drawn = |probability, words| -> Vec<bool> {
        streams(4000).flat_map(|mut stream| of(probability).draw(words, &mut stream)).collect()
    };
    let kept = drawn(0.3, 20);
    let share = kept.iter().filter(|&&kept| kept).count() as f64 / kept.len() as f64;
    assert!((share - 0.7).abs() < 0.01, "{share}");
    let mut places = [0; 4];
    for kept in drawn(1.0, 4).chunks(4) {
        assert_eq!(kept.iter().filter(|&&kept| kept).count(), 1);
        places[kept.iter().position(|&kept| kept).unwrap()] += 1;
    }
    assert_uniform(&places);
    assert!(of(1.0).draw(0, &mut Stream::new(&[], Concern::Augmentation)).is_empty());
    assert_eq!(keep_words(" a\tb  c d", &[true, false, true, true]), "a c d");
}

#[test]
fn shares_are_those_of_the_regions() {
    for mut stream in streams(500) {
        let mix = Mix::Cutmix(Cutmix { alpha: Positive::default() });
        let mixing = mix.draw(4, [7, 9], &mut stream);
        let region = mixing.region.unwrap();
        assert_eq!(region.within([7, 9]), region);
        assert!((mixing.share - (1.0 - (region.height * region.width) as f64 / 63.0)).abs() < 1e-12);
    }
}

#[test]
fn cutout_removes_exactly_the_square() {
    let inputs = images(3, 2, [6, 6]);
    let (pixels, encoder) = (pixels(&inputs), encoder(&inputs));
    let plain = encoder.encode(&inputs).unwrap().batch(&Tensor::from_slice(&[0_i64, 1, 2])).unwrap();
    let view = augmentation(r#"{ "cutout": { "size": 4 } }"#).view(&inputs, &[0, 1, 2], &[9]).unwrap();
    let seen = view.encode(&encoder, Device::Cpu).unwrap();
    let cutout: Cutout = serde_json::from_str(r#"{ "size": 4 }"#).unwrap();
    for example in 0..3 {
        let mut stream = Stream::new(&[9, example as u64], Concern::Augmentation);
        let Region { top, left, height, width } = cutout.draw([6, 6], &mut stream).within([6, 6]);
        let square = |images: &Tensor| images.get(example).narrow(1, top, height).narrow(2, left, width);
        assert_eq!(square(&seen), square(&seen).zeros_like());
        let changed = seen.get(example).ne_tensor(&plain.get(example)).sum(Kind::Int64).int64_value(&[]);
        // A pixel at its channel's mean would not change; none is here.
        assert_eq!(changed, pixels.size()[1] * height * width);
    }
}

#[test]
fn texts_lose_words_before_they_are_encoded() {
    let inputs = Inputs::Texts(vec!["one two three".to_owned(), "four".to_owned()]);
    let always = augmentation(r#"{ "word_drop": { "probability": 1.0 } }"#);
    let view = always.view(&inputs, &[0, 1], &[3]).unwrap();
    assert_eq!(view.encode(&encoder(&inputs), Device::Cpu).unwrap().size(), [2, 1]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let message = |json: &str, inputs: &Inputs| augmentation(json).check(inputs).unwrap_err().to_string();
    let texts = Inputs::Texts(vec!["a".to_owned()]);
    let small = images(1, 2, [4, 6]);
    for (json, inputs, expected) in [
        ("{}", &small, "names nothing to do"),
        (r#"{ "flip": {} }"#, &texts, "`flip` is for images, but these are texts"),
        (
            r#"{ "word_drop": { "probability": 0.1 } }"#,
            &small,
            "`word_drop` is for texts, but these are images",
        ),
        (r#"{ "crop": { "padding": 4 } }"#, &small, "may miss an image of 4 x 6 pixels"),
        (r#"{ "rand_augment": {} }"#, &small, "these images have 2 with values up to 255"),
        (r#"{ "erasing": { "smallest": 0.5 } }"#, &small, "`largest` 0.333"),
    ] {
        let message = message(json, inputs);
        assert!(message.contains(expected), "{message}");
    }
    let wrong = |json: &str| serde_json::from_str::<Augmentation>(json).unwrap_err().to_string();
    assert!(wrong(r#"{ "rand_augment": { "magnitude": 31 } }"#).contains("from 0 to 30, found 31"));
    assert!(wrong(r#"{ "flip": { "probability": 0.0 } }"#).contains("above 0 and at most 1, got 0"));
}

#[test]
fn views_never_change() {
    let inputs = images(2, 1, [5, 5]);
    let some = augmentation(
        r#"{ "crop": { "padding": 2 }, "flip": {}, "cutout": { "size": 2 }, "mix": { "cutmix": {} } }"#,
    );
    let view = some.view(&inputs, &[4, 7], &[11, 13]).unwrap();
    let sum = pixels(&view.inputs).sum(Kind::Int64).int64_value(&[]);
    let erased = view.erased.as_ref().unwrap().sum(Kind::Int64).int64_value(&[]);
    assert_eq!((sum, erased, view.mixing().unwrap().region), GOLDEN);
}

const GOLDEN: (i64, i64, Option<Region>) = (3709, 6, Some(Region { top: 3, left: 1, height: 2, width: 2 }));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn two_flips_are_none(flipped in proptest::collection::vec(any::<bool>(), 4)) {
        let inputs = images(4, 3, [5, 7]);
        let twice = flip(&flip(pixels(&inputs), &flipped).unwrap(), &flipped).unwrap();
        prop_assert_eq!(&twice, pixels(&inputs));
    }

    #[test]
    fn the_window_in_the_middle_is_the_image(padding in 1_u32..9) {
        let inputs = images(3, 2, [5, 7]);
        let crop = Crop { padding: padding.try_into().unwrap() };
        let windows = crop.apply(pixels(&inputs), &[[i64::from(padding); 2]; 3]).unwrap();
        prop_assert_eq!(&windows, pixels(&inputs));
    }

    #[test]
    fn a_share_of_one_is_the_image(partners in Just(vec![0_i64, 1, 2, 3]).prop_shuffle()) {
        let images = pixels(&images(4, 3, [5, 7])).to_kind(Kind::Float);
        for region in [None, Some(Region { top: 2, left: 3, ..Region::default() })] {
            let mixing = Mixing { partners: partners.clone(), share: 1.0, region };
            prop_assert_eq!(mixing.apply(&images).unwrap(), images.shallow_clone());
        }
    }

    #[test]
    fn a_view_depends_on_nothing_else_in_its_batch(
        order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
        seed in any::<u64>(),
    ) {
        let inputs = images(5, 3, [6, 9]);
        let encoder = encoder(&inputs);
        let all = augmentation(
            r#"{ "crop": { "padding": 2 }, "flip": {}, "rand_augment": {}, "cutout": { "size": 4 }, "erasing": {} }"#,
        );
        let seen = |rows: &[usize]| {
            all.view(&inputs.select(rows).unwrap(), rows, &[seed, 3]).unwrap().encode(&encoder, Device::Cpu).unwrap()
        };
        let index: Vec<i64> = order.iter().map(|&row| row as i64).collect();
        let together = seen(&[0, 1, 2, 3, 4]);
        prop_assert_eq!(&seen(&order), &together.index_select(0, &Tensor::from_slice(&index)));
        prop_assert_eq!(&seen(&order[..1]), &together.get(index[0]).unsqueeze(0));
    }
}
