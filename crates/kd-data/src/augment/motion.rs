//! Images of bytes on a CPU, moved and mirrored in place: many times as fast as libtorch's indexing.

use tch::Tensor;

use crate::error::Result;

/// Of images `[B, C, H, W]` the windows of their own size that begin `[down, right]` of their corners, black outside of
/// the image; then those that are `flipped` as in a mirror.
pub(super) fn moved(
    images: &Tensor,
    offsets: Option<&[[i64; 2]]>,
    flipped: Option<&[bool]>,
) -> Result<Tensor> {
    if offsets.is_none() && flipped.is_none() {
        return Ok(images.shallow_clone());
    }
    let (_, channels, height, width) = images.size4()?;
    let mut pixels = Vec::<u8>::try_from(images.f_flatten(0, -1)?)?;
    let size = (channels * height * width).max(1) as usize;
    for (index, image) in pixels.chunks_exact_mut(size).enumerate() {
        if let Some(offsets) = offsets {
            let plane = (height * width) as usize;
            image.chunks_exact_mut(plane).for_each(|plane| shift(plane, [height, width], offsets[index]));
        }
        if flipped.is_some_and(|flipped| flipped[index]) {
            image.chunks_exact_mut(width as usize).for_each(<[u8]>::reverse);
        }
    }
    Ok(Tensor::f_from_slice(&pixels)?.f_view_as(images)?)
}

/// Of a plane the window that begins `[down, right]` of its corner.
fn shift(plane: &mut [u8], [height, width]: [i64; 2], [down, right]: [i64; 2]) {
    let (down, right) = (down.clamp(-height, height), right.clamp(-width, width));
    // One move takes all rows along; what it carries from one row into the next is outside of the window.
    let steps = down * width + right;
    let far = plane.len().min(steps.unsigned_abs() as usize);
    if steps >= 0 {
        plane.copy_within(far.., 0);
    } else {
        plane.copy_within(..plane.len() - far, far);
    }
    plane[outside(down, height, width)].fill(0);
    for column in outside(right, width, 1) {
        plane.iter_mut().skip(column).step_by(width as usize).for_each(|pixel| *pixel = 0);
    }
}

/// Of `size` lines, `wide` apart, those of a window `by` lines further on that are not in the image.
fn outside(by: i64, size: i64, wide: i64) -> std::ops::Range<usize> {
    let lines = if by < 0 { 0..-by } else { size - by..size };
    (lines.start * wide) as usize..(lines.end * wide) as usize
}
