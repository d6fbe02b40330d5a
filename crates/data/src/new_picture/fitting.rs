//! Cuts a picture out, changes its brightness, and puts it in the middle of an image.

use super::model_images::{Background, ModelImages, border};
use crate::Size;
use crate::resize::Scaler;

/// The median of some values; 0 if there are none.
pub(super) fn median(values: impl Iterator<Item = u8>) -> u8 {
    let mut counts = [0usize; 256];
    values.for_each(|value| counts[usize::from(value)] += 1);
    let half = counts.iter().sum::<usize>().div_ceil(2);
    let mut below = 0;
    let reaches_half = |count: &usize| {
        below += count;
        below >= half
    };
    counts.iter().position(reaches_half).unwrap_or(0) as u8
}

/// The colour of the paper: the median of each channel on the border.
pub(super) fn papers(pixels: &[u8], size: Size, channels: usize) -> Vec<u8> {
    let plane = |channel: usize| -> Vec<u8> {
        pixels.iter().skip(channel).step_by(channels).copied().collect()
    };
    (0..channels).map(|channel| median(border(&plane(channel), size))).collect()
}

/// What becomes of each value of a channel whose paper has the value `paper`. On a plain background,
/// the paper becomes black or white, whichever is nearer to the background, and the other end of the
/// range stays.
pub(super) fn change(paper: u8, inverted: bool, background: Option<Background>) -> [u8; 256] {
    let invert = |value: u8| if inverted { 255 - value } else { value };
    let paper = u32::from(invert(paper));
    let levelled = |value: u32| match background {
        Some(Background::Black) if paper < 128 => value.saturating_sub(paper) * 255 / (255 - paper),
        Some(Background::White) if paper >= 128 => (value * 255 / paper).min(255),
        Some(Background::Black | Background::White) | None => value,
    };
    std::array::from_fn(|value| levelled(u32::from(invert(value as u8))) as u8)
}

/// The rows and columns at `place` (first row, first column, rows, columns), with the values of each
/// channel changed.
pub(super) fn cut(
    pixels: &[u8],
    size: Size,
    [top, left, height, width]: [usize; 4],
    changes: &[[u8; 256]],
) -> Vec<u8> {
    let channels = changes.len();
    let mut cut = Vec::with_capacity(height * width * channels);
    for row in pixels.chunks_exact(size.width * channels).skip(top).take(height) {
        let row = &row[left * channels..][..width * channels];
        let changes = changes.iter().cycle();
        cut.extend(row.iter().zip(changes).map(|(&value, change)| change[usize::from(value)]));
    }
    cut
}

/// The picture in the middle of an image, on `padding`. It takes the share `extent` of the image in the
/// direction in which it is longer.
pub(super) fn placed(
    picture: &[u8],
    from: Size,
    wanted: &ModelImages,
    extent: f64,
    padding: &[u8],
) -> Vec<u8> {
    let ModelImages { height, width, channels, .. } = *wanted;
    let share = |of: usize, by: usize| extent * of as f64 / by as f64;
    let scale = share(height, from.height).min(share(width, from.width));
    let side = |side: usize, most: usize| ((side as f64 * scale).round() as usize).clamp(1, most);
    let to = Size { height: side(from.height, height), width: side(from.width, width) };
    let mut scaled = vec![0; to.height * to.width * channels];
    Scaler::default().scale(picture, from, &mut scaled, to, channels);
    let mut image = padding.repeat(height * width);
    let (top, left) = ((height - to.height) / 2, (width - to.width) / 2);
    for (row, values) in scaled.chunks_exact(to.width * channels).enumerate() {
        image[((top + row) * width + left) * channels..][..values.len()].copy_from_slice(values);
    }
    image
}
