//! Benchmarks with fixed seeds and sizes: `cargo xtask bench`. What is compared with Python asks a process of it for the
//! same work, turn by turn.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

/// A Python process with PyTorch 2.11.0, which does what a line orders and answers with a value and the microseconds
/// that it took, until its standard input ends.
#[derive(Debug)]
pub struct PyTorch {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl PyTorch {
    /// The Python that `KD_PYTHON` names, or python3.
    #[must_use]
    pub fn python() -> String {
        std::env::var("KD_PYTHON").unwrap_or_else(|_| "python3".to_owned())
    }

    /// Starts a script of this folder in that Python.
    ///
    /// # Errors
    /// Why it cannot be compared with, in words.
    pub fn start(script: &str, arguments: &[&OsStr]) -> Result<Self, String> {
        let python = Self::python();
        let mut process = Command::new(&python)
            .arg(format!("{}/{script}", env!("CARGO_MANIFEST_DIR")))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("could not start `{python}`: {error}"))?;
        let (Some(orders), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("both were asked for");
        };
        let mut started = Self { process, orders, answers: BufReader::new(answers) };
        match started.line().split('+').next() {
            Some("2.11.0") => Ok(started),
            Some("") | None => Err(format!("`{python}` cannot import what {script} needs")),
            Some(other) => Err(format!("`{python}` has torch {other}, not 2.11.0")),
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("a line from PyTorch");
        line.trim().to_owned()
    }

    /// What an order's work comes to, and the microseconds of one repetition.
    ///
    /// # Panics
    /// If the process has died.
    pub fn time(&mut self, order: &str) -> (f64, f64) {
        writeln!(self.orders, "{order}").expect("PyTorch listens");
        let answer = self.line();
        let number = |field: Option<&str>| field.and_then(|field| field.parse().ok());
        let mut fields = answer.split(' ');
        number(fields.next()).zip(number(fields.next())).unwrap_or_else(|| panic!("{order}: `{answer}`"))
    }
}

impl Drop for PyTorch {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the command line asks of a benchmark.
#[derive(Debug)]
pub struct Asked {
    /// Whether times are wanted: `cargo bench` says so, while `cargo test` wants to know only whether it runs.
    pub measured: bool,
    wanted: Option<String>,
}

impl Asked {
    /// By this process's arguments.
    #[must_use]
    pub fn here() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let measured = arguments.iter().any(|argument| argument == "--bench");
        Self { measured, wanted: arguments.into_iter().find(|argument| !argument.starts_with('-')) }
    }

    /// Whether what has this name is among it.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| name.contains(wanted))
    }
}

/// What one of `times` repetitions takes.
pub fn microseconds(times: u32, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

/// The middle one.
#[must_use]
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// `kd`, which is built beside a benchmark.
///
/// # Panics
/// If it is not there.
#[must_use]
pub fn kd_program() -> PathBuf {
    let here = std::env::current_exe().expect("this program");
    let program = here.ancestors().nth(2).expect("a folder of programs").join("kd");
    assert!(program.is_file(), "{} is missing: cargo xtask bench builds it", program.display());
    program
}
