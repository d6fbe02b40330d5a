//! How images are normalised, by the images that a run trains on.

use fitroom_data::{ChannelStatistics, Dataset};
use fitroom_nn::ChannelNorm;

use crate::Normalise;

/// The mean and the standard deviation of each channel over the training images at `trained_on`, so
/// that nothing is known of images that are held out. `None` if images are not normalised.
pub(crate) fn channel_norms(
    normalise: Normalise,
    dataset: &Dataset,
    trained_on: &[u32],
) -> Option<Vec<ChannelNorm>> {
    match normalise {
        Normalise::Unit => None,
        Normalise::MeanStd => {
            let Dataset { train, height, width, channels, .. } = dataset;
            let statistics =
                train.channel_statistics(trained_on, height * width * channels, *channels);
            let norm = |&ChannelStatistics { mean, std }: &ChannelStatistics| ChannelNorm {
                mean: mean as f32,
                std: std as f32,
            };
            Some(statistics.iter().map(norm).collect())
        }
    }
}
