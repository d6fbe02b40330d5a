//! `fitroom submit slurm`: trains a study's shares as a job array of Slurm.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use std::{fs, io};

use fitroom_files::regular_file;
use fitroom_session::study::{Event, SIMD_VARIABLE};
use fitroom_session::{Session, SessionEvent, SessionOptions};

use crate::cluster_arguments::SlurmArguments;
use crate::display::{LoadingDisplay, budget_measured};
use crate::message::warn;
use crate::output::{amount, print, say};
use crate::slurm_script::{Job, SlurmJobs};
use crate::{Failure, interrupt};

/// Variables of the environment that the jobs must have, whatever `--export` says.
const VARIABLES: [&str; 2] = ["FITROOM_DATA", SIMD_VARIABLE];

/// Options of sbatch that this command gives itself.
const OURS: [(&str, &str); 9] = [
    ("--array", "--jobs"),
    ("-a", "--jobs"),
    ("--dependency", "--jobs"),
    ("-d", "--jobs"),
    ("--signal", "--signal in front of --"),
    ("--wrap", "no script of your own: the jobs run the study"),
    ("--test-only", "--dry-run"),
    // The jobs' numbers are those of one cluster.
    ("--clusters", "the cluster's own machine to submit from"),
    ("-M", "the cluster's own machine to submit from"),
];

/// Prepares the study's directory, writes the scripts and submits them.
pub fn submit(arguments: &SlurmArguments) -> Result<(), Failure> {
    refuse_ours(&arguments.sbatch)?;
    let mut display = LoadingDisplay::new();
    let options = SessionOptions {
        places: arguments.asked.data.places.places(),
        stage: None,
        out: arguments.out.clone(),
        margin: arguments.margin.fraction(),
        threads: Some(arguments.cpus.into()),
        checkpoint_every: Duration::from_secs(60),
    };
    let session =
        Session::open(&arguments.asked.request(), &options, &mut |event| display.show(event))?;
    let runs = session.runs_of_shares()?;
    if runs < arguments.jobs as usize {
        warn(&format!(
            "--jobs {}: the study has {}, so some tasks have nothing to do",
            arguments.jobs,
            amount(runs, "run")
        ));
    }
    let jobs = jobs(arguments, &session)?;
    if arguments.dry_run {
        return print(&dry_run(&jobs, &arguments.sbatch));
    }
    session.prepare(&mut |event| {
        // A budget is measured on this machine, for all jobs.
        if let SessionEvent::Study {
            event: Event::BudgetMeasured { networks, seconds, steps },
            ..
        } = event
        {
            say(&budget_measured(networks, *seconds, *steps));
        }
    })?;
    write_scripts(&jobs)?;
    let array = sbatch(&jobs, Job::Array, None, &arguments.sbatch)?;
    let last = match sbatch(&jobs, Job::Last, Some(&array), &arguments.sbatch) {
        Ok(last) => last,
        Err(failure) => {
            warn(&format!("the array, job {array}, is cancelled, since its last job is refused"));
            // If that fails, the user sees the array in the queue: the warning names it.
            let _ = Command::new("scancel").arg(&array).status();
            return Err(failure);
        }
    };
    let out = interrupt::in_a_shell(&[jobs.out.clone().into()]);
    print(&format!(
        "job {array}: {} train {}; job {last} writes the report when all have ended\n\
         fitroom status {out} shows how far they are\n\
         scancel {array} {last} ends them\n",
        amount(jobs.jobs as usize, "task"),
        amount(runs, "run"),
    ))
}

fn refuse_ours(options: &[String]) -> Result<(), Failure> {
    for option in options {
        let name = option.split('=').next().unwrap_or_default();
        // sbatch takes the beginning of a long option, and the value of a short one right behind it.
        let is = |ours: &str| match ours.starts_with("--") {
            true => name.len() > 3 && ours.starts_with(name),
            false => option.starts_with(ours) && !option.starts_with("--"),
        };
        if let Some((_, instead)) = OURS.iter().find(|(ours, _)| is(ours)) {
            return Err(Failure::Sbatch {
                problem: format!("{option} is given by `fitroom submit slurm` itself"),
                hint: format!("use {instead}"),
                is_wrong_request: true,
            });
        }
    }
    Ok(())
}

