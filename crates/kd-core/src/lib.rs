//! Losses
pub mod random;
