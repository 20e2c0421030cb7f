//! Two linear students learn from a linear teacher, in an ordinary tch loop: one hears all that it says, the other with
//! the wrong classes permuted.
#![allow(clippy::print_stdout)]

use kd_core::criterion::{Batch, Criterion};
use kd_core::loss::Distillation;
use kd_core::metrics::Fidelity;
use kd_core::number::Number;
use kd_core::objective::Objective;
use kd_core::random::{Concern, Stream};
use kd_core::signal::Table;
use kd_core::supervision::Supervision;
use tch::nn::{self, Module, OptimizerConfig};
use tch::{Device, Kind, Tensor};

const EXAMPLES: i64 = 256;

fn normal(rows: i64, columns: i64, seed: u64) -> Tensor {
    let mut stream = Stream::new(&[seed], Concern::Initialisation);
    let values: Vec<f32> = (0..rows * columns).map(|_| stream.normal() as f32).collect();
    Tensor::from_slice(&values).view([rows, columns])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs = normal(EXAMPLES, 20, 1);
    let teacher_logits = inputs.matmul(&normal(20, 5, 2));
    let labels = teacher_logits.argmax(-1, false);

    for supervision in [Supervision::FULL, Supervision::permuted()] {
        let objective = Objective::Distillation(Distillation {
            supervision,
            label_weight: Number::new(0.1)?.into(),
            ..Distillation::at(4.0)?
        });
        let mut criterion = Criterion::new(&objective);
        let stream = Stream::new(&[3], Concern::Intervention);
        let mut signal = Table::of(&objective, &[teacher_logits.shallow_clone()], &labels, &stream)?;

        let store = nn::VarStore::new(Device::Cpu);
        let mut student = nn::linear(store.root(), 20, 5, nn::LinearConfig::default());
        tch::no_grad(|| student.ws.copy_(&normal(5, 20, 4)));
        let mut optimizer = nn::adamw(0.9, 0.999, 0.0).build(&store, 0.05)?;
        let all = Tensor::arange(EXAMPLES, (Kind::Int64, Device::Cpu));
        for step in 0..200 {
            let logits = student.forward(&inputs);
            let heard = signal.at(&all)?;
            // `with_teacher(&teacher_logits)` would not compile: they have not gone through the supervision.
            let loss = criterion.loss(&Batch::new(&logits, &labels).with_teacher(&heard))?;
            optimizer.backward_step(&loss);
            if step % 50 == 0 {
                println!("step {step:3}: loss {:.4}", loss.double_value(&[]));
            }
        }
        let fidelity = Fidelity::of(&student.forward(&inputs), &teacher_logits)?;
        println!("{}: agreement with the teacher {:.3}", supervision.name(), fidelity.agreement);
    }
    Ok(())
}
