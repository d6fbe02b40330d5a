//! A data set in memory.

use fitroom_memory::Bytes;
use sha2::{Digest, Sha256};


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
    /// Values per pixel: 1 for grey images.
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
    use crate::unchecked::Images;

    fn part(name: &str, labels: &[u8]) -> UncheckedImages {
        let images = Images { height: 1, width: 2, pixels: (0..2 * labels.len() as u8).collect() };
        let (images_path, labels_path) =
            (format!("{name}-images").into(), format!("{name}-labels").into());
        UncheckedImages { images, labels: labels.to_vec(), images_path, labels_path }
    }

    fn names() -> Names {
        Names { name: "idx:x".into(), title: "x".into(), classes: None, origin: "x".into() }
    }

    #[test]
    fn classes_are_numbered_by_the_training_labels() {
        let dataset = assemble(names(), part("train", &[2, 0, 1, 2]), part("test", &[1])).unwrap();
        assert_eq!(dataset.classes, ["0", "1", "2"]);
        assert_eq!(dataset.train.class_counts(3), [1, 1, 2]);
        assert_eq!(
            (dataset.height, dataset.width, dataset.train.len(), dataset.test.len()),
            (1, 2, 4, 1)
        );
    }

    #[test]
    fn parts_that_do_not_match_are_an_error() {
        let error = assemble(names(), part("train", &[0, 1]), part("test", &[0, 2]))
            .unwrap_err()
            .to_string();
        let out_of_range =
            "label 2 of image 1 (from 0) is out of range: the data set has the 2 classes 0 to 1";
        let hint = "hint: labels count from 0, and training images have each of them";
        assert_eq!(error, format!("test-labels: {out_of_range}\n{hint}"));

        let gap = assemble(names(), part("train", &[0, 1, 11]), part("test", &[0])).unwrap_err();
        assert!(matches!(gap, DataError::LabelOutOfRange { index: 2, label: 11, classes: 2, .. }));

        let ten = Names { classes: Some((0..10).map(|c| c.to_string()).collect()), ..names() };
        let error = assemble(ten, part("train", &[0, 10]), part("test", &[0])).unwrap_err();
        assert!(matches!(
            error,
            DataError::LabelOutOfRange { index: 1, label: 10, classes: 10, .. }
        ));

        let mut fewer = part("train", &[0, 1, 1]);
        fewer.labels.pop();
        let error = assemble(names(), fewer, part("test", &[0])).unwrap_err().to_string();
        assert_eq!(error, "train-images holds 3 images, but train-labels holds 2 labels");

        let mut turned = part("test", &[0]);
        (turned.images.height, turned.images.width) = (2, 1);
        let error = assemble(names(), part("train", &[0]), turned).unwrap_err().to_string();
        assert_eq!(
            error,
            "test-images holds images of 2x1 (rows x columns), but the training images are 1x2"
        );
    }

    #[test]
    fn the_fingerprint_depends_on_the_data_alone() {
        let make =
            |labels: &[u8]| assemble(names(), part("train", labels), part("test", &[0])).unwrap();
        let dataset = make(&[0, 1]);
        assert_eq!(dataset.fingerprint.len(), 64);
        let renamed =
            Dataset { name: "other".into(), origin: "elsewhere".into(), ..dataset.clone() };
        assert_eq!(renamed.with_fingerprint().fingerprint, dataset.fingerprint);
        assert_ne!(make(&[1, 0]).fingerprint, dataset.fingerprint);
        let turned = Dataset { height: 2, width: 1, ..dataset.clone() };
        assert_ne!(turned.with_fingerprint().fingerprint, dataset.fingerprint);
        let mut brighter = dataset.clone();
        brighter.test.images[0] += 1;
        assert_ne!(brighter.with_fingerprint().fingerprint, dataset.fingerprint);
    }
}
