//! The thread that keeps the report up to date while a study is trained.

use std::sync::mpsc::Receiver;

use crate::SessionEvent;
use crate::error::SessionError;
use crate::stored_report::WrittenReport;

/// Writes the report after each message, until there are no more senders. All messages that arrive
/// during one write are answered by the next. `tell` gets the outcome of each write as an event.
pub(crate) fn keep_report_current(
    ended_runs: &Receiver<()>,
    write: impl Fn() -> Result<WrittenReport, SessionError>,
    tell: impl Fn(SessionEvent),
) {
    while ended_runs.recv().is_ok() {
        ended_runs.try_iter().for_each(drop);
        tell(match write() {
            Ok(report) => SessionEvent::ReportWritten { path: report.path },
            Err(error) => SessionEvent::ReportFailed { error: error.to_string() },
        });
    }
}
