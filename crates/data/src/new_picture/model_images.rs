//! What a network's images look like, as far as a new picture is made to look like them.

use serde::{Deserialize, Serialize};

use crate::{Dataset, Size};

/// Training images that are looked at, at most.
const MOST_SEEN: usize = 2000;
/// A mean brightness of the border below this is a dark background, and 255 less this a bright one.
const DARK: f64 = 64.0;
/// How far a pixel's brightness is from the background's if it belongs to the thing on it: a tenth of
/// the range.
pub(super) const CONTENT: u8 = 25;

/// The shape of a network's images, and what they look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelImages {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values of a pixel: 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// What surrounds the things on the training images; `None` if no training image is at hand.
    pub surroundings: Option<Surroundings>,
}

/// What surrounds the things on training images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surroundings {
    /// Mean brightness of the outermost rows and columns, from 0 to 255.
    pub border: f64,
    /// How much of the image the thing takes, in its longer direction, from 0 to 1: the mean over images
    /// with a plain background. Of MNIST 20 of 28 pixels, of Fashion-MNIST nearly all.
    pub extent: f64,
}

/// The background of all images of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Background {
    Black,
    White,
}

impl ModelImages {
    /// What the training images of `dataset` look like. At most 2000 of them are looked at.
    pub fn of(dataset: &Dataset) -> Self {
        let Dataset { height, width, channels, ref train, .. } = *dataset;
        let (size, len) = (Size { height, width }, height * width * channels);
        let step = train.len().div_ceil(MOST_SEEN).max(1);
        let seen = || train.images.chunks_exact(len.max(1)).step_by(step);
        let mean = |values: &mut dyn Iterator<Item = f64>| -> Option<f64> {
            let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v, count + 1.0));
            (count > 0.0).then(|| sum / count)
        };
        let border = mean(&mut seen().map(|image| border_mean(&brightness(image, channels), size)));
        let surroundings = border.map(|border| {
            let mut surroundings = Surroundings { border, extent: 1.0 };
            if let Some(background) = surroundings.background() {
                let paper = background.value();
                let extents = &mut seen().filter_map(|image| {
                    let [_, _, rows, columns] = content(&brightness(image, channels), size, paper)?;
                    Some((rows as f64 / height as f64).max(columns as f64 / width as f64))
                });
                surroundings.extent = mean(extents).unwrap_or(1.0);
            }
            surroundings
        });
        ModelImages { height, width, channels, surroundings }
    }
}

impl Surroundings {
    /// The plain background of the images; `None` if they have none, as photos of animals.
    pub(super) fn background(&self) -> Option<Background> {
        if self.border < DARK {
            Some(Background::Black)
        } else if self.border > 255.0 - DARK {
            Some(Background::White)
        } else {
            None
        }
    }
}

impl Background {
    pub(super) fn value(self) -> u8 {
        match self {
            Background::Black => 0,
            Background::White => 255,
        }
    }
}

/// The brightness of each pixel: of colours as ITU-R BT.601 weighs them, otherwise the mean.
pub(super) fn brightness(pixels: &[u8], channels: usize) -> Vec<u8> {
    let of_pixel = |pixel: &[u8]| match *pixel {
        [grey] => grey,
        [red, green, blue] => {
            let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
            ((sum + 500) / 1000) as u8
        }
        _ => (pixel.iter().map(|&v| usize::from(v)).sum::<usize>() / pixel.len().max(1)) as u8,
    };
    pixels.chunks_exact(channels.max(1)).map(of_pixel).collect()
}

/// The values of the outermost rows and columns.
pub(super) fn border(values: &[u8], Size { height, width }: Size) -> impl Iterator<Item = u8> {
    let is_outer_row = move |row: usize| row == 0 || row + 1 == height;
    values.chunks_exact(width).enumerate().flat_map(move |(row, values)| {
        let step = if is_outer_row(row) { 1 } else { (width - 1).max(1) };
        values.iter().step_by(step).copied()
    })
}

/// The mean of the border's values.
pub(super) fn border_mean(values: &[u8], size: Size) -> f64 {
    let (sum, count) =
        border(values, size).fold((0u64, 0u64), |(sum, n), v| (sum + u64::from(v), n + 1));
    sum as f64 / count.max(1) as f64
}

/// Where something lies on the background: first row, first column, rows and columns. `None` if there
/// is nothing.
pub(super) fn content(values: &[u8], size: Size, paper: u8) -> Option<[usize; 4]> {
    let is_content = |value: &u8| value.abs_diff(paper) > CONTENT;
    let (mut rows, mut columns) = (None::<(usize, usize)>, None::<(usize, usize)>);
    for (row, values) in values.chunks_exact(size.width).enumerate() {
        let Some(first) = values.iter().position(is_content) else { continue };
        let last = values.iter().rposition(is_content).unwrap_or(first);
        rows = Some((rows.map_or(row, |(top, _)| top), row));
        columns = Some(columns.map_or((first, last), |(l, r)| (l.min(first), r.max(last))));
    }
    let ((top, bottom), (left, right)) = rows.zip(columns)?;
    Some([top, left, bottom - top + 1, right - left + 1])
}
