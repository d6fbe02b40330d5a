//! Parts of an interactive page: each is made from results and from what a reader picked.

mod confusion;
mod data;
mod images;
mod layers;

pub use confusion::{confused_pairs, confusion, confusion_table};
pub use data::{ClassView, DataView, data};
pub use images::{
    CellImage, CellImages, DatasetPart, Disagreement, Disagreements, OneRight, cell_images,
    disagreements, picture_png,
};
pub use layers::{LayerRow, layer_table, settings, weight_table};
