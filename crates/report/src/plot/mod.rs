//! Plots: drawings made of a few kinds of marks, which are written as SVG and as PNG.

mod font;
mod palette;
mod panel;
mod png;
mod raster;
mod scale;
mod scene;
mod svg;

pub use font::{cut, text_width};
pub use palette::{Color, stylesheet};
pub use panel::{Axes, Band, Curve, Frame, Horizontal, Panel, legend};
pub use raster::{Raster, diverging};
pub use scale::{Scale, core_range};
pub use scene::{Anchor, Dash, Mark, Scene, Stroke};

pub use self::png::{PngError, to_png};
pub use svg::{embedded, standalone};
