//! How far each run of a study has come, and how long the rest will take.

use std::time::Duration;

use fitroom_study::{Event, RunLabel, RunStatus};

use crate::TimeLeft;

/// The state of a study's runs, gathered from the study's events.
#[derive(Clone, Debug, Default)]
pub struct StudyProgress {
    runs: Vec<RunProgress>,
}

/// How far one run has come.
#[derive(Clone, Debug)]
pub struct RunProgress {
    /// Which run this is.
    pub label: RunLabel,
    /// Number of images that an epoch trains on; 0 until the run has started.
    pub images_per_epoch: usize,
    /// Number of complete epochs.
    pub epochs_done: u32,
    /// Number of images of the current epoch that were trained on.
    pub images_done: usize,
    /// Mean training loss of the current epoch so far, with dropout and penalty.
    pub loss: Option<f64>,
    /// Validation accuracy after the last complete epoch, a fraction.
    pub val_accuracy: Option<f64>,
    /// Training images per second. After a complete epoch, this includes the time for scoring.
    pub images_per_second: Option<f64>,
    /// Whether the run has ended here: it finished, diverged or failed, or another process trains it.
    pub is_over: bool,
    epoch_began: Duration,
    /// Images of the current epoch that were trained on before the study started again.
    images_before: usize,
    /// Seconds that this session trained this run, and the number of epochs in that time.
    watched: (f64, u32),
}

impl RunProgress {
    fn new(label: RunLabel) -> Self {
        RunProgress {
            images_per_epoch: 0,
            epochs_done: label.done_epochs,
            images_done: 0,
            loss: None,
            val_accuracy: None,
            images_per_second: None,
            is_over: label.status != RunStatus::Pending,
            epoch_began: Duration::ZERO,
            images_before: 0,
            watched: (0.0, 0),
            label,
        }
    }

