//! Random numbers that do not depend on what ran before. There is a ChaCha8 key for each seed,
//! purpose and user, such as a layer, and a stream for each step.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What random numbers are for. The values of the variants are part of what a seed means: they must
/// never change.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    InitialWeights = 101,
    Dropout = 102,
    Augmentation = 103,
}

/// A generator for one purpose of one seed. `index` is the user of the purpose, such as a layer or
/// a tensor, and `stream` the turn of that user, such as a step.
pub(crate) fn generator(seed: u64, purpose: Purpose, index: u32, stream: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = purpose as u8;
    key[12..16].copy_from_slice(&index.to_le_bytes());
    let mut generator = ChaCha8Rng::from_seed(key);
    generator.set_stream(stream);
    generator
}

/// Fills `values` uniformly in ±`bound`, in steps of bound / 2²³.
pub(crate) fn fill_uniform(values: &mut [f32], bound: f32, generator: &mut ChaCha8Rng) {
    for value in values {
        *value = ((generator.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0) * bound;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64, purpose: Purpose, index: u32, stream: u64) -> Vec<f32> {
        let mut values = vec![0.0; 4096];
        fill_uniform(&mut values, 2.0, &mut generator(seed, purpose, index, stream));
        values
    }

    #[test]
    fn every_argument_makes_a_stream_of_its_own() {
        let first = draw(1, Purpose::Dropout, 0, 0);
        assert_eq!(first, draw(1, Purpose::Dropout, 0, 0));
        for other in [
            draw(2, Purpose::Dropout, 0, 0),
            draw(1, Purpose::InitialWeights, 0, 0),
            draw(1, Purpose::Dropout, 1, 0),
            draw(1, Purpose::Dropout, 0, 1),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn uniform_has_its_bounds_mean_and_variance() {
        let values = draw(3, Purpose::InitialWeights, 0, 0);
        assert!(values.iter().all(|x| (-2.0..2.0).contains(x)));
        let mean = values.iter().sum::<f32>() / 4096.0;
        let variance = values.iter().map(|x| x * x).sum::<f32>() / 4096.0;
        // Uniform in ±2: variance 4/3; five standard errors.
        assert!(mean.abs() < 5.0 * (4.0f32 / 3.0 / 4096.0).sqrt(), "{mean}");
        assert!((variance - 4.0 / 3.0).abs() < 0.1, "{variance}");
    }
}
