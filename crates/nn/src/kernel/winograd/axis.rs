//! One axis of Winograd's transforms: multiplies by A, B, G or their transposes. Common terms are
//! computed once. `super::tests` has the matrices, and compares these functions with them. There
//! are two of A and of G: for 4 outputs and 3 weights, and for 2 outputs and 5 weights.

use pulp::Simd;

/// One axis of a transform: `IN` values to `OUT`.
pub(super) trait Axis<const IN: usize, const OUT: usize> {
    fn apply<S: Simd>(simd: S, x: [S::f32s; IN]) -> [S::f32s; OUT];
}

/// Bᵀ·x.
pub(super) struct InputAxis;

impl Axis<6, 6> for InputAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 6]) -> [S::f32s; 6] {
        let [x0, x1, x2, x3, x4, x5] = x;
        let (even, odd) = (add(simd, -4.0, x2, x4), add(simd, -4.0, x1, x3));
        let (even_2, odd_2) = (simd.sub_f32s(x4, x2), simd.sub_f32s(x3, x1));
        [
            add(simd, 4.0, x0, add(simd, -5.0, x2, x4)),
            simd.add_f32s(even, odd),
            simd.sub_f32s(even, odd),
            add(simd, 2.0, odd_2, even_2),
            add(simd, -2.0, odd_2, even_2),
            add(simd, 4.0, x1, add(simd, -5.0, x3, x5)),
        ]
    }
}

/// A·x.
pub(super) struct OutputGradientAxis;

impl Axis<4, 6> for OutputGradientAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 4]) -> [S::f32s; 6] {
        let [x0, x1, x2, x3] = x;
        let (even, odd) = (simd.add_f32s(x0, x2), simd.add_f32s(x1, x3));
        let (even_2, odd_2) = (add(simd, 4.0, x2, x0), add(simd, 4.0, x3, x1));
        [
            x0,
            simd.add_f32s(even, odd),
            simd.sub_f32s(even, odd),
            add(simd, 2.0, odd_2, even_2),
            add(simd, -2.0, odd_2, even_2),
            x3,
        ]
    }
}

impl Axis<2, 6> for OutputGradientAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 2]) -> [S::f32s; 6] {
        let [x0, x1] = x;
        [
            x0,
            simd.add_f32s(x0, x1),
            simd.sub_f32s(x0, x1),
            add(simd, 2.0, x1, x0),
            add(simd, -2.0, x1, x0),
            x1,
        ]
    }
}

/// G·x.
pub(super) struct WeightAxis;

impl Axis<3, 6> for WeightAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 3]) -> [S::f32s; 6] {
        let [x0, x1, x2] = x;
        let even = scale(simd, -1.0 / 6.0, simd.add_f32s(x0, x2));
        let odd = scale(simd, -1.0 / 6.0, x1);
        let even_2 = simd.add_f32s(scale(simd, 1.0 / 24.0, x0), scale(simd, 1.0 / 6.0, x2));
        let odd_2 = scale(simd, 1.0 / 12.0, x1);
        at_points(simd, scale(simd, 0.25, x0), [even, odd], [even_2, odd_2], x2)
    }
}

impl Axis<5, 6> for WeightAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 5]) -> [S::f32s; 6] {
        let [x0, x1, x2, x3, x4] = x;
        let even = scale(simd, -1.0 / 6.0, simd.add_f32s(x0, simd.add_f32s(x2, x4)));
        let odd = scale(simd, -1.0 / 6.0, simd.add_f32s(x1, x3));
        let even_2 = scale(simd, 1.0 / 24.0, add(simd, 16.0, x4, add(simd, 4.0, x2, x0)));
        let odd_2 = scale(simd, 1.0 / 12.0, add(simd, 4.0, x3, x1));
        at_points(simd, scale(simd, 0.25, x0), [even, odd], [even_2, odd_2], x4)
    }
}

/// Aᵀ·x.
pub(super) struct OutputAxis;

