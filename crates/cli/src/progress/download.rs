//! Progress of a download: a bar on a terminal, a line a file elsewhere.

use fitroom_data::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use indicatif::DecimalBytes;

/// Shows what is downloaded.
#[derive(Default)]
pub struct Download {
    file: String,
    bar: Option<ProgressBar>,
}

impl Download {
    /// Shows a piece that has come.
    pub fn show(&mut self, progress: &Progress) {
        if self.file != progress.file {
            self.file = progress.file.to_owned();
            self.begin(progress);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(progress.bytes_done);
        }
    }

    fn begin(&mut self, progress: &Progress) {
        use std::io::{IsTerminal, stderr};
        if !stderr().is_terminal() {
            let size = progress.bytes_total.map(|bytes| format!(" ({})", DecimalBytes(bytes))).unwrap_or_default();
            eprintln!("downloading {}{size}", progress.file);
            return;
        }
        let template = "{prefix}  {bar:20.cyan/dim}  {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}";
        let style = ProgressStyle::with_template(template).expect("a template of this file").progress_chars("━╸─");
        let bar = ProgressBar::new(progress.bytes_total.unwrap_or(0)).with_style(style);
        bar.set_prefix(progress.file.to_owned());
        self.bar = Some(bar);
    }
}
