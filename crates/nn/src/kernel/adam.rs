//! Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) and the gradient of a penalty,
//! value by value.
//!
//! The square root and the division decide the speed: 16 cycles a vector on Zen 4. Subnormal
//! numbers would take many times as long. They would arise in the mean of gradients that have
//! become zero, in the weights of a dead unit under a penalty, and in the squares of small
//! gradients. So each of these is set to zero before it becomes subnormal.

use pulp::{Simd, WithSimd};

use super::ARCH;

/// A mean of gradients below this counts as zero. The limit is far below what moves any parameter,
/// and far above the subnormal numbers.
pub(crate) const LEAST_MEAN: f32 = 1e-30;

/// A parameter below this counts as zero, if an L2 penalty or a decay shrinks it. So its square is
/// never subnormal.
const LEAST_PARAMETER: f32 = 1e-18;

/// The square of a gradient below this counts as zero.
const LEAST_SQUARED: f32 = 1e-16;

/// The derivative of a penalty by a parameter p: l1·sign(p) + 2·l2·p, with sign(0) = 0.
#[derive(Clone, Copy)]
pub(crate) struct PenaltyGradient {
    pub(crate) l1: f32,
    pub(crate) twice_l2: f32,
}

/// Step t of Adam or AdamW, with bias correction:
///
/// g ← g + penalty'(p) + decay·p; m ← m + (1 − β₁)(g − m); v ← β₂v + (1 − β₂)g²;
/// p ← kept·p − lr·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)
#[derive(Clone, Copy)]
pub(crate) struct AdamStep {
    /// [`PenaltyGradient::NONE`] if there is no penalty.
    pub(crate) penalty: PenaltyGradient,
    /// Weight decay that is added to the gradient: Adam's.
    pub(crate) decay: f32,
    pub(crate) beta1: f32,
    pub(crate) beta2: f32,
    /// Share of the parameter that a decoupled weight decay leaves: AdamW's. 1 if there is none.
    pub(crate) kept: f32,
    pub(crate) epsilon: f32,
}

impl PenaltyGradient {
    pub(crate) const NONE: Self = PenaltyGradient { l1: 0.0, twice_l2: 0.0 };

    /// g + l1·sign(p).
    #[inline(always)]
    fn l1_added<S: Simd>(self, simd: S, g: S::f32s, p: S::f32s) -> S::f32s {
        let zero = simd.splat_f32s(0.0);
        let signed =
            simd.xor_f32s(simd.and_f32s(p, simd.splat_f32s(-0.0)), simd.splat_f32s(self.l1));
        simd.add_f32s(g, simd.select_f32s(simd.equal_f32s(p, zero), zero, signed))
    }

    /// g + 2·l2·p.
    #[inline(always)]
    fn l2_added<S: Simd>(self, simd: S, g: S::f32s, p: S::f32s) -> S::f32s {
        simd.mul_add_e_f32s(simd.splat_f32s(self.twice_l2), p, g)
    }

    /// g + l1·sign(p) + 2·l2·p. The compiler did not inline it as a closure: it was called for each vector, without the
    /// instruction set.
    #[inline(always)]
    fn added<S: Simd>(self, simd: S, g: S::f32s, p: S::f32s) -> S::f32s {
        self.l2_added(simd, self.l1_added(simd, g, p), p)
    }

    /// Adds the penalty's derivative to the gradients of `parameters`.
    pub(crate) fn add(self, parameters: &[f32], gradients: &mut [f32]) {
        ARCH.dispatch(Add { penalty: self, parameters, gradients });
    }
}

struct Add<'a> {
    penalty: PenaltyGradient,
    parameters: &'a [f32],
    gradients: &'a mut [f32],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (p, last_p) = S::as_simd_f32s(self.parameters);
        let (g, last_g) = S::as_mut_simd_f32s(self.gradients);
        for (g, &p) in g.iter_mut().zip(p) {
            *g = self.penalty.added(simd, *g, p);
        }
        let (g, p) = (simd.partial_load_f32s(last_g), simd.partial_load_f32s(last_p));
        simd.partial_store_f32s(last_g, self.penalty.added(simd, g, p));
    }
}

