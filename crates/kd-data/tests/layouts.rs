//! Data sets of the catalogue in small files of the official layout.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use kd_data::source::{CatalogueSource, Source};
use kd_data::{Dataset, Inputs, catalogue};

fn load(name: &str, folder: &Path) -> Dataset {
    Source::Catalogue(CatalogueSource { name: name.to_owned(), folder: Some(folder.into()) }).load().unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, bytes).unwrap();
}

/// A picture of one shade, 64x64, as its publisher's name says.
fn picture(folder: &Path, name: &str, shade: u8) {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_pixel(64, 64, image::Rgb([shade; 3]));
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    write(folder, name, &bytes.into_inner());
}

/// Size of the training images, and one value of each.
fn shades(dataset: &Dataset) -> (Vec<i64>, Vec<u8>) {
    let Inputs::Images(images) = &dataset.train.inputs else { panic!("images expected") };
    let shades = images.pixels.select(3, 0).select(2, 0).select(1, 0);
    (images.pixels.size(), Vec::try_from(shades.contiguous()).unwrap())
}

#[test]
fn tiny_imagenet_lists_its_validation_images() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tiny-imagenet/tiny-imagenet-200");
    picture(&root, "train/n01443537/images/n01443537_0.JPEG", 10);
    write(&root, "train/n01443537/n01443537_boxes.txt", b"n01443537_0.JPEG\t0\t10\t63\t58\n");
    picture(&root, "train/n01629819/images/n01629819_0.JPEG", 20);
    picture(&root, "val/images/val_0.JPEG", 30);
    write(&root, "val/val_annotations.txt", b"val_0.JPEG\tn01629819\t0\t32\t44\t62\n");
    let tiny = load("tiny-imagenet", folder.path());
    assert_eq!(tiny.classes, ["n01443537", "n01629819"]);
    assert_eq!(shades(&tiny), (vec![2, 3, 64, 64], vec![10, 20]));
    assert_eq!(tiny.test.labels().unwrap(), [1]);
}

#[test]
fn imagenet_has_a_folder_for_each_class() {
    let folder = tempfile::tempdir().unwrap();
    for (name, shade) in
        [("train/n01440764/a.JPEG", 1), ("train/n01443537/b.JPEG", 2), ("val/n01443537/c.JPEG", 3)]
    {
        picture(&folder.path().join("imagenet"), name, shade);
    }
    let imagenet = load("imagenet-64", folder.path());
    assert_eq!(shades(&imagenet), (vec![2, 3, 64, 64], vec![1, 2]));
    assert_eq!(imagenet.test.labels().unwrap(), [1]);
}

#[test]
fn pets_and_dishes_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let pets = folder.path().join("oxford-pet");
    for (name, shade) in [("Abyssinian_1", 1), ("american_bulldog_2", 2)] {
        picture(&pets, &format!("images/{name}.jpg"), shade);
    }
    write(&pets, "annotations/trainval.txt", b"american_bulldog_2 2 2 1\nAbyssinian_1 1 1 1\n");
    write(&pets, "annotations/test.txt", b"american_bulldog_2 2 2 1\n");
    let pets = load("oxford-pet", folder.path());
    assert_eq!(shades(&pets), (vec![2, 3, 128, 128], vec![2, 1]));
    assert_eq!(pets.train.labels().unwrap(), [1, 0]);
    assert_eq!(pets.classes[1], "American Bulldog");

    let food = folder.path().join("food-101");
    picture(&food, "images/apple_pie/1.jpg", 1);
    picture(&food, "images/waffles/2.jpg", 2);
    write(&food, "meta/train.txt", b"apple_pie/1\nwaffles/2\n");
    write(&food, "meta/test.txt", b"waffles/2\n");
    let food = load("food-101", folder.path());
    assert_eq!(food.classes, ["apple_pie", "waffles"]);
    assert_eq!(food.test.labels().unwrap(), [1]);
}

#[test]
fn cifar_5m_is_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let part = fs_err::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/part.npz")).unwrap();
    for place in 0..6 {
        write(folder.path(), &format!("cifar-5m/part{place}.npz"), &part);
    }
    let cifar = load("cifar-5m", folder.path());
    assert_eq!((cifar.train.len(), cifar.test.len()), (15, 3));
    assert_eq!(shades(&cifar).0, [15, 3, 2, 2]);
    assert_eq!(load("cifar-5m-part-0", folder.path()).train.len(), 3);
}

#[test]
fn emnist_is_put_upright() {
    let folder = tempfile::tempdir().unwrap();
    let images = [&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2][..], &[1, 2, 3, 4]].concat();
    for part in ["train", "test"] {
        let name = |kind: &str| format!("emnist/emnist-letters-{part}-{kind}-ubyte.gz");
        write(folder.path(), &name("images-idx3"), &images);
        write(folder.path(), &name("labels-idx1"), &[0, 0, 8, 1, 0, 0, 0, 1, 26]);
    }
    let letters = load("emnist-letters", folder.path());
    let Inputs::Images(images) = &letters.train.inputs else { panic!("images expected") };
    let pixels: Vec<u8> = Vec::try_from(images.pixels.flatten(0, -1)).unwrap();
    assert_eq!(pixels, [1, 3, 2, 4]);
}

#[test]
fn reviews_are_in_folders_beside_those_without_a_class() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("train/pos/0_9.txt", "good"),
        ("train/neg/0_2.txt", "bad"),
        ("train/unsup/0_0.txt", "so"),
        ("test/pos/0_10.txt", "fine"),
    ] {
        write(&folder.path().join("imdb/aclImdb"), name, text.as_bytes());
    }
    write(folder.path(), "imdb/aclImdb/train/labeledBow.feat", b"9 0:9\n");
    let reviews = load("imdb", folder.path());
    assert_eq!((reviews.classes.as_slice(), reviews.train.len()), (&["neg".to_owned(), "pos".into()][..], 2));
    assert_eq!(reviews.test.labels().unwrap(), [1]);
}

#[test]
fn collisions_are_tested_on_the_last_rows() {
    let folder = tempfile::tempdir().unwrap();
    let row = |row: i32| format!("{}.000000000000000000e+00,8.692932128906250000e-01,{row}\n", row % 2);
    write(folder.path(), "higgs/HIGGS.csv.gz", (0..44).map(row).collect::<String>().as_bytes());
    let higgs = load("higgs", folder.path());
    assert_eq!((higgs.train.len(), higgs.test.labels().unwrap()), (42, &[0_i64, 1][..]));
    assert_eq!(higgs.classes, ["background", "signal"]);
}

/// Names are used, and no file of one entry has another checksum in another.
#[test]
fn entries_agree_with_one_another() {
    let mut names: Vec<&str> = catalogue::entries().map(|entry| entry.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a name is used twice");
    let files: Vec<_> = catalogue::entries().flat_map(|entry| entry.files).collect();
    for (place, file) in files.iter().enumerate() {
        for other in files[..place].iter().filter(|other| other.path == file.path) {
            assert_eq!(other.checksum, file.checksum, "{}", file.path);
        }
    }
}
