//! The figures of a single run, for programs that show runs and not networks.

use fitroom_results::{Results, Run};

use crate::ReportError;
use crate::class_figures::confusion_figure;
use crate::figure::Figure;
use crate::inspection::NetworkInspection;
use crate::summary::{NetworkSummary, Slugs};
use crate::weight_figure::weight_figure;

/// The figures of a single run, drawn as the report draws those of a network.
#[derive(Default)]
pub struct RunFigures {
    /// The confusion matrix on the test images, at the epoch whose weights are kept. `None` if the run has
    /// no predictions, or if there are too many classes for a figure.
    pub confusion: Option<Figure>,
    /// The weights of the first layer as images, after the last epoch. `None` if the run has no weights, or
    /// if its first layer does not get the image itself.
    pub first_layer: Option<Figure>,
}

impl RunFigures {
    /// Reads the predictions and weights of a run, and draws them.
    ///
    /// # Errors
    /// There is no such network, or a file can't be read or is damaged.
    pub fn read(results: &Results, run: &Run) -> Result<Self, ReportError> {
        let inspection = NetworkInspection::read_run(results, run)?;
        let network = NetworkSummary::new(results, run.network, &mut Slugs::default());
        let classes = &results.dataset.classes;
        let confusion = inspection.confusion.as_ref();
        let first_layer = inspection.weights.as_ref().and_then(|weights| weights.first.as_ref());
        Ok(RunFigures {
            confusion: confusion.and_then(|confusion| {
                confusion_figure((&network).into(), classes, confusion, &|_, _| None)
            }),
            first_layer: first_layer.map(|first| weight_figure(&network, first)),
        })
    }
}
