//! Sums over all values of one image, in an order that neither threads nor instruction sets change.
//!
//! Values are added in f32 to [`CHAINS`] rows of [`LINE`] sums, so that vectors of any width add the
//! same numbers, and the rows of each block are added up in f64. A product and its sum are rounded
//! one after the other.

use pulp::{Simd, WithSimd};

use crate::buffer::LINE;

/// Rows of sums that are made side by side, so that no addition waits for the one before.
const CHAINS: usize = 4;

/// Values that are added at once.
const STRIDE: usize = CHAINS * LINE;

/// Values of a block: 32 for each f32 sum, few enough for seven digits.
const BLOCK: usize = 32 * STRIDE;

/// f32 sums of a block.
type Sums = [[f32; LINE]; CHAINS];

/// The sums of a block as one number.
#[inline(always)]
fn total([a, b, c, d]: Sums) -> f64 {
    let mut total = 0.0;
    for lane in 0..LINE {
        total += f64::from((a[lane] + b[lane]) + (c[lane] + d[lane]));
    }
    total
}

/// Σ(x − pivot).
pub(super) struct Shifted<'a> {
    pub(super) x: &'a [f32],
    pub(super) pivot: f32,
}

impl WithSimd for Shifted<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let Shifted { x, pivot } = self;
        sum(x, |x| x - pivot)
    }
}

/// Σ(x − mean)².
pub(super) struct Squared<'a> {
    pub(super) x: &'a [f32],
    pub(super) mean: f32,
}

impl WithSimd for Squared<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let Squared { x, mean } = self;
        sum(x, |x| (x - mean) * (x - mean))
    }
}

/// The sum of a term of each value.
#[inline(always)]
fn sum(x: &[f32], term: impl Fn(f32) -> f32) -> f64 {
    let mut all = 0.0;
    for block in x.chunks(BLOCK) {
        let mut sums: Sums = [[0.0; LINE]; CHAINS];
        let strides = block.chunks_exact(STRIDE);
        for (sum, &x) in sums.as_flattened_mut().iter_mut().zip(strides.remainder()) {
            *sum = term(x);
        }
        for x in strides {
            for (sum, &x) in sums.as_flattened_mut().iter_mut().zip(x) {
                *sum += term(x);
            }
        }
        all += total(sums);
    }
    all
}

/// Σ g and Σ g·(x − mean), with g = γ·dy.
pub(super) struct Weighted<'a> {
    pub(super) gamma: &'a [f32],
    pub(super) dy: &'a [f32],
    pub(super) x: &'a [f32],
    pub(super) mean: f32,
}

impl WithSimd for Weighted<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f64; 2] {
        let Weighted { gamma, dy, x, mean } = self;
        let mut all = [0.0; 2];
        let blocks = gamma.chunks(BLOCK).zip(dy.chunks(BLOCK)).zip(x.chunks(BLOCK));
        for ((gamma, dy), x) in blocks {
            let mut sums: Sums = [[0.0; LINE]; CHAINS];
            let mut products = sums;
            // The last stride of a block may be shorter.
            let strides = gamma.chunks(STRIDE).zip(dy.chunks(STRIDE)).zip(x.chunks(STRIDE));
            for ((gamma, dy), x) in strides {
                let values = gamma.iter().zip(dy).zip(x);
                let sums = sums.as_flattened_mut().iter_mut().zip(products.as_flattened_mut());
                for ((sum, product), ((gamma, dy), x)) in sums.zip(values) {
                    let g = gamma * dy;
                    *sum += g;
                    *product += g * (x - mean);
                }
            }
            all[0] += total(sums);
            all[1] += total(products);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ARCH;

    #[test]
    fn sums_of_any_length_are_near_the_true_ones() {
        for len in [1, 2, 15, 63, 64, 65, 1000, BLOCK, BLOCK + 1, 3 * BLOCK + 77] {
            let numbers = |by: usize| -> Vec<f32> {
                (0..len).map(|i| 50.0 + (i * by % 101) as f32 / 7.0).collect()
            };
            let (x, gamma, dy) = (numbers(37), numbers(11), numbers(53));
            let near = |found: f64, truth: f64| {
                assert!((found - truth).abs() < 1e-5 * truth.abs() + 1e-6, "{found} {truth}");
            };
            let of = |term: &dyn Fn(f64) -> f64| x.iter().map(|&x| term(f64::from(x))).sum::<f64>();
            near(ARCH.dispatch(Shifted { x: &x, pivot: 49.0 }), of(&|x| x - 49.0));
            near(ARCH.dispatch(Squared { x: &x, mean: 55.0 }), of(&|x| (x - 55.0).powi(2)));
            let found = ARCH.dispatch(Weighted { gamma: &gamma, dy: &dy, x: &x, mean: 45.0 });
            let weighted = gamma.iter().zip(&dy).map(|(&a, &b)| f64::from(a) * f64::from(b));
            near(found[0], weighted.clone().sum());
            near(found[1], weighted.zip(&x).map(|(g, &x)| g * (f64::from(x) - 45.0)).sum());
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn vectors_of_any_width_give_the_same_bits() {
        let (Some(wide), Some(narrow)) = (pulp::x86::V4::try_new(), pulp::x86::V3::try_new())
        else {
            return;
        };
        let x: Vec<f32> = (0..BLOCK + 77).map(|i| (i * 37 % 101) as f32 / 7.0).collect();
        let squared = || Squared { x: &x, mean: 5.1 };
        let weighted = || Weighted { gamma: &x[1..], dy: &x[..x.len() - 1], x: &x[1..], mean: 5.1 };
        assert_eq!(Simd::vectorize(wide, squared()), Simd::vectorize(narrow, squared()));
        assert_eq!(Simd::vectorize(wide, weighted()), Simd::vectorize(narrow, weighted()));
        let portable = pulp::Scalar::new();
        assert_eq!(Simd::vectorize(wide, weighted()), Simd::vectorize(portable, weighted()));
    }
}
