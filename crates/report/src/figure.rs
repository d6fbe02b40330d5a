//! A drawing with its file name and its description.

use crate::plot::Scene;

/// A drawing with its file name and its description.
pub struct Figure {
    /// File name without extension.
    pub slug: String,
    /// The description that screen readers read.
    pub label: String,
    /// The drawing.
    pub scene: Scene,
}

/// A name for the first measure, and `name-2` and so on for further ones.
pub fn numbered(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}-{}", index + 1) }
}

/// Width of every figure, and of the page.
pub const WIDTH: f64 = 1040.0;
