//! Progress on a terminal: a line for each running network, and one for the whole study.

use std::collections::HashMap;

use console::{Alignment, measure_text_width, pad_str};
use fitroom_study::Event;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::tracker::{Run, Tracker};
use super::words::{
    ending, measures, predictions_missing, run_name, runs_done, set_aside, time_left,
};

/// The lines.
pub struct Bars {
    lines: MultiProgress,
    study: ProgressBar,
    title: String,
    runs: HashMap<usize, ProgressBar>,
    /// Columns that the names of runs take.
    name_width: usize,
}

/// What a bar is counted in.
const PARTS: u64 = 1000;

impl Bars {
    /// Lines on `target` of the study called `title`.
    pub fn new(target: ProgressDrawTarget, title: &str) -> Self {
        let lines = MultiProgress::with_draw_target(target);
        let study = lines.add(bar("{prefix:.bold}  {bar:20.green/dim}  {msg}"));
        Bars { lines, study, title: title.to_owned(), runs: HashMap::new(), name_width: 0 }
    }

    /// Shows `event`, of which `tracker` has taken note.
    pub fn show(&mut self, tracker: &Tracker, event: &Event) {
        match event {
            Event::StudyStarted { runs } | Event::RunsAdded { runs } => {
                let names = runs.iter().map(run_name).chain([self.title.clone()]);
                self.name_width =
                    names.map(|name| measure_text_width(&name)).fold(self.name_width, usize::max);
                self.study.set_prefix(self.name(&self.title));
            }
            Event::RunsSetAside { network, changes, runs } => {
                self.say(&set_aside(network, changes, *runs))
            }
            Event::PredictionsMissing { runs } => self.say(&predictions_missing(*runs)),
            Event::RunStarted { run, .. } => {
                let line = self
                    .lines
                    .insert_before(&self.study, bar("{prefix}  {bar:20.cyan/dim}  {msg}"));
                line.set_prefix(self.name(&run_name(run)));
                self.runs.insert(run.index, line);
                self.update(tracker, run.index);
            }
            Event::Step { run, .. } | Event::EpochDone { run, .. } => self.update(tracker, *run),
            Event::RunDone { run, .. } | Event::RunFailed { run, .. } => {
                if let Some(line) = self.runs.remove(run) {
                    line.finish_and_clear();
                    self.lines.remove(&line);
                }
                if let Some(text) = ending(tracker, event) {
                    self.say(&text);
                }
            }
        }
        let parts = [vec![runs_done(tracker)], time_left(tracker).into_iter().collect()].concat();
        set(&self.study, tracker.part_done(), parts.join(", "));
    }

    /// Puts a line above, that stays.
    pub fn say(&self, text: &str) {
        // Standard error may be closed; the study goes on without it.
        let _ = self.lines.println(text);
    }

    /// Takes the lines away.
    pub fn clear(&self) {
        let _ = self.lines.clear();
    }

    /// `name`, as wide as the widest.
    fn name(&self, name: &str) -> String {
        pad_str(name, self.name_width, Alignment::Left, None).into_owned()
    }

    fn update(&self, tracker: &Tracker, index: usize) {
        let (Some(line), run) = (self.runs.get(&index), tracker.run(index)) else { return };
        let epochs = f64::from(run.epochs_done)
            + run.images_done as f64 / run.images_per_epoch.max(1) as f64;
        let parts = [vec![epoch(run)], measures(run)].concat();
        set(line, epochs / f64::from(run.label.epochs), parts.join(", "));
    }
}

/// `epoch 3/20`: the one that is going on.
fn epoch(run: &Run) -> String {
    format!("epoch {}/{}", (run.epochs_done + 1).min(run.label.epochs), run.label.epochs)
}

fn bar(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template)
        .expect("a template of this file")
        .progress_chars("━╸─");
    ProgressBar::new(PARTS).with_style(style)
}

fn set(bar: &ProgressBar, part: f64, message: String) {
    bar.set_position((part * PARTS as f64).round() as u64);
    bar.set_message(message);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use indicatif::InMemoryTerm;

    use super::super::tracker::tests::{epoch_done, finished, four_runs, started};
    use super::*;

    #[test]
    fn running_networks_have_a_line_and_finished_ones_stay_above() {
        let terminal = InMemoryTerm::new(12, 100);
        let mut bars =
            Bars::new(ProgressDrawTarget::term_like(Box::new(terminal.clone())), "report");
        let mut tracker = Tracker::new(2);
        let runs = four_runs();
        let mut now = Duration::ZERO;
        let mut show = |event: Event| {
            now += Duration::from_secs(1);
            tracker.note(&event, now);
            bars.show(&tracker, &event);
            // Drawn however soon after the last time.
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
L1, seed 1: done in 31 s, best epoch 3, test 87.2%
wide, seed 1  ━━╸─────────────────  epoch 1/4, loss 2.250, 250 images/s
report        ━━━╸────────────────  1 of 4 runs, 7 s left
"#]]
        );
        bars.clear();
        assert!(!terminal.contents().contains("images/s"), "{}", terminal.contents());
    }
}
