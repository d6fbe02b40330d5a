//! The test images that a network classifies wrongly with the highest confidence.

use fitroom_data::{Dataset, LabelledImages};
use fitroom_results::Prediction;

use crate::plot::Raster;

/// A test image that is classified wrongly.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Position among the test images, from 0.
    pub image: usize,
    /// The image's class.
    pub label: usize,
    /// The wrong class with the highest total confidence over the seeds.
    pub taken_for: usize,
    /// Mean over seeds of the confidence in a wrong class, which is 0 for a seed that is right.
    pub confidence: f64,
    /// Number of seeds that classify it wrongly.
    pub seeds: usize,
    /// The image itself, if it is available.
    pub picture: Option<Raster>,
}

/// The mistakes of a network's seeds, added seed by seed. Only wrong predictions are kept: all of them
/// would be gigabytes for thousands of seeds.
#[derive(Default)]
pub struct Mistakes {
    /// For each image the sum over seeds of the confidence in a wrong class.
    sums: Vec<f64>,
    /// For each seed its wrong predictions with their images, ascending.
    wrong: Vec<Vec<(u32, Prediction)>>,
}

impl Mistakes {
    /// Adds the predictions of a seed, which are for the same images as those of other seeds.
    pub fn add(&mut self, predictions: &[Prediction]) {
        self.sums.resize(predictions.len(), 0.0);
        let wrong = (0..).zip(predictions).filter(|(_, prediction)| !prediction.is_right());
        let wrong: Vec<(u32, Prediction)> = wrong.map(|(image, wrong)| (image, *wrong)).collect();
        for (image, prediction) in &wrong {
            self.sums[*image as usize] += wrong_confidence(prediction);
        }
        self.wrong.push(wrong);
    }

    /// At most `most` images with the highest mean confidence in a wrong class, highest first. Among
    /// equals, the earlier image comes first.
    pub fn most_confident(&self, most: usize) -> Vec<Mistake> {
        let sums = &self.sums;
        let mut images: Vec<usize> = (0..sums.len()).filter(|&image| sums[image] > 0.0).collect();
        images.sort_by(|&a, &b| sums[b].total_cmp(&sums[a]));
        images.truncate(most);
        images.into_iter().filter_map(|image| self.mistake(image)).collect()
    }

    /// What the seeds take an image for; `None` if all are right.
    fn mistake(&self, image: usize) -> Option<Mistake> {
        let of_seed = |seed: &Vec<(u32, Prediction)>| {
            let place = seed.binary_search_by_key(&(image as u32), |(image, _)| *image).ok()?;
            Some(seed[place].1)
        };
        let wrong: Vec<Prediction> = self.wrong.iter().filter_map(of_seed).collect();
        let mut by_class = [0.0; 1 << u8::BITS];
        for prediction in &wrong {
            by_class[usize::from(prediction.predicted)] += wrong_confidence(prediction);
        }
        let taken_for = (1..by_class.len())
            .fold(0, |best, at| if by_class[at] > by_class[best] { at } else { best });
        Some(Mistake {
            image,
            label: usize::from(wrong.first()?.label),
            taken_for,
            confidence: self.sums[image] / self.wrong.len() as f64,
            seeds: wrong.len(),
            picture: None,
        })
    }
}

/// Confidence in a wrong class: 0 for a right prediction, and for a probability that overflowed.
fn wrong_confidence(prediction: &Prediction) -> f64 {
    if prediction.is_right() { 0.0 } else { f64::from(prediction.confidence).max(0.0) }
}

/// An image of a data set: in colour if a pixel has three values; otherwise the mean of its values as grey.
///
/// # Panics
/// If the image is out of bounds.
pub fn picture(dataset: &Dataset, part: &LabelledImages, image: usize) -> Raster {
    let len = dataset.height * dataset.width * dataset.channels;
    raster(dataset, &part.images[image * len..][..len])
}

/// The picture of one image's pixels.
///
/// # Panics
/// If there are not as many pixels as the data set's images have.
pub fn raster(dataset: &Dataset, pixels: &[u8]) -> Raster {
    let pixels = pixels.chunks(dataset.channels);
    let color = |pixel: &[u8]| match *pixel {
        [red, green, blue] => [red, green, blue],
        _ => {
            [(pixel.iter().map(|&value| usize::from(value)).sum::<usize>() / pixel.len()) as u8; 3]
        }
    };
    Raster::new(dataset.width, pixels.map(color).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(rows: &[(u8, u8, f32)]) -> Vec<Prediction> {
        let row = |&(label, predicted, confidence): &_| Prediction {
            label,
            predicted,
            confidence,
            label_probability: 0.0,
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn the_mean_confidence_over_seeds_decides() {
        let seeds = [
            seed(&[(0, 0, 1.0), (1, 2, 0.9), (2, 0, 0.5), (2, 1, 0.9), (0, 1, f32::NAN)]),
            seed(&[(0, 0, 1.0), (1, 1, 1.0), (2, 1, 0.25), (2, 1, 0.7), (0, 0, 0.5)]),
        ];
        let mut mistakes = Mistakes::default();
        seeds.iter().for_each(|seed| mistakes.add(seed));
        let found = mistakes.most_confident(3);
        let found: Vec<_> = found
            .iter()
            .map(|at| (at.image, at.label, at.taken_for, at.seeds, (at.confidence * 1e3).round()))
            .collect();
        assert_eq!(found, [(3, 2, 1, 2, 800.0), (1, 1, 2, 1, 450.0), (2, 2, 0, 2, 375.0)]);
        assert_eq!(mistakes.most_confident(9).len(), 3, "what is right or not known is no mistake");
        assert_eq!(Mistakes::default().most_confident(3), []);
    }

    #[test]
    fn pictures_are_the_images() {
        let mut dataset = Dataset {
            name: "test".into(),
            title: "test".into(),
            classes: vec!["a".into()],
            channels: 1,
            height: 1,
            width: 2,
            train: LabelledImages::default(),
            test: LabelledImages { images: (1..=12).collect(), labels: vec![0; 6] },
            fingerprint: String::new(),
            origin: String::new(),
            stands_in_because: None,
            findings: Vec::new(),
        };
        assert_eq!(picture(&dataset, &dataset.test, 1), Raster::new(2, vec![[3; 3], [4; 3]]));
        dataset.channels = 3;
        assert_eq!(
            picture(&dataset, &dataset.test, 1),
            Raster::new(2, vec![[7, 8, 9], [10, 11, 12]])
        );
        dataset.channels = 2;
        assert_eq!(picture(&dataset, &dataset.test, 1), Raster::new(2, vec![[5; 3], [7; 3]]));
    }
}
