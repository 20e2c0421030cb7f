//! What a study spends its time on: drawing subsets, and training steps of the quickstart's students.

#![allow(missing_docs)] // criterion's macros

use criterion::{Criterion, criterion_group, criterion_main};
use kd_core::loss::cross_entropy;
use kd_core::random::{Concern, Stream};
use kd_data::{Encoder, Encoding, Sampling, catalogue, subset};
use kd_models::{Architecture, Mode, Model};
use tch::nn::OptimizerConfig;
use tch::{Device, Tensor, nn};

const BATCH: i64 = 64;

fn ranking(criterion: &mut Criterion) {
    let letter = catalogue::load("letter").expect("embedded");
    let pool: Vec<usize> = (0..letter.train.len()).collect();
    criterion.bench_function("rank 16,000 examples, stratified", |bencher| {
        bencher
            .iter(|| subset::rank(11, &letter.name, &pool, &letter.train, &Sampling::Stratified, pool.len()));
    });
}

fn steps(criterion: &mut Criterion) {
    tch::set_num_threads(1);
    let mut group = criterion.benchmark_group("training step");
    for (dataset, architecture) in [
        ("optdigits", Architecture::mlp([64])),
        ("optdigits", Architecture::cnn([16, 32], 64)),
        ("letter", Architecture::mlp([256, 256])),
        ("banking77", Architecture::bag_of_embeddings(64)),
    ] {
        let architecture = architecture.expect("an architecture");
        let data = catalogue::load(dataset).expect("embedded");
        let rows: Vec<usize> = (0..1000).collect();
        let encoder = Encoder::fit(&data.train, &rows, &Encoding::default()).expect("fits");
        let examples = data.train.select(&rows).expect("rows of the split");
        let encoded = encoder.encode(&examples.inputs).expect("encodes");
        let labels = Tensor::from_slice(examples.labels().expect("classes"));
        let mut stream = Stream::new(&[11], Concern::Initialisation);
        let classes = data.classes.len() as i64;
        let model =
            Model::new(&architecture, encoder.input(), classes, &mut stream, Device::Cpu).expect("a model");
        let mut optimizer = nn::adamw(0.9, 0.999, 0.01).build(model.store(), 1e-3).expect("an optimiser");
        let index = Tensor::arange(BATCH, (tch::Kind::Int64, Device::Cpu));
        group.bench_function(format!("{dataset}, {}", architecture.name()), |bencher| {
            bencher.iter(|| {
                let batch = encoded.batch(&index).expect("a batch");
                let logits = model.forward(&batch, Mode::Train).expect("a pass").logits;
                let loss = cross_entropy(&logits, &labels.index_select(0, &index)).expect("a loss");
                optimizer.backward_step(&loss);
            });
        });
    }
}

criterion_group!(benches, ranking, steps);
criterion_main!(benches);
