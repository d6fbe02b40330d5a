//! A drawing as PNG, in light colours on white, two pixels for each CSS pixel.

use thiserror::Error;
use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Shader, Stroke as SkiaStroke, StrokeDash, Transform,
};

use super::font::font;
use super::ink::Ink;
use super::scene::{Anchor, Dash, FILE_MARGIN, Mark, Scene};

/// Pixels for each CSS pixel.
const SCALE: f32 = 2.0;

/// Why a drawing became no PNG.
#[derive(Debug, Error)]
pub enum PngError {
    /// More than a picture can have.
    #[error("a plot of {width} × {height} pixels can't be drawn")]
    Size {
        /// Asked for.
        width: u32,
        /// Asked for.
        height: u32,
    },
    /// The encoder's own complaint.
    #[error(transparent)]
    Encoding(#[from] png::EncodingError),
}

/// The file's bytes.
///
/// # Errors
/// A drawing that is larger than pictures can be.
pub fn to_png(scene: &Scene) -> Result<Vec<u8>, PngError> {
    let pixels = |side: f64| ((side + 2.0 * FILE_MARGIN) as f32 * SCALE).ceil() as u32;
    let (width, height) = (pixels(scene.width), pixels(scene.height));
    let mut canvas = Pixmap::new(width, height).ok_or(PngError::Size { width, height })?;
    canvas.fill(color(Ink::Paper, 1.0));
    for mark in &scene.marks {
        draw(&mut canvas, mark);
    }
    // The paper is opaque and so is every pixel: alpha says nothing.
    let rgb: Vec<u8> = canvas.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: 5669, yppu: 5669, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(file)
}

fn color(ink: Ink, opacity: f64) -> Color {
    let [_, red, green, blue] = ink.light().to_be_bytes();
    Color::from_rgba8(red, green, blue, (opacity * 255.0).round() as u8)
}

fn draw(canvas: &mut Pixmap, mark: &Mark) {
    let paint = |ink, opacity| Paint { shader: Shader::SolidColor(color(ink, opacity)), ..Paint::default() };
    let margin = FILE_MARGIN as f32 * SCALE;
    let scale = Transform::from_row(SCALE, 0.0, 0.0, SCALE, margin, margin);
    match mark {
        Mark::Line { points, stroke } => {
            let dash = match stroke.dash {
                Dash::Solid => None,
                Dash::Dashed => StrokeDash::new(vec![5.0, 4.0], 0.0),
            };
            let pen = SkiaStroke { width: stroke.width as f32, line_join: LineJoin::Round, dash, ..Default::default() };
            if let Some(line) = polygon(points, false) {
                canvas.stroke_path(&line, &paint(stroke.ink, stroke.opacity), &pen, scale, None);
            }
        }
        Mark::Dot { at, radius, ink, opacity } => {
            if let Some(circle) = PathBuilder::from_circle(at.0 as f32, at.1 as f32, *radius as f32) {
                canvas.fill_path(&circle, &paint(*ink, *opacity), FillRule::Winding, scale, None);
            }
        }
        Mark::Diamond { at: (x, y), radius, ink } => {
            let corners = [(x - radius, *y), (*x, y - radius), (x + radius, *y), (*x, y + radius)];
            if let Some(diamond) = polygon(&corners, true) {
                let pen = SkiaStroke { width: 1.5, ..Default::default() };
                canvas.fill_path(&diamond, &paint(Ink::Paper, 1.0), FillRule::Winding, scale, None);
                canvas.stroke_path(&diamond, &paint(*ink, 1.0), &pen, scale, None);
            }
        }
        Mark::Text { at, anchor, size, bold, ink, text } => {
            let font = font(*bold);
            let before = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => 0.5,
                Anchor::End => 1.0,
            };
            if let Some(letters) = font.outline(text, *size, at.0 - before * font.width(text, *size), at.1) {
                canvas.fill_path(&letters, &paint(*ink, 1.0), FillRule::Winding, scale, None);
            }
        }
    }
}

fn polygon(points: &[(f64, f64)], close: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        if index == 0 {
            path.move_to(x as f32, y as f32);
        } else {
            path.line_to(x as f32, y as f32);
        }
    }
    if close {
        path.close();
    }
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::super::scene::Stroke;
    use super::*;

    /// Decodes a PNG: width, height, RGB bytes.
    fn decode(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    }

    #[test]
    fn marks_are_drawn_where_they_stand() {
        let mut scene = Scene::new(60.0, 40.0);
        scene.segment((0.0, 10.0), (60.0, 10.0), Stroke::solid(Ink::Train, 4.0));
        scene.label((30.0, 35.0), Anchor::Middle, Ink::Text, "MMM");
        let (width, height, pixels) = decode(&to_png(&scene).unwrap());
        assert_eq!((width, height), (184, 144));
        let at = |x: usize, y: usize| &pixels[(y * 184 + x) * 3..][..3];
        assert_eq!(at(92, 52), [0x00, 0x72, 0xb2]);
        assert_eq!(at(92, 62), [0xff, 0xff, 0xff]);
        let dark = |columns: std::ops::Range<usize>| {
            (84..102).any(|y| columns.clone().any(|x| at(x, y).iter().all(|&value| value < 80)))
        };
        assert!(dark(72..112) && !dark(0..52) && !dark(132..184));
    }

    #[test]
    fn a_drawing_that_is_too_large_is_an_error() {
        assert!(matches!(to_png(&Scene::new(1e12, 10.0)), Err(PngError::Size { width: u32::MAX, height: 84 })));
    }
}
