//! The facts about a data set that are kept with its results.

use fitroom_data::{Dataset, ModelImages, Surroundings};
use serde::{Deserialize, Serialize};

use crate::{Study, data_warnings};

/// The facts about the data set that a study ran on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetFacts {
    /// The name in a study file.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// The name of each class.
    pub classes: Vec<String>,
    /// Values per pixel.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// How many training images there are, including those that are held out.
    pub train_images: usize,
    /// How many test images there are.
    pub test_images: usize,
    /// SHA-256 of the data.
    pub fingerprint: String,
    /// Where the data was read from.
    pub origin: String,
    /// Why the study ran on drawn garments in place of Fashion-MNIST; `None` if it did not.
    pub stands_in_because: Option<String>,
    /// What a user should know of the data, as sentences without a full stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What surrounds the things on the training images, so that new pictures can be made like them.
    /// `None` in results of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surroundings: Option<Surroundings>,
}

impl DatasetFacts {
    /// The shape of the images, and what the training images look like.
    pub fn images(&self) -> ModelImages {
        let DatasetFacts { channels, height, width, surroundings, .. } = *self;
        ModelImages { height, width, channels, surroundings }
    }

    /// The facts of the data that `study` is trained on.
    pub(crate) fn of(study: &Study, dataset: &Dataset) -> Self {
        DatasetFacts { warnings: data_warnings(study, dataset), ..DatasetFacts::from(dataset) }
    }
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
            warnings: dataset.findings.iter().map(ToString::to_string).collect(),
            surroundings: ModelImages::of(dataset).surroundings,
        }
    }
}
