//! One picture: a PNG or a JPEG file, decoded to bytes.
//!
//! The format is recognised by the first bytes, not by the file's name. The header is read first: no
//! memory is requested for pixels before their number is checked against [`MOST_PIXELS`] and against
//! what a file of this many bytes can hold.

use std::io::Cursor;

use png::{BitDepth, ColorType, Transformations};
use thiserror::Error;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::Size;

/// Most pixels of a picture: 16,384x16,384.
const MOST_PIXELS: usize = 1 << 28;

/// Bytes that one byte of deflated data can unpack to, at most.
const MOST_UNPACKED: usize = 1032;

/// Pixels that one byte of a JPEG can hold, at most: a block of 8x8 pixels has a code of one bit or
/// more, and in a picture with subsampling one component in two may have a fourth of the blocks.
const MOST_JPEG_PIXELS: usize = 8 * 64 * 4;

/// What a file holds, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Png,
    Jpeg,
    /// A picture in a format that is not read, with the format's name.
    Foreign(&'static str),
    /// No picture.
    Other,
}

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub size: Size,
    /// 1 if every pixel is grey, else 3: red, green, blue.
    pub channels: usize,
    /// Row by row, the values of a pixel together.
    pub pixels: Vec<u8>,
    /// Whether the file stores colours, even if all of them are grey.
    pub is_stored_in_colour: bool,
    /// Whether the file stores transparency, which is left out.
    pub has_alpha: bool,
}

/// Why a picture can't be decoded.
#[derive(Debug, Error)]
pub(crate) enum PictureProblem {
    #[error("not a PNG or JPEG file, in spite of its name")]
    NoPicture,
    /// Found when the picture was decoded before.
    #[error("{0}")]
    Known(String),
    #[error("an empty file")]
    Empty,
    #[error("more than 1 GiB, the most that this program reads of a picture")]
    LargeFile,
    #[error("truncated or damaged: {0}")]
    Png(#[from] png::DecodingError),
    #[error("truncated or damaged: {}", jpeg_message(.0))]
    Jpeg(DecodeErrors),
    #[error("truncated: it does not have the mark at the end of a JPEG file")]
    NoEnd,
    #[error("damaged: its palette is not of whole colours")]
    Palette,
    #[error("damaged: its first frame is smaller than the picture")]
    SmallFrame,
    #[error("truncated or damaged: {0} pixels in a file of {1} bytes")]
    TooFewBytes(Size, usize),
    #[error("{0} pixels: more than {MOST_PIXELS}, the most that this program decodes")]
    TooManyPixels(Size),
}

/// What becomes of transparency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alpha {
    /// Colours are taken as they are stored.
    LeftOut,
    /// The picture lies on white paper.
    OnWhite,
}

/// The decoder's message on one line.
fn jpeg_message(error: &DecodeErrors) -> String {
    format!("{error:?}").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the file with these first bytes holds.
pub(crate) fn content(bytes: &[u8]) -> Content {
    let foreign: [(&[u8], &str); 7] = [
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"\0\0\0\x0cjP  ", "JPEG 2000"),
        (b"8BPS", "Photoshop"),
        (b"\xff\x0a", "JPEG XL"),
    ];
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Content::Png
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Content::Jpeg
    } else if let Some((_, name)) = foreign.iter().find(|(start, _)| bytes.starts_with(start)) {
        Content::Foreign(name)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Content::Foreign("WebP")
    } else if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        Content::Foreign("BMP")
    } else if bytes.get(4..8) == Some(b"ftyp") {
        let is_avif = bytes.get(8..11) == Some(b"avi");
        let is_heic = matches!(bytes.get(8..11), Some(b"hei" | b"mif" | b"hev"));
        match (is_avif, is_heic) {
            (true, _) => Content::Foreign("AVIF"),
            (_, true) => Content::Foreign("HEIC"),
            (false, false) => Content::Other,
        }
    } else {
        Content::Other
    }
}

/// The size of a picture, from its header.
///
/// # Errors
/// If there is no header, or the file is too small for such a picture.
pub(crate) fn size(bytes: &[u8]) -> Result<Size, PictureProblem> {
    match content(bytes) {
        Content::Png => Ok(png_size(&mut png_decoder(bytes), bytes.len())?),
        Content::Jpeg => jpeg_size(&mut jpeg_decoder(bytes, true), bytes.len()),
        Content::Foreign(_) | Content::Other => Err(no_picture(bytes)),
    }
}

