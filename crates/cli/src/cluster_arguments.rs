//! The arguments of the commands for many processes: `submit`, `status` and `merge`.

use std::path::PathBuf;

use clap::{Args, Subcommand, value_parser};

use crate::margin_argument::MarginArgument;
use crate::study_arguments::StudyArguments;

pub const SUBMIT_HELP: &str = "\
Example:
  fitroom submit slurm sweep.toml --jobs 50 --out /shared/sweep -- --partition=short --mem=4G

`fitroom status DIR` shows how far the study has come.";

#[derive(Args, Debug)]
pub struct SubmitArguments {
    #[command(subcommand)]
    pub engine: SubmitEngine,
}

#[derive(Debug, Subcommand)]
pub enum SubmitEngine {
    /// Submit a job array to Slurm, and a last job that trains what is left and writes the report
    #[command(after_help = SLURM_HELP)]
    Slurm(SlurmArguments),
}

const SLURM_HELP: &str = "\
Examples:
  fitroom submit slurm sweep.toml --jobs 50 --out /shared/sweep --dry-run
  fitroom submit slurm sweep.toml --jobs 50 --cpus 4 --time 2:00:00 -- --partition=short --mem=4G

Each task of the array trains one share of the runs. A task that reaches its time limit stores a
checkpoint, and Slurm starts it again. What tasks leave undone is trained by the last job. The
study's directory must be one that all nodes see. Scripts and logs are in its directory `slurm`.";

#[derive(Args, Debug)]
pub struct SlurmArguments {
    /// Tasks of the array: shares of the study's runs
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=100_000))]
    pub jobs: u32,
    /// Cores of each task
    #[arg(long, value_name = "N", default_value = "1", value_parser = value_parser!(u16).range(1..))]
    pub cpus: u16,
    /// Time limit of each start of a task, in sbatch's words [default: that of the partition]
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Seconds before the time limit at which a task stores its checkpoint
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = value_parser!(u32).range(1..=86_400))]
    pub signal: u32,
    /// Read the data set where it is. Otherwise each node gets a copy of its files, in $SLURM_TMPDIR,
    /// $TMPDIR or /tmp
    #[arg(long)]
    pub no_stage: bool,
    /// Print the scripts and the commands, and submit nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub asked: StudyArguments,
    /// Output directory, which all nodes must see [default: fitroom-out/STUDY-DATASET]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub margin: MarginArgument,
    /// Options for sbatch, for all jobs: partition, account, memory ...
    #[arg(last = true, value_name = "SBATCH OPTIONS")]
    pub sbatch: Vec<String>,
}

pub const STATUS_HELP: &str = "\
Example:
  fitroom status fitroom-out/report-fashion-mnist

It only reads, and works while any number of processes train, on this machine or on others.";

#[derive(Args, Debug)]
pub struct StatusArguments {
    /// The study's directory: the --out of `fitroom run`
    pub dir: PathBuf,
    /// Print every run, as JSON
    #[arg(long)]
    pub json: bool,
}

pub const MERGE_HELP: &str = "\
Example:
  fitroom run mine.toml --share 1/2 --out first       on one machine
  fitroom run mine.toml --share 2/2 --out second      on another
  fitroom merge whole first second

All directories must hold the same study, with the same data and engine. Every file is verified. A
run that is in several directories must have the same results in all, bit by bit, apart from times.";

#[derive(Args, Debug)]
pub struct MergeArguments {
    /// The directory to be made, or one that holds the same study
    pub out: PathBuf,
    /// The directories of the shares
    #[arg(required = true)]
    pub dirs: Vec<PathBuf>,
}
