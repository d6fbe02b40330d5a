//! Trains a study that somebody attends to: who may pause it, stop runs and add seeds.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fitroom_study::{Completion, Event, RunError, RunOptions, SeedPlan, StoredStudy, Study};

use crate::actions::Wanted;
use crate::event_stream::EventStream;
use crate::{
    Activity, Observer, Session, SessionControl, SessionError, SessionEvent, SessionOutcome,
    StudyActions, WrittenReport,
};

impl Session {
    /// Trains the unfinished runs like [`train`](Self::train), and obeys `actions` meanwhile. It stays
    /// after all runs have ended, since seeds may be added, until [`StudyActions::end`] or
    /// [`SessionControl::interrupt`]. While it is paused or rests, it waits without taking processor
    /// time, and its report is up to date.
    ///
    /// The directory is locked only while the study trains. While it is paused or rests, another
    /// process may train the study too. When it goes on, the directory is locked and read again. If
    /// it can't be used then, [`SessionEvent::CannotTrain`] says why, and the session rests.
    ///
    /// The outcome is that of the last training: runs are pending if they were stopped or paused when
    /// the session ended.
    ///
    /// # Errors
    /// The study can't be trained on this data or in this directory when it begins, as for
    /// [`train`](Self::train). Errors after an action are events.
    pub fn train_attended(
        &self,
        actions: &StudyActions,
        control: &SessionControl,
        observer: &mut Observer,
    ) -> Result<SessionOutcome, SessionError> {
        actions.begin(&self.study, &self.run_options);
        let _attendance = Attendance(actions);
        control.attend(actions.signal());
        let asked_seeds = Mutex::new(None::<AskedSeeds>);
        let take_asked = || asked_seeds.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut attend = |event: &SessionEvent| {
            let SessionEvent::Study { event: of_study, .. } = event else { return observer(event) };
            actions.note(of_study);
            observer(event);
            if let Event::StudyStarted { .. } = of_study
                && let Some(asked) = take_asked()
            {
                observer(&asked.event(&self.dir));
            }
        };
        let stream = EventStream::new(&mut attend, self.run_options.threads);
        let is_over = || control.is_interrupted() || actions.is_ended();
        let mut is_paused = false;
        let (mut trained, mut left_out) = (self.study.clone(), self.run_options.left_out.clone());
        let mut is_first = true;
        loop {
            let wanted = actions.take();
            if control.is_interrupted() {
                actions.signal().send();
            }
            if is_paused && !wanted.is_paused && !is_over() {
                is_paused = false;
                stream.send(&SessionEvent::WentOn);
            }
            tell_left_out(actions, &left_out, &wanted, &stream);
            left_out.clone_from(&wanted.left_out);
            *asked_seeds.lock().unwrap_or_else(PoisonError::into_inner) =
                AskedSeeds::between(&trained, &wanted.study, &self.dir);
            let options = RunOptions { left_out: left_out.clone(), ..self.run_options.clone() };
            let stop = actions.signal().flag();
            let runs = self.train_part(&wanted.study, &options, stop, &stream, || ());
            if let Err(error @ SessionError::Run(RunError::StoppedPreparing)) = runs {
                if is_over() {
                    return Err(error);
                }
                // An action came in between. The study can follow it once it is stored.
                continue;
            }
            let is_refused =
                matches!(&runs, Err(SessionError::Run(RunError::Study(_) | RunError::Store(_))));
            if is_refused && is_first {
                return Err(runs.expect_err("it is refused"));
            }
            is_first = false;
            let error = why_nothing_is_trained(&runs);
            if let Some(error) = &error
                && is_refused
                && !is_over()
                && take_asked().is_some()
            {
                actions.put_back(&trained, &wanted.study);
                stream.send(&SessionEvent::CannotTrain { error: error.clone() });
                continue;
            }
            trained.clone_from(&wanted.study);
            let settled = if is_over() { None } else { actions.settle(&wanted, error.clone()) };
            let Some(activity) = settled else {
                if is_over() {
                    return Ok(self.end(runs, control, &stream));
                }
                continue;
            };
            if let Some(error) = error {
                stream.send(&SessionEvent::CannotTrain { error });
            }
            if activity == Activity::Rests {
                stream.send(&SessionEvent::Rests { pending: actions.pending() });
            } else if !is_paused {
                is_paused = true;
                stream.send(&SessionEvent::Paused);
            }
            let report = self.write_report(self.scoring());
            stream.send(&report_event(&report));
            while !control.is_interrupted() && !actions.have_changed(&wanted) {
                actions.signal().wait();
            }
            if is_over() {
                return Ok(SessionOutcome { runs, report });
            }
        }
    }

    /// Writes the report at the end of a session.
    fn end(
        &self,
        runs: Result<Completion, SessionError>,
        control: &SessionControl,
        stream: &EventStream,
    ) -> SessionOutcome {
        control.set_trained();
        let report = self.write_report(self.scoring());
        // The outcome says it if this last attempt failed.
        if report.is_ok() {
            stream.send(&report_event(&report));
        }
        SessionOutcome { runs, report }
    }
}

/// Ends the actions when the session returns.
struct Attendance<'a>(&'a StudyActions);

impl Drop for Attendance<'_> {
    fn drop(&mut self) {
        self.0.set_ended();
    }
}

/// Seeds that an action added.
struct AskedSeeds {
    from: u32,
    to: u32,
    /// How the number of seeds was decided before, if the directory held a study.
    plan: Option<SeedPlan>,
}

impl AskedSeeds {
    /// The seeds that were added since `trained`; `None` if there are none.
    fn between(trained: &Study, wanted: &Study, dir: &Path) -> Option<Self> {
        let (from, to) = (trained.seeds, wanted.seeds);
        (from != to).then(|| AskedSeeds { from, to, plan: stored_plan(dir) })
    }

    /// The event, once the directory holds the study with these seeds.
    fn event(self, dir: &Path) -> SessionEvent {
        let AskedSeeds { from, to, plan } = self;
        let is_extended = matches!(stored_plan(dir), Some(SeedPlan::Extended { .. }));
        let was_declared = plan == Some(SeedPlan::Declared) && is_extended;
        SessionEvent::SeedsAsked { from, to, was_declared }
    }
}

/// The seed plan of the stored study. `None` if it can't be read: the training, which reads it too,
/// has the error.
fn stored_plan(dir: &Path) -> Option<SeedPlan> {
    Some(StoredStudy::open(dir).ok()?.study.seed_plan)
}

/// Says which runs were stopped and continued since `before`. Runs that have ended meanwhile were not.
fn tell_left_out(
    actions: &StudyActions,
    before: &BTreeSet<(usize, u64)>,
    wanted: &Wanted,
    stream: &EventStream,
) {
    let names = |runs: BTreeSet<(usize, u64)>| runs.into_iter().filter_map(|run| actions.name(run));
    for run in names(&wanted.left_out - before) {
        stream.send(&SessionEvent::RunStopped(run));
    }
    for run in names(before - &wanted.left_out) {
        stream.send(&SessionEvent::RunContinued(run));
    }
}

fn report_event(report: &Result<WrittenReport, SessionError>) -> SessionEvent {
    match report {
        Ok(WrittenReport { path, .. }) => SessionEvent::ReportWritten { path: path.clone() },
        Err(error) => SessionEvent::ReportFailed { error: error.to_string() },
    }
}

/// Why nothing could be trained. Of single runs that failed, their own events say it.
fn why_nothing_is_trained(runs: &Result<Completion, SessionError>) -> Option<String> {
    match runs {
        Ok(_) | Err(SessionError::Run(RunError::Runs { .. })) => None,
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
