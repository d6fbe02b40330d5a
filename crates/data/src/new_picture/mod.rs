//! New pictures: a PNG or JPEG file of any size becomes an image as a network was trained on.
//!
//! A picture of the network's own size is taken as it is. Any other is made like the training images:
//! - It is grey or colour as they are. What is transparent is white paper.
//! - It is inverted if they have a black background and the picture a bright border, or the reverse.
//! - If they have a plain background (as MNIST and Fashion-MNIST) and so has the picture, what lies on the
//!   background is cut out, and as large in the image as the things on training images are. The
//!   background becomes as black, or as white, as theirs. Otherwise nothing is cut off.
//! - It is scaled with its aspect ratio kept, lies in the middle, and is padded in the colour of its border.
//!
//! ```
//! use fitroom_data::{Invert, ModelImages, Surroundings, read_picture};
//!
//! # let mut file = Vec::new();
//! # let mut encoder = png::Encoder::new(&mut file, 40, 40);
//! # encoder.set_color(png::ColorType::Grayscale);
//! # let dark = |at: usize| (10..30).contains(&(at / 40)) && (15..25).contains(&(at % 40));
//! # let pixels: Vec<u8> = (0..1600).map(|at| if dark(at) { 30 } else { 220 }).collect();
//! # encoder.write_header()?.write_image_data(&pixels)?;
//! // A dark thing on bright paper, for a network that knows bright things on black.
//! let surroundings = Some(Surroundings { border: 8.0, extent: 1.0 });
//! let wanted = ModelImages { height: 28, width: 28, channels: 1, surroundings };
//! let picture = read_picture(&file, &wanted, Invert::Auto)?;
//! assert!(picture.inverted);
//! assert_eq!((picture.pixels[0], picture.pixels.len()), (0, 28 * 28));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod fitting;
mod model_images;
#[cfg(test)]
mod tests;

pub use error::NewPictureError;
use fitting::median;
use model_images::{Background, border, border_mean, brightness, content};
pub use model_images::{ModelImages, Surroundings};

use crate::Size;
use crate::folder::picture::{self, Alpha, Content, PictureProblem};

/// Most bytes of a picture's file: 16 MiB.
pub const MOST_PICTURE_BYTES: usize = 16 << 20;
/// Most pixels of a picture: as many as 8192x4096. To decode and scale so many takes less than half a
/// gigabyte of memory.
pub const MOST_PICTURE_PIXELS: usize = 1 << 25;

/// The border is plain if three quarters of its pixels are as near to their median as this.
const PLAIN: u8 = 32;

/// Whether bright and dark are exchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invert {
    /// If training images have a plain background, and the border of the picture is on the other side
    /// of the middle.
    #[default]
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

/// A picture as an image for a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPicture {
    /// height × width × channels bytes, the values of a pixel together.
    pub pixels: Vec<u8>,
    /// Rows and columns of the picture in its file.
    pub size: Size,
    /// Whether bright and dark were exchanged.
    pub inverted: bool,
    /// Whether something was cut out of a plain background.
    pub cropped: bool,
}

/// Makes the picture in the bytes of a PNG or JPEG file an image like those that a network was trained
/// on. The format is recognised by the content.
///
/// # Errors
/// The bytes are no such picture or a damaged one, it is too large, or the network's images are neither
/// grey nor colour.
///
/// # Panics
/// If the network's images have no rows or no columns.
pub fn read_picture(
    bytes: &[u8],
    wanted: &ModelImages,
    invert: Invert,
) -> Result<NewPicture, NewPictureError> {
    read_at_most(bytes, wanted, invert, MOST_PICTURE_PIXELS)
}

/// [`read_picture`] of at most `most` pixels.
pub(crate) fn read_at_most(
    bytes: &[u8],
    wanted: &ModelImages,
    invert: Invert,
    most: usize,
) -> Result<NewPicture, NewPictureError> {
    fit(decoded(bytes, most)?, wanted, invert)
}

/// A picture in memory.
pub(crate) struct Decoded {
    pub size: Size,
    pub channels: usize,
    /// Row by row, the values of a pixel together.
    pub pixels: Vec<u8>,
}

