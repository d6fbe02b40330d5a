//! A data set in memory.

/// Images with their classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledImages {
    /// One byte a value, image after image, each `height × width × channels`.
    pub images: Vec<u8>,
    /// The class of each image, from 0.
    pub labels: Vec<u8>,
}

impl LabelledImages {
    /// How many images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// Training and test images of one shape, with what is known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// As in a study file: `fashion-mnist`, `drawn`, `idx:DIR`.
    pub name: String,
    /// For people: `Fashion-MNIST`, `drawn garments (built in)`.
    pub title: String,
    /// Name of each class.
    pub classes: Vec<String>,
    /// Values of a pixel: 1 for grey.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// What may be trained on and validated on.
    pub train: LabelledImages,
    /// What is scored once, at the end.
    pub test: LabelledImages,
    /// SHA-256 (hex) over shapes, images and labels: equal for equal data, wherever it was read.
    pub fingerprint: String,
    /// Where it was read: a directory, or how it was made.
    pub origin: String,
    /// Why it is `drawn` although Fashion-MNIST was looked for, where that is so: every output says it in its title.
    pub stands_in_because: Option<String>,
}