    /// The run when its study starts again: with what is known of it from `before`.
    fn again(label: &RunLabel, before: &[RunProgress]) -> Self {
        let run = RunProgress::new(label.clone());
        let is_same = |of: &&RunProgress| {
            (of.label.network_index, of.label.seed) == (label.network_index, label.seed)
        };
        let Some(before) = before.iter().find(is_same) else { return run };
        let is_same_epoch = run.epochs_done == before.epochs_done;
        RunProgress {
            images_per_epoch: before.images_per_epoch,
            images_done: if is_same_epoch { before.images_done } else { 0 },
            loss: before.loss,
            val_accuracy: before.val_accuracy,
            watched: before.watched,
            ..run
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

impl StudyProgress {
    /// Updates the state with an event that happened at `now`, the time since any fixed moment.
    pub fn note(&mut self, event: &Event, now: Duration) {
        match event {
            Event::PredictionsMissing { .. }
            | Event::RunsSetAside { .. }
            | Event::SeedsLowered { .. } => {}
            Event::StudyStarted { runs } => {
                let before = std::mem::take(&mut self.runs);
                self.runs = runs.iter().map(|run| RunProgress::again(run, &before)).collect();
            }
            Event::RunsAdded { runs, .. } => {
                self.runs.extend(runs.iter().cloned().map(RunProgress::new))
            }
            Event::RunStarted { run, done_epochs, images_per_epoch, .. } => {
                let run = &mut self.runs[run.index];
                (run.epochs_done, run.images_per_epoch, run.epoch_began) =
                    (*done_epochs, *images_per_epoch, now);
                run.images_before = run.images_done;
            }
            Event::Step { run, images_done, loss, .. } => {
                let run = &mut self.runs[*run];
                (run.images_done, run.loss) = (*images_done, Some(*loss));
                let seconds = now.saturating_sub(run.epoch_began).as_secs_f64();
                let images = images_done.saturating_sub(run.images_before);
                run.images_per_second = rate(images, seconds);
            }
            Event::EpochDone { run, record } => {
                let run = &mut self.runs[*run];
                (run.epochs_done, run.images_done, run.epoch_began) = (record.epoch, 0, now);
                run.images_before = 0;
                run.loss = Some(record.train_loss);
                run.val_accuracy = Some(record.val_accuracy).filter(|accuracy| !accuracy.is_nan());
                run.images_per_second = rate(run.images_per_epoch, record.seconds);
                run.watched = (run.watched.0 + record.seconds, run.watched.1 + 1);
            }
            Event::RunDone { run, .. }
            | Event::RunFailed { run, .. }
            | Event::RunElsewhere { run, .. } => self.runs[*run].is_over = true,
        }
    }

    /// The run of this index: see [`RunLabel::index`].
    pub fn run(&self, index: usize) -> &RunProgress {
        &self.runs[index]
    }

    /// All runs, by index.
    pub fn runs(&self) -> &[RunProgress] {
        &self.runs
    }

    /// How much of the study is left to do, on this number of threads.
    pub fn time_left(&self, threads: usize) -> TimeLeft {
        TimeLeft { seconds_left: self.seconds_left(threads), part_done: self.part_done() }
    }

    fn part_done(&self) -> f64 {
        let cost = |epochs: &dyn Fn(&RunProgress) -> f64| -> f64 {
            self.runs.iter().map(|run| epochs(run) * run.label.epoch_cost as f64).sum()
        };
        let all = cost(&|run| f64::from(run.label.epochs));
        if all > 0.0 { 1.0 - cost(&RunProgress::epochs_left) / all } else { 1.0 }
    }

    /// The remaining runs share the threads. The estimate is at least the time of the longest run
    /// at the speed seen so far: it does not count on threads that other runs set free. It does not
    /// count runs that are left out.
    fn seconds_left(&self, threads: usize) -> Option<f64> {
        let (mut all, mut longest) = (0.0, 0.0_f64);
        for run in self.runs.iter().filter(|run| !run.is_over && !run.label.is_left_out) {
            let seconds = run.epochs_left() * self.seconds_per_epoch(run)?;
            all += seconds;
            longest = longest.max(seconds);
        }
        Some(longest.max(all / threads as f64))
    }

    /// The mean seconds of the epochs of this run's network that this session trained. If there are
    /// none, the seconds per unit of cost over all networks, times the cost of this run's epoch.
    fn seconds_per_epoch(&self, run: &RunProgress) -> Option<f64> {
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
mod tests {
    use fitroom_study::EpochRecord;

    use super::*;

    /// A run of four epochs, of which none is done.
    fn label(index: usize, network_index: usize, seed: u64, epoch_cost: u64) -> RunLabel {
        RunLabel {
            index,
            network: format!("network {network_index}"),
            network_index,
            seed,
            status: RunStatus::Pending,
            epochs: 4,
            done_epochs: 0,
            epoch_cost,
            is_left_out: false,
        }
    }

    /// Two networks over two seeds. An epoch of the second network costs three times as much as one
    /// of the first.
    fn four_runs() -> Vec<RunLabel> {
        vec![label(0, 0, 1, 10), label(1, 0, 2, 10), label(2, 1, 1, 30), label(3, 1, 2, 30)]
    }

    fn started(run: &RunLabel, done_epochs: u32) -> Event {
        let run = run.clone();
        Event::RunStarted { epochs: run.epochs, run, done_epochs, images_per_epoch: 1000 }
    }

    fn step(run: usize, epoch: u32, images_done: usize, loss: f64) -> Event {
        Event::Step { run, epoch, images_done, loss }
    }

    fn epoch_done(run: usize, epoch: u32, seconds: f64) -> Event {
        let record = EpochRecord {
            epoch,
            train_loss: 1.5,
            train_accuracy: 0.8,
            fit_loss: 0.5,
            fit_accuracy: 0.81,
            val_loss: 0.6,
            val_accuracy: 0.87,
            learning_rate: 0.001,
            seconds,
        };
        Event::EpochDone { run, record }
    }

    fn finished(run: usize) -> Event {
        Event::RunDone { run, status: RunStatus::Finished, outcome: None }
    }

    fn progress(runs: &[RunLabel]) -> StudyProgress {
        let mut progress = StudyProgress::default();
        progress.note(&Event::StudyStarted { runs: runs.to_vec() }, Duration::ZERO);
        progress
    }

    const NOW: Duration = Duration::from_secs(7);

    #[test]
    fn time_left_follows_cost_until_an_epoch_of_the_network_was_trained() {
        let runs = four_runs();
        let mut progress = progress(&runs);
        assert_eq!(progress.seconds_left(1), None);
        progress.note(&started(&runs[0], 0), NOW);
        progress.note(&epoch_done(0, 1, 2.0), NOW);
        // 3 + 4 epochs of two seconds, 8 epochs of three times that.
        assert_eq!(progress.seconds_left(1), Some(14.0 + 48.0));
        progress.note(&started(&runs[2], 0), NOW);
        progress.note(&epoch_done(2, 1, 10.0), NOW);
        let expected = TimeLeft { seconds_left: Some(14.0 + 70.0), part_done: 40.0 / 320.0 };
        assert_eq!(progress.time_left(1), expected);
    }

    #[test]
    fn the_estimate_is_shared_by_the_threads_but_not_below_the_longest_run() {
        let runs = four_runs();
        let mut progress = progress(&runs);
        for run in [0, 2] {
            progress.note(&started(&runs[run], 0), NOW);
            progress.note(&epoch_done(run, 1, 2.0), NOW);
        }
        assert_eq!(progress.seconds_left(2), Some((6.0 + 8.0 + 6.0 + 8.0) / 2.0));
        for run in [0, 1, 2] {
            progress.note(&finished(run), NOW);
        }
        assert_eq!(progress.seconds_left(2), Some(8.0), "the last run at the speed seen so far");
        progress.note(&Event::RunFailed { run: 3, error: "disk full".into() }, NOW);
        let nothing = TimeLeft { seconds_left: Some(0.0), part_done: 1.0 };
        assert_eq!(progress.time_left(2), nothing);
    }

    #[test]
    fn steps_count_as_parts_of_epochs() {
        let runs = four_runs();
        let mut progress = progress(&runs[..1]);
        progress.note(&started(&runs[0], 1), Duration::from_secs(5));
        progress.note(&step(0, 2, 500, 2.0), Duration::from_secs(7));
        let run = progress.run(0);
        assert_eq!((run.images_per_second, run.loss, run.epochs_done), (Some(250.0), Some(2.0), 1));
        assert_eq!(progress.part_done(), 1.5 / 4.0);
        progress.note(&epoch_done(0, 2, 4.0), Duration::from_secs(9));
        progress.note(&step(0, 3, 250, 1.0), Duration::from_secs(10));
        assert_eq!(progress.seconds_left(1), Some(4.0 * 1.75));
        let rate = progress.run(0).images_per_second;
        assert_eq!(rate, Some(250.0), "counted from the beginning of the epoch");
    }

    #[test]
    fn a_study_that_starts_again_keeps_its_estimate_and_counts_no_pause() {
        let mut runs = four_runs();
        let mut progress = progress(&runs[..3]);
        progress.note(&started(&runs[2], 0), Duration::from_secs(1));
        progress.note(&epoch_done(2, 1, 3.0), Duration::from_secs(4));
        progress.note(&step(2, 2, 500, 1.0), Duration::from_secs(6));
        let before = progress.time_left(1);
        assert_eq!(before.seconds_left, Some(4.0 + 4.0 + 7.5));
        // There is a run more, so the run under way has another index. It pauses for an hour.
        let mut under_way = runs.remove(2);
        (under_way.index, under_way.done_epochs) = (3, 1);
        let other = label(2, 0, 3, 10);
        let again = [runs[0].clone(), runs[1].clone(), other, under_way.clone()];
        progress.note(&Event::StudyStarted { runs: again.to_vec() }, Duration::from_secs(3600));
        assert_eq!(progress.time_left(1).seconds_left, Some(4.0 + 4.0 + 4.0 + 7.5));
        assert_eq!((progress.run(3).images_done, progress.run(3).val_accuracy), (500, Some(0.87)));
        progress.note(&started(&under_way, 1), Duration::from_secs(3601));
        progress.note(&step(3, 2, 750, 1.0), Duration::from_secs(3602));
        assert_eq!(progress.run(3).images_per_second, Some(250.0), "not 750");
        // A run that is left out is not waited for, and is not done either.
        let part_done = progress.part_done();
        let mut again = again;
        again[1].is_left_out = true;
        progress.note(&Event::StudyStarted { runs: again.to_vec() }, Duration::from_secs(3603));
        assert_eq!(progress.time_left(1).seconds_left, Some(4.0 + 4.0 + 6.75));
        assert_eq!(progress.part_done(), part_done);
    }

    #[test]
    fn runs_that_were_done_before_cost_nothing() {
        let mut runs = four_runs();
        (runs[0].status, runs[0].done_epochs) = (RunStatus::Finished, 4);
        runs[1].done_epochs = 3;
        let mut progress = progress(&runs[..2]);
        assert_eq!(progress.part_done(), 7.0 / 8.0);
        progress.note(&started(&runs[1], 3), NOW);
        progress.note(&epoch_done(1, 4, 2.0), NOW);
        progress.note(&finished(1), NOW);
        let nothing = TimeLeft { seconds_left: Some(0.0), part_done: 1.0 };
        assert_eq!(progress.time_left(1), nothing);
    }
}
