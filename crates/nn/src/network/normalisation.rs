//! Normalises images: subtracts each channel's mean and divides by its standard deviation.
//!
//! ```text
//! y = (x − mean) / std        x: a byte divided by 255
//! ```
//!
//! As torchvision's `Normalize(mean, std)`, after `ToTensor()` and all augmentation. What augmentation
//! sets to zero is black, and is normalised like black pixels.

use super::Network;
use crate::kernel::vectorized;

/// The mean and the standard deviation of a channel, of bytes divided by 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelNorm {
    /// The mean, from 0 to 1.
    pub mean: f32,
    /// The standard deviation. A channel whose values are all equal has 0, and is divided by 1.
    pub std: f32,
}

/// The factor and the summand of each value of an image.
pub(super) struct Normalisation {
    factors: Vec<f32>,
    summands: Vec<f32>,
}

impl Normalisation {
    /// Normalises an image of values between 0 and 1.
    pub(super) fn apply(&self, image: &mut [f32]) {
        vectorized(|| {
            let changes = self.factors.iter().zip(&self.summands);
            for (value, (factor, summand)) in image.iter_mut().zip(changes) {
                *value = *value * factor + summand;
            }
        });
    }
}

impl Network {
    /// From now on, normalises each image that is trained on or scored. A new network takes bytes
    /// divided by 255.
    ///
    /// # Panics
    /// If there are not as many statistics as the images have channels.
    pub fn normalise(&mut self, channels: &[ChannelNorm]) {
        assert_eq!(channels.len(), self.extent.channels, "statistics of every channel");
        let pixels = self.extent.height * self.extent.width;
        let of_pixel = |number: fn(&ChannelNorm) -> f32| -> Vec<f32> {
            channels.iter().map(number).collect::<Vec<_>>().repeat(pixels)
        };
        fn divisor(channel: &ChannelNorm) -> f32 {
            if channel.std > 0.0 { channel.std } else { 1.0 }
        }
        self.normalisation = Some(Normalisation {
            factors: of_pixel(|channel| 1.0 / divisor(channel)),
            summands: of_pixel(|channel| -channel.mean / divisor(channel)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Architecture, Augmentation, Recipe, Shape};

    const CHANNELS: [ChannelNorm; 2] =
        [ChannelNorm { mean: 0.25, std: 0.5 }, ChannelNorm { mean: 0.5, std: 0.0 }];

    fn network(layers: &str, augmentation: Augmentation) -> Network {
        let image = Shape::Image { channels: 2, height: 3, width: 5 };
        let architecture = Architecture::parse(image, layers, 4).unwrap();
        Network::new(&architecture, &Recipe { augmentation, ..Recipe::default() }, 3, 7)
    }

    fn images() -> Vec<u8> {
        (0..4 * 30).map(|at| (at * 37 % 256) as u8).collect()
    }

    #[test]
    fn logits_are_those_of_normalised_values() {
        let mut network = network("", Augmentation::default());
        let images = images();
        let tensors = network.tensors();
        let (weights, biases) = (&tensors[0].values, &tensors[1].values);
        network.normalise(&CHANNELS);
        let logits = network.logits(&images, &[2, 0]);
        for (row, image) in [2, 0].into_iter().enumerate() {
            for class in 0..4 {
                let mut expected = f64::from(biases[class]);
                for channel in 0..2 {
                    for pixel in 0..15 {
                        let x = f64::from(images[image * 30 + pixel * 2 + channel]) / 255.0;
                        let y = if channel == 0 { (x - 0.25) / 0.5 } else { x - 0.5 };
                        // PyTorch flattens channel by channel.
                        expected += f64::from(weights[class * 30 + channel * 15 + pixel]) * y;
                    }
                }
                let found = f64::from(logits[row * 4 + class]);
                assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            }
        }
    }

    #[test]
    fn what_moves_in_is_black() {
        // Whatever is drawn, an image of zeros stays black.
        let augmentation = Augmentation {
            shift: 2,
            cutout: 2,
            flip: true,
            rotate: 40.0,
            ..Augmentation::default()
        };
        let black = vec![0; 4 * 30];
        let losses = [augmentation, Augmentation::default()].map(|augmentation| {
            let mut network = network("conv 2 3x3, flatten", augmentation);
            network.normalise(&CHANNELS);
            network.train_batch(&black, &[0, 1, 2, 3], &[0, 1, 2], 0.01).loss_sum
        });
        assert!(losses[0].is_finite());
        assert_eq!(losses[0], losses[1]);
    }
}
