//! Images and labels as a reader returns them, before their counts are compared.

use std::path::PathBuf;

/// Images of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Images {
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// One byte per pixel, row by row, image after image.
    pub pixels: Vec<u8>,
}

/// Training or test images as read, and the files that they were read from.
#[derive(Clone, Debug)]
pub(crate) struct UncheckedImages {
    pub images: Images,
    pub labels: Vec<u8>,
    pub images_path: PathBuf,
    pub labels_path: PathBuf,
}

/// What a format's reader returns.
#[derive(Clone, Debug)]
pub(crate) struct ReadFiles {
    pub train: UncheckedImages,
    pub test: UncheckedImages,
    /// The name of each class. `None` if the files hold numbers only.
    pub classes: Option<Vec<String>>,
    /// What the reader recognised that people should know, in a few words each.
    pub notes: Vec<String>,
}
