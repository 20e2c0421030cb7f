use std::num::NonZeroU32;

use kd_core::parameter::Chance;
use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::flip::half;
use crate::error::Result;
use crate::send;

/// A square is erased, whose centre is anywhere in the image, so that part of it may lie outside (`DeVries` & Taylor
/// 2017, "Improved Regularization of Convolutional Neural Networks with Cutout", arXiv:1708.04552).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cutout {
    /// Side of the square, in pixels; an odd one counts as the even one below. 16 and 8 are the paper's for CIFAR-10 and
    /// CIFAR-100.
    pub size: NonZeroU32,
}

/// A rectangle within the image is erased (Zhong et al. 2020, "Random Erasing Data Augmentation", arXiv:1708.04896).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasing {
    /// How often.
    #[serde(default = "half")]
    pub probability: Chance,
    /// Smallest area, as a share of the image's.
    #[serde(default = "smallest_default")]
    pub smallest: Chance,
    /// Largest area, as a share of the image's; areas in between are equally likely.
    #[serde(default = "largest_default")]
    pub largest: Chance,
    /// Height over width of the flattest rectangle; that of the steepest is its inverse, and logarithms in between are
    /// equally likely.
    #[serde(default = "flattest_default")]
    pub flattest: Chance,
}

fn smallest_default() -> Chance {
    super::checked(0.02)
}

fn largest_default() -> Chance {
    super::checked(1.0 / 3.0)
}

fn flattest_default() -> Chance {
    super::checked(0.3)
}

/// A rectangle of pixels, which may reach out of the image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Region {
    /// Its first row.
    pub top: i64,
    /// Its first column.
    pub left: i64,
    /// Rows.
    pub height: i64,
    /// Columns.
    pub width: i64,
}

impl Cutout {
    /// The square for one image.
    #[must_use]
    pub fn draw(self, [height, width]: [i64; 2], stream: &mut Stream) -> Region {
        let half = i64::from(self.size.get()) / 2;
        let mut start = |size: i64| stream.below(size as u64) as i64 - half;
        Region { top: start(height), left: start(width), height: 2 * half, width: 2 * half }
    }
}

impl Erasing {
    /// The rectangle for one image; empty where nothing is erased. A shape that does not fit is drawn again, ten times at
    /// most.
    #[must_use]
    pub fn draw(self, [height, width]: [i64; 2], stream: &mut Stream) -> Region {
        let flattest = self.flattest.get().ln();
        let (smallest, largest) = (self.smallest.get(), self.largest.get());
        if stream.uniform() >= self.probability.get() {
            return Region::default();
        }
        for _ in 0..10 {
            let area = (height * width) as f64 * (smallest + (largest - smallest) * stream.uniform());
            let aspect = (flattest * (1.0 - 2.0 * stream.uniform())).exp();
            let (rows, columns) = ((area * aspect).sqrt().round(), (area / aspect).sqrt().round());
            if rows < height as f64 && columns < width as f64 {
                let mut start = |free: f64| stream.below(free as u64 + 1) as i64;
                return Region {
                    top: start(height as f64 - rows),
                    left: start(width as f64 - columns),
                    height: rows as i64,
                    width: columns as i64,
                };
            }
        }
        Region::default()
    }
}

impl Region {
    /// The part of it that lies in an image.
    #[must_use]
    pub fn within(self, [height, width]: [i64; 2]) -> Self {
        let clip = |start: i64, length: i64, size: i64| {
            let (first, end) = (start.clamp(0, size), (start + length).clamp(0, size));
            (first, end - first)
        };
        let (top, height) = clip(self.top, self.height, height);
        let (left, width) = clip(self.left, self.width, width);
        Self { top, left, height, width }
    }

    /// `[n, 1, H, W]`, true in the n regions.
    ///
    /// # Errors
    /// If the device lacks memory.
    pub fn mask(regions: &[Self], [height, width]: [i64; 2], device: Device) -> Result<Tensor> {
        let within = |start: fn(&Self) -> i64, length: fn(&Self) -> i64, size: i64| -> Result<Tensor> {
            let column = |of: &dyn Fn(&Self) -> i64| -> Result<Tensor> {
                let numbers: Vec<i64> = regions.iter().map(of).collect();
                Ok(send(&Tensor::f_from_slice(&numbers)?, device)?.f_view([-1, 1])?)
            };
            let place = Tensor::f_arange(size, (Kind::Int64, device))?;
            let (first, end) = (column(&start)?, column(&|region| start(region) + length(region))?);
            Ok(place.f_ge_tensor(&first)?.f_logical_and(&place.f_lt_tensor(&end)?)?)
        };
        let rows = within(|region| region.top, |region| region.height, height)?;
        let columns = within(|region| region.left, |region| region.width, width)?;
        Ok(rows.f_view([-1, 1, height, 1])?.f_logical_and(&columns.f_view([-1, 1, 1, width])?)?)
    }
}