impl AdamStep {
    /// Does step number `step`, counted from 1. `values` are the parameters, their gradients, m and
    /// v. The penalty's gradients are added to the gradients.
    ///
    /// # Panics
    /// If the four slices differ in length.
    pub(crate) fn apply(&self, learning_rate: f32, step: u64, values: [&mut [f32]; 4]) {
        let len = values[0].len();
        assert!(
            values.iter().all(|values| values.len() == len),
            "each parameter has a gradient and moments"
        );
        let [first, second] =
            [self.beta1, self.beta2].map(|beta| 1.0 - f64::from(beta).powf(step as f64));
        let (rate, root) =
            ((f64::from(learning_rate) / first) as f32, (1.0 / second.sqrt()) as f32);
        let shrinks = self.penalty.twice_l2 != 0.0 || self.decay != 0.0 || self.kept != 1.0;
        macro_rules! apply {
            ($signs:literal, $shrinks:literal) => {
                ARCH.dispatch(Apply::<$signs, $shrinks> { adam: self, rate, root, values })
            };
        }
        match (self.penalty.l1 != 0.0, shrinks) {
            (false, false) => apply!(false, false),
            (true, false) => apply!(true, false),
            (false, true) => apply!(false, true),
            (true, true) => apply!(true, true),
        }
    }

    /// The gradient with penalty, p, m and v after a step. `SIGNS`: there is an L1 penalty.
    /// `SHRINKS`: there is an L2 penalty or a decay, which moves p in proportion to itself. Without
    /// both there is a third less arithmetic.
    #[inline(always)]
    fn step<S: Simd, const SIGNS: bool, const SHRINKS: bool>(
        &self,
        simd: S,
        [rate, root]: [f32; 2],
        [g, p, m, v]: [S::f32s; 4],
    ) -> [S::f32s; 4] {
        let splat = |x| simd.splat_f32s(x);
        let mut penalised = if SIGNS { self.penalty.l1_added(simd, g, p) } else { g };
        let (mut decayed, mut kept) = (penalised, p);
        if SHRINKS {
            penalised = self.penalty.l2_added(simd, penalised, p);
            decayed = simd.mul_add_e_f32s(splat(self.decay), p, penalised);
            kept = simd.mul_f32s(splat(self.kept), p);
        }
        let g = decayed;
        let m = simd.mul_add_e_f32s(splat(1.0 - self.beta1), simd.sub_f32s(g, m), m);
        let m = at_least(simd, LEAST_MEAN, m);
        let squared = at_least(simd, LEAST_SQUARED, g);
        let share = simd.mul_f32s(splat(1.0 - self.beta2), squared);
        let v = simd.mul_add_e_f32s(share, squared, simd.mul_f32s(splat(self.beta2), v));
        let divisor = simd.mul_add_e_f32s(simd.sqrt_f32s(v), splat(root), splat(self.epsilon));
        let p = simd.sub_f32s(kept, simd.div_f32s(simd.mul_f32s(splat(rate), m), divisor));
        // Without an L2 penalty or a decay, a parameter comes near zero only in passing.
        let p = if SHRINKS { at_least(simd, LEAST_PARAMETER, p) } else { p };
        [penalised, p, m, v]
    }
}

/// x, or zero where |x| is less than `least`. NaN stays NaN.
#[inline(always)]
fn at_least<S: Simd>(simd: S, least: f32, x: S::f32s) -> S::f32s {
    let is_less = simd.less_than_f32s(simd.abs_f32s(x), simd.splat_f32s(least));
    simd.select_f32s(is_less, simd.splat_f32s(0.0), x)
}

struct Apply<'a, const SIGNS: bool, const SHRINKS: bool> {
    adam: &'a AdamStep,
    /// lr/(1 − β₁ᵗ).
    rate: f32,
    /// 1/√(1 − β₂ᵗ).
    root: f32,
    values: [&'a mut [f32]; 4],
}