impl Axis<6, 4> for OutputAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 6]) -> [S::f32s; 4] {
        let [x0, x1, x2, x3, x4, x5] = x;
        let (sum, difference) = (simd.add_f32s(x1, x2), simd.sub_f32s(x1, x2));
        let (sum_2, difference_2) = (simd.add_f32s(x3, x4), simd.sub_f32s(x3, x4));
        [
            simd.add_f32s(x0, simd.add_f32s(sum, sum_2)),
            add(simd, 2.0, difference_2, difference),
            add(simd, 4.0, sum_2, sum),
            add(simd, 8.0, difference_2, simd.add_f32s(difference, x5)),
        ]
    }
}

impl Axis<6, 2> for OutputAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 6]) -> [S::f32s; 2] {
        let [x0, x1, x2, x3, x4, x5] = x;
        let (sum, sum_2) = (simd.add_f32s(x1, x2), simd.add_f32s(x3, x4));
        let difference = add(simd, 2.0, simd.sub_f32s(x3, x4), simd.sub_f32s(x1, x2));
        [simd.add_f32s(x0, simd.add_f32s(sum, sum_2)), simd.add_f32s(difference, x5)]
    }
}

/// Gᵀ·x.
pub(super) struct WeightGradientAxis;

impl Axis<6, 3> for WeightGradientAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 6]) -> [S::f32s; 3] {
        let [x0, x1, x2, x3, x4, x5] = x;
        let sum = scale(simd, -1.0 / 6.0, simd.add_f32s(x1, x2));
        let sum_2 = simd.add_f32s(x3, x4);
        [
            add(simd, 0.25, x0, add(simd, 1.0 / 24.0, sum_2, sum)),
            add(
                simd,
                -1.0 / 6.0,
                simd.sub_f32s(x1, x2),
                scale(simd, 1.0 / 12.0, simd.sub_f32s(x3, x4)),
            ),
            add(simd, 1.0 / 6.0, sum_2, simd.add_f32s(sum, x5)),
        ]
    }
}

impl Axis<6, 5> for WeightGradientAxis {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, x: [S::f32s; 6]) -> [S::f32s; 5] {
        let [x0, x1, x2, x3, x4, x5] = x;
        let sum = scale(simd, -1.0 / 6.0, simd.add_f32s(x1, x2));
        let difference = scale(simd, -1.0 / 6.0, simd.sub_f32s(x1, x2));
        let (sum_2, difference_2) = (simd.add_f32s(x3, x4), simd.sub_f32s(x3, x4));
        [
            add(simd, 0.25, x0, add(simd, 1.0 / 24.0, sum_2, sum)),
            add(simd, 1.0 / 12.0, difference_2, difference),
            add(simd, 1.0 / 6.0, sum_2, sum),
            add(simd, 1.0 / 3.0, difference_2, difference),
            add(simd, 2.0 / 3.0, sum_2, simd.add_f32s(sum, x5)),
        ]
    }
}

/// The values of a polynomial at the points 0, 1, −1, 2, −2 and ∞, from the sums of its even and
/// its odd terms at 1 and at 2.
#[inline(always)]
fn at_points<S: Simd>(
    simd: S,
    at_0: S::f32s,
    [even, odd]: [S::f32s; 2],
    [even_2, odd_2]: [S::f32s; 2],
    at_infinity: S::f32s,
) -> [S::f32s; 6] {
    [
        at_0,
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        simd.add_f32s(even_2, odd_2),
        simd.sub_f32s(even_2, odd_2),
        at_infinity,
    ]
}

/// factor·x + plus.
#[inline(always)]
fn add<S: Simd>(simd: S, factor: f32, x: S::f32s, plus: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.splat_f32s(factor), x, plus)
}

/// factor·x.
#[inline(always)]
fn scale<S: Simd>(simd: S, factor: f32, x: S::f32s) -> S::f32s {
    simd.mul_f32s(simd.splat_f32s(factor), x)
}
