//! Test images that a reader asks for: those of one cell of a confusion matrix, those on which two
//! networks disagree, and pictures of single images.

mod cell;
mod disagreement;

use fitroom_data::{Dataset, LabelledImages};

use crate::error::{ReportError, check_index};
use crate::inspection::{picture, raster};

pub use cell::{CellImage, CellImages, cell_images};
pub use disagreement::{Disagreement, Disagreements, OneRight, disagreements};

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatasetPart {
    /// The training images, those that are held out too.
    Train,
    /// The test images.
    Test,
}

impl DatasetPart {
    /// Both parts.
    pub const ALL: [DatasetPart; 2] = [DatasetPart::Train, DatasetPart::Test];

    /// The part's word in an address: `train`, `test`.
    pub fn name(self) -> &'static str {
        match self {
            DatasetPart::Train => "train",
            DatasetPart::Test => "test",
        }
    }

    /// The part's images.
    pub fn images(self, dataset: &Dataset) -> &LabelledImages {
        match self {
            DatasetPart::Train => &dataset.train,
            DatasetPart::Test => &dataset.test,
        }
    }
}

/// One image as a PNG file, a pixel for a pixel: in colour if a pixel has three values; otherwise
/// the mean of its values as grey. `image` is counted from 0.
///
/// # Errors
/// There is no such image.
pub fn picture_png(
    dataset: &Dataset,
    part: DatasetPart,
    image: usize,
) -> Result<Vec<u8>, ReportError> {
    let images = part.images(dataset);
    check_index("image", image, images.len())?;
    Ok(picture(dataset, images, image).png())
}

/// An image of a data set's shape, such as a new picture, as a data URI.
///
/// # Panics
/// If there are no pixels, or not as many as the data set's images have.
pub fn picture_uri(dataset: &Dataset, pixels: &[u8]) -> String {
    raster(dataset, pixels).data_uri()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_image_s_size_and_pixels() {
        let dataset = Dataset {
            name: "test".into(),
            title: "test".into(),
            classes: vec!["a".into()],
            channels: 1,
            height: 2,
            width: 3,
            train: LabelledImages { images: (0..12).collect(), labels: vec![0; 2] },
            test: LabelledImages { images: (100..106).collect(), labels: vec![0] },
            fingerprint: String::new(),
            origin: String::new(),
            stands_in_because: None,
            findings: Vec::new(),
        };
        let pixels = |part, image| {
            let file = picture_png(&dataset, part, image).unwrap();
            let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut pixels).unwrap();
            assert_eq!((info.width, info.height), (3, 2));
            pixels
        };
        assert_eq!(pixels(DatasetPart::Train, 1), [6, 7, 8, 9, 10, 11]);
        assert_eq!(pixels(DatasetPart::Test, 0), [100, 101, 102, 103, 104, 105]);
        let beyond = picture_png(&dataset, DatasetPart::Test, 1).unwrap_err();
        assert!(matches!(
            beyond,
            ReportError::OutOfRange { parameter: "image", given: 1, count: 1 }
        ));
        assert_eq!(DatasetPart::ALL.map(DatasetPart::name), ["train", "test"]);
    }
}
