//! The operations of `RandAugment` on images `[B, C, H, W]`, uint8, to the bit as torchvision computes them.

use tch::{Kind, Tensor};

use super::magnitude::Magnitude;
use crate::error::Result;
use crate::send;

/// One of torchvision's operations, with the unit of its amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Nothing.
    Identity,
    /// Rows slide along, by so many columns a row.
    ShearX,
    /// Columns slide along, by so many rows a column.
    ShearY,
    /// The image moves to the right, in pixels.
    TranslateX,
    /// The image moves down, in pixels.
    TranslateY,
    /// The image turns counter-clockwise, in degrees.
    Rotate,
    /// Brighter by this share; negative: darker.
    Brightness,
    /// More colourful by this share; at -1, grey. Nothing on one channel.
    Colour,
    /// More contrast by this share; at -1, all pixels are the mean grey.
    Contrast,
    /// Sharper by this share; at -1, blurred.
    Sharpness,
    /// Only so many leading bits are left.
    Posterise,
    /// Pixels from this value on are inverted.
    Solarise,
    /// Each channel is stretched to the whole range. The amount does not matter.
    AutoContrast,
    /// Each channel's histogram is levelled. The amount does not matter.
    Equalise,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Identity,
        Self::ShearX,
        Self::ShearY,
        Self::TranslateX,
        Self::TranslateY,
        Self::Rotate,
        Self::Brightness,
        Self::Colour,
        Self::Contrast,
        Self::Sharpness,
        Self::Posterise,
        Self::Solarise,
        Self::AutoContrast,
        Self::Equalise,
    ];

    /// Its amount at a magnitude, on images of this height and width.
    #[must_use]
    pub fn amount(self, magnitude: Magnitude, [height, width]: [i64; 2]) -> f64 {
        let share = magnitude.share();
        match self {
            Self::Identity | Self::AutoContrast | Self::Equalise => 0.0,
            Self::ShearX | Self::ShearY => 0.3 * share,
            Self::TranslateX => (150.0 / 331.0 * width as f64 * share).trunc(),
            Self::TranslateY => (150.0 / 331.0 * height as f64 * share).trunc(),
            Self::Rotate => 30.0 * share,
            Self::Brightness | Self::Colour | Self::Contrast | Self::Sharpness => 0.9 * share,
            Self::Posterise => 8.0 - (4.0 * share).round(),
            Self::Solarise => 255.0 * (1.0 - share),
        }
    }

    /// Whether the negative amount is as likely.
    #[must_use]
    pub fn has_direction(self) -> bool {
        !matches!(
            self,
            Self::Identity | Self::Posterise | Self::Solarise | Self::AutoContrast | Self::Equalise
        )
    }

    /// Applies it to all images alike.
    ///
    /// # Errors
    /// If there are neither one nor three channels.
    pub fn apply(self, images: &Tensor, amount: f64) -> Result<Tensor> {
        let (_, channels, height, width) = images.size4()?;
        let (middle_x, middle_y) = (0.5 * width as f64, 0.5 * height as f64);
        match self {
            Self::Identity => Ok(images.shallow_clone()),
            Self::ShearX => resample(images, [1.0, amount, amount * middle_y, 0.0, 1.0, 0.0]),
            Self::ShearY => resample(images, [1.0, 0.0, 0.0, amount, 1.0, amount * middle_x]),
            Self::TranslateX => resample(images, [1.0, 0.0, -amount, 0.0, 1.0, 0.0]),
            Self::TranslateY => resample(images, [1.0, 0.0, 0.0, 0.0, 1.0, -amount]),
            Self::Rotate => {
                let (sine, cosine) = amount.to_radians().sin_cos();
                resample(images, [cosine, -sine, 0.0, sine, cosine, 0.0])
            }
            Self::Brightness => pixels(&images.f_to_kind(Kind::Float)?.f_mul_scalar(1.0 + amount)?),
            Self::Colour if channels == 1 => Ok(images.shallow_clone()),
            Self::Colour => blend(images, &grey(images)?, 1.0 + amount),
            Self::Contrast => {
                blend(images, &grey(images)?.f_mean_dim(&[1, 2, 3][..], true, None::<Kind>)?, 1.0 + amount)
            }
            Self::Sharpness => sharpen(images, 1.0 + amount),
            Self::Posterise => Ok(images.f_bitwise_and(0xff << (8 - amount as i64) & 0xff)?),
            Self::Solarise => Ok(images.f_bitwise_not()?.f_where_self(&images.f_ge(amount)?, images)?),
            Self::AutoContrast => stretch(images),
            Self::Equalise => equalise(images),
        }
    }
}

/// Back to bytes: what is out of range is cut off, and fractions are dropped.
fn pixels(values: &Tensor) -> Result<Tensor> {
    Ok(values.f_clamp(0.0, 255.0)?.f_to_kind(Kind::Uint8)?)
}

/// `weight` of the images and the rest of another.
fn blend(images: &Tensor, other: &Tensor, weight: f64) -> Result<Tensor> {
    let own = images.f_to_kind(Kind::Float)?.f_mul_scalar(weight)?;
    pixels(&add(&own, other, 1.0 - weight)?)
}

/// `total + weight x other`, rounded once as a fused multiplication and addition: truncation would show the difference.
fn add(total: &Tensor, other: &Tensor, weight: f64) -> Result<Tensor> {
    let product = other.f_to_kind(Kind::Double)?.f_mul_scalar(f64::from(weight as f32))?;
    Ok(total.f_to_kind(Kind::Double)?.f_add(&product)?.f_to_kind(Kind::Float)?)
}

