//! What is compared: which differences matter, and which can be told apart at all.

use crate::sequential::SignBets;
use crate::verdict::DEFAULT_MARGIN;

/// A measure in which candidates are compared with their baselines, in its own unit. An accuracy is
/// a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Differences up to this size are not worth having.
    pub margin: f64,
    /// The least step of a score: of an accuracy it is one image, 1/images. t tests and intervals
    /// take no standard deviation to be smaller. 0 where it is not known.
    pub resolution: f64,
    /// A usual size of differences: sequential bets fit spreads from 0.06 to 8 times as large.
    pub scale: f64,
}

impl Measure {
    /// An accuracy over so many images; `None` where their number is not known.
    pub fn accuracy(margin: f64, images: Option<usize>) -> Self {
        let resolution = images.filter(|&images| images > 0).map_or(0.0, |n| 1.0 / n as f64);
        Measure { margin, resolution, scale: DEFAULT_MARGIN }
    }

    /// Bets on differences in this measure.
    pub fn bets(&self) -> SignBets {
        SignBets::new(self.margin, self.scale)
    }
}

impl Default for Measure {
    /// An accuracy over an unknown number of images, with [`DEFAULT_MARGIN`].
    fn default() -> Self {
        Measure::accuracy(DEFAULT_MARGIN, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_image_is_the_least_step_of_an_accuracy() {
        assert_eq!(Measure::accuracy(0.005, Some(10_000)).resolution, 1e-4);
        assert_eq!(Measure::accuracy(0.005, None).resolution, 0.0);
        assert_eq!(Measure::accuracy(0.005, Some(0)).resolution, 0.0);
        assert_eq!(Measure::default().margin, DEFAULT_MARGIN);
    }
}
