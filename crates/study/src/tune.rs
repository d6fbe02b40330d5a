//! `tune`: with which learning rates a network is tried before the study proper.

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::StudyError;
use crate::keys::{Keys, NumberLimits};
use crate::limits::SEEDS;

/// The learning rates that a network is tried with, and which one was the best.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tune {
    /// The learning rates, in the order of the study file.
    #[serde(rename = "learning_rate")]
    pub learning_rates: Vec<f32>,
    /// How many seeds each of them is trained with.
    pub seeds: u32,
    /// The best one; `None` until it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<f32>,
}

/// How many learning rates a network may be tried with.
const RATES: RangeInclusive<usize> = 2..=100;

/// Seeds of a `tune` that does not say how many.
const DEFAULT_SEEDS: u32 = 2;

/// The value of `tune` with which a network is not tuned, although `[training]` says so.
const NO_TUNE: &str = "none";

/// Reads `tune`, which takes the place of the one that there was.
pub(crate) fn read_tune(keys: &mut Keys, tune: &mut Option<Tune>) -> Result<(), StudyError> {
    if keys.value("tune").is_some_and(|value| value.get_ref().as_str() == Some(NO_TUNE)) {
        *tune = None;
        return Ok(());
    }
    let Some(mut keys) = keys.table("tune")? else { return Ok(()) };
    let learning_rates = keys.positives("learning_rate", RATES)?;
    let learning_rates = keys.required("learning_rate", learning_rates)?;
    let seeds = keys.whole("seeds", SEEDS)?.unwrap_or(DEFAULT_SEEDS);
    let chosen = keys.real("chosen", NumberLimits::Positive)?;
    if chosen.is_some_and(|chosen| !learning_rates.contains(&chosen)) {
        return Err(keys.wrong_value("chosen", "one of the learning rates"));
    }
    keys.finish()?;
    *tune = Some(Tune { learning_rates, seeds, chosen });
    Ok(())
}

impl Tune {
    /// Whether the best learning rate is the lowest or the highest of those that were tried, so that
    /// one beyond it may be better.
    pub fn is_at_an_end(&self) -> bool {
        let rates = || self.learning_rates.iter().copied();
        let (low, high) = (rates().reduce(f32::min), rates().reduce(f32::max));
        self.chosen.is_some() && (self.chosen == low || self.chosen == high)
    }
}

#[cfg(test)]
mod tests;
