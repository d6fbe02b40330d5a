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

    /// How many images there are.
    pub(crate) fn count(&self) -> usize {
        self.pixels.len() / self.len_of_one()
    }

    /// Height, width and channels.
    pub(crate) fn shape(&self) -> [usize; 3] {
        [self.height, self.width, self.channels]
    }
}

/// Images whose channels stand one after the other, with the values of each pixel together. A channel
/// of an image has `len` pixels.
pub(crate) fn channels_last(planes: &[u8], channels: usize, len: usize) -> Vec<u8> {
    let mut pixels = vec![0; planes.len()];
    let images = pixels.chunks_exact_mut(channels * len).zip(planes.chunks_exact(channels * len));
    for (image, planes) in images {
        for (channel, plane) in planes.chunks_exact(len).enumerate() {
            let values = image.iter_mut().skip(channel).step_by(channels);
            values.zip(plane).for_each(|(to, &from)| *to = from);
        }
    }
    pixels
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_pixels() {
        // Two images of 2x1 pixels in three channels.
        let planes = [1, 2, 11, 12, 21, 22, 5, 6, 15, 16, 25, 26];
        assert_eq!(channels_last(&planes, 3, 2), [1, 11, 21, 2, 12, 22, 5, 15, 25, 6, 16, 26]);
        assert_eq!(channels_last(&planes, 1, 12), planes);
    }
}
