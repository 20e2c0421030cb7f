//! Layers that may change places.

use super::Layer;

/// The same network with every `ReLU` behind the pooling that follows it: the largest of rectified numbers is the
/// largest of them, rectified, and of pooled numbers there are fewer. The same bits come out, and go back as gradients:
/// where a window has nothing above 0, none does.
pub(crate) fn pooled_first(mut layers: Vec<Layer>) -> Vec<Layer> {
    for index in 1..layers.len() {
        if let [Layer::Relu, Layer::MaxPool { .. }] = layers[index - 1..=index] {
            layers.swap(index - 1, index);
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use kd_core::random::{Concern, Stream};
    use tch::{Device, Kind, Tensor};

    use super::*;
    use crate::Mode;
    use crate::layer::forward;
    use crate::pass::Pass;

    #[test]
    fn pooling_is_the_same_without_learning() {
        let mut stream = Stream::new(&[4], Concern::Initialisation);
        for (size, padding, stride, side) in [(2, 0, 2, 7), (3, 1, 2, 8), (3, 0, 1, 5), (5, 2, 3, 6)] {
            let count = 2 * 32 * side * side;
            let numbers: Vec<f32> = (0..count).map(|_| stream.below(1000) as f32 - 500.0).collect();
            let x = Tensor::from_slice(&numbers).view([2, side, side, 32]).permute([0, 3, 1, 2]);
            let _ = x.get(0).get(3).get(2).get(2).fill_(f64::NAN);
            let layers = [Layer::MaxPool { size, stride, padding }];
            let pooled = || forward(&layers, &x, &mut Pass::new(Mode::Evaluate, None)).unwrap();
            let (learning, not) = (pooled(), tch::no_grad(pooled));
            assert_eq!(learning.stride(), not.stride());
            let places = |pooled: &Tensor| (pooled.isnan(), pooled.nan_to_num(0.0, None, None));
            assert_eq!(places(&learning), places(&not), "{size} {padding} {stride}");
        }
    }

    #[test]
    fn outputs_and_gradients_stay_to_the_bit() {
        let mut stream = Stream::new(&[3], Concern::Initialisation);
        // Coarse, so that windows have several largest numbers, and such as have nothing above 0.
        let numbers: Vec<f32> = (0..2 * 3 * 9 * 9).map(|_| stream.below(7) as f32 - 4.0).collect();
        for padding in [0, 1] {
            let layers = || vec![Layer::Relu, Layer::MaxPool { size: 3, stride: 2, padding }];
            let through = |layers: &[Layer]| {
                let x = Tensor::from_slice(&numbers).view([2, 3, 9, 9]).set_requires_grad(true);
                let y = forward(layers, &x, &mut Pass::new(Mode::Train, None)).unwrap();
                let weights = Tensor::arange(y.numel() as i64, (Kind::Float, Device::Cpu)).view_as(&y);
                (&y * weights).sum(Kind::Float).backward();
                (y.detach(), x.grad())
            };
            let swapped = pooled_first(layers());
            assert!(matches!(swapped[..], [Layer::MaxPool { .. }, Layer::Relu]));
            assert_eq!(through(&layers()), through(&swapped));
        }
    }
}
