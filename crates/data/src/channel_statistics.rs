//! The mean and the standard deviation of each channel of some images.

use rayon::prelude::*;

use crate::LabelledImages;

/// The mean and the standard deviation of a channel, of bytes divided by 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelStatistics {
    /// The mean, from 0 to 1.
    pub mean: f64,
    /// The standard deviation of all values (not corrected for a sample), as NumPy's `std`.
    pub std: f64,
}

impl LabelledImages {
    /// The statistics of each channel over the images at `indices`, in the order of the channels.
    /// An image has `len` bytes, which are `channels` to a pixel. Sums are of whole numbers, so the
    /// order of images does not matter.
    ///
    /// # Panics
    /// If an index is out of bounds.
    pub fn channel_statistics(
        &self,
        indices: &[u32],
        len: usize,
        channels: usize,
    ) -> Vec<ChannelStatistics> {
        /// Pixels of a channel by their value.
        type Counts = Vec<[u64; 256]>;
        let nothing = || -> Counts { vec![[0; 256]; channels] };
        let count = |mut counts: Counts, &index: &u32| {
            for pixel in self.images[index as usize * len..][..len].chunks_exact(channels) {
                for (counts, &value) in counts.iter_mut().zip(pixel) {
                    counts[usize::from(value)] += 1;
                }
            }
            counts
        };
        let add = |mut a: Counts, b: Counts| {
            for (a, b) in a.iter_mut().flatten().zip(b.iter().flatten()) {
                *a += b;
            }
            a
        };
        let counts = indices.par_iter().fold(nothing, count).reduce(nothing, add);
        counts.iter().map(statistics).collect()
    }
}

fn statistics(counts: &[u64; 256]) -> ChannelStatistics {
    let sum = |power: u32| -> u128 {
        (0u128..).zip(counts).map(|(value, &count)| value.pow(power) * u128::from(count)).sum()
    };
    let (count, sum, squares) = (sum(0).max(1), sum(1), sum(2));
    // n Σx² − (Σx)² is exact, so a channel of equal values has a deviation of 0.
    let variance = (count * squares - sum * sum) as f64 / (count as f64 * count as f64);
    ChannelStatistics { mean: sum as f64 / count as f64 / 255.0, std: variance.sqrt() / 255.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_statistics() {
        // Three images of 1x2 pixels in two channels. The third is left out.
        let images = vec![0, 7, 255, 7, 0, 7, 255, 7, 9, 9, 9, 9];
        let images = LabelledImages { images: images.into(), labels: vec![0; 3] };
        let found = images.channel_statistics(&[1, 0], 4, 2);
        assert_eq!(found[0], ChannelStatistics { mean: 0.5, std: 0.5 });
        assert_eq!(found[1], ChannelStatistics { mean: 7.0 / 255.0, std: 0.0 });
        let nothing = images.channel_statistics(&[], 4, 2);
        assert_eq!(nothing, [ChannelStatistics { mean: 0.0, std: 0.0 }; 2]);
    }

    #[test]
    fn many_images_have_the_statistics_of_a_plain_sum() {
        let images: Vec<u8> = (0..5000 * 3u32).map(|at| (at * at % 251) as u8).collect();
        let values: Vec<f64> = images.iter().map(|&byte| f64::from(byte) / 255.0).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64;
        let images = LabelledImages { images: images.into(), labels: vec![0; 5000] };
        let indices: Vec<u32> = (0..5000).collect();
        let found = images.channel_statistics(&indices, 3, 1)[0];
        assert!((found.mean - mean).abs() < 1e-12 && (found.std - variance.sqrt()).abs() < 1e-12);
    }
}
