//! Means and deviations, and tensors of them.

use tch::{Kind, Tensor};

use crate::dataset;
use crate::error::Result;

/// Mean and (population) standard deviation of every column of `[n, width]`; a deviation of nothing becomes 1.
pub(super) fn moments(values: &Tensor) -> Result<(Vec<f64>, Vec<f64>)> {
    let values = values.f_to_kind(Kind::Double)?;
    let mean = values.f_mean_dim([0_i64].as_slice(), true, None::<Kind>)?;
    let squares = values.f_sub(&mean)?.f_square()?;
    let deviation = squares.f_mean_dim([0_i64].as_slice(), false, None::<Kind>)?.f_sqrt()?;
    let constant = deviation.f_lt(1e-12)?;
    let deviation = deviation.f_masked_fill(&constant, 1.0)?;
    Ok((Vec::try_from(mean.f_flatten(0, -1)?)?, Vec::try_from(deviation)?))
}

/// The same of every channel of the images `[n, channels, height, width]` at `rows`, which are bytes: their sums are exact.
pub(super) fn moments_of_bytes(pixels: &Tensor, rows: &[usize]) -> Result<(Vec<f64>, Vec<f64>)> {
    const TOGETHER: usize = 1024;
    let (_, channels, height, width) = pixels.size4()?;
    let plane = (height * width).max(1) as usize;
    let mut sums = vec![[0_u64; 2]; channels as usize];
    for rows in rows.chunks(TOGETHER) {
        let index = dataset::index(rows, pixels.size()[0] as usize)?.f_to_device(pixels.device())?;
        let images = pixels.f_index_select(0, &index)?.f_flatten(0, -1)?;
        for (place, plane) in Vec::<u8>::try_from(images)?.chunks_exact(plane).enumerate() {
            let [sum, squares] = &mut sums[place % channels as usize];
            for &pixel in plane {
                *sum += u64::from(pixel);
                *squares += u64::from(pixel) * u64::from(pixel);
            }
        }
    }
    let count = (rows.len() * plane) as u64;
    let mean = sums.iter().map(|&[sum, _]| sum as f64 / count as f64).collect();
    let deviation = |&[sum, squares]: &[u64; 2]| {
        let spread = u128::from(count) * u128::from(squares) - u128::from(sum) * u128::from(sum);
        if spread == 0 { 1.0 } else { (spread as f64).sqrt() / count as f64 }
    };
    Ok((mean, sums.iter().map(deviation).collect()))
}

/// `[width]`, float32.
pub(super) fn row(values: &[f64]) -> Result<Tensor> {
    Ok(Tensor::f_from_slice(values)?.f_to_kind(Kind::Float)?)
}