/// Makes a picture an image like those that a network was trained on, as [`read_picture`] does.
pub(crate) fn fit(
    decoded: Decoded,
    wanted: &ModelImages,
    invert: Invert,
) -> Result<NewPicture, NewPictureError> {
    let (size, pixels) = (decoded.size, in_channels(decoded, wanted.channels)?);
    let values = brightness(&pixels, wanted.channels);
    let background = wanted.surroundings.and_then(|around| around.background());
    let is_bright = border_mean(&values, size) >= 127.5;
    let inverted = match invert {
        Invert::Yes => true,
        Invert::No => false,
        Invert::Auto if wanted.surroundings.is_none() => {
            return Err(NewPictureError::UnknownSurroundings);
        }
        Invert::Auto => background.is_some_and(|found| (found == Background::White) != is_bright),
    };
    if (size.height, size.width) == (wanted.height, wanted.width) {
        let pixels = pixels.iter().map(|&v| if inverted { 255 - v } else { v }).collect();
        return Ok(NewPicture { pixels, size, inverted, cropped: false });
    }
    let paper = median(border(&values, size));
    let near = border(&values, size).filter(|value| value.abs_diff(paper) <= PLAIN).count();
    let is_plain = 4 * near >= 3 * border(&values, size).count();
    let found = background.filter(|_| is_plain).zip(content(&values, size, paper));
    let (place, extent) = match (found, wanted.surroundings) {
        (Some((_, place)), Some(around)) => (place, around.extent),
        _ => ([0, 0, size.height, size.width], 1.0),
    };
    let papers = fitting::papers(&pixels, size, wanted.channels);
    let background = found.map(|(background, _)| background);
    let changes: Vec<[u8; 256]> =
        papers.iter().map(|&paper| fitting::change(paper, inverted, background)).collect();
    let cut = fitting::cut(&pixels, size, place, &changes);
    let padding = papers.iter().zip(&changes).map(|(&paper, change)| change[usize::from(paper)]);
    let [_, _, height, width] = place;
    let pixels =
        fitting::placed(&cut, Size { height, width }, wanted, extent, &padding.collect::<Vec<_>>());
    Ok(NewPicture { pixels, size, inverted, cropped: found.is_some() })
}

/// Decodes a file's bytes.
fn decoded(bytes: &[u8], most: usize) -> Result<Decoded, NewPictureError> {
    if bytes.len() > MOST_PICTURE_BYTES {
        return Err(NewPictureError::TooManyBytes { bytes: bytes.len() });
    }
    match picture::content(bytes) {
        Content::Png | Content::Jpeg => {}
        Content::Foreign(name) => return Err(NewPictureError::NoPicture { found: Some(name) }),
        Content::Other => return Err(NewPictureError::NoPicture { found: None }),
    }
    let size = picture::size(bytes).map_err(damaged)?;
    if size.height * size.width > most {
        return Err(NewPictureError::TooManyPixels { size });
    }
    if picture::has_four_inks(bytes) {
        return Err(NewPictureError::FourInks);
    }
    let picture::Picture { channels, pixels, .. } =
        picture::decode(bytes, Alpha::OnWhite).map_err(damaged)?;
    Ok(Decoded { size, channels, pixels })
}

/// The pixels in as many channels as the network takes.
fn in_channels(decoded: Decoded, wanted: usize) -> Result<Vec<u8>, NewPictureError> {
    let Decoded { channels, pixels, .. } = decoded;
    match (channels, wanted) {
        (1, 3) => Ok(pixels.iter().flat_map(|&grey| [grey; 3]).collect()),
        (3, 1) => Ok(brightness(&pixels, 3)),
        (found, wanted) if found == wanted => Ok(pixels),
        (found, channels) => Err(NewPictureError::Channels { found, channels }),
    }
}

fn damaged(problem: PictureProblem) -> NewPictureError {
    if let PictureProblem::TooManyPixels(size) = problem {
        return NewPictureError::TooManyPixels { size };
    }
    NewPictureError::Damaged { problem: problem.to_string() }
}
