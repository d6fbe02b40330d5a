//! Progress where there is no terminal: a plain line an epoch, which makes a log that can be read
//! and searched.

use fitroom_study::Event;

use super::tracker::Tracker;
use super::words::{
    ending, measures, predictions_missing, run_name, runs_done, set_aside, time_left,
};

/// What `event`, of which `tracker` has taken note, is worth a line of.
pub fn line(tracker: &Tracker, event: &Event) -> Option<String> {
    match event {
        Event::StudyStarted { .. } if tracker.runs().iter().any(|run| run.is_over) => {
            Some(format!("{} were done before", runs_done(tracker)))
        }
        Event::RunsAdded { runs } => Some(format!(
            "{} on fresh seeds: the best of a sweep looks better than it is",
            fitroom_report::number::counted(runs.len(), "run")
        )),
        Event::RunsSetAside { network, changes, runs } => Some(set_aside(network, changes, *runs)),
        Event::PredictionsMissing { runs } => Some(predictions_missing(*runs)),
        Event::RunStarted { run, done_epochs, .. } if *done_epochs > 0 => {
            Some(format!("{}: goes on after epoch {done_epochs}/{}", run_name(run), run.epochs))
        }
        Event::EpochDone { run, record } => {
            let run = tracker.run(*run);
            let epoch = format!("epoch {}/{}", record.epoch, run.label.epochs);
            let parts =
                [vec![epoch], measures(run), time_left(tracker).into_iter().collect()].concat();
            Some(format!("{}: {}", run_name(&run.label), parts.join(", ")))
        }
        _ => ending(tracker, event),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fitroom_study::{RunStatus, SettingChange};

    use super::super::tracker::tests::{epoch_done, finished, four_runs, started};
    use super::*;

    #[test]
    fn nothing_is_said_of_validation_where_there_is_none() {
        let mut event = epoch_done(0, 4, 2.0);
        if let Event::EpochDone { record, .. } = &mut event {
            record.val_accuracy = f64::NAN;
        }
        let mut tracker = Tracker::new(1);
        tracker.note(&Event::StudyStarted { runs: four_runs()[..1].to_vec() }, Duration::ZERO);
        tracker.note(&event, Duration::ZERO);
        assert_eq!(line(&tracker, &event).unwrap(), "L1, seed 1: epoch 4/4, loss 1.560, 0 s left");
    }

    #[test]
    fn a_study_is_a_line_an_epoch() {
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
                    key: "epochs",
                    before: "20".into(),
                    now: "30".into(),
                }],
                runs: 1,
            },
            Event::RunFailed { run: 3, error: "can't write epochs.jsonl: disk full".into() },
        ];
        let mut tracker = Tracker::new(1);
        let mut text = String::new();
        for event in events {
            tracker.note(&event, Duration::from_secs(1));
            text.extend(line(&tracker, &event).map(|line| line + "\n"));
        }
        snapbox::assert_data_eq!(
            text,
            snapbox::str![[r#"
1 of 4 runs were done before
L1, seed 1: epoch 1/4, loss 1.560, validation 87.9%, 41,000 images/s, 1 s left
wide, seed 1: goes on after epoch 2/4
wide, seed 1: epoch 3/4, loss 1.560, validation 87.9%, 10 images/s, 8 min left
L1, seed 1: done in 31 s, best epoch 3, test 87.2%
wide, seed 1: diverged in epoch 4: its loss is no finite number any more
L1: epochs was 20 and is 30: one run of before is kept in runs/ and left out of the report; the old settings bring it back
wide, seed 2: failed: can't write epochs.jsonl: disk full

"#]]
        );
    }
}
