//! Reference curves: the losses and accuracies of somebody else's network, epoch by epoch. The
//! report draws them behind the curves of the network that names them.

use std::sync::Arc;

use fitroom_data::Source;

/// The curve that a network of a study names with
/// `reference = { curves = "FILE.csv", network = "3" }`.
///
/// It does not change a run: the run's id and outcome are the same without it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceCurve {
    /// The CSV file, relative to the study file. In a study's directory of results this is
    /// `reference/NAME.csv`.
    pub file: String,
    /// The network's name in that file.
    pub network: String,
    /// The data set that the curve was measured on. The curve says nothing about other images.
    pub dataset: Source,
    /// One point for each epoch that the file has of the network, epochs ascending. Shared by all
    /// networks that name the same curve.
    pub points: Arc<[ReferencePoint]>,
    /// The whole file, to be kept with the results.
    pub(crate) text: Arc<str>,
}

/// One epoch of a reference curve. Losses are means over images, and accuracies are fractions from
/// 0 to 1; `None` where the file has no value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReferencePoint {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Training loss as trained: with dropout on, and with the penalty.
    pub train_loss: Option<f64>,
    /// Training accuracy as trained.
    pub train_accuracy: Option<f64>,
    /// Loss on images held out of the training images.
    pub val_loss: Option<f64>,
    /// Accuracy on images held out of the training images.
    pub val_accuracy: Option<f64>,
    /// Loss on the test images. Papers often call these their validation images.
    pub test_loss: Option<f64>,
    /// Accuracy on the test images.
    pub test_accuracy: Option<f64>,
    /// How far the losses may be from the true ones, because they were read off a figure or
    /// rounded; 0 where the file does not say.
    pub loss_error: f64,
    /// How far the accuracies may be from the true ones; 0 where the file does not say.
    pub accuracy_error: f64,
}

impl ReferenceCurve {
    /// The file's name without its directories.
    pub fn file_name(&self) -> &str {
        self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file)
    }
}
