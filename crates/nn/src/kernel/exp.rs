//! eˣ and eˣ − 1 of vectors, by arithmetic alone, so vectors of any width give the same bits.
//!
//! x = n·ln 2 + r with a whole n and |r| ≤ ln 2/2. ln 2 is split into two parts, and n times the
//! first part is exact (Cody and Waite 1980). Then eˣ = 2ⁿ·(1 + q) with q = eʳ − 1 = r + r²·P(r).
//! P has degree 4. Lawson's algorithm has fitted it for the smallest largest relative error of eʳ:
//! 3·10⁻⁹ before rounding, and 2·10⁻⁸ of q.

use pulp::Simd;

/// The largest x whose eˣ is not above the largest f32.
const MOST: f32 = 88.722_83;

/// The least x whose eˣ is a normal f32.
const LEAST: f32 = -87.336_54;

/// ln 2 rounded to nine bits, and the rest.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// P's coefficients, the highest power first.
const P: [f32; 5] = [0.001_381_459_9, 0.008_368_717_5, 0.041_668_39, 0.166_665_21, 0.499_999_94];

/// 1.5·2²³. Adding it to a small number rounds that to a whole number, which the last bits of the
/// sum then hold.
const ROUND: f32 = 12_582_912.0;

/// eˣ, at most 1 ulp off: ∞ where it is too large for an f32, 0 where it would be subnormal, NaN
/// where x is NaN.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let [q, power] = parts(simd, x);
    // n is added to the exponent, because 2ⁿ may be too large for an f32 where 2ⁿ·(1 + q) is not.
    let mantissa = simd.transmute_u32s_f32s(simd.add_f32s(simd.splat_f32s(1.0), q));
    let y = simd.transmute_f32s_u32s(simd.add_u32s(mantissa, simd.transmute_u32s_f32s(power)));
    let y =
        simd.select_f32s(simd.less_than_f32s(x, simd.splat_f32s(LEAST)), simd.splat_f32s(0.0), y);
    let y = simd.select_f32s(
        simd.greater_than_f32s(x, simd.splat_f32s(MOST)),
        simd.splat_f32s(f32::INFINITY),
        y,
    );
    simd.select_f32s(simd.equal_f32s(x, x), y, x)
}

/// eˣ − 1 for −87 ≤ x ≤ 88, at most 2 ulp off, near 0 too. NaN where x is NaN.
#[inline(always)]
pub(crate) fn exp_minus_one<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let [q, power] = parts(simd, x);
    let one = simd.splat_f32s(1.0);
    let power = simd.transmute_f32s_u32s(
        simd.add_u32s(simd.transmute_u32s_f32s(power), simd.transmute_u32s_f32s(one)),
    );
    simd.mul_add_e_f32s(power, q, simd.sub_f32s(power, one))
}

