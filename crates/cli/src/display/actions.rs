//! The lines for actions on a study that is trained.

use fitroom_session::RunName;
use fitroom_session::report::{counted_seeds, number};

/// The line for a study that was asked to pause.
pub const PAUSED: &str = "paused";

/// The line for a study that goes on after a pause.
pub const WENT_ON: &str = "goes on after the pause";

/// The line for a run that was stopped.
pub fn run_stopped(run: &RunName) -> String {
    format!("{}, seed {}: stopped, the other runs go on", run.network, run.seed)
}

/// The line for a run that was stopped and goes on.
pub fn run_continued(run: &RunName) -> String {
    format!("{}, seed {}: goes on", run.network, run.seed)
}

/// The line for seeds that were asked for. `was_declared` says that their number no longer counts as
/// declared.
pub fn seeds_asked(from: u32, to: u32, was_declared: bool) -> String {
    let asked = format!("{} instead of {from} from now on", counted_seeds(to as usize));
    match was_declared {
        true => format!("{asked}: the number declared was {from}, so a sequential test decides"),
        false => asked,
    }
}

/// The line for a study in which nothing is left to train, but for `pending` runs.
pub fn rests(pending: usize) -> String {
    let what = match pending {
        0 => "all is trained".to_owned(),
        _ => format!("all is trained but {}", number::counted(pending, "run")),
    };
    format!("{what}; Ctrl-C ends the session")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_is_a_line() {
        let run = RunName { network: "wide".to_owned(), network_index: 1, seed: 2 };
        let lines = [
            run_stopped(&run),
            run_continued(&run),
            seeds_asked(5, 8, false),
            seeds_asked(1, 2, true),
            rests(0),
            rests(1),
            rests(12),
        ];
        snapbox::assert_data_eq!(
            lines.join("\n") + "\n",
            snapbox::str![[r#"
wide, seed 2: stopped, the other runs go on
wide, seed 2: goes on
8 seeds instead of 5 from now on
2 seeds instead of 1 from now on: the number declared was 1, so a sequential test decides
all is trained; Ctrl-C ends the session
all is trained but one run; Ctrl-C ends the session
all is trained but 12 runs; Ctrl-C ends the session

"#]]
        );
    }
}
