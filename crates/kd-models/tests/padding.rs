//! What is behind a text's last token changes nothing of what a model says of it.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use kd_core::random::{Concern, Stream};
use kd_models::{Architecture, Input, Mode, Model};
use tch::{Device, Kind, Tensor};

/// Every architecture that reads texts.
const ARCHITECTURES: [&str; 6] = [
    r#"{ "bag_of_embeddings": { "dimension": 8, "hidden": [8] } }"#,
    r#"{ "text_cnn": { "dimension": 8, "windows": [1, 2, 4], "filters": 8 } }"#,
    r#"{ "recurrent": { "cell": "lstm", "dimension": 8, "hidden": 8, "layers": 2 } }"#,
    r#"{ "recurrent": { "cell": "gru", "dimension": 8, "hidden": 8, "bidirectional": false } }"#,
    r#"{ "transformer": { "layers": 2, "heads": 2, "dimension": 8, "hidden": 16 } }"#,
    r#"{ "bert": { "layers": 2, "heads": 2, "dimension": 8, "hidden": 16 } }"#,
];

#[test]
fn logits_of_a_text_are_the_same_however_far_it_is_padded() {
    let texts = Tensor::from_slice2(&[[4_i64, 9, 2, 7, 1], [3, 3, 5, 0, 0], [6, 0, 0, 0, 0]]);
    let padded = texts.constant_pad_nd([0, 6]);
    for architecture in ARCHITECTURES {
        let input = Input::Tokens { vocabulary: 10 };
        let mut stream = Stream::new(&[1], Concern::Initialisation);
        let parsed: Architecture = serde_json::from_str(architecture).unwrap();
        let mut model = Model::new(&parsed, input, 3, &mut stream, Device::Cpu).unwrap();
        model.set_kind(Kind::Double).unwrap();
        let logits = |batch: &Tensor| tch::no_grad(|| model.forward(batch, Mode::Evaluate)).unwrap().logits;
        let trimmed = logits(&texts);
        assert!(logits(&padded).allclose(&trimmed, 1e-12, 1e-12, false), "{architecture}: padded");
        for (row, length) in [(0, 5), (1, 3), (2, 1)] {
            let alone = logits(&texts.narrow(0, row, 1).narrow(1, 0, length));
            assert!(
                alone.allclose(&trimmed.narrow(0, row, 1), 1e-12, 1e-12, false),
                "{architecture}: row {row}"
            );
        }
    }
}
