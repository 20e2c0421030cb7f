//! Further data sets of images that are read from their original files.

use std::path::Path;

use super::Checksum::{Md5, Sha256};
use super::folder::{alone, idx, member};
use super::{Archive, Entry, File, Origin, Published};
use crate::source::{ArrayPair, Arrays, Cifar, CifarLabels, Idx, ImageFolder, ImageList, Source, TestSplit};
use crate::{Modality, Task};

static EMNIST: Archive = Archive {
    address: "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
    checksum: Md5("58c8d27c78d21e728a6bc7b3cc06412e"),
};

static CIFAR_100: Archive = Archive {
    address: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    checksum: Md5("03b5dce01913d631647c71ecec9e9cb8"),
};

/// The lists.
static PETS: Archive = Archive {
    address: "https://www.robots.ox.ac.uk/~vgg/data/pets/data/annotations.tar.gz",
    checksum: Sha256("52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91"),
};

static PETS_IMAGES: Archive = Archive {
    address: "https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz",
    checksum: Sha256("67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d"),
};

static TINY_IMAGENET: Archive = Archive {
    address: "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    checksum: Sha256("6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821"),
};

static FOOD_101: Archive = Archive {
    address: "http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz",
    checksum: Sha256("d97d15e438b7f4498f96086a4f7e2fa42a32f2712e87d3295441b2b6314053a4"),
};

