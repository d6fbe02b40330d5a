//! How far each run of a study has come, and how long the rest will take.

use std::collections::HashMap;
use std::time::Duration;

use fitroom_study::{Event, RunLabel};

use crate::TimeLeft;
use crate::network_progress::NetworkProgress;
use crate::run_progress::{RunProgress, rate};

/// The state of a study's runs, gathered from the study's events.
#[derive(Clone, Debug, Default)]
pub struct StudyProgress {
    runs: Vec<RunProgress>,
    /// What the runs of each network add up to. A study sends several events a run, and each asks for
    /// the time left: sums over all runs would make thousands of runs quadratic.
    networks: Vec<NetworkProgress>,
}

impl StudyProgress {
    /// Updates the state with an event that happened at `now`, the time since any fixed moment.
    pub fn note(&mut self, event: &Event, now: Duration) {
        match event {
            Event::Tuning { of } => self.note(of, now),
            Event::BudgetMeasured { .. }
            | Event::Tuned { .. }
            | Event::PredictionsMissing { .. }
            | Event::RunsSetAside { .. }
            | Event::SeedsLowered { .. } => {}
            Event::StudyStarted { runs } => self.start(runs),
            Event::RunsAdded { runs, .. } => {
                self.add(runs.iter().cloned().map(RunProgress::new).collect());
            }
            Event::RunStarted { run, done_epochs, images_per_epoch, .. } => {
                self.change(run.index, |run| {
                    (run.epochs_done, run.images_per_epoch, run.epoch_began) =
                        (*done_epochs, *images_per_epoch, now);
                    run.images_before = run.images_done;
                });
            }
            Event::Step { run, images_done, loss, .. } => self.change(*run, |run| {
                (run.images_done, run.loss) = (*images_done, Some(*loss));
                let seconds = now.saturating_sub(run.epoch_began).as_secs_f64();
                let images = images_done.saturating_sub(run.images_before);
                run.images_per_second = rate(images, seconds);
            }),
            Event::EpochDone { run, record } => self.change(*run, |run| {
                (run.epochs_done, run.images_done, run.epoch_began) = (record.epoch, 0, now);
                run.images_before = 0;
                run.loss = Some(record.train_loss);
                run.val_accuracy = Some(record.val_accuracy).filter(|accuracy| !accuracy.is_nan());
                let passes = run.passes_of(record.epoch);
                let images = (run.images_per_epoch as f64 * passes).round() as usize;
                run.images_per_second = rate(images, record.seconds);
                run.watched = (run.watched.0 + record.seconds, run.watched.1 + passes);
            }),
            Event::RunDone { run, .. }
            | Event::RunFailed { run, .. }
            | Event::RunElsewhere { run, .. } => self.change(*run, |run| run.is_over = true),
        }
    }

    /// Begins, or begins again with what is known of each run.
    fn start(&mut self, labels: &[RunLabel]) {
        let before = std::mem::take(self).runs;
        let of = |label: &RunLabel| (label.network_index, label.seed);
        let known: HashMap<(usize, u64), &RunProgress> =
            before.iter().map(|run| (of(&run.label), run)).collect();
        let again = |label| RunProgress::again(label, known.get(&of(label)).copied());
        self.add(labels.iter().map(again).collect());
    }

    fn add(&mut self, runs: Vec<RunProgress>) {
        let first = self.runs.len();
        self.runs.extend(runs);
        let mut changed = Vec::new();
        for (index, run) in self.runs.iter().enumerate().skip(first) {
            let network = run.label.network_index;
            if self.networks.len() <= network {
                self.networks.resize_with(network + 1, NetworkProgress::default);
            }
            self.networks[network].runs.push(index);
            changed.push(network);
        }
        changed.dedup();
        changed.into_iter().for_each(|network| self.networks[network].sum_up(&self.runs));
    }

    /// Changes a run, and what its network adds up to.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut RunProgress)) {
        let run = &mut self.runs[index];
        change(run);
        self.networks[run.label.network_index].sum_up(&self.runs);
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
        let all: f64 = self.networks.iter().map(|network| network.cost).sum();
        let left: f64 = self.networks.iter().map(|network| network.cost_left).sum();
        if all > 0.0 { 1.0 - left / all } else { 1.0 }
    }

    /// The remaining runs share the threads. The estimate is at least the time of the longest run
    /// at the speed seen so far: it does not count on threads that other runs set free. It does not
    /// count runs that are left out.
    fn seconds_left(&self, threads: usize) -> Option<f64> {
        let seconds: f64 = self.networks.iter().map(|network| network.watched.0).sum();
        let cost: f64 = self.networks.iter().map(|network| network.watched_cost).sum();
        let usual = (cost > 0.0).then(|| seconds / cost);
        let (mut all, mut longest) = (0.0, 0.0_f64);
        for network in self.networks.iter().filter(|network| network.is_open) {
            let of_all = network.seconds_left(usual)?;
            all += of_all.sum;
            longest = longest.max(of_all.longest);
        }
        Some(longest.max(all / threads as f64))
    }
}

#[cfg(test)]
mod tests {
    use fitroom_study::{EpochRecord, RunStatus};

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
            passes: 4.0,
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

    /// 2.5 passes over the images are three epochs, the last one with half of the images.
    #[test]
    fn the_last_epoch_may_be_a_part() {
        let mut run = four_runs().remove(0);
        (run.epochs, run.passes) = (3, 2.5);
        let mut progress = progress(std::slice::from_ref(&run));
        progress.note(&started(&run, 0), Duration::ZERO);
        progress.note(&epoch_done(0, 1, 4.0), Duration::from_secs(4));
        assert_eq!(progress.seconds_left(1), Some(6.0));
        progress.note(&epoch_done(0, 2, 4.0), Duration::from_secs(8));
        progress.note(&step(0, 3, 250, 1.0), Duration::from_secs(9));
        assert_eq!((progress.seconds_left(1), progress.run(0).part_done()), (Some(1.0), 0.9));
        progress.note(&epoch_done(0, 3, 2.0), Duration::from_secs(10));
        assert_eq!((progress.seconds_left(1), progress.part_done()), (Some(0.0), 1.0));
        // 500 images in two seconds.
        assert_eq!(progress.run(0).images_per_second, Some(250.0));
        assert_eq!(progress.run(0).watched, (10.0, 2.5));
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
