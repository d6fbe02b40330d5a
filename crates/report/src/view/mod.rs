//! Figures of an interactive page: each is made from a [`Summary`](crate::Summary) and from what a
//! reader picked, with the same numbers as a table and as values that a script can read.

mod axes;
mod compare;
mod confusion;
mod curve_figure;
mod curve_network;
mod curve_request;
mod curve_table;
mod curve_window;
mod curves;
mod data;
mod error;
mod images;
mod layers;
mod mean_curve;
mod measure;
mod parallel;
mod seed_dots;
mod seed_dots_figure;
mod seed_dots_point;
mod seed_dots_table;
mod smoothing;
mod style;

pub use axes::{ViewAxes, ViewAxis};
pub use compare::{ComparedPair, compare};
pub use confusion::{confused_pairs, confusion, confusion_table};
pub use curve_network::{CurveNetwork, CurvePoint, LastValue, SeedCurve};
pub use curve_request::{CurveRequest, Lines};
pub use curve_table::CURVE_COLUMNS;
pub use curves::{CurveView, CurvesCsvError, curves, curves_csv};
pub use data::{ClassView, DataView, data};
pub use error::{RangeProblem, ViewError};
pub use images::{
    CellImage, CellImages, DatasetPart, Disagreement, Disagreements, OneRight, cell_images,
    disagreements, picture_png, picture_uri,
};
pub use layers::{LayerRow, layer_table, settings, weight_table};
pub use measure::{CurveChoice, CurveMeasure, curve_measures};
pub use parallel::{ParallelLine, ParallelView, ScoreAxis, SettingAxis, parallel};
pub use seed_dots::{MeanDifference, SeedDots, Side, seed_dots};
pub use seed_dots_point::{SeedDotsAxes, SeedPoint};
pub use style::{dark_rules, light_rules};
