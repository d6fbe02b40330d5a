//! The progress of measurements: a bar on a terminal, one line for each measurement elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal;
use crate::output::say;

/// Shows what is being measured.
pub struct MeasurementsDisplay {
    done: u64,
    all: u64,
    /// `None` if standard error is no terminal that can draw it.
    bar: Option<ProgressBar>,
}

impl MeasurementsDisplay {
    /// A display of `all` measurements, on standard error.
    pub fn new(all: u64) -> Self {
        Self::on(all, terminal())
    }

    fn on(all: u64, terminal: Option<ProgressDrawTarget>) -> Self {
        let template = "{bar:20.cyan/dim}  measuring {msg} ({prefix})";
        let bar = terminal.map(|target| {
            let style = ProgressStyle::with_template(template).expect("a template of this file");
            ProgressBar::with_draw_target(Some(all), target).with_style(style.progress_chars("━╸─"))
        });
        MeasurementsDisplay { done: 0, all, bar }
    }

    /// Shows that the next measurement begins. `what` names the measured thing.
    pub fn begin(&mut self, what: &str) {
        let position = format!("{} of {}", self.done + 1, self.all);
        match &self.bar {
            Some(bar) => {
                bar.set_message(what.to_owned());
                bar.set_prefix(position);
                bar.set_position(self.done);
                // Nothing else draws the bar during a measurement.
                bar.tick();
            }
            None => say(&format!("measuring {what} ({position})")),
        }
        self.done += 1;
    }
}

impl Drop for MeasurementsDisplay {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_terminal::TestTerminal;
    use super::*;

    #[test]
    fn a_bar_says_what_is_measured_and_disappears() {
        let terminal = TestTerminal::new(4, 120);
        let mut display = MeasurementsDisplay::on(4, Some(terminal.target()));
        display.begin("the peak");
        assert_eq!(terminal.contents(), "────────────────────  measuring the peak (1 of 4)");
        display.begin("dropout");
        display.begin("L1");
        assert_eq!(terminal.contents(), "━━━━━━━━━━╸─────────  measuring L1 (3 of 4)");
        drop(display);
        assert_eq!(terminal.contents(), "");
    }
}
