//! Small models for tests.

use kd_core::random::{Concern, Stream};
use tch::{Device, Kind, Tensor};

use super::Model;
use crate::{Architecture, BagOfEmbeddings, Cnn, Dropout, Input, Mlp};

pub(super) fn stream() -> Stream {
    Stream::new(&[5], Concern::Initialisation)
}

pub(super) fn cases() -> Vec<(Architecture, Input, Tensor, u64, Vec<&'static str>)> {
    let dropout = Dropout::try_from(0.5).unwrap();
    let image = Input::Image { channels: 1, height: 8, width: 8 };
    let pixels = Tensor::arange(3 * 64, (Kind::Float, Device::Cpu)).view([3, 1, 8, 8]) / 200.0;
    vec![
        (
            Architecture::Mlp(Mlp { dropout, ..Mlp::new([16, 8]).unwrap() }),
            image,
            pixels.shallow_clone(),
            64 * 16 + 16 + 16 * 8 + 8 + 8 * 4 + 4,
            vec!["hidden0", "hidden1"],
        ),
        (
            Architecture::Cnn(Cnn { dropout, ..Cnn::new([3, 5], 7).unwrap() }),
            image,
            pixels,
            (9 * 3 + 3) + (9 * 3 * 5 + 5) + (5 * 4 * 7 + 7) + (7 * 4 + 4),
            vec!["stage0", "stage1", "hidden0"],
        ),
        (
            Architecture::BagOfEmbeddings(BagOfEmbeddings {
                dropout,
                hidden: Mlp::new([5]).unwrap().hidden,
                ..BagOfEmbeddings::new(6).unwrap()
            }),
            Input::Tokens { vocabulary: 9 },
            Tensor::from_slice2(&[[1_i64, 2, 3, 0], [4, 0, 0, 0], [8, 8, 1, 2]]),
            9 * 6 + (6 * 5 + 5) + (5 * 4 + 4),
            vec!["embedding", "hidden0"],
        ),
    ]
}

pub(super) fn built(json: &str, input: Input, outputs: i64) -> Model {
    let architecture: Architecture = serde_json::from_str(json).unwrap();
    Model::new(&architecture, input, outputs, &mut stream(), Device::Cpu).unwrap()
}
