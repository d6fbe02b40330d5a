//! Two kernels that measure a machine's peak: chains of multiply-adds in registers, and a triad
//! over memory. Their amount of work is known, so the caller only needs a clock.

use pulp::{Simd, WithSimd};

use super::{ARCH, vectorized};

/// What [`multiply_add_chains`] has done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chains {
    /// Multiplications and additions.
    pub operations: u64,
    /// The sum of all chains. It exists so that the compiler can't leave the work out.
    pub sum: f32,
}

/// Computes s ← factor · s + term `rounds` times for each of many independent chains, which start
/// at 0, 1, …, 6, 0, 1, ….
///
/// Each lane of a vector is a chain. All vectors stay in registers: 24 of the 32 of AVX-512 and
/// NEON, 12 of the 16 of AVX2. 10 would be enough, because a fused multiply-add takes 4 or 5 cycles
/// and two of them begin in each cycle. If |factor| < 1, a chain tends to term / (1 − factor), and
/// no number of rounds overflows.
pub fn multiply_add_chains(rounds: u64, factor: f32, term: f32) -> Chains {
    ARCH.dispatch(Dispatch { rounds, factor, term })
}

/// to\[i\] = x\[i\] + factor · y\[i\]: the triad of the STREAM benchmark. It reads or writes 12
/// bytes for each i. As in STREAM, this does not count that the processor also reads the cache
/// lines of `to` before it overwrites them.
///
/// # Panics
/// If the lengths differ.
pub fn triad(to: &mut [f32], x: &[f32], y: &[f32], factor: f32) {
    assert!(
        to.len() == x.len() && to.len() == y.len(),
        "lengths {}, {}, {}",
        to.len(),
        x.len(),
        y.len()
    );
    vectorized(|| {
        for ((to, &x), &y) in to.iter_mut().zip(x).zip(y) {
            *to = x + factor * y;
        }
    });
}

struct Dispatch {
    rounds: u64,
    factor: f32,
    term: f32,
}

impl WithSimd for Dispatch {
    type Output = Chains;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Chains {
        if S::REGISTER_COUNT >= 32 {
            self.chains::<S, 24>(simd)
        } else {
            self.chains::<S, 12>(simd)
        }
    }
}

impl Dispatch {
    #[inline(always)]
    fn chains<S: Simd, const VECTORS: usize>(self, simd: S) -> Chains {
        let count = VECTORS * S::F32_LANES;
        let start: [f32; MOST_CHAINS] = std::array::from_fn(start);
        let (vectors, _) = S::as_simd_f32s(&start[..count]);
        let mut sums: [S::f32s; VECTORS] = std::array::from_fn(|vector| vectors[vector]);
        let (factor, term) = (simd.splat_f32s(self.factor), simd.splat_f32s(self.term));
        for _ in 0..self.rounds {
            for sum in &mut sums {
                *sum = simd.mul_add_e_f32s(factor, *sum, term);
            }
        }
        let sum = sums.into_iter().map(|sum| simd.reduce_sum_f32s(sum)).sum();
        Chains { operations: 2 * count as u64 * self.rounds, sum }
    }
}

/// 24 vectors of 16 lanes.
const MOST_CHAINS: usize = 24 * 16;

/// The first value of a chain.
fn start(chain: usize) -> f32 {
    (chain % 7) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With these numbers every step and every sum is exact, with fused multiply-adds or without.
    #[test]
    fn each_chain_is_computed() {
        for rounds in [0, 1, 2, 3, 10] {
            for (factor, term) in [(0.5, 1.0), (-1.0, 3.0), (2.0, -1.0)] {
                let chains = multiply_add_chains(rounds, factor, term);
                let count = (multiply_add_chains(1, factor, term).operations / 2) as usize;
                let naive = |chain| (0..rounds).fold(start(chain), |sum, _| factor * sum + term);
                let expected = Chains {
                    operations: 2 * count as u64 * rounds,
                    sum: (0..count).map(naive).sum(),
                };
                assert_eq!(chains, expected, "{rounds} rounds of s ← {factor} · s + {term}");
                assert!(count >= 12);
            }
        }
    }

    #[test]
    fn many_rounds_converge() {
        let chains = multiply_add_chains(10_000, 0.5, 1.0);
        assert_eq!(chains.sum, chains.operations as f32 / 10_000.0);
    }

    #[test]
    fn the_triad_reaches_every_element() {
        for len in [0, 1, 7, 16, 100] {
            let x: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let y: Vec<f32> = x.iter().map(|x| 3.0 - x).collect();
            let mut to = vec![f32::NAN; len];
            triad(&mut to, &x, &y, 2.0);
            let expected: Vec<f32> = (0..len).map(|i| 6.0 - i as f32).collect();
            assert_eq!(to, expected);
        }
    }
}
