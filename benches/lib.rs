//! Benchmarks with fixed seeds and sizes: `cargo xtask bench`.
