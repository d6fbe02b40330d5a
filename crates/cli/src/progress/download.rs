//! Progress of a download: a bar on a terminal, a line a file elsewhere.

use std::io::{IsTerminal, stderr};

use fitroom_data::Progress;
use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::say;

/// Shows what is downloaded.
pub struct Download {
    /// The file that is coming.
    file: String,
    /// On a terminal.
    bar: Option<ProgressBar>,
}

impl Download {
    /// On standard error.
    pub fn new() -> Self {
        Self::on(stderr().is_terminal().then(ProgressDrawTarget::stderr))
    }

    fn on(terminal: Option<ProgressDrawTarget>) -> Self {
        let template = "{prefix}  {bar:20.cyan/dim}  {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}";
        let bar = terminal.map(|target| {
            let style = ProgressStyle::with_template(template).expect("a template of this file");
            ProgressBar::with_draw_target(Some(0), target).with_style(style.progress_chars("━╸─"))
        });
        Download { file: String::new(), bar }
    }

    /// Shows a piece that has come.
    pub fn show(&mut self, progress: &Progress) {
        let is_new = self.file != progress.file;
        progress.file.clone_into(&mut self.file);
        match &self.bar {
            Some(bar) => {
                if is_new {
                    bar.reset();
                    bar.set_length(progress.bytes_total.unwrap_or(0));
                    bar.set_prefix(progress.file.to_owned());
                }
                bar.set_position(progress.bytes_done);
            }
            None if is_new => {
                let size = progress
                    .bytes_total
                    .map(|bytes| format!(" ({})", DecimalBytes(bytes)))
                    .unwrap_or_default();
                say(&format!("downloading {}{size}", progress.file));
            }
            None => {}
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    #[test]
    fn a_bar_fills_and_goes() {
        let terminal = InMemoryTerm::new(4, 120);
        let mut download =
            Download::on(Some(ProgressDrawTarget::term_like(Box::new(terminal.clone()))));
        for (file, bytes_done) in
            [("images.gz", 0), ("images.gz", 4_000_000), ("labels.gz", 1_000_000)]
        {
            download.show(&Progress { file, bytes_done, bytes_total: Some(4_000_000) });
        }
        let seen = terminal.contents();
        assert!(
            seen.starts_with("labels.gz  ━━━━━╸──────────────  1.00 MB of 4.00 MB, "),
            "{seen}"
        );
        drop(download);
        assert_eq!(terminal.contents(), "");
    }
}
