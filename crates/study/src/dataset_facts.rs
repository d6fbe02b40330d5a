//! The facts about a data set that are kept with its results.

use fitroom_data::Dataset;
use serde::{Deserialize, Serialize};

/// What the store keeps of the data set that a study ran on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetFacts {
    /// As in a study file.
    pub name: String,
    /// For people.
    pub title: String,
    /// Name of each class.
    pub classes: Vec<String>,
    /// Values of a pixel.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Training images, held-out ones included.
    pub train_images: usize,
    /// Test images.
    pub test_images: usize,
    /// SHA-256 of the data.
    pub fingerprint: String,
    /// Where it was read.
    pub origin: String,
    /// Why it is `drawn` although Fashion-MNIST was looked for.
    pub stands_in_because: Option<String>,
}

impl From<&Dataset> for DatasetFacts {
    fn from(dataset: &Dataset) -> Self {
        DatasetFacts {
            name: dataset.name.clone(),
            title: dataset.title.clone(),
            classes: dataset.classes.clone(),
            channels: dataset.channels,
            height: dataset.height,
            width: dataset.width,
            train_images: dataset.train.len(),
            test_images: dataset.test.len(),
            fingerprint: dataset.fingerprint.clone(),
            origin: dataset.origin.clone(),
            stands_in_because: dataset.stands_in_because.clone(),
        }
    }
}
