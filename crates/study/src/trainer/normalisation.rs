//! Makes a network normalise its images as the training settings say.

use fitroom_data::{ChannelStatistics, Dataset};
use fitroom_nn::{ChannelNorm, Network};

use crate::Normalise;

/// Makes `network` normalise images as `normalise` says: by the training images at `trained_on`, so
/// that nothing is known of images that are held out.
pub(crate) fn normalise(
    network: &mut Network,
    normalise: Normalise,
    dataset: &Dataset,
    trained_on: &[u32],
) {
    match normalise {
        Normalise::Unit => {}
        Normalise::MeanStd => {
            let Dataset { train, height, width, channels, .. } = dataset;
            let statistics =
                train.channel_statistics(trained_on, height * width * channels, *channels);
            let norm = |&ChannelStatistics { mean, std }: &ChannelStatistics| ChannelNorm {
                mean: mean as f32,
                std: std as f32,
            };
            network.normalise(&statistics.iter().map(norm).collect::<Vec<_>>());
        }
    }
}
