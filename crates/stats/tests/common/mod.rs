//! Random studies, for simulations of how often verdicts are right.
#![allow(dead_code, reason = "each test file uses its own part")]

use fitroom_stats::{DEFAULT_MARGIN, Measure, Pair};
use statrs::distribution::{ContinuousCDF, Normal};

/// An accuracy over 10,000 images, with a margin of half a point.
pub const ACCURACY: Measure =
    Measure { margin: DEFAULT_MARGIN, resolution: 1e-4, scale: DEFAULT_MARGIN };

/// The random numbers of SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(pub u64);

impl Random {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        Normal::standard().inverse_cdf(self.uniform())
    }

    /// Student's t with three degrees of freedom, scaled to a standard deviation of 1.
    pub fn heavy_tailed(&mut self) -> f64 {
        let squares: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
        self.normal() / squares.sqrt()
    }
}

/// How the accuracy of one network varies from seed to seed.
#[derive(Clone, Copy)]
pub struct Noise {
    pub name: &'static str,
    /// The standard deviation of a usual run, as a fraction.
    pub sd: f64,
    /// Student's t with three degrees of freedom in place of the normal distribution.
    pub is_heavy_tailed: bool,
    /// The share of runs that fail.
    pub failing: f64,
    /// What a run that fails loses, as a run does that never learns one of the classes.
    pub loss: f64,
    /// The baseline never fails.
    pub is_one_sided: bool,
}

impl Noise {
    pub const NORMAL: Noise = Noise {
        name: "normal",
        sd: 0.005,
        is_heavy_tailed: false,
        failing: 0.0,
        loss: 0.0,
        is_one_sided: false,
    };
    pub const HEAVY_TAILED: Noise =
        Noise { name: "heavy-tailed", is_heavy_tailed: true, ..Noise::NORMAL };
    /// One run in ten loses ten points.
    pub const BIMODAL: Noise = Noise { name: "bimodal", failing: 0.1, loss: 0.1, ..Noise::NORMAL };
    /// One run in ten of the candidates loses ten points; of the baseline's, none.
    pub const ONE_SIDED: Noise =
        Noise { name: "failures of one side", is_one_sided: true, ..Noise::BIMODAL };

    /// The same kind of noise, with differences of usual runs that vary by `sd`.
    pub fn with_difference_sd(self, sd: f64) -> Self {
        Noise { sd: sd / 2.0_f64.sqrt(), ..self }
    }

    /// The noise of one run.
    fn draw(&self, random: &mut Random, is_baseline: bool) -> f64 {
        let own = if self.is_heavy_tailed { random.heavy_tailed() } else { random.normal() };
        // The uniform number is always drawn, so that all kinds of noise see the same numbers.
        let fails = random.uniform() < self.failing && !(is_baseline && self.is_one_sided);
        self.sd * own - if fails { self.loss } else { 0.0 }
    }
}

/// A study of a baseline and of candidates that truly differ from it by `differences`, not counting
/// failures. Accuracies are rounded to multiples of 1/10,000, as those of 10,000 images are.
pub fn study(
    random: &mut Random,
    noise: Noise,
    seeds: usize,
    differences: &[f64],
) -> Vec<Vec<Pair>> {
    let mut family = vec![Vec::new(); differences.len()];
    for seed in 1..=seeds as u64 {
        // The seed's effect on all networks.
        let shared = 0.003 * random.normal();
        let mut run = |mean: f64, is_baseline| {
            (1e4 * (mean + shared + noise.draw(random, is_baseline))).round() / 1e4
        };
        let baseline = run(0.88, true);
        for (pairs, difference) in family.iter_mut().zip(differences) {
            pairs.push(Pair { seed, candidate: run(0.88 + difference, false), baseline });
        }
    }
    family
}

/// The share of `studies` random studies of which `is_so`.
pub fn share(studies: usize, mut is_so: impl FnMut() -> bool) -> f64 {
    (0..studies).filter(|_| is_so()).count() as f64 / studies as f64
}

/// The significance level, plus three standard errors of a share that is estimated from so many
/// studies.
pub fn tolerated(studies: usize) -> f64 {
    0.05 + 3.0 * (0.05 * 0.95 / studies as f64).sqrt()
}
