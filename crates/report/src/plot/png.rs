//! A drawing as PNG, in light colours on white. One CSS pixel is two by two pixels.

use thiserror::Error;
use tiny_skia::{
    Color as SkiaColor, FillRule, IntSize, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint,
    Rect, Shader, Stroke as SkiaStroke, StrokeDash, Transform,
};

use super::font::font;
use super::palette::Color;
use super::scene::{Anchor, Dash, FILE_MARGIN, Mark, Scene};

/// Side of a CSS pixel in pixels of the PNG.
const SCALE: f32 = 2.0;

/// Why a drawing can't become a PNG.
#[derive(Debug, Error)]
pub enum PngError {
    /// The drawing is too large.
    #[error("a plot of {width} × {height} pixels can't be drawn")]
    Size {
        /// Width of the drawing in pixels.
        width: u32,
        /// Height of the drawing in pixels.
        height: u32,
    },
    /// The PNG encoder failed.
    #[error(transparent)]
    Encoding(#[from] png::EncodingError),
}

/// The bytes of the PNG file.
///
/// # Errors
/// The drawing is too large, or the encoder fails.
pub fn to_png(scene: &Scene) -> Result<Vec<u8>, PngError> {
    let pixels = |side: f64| ((side + 2.0 * FILE_MARGIN) as f32 * SCALE).ceil() as u32;
    let (width, height) = (pixels(scene.width), pixels(scene.height));
    let mut canvas = Pixmap::new(width, height).ok_or(PngError::Size { width, height })?;
    canvas.fill(skia_color(Color::Paper, 1.0));
    for mark in &scene.marks {
        draw(&mut canvas, mark);
    }
    // Every pixel is opaque because the paper is, so the alpha channel is left out.
    let rgb: Vec<u8> =
        canvas.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: 5669,
        yppu: 5669,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(file)
}

fn skia_color(color: Color, opacity: f64) -> SkiaColor {
    let [_, red, green, blue] = color.light().to_be_bytes();
    SkiaColor::from_rgba8(red, green, blue, (opacity * 255.0).round() as u8)
}

fn draw(canvas: &mut Pixmap, mark: &Mark) {
    let paint = |color, opacity| Paint {
        shader: Shader::SolidColor(skia_color(color, opacity)),
        ..Paint::default()
    };
    let margin = FILE_MARGIN as f32 * SCALE;
    let scale = Transform::from_row(SCALE, 0.0, 0.0, SCALE, margin, margin);
    match mark {
        Mark::Line { points, stroke } => {
            let dash = match stroke.dash {
                Dash::Solid => None,
                Dash::Dashed => StrokeDash::new(vec![5.0, 4.0], 0.0),
            };
            let pen = SkiaStroke {
                width: stroke.width as f32,
                line_join: LineJoin::Round,
                dash,
                ..Default::default()
            };
            if let Some(line) = polygon(points, false) {
                canvas.stroke_path(&line, &paint(stroke.color, stroke.opacity), &pen, scale, None);
            }
        }
        Mark::Area { points, color, opacity } => {
            if let Some(area) = polygon(points, true) {
                canvas.fill_path(&area, &paint(*color, *opacity), FillRule::Winding, scale, None);
            }
        }
        Mark::Dot { at, radius, color, opacity } => {
            if let Some(circle) = PathBuilder::from_circle(at.0 as f32, at.1 as f32, *radius as f32)
            {
                canvas.fill_path(&circle, &paint(*color, *opacity), FillRule::Winding, scale, None);
            }
        }
        Mark::Diamond { at: (x, y), radius, color } => {
            let corners = [(x - radius, *y), (*x, y - radius), (x + radius, *y), (*x, y + radius)];
            if let Some(diamond) = polygon(&corners, true) {
                let pen = SkiaStroke { width: 1.5, ..Default::default() };
                canvas.fill_path(
                    &diamond,
                    &paint(Color::Paper, 1.0),
                    FillRule::Winding,
                    scale,
                    None,
                );
                canvas.stroke_path(&diamond, &paint(*color, 1.0), &pen, scale, None);
            }
        }
        Mark::Rectangle { at, size, color, opacity } => {
            let [x, y, width, height] = [at.0, at.1, size.0, size.1].map(|length| length as f32);
            if let Some(area) = Rect::from_xywh(x, y, width, height) {
                canvas.fill_rect(area, &paint(*color, *opacity), scale, None);
            }
        }
        Mark::Raster { at, size, raster } => {
            let (columns, rows) = (raster.width() as u32, raster.height() as u32);
            let bytes = raster
                .pixels()
                .iter()
                .flat_map(|[red, green, blue]| [*red, *green, *blue, u8::MAX])
                .collect();
            if let Some(pixels) =
                IntSize::from_wh(columns, rows).and_then(|size| Pixmap::from_vec(bytes, size))
            {
                // By default, `PixmapPaint` takes the nearest pixel, so edges stay sharp.
                let place = scale
                    .pre_translate(at.0 as f32, at.1 as f32)
                    .pre_scale(size.0 as f32 / columns as f32, size.1 as f32 / rows as f32);
                canvas.draw_pixmap(0, 0, pixels.as_ref(), &PixmapPaint::default(), place, None);
            }
        }
        Mark::Link { .. } => {}
        Mark::Text { at, anchor, size, bold, color, text } => {
            let font = font(*bold);
            let before = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => 0.5,
                Anchor::End => 1.0,
            };
            if let Some(letters) =
                font.outline(text, *size, at.0 - before * font.width(text, *size), at.1)
            {
                canvas.fill_path(&letters, &paint(*color, 1.0), FillRule::Winding, scale, None);
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
    use super::super::Raster;
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
        scene.segment((0.0, 10.0), (60.0, 10.0), Stroke::solid(Color::Train, 4.0));
        scene.label((30.0, 35.0), Anchor::Middle, Color::Text, "MMM");
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
    fn pictures_keep_their_pixels_and_rectangles_their_place() {
        let mut scene = Scene::new(60.0, 40.0);
        let raster = Raster::new(2, vec![[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]]);
        scene.marks.push(Mark::Raster { at: (10.0, 0.0), size: (40.0, 20.0), raster });
        scene.marks.push(Mark::Rectangle {
            at: (0.0, 30.0),
            size: (5.0, 10.0),
            color: Color::Train,
            opacity: 1.0,
        });
        let (_, _, pixels) = decode(&to_png(&scene).unwrap());
        let at = |x: f64, y: f64| {
            let [x, y] = [x, y].map(|side| ((side + 16.0) * 2.0) as usize);
            <[u8; 3]>::try_from(&pixels[(y * 184 + x) * 3..][..3]).unwrap()
        };
        assert_eq!([at(10.5, 0.5), at(29.5, 9.0)], [[255, 0, 0]; 2]);
        assert_eq!([at(30.5, 0.5), at(49.5, 9.0)], [[0, 255, 0]; 2]);
        assert_eq!([at(10.5, 10.5), at(30.5, 19.5)], [[0, 0, 255], [9, 8, 7]]);
        assert_eq!([at(9.0, 5.0), at(51.0, 5.0), at(20.0, 21.0)], [[255; 3]; 3]);
        assert_eq!([at(2.0, 35.0), at(6.0, 35.0)], [[0x00, 0x72, 0xb2], [255; 3]]);
    }

    #[test]
    fn a_drawing_that_is_too_large_is_an_error() {
        assert!(matches!(
            to_png(&Scene::new(1e12, 10.0)),
            Err(PngError::Size { width: u32::MAX, height: 84 })
        ));
    }
}
