//! Random numbers for drawing, with a stream of its own for each image.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is used for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Label = 1,
    Image = 2,
}

pub(super) struct Random(ChaCha8Rng);

impl Random {
    pub(super) fn new(purpose: Purpose, stream: u64) -> Self {
        let mut key = *b"fitroom: drawn garments, v1  \0\0\0";
        key[31] = purpose as u8;
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Random(generator)
    }

    /// Uniform below `bound`. The bias, at most `bound` in 2^32, does not matter here.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// Uniform in `low..high`.
    pub(super) fn within(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32;
        low + (high - low) * unit
    }

    /// Nearly normal: the scaled sum of four uniform numbers. It is never further than 3.5 standard
    /// deviations from the mean.
    pub(super) fn normal(&mut self, mean: f32, deviation: f32) -> f32 {
        let sum: f32 = (0..4).map(|_| self.within(-1.0, 1.0)).sum();
        // Each has variance 1/3, so the sum's standard deviation is √(4/3) = 1 / 0.866.
        mean + deviation * sum * 0.866_025_4
    }

    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.within(0.0, 1.0) < probability
    }

    /// Four bytes for four pixels' noise.
    pub(super) fn bytes(&mut self) -> [u8; 4] {
        self.0.next_u32().to_le_bytes()
    }
}
