//! How far each run of a study is, and how long the rest will take.

use std::time::Duration;

use fitroom_study::{Event, RunLabel, RunStatus};

/// A study's runs as its events tell them.
pub struct Tracker {
    threads: usize,
    runs: Vec<Run>,
}

/// One run.
pub struct Run {
    /// Which.
    pub label: RunLabel,
    /// Images that an epoch trains on; 0 until it is begun.
    pub images_per_epoch: usize,
    /// Whole epochs.
    pub epochs_done: u32,
    /// Images of the epoch that is going on.
    pub images_done: usize,
    /// Mean over the epoch so far, as trained.
    pub loss: Option<f64>,
    /// After the last whole epoch.
    pub val_accuracy: Option<f64>,
    /// Images trained on in a second, the time for scoring included once an epoch is whole.
    pub images_per_second: Option<f64>,
    /// Whether nothing more will come of it.
    pub is_over: bool,
    epoch_began: Duration,
    /// Seconds of the epochs that were watched, and how many these were.
    watched: (f64, u32),
}

impl Run {
    fn new(label: RunLabel) -> Self {
        Run {
            images_per_epoch: 0,
            epochs_done: label.done_epochs,
            images_done: 0,
            loss: None,
            val_accuracy: None,
            images_per_second: None,
            is_over: label.status != RunStatus::Pending,
            epoch_began: Duration::ZERO,
            watched: (0.0, 0),
            label,
        }
    }

    fn epochs_left(&self) -> f64 {
        if self.is_over {
            return 0.0;
        }
        let begun = self.images_done as f64 / self.images_per_epoch.max(1) as f64;
        f64::from(self.label.epochs - self.epochs_done) - begun
    }
}

impl Tracker {
    /// Of a study that has `threads` runs going at once.
    pub fn new(threads: usize) -> Self {
        Tracker { threads, runs: Vec::new() }
    }

    /// Takes note of what happened at `now`, counted from any beginning.
    pub fn note(&mut self, event: &Event, now: Duration) {
        match event {
            Event::PredictionsMissing { .. } | Event::RunsSetAside { .. } => {}
            Event::StudyStarted { runs } => {
                self.runs = runs.iter().cloned().map(Run::new).collect()
            }
            Event::RunsAdded { runs } => self.runs.extend(runs.iter().cloned().map(Run::new)),
            Event::RunStarted { run, done_epochs, images_per_epoch, .. } => {
                let run = &mut self.runs[run.index];
                (run.epochs_done, run.images_per_epoch, run.epoch_began) =
                    (*done_epochs, *images_per_epoch, now);
            }
            Event::Step { run, images_done, loss, .. } => {
                let run = &mut self.runs[*run];
                (run.images_done, run.loss) = (*images_done, Some(*loss));
                let seconds = now.saturating_sub(run.epoch_began).as_secs_f64();
                run.images_per_second = rate(*images_done, seconds);
            }
            Event::EpochDone { run, record } => {
                let run = &mut self.runs[*run];
                (run.epochs_done, run.images_done, run.epoch_began) = (record.epoch, 0, now);
                run.loss = Some(record.train_loss);
                run.val_accuracy = Some(record.val_accuracy).filter(|accuracy| !accuracy.is_nan());
                run.images_per_second = rate(run.images_per_epoch, record.seconds);
                run.watched = (run.watched.0 + record.seconds, run.watched.1 + 1);
            }
            Event::RunDone { run, .. } | Event::RunFailed { run, .. } => {
                self.runs[*run].is_over = true
            }
        }
    }

    /// One of the runs, by its index.
    pub fn run(&self, index: usize) -> &Run {
        &self.runs[index]
    }

    /// All of them.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Part of all work that is done, by its estimated cost: from 0 to 1.
    pub fn part_done(&self) -> f64 {
        let cost = |epochs: &dyn Fn(&Run) -> f64| -> f64 {
            self.runs.iter().map(|run| epochs(run) * run.label.epoch_cost as f64).sum()
        };
        let all = cost(&|run| f64::from(run.label.epochs));
        if all > 0.0 { 1.0 - cost(&Run::epochs_left) / all } else { 1.0 }
    }

    /// Estimate of the seconds that are left; `None` until an epoch was watched. The runs that are
    /// left share the threads, and none is done sooner than its own epochs take.
    pub fn seconds_left(&self) -> Option<f64> {
        let (mut all, mut longest) = (0.0, 0.0_f64);
        for run in self.runs.iter().filter(|run| !run.is_over) {
            let seconds = run.epochs_left() * self.seconds_per_epoch(run)?;
            all += seconds;
            longest = longest.max(seconds);
        }
        Some(longest.max(all / self.threads as f64))
    }

    /// As watched in the run's network; where none of its epochs was, by its cost beside those of
    /// the others.
    fn seconds_per_epoch(&self, run: &Run) -> Option<f64> {
        let like =
            self.runs.iter().filter(|other| other.label.network_index == run.label.network_index);
        let (seconds, epochs) =
            like.fold((0.0, 0), |sum, run| (sum.0 + run.watched.0, sum.1 + run.watched.1));
        if epochs > 0 {
            return Some(seconds / f64::from(epochs));
        }
        let seconds: f64 = self.runs.iter().map(|run| run.watched.0).sum();
        let cost: f64 = self
            .runs
            .iter()
            .map(|run| f64::from(run.watched.1) * run.label.epoch_cost as f64)
            .sum();
        (cost > 0.0).then(|| seconds / cost * run.label.epoch_cost as f64)
    }
}

fn rate(images: usize, seconds: f64) -> Option<f64> {
    (images > 0 && seconds > 0.0).then(|| images as f64 / seconds)
}