/// `[B, 1, H, W]`, float32: luma in whole numbers.
fn grey(images: &Tensor) -> Result<Tensor> {
    let images = images.f_to_kind(Kind::Float)?;
    if images.size()[1] == 1 {
        return Ok(images);
    }
    let channel = |channel| images.f_narrow(1, channel, 1);
    let red_and_green = add(&channel(0)?.f_mul_scalar(0.2989)?, &channel(1)?, 0.587)?;
    Ok(add(&red_and_green, &channel(2)?, 0.114)?.f_floor()?)
}

fn sharpen(images: &Tensor, weight: f64) -> Result<Tensor> {
    let (_, channels, height, width) = images.size4()?;
    if height <= 2 || width <= 2 {
        return Ok(images.shallow_clone());
    }
    let values = images.f_to_kind(Kind::Float)?;
    let (edge, middle) = (1.0_f32 / 13.0, 5.0_f32 / 13.0);
    let kernel = Tensor::f_from_slice(&[edge, edge, edge, edge, middle, edge, edge, edge, edge])?;
    let kernel =
        send(&kernel, images.device())?.f_view([1, 1, 3, 3])?.f_expand([channels, 1, 3, 3], false)?;
    let blurred = values.f_conv2d(&kernel, None::<Tensor>, 1, 0, 1, channels)?.f_round()?;
    // The border stays as it is.
    let inner = |tensor: &Tensor| tensor.f_narrow(2, 1, height - 2)?.f_narrow(3, 1, width - 2);
    let sharp = add(&inner(&values)?, &blurred.f_sub(&inner(&values)?)?, 1.0 - weight)?;
    inner(&values)?.f_copy_(&sharp)?;
    pixels(&values)
}

fn stretch(images: &Tensor) -> Result<Tensor> {
    let values = images.f_to_kind(Kind::Float)?;
    let (least, most) = (values.f_amin(&[2, 3][..], true)?, values.f_amax(&[2, 3][..], true)?);
    let flat = most.f_eq_tensor(&least)?;
    let scale = most.f_sub(&least)?.f_mul_scalar(1.0 / 255.0)?.f_masked_fill(&flat, 1.0)?;
    pixels(&values.f_sub(&least.f_masked_fill(&flat, 0.0)?)?.f_div(&scale)?)
}

/// The scheme of the Python Imaging Library: a channel's pixels become how many of its others are below them, in steps of
/// a 255th of all that are not the brightest.
fn equalise(images: &Tensor) -> Result<Tensor> {
    let (count, channels, ..) = images.size4()?;
    let index = images.f_flatten(2, 3)?.f_to_kind(Kind::Int64)?;
    let device = images.device();
    let histogram = Tensor::f_zeros([count, channels, 256], (Kind::Int64, device))?.f_scatter_add(
        2,
        &index,
        &index.f_ones_like()?,
    )?;
    let below = histogram.f_cumsum(2, Kind::Int64)?;
    let brightest = index.f_amax(&[2][..], true)?;
    let others = histogram.f_gather(2, &brightest, false)?.f_neg()?.f_add_scalar(index.size()[2])?;
    let step = others.f_div_scalar_mode(255, "floor")?;
    let levels = below
        .f_narrow(2, 0, 255)?
        .f_add(&step.f_div_scalar_mode(2, "floor")?)?
        .f_div_tensor_mode(&step.f_clamp_min(1)?, "floor")?
        .f_clamp(0, 255)?
        .f_constant_pad_nd([1, 0])?;
    let levelled = levels.f_gather(2, &index, false)?;
    // Channels of too few values for a step stay as they are.
    let whole = levelled.f_where_self(&step.f_gt(0)?, &index)?;
    Ok(whole.f_to_kind(Kind::Uint8)?.f_view_as(images)?)
}

/// Each pixel from the nearest to where `[a, b, c; d, e, f]` sends its place, counted from the middle of the image; black
/// from outside.
fn resample(images: &Tensor, matrix: [f64; 6]) -> Result<Tensor> {
    let (count, _, height, width) = images.size4()?;
    let options = (Kind::Float, images.device());
    let places =
        |size: i64| Tensor::f_linspace((1.0 - size as f64) * 0.5, (size as f64 - 1.0) * 0.5, size, options);
    let x = places(width)?.f_expand([height, width], false)?;
    let y = places(height)?.f_unsqueeze(1)?.f_expand([height, width], false)?;
    let base = Tensor::f_stack(&[&x, &y, &x.f_ones_like()?], 2)?.f_view([1, height * width, 3])?;
    let half = send(&Tensor::f_from_slice(&[0.5 * width as f32, 0.5 * height as f32])?, images.device())?;
    let matrix = send(&Tensor::f_from_slice(&matrix)?.f_to_kind(Kind::Float)?, images.device())?;
    let sent = base.f_bmm(&matrix.f_view([1, 2, 3])?.f_transpose(1, 2)?.f_div(&half)?)?;
    let grid = sent.f_view([1, height, width, 2])?.f_expand([count, height, width, 2], false)?;
    let (nearest, zeros) = (1, 0);
    let sampled = images.f_to_kind(Kind::Float)?.f_grid_sampler(&grid, nearest, zeros, false)?;
    Ok(sampled.f_round()?.f_to_kind(Kind::Uint8)?)
}
