use std::fmt::Write as _;

use kd_study::spec::Limits;
use kd_study::{LIBTORCH, Result, gpus};
use serde::Serialize;
use tch::{Device, Kind, Tensor};

use super::{print, print_json};
use crate::arguments::Format;

#[derive(Serialize)]
struct Checkup {
    kd: &'static str,
    libtorch: &'static str,
    devices: Vec<String>,
    /// Why there is none but the processor.
    no_gpu: Option<String>,
    cores: usize,
    /// Largest entry of `A · A⁻¹ - I` for a fixed matrix, in float32: whether libtorch computes.
    computes: Option<f64>,
}

pub(super) fn run(format: Format) -> Result<()> {
    let mut devices = vec!["cpu".to_owned()];
    let gpus = gpus();
    devices.extend((0..*gpus.as_ref().unwrap_or(&0)).map(|index| format!("cuda:{index}")));
    let checkup = Checkup {
        kd: env!("CARGO_PKG_VERSION"),
        libtorch: LIBTORCH,
        devices,
        no_gpu: gpus.err().and_then(|reason| Some(reason.lines().next()?.to_owned())),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        computes: computes().ok(),
    };
    if format.is_json() {
        return print_json(&checkup);
    }
    let mut text = String::new();
    let _ = writeln!(text, "kd        {}", checkup.kd);
    let _ = writeln!(text, "libtorch  {}", checkup.libtorch);
    let _ = writeln!(text, "devices   {}", checkup.devices.join(", "));
    if let Some(reason) = checkup.no_gpu {
        let _ = writeln!(text, "no GPU    {reason}");
    }
    let _ = writeln!(text, "cores     {} (`kd run` starts that many workers of one thread)", checkup.cores);
    let _ = match checkup.computes {
        Some(error) if error < 1e-5 => writeln!(text, "computes  yes"),
        Some(error) => writeln!(text, "computes  wrongly: a matrix times its inverse is off by {error:.1e}"),
        None => writeln!(text, "computes  no: libtorch refused a small matrix product"),
    };
    let Limits { seconds, gigabytes } = Limits::default();
    let _ = writeln!(
        text,
        "modules   each in a process of its own, {seconds} s a batch and {gigabytes} GB at most unless a study says \
         otherwise;\n          a TorchScript file is a program: run those of people you trust"
    );
    print(&text)
}

fn computes() -> std::result::Result<f64, tch::TchError> {
    let matrix = Tensor::f_eye(8, (Kind::Float, Device::Cpu))? * 2.0 + 0.1;
    let product = matrix.f_matmul(&matrix.f_inverse()?)?;
    (product - Tensor::f_eye(8, (Kind::Float, Device::Cpu))?).abs().max().f_double_value(&[])
}
