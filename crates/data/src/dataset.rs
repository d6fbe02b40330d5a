//! A data set in memory.

use fitroom_memory::Bytes;
use sha2::{Digest, Sha256};

use crate::finding::Finding;

/// Images with their classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledImages {
    /// One byte per value, image after image, each `height × width × channels`.
    pub images: Bytes,
    /// The class of each image, counted from 0.
    pub labels: Vec<u8>,
}

impl LabelledImages {
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// How many images each of the first `classes` classes has.
    ///
    /// # Panics
    /// If a label is not below `classes`.
    pub fn class_counts(&self, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        for &label in &self.labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }
}

/// Training and test images of one shape, and facts about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The name in a study file: `fashion-mnist`, `drawn`, `idx:DIR`.
    pub name: String,
    /// The name for people: `Fashion-MNIST`, `drawn garments (built in)`.
    pub title: String,
    /// The name of each class.
    pub classes: Vec<String>,
    /// Values per pixel: 1 for grey images, 3 (red, green, blue) for colour.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// The images to train on, and to hold out for validation.
    pub train: LabelledImages,
    /// The test images, which are scored once, at the end.
    pub test: LabelledImages,
    /// SHA-256 (hex) over shapes, images and labels. Equal data has the same fingerprint, wherever
    /// it was read.
    pub fingerprint: String,
    /// Where the data was read from, or how it was made.
    pub origin: String,
    /// Why these are drawn garments in place of Fashion-MNIST; `None` if they are not. Every output
    /// says it in its title.
    pub stands_in_because: Option<String>,
    /// What a reader of results should know of the images.
    pub findings: Vec<Finding>,
}

impl Dataset {
    /// The same data with [`fingerprint`](Self::fingerprint) computed from it.
    pub fn with_fingerprint(mut self) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"fitroom data set 1");
        for size in [self.channels, self.height, self.width, self.train.len(), self.test.len()] {
            hash.update((size as u64).to_le_bytes());
        }
        for part in [&self.train, &self.test] {
            hash.update(&*part.images);
            hash.update(&part.labels);
        }
        self.fingerprint = hex(&hash.finalize());
        self
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(labels: &[u8]) -> Dataset {
        let images: Bytes = (0..2 * labels.len() as u8).collect();
        let part = LabelledImages { images, labels: labels.to_vec() };
        let dataset = Dataset {
            name: "x".into(),
            title: "x".into(),
            classes: vec!["0".into(), "1".into()],
            channels: 1,
            height: 1,
            width: 2,
            train: part.clone(),
            test: part,
            fingerprint: String::new(),
            origin: "x".into(),
            stands_in_because: None,
            findings: Vec::new(),
        };
        dataset.with_fingerprint()
    }

    #[test]
    fn the_fingerprint_depends_on_the_data_alone() {
        let dataset = made(&[0, 1]);
        assert_eq!(dataset.fingerprint.len(), 64);
        let renamed =
            Dataset { name: "other".into(), origin: "elsewhere".into(), ..dataset.clone() };
        assert_eq!(renamed.with_fingerprint().fingerprint, dataset.fingerprint);
        assert_ne!(made(&[1, 0]).fingerprint, dataset.fingerprint);
        let turned = Dataset { height: 2, width: 1, ..dataset.clone() };
        assert_ne!(turned.with_fingerprint().fingerprint, dataset.fingerprint);
        let mut brighter = dataset.clone();
        brighter.test.images[0] += 1;
        assert_ne!(brighter.with_fingerprint().fingerprint, dataset.fingerprint);
    }
}
