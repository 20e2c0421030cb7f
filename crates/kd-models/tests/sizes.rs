//! Numbers of parameters as published, and what each architecture tells of its features.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::fmt::Write as _;

use kd_models::{Architecture, Input};
use serde_json::json;

const IMAGENET: Input = Input::Image { channels: 3, height: 224, width: 224 };
const CIFAR: Input = Input::Image { channels: 3, height: 32, width: 32 };
const DIGITS: Input = Input::Image { channels: 1, height: 28, width: 28 };
const WORDS: Input = Input::Tokens { vocabulary: 30_522 };
const BOOKS: Input = Input::Sequence { vocabulary: 50_257, length: 16 };
const ADULT: Input = Input::Table { numeric: 6, categories: 8, levels: 102 };

fn architecture(json: serde_json::Value) -> Architecture {
    serde_json::from_value(json).unwrap()
}

/// From torchvision 0.26 and transformers 5.24 where they have the model, for images of CIFAR from the papers' code.
#[test]
fn parameters_are_those_published() {
    let published = [
        (json!({ "resnet": { "depth": 18 } }), IMAGENET, 1000, 11_689_512),
        (json!({ "resnet": { "depth": 34 } }), IMAGENET, 1000, 21_797_672),
        (json!({ "resnet": { "depth": 50 } }), IMAGENET, 1000, 25_557_032),
        (json!({ "resnet": { "depth": 101 } }), IMAGENET, 1000, 44_549_160),
        (json!({ "resnet": { "depth": 152 } }), IMAGENET, 1000, 60_192_808),
        (json!({ "resnet": { "depth": 18, "stem": "cifar" } }), CIFAR, 10, 11_173_962),
        (json!({ "vgg": { "depth": 11, "layout": "imagenet" } }), IMAGENET, 1000, 132_868_840),
        (json!({ "vgg": { "depth": 13, "layout": "imagenet" } }), IMAGENET, 1000, 133_053_736),
        (json!({ "vgg": { "depth": 16, "layout": "imagenet" } }), IMAGENET, 1000, 138_365_992),
        (json!({ "vgg": { "depth": 8 } }), CIFAR, 100, 3_965_028),
        (json!({ "vgg": { "depth": 13 } }), CIFAR, 100, 9_462_180),
        (json!({ "mobilenet_v2": {} }), IMAGENET, 1000, 3_504_872),
        (json!({ "shufflenet_v2": { "size": "x0.5" } }), IMAGENET, 1000, 1_366_792),
        (json!({ "shufflenet_v2": { "size": "x1.0" } }), IMAGENET, 1000, 2_278_604),
        (json!({ "shufflenet_v2": { "size": "x1.5" } }), IMAGENET, 1000, 3_503_624),
        (json!({ "shufflenet_v2": { "size": "x2.0" } }), IMAGENET, 1000, 7_393_996),
        (json!({ "vit": {} }), IMAGENET, 1000, 86_567_656),
        (json!({ "vit": { "patch": 32 } }), IMAGENET, 1000, 88_224_232),
        (json!({ "cifar_resnet": { "depth": 20 } }), CIFAR, 10, 272_474),
        (json!({ "cifar_resnet": { "depth": 56 } }), CIFAR, 10, 855_770),
        (json!({ "cifar_resnet": { "depth": 8, "width": 4 } }), CIFAR, 100, 1_233_540),
        (json!({ "cifar_resnet": { "depth": 32, "width": 4 } }), CIFAR, 100, 7_433_860),
        (json!({ "wide_resnet": { "depth": 40, "width": 2 } }), CIFAR, 100, 2_255_156),
        (json!({ "wide_resnet": { "depth": 16, "width": 2 } }), CIFAR, 100, 703_284),
        (json!({ "wide_resnet": { "depth": 40, "width": 1 } }), CIFAR, 100, 569_780),
        (json!({ "lenet": {} }), DIGITS, 10, 61_706),
        (json!({ "bert": {} }), WORDS, 2, 109_483_778),
        (json!({ "gpt": {} }), BOOKS, 50_257, 124_439_808),
    ];
    let mut table = String::from("| model | input | outputs | parameters |\n|---|---|---|---|\n");
    for (json, input, outputs, parameters) in published {
        let architecture = architecture(json);
        assert_eq!(architecture.parameters(input, outputs).unwrap(), parameters, "{architecture}");
        writeln!(table, "| {architecture} | {input} | {outputs} | {parameters} |").unwrap();
    }
    // The crate's documentation shows it.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/sizes.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs_err::write(path, &table).unwrap();
    }
    assert_eq!(fs_err::read_to_string(path).unwrap_or_default(), table, "INSTA_UPDATE=always writes it anew");
}

/// Thousandths of a billion, as torchvision 0.26 lists them (`meta["_ops"]` of the weights).
#[test]
fn multiply_adds_are_those_published() {
    let published = [
        (json!({ "resnet": { "depth": 18 } }), 1.814),
        (json!({ "mobilenet_v2": {} }), 0.301),
        (json!({ "shufflenet_v2": { "size": "x0.5" } }), 0.04),
        (json!({ "shufflenet_v2": { "size": "x2.0" } }), 0.583),
        (json!({ "vit": { "patch": 32 } }), 4.409),
    ];
    for (json, billions) in published {
        let architecture = architecture(json);
        let counted = architecture.multiply_adds(IMAGENET, 1000).unwrap() as f64 / 1e9;
        assert!((counted - billions).abs() < 1e-3, "{architecture}: {counted}, expected {billions}");
    }
}

