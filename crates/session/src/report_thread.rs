//! The thread that keeps the report up to date while a study is trained.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use crate::SessionEvent;
use crate::error::SessionError;
use crate::stored_report::WrittenReport;

/// After a report, the thread pauses this many times as long as the report took. So reports take a
/// tenth of one core at most, also those of thousands of runs, which take a minute each.
const PAUSE: u32 = 9;

/// Writes the report after each message, until there are no more senders: the session writes the last
/// report itself. One report answers all messages that arrive during the report before it, and during the
/// pause after that. `tell` gets the outcome of each report as an event.
pub(crate) fn keep_report_current(
    ended_runs: &Receiver<()>,
    write: impl Fn() -> Result<WrittenReport, SessionError>,
    tell: impl Fn(SessionEvent),
) {
    let mut not_before = Instant::now();
    while ended_runs.recv().is_ok() {
        loop {
            let pause = not_before.saturating_duration_since(Instant::now());
            match ended_runs.recv_timeout(pause) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        let start = Instant::now();
        tell(match write() {
            Ok(report) => SessionEvent::ReportWritten { path: report.path },
            Err(error) => SessionEvent::ReportFailed { error: error.to_string() },
        });
        not_before = Instant::now() + start.elapsed() * PAUSE;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Reports that take this long, while runs end, until `runs` is over.
    fn reports(takes: Duration, runs: impl FnOnce(mpsc::Sender<()>)) -> usize {
        let (run_ended, ended_runs) = mpsc::channel();
        let (event, events) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let write = || {
                    thread::sleep(takes);
                    crate::rebuild_report(Path::new("nowhere"), &Default::default(), 0.005)
                };
                keep_report_current(&ended_runs, write, |told| event.send(told).unwrap());
            });
            runs(run_ended);
        });
        events.iter().count()
    }

    #[test]
    fn one_report_answers_all_runs_that_end_meanwhile() {
        let start = Instant::now();
        let count = reports(Duration::from_millis(20), |run_ended| {
            for _ in 0..100 {
                run_ended.send(()).unwrap();
                thread::sleep(Duration::from_millis(4));
            }
        });
        // Each takes at least 200 ms with its pause.
        let most = start.elapsed().as_millis() as usize / 200 + 1;
        assert!((1..=most).contains(&count), "{count} reports, {most} at most");
    }

    #[test]
    fn the_end_of_the_study_waits_for_no_pause() {
        let count = reports(Duration::from_millis(100), |run_ended| {
            run_ended.send(()).unwrap();
            thread::sleep(Duration::from_millis(150));
            run_ended.send(()).unwrap();
        });
        assert_eq!(count, 1, "the second one would be older than the session's last report");
    }
}