pub(super) static ENTRIES: [Entry; 12] = [
    Entry {
        name: "kmnist",
        title: "Kuzushiji-MNIST, cursive hiragana",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 60_000,
        validation: 0,
        test: 10_000,
        classes: 10,
        licence: "CC BY-SA 4.0",
        citation: "T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto and D. Ha, 2018, arXiv:1812.01718",
        address: "http://codh.rois.ac.jp/kmnist/",
        files: &[
            alone(
                "kmnist/train-images-idx3-ubyte.gz",
                Some(Md5("bdb82020997e1d708af4cf47b453dcf7")),
                "http://codh.rois.ac.jp/kmnist/dataset/kmnist/train-images-idx3-ubyte.gz",
            ),
            alone(
                "kmnist/train-labels-idx1-ubyte.gz",
                Some(Md5("e144d726b3acfaa3e44228e80efcd344")),
                "http://codh.rois.ac.jp/kmnist/dataset/kmnist/train-labels-idx1-ubyte.gz",
            ),
            alone(
                "kmnist/t10k-images-idx3-ubyte.gz",
                Some(Md5("5c965bf0a639b31b8f53240b1b52f4d7")),
                "http://codh.rois.ac.jp/kmnist/dataset/kmnist/t10k-images-idx3-ubyte.gz",
            ),
            alone(
                "kmnist/t10k-labels-idx1-ubyte.gz",
                Some(Md5("7320c461ea6c1c855c0b718fb2a4b134")),
                "http://codh.rois.ac.jp/kmnist/dataset/kmnist/t10k-labels-idx1-ubyte.gz",
            ),
        ],
        class_names: &["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
        origin: Origin::Folder(idx),
    },
    Entry {
        name: "emnist-balanced",
        title: "EMNIST, handwritten digits and letters, balanced",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 112_800,
        validation: 0,
        test: 18_800,
        classes: 47,
        licence: "not stated",
        citation: "G. Cohen, S. Afshar, J. Tapson and A. van Schaik, 2017, arXiv:1702.05373",
        address: "https://www.nist.gov/itl/products-and-services/emnist-dataset",
        files: &[
            member(
                "emnist/emnist-balanced-train-images-idx3-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-balanced-train-images-idx3-ubyte.gz",
            ),
            member(
                "emnist/emnist-balanced-train-labels-idx1-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-balanced-train-labels-idx1-ubyte.gz",
            ),
            member(
                "emnist/emnist-balanced-test-images-idx3-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-balanced-test-images-idx3-ubyte.gz",
            ),
            member(
                "emnist/emnist-balanced-test-labels-idx1-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-balanced-test-labels-idx1-ubyte.gz",
            ),
        ],
        class_names: &[
            "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H", "I",
            "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "a", "b",
            "d", "e", "f", "g", "h", "n", "q", "r", "t",
        ],
        origin: Origin::Folder(emnist),
    },
    Entry {
        name: "emnist-letters",
        title: "EMNIST, handwritten letters of either case",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 124_800,
        validation: 0,
        test: 20_800,
        classes: 26,
        licence: "not stated",
        citation: "G. Cohen, S. Afshar, J. Tapson and A. van Schaik, 2017, arXiv:1702.05373",
        address: "https://www.nist.gov/itl/products-and-services/emnist-dataset",
        files: &[
            member(
                "emnist/emnist-letters-train-images-idx3-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-letters-train-images-idx3-ubyte.gz",
            ),
            member(
                "emnist/emnist-letters-train-labels-idx1-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-letters-train-labels-idx1-ubyte.gz",
            ),
            member(
                "emnist/emnist-letters-test-images-idx3-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-letters-test-images-idx3-ubyte.gz",
            ),
            member(
                "emnist/emnist-letters-test-labels-idx1-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-letters-test-labels-idx1-ubyte.gz",
            ),
        ],
        class_names: &[
            "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S",
            "T", "U", "V", "W", "X", "Y", "Z",
        ],
        origin: Origin::Folder(emnist),
    },
    Entry {
        name: "emnist-digits",
        title: "EMNIST, handwritten digits",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 240_000,
        validation: 0,
        test: 40_000,
        classes: 10,
        licence: "not stated",
        citation: "G. Cohen, S. Afshar, J. Tapson and A. van Schaik, 2017, arXiv:1702.05373",
        address: "https://www.nist.gov/itl/products-and-services/emnist-dataset",
        files: &[
            member(
                "emnist/emnist-digits-train-images-idx3-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-digits-train-images-idx3-ubyte.gz",
            ),
            member(
                "emnist/emnist-digits-train-labels-idx1-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-digits-train-labels-idx1-ubyte.gz",
            ),
            member(
                "emnist/emnist-digits-test-images-idx3-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-digits-test-images-idx3-ubyte.gz",
            ),
            member(
                "emnist/emnist-digits-test-labels-idx1-ubyte.gz",
                None,
                &EMNIST,
                "gzip/emnist-digits-test-labels-idx1-ubyte.gz",
            ),
        ],
        class_names: &[],
        origin: Origin::Folder(emnist),
    },
    Entry {
        name: "cifar-100",
        title: "CIFAR-100 tiny photographs",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 50_000,
        validation: 0,
        test: 10_000,
        classes: 100,
        licence: "not stated",
        citation: "A. Krizhevsky, 2009, Learning Multiple Layers of Features from Tiny Images",
        address: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: &[
            member("cifar-100/cifar-100-binary/train.bin", None, &CIFAR_100, "cifar-100-binary/train.bin"),
            member("cifar-100/cifar-100-binary/test.bin", None, &CIFAR_100, "cifar-100-binary/test.bin"),
        ],
        class_names: &[
            "apple",
            "aquarium_fish",
            "baby",
            "bear",
            "beaver",
            "bed",
            "bee",
            "beetle",
            "bicycle",
            "bottle",
            "bowl",
            "boy",
            "bridge",
            "bus",
            "butterfly",
            "camel",
            "can",
            "castle",
            "caterpillar",
            "cattle",
            "chair",
            "chimpanzee",
            "clock",
            "cloud",
            "cockroach",
            "couch",
            "crab",
            "crocodile",
            "cup",
            "dinosaur",
            "dolphin",
            "elephant",
            "flatfish",
            "forest",
            "fox",
            "girl",
            "hamster",
            "house",
            "kangaroo",
            "keyboard",
            "lamp",
            "lawn_mower",
            "leopard",
            "lion",
            "lizard",
            "lobster",
            "man",
            "maple_tree",
            "motorcycle",
            "mountain",
            "mouse",
            "mushroom",
            "oak_tree",
            "orange",
            "orchid",
            "otter",
            "palm_tree",
            "pear",
            "pickup_truck",
            "pine_tree",
            "plain",
            "plate",
            "poppy",
            "porcupine",
            "possum",
            "rabbit",
            "raccoon",
            "ray",
            "road",
            "rocket",
            "rose",
            "sea",
            "seal",
            "shark",
            "shrew",
            "skunk",
            "skyscraper",
            "snail",
            "snake",
            "spider",
            "squirrel",
            "streetcar",
            "sunflower",
            "sweet_pepper",
            "table",
            "tank",
            "telephone",
            "television",
            "tiger",
            "tractor",
            "train",
            "trout",
            "tulip",
            "turtle",
            "wardrobe",
            "whale",
            "willow_tree",
            "wolf",
            "woman",
            "worm",
        ],
        origin: Origin::Folder(cifar_fine),
    },
    Entry {
        name: "cifar-100-coarse",
        title: "CIFAR-100 tiny photographs, the 20 superclasses",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 50_000,
        validation: 0,
        test: 10_000,
        classes: 20,
        licence: "not stated",
        citation: "A. Krizhevsky, 2009, Learning Multiple Layers of Features from Tiny Images",
        address: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: &[
            member("cifar-100/cifar-100-binary/train.bin", None, &CIFAR_100, "cifar-100-binary/train.bin"),
            member("cifar-100/cifar-100-binary/test.bin", None, &CIFAR_100, "cifar-100-binary/test.bin"),
        ],
        class_names: &[
            "aquatic_mammals",
            "fish",
            "flowers",
            "food_containers",
            "fruit_and_vegetables",
            "household_electrical_devices",
            "household_furniture",
            "insects",
            "large_carnivores",
            "large_man-made_outdoor_things",
            "large_natural_outdoor_scenes",
            "large_omnivores_and_herbivores",
            "medium_mammals",
            "non-insect_invertebrates",
            "people",
            "reptiles",
            "small_mammals",
            "trees",
            "vehicles_1",
            "vehicles_2",
        ],
        origin: Origin::Folder(cifar_coarse),
    },
    Entry {
        name: "cifar-5m",
        title: "CIFAR-5M, drawn by a generative model of CIFAR-10",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 5_002_240,
        validation: 0,
        test: 10_000,
        classes: 10,
        licence: "not stated",
        citation: "P. Nakkiran, B. Neyshabur and H. Sedghi, 2020, arXiv:2010.08127",
        address: "https://github.com/preetum/cifar5m",
        files: &[
            alone("cifar-5m/part0.npz", None, "https://storage.googleapis.com/gresearch/cifar5m/part0.npz"),
            alone("cifar-5m/part1.npz", None, "https://storage.googleapis.com/gresearch/cifar5m/part1.npz"),
            alone("cifar-5m/part2.npz", None, "https://storage.googleapis.com/gresearch/cifar5m/part2.npz"),
            alone("cifar-5m/part3.npz", None, "https://storage.googleapis.com/gresearch/cifar5m/part3.npz"),
            alone("cifar-5m/part4.npz", None, "https://storage.googleapis.com/gresearch/cifar5m/part4.npz"),
            alone("cifar-5m/part5.npz", None, "https://storage.googleapis.com/gresearch/cifar5m/part5.npz"),
        ],
        class_names: &[
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ],
        origin: Origin::Folder(cifar_5m),
    },
    Entry {
        name: "cifar-5m-part-0",
        title: "CIFAR-5M, the first of its training parts",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 1_000_448,
        validation: 0,
        test: 10_000,
        classes: 10,
        licence: "not stated",
        citation: "P. Nakkiran, B. Neyshabur and H. Sedghi, 2020, arXiv:2010.08127",
        address: "https://github.com/preetum/cifar5m",
        files: &[
            alone("cifar-5m/part0.npz", None, "https://storage.googleapis.com/gresearch/cifar5m/part0.npz"),
            alone("cifar-5m/part5.npz", None, "https://storage.googleapis.com/gresearch/cifar5m/part5.npz"),
        ],
        class_names: &[
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ],
        origin: Origin::Folder(cifar_5m),
    },
    Entry {
        name: "tiny-imagenet",
        title: "Tiny-ImageNet, 200 classes at 64x64 pixels",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 100_000,
        validation: 0,
        test: 10_000,
        classes: 200,
        licence: "not stated",
        citation: "Y. Le and X. Yang, 2015, Tiny ImageNet Visual Recognition Challenge",
        address: "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
        files: &[
            File::folder(
                "tiny-imagenet/tiny-imagenet-200/train",
                Published::Within(&TINY_IMAGENET, "tiny-imagenet-200/train"),
            ),
            File::folder(
                "tiny-imagenet/tiny-imagenet-200/val",
                Published::Within(&TINY_IMAGENET, "tiny-imagenet-200/val"),
            ),
        ],
        class_names: &[],
        origin: Origin::Folder(tiny_imagenet),
    },
    Entry {
        name: "imagenet-64",
        title: "ImageNet (ILSVRC 2012), brought to 64x64 pixels",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 1_281_167,
        validation: 0,
        test: 50_000,
        classes: 1000,
        licence: "non-commercial",
        citation: "O. Russakovsky et al., 2015, doi:10.1007/s11263-015-0816-y",
        address: "https://www.image-net.org/challenges/LSVRC/2012/",
        files: &[
            File::folder("imagenet/train", Published::Nowhere),
            File::folder("imagenet/val", Published::Nowhere),
        ],
        class_names: &[],
        origin: Origin::Folder(imagenet),
    },
    Entry {
        name: "oxford-pet",
        title: "Oxford-IIIT Pet, breeds of cats and dogs, brought to 128x128 pixels",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 3_680,
        validation: 0,
        test: 3_669,
        classes: 37,
        licence: "CC BY-SA 4.0",
        citation: "O. M. Parkhi, A. Vedaldi, A. Zisserman and C. V. Jawahar, 2012, CVPR",
        address: "https://www.robots.ox.ac.uk/~vgg/data/pets/",
        files: &[
            member("oxford-pet/annotations/trainval.txt", None, &PETS, "annotations/trainval.txt"),
            member("oxford-pet/annotations/test.txt", None, &PETS, "annotations/test.txt"),
            File::folder("oxford-pet/images", Published::Within(&PETS_IMAGES, "images")),
        ],
        class_names: &[
            "Abyssinian",
            "American Bulldog",
            "American Pit Bull Terrier",
            "Basset Hound",
            "Beagle",
            "Bengal",
            "Birman",
            "Bombay",
            "Boxer",
            "British Shorthair",
            "Chihuahua",
            "Egyptian Mau",
            "English Cocker Spaniel",
            "English Setter",
            "German Shorthaired",
            "Great Pyrenees",
            "Havanese",
            "Japanese Chin",
            "Keeshond",
            "Leonberger",
            "Maine Coon",
            "Miniature Pinscher",
            "Newfoundland",
            "Persian",
            "Pomeranian",
            "Pug",
            "Ragdoll",
            "Russian Blue",
            "Saint Bernard",
            "Samoyed",
            "Scottish Terrier",
            "Shiba Inu",
            "Siamese",
            "Sphynx",
            "Staffordshire Bull Terrier",
            "Wheaten Terrier",
            "Yorkshire Terrier",
        ],
        origin: Origin::Folder(oxford_pet),
    },
    Entry {
        name: "food-101",
        title: "Food-101, photographs of dishes, brought to 64x64 pixels",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 75_750,
        validation: 0,
        test: 25_250,
        classes: 101,
        licence: "not stated",
        citation: "L. Bossard, M. Guillaumin and L. Van Gool, 2014, ECCV",
        address: "https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/",
        files: &[
            member("food-101/meta/train.txt", None, &FOOD_101, "food-101/meta/train.txt"),
            member("food-101/meta/test.txt", None, &FOOD_101, "food-101/meta/test.txt"),
            File::folder("food-101/images", Published::Within(&FOOD_101, "food-101/images")),
        ],
        class_names: &[],
        origin: Origin::Folder(food_101),
    },
];

fn emnist(files: &[&Path]) -> Source {
    match idx(files) {
        Source::Idx(upright) => Source::Idx(Idx { transposed: true, ..upright }),
        other => other,
    }
}

fn cifar_fine(files: &[&Path]) -> Source {
    cifar_100(files, CifarLabels::Fine)
}

fn cifar_coarse(files: &[&Path]) -> Source {
    cifar_100(files, CifarLabels::Coarse)
}

fn cifar_100(files: &[&Path], labels: CifarLabels) -> Source {
    Source::Cifar(Cifar { train: vec![files[0].into()], test: vec![files[1].into()], labels })
}

/// The first 10,000 images of the last part are for testing.
fn cifar_5m(files: &[&Path]) -> Source {
    let pair = |files: &[&Path], rows| ArrayPair {
        inputs: "X".to_owned(),
        targets: "Y".to_owned(),
        files: files.iter().map(|&file| file.into()).collect(),
        rows,
    };
    let (parts, last) = files.split_at(files.len() - 1);
    let (train, test) = (pair(parts, None), pair(last, Some(10_000)));
    Source::Arrays(Arrays { path: files[0].into(), train, test, channels_last: true })
}

fn tiny_imagenet(files: &[&Path]) -> Source {
    image_folder(files, None)
}

fn imagenet(files: &[&Path]) -> Source {
    image_folder(files, Some([64, 64]))
}

fn image_folder(files: &[&Path], size: Option<[u16; 2]>) -> Source {
    let test = TestSplit::Path(files[1].into());
    Source::ImageFolder(ImageFolder { path: files[0].into(), test, size, crop: false, grey: false })
}

fn oxford_pet(files: &[&Path]) -> Source {
    image_list(files, [128, 128])
}

fn food_101(files: &[&Path]) -> Source {
    image_list(files, [64, 64])
}

/// Lists for training and testing, and the folder of images.
fn image_list(files: &[&Path], size: [u16; 2]) -> Source {
    Source::ImageList(ImageList {
        path: files[0].into(),
        test: TestSplit::Path(files[1].into()),
        images: files[2].into(),
        suffix: ".jpg".to_owned(),
        size: Some(size),
        crop: false,
        grey: false,
    })
}
