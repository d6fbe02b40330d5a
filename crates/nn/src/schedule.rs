//! How the learning rate changes during training.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// The learning rate during training: a linear warm-up, then a decay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Epochs over which the learning rate rises linearly from 0 to its base; may be a fraction.
    #[serde(default)]
    pub warmup_epochs: f32,
    /// Steps over which the learning rate rises linearly, if not 0. They take the place of
    /// `warmup_epochs`. They were added later, and at 0 they are not stored.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warmup_steps: u32,
    /// What the learning rate does after the warm-up.
    #[serde(flatten)]
    pub decay: Decay,
}

/// What the learning rate does after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum Decay {
    /// The learning rate stays at the base.
    #[default]
    Constant,
    /// The learning rate is multiplied by `factor` after every `every_epochs` epochs.
    /// `torch.optim.lr_scheduler.StepLR`.
    Step {
        /// Epochs between two changes.
        every_epochs: u32,
        /// The factor of each change.
        factor: f32,
    },
    /// The learning rate is multiplied by `gamma` after every epoch.
    /// `torch.optim.lr_scheduler.ExponentialLR`.
    Exponential {
        /// The factor of an epoch.
        gamma: f32,
    },
    /// The learning rate follows half a cosine from the base to `minimum` at the last step
    /// (Loshchilov and Hutter 2017).
    Cosine {
        /// The learning rate at the end.
        #[serde(default)]
        minimum: f32,
    },
    /// The learning rate follows half a cosine from the base to `minimum`, again and again
    /// (Loshchilov and Hutter 2017). `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`, with a
    /// step for each batch.
    #[serde(rename = "cosine-restarts")]
    CosineRestarts {
        /// Epochs of the first period, PyTorch's `T_0`.
        first_epochs: u32,
        /// How many times as long as the last one each period is, PyTorch's `T_mult`.
        multiplier: u32,
        /// The learning rate at the end of each period, PyTorch's `eta_min`.
        minimum: f32,
    },
    /// The learning rate rises along half a cosine to the base, then falls along another far below
    /// where it began (Smith and Topin 2018). `torch.optim.lr_scheduler.OneCycleLR` with
    /// `cycle_momentum=False`.
    OneCycle {
        /// The share of all steps in which it rises.
        pct_start: f32,
        /// The base divided by the learning rate of the first step.
        div_factor: f32,
        /// The learning rate of the first step divided by that of the last step.
        final_div_factor: f32,
    },
    /// The learning rate is multiplied by `factor` when validation has not become better for more
    /// than `patience` epochs. `torch.optim.lr_scheduler.ReduceLROnPlateau`.
    Plateau {
        /// The factor of each change.
        factor: f32,
        /// Epochs without a better score that change nothing yet.
        patience: u32,
        /// By how much of itself a score must be better to count.
        threshold: f32,
        /// The lowest learning rate, PyTorch's `min_lr`.
        minimum: f32,
    },
}

/// A change of the learning rate below this is left out, as PyTorch's `eps`.
const LEAST_CHANGE: f64 = 1e-8;

impl Decay {
    /// The names of all schedules, as study files write them.
    pub const NAMES: &[&str] =
        &["constant", "step", "exponential", "cosine", "cosine-restarts", "onecycle", "plateau"];
}

impl Schedule {
    /// Whether the learning rate of a step depends on the total number of epochs. If not, a longer
    /// training begins exactly as a shorter one.
    pub fn depends_on_epochs(&self) -> bool {
        match self.decay {
            Decay::Constant
            | Decay::Step { .. }
            | Decay::Exponential { .. }
            | Decay::CosineRestarts { .. }
            | Decay::Plateau { .. } => false,
            Decay::Cosine { .. } | Decay::OneCycle { .. } => true,
        }
    }

    /// Whether the learning rate depends on the scores of the validation images.
    pub fn depends_on_scores(&self) -> bool {
        match self.decay {
            Decay::Constant
            | Decay::Step { .. }
            | Decay::Exponential { .. }
            | Decay::Cosine { .. }
            | Decay::CosineRestarts { .. }
            | Decay::OneCycle { .. } => false,
            Decay::Plateau { .. } => true,
        }
    }

    /// The base of the epoch after those of `scores`, which [`learning_rate`](Self::learning_rate)
    /// goes on from. Higher scores are better: the accuracy, or the negative loss. It follows from the
    /// scores alone, so a training that goes on from a checkpoint has the same one.
    pub fn base_after(&self, base: f32, scores: impl IntoIterator<Item = f64>) -> f32 {
        let Decay::Plateau { factor, patience, threshold, minimum } = self.decay else {
            return base;
        };
        let (mut rate, mut best, mut waited) = (f64::from(base), f64::NEG_INFINITY, 0);
        for score in scores {
            let is_first = best == f64::NEG_INFINITY;
            let is_better =
                score > best && (is_first || score > best + best.abs() * f64::from(threshold));
            (best, waited) = if is_better { (score, 0) } else { (best, waited + 1) };
            if waited > patience {
                waited = 0;
                let reduced = (rate * f64::from(factor)).max(f64::from(minimum));
                if rate - reduced > LEAST_CHANGE {
                    rate = reduced;
                }
            }
        }
        rate as f32
    }

