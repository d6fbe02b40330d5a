//! Progress of a download: a bar on a terminal, one line per file elsewhere.

use fitroom_session::SessionEvent;
use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal;
use crate::message::warn;
use crate::output::say;

/// Shows the events of a session that loads its data.
pub struct LoadingDisplay {
    /// The file that is being downloaded.
    file: String,
    /// `None` if standard error is no terminal that can draw it.
    bar: Option<ProgressBar>,
}

impl LoadingDisplay {
    /// A display on standard error.
    pub fn new() -> Self {
        Self::on(terminal())
    }

    fn on(terminal: Option<ProgressDrawTarget>) -> Self {
        let template = "{prefix}  {bar:20.cyan/dim}  {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}";
        let bar = terminal.map(|target| {
            let style = ProgressStyle::with_template(template).expect("a template of this file");
            ProgressBar::with_draw_target(Some(0), target).with_style(style.progress_chars("━╸─"))
        });
        LoadingDisplay { file: String::new(), bar }
    }

    /// Shows an event.
    pub fn show(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::Download { file, bytes_done, bytes_total } => {
                self.show_download(file, *bytes_done, *bytes_total);
            }
            SessionEvent::DatasetSubstituted { title, reason } => {
                self.clear();
                warn(&format!(
                    "{reason}: {title} stand in for it\n\
                     hint: `fitroom data fetch` says what was tried"
                ));
            }
            SessionEvent::DataWarnings { warnings } => {
                self.clear();
                warnings.iter().for_each(|warning| warn(warning));
            }
            // Nothing is trained or reported while data is loaded.
            SessionEvent::ReportWritten { .. }
            | SessionEvent::ReportFailed { .. }
            | SessionEvent::SeedsAdded { .. }
            | SessionEvent::Paused
            | SessionEvent::WentOn
            | SessionEvent::RunStopped(_)
            | SessionEvent::RunContinued(_)
            | SessionEvent::SeedsAsked { .. }
            | SessionEvent::Rests { .. }
            | SessionEvent::CannotTrain { .. }
            | SessionEvent::Study { .. } => {}
        }
    }

    fn show_download(&mut self, file: &str, bytes_done: u64, bytes_total: Option<u64>) {
        let is_new = self.file != file;
        file.clone_into(&mut self.file);
        match &self.bar {
            Some(bar) => {
                if is_new {
                    bar.reset();
                    bar.set_length(bytes_total.unwrap_or(0));
                    bar.set_prefix(file.to_owned());
                }
                bar.set_position(bytes_done);
            }
            None if is_new => {
                let size = bytes_total
                    .map(|bytes| format!(" ({})", DecimalBytes(bytes)))
                    .unwrap_or_default();
                say(&format!("downloading {file}{size}"));
            }
            None => {}
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for LoadingDisplay {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_terminal::TestTerminal;
    use super::*;

    #[test]
    fn a_bar_fills_and_disappears() {
        let terminal = TestTerminal::new(4, 120);
        let mut display = LoadingDisplay::on(Some(terminal.target()));
        for (file, bytes_done) in
            [("images.gz", 0), ("images.gz", 4_000_000), ("labels.gz", 1_000_000)]
        {
            let file = file.to_owned();
            let bytes_total = Some(4_000_000);
            display.show(&SessionEvent::Download { file, bytes_done, bytes_total });
        }
        let seen = terminal.contents();
        assert!(
            seen.starts_with("labels.gz  ━━━━━╸──────────────  1.00 MB of 4.00 MB, "),
            "{seen}"
        );
        drop(display);
        assert_eq!(terminal.contents(), "");
    }
}