/// What the scripts are made from. All paths are absolute: a job may begin anywhere.
fn jobs(arguments: &SlurmArguments, session: &Session) -> Result<SlurmJobs, Failure> {
    let here = |source| Failure::Write { path: PathBuf::from("."), source };
    let out = std::path::absolute(&session.dir).map_err(here)?;
    let variable = |name| Some((name, std::env::var_os(name)?));
    Ok(SlurmJobs {
        study: session.study.name.clone(),
        program: std::env::current_exe().map_err(here)?,
        working_directory: std::env::current_dir().map_err(here)?,
        logs: out.join("slurm"),
        out,
        jobs: arguments.jobs,
        cpus: arguments.cpus,
        time: arguments.time.clone(),
        signal: arguments.signal,
        is_staged: !arguments.no_stage,
        margin: arguments.margin.to_string(),
        data_dir: arguments
            .asked
            .data
            .places
            .data_dir
            .as_deref()
            .map(std::path::absolute)
            .transpose()
            .map_err(here)?,
        variables: VARIABLES.into_iter().filter_map(variable).collect(),
    })
}

fn write_scripts(jobs: &SlurmJobs) -> Result<(), Failure> {
    let failed = |path: &Path, source| Failure::Write { path: path.to_owned(), source };
    match fs::create_dir(&jobs.logs) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            regular_file::require_directory(&jobs.logs)
                .map_err(|error| failed(&jobs.logs, error))?;
        }
        other => other.map_err(|error| failed(&jobs.logs, error))?,
    }
    for job in [Job::Array, Job::Last] {
        let path = jobs.logs.join(SlurmJobs::file_name(job));
        fitroom_files::replace(&path, jobs.script(job).as_bytes())
            .map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

/// The words that submit a job. The last job waits until the array has ended, in whatever way.
fn command(jobs: &SlurmJobs, job: Job, array: Option<&str>, options: &[String]) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["sbatch".into(), "--parsable".into()];
    words.extend(array.map(|array| format!("--dependency=afterany:{array}").into()));
    words.extend(options.iter().map(OsString::from));
    words.push(jobs.logs.join(SlurmJobs::file_name(job)).into());
    words
}

/// Submits a job, and returns its number.
fn sbatch(
    jobs: &SlurmJobs,
    job: Job,
    array: Option<&str>,
    options: &[String],
) -> Result<String, Failure> {
    let words = command(jobs, job, array, options);
    let failed = |problem: String, hint: &str| Failure::Sbatch {
        problem,
        hint: hint.to_owned(),
        is_wrong_request: false,
    };
    let mut call = Command::new(&words[0]);
    // These would overrule the script.
    for option in ["ARRAY_INX", "NO_REQUEUE", "OPEN_MODE", "OUTPUT", "REQUEUE", "SIGNAL"] {
        call.env_remove(format!("SBATCH_{option}"));
    }
    if jobs.time.is_some() {
        call.env_remove("SBATCH_TIMELIMIT");
    }
    let Output { status, stdout, stderr } = call.args(&words[1..]).output().map_err(|error| {
        failed(
            format!("can't start sbatch: {error}"),
            "submit from a machine that has Slurm's commands; --dry-run prints the scripts",
        )
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !status.success() {
        let problem =
            format!("sbatch refuses {}: {}", interrupt::in_a_shell(&words), text(&stderr));
        return Err(failed(problem, "options for sbatch, such as a partition, stand behind --"));
    }
    // `123`, or `123;cluster`.
    let answer = text(&stdout);
    let number = answer.split(';').next().unwrap_or_default();
    match !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(number.to_owned()),
        false => Err(failed(
            format!("sbatch answers `{answer}`, which is no job's number"),
            "see `squeue --me`",
        )),
    }
}

/// What would be written and submitted.
fn dry_run(jobs: &SlurmJobs, options: &[String]) -> String {
    let mut text = String::new();
    for (job, array) in [(Job::Array, None), (Job::Last, Some("$array"))] {
        let path = jobs.logs.join(SlurmJobs::file_name(job));
        let mut line = interrupt::in_a_shell(&command(jobs, job, None, options));
        if let Some(array) = array {
            line = line.replacen(
                "--parsable",
                &format!("--parsable --dependency=afterany:{array}"),
                1,
            );
        } else {
            line = format!("array=$({line})");
        }
        text += &format!("# {}\n{}\n# then:\n{line}\n\n", path.display(), jobs.script(job));
    }
    text.trim_end().to_owned() + "\n"
}