/// Decodes a picture.
///
/// # Errors
/// If it is truncated, damaged or too large.
pub(crate) fn decode(bytes: &[u8], alpha: Alpha) -> Result<Picture, PictureProblem> {
    match content(bytes) {
        Content::Png => decode_png(bytes, alpha),
        Content::Jpeg => decode_jpeg(bytes),
        Content::Foreign(_) | Content::Other => Err(no_picture(bytes)),
    }
}

fn no_picture(bytes: &[u8]) -> PictureProblem {
    if bytes.is_empty() { PictureProblem::Empty } else { PictureProblem::NoPicture }
}

/// Refuses more pixels than are decoded, and more than a file of `bytes` bytes can hold.
fn checked([height, width]: [usize; 2], most: usize, bytes: usize) -> Result<Size, PictureProblem> {
    let size = Size { height, width };
    match height.checked_mul(width) {
        Some(pixels) if pixels <= MOST_PIXELS => {
            if pixels <= most {
                Ok(size)
            } else {
                Err(PictureProblem::TooFewBytes(size, bytes))
            }
        }
        _ => Err(PictureProblem::TooManyPixels(size)),
    }
}

type PngDecoder<'a> = png::Decoder<Cursor<&'a [u8]>>;

fn png_decoder(bytes: &[u8]) -> PngDecoder<'_> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    decoder
}

fn png_size(decoder: &mut PngDecoder, bytes: usize) -> Result<Size, PictureProblem> {
    let info = decoder.read_header_info()?;
    let unpacked_bits = bytes.saturating_mul(MOST_UNPACKED).saturating_mul(8);
    let size = [info.height as usize, info.width as usize];
    checked(size, unpacked_bits / info.bits_per_pixel(), bytes)
}

fn decode_png(bytes: &[u8], alpha: Alpha) -> Result<Picture, PictureProblem> {
    let mut decoder = png_decoder(bytes);
    let size = png_size(&mut decoder, bytes.len())?;
    // Two rows of 8 bytes a pixel, and chunks such as a palette.
    let limit = (1 << 20) + 16 * size.width;
    decoder.set_limits(png::Limits { bytes: limit });
    let mut reader = decoder.read_info()?;
    let stored = reader.info();
    let is_palette = stored.color_type == ColorType::Indexed;
    // The decoder would panic at a palette that ends within a colour.
    if is_palette
        && stored
            .palette
            .as_ref()
            .is_none_or(|palette| palette.is_empty() || palette.len() % 3 != 0)
    {
        return Err(PictureProblem::Palette);
    }
    let has_alpha = stored.trns.is_some()
        || matches!(stored.color_type, ColorType::GrayscaleAlpha | ColorType::Rgba);
    let needed = reader.output_buffer_size().ok_or(PictureProblem::TooManyPixels(size))?;
    let mut buffer = vec![0; needed];
    let frame = reader.next_frame(&mut buffer)?;
    // The rest is read too: it holds the last checksums.
    reader.finish()?;
    if (frame.height as usize, frame.width as usize) != (size.height, size.width) {
        return Err(PictureProblem::SmallFrame);
    }
    let (values, colours) = match frame.color_type {
        ColorType::Grayscale => (1, 1),
        ColorType::GrayscaleAlpha => (2, 1),
        ColorType::Rgb => (3, 3),
        ColorType::Rgba => (4, 3),
        ColorType::Indexed => unreachable!("a palette is expanded to colours"),
    };
    if frame.bit_depth == BitDepth::Sixteen {
        buffer = buffer.chunks_exact(2).map(|pair| high_byte([pair[0], pair[1]])).collect();
    }
    if values != colours {
        if alpha == Alpha::OnWhite {
            buffer.chunks_exact_mut(values).for_each(lay_on_white);
        }
        buffer = buffer.chunks_exact(values).flat_map(|pixel| &pixel[..colours]).copied().collect();
    }
    Ok(picture(size, colours, buffer, has_alpha, is_palette || colours == 3))
}

/// The byte that is nearest to a value of 16 bits.
fn high_byte(value: [u8; 2]) -> u8 {
    ((u32::from(u16::from_be_bytes(value)) + 128) / 257) as u8
}

/// Blends the colours of a pixel with white, by the alpha that is its last value.
fn lay_on_white(pixel: &mut [u8]) {
    if let [colours @ .., alpha] = pixel {
        let opacity = u32::from(*alpha);
        for colour in colours {
            let sum = u32::from(*colour) * opacity + 255 * (255 - opacity);
            *colour = ((sum + 127) / 255) as u8;
        }
    }
}

