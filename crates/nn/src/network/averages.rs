//! Exponential moving averages of the weights (Polyak and Juditsky 1992), by which the network is
//! scored. `torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay),
//! use_buffers=True)`.
//!
//! After the first step a = p; after each later one a ← a + (1 − decay)·(p − a). Training goes on with p.
//!
//! Running statistics of batch normalisation are averaged too. Their own mean is over some ten
//! steps, so they would fit the last weights, and not weights that are averaged over hundreds.

use std::mem;

use fitroom_memory::OutOfMemory;

use super::state::named;
use super::{Network, Stage};
use crate::NetworkTensor;
use crate::buffer::Buffer;
use crate::kernel::{LEAST_MEAN, vectorized};
use crate::layer::execution::Statistic;
use crate::thread_team::VALUE_COST;

/// The averages of a network's parameters and statistics.
pub(super) struct Averages {
    decay: f32,
    parameters: Buffer,
    /// The statistics of all layers, one after another.
    statistics: Vec<f32>,
}

impl Averages {
    pub(super) fn try_new(
        decay: f32,
        parameters: usize,
        stages: &[Stage],
    ) -> Result<Self, OutOfMemory> {
        let statistics = stages.iter().flat_map(|stage| stage.layer.statistics());
        let statistics = statistics.map(|statistic| statistic.values.len()).sum();
        // The parameters, which are read together with these, have phase 0.
        let parameters = Buffer::try_in_phase(parameters, 2)?;
        Ok(Averages { decay, parameters, statistics: vec![0.0; statistics] })
    }
}

impl Network {
    /// Moves the averages after a training step, if there are any.
    pub(super) fn average(&mut self) {
        let Network { team, parameters, averages, stages, frozen, steps, .. } = self;
        let Some(averages) = averages else { return };
        let (share, is_first) = (1.0 - averages.decay, *steps == 1);
        // Frozen parameters and statistics stay what the first step copied.
        let first = stages.get(*frozen).map_or(parameters.len(), |stage| stage.parameters.start);
        if is_first {
            averages.parameters.copy_from_slice(parameters);
        } else {
            let parameters = &parameters[first..];
            team.values(&mut averages.parameters[first..], VALUE_COST, |at, averages| {
                move_towards(&parameters[at..][..averages.len()], share, averages);
            });
        }
        let mut rest = &mut averages.statistics[..];
        for (index, stage) in stages.iter_mut().enumerate() {
            stage.layer.each_statistic(&mut |_, values| {
                let (averages, others) = mem::take(&mut rest).split_at_mut(values.len());
                rest = others;
                if is_first {
                    averages.copy_from_slice(values);
                } else if index >= *frozen {
                    move_towards(values, share, averages);
                }
            });
        }
    }

    /// Does `work` with what scores count in the place of what is trained.
    pub(super) fn with_scored<R>(&mut self, work: impl FnOnce(&mut Network) -> R) -> R {
        if !self.is_averaged() {
            return work(self);
        }
        self.swap_averages();
        let result = work(self);
        self.swap_averages();
        result
    }

    /// Whether scores count averages. Before the first step there are none.
    fn is_averaged(&self) -> bool {
        self.averages.is_some() && self.steps > 0
    }

    fn swap_averages(&mut self) {
        let Network { parameters, averages, stages, .. } = self;
        let Some(averages) = averages else { return };
        mem::swap(parameters, &mut averages.parameters);
        let mut rest = &mut averages.statistics[..];
        for stage in stages {
            stage.layer.each_statistic(&mut |_, values| {
                let (averages, others) = mem::take(&mut rest).split_at_mut(values.len());
                rest = others;
                values.swap_with_slice(averages);
            });
        }
    }

    /// The parameters and statistics that scores count: their averages if the recipe has
    /// [`ema`](super::Recipe::ema) and a step was done, and otherwise [`state`](Self::state). The
    /// names are the same.
    pub fn scored_state(&self) -> Vec<NetworkTensor<'_>> {
        if self.is_averaged() { self.averaged("") } else { self.state() }
    }

    /// Replaces what [`scored_state`](Self::scored_state) gives, as
    /// [`read_state`](Self::read_state) does.
    ///
    /// # Errors
    /// Those of `read`. Some tensors may then be replaced.
    ///
    /// # Panics
    /// If `read` gives another number of values than the tensor has.
    pub fn read_scored_state<E>(
        &mut self,
        read: impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        self.with_scored(|network| network.read_state(read))
    }

    /// The averages, named after what they are averages of: `0.weight.ema`. None without
    /// [`ema`](super::Recipe::ema).
    pub fn average_state(&self) -> Vec<NetworkTensor<'_>> {
        self.averaged(SUFFIX)
    }

    /// Replaces the averages, as [`read_state`](Self::read_state) does.
    ///
    /// # Errors
    /// Those of `read`. Some averages may then be replaced.
    ///
    /// # Panics
    /// If `read` gives another number of values than the tensor has.
    pub fn read_averages<E>(
        &mut self,
        mut read: impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        if self.averages.is_none() {
            return Ok(());
        }
        self.swap_averages();
        let result = self.read_state(|name| read(&format!("{name}{SUFFIX}")));
        self.swap_averages();
        result
    }

    /// The averages under the names of what is trained, with `suffix`.
    fn averaged(&self, suffix: &str) -> Vec<NetworkTensor<'_>> {
        let Some(averages) = &self.averages else { return Vec::new() };
        let mut state = named(&self.places, &averages.parameters, suffix);
        let mut rest = &averages.statistics[..];
        for stage in &self.stages {
            for Statistic { name, layout, .. } in stage.layer.statistics() {
                let (values, others) = rest.split_at(layout.len());
                rest = others;
                let (name, shape) = (format!("{}.{name}{suffix}", stage.path), vec![layout.len()]);
                state.push(NetworkTensor { name, shape, layout, values });
            }
        }
        state
    }
}

/// The end of the name of an average in a checkpoint.
const SUFFIX: &str = ".ema";

/// a ← a + share·(p − a). The average of a weight that has become 0 would end among the subnormal
/// numbers, which are slow: it becomes 0 before.
fn move_towards(parameters: &[f32], share: f32, averages: &mut [f32]) {
    vectorized(|| {
        for (average, &parameter) in averages.iter_mut().zip(parameters) {
            let moved = *average + share * (parameter - *average);
            *average = if moved.abs() < LEAST_MEAN { 0.0 } else { moved };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_follow_by_their_share_and_end_at_zero() {
        // Somewhat more than the least mean, and exact.
        let small = 2f32.powi(-99);
        let mut averages = [1.0, 4.0, small, f32::NAN];
        move_towards(&[3.0, 0.0, 0.0, 1.0], 0.25, &mut averages);
        assert_eq!(averages[..3], [1.5, 3.0, 0.75 * small]);
        assert!(averages[3].is_nan(), "a diverged network is not hidden");
        move_towards(&[0.0; 4], 0.5, &mut averages);
        assert_eq!(averages[..3], [0.75, 1.5, 0.0]);
    }
}
