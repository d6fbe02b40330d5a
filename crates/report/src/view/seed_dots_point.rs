//! The points of two networks seed by seed, and the axes that they stand on.

use serde::Serialize;

use super::axes::ViewAxis;
use crate::comparison::Comparison;
use crate::number::capitalised;

/// The scores of one seed, or of one unpaired run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SeedPoint {
    /// The seed; `None` for an unpaired run.
    pub seed: Option<u64>,
    /// The network's score; `None` for an unpaired run of the baseline.
    pub network: Option<f64>,
    /// The baseline's score; `None` for an unpaired run of the network.
    pub baseline: Option<f64>,
    /// The network's score minus the baseline's; `None` for an unpaired run.
    pub difference: Option<f64>,
    /// The pixel of its row; `None` if it is not drawn.
    pub y: Option<f64>,
}

/// The axes of the figure, in pixels of its view box.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeedDotsAxes {
    /// Width of the view box.
    pub width: f64,
    /// Height of the view box.
    pub height: f64,
    /// The horizontal axis of scores, on the left.
    pub scores: ViewAxis,
    /// The horizontal axis of differences, on the right.
    pub differences: ViewAxis,
    /// The differences up to which networks are equivalent; `None` without a margin.
    pub margin: Option<(f64, f64)>,
    /// The row of the mean difference.
    pub mean_y: f64,
}

/// The measure's name at the beginning of a title. A name from a log stays as it is.
pub fn measure_name(comparison: &Comparison) -> String {
    let name = &comparison.measure.name;
    if comparison.judged_on.is_some() { capitalised(name) } else { name.clone() }
}
