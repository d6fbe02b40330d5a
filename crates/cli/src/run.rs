//! `fitroom run`: trains the unfinished runs of a study, and writes its report.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use fitroom_session::study::{Completion, Share};
use fitroom_session::{
    Session, SessionControl, SessionError, SessionOptions, SessionOutcome, StudyActions,
};
use fitroom_web::{Served, Training};

use crate::arguments::RunArguments;
use crate::display::{LoadingDisplay, StudyDisplay};
use crate::message::warn;
use crate::output::{amount, print};
use crate::serve::show;
use crate::watch::Watch;
use crate::{Failure, interrupt, report};

/// `fitroom run`, with all words of the command line that continues the study.
pub fn run(arguments: &RunArguments, command_line: &[OsString]) -> Result<(), Failure> {
    let share = arguments.share.map(|share| share.find(|name| std::env::var(name).ok()));
    let share = share.transpose().map_err(SessionError::from)?;
    let session = open(arguments)?;
    let threads = session.run_options.threads;
    if let Some(asked) = arguments.threads.filter(|&asked| usize::from(asked) > threads) {
        warn(&format!(
            "--threads {asked}: {threads} are used, since more than four a core only cost time"
        ));
    }
    let display = Arc::new(StudyDisplay::new(&session.study.name));
    let control = SessionControl::default();
    interrupt::on_ctrl_c(&control, {
        let display = Arc::clone(&display);
        move |text| display.say(text)
    });
    let watch = Watch::begin(&session, display, arguments.tensorboard);
    if let Some(share) = share {
        return train_share(&session, share, &control, watch, command_line);
    }
    let actions = StudyActions::new();
    let outcome = match arguments.serve {
        true => train_and_serve(&session, arguments, &actions, &control, &watch)?,
        false => session.train(&control, &mut |event| watch.show(event)),
    };
    watch.end();
    let outcome = outcome?;
    match (&outcome.runs, outcome.report) {
        (_, Ok(written)) => report::print_overview(&written)?,
        // The runs' error is returned below. The report most likely failed for the same reason.
        (Err(_), Err(error)) => warn(&format!("the report is out of date: {error}")),
        (Ok(_), Err(error)) => return Err(error.into()),
    }
    let completion = outcome.runs?;
    if completion.pending == 0 {
        return Ok(());
    }
    let done = completion.finished + completion.diverged;
    Err(Failure::Interrupted {
        done,
        runs: done + completion.pending,
        command_line: interrupt::in_a_shell(&continued(command_line, &session, &actions)),
    })
}

/// Trains a share, and says how far it came. There is no report: the others train too.
fn train_share(
    session: &Session,
    share: Share,
    control: &SessionControl,
    watch: Watch,
    command_line: &[OsString],
) -> Result<(), Failure> {
    let trained = session.train_share(share, control, &mut |event| watch.show(event));
    watch.end();
    let Completion { finished, diverged, pending, elsewhere } = trained?;
    let (done, runs) = (finished + diverged, finished + diverged + pending + elsewhere);
    if pending > 0 {
        let command_line = interrupt::in_a_shell(command_line);
        return Err(Failure::Interrupted { done, runs, command_line });
    }
    let elsewhere = match elsewhere {
        0 => String::new(),
        elsewhere => format!("; {elsewhere} are trained by other processes"),
    };
    print(&format!("share {share}: {done} of {} are done{elsewhere}\n", amount(runs, "run")))
}

/// The command line that continues the study, with the seeds that the page added.
fn continued(
    command_line: &[OsString],
    session: &Session,
    actions: &StudyActions,
) -> Vec<OsString> {
    let state = actions.state();
    match state.seeds.filter(|&seeds| seeds != session.study.seeds) {
        None => command_line.to_vec(),
        Some(seeds) => {
            let option = if state.runs_until_clear { "--at-most" } else { "--seeds" };
            interrupt::with_option(command_line, option, &seeds.to_string())
        }
    }
}

/// Trains while the page shows it, and stays until Ctrl-C, because the page may add seeds.
fn train_and_serve(
    session: &Session,
    arguments: &RunArguments,
    actions: &StudyActions,
    control: &SessionControl,
    watch: &Watch,
) -> Result<Result<SessionOutcome, SessionError>, Failure> {
    let training = Training::new(actions.clone());
    let places = arguments.asked.data.places.places();
    let served = Served::trained_here(&session.dir, session.margin, &places, training.clone());
    show(vec![served], &arguments.page)?;
    Ok(session.train_attended(actions, control, &mut |event| {
        training.note(event);
        watch.show(event);
    }))
}

fn open(arguments: &RunArguments) -> Result<Session, Failure> {
    let options = SessionOptions {
        places: arguments.asked.data.places.places(),
        stage: arguments.stage.clone(),
        out: arguments.out.clone(),
        margin: arguments.margin.fraction(),
        threads: arguments.threads.map(usize::from),
        checkpoint_every: Duration::from_secs_f64(arguments.checkpoint_every),
    };
    let mut display = LoadingDisplay::new();
    Ok(Session::open(&arguments.asked.request(), &options, &mut |event| display.show(event))?)
}
