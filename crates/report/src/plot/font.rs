//! The plots' font, Noto Sans. It is compiled in, so that plots do not depend on a machine's fonts.

use std::sync::LazyLock;

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::scene::TEXT_SIZE;

/// Noto Sans in one weight.
pub struct Font(Face<'static>);

/// Noto Sans, regular or bold.
pub fn font(bold: bool) -> &'static Font {
    static FONTS: LazyLock<[Font; 2]> = LazyLock::new(|| {
        [notosans::REGULAR_TTF, notosans::BOLD_TTF]
            .map(|data| Font(Face::parse(data, 0).expect("the font that is compiled in is a font")))
    });
    &FONTS[usize::from(bold)]
}

/// The width of a text in the plots' usual size.
pub fn text_width(text: &str) -> f64 {
    font(false).width(text, TEXT_SIZE)
}

impl Font {
    /// The width of a text at a font size.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().map(|letter| self.advance(self.glyph(letter), size)).sum()
    }

    /// The outline of a text that starts at (x, y) on its baseline; `None` for invisible text.
    pub fn outline(&self, text: &str, size: f64, x: f64, y: f64) -> Option<Path> {
        let mut pen = Pen { path: PathBuilder::new(), x, y, scale: self.scale(size) };
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            self.0.outline_glyph(glyph, &mut pen);
            pen.x += self.advance(glyph, size);
        }
        pen.path.finish()
    }

    /// The letter's glyph. A letter that the font lacks is drawn as a box.
    fn glyph(&self, letter: char) -> GlyphId {
        self.0.glyph_index(letter).unwrap_or(GlyphId(0))
    }

    fn advance(&self, glyph: GlyphId, size: f64) -> f64 {
        f64::from(self.0.glyph_hor_advance(glyph).unwrap_or(0)) * self.scale(size)
    }

    fn scale(&self, size: f64) -> f64 {
        size / f64::from(self.0.units_per_em())
    }
}

/// Draws glyphs into a path. A glyph's y points up, and the path's y points down.
struct Pen {
    path: PathBuilder,
    x: f64,
    y: f64,
    scale: f64,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        ((self.x + f64::from(x) * self.scale) as f32, (self.y - f64::from(y) * self.scale) as f32)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) =
            (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// The beginning of a text that is no wider than `width`.
pub fn cut(text: &str, width: f64) -> String {
    const ELLIPSIS: f64 = 12.0;
    if text_width(text) <= width {
        return text.to_owned();
    }
    let mut letters: Vec<char> = text.chars().collect();
    while !letters.is_empty() && text_width(&letters.iter().collect::<String>()) > width - ELLIPSIS
    {
        letters.pop();
    }
    letters.into_iter().chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up_and_scale() {
        let font = font(false);
        let width = font.width("Accuracy", 12.0);
        assert!((40.0..70.0).contains(&width), "{width}");
        assert!((font.width("AccuracyAccuracy", 12.0) - 2.0 * width).abs() < 1e-9);
        assert!((font.width("Accuracy", 24.0) - 2.0 * width).abs() < 1e-9);
    }

    #[test]
    fn outlines_stand_on_their_baseline() {
        let bounds = font(true).outline("H", 100.0, 10.0, 200.0).unwrap().bounds();
        assert!((bounds.bottom() - 200.0).abs() < 0.1, "{bounds:?}");
        assert!((60.0..80.0).contains(&bounds.height()) && bounds.left() > 10.0, "{bounds:?}");
        assert!(font(true).outline(" ", 100.0, 0.0, 0.0).is_none());
    }
}
