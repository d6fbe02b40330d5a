//! The axes of a figure as a script needs them: which value stands at which pixel.

use serde::Serialize;

use crate::plot::{Axes, Scale};

/// The axes of a figure, in pixels of its view box.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ViewAxes {
    /// Width of the view box.
    pub width: f64,
    /// Height of the view box.
    pub height: f64,
    /// The horizontal axis.
    pub x: ViewAxis,
    /// The vertical axis.
    pub y: ViewAxis,
}

/// One axis. A linear axis has the value `low + (pixel − start) / (end − start) · (high − low)` at a
/// pixel, a logarithmic one `low · (high / low)^((pixel − start) / (end − start))`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ViewAxis {
    /// What the values are: `epoch`, `validation accuracy, %`.
    pub name: String,
    /// The pixel of `low`.
    pub start: f64,
    /// The pixel of `high`; smaller than `start` for an axis that points up.
    pub end: f64,
    /// The value at the start.
    pub low: f64,
    /// The value at the end.
    pub high: f64,
    /// Whether equal ratios are equally long.
    pub is_logarithmic: bool,
}

impl ViewAxis {
    /// The axis of a plot.
    pub(super) fn new(name: &str, scale: Scale) -> Self {
        let Scale { low, high, start, end, is_logarithmic } = scale;
        ViewAxis { name: name.to_owned(), start, end, low, high, is_logarithmic }
    }
}

impl ViewAxes {
    /// The axes of a plot, with their names.
    pub(super) fn new((width, height): (f64, f64), axes: Axes, [x, y]: [&str; 2]) -> Self {
        ViewAxes { width, height, x: ViewAxis::new(x, axes.x), y: ViewAxis::new(y, axes.y) }
    }
}
