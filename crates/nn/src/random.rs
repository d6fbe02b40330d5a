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

/// Fills `values` with normal numbers of mean 0 and this standard deviation.
///
/// By Marsaglia's polar method (1964): a random point (u, v) of the unit disc, with s = u² + v²,
/// makes the two numbers u·√(−2 ln s / s) and v·√(−2 ln s / s). It needs a square root, which is exact
/// on every machine, and a logarithm, which is our own: those of C libraries differ in their last
/// bit.
pub(crate) fn fill_normal(values: &mut [f32], deviation: f64, generator: &mut ChaCha8Rng) {
    for pair in values.chunks_mut(2) {
        for (value, normal) in pair.iter_mut().zip(normal_pair(deviation, generator)) {
            *value = normal as f32;
        }
    }
}

fn normal_pair(deviation: f64, generator: &mut ChaCha8Rng) -> [f64; 2] {
    let (point, squared) = loop {
        let point = [(); 2].map(|()| unit_f64(generator));
        let squared = point[0] * point[0] + point[1] * point[1];
        if squared > 0.0 && squared < 1.0 {
            break (point, squared);
        }
    };
    let scale = deviation * (-2.0 * logarithm(squared) / squared).sqrt();
    point.map(|coordinate| coordinate * scale)
}

/// A number of the distribution Beta(α, α), α above 0: g/(g + h) with g and h of Gamma(α).
///
/// It is computed from the logarithms of g and h, because numbers of Gamma(α) with a small α are too
/// small for f64. The crate `rand_distr` takes logarithms from the C library if any other crate asks
/// for that, so its bits may differ between machines.
pub(crate) fn beta(alpha: f64, generator: &mut ChaCha8Rng) -> f64 {
    let [g, h] = [(); 2].map(|()| log_gamma_variate(alpha, generator));
    1.0 / (1.0 + libm::exp(h - g))
}

/// The logarithm of a number of the distribution Gamma(α).
///
/// By the method of Marsaglia and Tsang (2000) for α ≥ 1: with d = α − ⅓ and x normal, d·v with
/// v = (1 + x/√(9d))³ is accepted with probability exp(x²/2 + d·(1 − v + ln v)). Below 1, a number of
/// Gamma(α + 1) times u^(1/α), u uniform, is one of Gamma(α).
fn log_gamma_variate(alpha: f64, generator: &mut ChaCha8Rng) -> f64 {
    if alpha < 1.0 {
        let larger = log_gamma_variate(alpha + 1.0, generator);
        return larger + logarithm(positive_f64(generator)) / alpha;
    }
    let d = alpha - 1.0 / 3.0;
    let slope = 1.0 / (9.0 * d).sqrt();
    loop {
        let [x, _] = normal_pair(1.0, generator);
        let root = 1.0 + slope * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let log_v = logarithm(v);
        if logarithm(positive_f64(generator)) < 0.5 * x * x + d * (1.0 - v + log_v) {
            return logarithm(d) + log_v;
        }
    }
}