impl<const SIGNS: bool, const SHRINKS: bool> WithSimd for Apply<'_, SIGNS, SHRINKS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (adam, corrections) = (self.adam, [self.rate, self.root]);
        let [parameters, gradients, m, v] = self.values;
        let (p, last_p) = S::as_mut_simd_f32s(parameters);
        let (g, last_g) = S::as_mut_simd_f32s(gradients);
        let (m, last_m) = S::as_mut_simd_f32s(m);
        let (v, last_v) = S::as_mut_simd_f32s(v);
        for (((p, g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
            let penalised;
            [penalised, *p, *m, *v] =
                adam.step::<S, SIGNS, SHRINKS>(simd, corrections, [*g, *p, *m, *v]);
            if SIGNS || SHRINKS {
                *g = penalised;
            }
        }
        let last = [last_g, last_p, last_m, last_v];
        let values = [0, 1, 2, 3].map(|which: usize| simd.partial_load_f32s(last[which]));
        for (to, value) in
            last.into_iter().zip(adam.step::<S, SIGNS, SHRINKS>(simd, corrections, values))
        {
            simd.partial_store_f32s(to, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADAM: AdamStep = AdamStep {
        penalty: PenaltyGradient::NONE,
        decay: 0.0,
        beta1: 0.9,
        beta2: 0.999,
        kept: 1.0,
        epsilon: 1e-8,
    };

    #[test]
    fn every_lane_follows_the_formula() {
        let squares = AdamStep { penalty: PenaltyGradient { l1: 0.0, twice_l2: 0.5 }, ..ADAM };
        let signs = AdamStep { penalty: PenaltyGradient { l1: 0.25, twice_l2: 0.0 }, ..ADAM };
        for adam in [
            ADAM,
            squares,
            signs,
            AdamStep {
                penalty: PenaltyGradient { l1: 0.25, twice_l2: 0.5 },
                decay: 0.125,
                kept: 0.75,
                ..ADAM
            },
        ] {
            for len in [1, 7, 16, 45] {
                let value = |i: usize, k: usize| ((i * 13 + k * 7) % 9) as f32 - 4.0;
                let filled = |k| (0..len).map(|i| value(i, k)).collect::<Vec<f32>>();
                let (mut p, mut g, mut m) = (filled(0), filled(1), filled(2));
                let mut v: Vec<f32> = filled(3).iter().map(|x| x * x).collect();
                let before = (p.clone(), g.clone(), m.clone(), v.clone());
                adam.apply(0.01, 3, [&mut p, &mut g, &mut m, &mut v]);
                let (rate, root) =
                    (0.01 / (1.0 - 0.9f64.powi(3)), 1.0 / (1.0 - 0.999f64.powi(3)).sqrt());
                for i in 0..len {
                    let (p_was, mut gradient, m_was, v_was) =
                        (before.0[i], before.1[i], before.2[i], before.3[i]);
                    let sign = if p_was == 0.0 { 0.0 } else { p_was.signum() };
                    gradient += adam.penalty.l1 * sign + adam.penalty.twice_l2 * p_was;
                    assert_eq!(g[i], gradient);
                    let decayed = gradient + adam.decay * p_was;
                    assert_eq!(m[i], m_was + (1.0 - adam.beta1) * (decayed - m_was));
                    assert_eq!(v[i], adam.beta2 * v_was + (1.0 - adam.beta2) * decayed * decayed);
                    let [m, v] = [m[i], v[i]].map(f64::from);
                    let moved = f64::from(adam.kept * p_was)
                        - rate * m / (v.sqrt() * root + f64::from(adam.epsilon));
                    assert!(
                        (f64::from(p[i]) - moved).abs() <= 1e-6 * moved.abs().max(1.0),
                        "{} {moved}",
                        p[i]
                    );
                }
            }
        }
    }

    #[test]
    fn means_dead_weights_and_small_squares_become_zero() {
        let (mut p, mut m, mut v) = ([0.5; 20], [1e-3; 20], [1e-6; 20]);
        for step in 1..700 {
            ADAM.apply(0.001, step, [&mut p, &mut [0.0; 20], &mut m, &mut v]);
        }
        assert_eq!(m, [0.0; 20]);
        let settled = p;
        ADAM.apply(0.001, 700, [&mut p, &mut [0.0; 20], &mut m, &mut v]);
        assert_eq!(p, settled);
        // A dead unit's weight under a penalty.
        let mut p = [1e-19; 20];
        let penalised = AdamStep { penalty: PenaltyGradient { l1: 0.0, twice_l2: 0.5 }, ..ADAM };
        penalised.apply(0.0, 1, [&mut p, &mut [0.0; 20], &mut [0.0; 20], &mut [0.0; 20]]);
        assert_eq!(p, [0.0; 20]);
        // A gradient whose square is too small for an f32.
        let mut v = [0.0; 20];
        ADAM.apply(0.0, 1, [&mut p, &mut [1e-21; 20], &mut [0.0; 20], &mut v]);
        assert_eq!(v, [0.0; 20]);
        m.fill(f32::NAN);
        ADAM.apply(0.001, 701, [&mut p, &mut [0.0; 20], &mut m, &mut v]);
        assert!(m.iter().chain(&p).all(|x| x.is_nan()), "NaN must not be hidden");
    }
}
