//! Views of examples, drawn anew at every step.
//!
//! An [`Augmentation`] says what may happen to an example. [`Augmentation::view`] draws what does, from streams of random
//! numbers that go by example, so that a view depends on nothing else in its batch, and applies it to the batch as a
//! whole on its own device. A [`View`] is not encoded yet: two models with encoders of their own can see the same one.
//!
//! Each transform is also there by itself, in two parts: a `draw` from a stream, and a function that applies what was
//! drawn.
//!
//! ```
//! use std::num::NonZeroU32;
//!
//! use kd_data::augment::{Augmentation, Crop, Mix, Mixup, flip};
//! use kd_data::{Encoder, Encoding, catalogue};
//! use tch::{Device, Tensor};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let digits = catalogue::load("optdigits")?;
//! let encoder = Encoder::fit(&digits.train, &[0, 1, 2, 3], &Encoding::default())?;
//! let augmentation = Augmentation {
//!     crop: Some(Crop { padding: NonZeroU32::MIN }), // one pixel
//!     mix: Some(Mix::Mixup(Mixup { alpha: 0.2.try_into()? })),
//!     ..Augmentation::default()
//! };
//! augmentation.check(&digits.train.inputs)?;
//!
//! let batch = [3, 1];
//! let view = augmentation.view(&digits.train.inputs.select(&batch)?, &batch, &[11, 0])?;
//! assert_eq!(view.encode(&encoder, Device::Cpu)?.size(), [2, 1, 8, 8]);
//! assert!(view.mixing().is_some()); // the targets are mixed too
//!
//! let images = Tensor::from_slice(&[1_u8, 2]).view([1, 1, 1, 2]);
//! assert_eq!(flip(&images, &[true])?, Tensor::from_slice(&[2_u8, 1]).view([1, 1, 1, 2]));
//! # Ok(())
//! # }
//! ```

mod crop;
mod erase;
mod flip;
mod magnitude;
mod mix;
mod motion;
mod operation;
mod rand_augment;
#[cfg(test)]
mod tests;
mod word_drop;

use kd_core::random::{Concern, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

pub use crop::Crop;
pub use erase::{Cutout, Erasing, Region};
pub use flip::{Flip, flip};
pub use magnitude::Magnitude;
pub use mix::{Cutmix, Mix, Mixing, Mixup};
pub use operation::Operation;
pub use rand_augment::{Change, RandAugment, rand_augment};
pub use word_drop::{WordDrop, keep_words};

use crate::error::{Error, Result};
use crate::{Encoder, Images, Inputs, bytes};

/// What is done to examples before a model learns from them, in the order of these fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Images: a window of the same size out of the image with a black margin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<Crop>,
    /// Images: left and right are exchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<Flip>,
    /// Images of bytes with one or three channels: random operations on colours and geometry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rand_augment: Option<RandAugment>,
    /// Images: a square is erased; what is erased becomes the mean of its channel, 0 after standardisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutout: Option<Cutout>,
    /// Images: a rectangle of random size is erased likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erasing: Option<Erasing>,
    /// Images: those of a batch are mixed in pairs, and so are their targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mix: Option<Mix>,
    /// Texts: words are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word_drop: Option<WordDrop>,
}

/// A batch as it is seen at one step.
#[derive(Debug)]
pub struct View {
    inputs: Inputs,
    /// `[B, 1, H, W]`: the pixels that are erased.
    erased: Option<Tensor>,
    mixing: Option<Mixing>,
}

/// A default, which is in range.
fn checked<T: TryFrom<f64, Error = String>>(number: f64) -> T {
    T::try_from(number).unwrap_or_else(|error| unreachable!("a default is in range: {error}"))
}

impl Augmentation {
    /// That it fits such examples.
    ///
    /// # Errors
    /// [`Error::Augmentation`], with what does not fit.
    pub fn check(&self, inputs: &Inputs) -> Result<()> {
        let Self { crop, flip, rand_augment, cutout, erasing, mix, word_drop } = self;
        let of_images = [
            ("crop", crop.is_some()),
            ("flip", flip.is_some()),
            ("rand_augment", rand_augment.is_some()),
            ("cutout", cutout.is_some()),
            ("erasing", erasing.is_some()),
            ("mix", mix.is_some()),
        ];
        let is_image = matches!(inputs, Inputs::Images(_));
        let is_text = matches!(inputs, Inputs::Texts(_));
        let first_of_images = of_images.iter().find(|(_, asked)| *asked).map(|(name, _)| *name);
        let problem = match (first_of_images, word_drop) {
            (None, None) => "augmentation names nothing to do; `crop.padding = 4` is one choice".to_owned(),
            (Some(name), _) if !is_image => {
                format!("`{name}` is for images, but these are {}", inputs.kind())
            }
            (_, Some(_)) if !is_text => format!("`word_drop` is for texts, but these are {}", inputs.kind()),
            _ => return self.check_images(inputs),
        };
        Err(Error::Augmentation(problem))
    }

