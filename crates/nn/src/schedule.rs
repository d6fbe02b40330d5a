//! How the learning rate changes during training.

use serde::{Deserialize, Serialize};

/// The learning rate during training: a linear warm-up, then a decay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Epochs over which the learning rate rises linearly from 0 to its base; may be a fraction.
    #[serde(default)]
    pub warmup_epochs: f32,
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
    /// The learning rate follows half a cosine from the base to `minimum` at the last step
    /// (Loshchilov and Hutter 2017).
    Cosine {
        /// The learning rate at the end.
        #[serde(default)]
        minimum: f32,
    },
}

impl Schedule {
    /// Whether the learning rate of a step depends on the total number of epochs. If not, a longer
    /// training begins exactly as a shorter one.
    pub fn depends_on_epochs(&self) -> bool {
        match self.decay {
            Decay::Constant | Decay::Step { .. } => false,
            Decay::Cosine { .. } => true,
        }
    }

    /// The learning rate of a step. `step` counts from 0 over all `epochs` epochs, of
    /// `steps_per_epoch` steps each.
    pub fn learning_rate(&self, base: f32, step: u64, steps_per_epoch: u64, epochs: u32) -> f32 {
        let warmup_steps = f64::from(self.warmup_epochs) * steps_per_epoch as f64;
        let position = step as f64;
        let base = f64::from(base);
        if position < warmup_steps {
            return (base * (position + 1.0) / warmup_steps.max(1.0)).min(base) as f32;
        }
        let rate = match self.decay {
            Decay::Constant => base,
            Decay::Step { every_epochs, factor } => {
                let epoch = step / steps_per_epoch.max(1);
                base * f64::from(factor).powi((epoch / u64::from(every_epochs.max(1))) as i32)
            }
            Decay::Cosine { minimum } => {
                let minimum = f64::from(minimum);
                let total = steps_per_epoch as f64 * f64::from(epochs) - warmup_steps;
                let done = ((position - warmup_steps) / total.max(1.0)).min(1.0);
                minimum + (base - minimum) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
            }
        };
        rate as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_says_whether_it_depends_on_the_number_of_epochs() {
        for decay in [
            Decay::Constant,
            Decay::Step { every_epochs: 2, factor: 0.5 },
            Decay::Cosine { minimum: 0.01 },
        ] {
            let schedule = Schedule { warmup_epochs: 1.0, decay };
            let differs = (0..40).any(|step| {
                schedule.learning_rate(0.1, step, 10, 4) != schedule.learning_rate(0.1, step, 10, 5)
            });
            assert_eq!(schedule.depends_on_epochs(), differs, "{decay:?}");
        }
    }

    fn rate(schedule: Schedule, step: u64) -> f32 {
        schedule.learning_rate(0.1, step, 10, 10)
    }

    #[test]
    fn constant_stays() {
        assert_eq!(rate(Schedule::default(), 0), 0.1);
        assert_eq!(rate(Schedule::default(), 99), 0.1);
    }

    #[test]
    fn step_falls_after_every_few_epochs() {
        let schedule =
            Schedule { warmup_epochs: 0.0, decay: Decay::Step { every_epochs: 3, factor: 0.5 } };
        assert_eq!(rate(schedule, 29), 0.1);
        assert_eq!(rate(schedule, 30), 0.05);
        assert_eq!(rate(schedule, 60), 0.025);
    }

    #[test]
    fn cosine_is_half_way_in_the_middle_and_ends_at_the_minimum() {
        let schedule = Schedule { warmup_epochs: 0.0, decay: Decay::Cosine { minimum: 0.02 } };
        assert_eq!(rate(schedule, 0), 0.1);
        assert!((rate(schedule, 50) - 0.06).abs() < 1e-6);
        assert!((rate(schedule, 100) - 0.02).abs() < 1e-6);
    }

    #[test]
    fn warmup_rises_linearly_and_reaches_the_base() {
        let schedule = Schedule { warmup_epochs: 0.5, decay: Decay::Constant };
        for (step, expected) in [0.02, 0.04, 0.06, 0.08, 0.1, 0.1].into_iter().enumerate() {
            assert!((rate(schedule, step as u64) - expected).abs() < 1e-7, "step {step}");
        }
    }
}