    /// The learning rate of a step. `step` counts from 0 over the `total_steps` of the training, of
    /// which an epoch has `steps_per_epoch`; the last epoch may have fewer.
    pub fn learning_rate(
        &self,
        base: f32,
        step: u64,
        steps_per_epoch: u64,
        total_steps: u64,
    ) -> f32 {
        let warmup_steps = match self.warmup_steps {
            0 => f64::from(self.warmup_epochs) * steps_per_epoch as f64,
            steps => f64::from(steps),
        };
        let position = step as f64;
        let base = f64::from(base);
        if position < warmup_steps {
            return (base * (position + 1.0) / warmup_steps.max(1.0)).min(base) as f32;
        }
        let rate = match self.decay {
            // The changes of a plateau are in the base.
            Decay::Constant | Decay::Plateau { .. } => base,
            Decay::Step { every_epochs, factor } => {
                let epoch = step / steps_per_epoch.max(1);
                base * f64::from(factor).powi((epoch / u64::from(every_epochs.max(1))) as i32)
            }
            Decay::Exponential { gamma } => {
                let epoch = (step / steps_per_epoch.max(1)).min(i32::MAX as u64);
                base * f64::from(gamma).powi(epoch as i32)
            }
            Decay::Cosine { minimum } => {
                let minimum = f64::from(minimum);
                let total = total_steps as f64 - warmup_steps;
                let done = ((position - warmup_steps) / total.max(1.0)).min(1.0);
                minimum + (base - minimum) * 0.5 * (1.0 + (PI * done).cos())
            }
            Decay::CosineRestarts { first_epochs, multiplier, minimum } => {
                let first = (steps_per_epoch as f64 * f64::from(first_epochs)).max(1.0);
                let done = done_of_period(position - warmup_steps, first, f64::from(multiplier));
                half_cosine(base, f64::from(minimum), done)
            }
            Decay::OneCycle { pct_start, div_factor, final_div_factor } => {
                let total = total_steps as f64;
                let peak = f64::from(pct_start) * total - 1.0;
                let first = base / f64::from(div_factor);
                match position <= peak {
                    true => half_cosine(first, base, share(position, peak)),
                    false => {
                        let last = first / f64::from(final_div_factor);
                        half_cosine(base, last, share(position - peak, total - 1.0 - peak))
                    }
                }
            }
        };
        rate as f32
    }
}

/// How much of its period is over, 0 to 1, at `position`. The first period has `first` steps, each
/// later one `multiplier` times as many as the one before.
fn done_of_period(position: f64, first: f64, multiplier: f64) -> f64 {
    if multiplier <= 1.0 {
        return (position % first) / first;
    }
    let (mut position, mut period) = (position, first);
    while position >= period {
        position -= period;
        period *= multiplier;
    }
    position / period
}

/// From `from`, where `done` is 0, along half a cosine to `to`, where it is 1.
fn half_cosine(from: f64, to: f64, done: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (PI * done).cos())
}

/// `part` of `whole`, 1 at most, and 1 of a whole that has no length.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).min(1.0) } else { 1.0 }
}