/// q, and n shifted to the bits of an f32's exponent.
#[inline(always)]
fn parts<S: Simd>(simd: S, x: S::f32s) -> [S::f32s; 2] {
    let splat = |value| simd.splat_f32s(value);
    let rounded = simd.mul_add_e_f32s(x, splat(std::f32::consts::LOG2_E), splat(ROUND));
    let n = simd.sub_f32s(rounded, splat(ROUND));
    let r = simd.negate_mul_add_e_f32s(n, splat(LN_2[0]), x);
    let r = simd.negate_mul_add_e_f32s(n, splat(LN_2[1]), r);
    let mut p = splat(P[0]);
    for coefficient in &P[1..] {
        p = simd.mul_add_e_f32s(p, r, splat(*coefficient));
    }
    let q = simd.mul_add_e_f32s(simd.mul_f32s(r, r), p, r);
    let power = simd.wrapping_dyn_shl_u32s(
        simd.transmute_u32s_f32s(rounded),
        simd.splat_u32s(f32::MANTISSA_DIGITS - 1),
    );
    [q, simd.transmute_f32s_u32s(power)]
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::kernel::ARCH;

    struct Both<'a>(&'a [f32], &'a mut [[f32; 2]]);

    impl WithSimd for Both<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            for (x, y) in self.0.chunks(S::F32_LANES).zip(self.1.chunks_mut(S::F32_LANES)) {
                let vector = simd.partial_load_f32s(x);
                let (mut exps, mut minus_one) = (vec![0.0; x.len()], vec![0.0; x.len()]);
                simd.partial_store_f32s(&mut exps, exp(simd, vector));
                simd.partial_store_f32s(&mut minus_one, exp_minus_one(simd, vector));
                y.iter_mut()
                    .zip(exps.into_iter().zip(minus_one))
                    .for_each(|(y, (a, b))| *y = [a, b]);
            }
        }
    }

    fn both(x: &[f32]) -> Vec<[f32; 2]> {
        let mut y = vec![[0.0; 2]; x.len()];
        ARCH.dispatch(Both(x, &mut y));
        y
    }

    /// How far `y` is from `expected`, in units of its last place.
    fn ulps(y: f32, expected: f64) -> f64 {
        let exponent = (expected.abs() as f32).to_bits() >> 23;
        (f64::from(y) - expected).abs() / 2f64.powi(exponent as i32 - 127 - 23)
    }

    #[test]
    fn every_result_is_near_the_true_one() {
        // Every 1,009th f32 of the domain with |x| ≥ 2⁻⁶³, and both ends.
        let positive =
            (0x2000_0000..MOST.to_bits()).step_by(1009).chain([MOST.to_bits()]).map(f32::from_bits);
        let negative =
            (0x2000_0000..LEAST.abs().to_bits()).step_by(1009).chain([LEAST.abs().to_bits()]);
        let x: Vec<f32> = positive.chain(negative.map(|bits| -f32::from_bits(bits))).collect();
        let mut worst = [0f64; 2];
        for (&x, [y, minus_one]) in x.iter().zip(both(&x)) {
            worst[0] = worst[0].max(ulps(y, f64::from(x).exp()));
            if x.abs() <= 87.0 {
                worst[1] = worst[1].max(ulps(minus_one, f64::from(x).exp_m1()));
            }
        }
        assert!(worst[0] <= 1.0 && worst[1] <= 2.0, "{worst:?}");
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn wide_and_narrow_vectors_give_the_same_bits() {
        let (Some(wide), Some(narrow)) = (pulp::x86::V4::try_new(), pulp::x86::V3::try_new())
        else {
            return;
        };
        let x: Vec<f32> = (-8700..8700).map(|i| i as f32 / 101.0).collect();
        let (mut a, mut b) = (vec![[0.0; 2]; x.len()], vec![[0.0; 2]; x.len()]);
        Simd::vectorize(wide, Both(&x, &mut a));
        Simd::vectorize(narrow, Both(&x, &mut b));
        assert!(a == b);
    }

    #[test]
    fn results_that_are_nan_infinite_or_subnormal() {
        let (more, less) = (MOST.next_up(), LEAST.next_down());
        let x = [0.0, -0.0, more, f32::MAX, f32::INFINITY, less, f32::MIN, f32::NEG_INFINITY];
        let y = [1.0, 1.0, f32::INFINITY, f32::INFINITY, f32::INFINITY, 0.0, 0.0, 0.0];
        assert_eq!(both(&x).iter().map(|y| y[0]).collect::<Vec<_>>(), y);
        assert_eq!(
            [f64::from(MOST), f64::from(more)].map(|x| x.exp() > f64::from(f32::MAX)),
            [false, true]
        );
        let is_normal = |x: f32| f64::from(x).exp() >= f64::from(f32::MIN_POSITIVE);
        assert_eq!([LEAST, less].map(is_normal), [true, false]);
        let nans = [f32::NAN, -f32::NAN, f32::from_bits(0x7fff_ffff), f32::from_bits(0xffc0_0155)];
        assert!(both(&nans).iter().flatten().all(|y| y.is_nan()));
    }
}
