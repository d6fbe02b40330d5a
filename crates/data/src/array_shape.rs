//! Which axis of an array of images holds the channels.

use thiserror::Error;

use crate::unchecked::{Images, channels_last};

/// Most channels of an image in an array. A longer axis holds rows or columns.
const MOST_CHANNELS: u64 = 16;

/// The sizes of an array of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArrayShape {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    /// Whether an image's channels stand one after the other.
    pub(crate) channels_first: bool,
}

/// An array that is not of images.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "the array has the shape {shape}, which is not that of images\n\
     hint: read are images x rows x columns, images x rows x columns x channels and \
     images x channels x rows x columns, with at most {MOST_CHANNELS} channels and no more of them than \
     rows and columns"
)]
pub struct ShapeProblem {
    /// The sizes, such as `60000 x 28`.
    pub shape: String,
}

/// Shows sizes as `60000 x 28 x 28`.
pub(crate) fn shown(sizes: &[u64]) -> String {
    sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(" x ")
}

impl ArrayShape {
    /// Recognises the axes of an array whose first axis counts the images. Three axes are grey images. Of
    /// four, the last holds the channels if it is the shortest after the first, or else the second.
    ///
    /// # Errors
    /// If there are more or fewer axes, or neither of the two can hold the channels.
    pub(crate) fn recognise(sizes: &[u64]) -> Result<Self, ShapeProblem> {
        let shape = |height: u64, width: u64, channels: u64, channels_first| ArrayShape {
            height: height as usize,
            width: width as usize,
            channels: channels as usize,
            channels_first,
        };
        let holds_channels = |axis: u64, others: [u64; 2]| {
            axis <= MOST_CHANNELS && others.iter().all(|&o| axis <= o)
        };
        match *sizes {
            [_, height, width] => Ok(shape(height, width, 1, false)),
            [_, a, b, c] if holds_channels(c, [a, b]) => Ok(shape(a, b, c, false)),
            [_, a, b, c] if holds_channels(a, [b, c]) => Ok(shape(b, c, a, true)),
            _ => Err(ShapeProblem { shape: shown(sizes) }),
        }
    }

    /// Values of an image.
    pub(crate) fn values(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// The images that have these values.
    pub(crate) fn images(self, values: Vec<u8>) -> Images {
        let ArrayShape { height, width, channels, channels_first } = self;
        let pixels = if channels_first && channels > 1 {
            channels_last(&values, channels, height * width)
        } else {
            values
        };
        Images { height, width, channels, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_end_holds_the_channels() {
        let recognised = |sizes: &[u64]| {
            ArrayShape::recognise(sizes)
                .map(|shape| (shape.height, shape.width, shape.channels, shape.channels_first))
        };
        for (sizes, expected) in [
            (&[9, 28, 30][..], (28, 30, 1, false)),
            (&[9, 28, 30, 3], (28, 30, 3, false)),
            (&[9, 3, 28, 30], (28, 30, 3, true)),
            (&[9, 28, 28, 1], (28, 28, 1, false)),
            (&[9, 1, 28, 28], (28, 28, 1, true)),
            // Of equals it is the last.
            (&[9, 3, 3, 3], (3, 3, 3, false)),
            (&[9, 3, 5, 3], (3, 5, 3, false)),
            (&[9, 64, 64, 16], (64, 64, 16, false)),
        ] {
            assert_eq!(recognised(sizes), Ok(expected), "{sizes:?}");
        }
        for sizes in [
            &[9, 28][..],
            &[9],
            &[],
            &[9, 28, 3, 28],
            &[9, 64, 64, 17],
            &[9, 1, 2, 3, 4],
            &[9, 17, 64, 64],
        ] {
            let message = recognised(sizes).unwrap_err().to_string();
            assert!(message.contains(&shown(sizes)) && message.contains("hint: "), "{message}");
        }
    }

    #[test]
    fn planes_are_turned_to_pixels() {
        let shape = ArrayShape::recognise(&[1, 2, 2, 3]).unwrap();
        assert_eq!((shape.values(), shape.channels_first), (12, true));
        let images = shape.images(vec![1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]);
        assert_eq!(images.pixels, [1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16]);
        assert_eq!(images.shape(), [2, 3, 2]);
    }
}
