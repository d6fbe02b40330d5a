//! Plots: drawings made of a few kinds of marks, which are written as SVG and as PNG.

mod clip;
mod font;
mod horizontal;
mod palette;
mod panel;
mod png;
mod raster;
mod scale;
mod scene;
mod svg;

pub use font::{cut, text_width};
pub use horizontal::Horizontal;
pub use palette::{Color, LEVELS, SERIES, level_stylesheet, stylesheet};
pub use panel::{Axes, Band, Curve, Frame, Panel, beyond_words, legend, nothing_to_show};
pub use raster::{Raster, diverging};
pub use scale::{Scale, core_range, core_range_of_positive};
pub use scene::{Anchor, Dash, Mark, Scene, Stroke};

pub use self::png::{PngError, to_png};
pub use svg::{embedded, standalone};