#[cfg(test)]
pub mod tests {
    use fitroom_study::{EpochRecord, Outcome, Scores, ScoresAt};

    use super::*;

    /// A run of `epochs` epochs, of which none is done.
    pub fn label(
        index: usize,
        network: &str,
        network_index: usize,
        seed: u64,
        epoch_cost: u64,
    ) -> RunLabel {
        let network = network.to_owned();
        let status = RunStatus::Pending;
        RunLabel {
            index,
            network,
            network_index,
            seed,
            status,
            epochs: 4,
            done_epochs: 0,
            epoch_cost,
        }
    }

    pub fn started(run: &RunLabel, done_epochs: u32) -> Event {
        Event::RunStarted {
            run: run.clone(),
            epochs: run.epochs,
            done_epochs,
            images_per_epoch: 1000,
        }
    }

    pub fn epoch_done(run: usize, epoch: u32, seconds: f64) -> Event {
        let record = EpochRecord {
            epoch,
            train_loss: 1.5604,
            train_accuracy: 0.8,
            fit_loss: 0.5,
            fit_accuracy: 0.81,
            val_loss: 0.6,
            val_accuracy: 0.8794,
            learning_rate: 0.001,
            seconds,
        };
        Event::EpochDone { run, record }
    }

    pub fn finished(run: usize) -> Event {
        let scores = |accuracy| Scores { loss: 0.4, accuracy };
        let at =
            ScoresAt { epoch: 3, fit: scores(0.91), val: scores(0.8794), test: scores(0.8721) };
        Event::RunDone {
            run,
            status: RunStatus::Finished,
            outcome: Some(Outcome { best: at, last: at, seconds: 31.4 }),
        }
    }

    /// Two networks over two seeds; the second is three times as costly.
    pub fn four_runs() -> Vec<RunLabel> {
        vec![
            label(0, "L1", 0, 1, 10),
            label(1, "L1", 0, 2, 10),
            label(2, "wide", 1, 1, 30),
            label(3, "wide", 1, 2, 30),
        ]
    }

    fn tracker(threads: usize, runs: &[RunLabel]) -> Tracker {
        let mut tracker = Tracker::new(threads);
        tracker.note(&Event::StudyStarted { runs: runs.to_vec() }, Duration::ZERO);
        tracker
    }

    const NOW: Duration = Duration::from_secs(7);

    #[test]
    fn time_left_follows_cost_until_a_network_was_watched() {
        let runs = four_runs();
        let mut tracker = tracker(1, &runs);
        assert_eq!(tracker.seconds_left(), None);
        tracker.note(&started(&runs[0], 0), NOW);
        tracker.note(&epoch_done(0, 1, 2.0), NOW);
        // 3 + 4 epochs of two seconds, 8 epochs of three times that.
        assert_eq!(tracker.seconds_left(), Some(14.0 + 48.0));
        tracker.note(&started(&runs[2], 0), NOW);
        tracker.note(&epoch_done(2, 1, 10.0), NOW);
        assert_eq!(tracker.seconds_left(), Some(14.0 + 70.0));
        assert_eq!(tracker.part_done(), 40.0 / 320.0);
    }

    #[test]
    fn threads_share_the_runs_but_not_a_run() {
        let runs = four_runs();
        let mut tracker = tracker(2, &runs);
        for run in [0, 2] {
            tracker.note(&started(&runs[run], 0), NOW);
            tracker.note(&epoch_done(run, 1, 2.0), NOW);
        }
        assert_eq!(tracker.seconds_left(), Some((6.0 + 8.0 + 6.0 + 8.0) / 2.0));
        for run in [0, 1, 2] {
            tracker.note(&finished(run), NOW);
        }
        assert_eq!(tracker.seconds_left(), Some(8.0), "the last run is done by one thread");
        tracker.note(&Event::RunFailed { run: 3, error: "disk full".into() }, NOW);
        assert_eq!((tracker.seconds_left(), tracker.part_done()), (Some(0.0), 1.0));
    }

    #[test]
    fn steps_count_as_parts_of_epochs() {
        let runs = four_runs();
        let mut tracker = tracker(1, &runs[..1]);
        tracker.note(&started(&runs[0], 1), Duration::from_secs(5));
        tracker.note(
            &Event::Step { run: 0, epoch: 2, images_done: 500, loss: 2.0 },
            Duration::from_secs(7),
        );
        let run = tracker.run(0);
        assert_eq!((run.images_per_second, run.loss, run.epochs_done), (Some(250.0), Some(2.0), 1));
        assert_eq!(tracker.part_done(), 1.5 / 4.0);
        tracker.note(&epoch_done(0, 2, 4.0), Duration::from_secs(9));
        tracker.note(
            &Event::Step { run: 0, epoch: 3, images_done: 250, loss: 1.0 },
            Duration::from_secs(10),
        );
        assert_eq!(tracker.seconds_left(), Some(4.0 * 1.75));
        assert_eq!(
            tracker.run(0).images_per_second,
            Some(250.0),
            "counted from the epoch's beginning"
        );
    }

    #[test]
    fn runs_that_were_done_before_cost_nothing() {
        let mut runs = four_runs();
        (runs[0].status, runs[0].done_epochs) = (RunStatus::Finished, 4);
        runs[1].done_epochs = 3;
        let mut tracker = tracker(1, &runs[..2]);
        assert_eq!(tracker.part_done(), 7.0 / 8.0);
        tracker.note(&started(&runs[1], 3), NOW);
        tracker.note(&epoch_done(1, 4, 2.0), NOW);
        tracker.note(&finished(1), NOW);
        assert_eq!((tracker.seconds_left(), tracker.part_done()), (Some(0.0), 1.0));
    }
}
