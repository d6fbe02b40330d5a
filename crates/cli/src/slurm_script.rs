//! The scripts of a study's jobs, for Slurm's `sbatch`.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::interrupt::in_a_shell;

/// What the scripts of one study's jobs are made from.
pub struct SlurmJobs {
    /// The study's name.
    pub study: String,
    /// This program.
    pub program: PathBuf,
    /// Where the user submits the jobs, for data sets that are named by relative paths.
    pub working_directory: PathBuf,
    /// The study's directory.
    pub out: PathBuf,
    /// The directory of scripts and logs.
    pub logs: PathBuf,
    /// Shares, and tasks of the array.
    pub jobs: u32,
    /// Cores of each task.
    pub cpus: u16,
    /// The time limit in sbatch's words; `None`: the partition's.
    pub time: Option<String>,
    /// Seconds before the time limit at which a task is stopped.
    pub signal: u32,
    /// Whether each node gets a copy of the data set's files.
    pub is_staged: bool,
    /// The margin as the user writes it.
    pub margin: String,
    /// The directory that `--data-dir` names.
    pub data_dir: Option<PathBuf>,
    /// Variables of the environment that decide what is trained or where data is.
    pub variables: Vec<(&'static str, OsString)>,
}

/// Which of a study's jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// The array, whose tasks train one share each.
    Array,
    /// The last job, which trains what depends on all shares or was left, and writes the report.
    Last,
}

/// The directory for the copies of data sets, on a disk of the node. Sites name it in different ways.
const STAGE: &str = r#" --stage "${SLURM_TMPDIR:-${TMPDIR:-/tmp}}""#;

/// What stands before the program's start. What Slurm does was read in its manual, and watched with Slurm 22.05:
/// `--signal=B:` reaches this shell alone, and all other signals reach the program too.
const BEFORE_START: &str = r#"echo "$task on $(hostname), start $((${SLURM_RESTART_COUNT:-0} + 1))"

# Before the time limit, Slurm sends USR1 to this shell only. When somebody ends the task, it sends TERM
# to the program too, and the task must not start itself again.
program='' is_over_time='' is_ended=''
trap 'is_over_time=yes; [[ -n $program ]] && kill -TERM "$program"' USR1
trap 'is_ended=yes' TERM

"#;

/// What follows the program's start. A shell heeds a signal while it waits.
const AFTER_START: &str = r#"program=$!
[[ -n $is_over_time ]] && kill -TERM "$program"

# While it trains, this shell waits. A signal ends `wait` early.
while kill -0 "$program" 2>/dev/null; do
    wait "$program"
done
wait "$program"
code=$?

# The time limit is near: Slurm starts this task again, and the program goes on where it stopped.
if [[ ( $code == 130 || $code == 143 ) && -n $is_over_time && -z $is_ended ]]; then
    trap '' TERM
    scontrol requeue "$task" || exit 1
    sleep 60 # Slurm ends this shell.
fi
exit "$code"
"#;

impl SlurmJobs {
    /// The name of a job's script.
    pub fn file_name(job: Job) -> &'static str {
        match job {
            Job::Array => "array.sh",
            Job::Last => "last.sh",
        }
    }

    /// A job's script.
    pub fn script(&self, job: Job) -> String {
        let (log, purpose, task) = match job {
            Job::Array => (
                "%A_%a.log",
                "Trains one share of a study's runs.",
                "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID",
            ),
            Job::Last => (
                "last-%j.log",
                "Trains what the shares of a study left, and the fresh seeds of winners, and writes the report.",
                "$SLURM_JOB_ID",
            ),
        };
        let options =
            self.options(job, log).into_iter().map(|option| format!("#SBATCH {option}\n"));
        let variables = self.variables.iter().map(|(name, value)| {
            format!("export {name}={}\n", in_a_shell(std::slice::from_ref(value)))
        });
        format!(
            "#!/bin/bash\n\
             # {purpose}\n\
             # Written by `fitroom submit slurm` (fitroom {version}).\n\
             {options}\
             \n\
             cd {directory} || exit 2\n\
             {variables}\
             task={task}\n\
             {BEFORE_START}\
             {command} &\n\
             {AFTER_START}",
            version = env!("CARGO_PKG_VERSION"),
            options = options.collect::<String>(),
            directory = in_a_shell(&[self.working_directory.clone().into()]),
            variables = variables.collect::<String>(),
            command = self.command(job),
        )
    }

    /// The options for sbatch.
    fn options(&self, job: Job, log: &str) -> Vec<String> {
        // A job's name is one word.
        let of_word = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        let name: String = self.study.chars().map(of_word).take(60).collect();
        // sbatch replaces what follows a percent sign.
        let logs = self.logs.display().to_string().replace('%', "%%");
        let mut options = vec![format!("--job-name=fitroom-{name}")];
        if job == Job::Array {
            options.push(format!("--array=1-{}", self.jobs));
        }
        options.push(format!("--cpus-per-task={}", self.cpus));
        options.extend(self.time.iter().map(|time| format!("--time={time}")));
        options.push("--requeue".to_owned());
        options.push(format!("--signal=B:USR1@{}", self.signal));
        options.push("--open-mode=append".to_owned());
        options.push(format!("--output=\"{logs}/{log}\""));
        options
    }

    /// The program's command line.
    fn command(&self, job: Job) -> String {
        let study = self.out.join("study.toml");
        let mut words: Vec<OsString> = vec![
            self.program.clone().into(),
            "run".into(),
            study.into(),
            "--out".into(),
            self.out.clone().into(),
            "--margin".into(),
            self.margin.clone().into(),
        ];
        if let Some(data_dir) = &self.data_dir {
            words.extend(["--data-dir".into(), data_dir.clone().into()]);
        }
        if job == Job::Array {
            words.extend(["--share".into(), format!("auto/{}", self.jobs).into()]);
        }
        let stage = if self.is_staged { STAGE } else { "" };
        format!("{} --threads \"${{SLURM_CPUS_PER_TASK:-1}}\"{stage}", in_a_shell(&words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs() -> SlurmJobs {
        SlurmJobs {
            study: "my sweep".to_owned(),
            program: "/opt/fitroom".into(),
            working_directory: "/home/me/my studies".into(),
            out: "/shared/100% sweep".into(),
            logs: "/shared/100% sweep/slurm".into(),
            jobs: 50,
            cpus: 4,
            time: Some("2:00:00".to_owned()),
            signal: 120,
            is_staged: true,
            margin: "0.5".to_owned(),
            data_dir: None,
            variables: vec![("FITROOM_DATA", "/shared/my data".into())],
        }
    }

    #[test]
    fn the_array_trains_shares() {
        let expected = snapbox::file!["snapshots/array.sh": Text].raw();
        snapbox::assert_data_eq!(jobs().script(Job::Array), expected);
    }

    #[test]
    fn the_last_job_trains_the_rest() {
        let jobs = SlurmJobs { time: None, is_staged: false, variables: Vec::new(), ..jobs() };
        let expected = snapbox::file!["snapshots/last.sh": Text].raw();
        snapbox::assert_data_eq!(jobs.script(Job::Last), expected);
    }
}