fn is_zero(steps: &u32) -> bool {
    *steps == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(decay: Decay) -> Schedule {
        Schedule { decay, ..Schedule::default() }
    }

    #[test]
    fn a_schedule_says_whether_it_depends_on_the_number_of_epochs() {
        for decay in [
            Decay::Constant,
            Decay::Step { every_epochs: 2, factor: 0.5 },
            Decay::Exponential { gamma: 0.5 },
            Decay::Cosine { minimum: 0.01 },
            Decay::CosineRestarts { first_epochs: 2, multiplier: 2, minimum: 0.0 },
            Decay::OneCycle { pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 },
            Decay::Plateau { factor: 0.1, patience: 0, threshold: 0.0, minimum: 0.0 },
        ] {
            let schedule = Schedule { warmup_epochs: 1.0, ..of(decay) };
            let differs = (0..40).any(|step| {
                schedule.learning_rate(0.1, step, 10, 40)
                    != schedule.learning_rate(0.1, step, 10, 50)
            });
            assert_eq!(schedule.depends_on_epochs(), differs, "{decay:?}");
        }
    }

    fn rate(schedule: Schedule, step: u64) -> f32 {
        schedule.learning_rate(0.1, step, 10, 100)
    }

    #[test]
    fn constant_stays() {
        assert_eq!(rate(Schedule::default(), 0), 0.1);
        assert_eq!(rate(Schedule::default(), 99), 0.1);
    }

    #[test]
    fn step_falls_after_every_few_epochs() {
        let schedule = of(Decay::Step { every_epochs: 3, factor: 0.5 });
        assert_eq!(rate(schedule, 29), 0.1);
        assert_eq!(rate(schedule, 30), 0.05);
        assert_eq!(rate(schedule, 60), 0.025);
    }

    #[test]
    fn cosine_is_half_way_in_the_middle_and_ends_at_the_minimum() {
        let schedule = of(Decay::Cosine { minimum: 0.02 });
        assert_eq!(rate(schedule, 0), 0.1);
        assert!((rate(schedule, 50) - 0.06).abs() < 1e-6);
        assert!((rate(schedule, 100) - 0.02).abs() < 1e-6);
    }

    #[test]
    fn warmup_rises_linearly_and_reaches_the_base() {
        let schedule = Schedule { warmup_epochs: 0.5, ..Schedule::default() };
        for (step, expected) in [0.02, 0.04, 0.06, 0.08, 0.1, 0.1].into_iter().enumerate() {
            assert!((rate(schedule, step as u64) - expected).abs() < 1e-7, "step {step}");
        }
    }

    #[test]
    fn warmup_steps_take_the_place_of_warmup_epochs() {
        let schedule = Schedule { warmup_epochs: 3.0, warmup_steps: 4, ..Schedule::default() };
        for (step, expected) in [0.025, 0.05, 0.075, 0.1, 0.1].into_iter().enumerate() {
            assert!((rate(schedule, step as u64) - expected).abs() < 1e-7, "step {step}");
        }
    }

    #[test]
    fn the_names_are_those_of_the_stored_form() {
        let settings = r#""every_epochs":1,"factor":1,"gamma":1,"first_epochs":1,"multiplier":1,
            "minimum":0,"pct_start":0.3,"div_factor":25,"final_div_factor":10000,
            "patience":3,"threshold":0.1"#;
        for name in Decay::NAMES {
            let schedule: Schedule =
                serde_json::from_str(&format!(r#"{{"name":"{name}",{settings}}}"#)).unwrap();
            let stored = serde_json::to_value(schedule).unwrap();
            assert_eq!(stored["name"], *name);
            assert_eq!(serde_json::from_value::<Schedule>(stored).unwrap(), schedule);
        }
        let stored = serde_json::to_string(&Schedule::default()).unwrap();
        assert_eq!(stored, r#"{"warmup_epochs":0.0,"name":"constant"}"#);
    }

    /// A training of a single step, steps of no length, and numbers at the limits of their settings.
    #[test]
    fn every_learning_rate_is_a_number() {
        for decay in [
            Decay::Exponential { gamma: f32::MIN_POSITIVE },
            Decay::CosineRestarts { first_epochs: u32::MAX, multiplier: u32::MAX, minimum: 0.0 },
            Decay::CosineRestarts { first_epochs: 1, multiplier: 1, minimum: 0.2 },
            Decay::OneCycle { pct_start: 0.0, div_factor: 25.0, final_div_factor: 1e4 },
            Decay::OneCycle { pct_start: 0.999_999_94, div_factor: 1e-3, final_div_factor: 1e-3 },
            Decay::OneCycle { pct_start: 0.1, div_factor: 25.0, final_div_factor: 1e4 },
        ] {
            for (steps_per_epoch, epochs) in [(1, 1), (10, 1), (1, 10), (0, 0), (3, 7)] {
                for step in (0..50).chain([u64::MAX >> 20]) {
                    let steps = steps_per_epoch * epochs;
                    let rate = of(decay).learning_rate(0.1, step, steps_per_epoch, steps);
                    assert!(rate.is_finite() && rate >= 0.0, "{decay:?} {step}: {rate}");
                }
            }
        }
    }

    #[test]
    fn a_plateau_of_nan_lowers_the_learning_rate_to_its_minimum() {
        let decay = Decay::Plateau { factor: 0.5, patience: 1, threshold: 0.0, minimum: 0.01 };
        let base = |scores: &[f64]| of(decay).base_after(0.1, scores.iter().copied());
        assert_eq!(base(&[]), 0.1);
        assert_eq!(base(&[f64::NAN; 3]), 0.05);
        assert_eq!(base(&[f64::NAN; 99]), 0.01);
        assert_eq!(of(Decay::Constant).base_after(0.1, [f64::NAN; 9]), 0.1);
    }
}