#[test]
fn multiply_adds_of_texts_by_hand() {
    let count = |json, input, outputs| architecture(json).multiply_adds(input, outputs).unwrap();
    let lstm = json!({ "recurrent": { "cell": "lstm", "dimension": 4, "hidden": 3 } });
    let words = Input::Tokens { vocabulary: 11 };
    // 16 tokens, two directions, four gates that see 4 + 3 numbers; then the head.
    assert_eq!(count(lstm, words, 5), 16 * 2 * (4 * 3 * (4 + 3)) + 2 * 3 * 5);
    let gpt = json!({ "gpt": { "layers": 1, "heads": 2, "dimension": 8, "positions": 6 } });
    // Per token: attention's 4 matrices, two products over 6 tokens, the perceptron, the words.
    let token = 4 * 8 * 8 + 2 * 6 * 8 + 2 * 8 * 32 + 8 * 11;
    assert_eq!(count(gpt, Input::Sequence { vocabulary: 11, length: 6 }, 11), 6 * token);
}

#[test]
fn features_of_every_architecture() {
    let table = [
        (json!({ "mlp": { "hidden": [512, 512], "dropout": 0.2 } }), CIFAR),
        (json!({ "cnn": { "channels": [16, 32], "hidden": 64 } }), DIGITS),
        (json!({ "cnn5": { "width": 20 } }), CIFAR),
        (json!({ "lenet": {} }), DIGITS),
        (json!({ "resnet": { "depth": 50 } }), IMAGENET),
        (json!({ "resnet": { "depth": 18, "stem": "cifar" } }), CIFAR),
        (json!({ "cifar_resnet": {} }), CIFAR),
        (json!({ "wide_resnet": {} }), CIFAR),
        (json!({ "vgg": {} }), CIFAR),
        (json!({ "vgg": { "depth": 11, "layout": "imagenet", "width": 8, "hidden": 32 } }), IMAGENET),
        (json!({ "mobilenet_v2": {} }), IMAGENET),
        (json!({ "shufflenet_v2": {} }), IMAGENET),
        (json!({ "vit": { "layers": 2 } }), IMAGENET),
        (json!({ "bag_of_embeddings": { "dimension": 64, "hidden": [32] } }), WORDS),
        (json!({ "text_cnn": {} }), WORDS),
        (json!({ "recurrent": { "cell": "gru", "layers": 2 } }), WORDS),
        (json!({ "transformer": {} }), WORDS),
        (json!({ "bert": { "layers": 2, "positions": 8 } }), WORDS),
        (json!({ "gpt": { "layers": 2 } }), BOOKS),
        (json!({ "mlp": { "hidden": [64], "embedding": 8 } }), ADULT),
        (json!({ "tabular_resnet": { "embedding": 8 } }), ADULT),
        (json!({ "ft_transformer": {} }), ADULT),
    ];
    let mut text = String::new();
    for (json, input) in table {
        let architecture = architecture(json);
        let outputs = if let Input::Sequence { vocabulary, .. } = input { vocabulary } else { 10 };
        let parameters = architecture.parameters(input, outputs).unwrap();
        writeln!(text, "{architecture}: {input}, {parameters} parameters").unwrap();
        for tap in architecture.taps(input, outputs).unwrap() {
            writeln!(text, "    {} {:?}", tap.name, tap.shape).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let refusal = |json, input| architecture(json).check(input).unwrap_err().to_string();
    let messages = [
        refusal(json!({ "resnet": { "depth": 20 } }), CIFAR),
        refusal(json!({ "cifar_resnet": { "depth": 18 } }), CIFAR),
        refusal(json!({ "wide_resnet": { "depth": 20 } }), CIFAR),
        refusal(json!({ "vgg": { "depth": 11, "layout": "imagenet" } }), DIGITS),
        refusal(json!({ "vit": {} }), DIGITS),
        refusal(json!({ "vit": { "heads": 7 } }), CIFAR),
        refusal(json!({ "mobilenet_v2": { "width": -1.0 } }), CIFAR),
        refusal(json!({ "text_cnn": { "windows": [] } }), WORDS),
        refusal(json!({ "text_cnn": {} }), BOOKS),
        refusal(json!({ "gpt": { "positions": 8 } }), BOOKS),
        refusal(json!({ "gpt": {} }), WORDS),
        refusal(json!({ "mlp": { "hidden": [] } }), ADULT),
        refusal(json!({ "mlp": { "hidden": [] } }), WORDS),
        refusal(json!({ "ft_transformer": {} }), CIFAR),
        refusal(json!({ "mlp": { "hidden": [u32::MAX, u32::MAX] } }), CIFAR),
        refusal(json!({ "tabular_resnet": { "layers": u32::MAX } }), Input::Features { width: 2 }),
        refusal(json!({ "cifar_resnet": { "depth": 4_294_967_294_u32 } }), CIFAR),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn linear_models_and_those_that_drop_are_told_from_others() {
    for (json, is_linear, drops_out) in [
        (json!({ "mlp": { "hidden": [] } }), true, false),
        (json!({ "mlp": { "hidden": [], "embedding": 8 } }), false, false),
        (json!({ "mlp": { "hidden": [4], "dropout": 0.1 } }), false, true),
        (json!({ "ft_transformer": {} }), false, true),
        (json!({ "ft_transformer": { "dropout": 0.0 } }), false, true),
        (json!({ "ft_transformer": { "dropout": 0.0, "attention_dropout": 0.0 } }), false, false),
        (json!({ "tabular_resnet": { "dropout": 0.0, "residual_dropout": 0.1 } }), false, true),
        (json!({ "resnet": {} }), false, false),
        (json!({ "gpt": {} }), false, true),
    ] {
        let model = architecture(json);
        assert_eq!((model.is_linear(), model.drops_out()), (is_linear, drops_out), "{model}");
    }
}
