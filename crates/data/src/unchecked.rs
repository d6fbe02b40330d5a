//! Images and labels as a reader returns them, before they are put together.

use std::path::PathBuf;

use crate::label::Labels;

/// Images of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Images {
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Values per pixel: 1 for grey images, 3 (red, green, blue) for colour.
    pub channels: usize,
    /// One byte per value: image after image, row by row, pixel by pixel.
    pub pixels: Vec<u8>,
}

impl Images {
    /// Bytes of an image.
    pub(crate) fn len_of_one(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Height, width and channels.
    pub(crate) fn shape(&self) -> [usize; 3] {
        [self.height, self.width, self.channels]
    }
}

/// Training or test images as read, and the files that they were read from.
#[derive(Clone, Debug)]
pub(crate) struct UncheckedImages {
    pub images: Images,
    pub labels: Labels,
    pub images_path: PathBuf,
    pub labels_path: PathBuf,
}

/// What a format's reader returns.
#[derive(Clone, Debug)]
pub(crate) struct ReadFiles {
    pub train: UncheckedImages,
    /// `None`: the files have no test images, and a share of the training images is held out.
    pub test: Option<UncheckedImages>,
    /// The names of labels 0, 1 and so on, or of labels 1, 2 and so on. `None`: labels are their
    /// own names.
    pub class_names: Option<Vec<String>>,
    /// What the reader recognised that people should know, in a few words each.
    pub notes: Vec<String>,
}
