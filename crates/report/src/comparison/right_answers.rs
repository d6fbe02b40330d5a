//! On which test images the runs of a network are right.

use std::collections::BTreeMap;

use fitroom_results::{Prediction, ResultsError};

use super::ComparedNetwork;

/// For each seed of a network, on which test images it is right.
pub type RightAnswers = BTreeMap<u64, RightImages>;

/// On which test images one run is right: a bit for each image, since a study may have a hundred
/// thousand runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightImages {
    words: Vec<u64>,
    images: usize,
}

impl RightImages {
    /// The number of test images.
    pub fn len(&self) -> usize {
        self.images
    }

    /// Whether there is no test image.
    pub fn is_empty(&self) -> bool {
        self.images == 0
    }

    /// Whether the run is right on an image.
    ///
    /// # Panics
    /// There is no such image.
    pub fn on(&self, image: usize) -> bool {
        assert!(image < self.images, "image {image} of {}", self.images);
        self.words[image / 64] >> (image % 64) & 1 == 1
    }
}

impl FromIterator<bool> for RightImages {
    fn from_iter<I: IntoIterator<Item = bool>>(right: I) -> Self {
        let mut images = RightImages::default();
        for is_right in right {
            if images.images.is_multiple_of(64) {
                images.words.push(0);
            }
            let last = images.words.last_mut().expect("a word was just pushed");
            *last |= u64::from(is_right) << (images.images % 64);
            images.images += 1;
        }
        images
    }
}

/// Reads on which test images a network is right, for every finished run that has predictions.
///
/// # Errors
/// A file of predictions can't be read or is damaged.
pub fn read_right_answers(network: ComparedNetwork) -> Result<RightAnswers, ResultsError> {
    let mut answers = RightAnswers::new();
    for run in network.runs() {
        if let Some(predictions) = network.results.predictions(run)? {
            answers.insert(run.seed, predictions.iter().map(Prediction::is_right).collect());
        }
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_image_has_its_bit() {
        for count in [0, 1, 63, 64, 65, 200] {
            let is_right = |image: usize| image.is_multiple_of(3) || image == 64;
            let right: RightImages = (0..count).map(is_right).collect();
            assert_eq!(right.len(), count);
            assert!((0..count).all(|image| right.on(image) == is_right(image)), "{count}");
        }
    }
}
