//! The learning rates of a range test.

use thiserror::Error;

/// Learning rates that grow exponentially from a low one to a high one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateRange {
    from: f32,
    to: f32,
    steps: u32,
}

/// Why there is no such range.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum RateRangeError {
    /// The lowest learning rate is no positive number, or not below the highest.
    #[error(
        "learning rates can't grow from {from} to {to}\nhint: both are positive numbers, the second the higher one: --from 1e-7 --to 10"
    )]
    Ends {
        /// The lowest learning rate.
        from: f32,
        /// The highest learning rate.
        to: f32,
    },
    /// There are too few steps to tell anything, or too many.
    #[error(
        "a range test has {} to {} steps, not {steps}\nhint: 100 is usual",
        RateRange::LEAST_STEPS,
        RateRange::MOST_STEPS
    )]
    Steps {
        /// The number of steps.
        steps: u32,
    },
}

impl RateRange {
    /// Fewest steps of a range test.
    pub const LEAST_STEPS: u32 = 20;
    /// Most steps of a range test.
    pub const MOST_STEPS: u32 = 10_000;

    /// Learning rates from `from` on, in `steps` steps; the step after the last would have `to`.
    ///
    /// # Errors
    /// The ends are not positive and ascending, or the steps are too few or too many.
    pub fn new(from: f32, to: f32, steps: u32) -> Result<Self, RateRangeError> {
        if !(from > 0.0 && from < to && to.is_finite()) {
            return Err(RateRangeError::Ends { from, to });
        }
        if !(Self::LEAST_STEPS..=Self::MOST_STEPS).contains(&steps) {
            return Err(RateRangeError::Steps { steps });
        }
        Ok(RateRange { from, to, steps })
    }

    /// The lowest learning rate.
    pub fn from(&self) -> f32 {
        self.from
    }

    /// The learning rate that the last step comes close to.
    pub fn to(&self) -> f32 {
        self.to
    }

    /// The number of steps.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// The learning rate of a step, from 0: from · (to / from)^(step / steps), as fastai's `SchedExp`.
    pub fn at(&self, step: u32) -> f32 {
        let (from, to) = (f64::from(self.from), f64::from(self.to));
        // In f64, where the ratio of two f32s is always finite.
        (from * (to / from).powf(f64::from(step) / f64::from(self.steps))) as f32
    }
}

impl Default for RateRange {
    /// From 1e-7 to 10 in 100 steps, as fastai's `lr_find`.
    fn default() -> Self {
        RateRange { from: 1e-7, to: 10.0, steps: 100 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_grow_by_the_same_factor() {
        let range = RateRange::default();
        assert_eq!(range.at(0), 1e-7);
        assert!((range.at(50) / 1e-3 - 1.0).abs() < 1e-6 && (range.at(100) - 10.0).abs() < 1e-5);
        let widest = RateRange::new(f32::MIN_POSITIVE, f32::MAX, 100).unwrap();
        assert!((0..100).all(|step| widest.at(step).is_finite() && widest.at(step) > 0.0));
    }

    #[test]
    fn wrong_ranges_are_errors_with_a_hint() {
        let (nan, infinite) = (f32::NAN, f32::INFINITY);
        for (from, to) in [
            (0.0, 1.0),
            (-1.0, 1.0),
            (1.0, 1.0),
            (2.0, 1.0),
            (nan, 1.0),
            (1.0, nan),
            (1.0, infinite),
        ] {
            let error = RateRange::new(from, to, 100).unwrap_err();
            assert!(error.to_string().contains("\nhint: both are positive"), "{error}");
        }
        for steps in [0, 19, 10_001] {
            let error = RateRange::new(1e-7, 10.0, steps).unwrap_err();
            assert_eq!(error, RateRangeError::Steps { steps });
        }
    }
}
