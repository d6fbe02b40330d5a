//! The share of a study that a process is asked to train: given by the user, or taken from the engine
//! that started the process.

use std::str::FromStr;

use fitroom_study::{Share, ShareError};
use thiserror::Error;

/// A share, or how to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareRequest {
    /// `3/50`
    Given(Share),
    /// `auto/50`, or `auto` where the engine says how many tasks there are.
    Auto {
        /// How many shares there are.
        count: Option<u32>,
    },
}

/// Why there is no share.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShareRequestError {
    /// The text is no share.
    #[error(transparent)]
    Text(#[from] ShareError),
    /// No engine has started this process.
    #[error(
        "--share auto: none of {} is set, so no engine says which share this is\nhint: give the share, as in --share 3/50",
        ENGINES.map(|engine| engine.variable).join(", ")
    )]
    NoEngine,
    /// Several engines have, one within another.
    #[error(
        "--share auto: {first} and {second} are both set\nhint: leave out the one that does not count: env -u {second} fitroom run ..."
    )]
    SeveralEngines {
        /// The variable of an engine.
        first: &'static str,
        /// The variable of another one.
        second: &'static str,
    },
    /// The engine does not say how many shares there are.
    #[error(
        "--share auto: {variable} does not say how many shares there are\nhint: write --share auto/50"
    )]
    NoCount {
        /// The engine's variable.
        variable: &'static str,
    },
    /// The engine's variables can't be those of a task of so many.
    #[error("--share auto: {problem}\nhint: {hint}")]
    Numbers {
        /// What is wrong with them.
        problem: String,
        /// What to do.
        hint: &'static str,
    },
}

/// An engine that starts a process for each share.
struct Engine {
    /// The variable that has the number of the task.
    variable: &'static str,
    /// The number of the first task. That of Slurm is in another variable.
    first: u32,
    hint: &'static str,
}

/// Inner engines first.
const ENGINES: [Engine; 4] = [
    Engine {
        variable: "PARALLEL_SEQ",
        first: 1,
        hint: "give GNU parallel as many inputs as there are shares",
    },
    Engine {
        variable: "HQ_TASK_ID",
        first: 0,
        hint: "number the tasks from 0: `hq submit --array 0-49` for 50 shares",
    },
    Engine {
        variable: "SLURM_ARRAY_TASK_ID",
        first: 1,
        hint: "submit the whole array, as with `--array 1-50` for 50 shares, or give a single share with --share 3/50",
    },
    Engine {
        variable: "JOB_COMPLETION_INDEX",
        first: 0,
        hint: "set the job's `completions` to the number of shares",
    },
];
const SLURM: &str = "SLURM_ARRAY_TASK_ID";

impl FromStr for ShareRequest {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        let count = match text.strip_prefix("auto") {
            Some("") => return Ok(ShareRequest::Auto { count: None }),
            Some(rest) => rest.strip_prefix('/'),
            None => return text.parse().map(ShareRequest::Given),
        };
        // With the first of so many shares, the text is checked like any other.
        match count.map(|count| format!("1/{count}").parse::<Share>()) {
            Some(Ok(share)) => Ok(ShareRequest::Auto { count: Some(share.count()) }),
            Some(Err(_)) | None => Err(ShareError::of(text)),
        }
    }
}

