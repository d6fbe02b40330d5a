//! A drawing with its file name and its description.

use crate::plot::{PngError, Scene, embedded, standalone, to_png};

/// A drawing with its file name and its description.
pub struct Figure {
    /// File name without extension.
    pub slug: String,
    /// The description that screen readers read.
    pub label: String,
    /// The drawing.
    pub scene: Scene,
}

impl Figure {
    /// An SVG element for a page that has the rules of [`view::light_rules`](crate::view::light_rules)
    /// or [`view::dark_rules`](crate::view::dark_rules).
    pub fn svg(&self) -> String {
        embedded(&self.scene, &self.label)
    }

    /// A whole SVG file, in light colours on white.
    pub fn svg_file(&self) -> String {
        standalone(&self.scene, &self.label)
    }

    /// A PNG file, in light colours on white.
    ///
    /// # Errors
    /// The picture is too large.
    pub fn png_file(&self) -> Result<Vec<u8>, PngError> {
        to_png(&self.scene)
    }
}

/// A name for the first measure, and `name-2` and so on for further ones.
pub fn numbered(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}-{}", index + 1) }
}

/// Width of every figure, and of the page.
pub const WIDTH: f64 = 1040.0;
