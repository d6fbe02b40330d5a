//! Small pictures inside plots: a data set's images, and weights as colours. Their colours are the
//! same on light and on dark pages.

use std::fmt::Write;

/// A grid of colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Raster {
    /// Makes a picture from its pixels (red, green, blue), row by row from the top. Each row has
    /// `width` pixels.
    ///
    /// # Panics
    /// If there are no pixels, or the last row is not whole.
    pub fn new(width: usize, pixels: Vec<[u8; 3]>) -> Self {
        assert!(
            !pixels.is_empty() && pixels.len().is_multiple_of(width),
            "{} pixels in {width} columns",
            pixels.len()
        );
        Raster { width, pixels }
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[[u8; 3]] {
        &self.pixels
    }

    /// The picture as a data URL that holds a PNG: `data:image/png;base64,…`.
    pub fn data_uri(&self) -> String {
        format!("data:image/png;base64,{}", base64(&self.png()))
    }

    /// The PNG file. If every pixel is grey, it is a greyscale file, with a third of the bytes.
    pub fn png(&self) -> Vec<u8> {
        let is_grey = self.pixels.iter().all(|[red, green, blue]| red == green && green == blue);
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height() as u32);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_color(if is_grey { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        let mut writer = encoder.write_header().expect("there are pixels, and memory takes them");
        let bytes: Vec<u8> = match is_grey {
            true => self.pixels.iter().map(|pixel| pixel[0]).collect(),
            false => self.pixels.concat(),
        };
        writer.write_image_data(&bytes).expect("as many bytes as the header says");
        writer.finish().expect("memory takes them");
        file
    }
}

/// A colour for a signed number: blue at −1 and below, white at 0, vermilion at 1 and above.
pub fn diverging(x: f64) -> [u8; 3] {
    const NEGATIVE: [f64; 3] = [0.0, 80.0, 150.0];
    const POSITIVE: [f64; 3] = [190.0, 60.0, 0.0];
    const ZERO: f64 = 247.0;
    let end = if x < 0.0 { NEGATIVE } else { POSITIVE };
    let x = x.abs().min(1.0);
    end.map(|end| (ZERO + x * (end - ZERO)).round() as u8)
}

/// Base64 of RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * place)) as usize % 64]);
            let _ = text.write_char(if place <= three.len() { digit } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 4648, section 10.
    #[test]
    fn base64_passes_the_test_vectors_of_its_rfc() {
        let texts =
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn pictures_read_back() {
        let grey = Raster::new(2, vec![[0; 3], [255; 3], [7; 3], [9; 3]]);
        let red = Raster::new(1, vec![[255, 0, 0], [1, 2, 3]]);
        for (raster, color, bytes) in [
            (grey, png::ColorType::Grayscale, vec![0, 255, 7, 9]),
            (red, png::ColorType::Rgb, vec![255, 0, 0, 1, 2, 3]),
        ] {
            let mut reader =
                png::Decoder::new(std::io::Cursor::new(raster.png())).read_info().unwrap();
            let mut read = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut read).unwrap();
            assert_eq!(
                (info.width as usize, info.height as usize),
                (raster.width(), raster.height())
            );
            assert_eq!((info.color_type, read), (color, bytes));
            assert!(raster.data_uri().starts_with("data:image/png;base64,iVBORw0KGgo"));
        }
    }

    #[test]
    fn each_sign_has_its_colour_and_larger_numbers_are_darker() {
        let [below, negative, zero, positive, above] = [-2.0, -0.5, 0.0, 0.5, 2.0].map(diverging);
        assert_eq!(zero, [247; 3]);
        assert!(
            negative[2] > negative[0] && positive[0] > positive[2],
            "{negative:?} {positive:?}"
        );
        assert_eq!((below, above), (diverging(-1.0), diverging(1.0)));
        assert!(below[0] < negative[0] && above[2] < positive[2]);
    }
}
