//! A linear student learns from a linear teacher, in an ordinary tch loop.
#![allow(clippy::print_stdout)]

use kd_core::loss::distillation;
use kd_core::metrics::Fidelity;
use kd_core::objective::{Batch, Criterion, Objective};
use kd_core::random::{Concern, Stream};
use tch::nn::{self, Module, OptimizerConfig};
use tch::{Device, Tensor};

fn normal(rows: i64, columns: i64, seed: u64) -> Tensor {
    let mut stream = Stream::new(&[seed], Concern::Initialisation);
    let values: Vec<f32> = (0..rows * columns).map(|_| stream.normal() as f32).collect();
    Tensor::from_slice(&values).view([rows, columns])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs = normal(256, 20, 1);
    let teacher_logits = inputs.matmul(&normal(20, 5, 2));
    let labels = teacher_logits.argmax(-1, false);

    let objective: Objective =
        serde_json::from_str(r#"{ "distillation": { "temperature": 4.0, "label_weight": 0.1 } }"#)?;
    let mut criterion = Criterion::new(&objective);
    let store = nn::VarStore::new(Device::Cpu);
    let student = nn::linear(store.root(), 20, 5, nn::LinearConfig::default());
    let mut optimizer = nn::adamw(0.9, 0.999, 0.0).build(&store, 0.05)?;
    for step in 0..200 {
        let logits = student.forward(&inputs);
        let loss = criterion.loss(&Batch::new(&logits, &labels).with_teacher(&teacher_logits))?;
        optimizer.backward_step(&loss);
        if step % 50 == 0 {
            println!("step {step:3}: loss {:.4}", loss.double_value(&[]));
        }
    }
    let logits = student.forward(&inputs);
    let divergence = distillation(&logits, &teacher_logits, 1.0)?.double_value(&[]);
    let fidelity = Fidelity::of(&logits, &teacher_logits)?;
    println!("agreement with the teacher {:.3}, KL {divergence:.4} nats", fidelity.agreement);
    Ok(())
}