    fn check_images(&self, inputs: &Inputs) -> Result<()> {
        let Inputs::Images(Images { pixels, peak }) = inputs else { return Ok(()) };
        let (_, channels, height, width) = pixels.size4()?;
        let smaller = height.min(width);
        let too_wide = self.crop.filter(|crop| i64::from(crop.padding.get()) >= smaller);
        let reversed = self.erasing.filter(|erasing| erasing.smallest > erasing.largest);
        let problem = if let Some(Crop { padding }) = too_wide {
            format!("with a margin of {padding}, a window may miss an image of {height} x {width} pixels")
        } else if let Some(Erasing { smallest, largest, .. }) = reversed {
            format!("`smallest` is {smallest} of an image, `largest` {largest}, which is less")
        } else if self.rand_augment.is_some() && (*peak < u8::MAX || ![1, 3].contains(&channels)) {
            format!(
                "`rand_augment` is for 1 or 3 channels with values up to 255, but these images have {channels} with \
                 values up to {peak}"
            )
        } else {
            return Ok(());
        };
        Err(Error::Augmentation(problem))
    }

    /// The view of `batch` at one step. `examples` tells which each is, and `seeds` are those of the run and the step: the
    /// same two give an example the same view in every batch, but for whom it is mixed with.
    ///
    /// # Errors
    /// If there is not one number for each example of the batch, or as [`Self::check`].
    pub fn view(&self, batch: &Inputs, examples: &[usize], seeds: &[u64]) -> Result<View> {
        self.check(batch)?;
        let stream = |more: &[u64]| Stream::new(&[seeds, more].concat(), Concern::Augmentation);
        let mut streams: Vec<Stream> = examples.iter().map(|&example| stream(&[example as u64])).collect();
        match batch {
            Inputs::Images(Images { pixels, peak }) => {
                let (pixels, erased) = self.change_images(pixels, &mut streams)?;
                let (count, _, height, width) = pixels.size4()?;
                let mixing = self.mix.map(|mix| mix.draw(count as usize, [height, width], &mut stream(&[])));
                Ok(View { inputs: Inputs::Images(Images { pixels, peak: *peak }), erased, mixing })
            }
            Inputs::Texts(texts) => {
                let texts =
                    texts.iter().zip(&mut streams).map(|(text, stream)| self.change_text(text, stream));
                Ok(View { inputs: Inputs::Texts(texts.collect()), erased: None, mixing: None })
            }
            Inputs::Table(_) | Inputs::Sequences(_) => unreachable!("refused by the check"),
        }
    }

    /// The images after every transform of pixels, and what is erased of them.
    fn change_images(&self, images: &Tensor, streams: &mut [Stream]) -> Result<(Tensor, Option<Tensor>)> {
        let (_, _, height, width) = images.size4()?;
        let size = [height, width];
        let mut images = images.shallow_clone();
        let corners = self.crop.map(|crop| (crop, each(streams, |stream| crop.draw(stream))));
        let flipped = self.flip.map(|own| each(streams, |stream| own.draw(stream)));
        if bytes::are(&images) {
            let offsets = corners.map(|(crop, corners)| crop.offsets(&corners));
            images = motion::moved(&images, offsets.as_deref(), flipped.as_deref())?;
        } else {
            if let Some((crop, corners)) = corners {
                images = crop.apply(&images, &corners)?;
            }
            if let Some(flipped) = flipped {
                images = flip(&images, &flipped)?;
            }
        }
        if let Some(own) = self.rand_augment {
            for _ in 0..own.operations.get() {
                images = rand_augment(&images, &each(streams, |stream| own.draw(size, stream)))?;
            }
        }
        let mut erased: Option<Tensor> = None;
        let cutout = self.cutout.map(|cutout| each(streams, |stream| cutout.draw(size, stream)));
        let erasing = self.erasing.map(|erasing| each(streams, |stream| erasing.draw(size, stream)));
        for regions in [cutout, erasing].into_iter().flatten() {
            let mask = Region::mask(&regions, size, images.device())?;
            erased = Some(match erased {
                None => mask,
                Some(other) => other.f_logical_or(&mask)?,
            });
        }
        Ok((images, erased))
    }

    fn change_text(&self, text: &str, stream: &mut Stream) -> String {
        match self.word_drop {
            Some(word_drop) => keep_words(text, &word_drop.draw(text.split_whitespace().count(), stream)),
            None => text.to_owned(),
        }
    }
}

fn each<T>(streams: &mut [Stream], draw: impl FnMut(&mut Stream) -> T) -> Vec<T> {
    streams.iter_mut().map(draw).collect()
}

impl View {
    /// What a model with this encoder reads, in the shape that [`Encoder::input`] tells.
    ///
    /// # Errors
    /// If the encoder was fitted on another kind of input.
    pub fn encode(&self, encoder: &Encoder, device: Device) -> Result<Tensor> {
        let mut batch = encoder.encode(&self.inputs)?.to_device(device)?.whole()?;
        if let Some(erased) = &self.erased {
            batch = batch.f_masked_fill(erased, 0.0)?;
        }
        match &self.mixing {
            Some(mixing) => mixing.apply(&batch),
            None => Ok(batch),
        }
    }

    /// How its examples are mixed, if they are.
    #[must_use]
    pub fn mixing(&self) -> Option<&Mixing> {
        self.mixing.as_ref()
    }
}
