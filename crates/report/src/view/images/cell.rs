//! The test images of one cell of a confusion matrix.

use fitroom_results::{Prediction, Results};

use crate::error::{ReportError, check_index};
use crate::inspection::SeedPredictions;

/// The test images of one class that a network takes for another class, or classifies correctly.
#[derive(Clone, Debug, PartialEq)]
pub struct CellImages {
    /// The images, at most as many as were asked for. Mistakes begin with the highest confidence.
    /// Right answers begin with the lowest, because the images that a network is hardly sure of say
    /// more than those that it knows.
    pub images: Vec<CellImage>,
    /// How many images at least one seed puts into this cell.
    pub total: usize,
    /// How many seeds have predictions.
    pub seeds: usize,
    /// Seeds of finished runs without predictions.
    pub unpredicted: Vec<u64>,
}

/// A test image that at least one seed puts into the cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellImage {
    /// Position among the test images, from 0.
    pub image: usize,
    /// How many seeds predict the cell's class.
    pub seeds: usize,
    /// Mean over all seeds of the confidence in the cell's predicted class, 0 to 1. A seed that
    /// predicts another class counts as 0, and so does a confidence that overflowed.
    pub confidence: f64,
}

/// The test images of class `label` that at least one finished seed of the network predicts to be
/// `predicted`, at most `most`. Among images of equal confidence, the earlier one comes first.
///
/// # Errors
/// There is no such network or class, or a file of predictions can't be read or is damaged.
pub fn cell_images(
    results: &Results,
    network: usize,
    label: usize,
    predicted: usize,
    most: usize,
) -> Result<CellImages, ReportError> {
    let classes = results.dataset.classes.len();
    check_index("label", label, classes)?;
    check_index("predicted", predicted, classes)?;
    let read = SeedPredictions::read(results, network, None)?;
    let mut images = in_cell(&read.predictions, label, predicted);
    let total = images.len();
    images.truncate(most);
    Ok(CellImages { images, total, seeds: read.seeds.len(), unpredicted: read.unpredicted })
}

/// All images of a cell in their order. `seeds` holds each seed's predictions for the same images.
fn in_cell(seeds: &[Vec<Prediction>], label: usize, predicted: usize) -> Vec<CellImage> {
    let cell_image = |image: usize| {
        let answers = seeds.iter().map(|seed| seed[image]);
        let in_cell = |answer: &Prediction| {
            (usize::from(answer.label), usize::from(answer.predicted)) == (label, predicted)
        };
        let confidences: Vec<f64> =
            answers.filter(in_cell).map(|answer| f64::from(answer.confidence).max(0.0)).collect();
        let confidence = confidences.iter().sum::<f64>() / seeds.len() as f64;
        (!confidences.is_empty()).then_some(CellImage {
            image,
            seeds: confidences.len(),
            confidence,
        })
    };
    let mut images: Vec<CellImage> =
        (0..seeds.first().map_or(0, Vec::len)).filter_map(cell_image).collect();
    // The sort is stable.
    images.sort_by(|a, b| match label == predicted {
        true => a.confidence.total_cmp(&b.confidence),
        false => b.confidence.total_cmp(&a.confidence),
    });
    images
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    fn seed(rows: &[(u8, u8, f32)]) -> Vec<Prediction> {
        let row = |&(label, predicted, confidence): &_| Prediction {
            label,
            predicted,
            confidence,
            label_probability: 0.0,
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn mistakes_begin_with_the_surest_and_right_answers_with_the_least_sure() {
        let seeds = [
            seed(&[(0, 1, 0.5), (0, 1, 0.75), (0, 0, 1.0), (0, 0, 0.75), (1, 1, 0.5)]),
            seed(&[(0, 1, 0.5), (0, 2, 0.9), (0, 0, 0.5), (0, 1, f32::NAN), (1, 0, 0.5)]),
        ];
        let found = |label, predicted| {
            let images = in_cell(&seeds, label, predicted);
            images.iter().map(|at| (at.image, at.seeds, at.confidence)).collect::<Vec<_>>()
        };
        assert_eq!(found(0, 1), [(0, 2, 0.5), (1, 1, 0.375), (3, 1, 0.0)]);
        assert_eq!(found(0, 0), [(3, 1, 0.375), (2, 2, 0.75)]);
        assert_eq!(found(1, 2), []);
        assert_eq!(in_cell(&[], 0, 0), []);
    }

    #[test]
    fn what_does_not_exist_is_refused_and_no_predictions_are_no_images() {
        let results = Fixture::new(2).with(Plan::new("a")).results();
        let refused =
            |network, label, predicted| match cell_images(&results, network, label, predicted, 5) {
                Err(ReportError::OutOfRange { parameter, given, count }) => {
                    (parameter, given, count)
                }
                other => panic!("{other:?}"),
            };
        assert_eq!(refused(1, 0, 0), ("network", 1, 1));
        assert_eq!(refused(0, 10, 0), ("label", 10, 10));
        assert_eq!(refused(0, 0, 11), ("predicted", 11, 10));
        let nothing = cell_images(&results, 0, 1, 2, 5).unwrap();
        assert_eq!((nothing.total, nothing.seeds, &nothing.unpredicted[..]), (0, 0, &[1, 2][..]));
    }
}