impl ShareRequest {
    /// The share. `variable` gives the value of an environment variable.
    ///
    /// # Errors
    /// The share is to be taken from an engine, and there is none, or its variables make no sense.
    pub fn find(
        self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Share, ShareRequestError> {
        let count = match self {
            ShareRequest::Given(share) => return Ok(share),
            ShareRequest::Auto { count } => count,
        };
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut set = ENGINES.iter().filter(|engine| value(engine.variable).is_some());
        let engine = set.next().ok_or(ShareRequestError::NoEngine)?;
        if let Some(other) = set.next() {
            let (first, second) = (engine.variable, other.variable);
            return Err(ShareRequestError::SeveralEngines { first, second });
        }
        let wrong = |problem| ShareRequestError::Numbers { problem, hint: engine.hint };
        let number = |name: &str| -> Result<Option<u32>, ShareRequestError> {
            let parse = |text: String| {
                text.parse().map_err(|_| wrong(format!("{name} is `{}`", text.escape_debug())))
            };
            value(name).map(parse).transpose()
        };
        let task = number(engine.variable)?.ok_or(ShareRequestError::NoEngine)?;
        let (first, step, tasks) = if engine.variable == SLURM {
            // Tasks in irregular steps, as in `--array=1,3,7`, have no order that their variables tell.
            let last = number("SLURM_ARRAY_TASK_MAX")?;
            let first = number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(engine.first);
            let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
            let tasks = number("SLURM_ARRAY_TASK_COUNT")?;
            if let (Some(last), Some(tasks)) = (last, tasks)
                && last.saturating_sub(first) / step + 1 != tasks
            {
                let problem = format!("the array has {tasks} tasks from {first} to {last}");
                return Err(wrong(problem));
            }
            (first, step, tasks)
        } else {
            (engine.first, 1, None)
        };
        let count =
            count.or(tasks).ok_or(ShareRequestError::NoCount { variable: engine.variable })?;
        if let Some(tasks) = tasks.filter(|&tasks| tasks != count) {
            return Err(wrong(format!(
                "the array has {tasks} tasks, and there are {count} shares"
            )));
        }
        let after_first = task.checked_sub(first).filter(|after| after % step == 0);
        let share = after_first.and_then(|after| Share::new((after / step).checked_add(1)?, count));
        share.ok_or_else(|| {
            let variable = engine.variable;
            wrong(format!(
                "{variable} is {task}, the first task is {first}, and there are {count} shares"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(request: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let value = |name: &str| {
            variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned())
        };
        let share = request.parse::<ShareRequest>().unwrap().find(value);
        share.map(|share| share.to_string()).map_err(|error| error.to_string())
    }

    fn slurm(
        task: &'static str,
        first: &'static str,
        count: &'static str,
    ) -> [(&'static str, &'static str); 3] {
        [
            ("SLURM_ARRAY_TASK_ID", task),
            ("SLURM_ARRAY_TASK_MIN", first),
            ("SLURM_ARRAY_TASK_COUNT", count),
        ]
    }

    #[test]
    fn each_engine_counts_from_its_own_first_number() {
        assert_eq!(find("3/8", &[("PARALLEL_SEQ", "1")]).unwrap(), "3/8", "what is given counts");
        assert_eq!(find("auto/8", &[("PARALLEL_SEQ", "1")]).unwrap(), "1/8");
        assert_eq!(find("auto/8", &[("PARALLEL_SEQ", "8")]).unwrap(), "8/8");
        assert_eq!(find("auto/8", &[("HQ_TASK_ID", "0")]).unwrap(), "1/8");
        assert_eq!(find("auto/8", &[("JOB_COMPLETION_INDEX", "7")]).unwrap(), "8/8");
        assert_eq!(
            find("auto/8", &[("JOB_COMPLETION_INDEX", "3"), ("HQ_TASK_ID", "")]).unwrap(),
            "4/8"
        );
        assert_eq!(find("auto", &slurm("1", "1", "50")).unwrap(), "1/50");
        assert_eq!(find("auto/50", &slurm("49", "0", "50")).unwrap(), "50/50");
        let mut by_ten = slurm("30", "10", "3").to_vec();
        by_ten.push(("SLURM_ARRAY_TASK_STEP", "10"));
        assert_eq!(find("auto", &by_ten).unwrap(), "3/3");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let error = |request, variables: &[_]| find(request, variables).unwrap_err();
        assert!(
            error("auto/8", &[]).starts_with("--share auto: none of PARALLEL_SEQ, HQ_TASK_ID, ")
        );
        let both = error("auto/8", &[("HQ_TASK_ID", "0"), ("SLURM_ARRAY_TASK_ID", "4")]);
        assert!(
            both.starts_with(
                "--share auto: HQ_TASK_ID and SLURM_ARRAY_TASK_ID are both set\nhint:"
            )
        );
        assert!(error("auto", &[("HQ_TASK_ID", "0")]).starts_with(
            "--share auto: HQ_TASK_ID does not say how many shares there are\nhint: write --share auto/50"
        ));
        for (request, variables, problem) in [
            (
                "auto/8",
                vec![("PARALLEL_SEQ", "9")],
                "PARALLEL_SEQ is 9, the first task is 1, and there are 8 shares",
            ),
            (
                "auto/8",
                vec![("PARALLEL_SEQ", "0")],
                "PARALLEL_SEQ is 0, the first task is 1, and there are 8 shares",
            ),
            (
                "auto/8",
                vec![("HQ_TASK_ID", "8")],
                "HQ_TASK_ID is 8, the first task is 0, and there are 8 shares",
            ),
            ("auto/8", vec![("HQ_TASK_ID", "x\n")], "HQ_TASK_ID is `x\\n`"),
            // Two tasks of an array that are submitted again are no whole array.
            (
                "auto/50",
                slurm("3", "3", "2").to_vec(),
                "the array has 2 tasks, and there are 50 shares",
            ),
            // So are tasks in no regular steps.
            (
                "auto",
                [slurm("3", "1", "3").to_vec(), vec![("SLURM_ARRAY_TASK_MAX", "7")]].concat(),
                "the array has 3 tasks from 1 to 7",
            ),
            (
                "auto",
                slurm("9", "1", "3").to_vec(),
                "SLURM_ARRAY_TASK_ID is 9, the first task is 1, and there are 3 shares",
            ),
        ] {
            let error = error(request, &variables);
            assert!(error.starts_with(&format!("--share auto: {problem}\nhint: ")), "{error}");
        }
        for text in ["auto/", "auto/0", "autos", "auto/x", "auto/1/2"] {
            let error = text.parse::<ShareRequest>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no share")), "{error}");
        }
    }
}
