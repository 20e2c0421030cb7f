//! What models start from. It is part of what a run computes: a layer that is built in another order, or drawn otherwise,
//! changes every number of a study.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::collections::BTreeSet;
use std::fmt::Write as _;

use kd_core::random::{Concern, Stream};
use kd_models::{Architecture, Input, Model};
use serde_json::{Value, json};
use tch::{Device, Kind};

#[test]
fn equal_streams_start_every_architecture_from_the_weights_they_always_did() {
    let image = Input::Image { channels: 3, height: 32, width: 32 };
    let words = Input::Tokens { vocabulary: 11 };
    let table = Input::Table { numeric: 3, categories: 2, levels: 7 };
    let small = [
        (json!({ "mlp": { "hidden": [4, 3] } }), image),
        (json!({ "mlp": { "hidden": [4], "embedding": 2 } }), table),
        (json!({ "cnn": { "channels": [2, 3], "hidden": 4 } }), image),
        (json!({ "cnn5": { "width": 2 } }), image),
        (json!({ "lenet": {} }), image),
        (json!({ "resnet": { "depth": 18, "width": 2 } }), image),
        (json!({ "resnet": { "depth": 50, "stem": "cifar", "width": 2 } }), image),
        (json!({ "cifar_resnet": { "depth": 8 } }), image),
        (json!({ "wide_resnet": { "depth": 10, "width": 1 } }), image),
        (json!({ "vgg": { "depth": 8, "width": 2 } }), image),
        (json!({ "vgg": { "depth": 11, "layout": "imagenet", "width": 2, "hidden": 4 } }), image),
        (json!({ "mobilenet_v2": { "width": 0.1 } }), image),
        (json!({ "shufflenet_v2": { "size": "x0.5" } }), image),
        (json!({ "vit": { "layers": 2, "heads": 2, "dimension": 4, "hidden": 6 } }), image),
        (json!({ "bag_of_embeddings": { "dimension": 4, "hidden": [3] } }), words),
        (json!({ "text_cnn": { "dimension": 4, "windows": [1, 2], "filters": 3 } }), words),
        (json!({ "recurrent": { "dimension": 4, "hidden": 3, "layers": 2 } }), words),
        (json!({ "recurrent": { "cell": "gru", "dimension": 4, "hidden": 3 } }), words),
        (json!({ "transformer": { "heads": 2, "dimension": 4, "hidden": 6, "positions": 8 } }), words),
        (json!({ "bert": { "layers": 2, "heads": 2, "dimension": 4, "hidden": 6, "positions": 8 } }), words),
        (
            json!({ "gpt": { "layers": 2, "heads": 2, "dimension": 4, "positions": 8 } }),
            Input::Sequence { vocabulary: 11, length: 8 },
        ),
        (json!({ "tabular_resnet": { "layers": 2, "dimension": 4, "hidden": 6, "embedding": 2 } }), table),
        (json!({ "ft_transformer": { "layers": 2, "heads": 2, "dimension": 4, "hidden": 6 } }), table),
    ];
    let (mut text, mut names) = (String::new(), BTreeSet::new());
    for (json, input) in small {
        let architecture: Architecture = serde_json::from_value(json).unwrap();
        names.insert(architecture.name());
        let mut stream = Stream::new(&[3], Concern::Initialisation);
        let model = Model::new(&architecture, input, 11, &mut stream, Device::Cpu).unwrap();
        let mut hasher = blake3::Hasher::new();
        for (name, tensor) in model.weights() {
            hasher.update(name.as_bytes());
            for value in Vec::<f64>::try_from(tensor.to_kind(Kind::Double).flatten(0, -1)).unwrap() {
                hasher.update(&value.to_le_bytes());
            }
        }
        let hash = hasher.finalize().to_hex();
        // Where the stream stands says that nothing more was drawn.
        writeln!(text, "{architecture}: {}, then {:016x}", &hash[..16], stream.next_u64()).unwrap();
    }
    insta::assert_snapshot!(text);
    assert_eq!(names, every_architecture());
}

/// Their names in study files, as editors are told of them.
fn every_architecture() -> BTreeSet<String> {
    let schema = schemars::schema_for!(Architecture);
    let variants = schema.get("oneOf").and_then(Value::as_array).unwrap();
    variants.iter().map(|variant| variant["required"][0].as_str().unwrap().to_owned()).collect()
}