/// The picture, with one channel if all colours are grey.
fn picture(
    size: Size,
    channels: usize,
    pixels: Vec<u8>,
    has_alpha: bool,
    is_stored_in_colour: bool,
) -> Picture {
    let is_grey = |pixel: &[u8]| pixel[0] == pixel[1] && pixel[1] == pixel[2];
    if channels == 3 && pixels.chunks_exact(3).all(is_grey) {
        let pixels = pixels.chunks_exact(3).map(|pixel| pixel[0]).collect();
        return Picture { size, channels: 1, pixels, is_stored_in_colour, has_alpha };
    }
    Picture { size, channels, pixels, is_stored_in_colour, has_alpha }
}

type Jpeg<'a> = JpegDecoder<Cursor<&'a [u8]>>;

fn jpeg_decoder(bytes: &[u8], is_strict: bool) -> Jpeg<'_> {
    let longest = usize::from(u16::MAX);
    let options = DecoderOptions::new_fast()
        .set_max_width(longest)
        .set_max_height(longest)
        .set_strict_mode(is_strict)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    JpegDecoder::new_with_options(Cursor::new(bytes), options)
}

fn jpeg_size(decoder: &mut Jpeg, bytes: usize) -> Result<Size, PictureProblem> {
    decoder.decode_headers().map_err(PictureProblem::Jpeg)?;
    let (width, height) = decoder.dimensions().ok_or(PictureProblem::NoEnd)?;
    checked([height, width], bytes.saturating_mul(MOST_JPEG_PIXELS), bytes)
}

fn decode_jpeg(bytes: &[u8]) -> Result<Picture, PictureProblem> {
    // A strict decoder reports a scan that breaks off. It also refuses needless bytes between two
    // headers, which are harmless.
    let decoded = decode_jpeg_with(jpeg_decoder(bytes, true), bytes.len());
    let is_harmless = |problem: &PictureProblem| matches!(problem, PictureProblem::Jpeg(DecodeErrors::FormatStatic(text)) if text.contains("Extra bytes"));
    let picture = match decoded {
        Err(problem) if is_harmless(&problem) => {
            decode_jpeg_with(jpeg_decoder(bytes, false), bytes.len())?
        }
        other => other?,
    };
    if has_jpeg_end(bytes) { Ok(picture) } else { Err(PictureProblem::NoEnd) }
}

/// Whether a JPEG stores cyan, magenta, yellow and black, as for printing.
pub(crate) fn has_four_inks(bytes: &[u8]) -> bool {
    let mut decoder = jpeg_decoder(bytes, false);
    content(bytes) == Content::Jpeg
        && decoder.decode_headers().is_ok()
        && matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK))
}

fn decode_jpeg_with(mut decoder: Jpeg, bytes: usize) -> Result<Picture, PictureProblem> {
    let size = jpeg_size(&mut decoder, bytes)?;
    let is_grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let channels = if is_grey { 1 } else { 3 };
    if is_grey {
        let options = decoder.options().jpeg_set_out_colorspace(ColorSpace::Luma);
        decoder.set_options(options);
    }
    let mut pixels = vec![0; size.height * size.width * channels];
    decoder.decode_into(&mut pixels).map_err(PictureProblem::Jpeg)?;
    Ok(picture(size, channels, pixels, false, !is_grey))
}

/// Whether the mark at a JPEG's end follows its first scan.
fn has_jpeg_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    // Segments have a mark of two bytes and their length, which counts itself.
    while let Some(&[0xff, mark, high, low]) = bytes.get(at..at + 4).and_then(<[u8]>::first_chunk) {
        match mark {
            0xff => at += 1,
            0xda => break,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
    bytes.get(at..).is_some_and(|rest| rest.windows(2).any(|pair| pair == [0xff, 0xd9]))
}

/// The size of a picture by its header, and its channels and pixels if it has at most `most` pixels.
pub(crate) fn for_hostile(bytes: &[u8], most: usize) -> Option<(Size, usize, Vec<u8>)> {
    let size = size(bytes).ok().filter(|size| size.height * size.width <= most)?;
    let picture = decode(bytes, Alpha::LeftOut).ok()?;
    assert_eq!(picture.size, size, "the header says the size");
    Some((size, picture.channels, picture.pixels))
}
