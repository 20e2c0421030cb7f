//! Images of bytes on a CPU, which are read where they lie: libtorch's operations would take several passes over memory,
//! and a batch's time is that of its passes.
#![allow(unsafe_code)] // tch copies what it gives away

use std::mem::MaybeUninit;

use tch::{Device, Kind, Tensor};

use crate::error::Result;

/// Whether images are of bytes and on a CPU.
pub(crate) fn are(images: &Tensor) -> bool {
    images.kind() == Kind::Uint8 && images.device() == Device::Cpu
}

/// `(pixels - mean) / deviation` of images `[B, C, H, W]` of bytes on a CPU, float32; the moments are each channel's, or
/// one for all. The same bits as in libtorch's operations.
pub(crate) fn standardised(images: &Tensor, mean: &Tensor, deviation: &Tensor) -> Result<Tensor> {
    assert!(are(images), "bytes on a CPU");
    let (_, channels, height, width) = images.size4()?;
    let moment = |moments: &Tensor| -> Result<Vec<f32>> {
        Ok(Vec::try_from(moments.f_expand([1, channels, 1, 1], false)?.f_flatten(0, -1)?)?)
    };
    let moments: Vec<(f32, f32)> = moment(mean)?.into_iter().zip(moment(deviation)?).collect();
    let images = images.f_contiguous()?;
    let result = Tensor::f_empty(images.size(), (Kind::Float, Device::Cpu))?;
    let count = images.numel();
    if count == 0 {
        return Ok(result);
    }
    // SAFETY: both tensors are contiguous, on the CPU and of as many numbers of this kind; nobody else knows the second,
    // and no other operation runs while this function reads the first.
    let (from, to) = unsafe {
        (
            std::slice::from_raw_parts(images.data_ptr().cast::<u8>(), count),
            std::slice::from_raw_parts_mut(result.data_ptr().cast::<MaybeUninit<f32>>(), count),
        )
    };
    let plane = (height * width) as usize;
    let planes = from.chunks_exact(plane).zip(to.chunks_exact_mut(plane));
    for ((from, to), &(mean, deviation)) in planes.zip(moments.iter().cycle()) {
        for (&pixel, to) in from.iter().zip(to) {
            to.write((f32::from(pixel) - mean) / deviation);
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use kd_core::random::{Concern, Stream};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn standardised_as_libtorch_does(
            size in [0_i64..4, 1..4, 0..7, 1..7],
            seed in any::<u64>(),
            one_for_all in any::<bool>(),
            turned in any::<bool>(),
        ) {
            let mut stream = Stream::new(&[seed], Concern::Initialisation);
            let pixels: Vec<u8> = (0..size.iter().product()).map(|_| stream.below(256) as u8).collect();
            let images = Tensor::from_slice(&pixels).view(size);
            let images = if turned { images.transpose(2, 3) } else { images };
            let channels = if one_for_all { 1 } else { size[1] };
            let mut moments = |least: f32| {
                let numbers: Vec<f32> = (0..channels).map(|_| least + 200.0 * stream.uniform() as f32).collect();
                Tensor::from_slice(&numbers).view([1, -1, 1, 1])
            };
            let (mean, deviation) = (moments(0.0), moments(0.1));
            let expected = (images.to_kind(Kind::Float) - &mean) / &deviation;
            prop_assert_eq!(standardised(&images, &mean, &deviation).unwrap(), expected);
        }
    }
}
