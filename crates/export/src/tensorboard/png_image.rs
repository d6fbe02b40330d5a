//! A PNG file with the facts that its header says.

use thiserror::Error;

/// A PNG file, as event files hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PngImage {
    pub(super) file: Vec<u8>,
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) channels: i32,
}

/// The bytes are no PNG file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it is no PNG file")]
pub struct NoPng;

impl TryFrom<Vec<u8>> for PngImage {
    type Error = NoPng;

    /// Reads the header: the signature, and the first chunk with width, height and type of colour.
    ///
    /// # Errors
    /// The bytes do not begin like a PNG file.
    fn try_from(file: Vec<u8>) -> Result<Self, NoPng> {
        let header: &[u8; 26] = file.first_chunk().ok_or(NoPng)?;
        if !header.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") {
            return Err(NoPng);
        }
        let side = |at: usize| {
            let bytes = header[at..at + 4].try_into().map_err(|_| NoPng)?;
            Some(i32::from_be_bytes(bytes)).filter(|&side| side > 0).ok_or(NoPng)
        };
        let channels = match header[25] {
            0 => 1,
            2 | 3 => 3, // A palette holds red, green and blue.
            4 => 2,
            6 => 4,
            _ => return Err(NoPng),
        };
        let (width, height) = (side(16)?, side(20)?);
        Ok(PngImage { file, width, height, channels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first bytes of a PNG file.
    fn header(width: u32, height: u32, colors: u8) -> Vec<u8> {
        let start = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        [&start[..], &width.to_be_bytes(), &height.to_be_bytes(), &[8, colors]].concat()
    }

    #[test]
    fn the_header_says_width_height_and_channels() {
        for (colors, channels) in [(0, 1), (2, 3), (3, 3), (4, 2), (6, 4)] {
            let image = PngImage::try_from(header(5, 3, colors)).unwrap();
            assert_eq!((image.width, image.height, image.channels), (5, 3, channels));
        }
    }

    #[test]
    fn other_bytes_are_no_png() {
        let whole = header(5, 3, 2);
        for length in 0..whole.len() {
            assert_eq!(PngImage::try_from(whole[..length].to_vec()), Err(NoPng));
        }
        for wrong in [header(0, 3, 2), header(5, u32::MAX, 2), header(5, 3, 1)] {
            assert_eq!(PngImage::try_from(wrong), Err(NoPng));
        }
        let mut gif = whole;
        gif[1] = b'G';
        assert_eq!(PngImage::try_from(gif), Err(NoPng));
    }
}
