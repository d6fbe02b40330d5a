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

/// Width of every figure, and of the page.
pub const WIDTH: f64 = 1040.0;
