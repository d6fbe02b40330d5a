//! The layers of a study's networks, one by one.

use fitroom_report::document::Table;
use fitroom_report::view::{LayerRow, layer_table};
use fitroom_study::{ConvMethod, LayerSummary, NetworkPlan, Shape, StoredStudy, StudyError};

use crate::ImageFacts;

/// What stands before a layer for each block that it is in: spaces that HTML keeps.
const INDENTATION: &str = "\u{a0}\u{a0}";

/// The layers of a network on images of these facts: their outputs, parameters and multiply-adds,
/// with their total.
///
/// # Errors
/// A layer does not fit the output of the one before it.
pub fn layers(network: &NetworkPlan, images: ImageFacts) -> Result<Table, StudyError> {
    let architecture = network.architecture(images.shape, images.classes)?;
    let summary = architecture.summary();
    let last = summary.len() - 1;
    let row = |(index, layer): (usize, _)| {
        let LayerSummary { layer, depth, output, parameters, multiply_adds, method } = layer;
        let note = match method {
            Some(ConvMethod::Winograd) => " (Winograd)",
            Some(ConvMethod::Direct) => " (direct)",
            None if index == last => " (implied)",
            None => "",
        };
        LayerRow {
            layer: format!("{}{layer}{note}", INDENTATION.repeat(depth)),
            output: output.to_string(),
            parameters: parameters as u64,
            multiply_adds,
        }
    };
    let rows: Vec<LayerRow> = summary.into_iter().enumerate().map(row).collect();
    Ok(layer_table(&network.name, &rows))
}

/// The [`layers`] of a stored study's network, on the images that it was trained on. `None` if there
/// is no network of this index.
///
/// # Errors
/// A layer does not fit the output of the one before it.
pub fn stored_layers(stored: &StoredStudy, network: usize) -> Result<Option<Table>, StudyError> {
    let facts = &stored.dataset;
    let (channels, height, width) = (facts.channels, facts.height, facts.width);
    let shape = Shape::Image { channels, height, width };
    let images = ImageFacts { shape, classes: facts.classes.len() };
    stored.study.networks.get(network).map(|network| layers(network, images)).transpose()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use fitroom_study::{RunOptions, run_study};

    use super::*;
    use crate::test_data::{dataset, study};

    #[test]
    fn a_stored_network_has_the_layers_that_were_trained() {
        let dir = tempfile::tempdir().unwrap();
        let stop = AtomicBool::new(true);
        // The study stops at once, and is stored all the same.
        let _ = run_study(&study(), &dataset(), dir.path(), &RunOptions::new(1), &stop, &|_| {});
        let stored = StoredStudy::open(dir.path()).unwrap();
        let table = stored_layers(&stored, 0).unwrap().unwrap();
        assert_eq!(table.columns, ["layer", "output", "parameters", "multiply-adds"]);
        let numbers = |row: usize| {
            let cells = table.rows[row].cells.iter();
            cells.map(|cell| cell.text.clone()).collect::<Vec<_>>()
        };
        // 9 pixels to 4 units, and 4 units to 2 classes.
        assert_eq!(numbers(0), ["4", "40", "36"]);
        assert_eq!(numbers(2), ["2", "10", "8"]);
        assert_eq!(numbers(3), ["", "50", "44"]);
        assert_eq!(table.rows[2].header.words(), "dense 2 (implied)");
        assert!(stored_layers(&stored, 1).unwrap().is_none());
    }
}
