//! Tasks whose truth is known, drawn from a named random stream.

mod gaussian_blobs;
mod linear_regression;
mod markov_text;
mod multi_view;
mod teacher_student;
mod truth;

pub use gaussian_blobs::GaussianBlobs;
pub use linear_regression::LinearRegression;
pub use markov_text::MarkovText;
pub use multi_view::MultiView;
pub use teacher_student::TeacherStudent;

use kd_core::random::{Concern, Stream};
use tch::Tensor;

use crate::error::{Error, Result};
use crate::{Examples, Inputs, Table, Targets};

/// The parts of a task are drawn from streams of their own, so that more training examples change no other part.
#[derive(Debug, Clone, Copy)]
enum Part {
    Truth,
    Train,
    Test,
}

fn stream(seed: u64, part: Part) -> Stream {
    Stream::new(&[seed, part as u64], Concern::Examples)
}

fn normals(stream: &mut Stream, count: usize) -> Vec<f64> {
    (0..count).map(|_| stream.normal()).collect()
}

/// A table of `inputs` row after row.
fn examples(inputs: &[f64], width: u32, targets: Targets) -> Result<Examples> {
    let numbers: Vec<f32> = inputs.iter().map(|&value| value as f32).collect();
    let numbers = Tensor::f_from_slice(&numbers)?.f_view([-1, i64::from(width)])?;
    Ok(Examples { inputs: Inputs::Table(Table::of_numbers(numbers)?), targets })
}

/// Refuses a parameter.
fn check(holds: bool, expected: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::Source(format!("a synthetic task needs {expected}"))) }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
