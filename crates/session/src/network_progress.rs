//! What the runs of one network add up to: how much of them is left, and how fast they went.

use crate::run_progress::RunProgress;

/// The sums over the runs of one network.
#[derive(Clone, Debug, Default)]
pub(crate) struct NetworkProgress {
    /// The indices of the network's runs.
    pub runs: Vec<usize>,
    /// Whether a run is still to be trained here.
    pub is_open: bool,
    /// Seconds that this session trained the runs, and the number of epochs in that time.
    pub watched: (f64, f64),
    /// What these epochs cost.
    pub watched_cost: f64,
    /// What all epochs of all runs cost.
    pub cost: f64,
    /// What is left of that, with runs that are left out.
    pub cost_left: f64,
    /// Epochs, and their cost, that are left without runs that are left out.
    epochs_left: Left,
    open_cost_left: Left,
}

/// A sum over runs, and the largest summand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Left {
    pub sum: f64,
    pub longest: f64,
}

impl Left {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.longest = self.longest.max(value);
    }

    fn times(self, factor: f64) -> Self {
        Left { sum: self.sum * factor, longest: self.longest * factor }
    }
}

impl NetworkProgress {
    /// Sums up the network's runs, which are some of `all`. It sums anew, since sums that are only
    /// changed gather rounding errors, and nothing would be left at the end but those.
    pub fn sum_up(&mut self, all: &[RunProgress]) {
        let mut sums = NetworkProgress { runs: std::mem::take(&mut self.runs), ..Self::default() };
        for run in sums.runs.iter().map(|&index| &all[index]) {
            let cost = run.label.epoch_cost as f64;
            let left = run.epochs_left();
            sums.watched.0 += run.watched.0;
            sums.watched.1 += run.watched.1;
            sums.watched_cost += run.watched.1 * cost;
            sums.cost += run.label.passes * cost;
            sums.cost_left += left * cost;
            if !run.is_over && !run.label.is_left_out {
                sums.is_open = true;
                sums.epochs_left.add(left);
                sums.open_cost_left.add(left * cost);
            }
        }
        *self = sums;
    }

    /// The seconds that the open runs take on one thread each: by the mean of the network's epochs that
    /// this session trained. If there are none, by `usual`, the seconds per unit of cost over all
    /// networks; `None` if that is not known either.
    pub fn seconds_left(&self, usual: Option<f64>) -> Option<Left> {
        match self.watched {
            (seconds, epochs) if epochs > 0.0 => Some(self.epochs_left.times(seconds / epochs)),
            _ => Some(self.open_cost_left.times(usual?)),
        }
    }
}