/// Uniform above 0 and up to 1, in steps of 2⁻⁵³.
fn positive_f64(generator: &mut ChaCha8Rng) -> f64 {
    ((generator.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
}

/// Uniform in ±1, in steps of 2⁻⁵².
fn unit_f64(generator: &mut ChaCha8Rng) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// ln x of a normal x above 0, to a few units of the last place, by the four basic operations alone.
///
/// With x = m·2ᵉ, √½ ≤ m < √2 and r = (m − 1)/(m + 1): ln x = e·ln 2 + 2·(r + r³/3 + r⁵/5 + …).
/// |r| is at most 0.172, so the terms after r²¹/21 are below 2⁻⁵⁹ of the sum.
fn logarithm(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i32 - 1023;
    let mut mantissa = f64::from_bits((bits & MANTISSA) | 1023 << 52);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let squared = ratio * ratio;
    let series = (0..=10).rev().fold(0.0, |sum, n| sum * squared + 1.0 / f64::from(2 * n + 1));
    f64::from(exponent) * std::f64::consts::LN_2 + 2.0 * ratio * series
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

    #[test]
    fn logarithms_are_those_of_the_library() {
        let mut generator = generator(5, Purpose::InitialWeights, 0, 0);
        let drawn = (0..10_000).map(|n| unit_f64(&mut generator).abs() * 0.5f64.powi(n % 60));
        let limits = [1.0, 0.5, 1.0 - f64::EPSILON / 2.0, 2f64.powi(-104), f64::MIN_POSITIVE];
        for x in drawn.chain(limits).filter(|x| *x > 0.0) {
            let (got, expected) = (logarithm(x), x.ln());
            assert!((got - expected).abs() <= 1e-15 * expected.abs(), "ln {x}: {got} {expected}");
        }
    }

    #[test]
    fn normal_numbers_have_their_moments_and_their_tails() {
        let mut values = vec![f32::NAN; 100_001];
        let mut generator = generator(6, Purpose::InitialWeights, 0, 0);
        fill_normal(&mut values, 3.0, &mut generator);
        let count = values.len() as f64;
        let mean = |power: i32| {
            values.iter().map(|&x| (f64::from(x) / 3.0).powi(power)).sum::<f64>() / count
        };
        // E x, x², x³, x⁴ with the variances of x, x², x³, x⁴; five standard errors.
        for (power, expected, variance) in
            [(1, 0.0, 1.0f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
        {
            let error = (mean(power) - expected).abs();
            assert!(error < 5.0 * (variance / count).sqrt(), "x^{power}: {error}");
        }
        // P(|x| > 1) and P(|x| > 3).
        for (limit, expected) in [(1.0, 0.317_310_5), (3.0, 0.002_699_8f64)] {
            let beyond = values.iter().filter(|x| x.abs() > 3.0 * limit).count() as f64 / count;
            let spread = (expected * (1.0 - expected) / count).sqrt();
            assert!((beyond - expected).abs() < 5.0 * spread, "{limit}: {beyond}");
        }
        // The two numbers of a pair are independent.
        let product: f64 =
            values.chunks_exact(2).map(|pair| f64::from(pair[0]) * f64::from(pair[1])).sum();
        assert!(product.abs() / 9.0 < 5.0 * (count / 2.0).sqrt(), "{product}");
    }

    /// The moments of Beta(α, α), its share below 0.1 (the regularised incomplete beta function), and that it is symmetric.
    #[test]
    fn beta_numbers_have_their_moments_and_their_tails() {
        for (alpha, below) in
            [(0.05, 0.449_469_1), (0.2, 0.336_689_8), (1.0, 0.1), (2.0, 0.028), (8.0, 0.000_033_6)]
        {
            let mut generator = generator(7, Purpose::Augmentation, 1, 0);
            let drawn: Vec<f64> = (0..40_000).map(|_| beta(alpha, &mut generator)).collect();
            assert!(drawn.iter().all(|x| (0.0..=1.0).contains(x)), "{alpha}");
            let count = drawn.len() as f64;
            let mean = |f: &dyn Fn(f64) -> f64| drawn.iter().map(|&x| f(x)).sum::<f64>() / count;
            let variance = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            let error = (mean(&|x| x) - 0.5).abs();
            assert!(error < 5.0 * (variance / count).sqrt(), "{alpha}: mean {error}");
            // (x − ½)² is at most ¼, so its deviation is at most 1/8.
            let error = (mean(&|x| (x - 0.5) * (x - 0.5)) - variance).abs();
            assert!(error < 5.0 * 0.125 / count.sqrt(), "{alpha}: variance {error}");
            let spread = (below * (1.0 - below) / count).sqrt();
            for found in [mean(&|x| f64::from(x < 0.1)), mean(&|x| f64::from(x > 0.9))] {
                assert!((found - below).abs() < 5.0 * spread, "{alpha}: {found} of {below}");
            }
        }
    }

    /// Extreme α are 0 or 1, and ½, but never NaN and never an endless loop.
    #[test]
    fn extreme_beta_numbers() {
        let mut generator = generator(8, Purpose::Augmentation, 1, 0);
        let mut draw = |alpha: f32| beta(alpha.into(), &mut generator);
        for alpha in [f32::MIN_POSITIVE, 1e-45, 1e-9] {
            assert!((0..200).map(|_| draw(alpha)).all(|x| x == 0.0 || x == 1.0), "{alpha}");
        }
        for alpha in [1e12, 1e20, f32::MAX] {
            assert!((0..200).map(|_| draw(alpha)).all(|x| (x - 0.5).abs() < 1e-5), "{alpha}");
        }
    }

    #[test]
    fn the_first_beta_numbers_stay_the_same() {
        let mut generator = generator(1, Purpose::Augmentation, 1, 0);
        let drawn = [0.2, 0.2, 1.0, 3.0].map(|alpha| beta(alpha, &mut generator));
        let before = [
            0.142_269_590_872_118_18,
            0.955_936_482_017_981_6,
            0.046_145_057_688_396,
            0.458_317_236_924_143_8,
        ];
        assert_eq!(drawn, before);
    }

    /// Normal numbers belong to what a seed means, so these bits must never change, on any machine.
    #[test]
    fn the_first_normal_numbers_stay_the_same() {
        let mut values = [0.0; 5];
        fill_normal(&mut values, 1.0, &mut generator(1, Purpose::InitialWeights, 0, 0));
        let before = [-0.656_450_33, 1.092_068_3, 0.625_133_45, -0.681_203_5, -0.684_498_37];
        assert_eq!(values, before);
    }
}
