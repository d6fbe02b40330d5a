//! Bars on a terminal: one for each run that is being trained, and one for the whole study.

use std::collections::HashMap;

use console::{Alignment, measure_text_width, pad_str};
use fitroom_session::study::Event;
use fitroom_session::{RunProgress, StudyProgress, TimeLeft};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::words::{
    budget_measured, measures, predictions_missing, run_done, run_elsewhere, run_failed, run_name,
    runs_done, seeds_lowered, set_aside, time_left, tuned,
};

/// The bars of a study.
pub struct Bars {
    lines: MultiProgress,
    study: ProgressBar,
    title: String,
    runs: HashMap<usize, ProgressBar>,
    /// Width of the widest name, in columns of the terminal.
    name_width: usize,
}

/// Steps of a full bar.
const FULL: u64 = 1000;

impl Bars {
    /// Makes the bars of the study called `title`, and draws them on `target`.
    pub fn new(target: ProgressDrawTarget, title: &str) -> Self {
        let lines = MultiProgress::with_draw_target(target);
        let study = lines.add(bar("{prefix:.bold}  {bar:20.green/dim}  {msg}"));
        Bars { lines, study, title: title.to_owned(), runs: HashMap::new(), name_width: 0 }
    }

    /// Shows `event`, which must already be part of `progress`.
    pub fn show(&mut self, progress: &StudyProgress, time: &TimeLeft, event: &Event) {
        match event {
            Event::StudyStarted { runs } | Event::RunsAdded { runs, .. } => {
                // A study that starts again gives its runs other indices.
                if let Event::StudyStarted { .. } = event {
                    self.remove_all();
                }
                let names = runs.iter().map(run_name).chain([self.title.clone()]);
                self.name_width =
                    names.map(|name| measure_text_width(&name)).fold(self.name_width, usize::max);
                self.study.set_prefix(self.name(&self.title));
            }
            Event::RunsSetAside { network, changes, runs } => {
                self.say(&set_aside(network, changes, *runs))
            }
            Event::Tuning { of } => self.show(progress, time, of),
            Event::Tuned { networks, learning_rate, tried, seeds, is_at_an_end } => {
                self.say(&tuned(networks, *learning_rate, *tried, *seeds, *is_at_an_end));
            }
            Event::BudgetMeasured { networks, seconds, steps } => {
                self.say(&budget_measured(networks, *seconds, *steps));
            }
            Event::SeedsLowered { from, to } => self.say(&seeds_lowered(*from, *to)),
            Event::PredictionsMissing { runs } => self.say(&predictions_missing(*runs)),
            Event::RunStarted { run, .. } => {
                let line = self
                    .lines
                    .insert_before(&self.study, bar("{prefix}  {bar:20.cyan/dim}  {msg}"));
                line.set_prefix(self.name(&run_name(run)));
                self.runs.insert(run.index, line);
                self.update(progress, run.index);
            }
            Event::Step { run, .. } | Event::EpochDone { run, .. } => self.update(progress, *run),
            Event::RunDone { run, status, outcome } => {
                self.remove(*run);
                self.say(&run_done(progress.run(*run), *status, outcome.as_ref()));
            }
            Event::RunElsewhere { run, by } => {
                self.say(&run_elsewhere(progress.run(*run), by));
            }
            Event::RunFailed { run, error } => {
                self.remove(*run);
                self.say(&run_failed(progress.run(*run), error));
            }
        }
        let parts = [vec![runs_done(progress)], time_left(time).into_iter().collect()].concat();
        set(&self.study, time.part_done, parts.join(", "));
    }

    /// Prints a line that stays, above the bars.
    pub fn say(&self, text: &str) {
        // Standard error may be closed; the study continues all the same.
        let _ = self.lines.println(text);
    }

    /// Removes the bars.
    pub fn clear(&self) {
        let _ = self.lines.clear();
    }

    /// Pads `name` to the width of the widest name.
    fn name(&self, name: &str) -> String {
        pad_str(name, self.name_width, Alignment::Left, None).into_owned()
    }

    fn remove_all(&mut self) {
        let runs: Vec<usize> = self.runs.keys().copied().collect();
        runs.into_iter().for_each(|run| self.remove(run));
    }

    fn remove(&mut self, run: usize) {
        if let Some(line) = self.runs.remove(&run) {
            line.finish_and_clear();
            self.lines.remove(&line);
        }
    }

    fn update(&self, progress: &StudyProgress, index: usize) {
        let (Some(line), run) = (self.runs.get(&index), progress.run(index)) else { return };
        let parts = [vec![epoch(run)], measures(run)].concat();
        set(line, run.part_done(), parts.join(", "));
    }
}

/// `epoch 3/20`: the epoch that is being trained.
fn epoch(run: &RunProgress) -> String {
    format!("epoch {}/{}", (run.epochs_done + 1).min(run.label.epochs), run.label.epochs)
}

fn bar(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template)
        .expect("a template of this file")
        .progress_chars("━╸─");
    ProgressBar::new(FULL).with_style(style)
}

fn set(bar: &ProgressBar, part: f64, message: String) {
    bar.set_position((part * FULL as f64).round() as u64);
    bar.set_message(message);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::test_events::{epoch_done, finished, four_runs, started};
    use super::super::test_terminal::TestTerminal;
    use super::*;

    #[test]
    fn runs_in_training_have_a_bar_and_finished_runs_a_line_above() {
        let terminal = TestTerminal::new(12, 100);
        let mut bars = Bars::new(terminal.target(), "report");
        let mut progress = StudyProgress::default();
        let runs = four_runs();
        let mut now = Duration::ZERO;
        let mut show = |event: Event| {
            now += Duration::from_secs(1);
            progress.note(&event, now);
            bars.show(&progress, &progress.time_left(2), &event);
            // Forces a redraw: the bars skip one that follows shortly after another.
            bars.lines.suspend(|| ());
        };
        show(Event::StudyStarted { runs: runs.clone() });
        show(started(&runs[0], 0));
        show(started(&runs[2], 0));
        show(epoch_done(0, 1, 0.5));
        show(Event::Step { run: 2, epoch: 1, images_done: 500, loss: 2.25 });
        let seen = terminal.contents();
        snapbox::assert_data_eq!(
            seen,
            snapbox::str![[r#"
L1, seed 1    ━━━━━╸──────────────  epoch 2/4, loss 1.560, validation 87.9%, 2,000 images/s
wide, seed 1  ━━╸─────────────────  epoch 1/4, loss 2.250, 250 images/s
report        ━╸──────────────────  0 of 4 runs, 7 s left
"#]]
        );
        show(finished(0));
        let seen = terminal.contents();
        snapbox::assert_data_eq!(
            seen,
            snapbox::str![[r#"
L1, seed 1: done in 31 s, test 87.2% after epoch 3
wide, seed 1  ━━╸─────────────────  epoch 1/4, loss 2.250, 250 images/s
report        ━━━╸────────────────  1 of 4 runs, 7 s left
"#]]
        );
        // It starts again with a network less, so that the run under way has another index.
        let mut again = runs[2..].to_vec();
        (again[0].index, again[1].index) = (0, 1);
        show(Event::StudyStarted { runs: again.clone() });
        let seen = terminal.contents();
        assert!(!seen.contains("wide, seed 1") && seen.contains("0 of 2 runs"), "{seen}");
        show(started(&again[0], 0));
        let seen = terminal.contents();
        assert!(seen.contains("wide, seed 1") && seen.contains("epoch 1/4"), "{seen}");
        bars.clear();
        assert!(!terminal.contents().contains("images/s"), "{}", terminal.contents());
    }
}
