//! Progress where there is no terminal: one plain line per epoch, so that the log can be read and
//! searched.

use fitroom_session::report::number::counted;
use fitroom_session::study::{AddedBecause, Event};
use fitroom_session::{StudyProgress, TimeLeft};

use super::words::{
    budget_measured, measures, predictions_missing, run_done, run_elsewhere, run_failed, run_name,
    runs_done, seeds_lowered, set_aside, time_left, tuned,
};

/// The line for `event`, which must already be part of `progress`; `None` for an event without a
/// line.
pub fn line(progress: &StudyProgress, time: &TimeLeft, event: &Event) -> Option<String> {
    match event {
        Event::StudyStarted { .. } => {
            let is_resumed = progress.runs().iter().any(|run| run.is_over);
            is_resumed.then(|| format!("{} were done before", runs_done(progress)))
        }
        Event::RunsAdded { because: AddedBecause::Confirmation, runs } => Some(format!(
            "{} on fresh seeds: the best of a sweep looks better than it is",
            counted(runs.len(), "run")
        )),
        // The line of the look says what waits for these runs.
        Event::RunsAdded { because: AddedBecause::Undecided, .. } => None,
        Event::RunsSetAside { network, changes, runs } => Some(set_aside(network, changes, *runs)),
        Event::Tuning { of } => line(progress, time, of).map(|line| format!("tuning: {line}")),
        Event::Tuned { networks, learning_rate, tried, seeds, is_at_an_end } => {
            Some(tuned(networks, *learning_rate, *tried, *seeds, *is_at_an_end))
        }
        Event::BudgetMeasured { networks, seconds, steps } => {
            Some(budget_measured(networks, *seconds, *steps))
        }
        Event::SeedsLowered { from, to } => Some(seeds_lowered(*from, *to)),
        Event::PredictionsMissing { runs } => Some(predictions_missing(*runs)),
        Event::RunStarted { run, done_epochs, .. } => (*done_epochs > 0).then(|| {
            format!("{}: continues after epoch {done_epochs}/{}", run_name(run), run.epochs)
        }),
        Event::Step { .. } => None,
        Event::EpochDone { run, record } => {
            let run = progress.run(*run);
            let epoch = format!("epoch {}/{}", record.epoch, run.label.epochs);
            let parts =
                [vec![epoch], measures(run), time_left(time).into_iter().collect()].concat();
            Some(format!("{}: {}", run_name(&run.label), parts.join(", ")))
        }
        Event::RunDone { run, status, outcome } => {
            Some(run_done(progress.run(*run), *status, outcome.as_ref()))
        }
        Event::RunElsewhere { run, by } => Some(run_elsewhere(progress.run(*run), by)),
        Event::RunFailed { run, error } => Some(run_failed(progress.run(*run), error)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fitroom_session::study::{RunStatus, SettingChange};

    use super::super::test_events::{epoch_done, finished, four_runs, started};
    use super::*;

    #[test]
    fn a_study_without_validation_has_no_validation_accuracy() {
        let mut event = epoch_done(0, 4, 2.0);
        if let Event::EpochDone { record, .. } = &mut event {
            record.val_accuracy = f64::NAN;
        }
        let mut progress = StudyProgress::default();
        progress.note(&Event::StudyStarted { runs: four_runs()[..1].to_vec() }, Duration::ZERO);
        progress.note(&event, Duration::ZERO);
        assert_eq!(
            line(&progress, &progress.time_left(1), &event).unwrap(),
            "L1, seed 1: epoch 4/4, loss 1.560, 0 s left"
        );
    }

    #[test]
    fn each_epoch_is_a_line() {
        let mut runs = four_runs();
        (runs[1].status, runs[1].done_epochs) = (RunStatus::Finished, 4);
        let events = [
            Event::StudyStarted { runs: runs.clone() },
            started(&runs[0], 0),
            Event::Step { run: 0, epoch: 1, images_done: 64, loss: 2.3 },
            epoch_done(0, 1, 0.0241),
            started(&runs[2], 2),
            epoch_done(2, 3, 100.0),
            finished(0),
            Event::RunDone { run: 2, status: RunStatus::Diverged, outcome: None },
            Event::RunsSetAside {
                network: "L1".into(),
                changes: vec![SettingChange {
                    key: "epochs".into(),
                    before: "20".into(),
                    now: "30".into(),
                }],
                runs: 1,
            },
            Event::SeedsLowered { from: 500, to: 7 },
            Event::BudgetMeasured { networks: vec!["L1".into()], seconds: 60.0, steps: 12_345 },
            Event::BudgetMeasured {
                networks: ["L1", "wide", "c"].map(String::from).to_vec(),
                seconds: 1.0,
                steps: 1,
            },
            Event::Tuned {
                networks: vec!["L1".into()],
                learning_rate: 0.001,
                tried: 3,
                seeds: 2,
                is_at_an_end: false,
            },
            Event::Tuned {
                networks: vec!["L1".into(), "wide".into()],
                learning_rate: 0.003,
                tried: 3,
                seeds: 1,
                is_at_an_end: true,
            },
            Event::Tuning { of: Box::new(epoch_done(0, 2, 0.0241)) },
            Event::RunElsewhere { run: 1, by: "process 12 on node3".into() },
            Event::RunFailed { run: 3, error: "can't write epochs.jsonl: disk full".into() },
        ];
        let mut progress = StudyProgress::default();
        let mut text = String::new();
        for event in events {
            progress.note(&event, Duration::from_secs(1));
            let time = progress.time_left(1);
            text.extend(line(&progress, &time, &event).map(|line| line + "\n"));
        }
        snapbox::assert_data_eq!(
            text,
            snapbox::str![[r#"
1 of 4 runs were done before
L1, seed 1: epoch 1/4, loss 1.560, validation 87.9%, 41,000 images/s, 1 s left
wide, seed 1: continues after epoch 2/4
wide, seed 1: epoch 3/4, loss 1.560, validation 87.9%, 10 images/s, 8 min left
L1, seed 1: done in 31 s, test 87.2% after epoch 3
wide, seed 1: diverged in epoch 4: the loss is not finite any more
L1: epochs was 20 and is 30: one earlier run stays in runs/ and is left out of the report; the old settings bring it back
the study in this directory was to have 500 seeds and has 7 now: no run of the others has ended
60 seconds are 12,345 steps of L1 (on one thread)
1 second is 1 step of L1 and two other networks (on one thread)
L1: learning rate 0.001, the best of 3 on two tuning seeds
L1 and one other network: learning rate 0.003, the best of 3 on one tuning seed; it is at an end of the list, so one beyond it may be better
tuning: L1, seed 1: epoch 2/4, loss 1.560, validation 87.9%, 41,000 images/s, 7 min left
L1, seed 2: process 12 on node3 trains it
wide, seed 2: failed: can't write epochs.jsonl: disk full

"#]]
        );
    }
}
